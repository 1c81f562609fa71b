# SPDX-License-Identifier: GPL-3.0-or-later
"""Which characters of a text can be read aloud in English, and how to name those that cannot."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Signs that the voice reads as words, or that shape the sentence.
_SIGNS = frozenset("""!"#$%&'()*+,-./:;<=>?@[]^_`{|}~‘’“”«»‹›„‚–—―‒…·•£€¥¢₹₩°§©®™×÷±µ¡¿²³¼½¾⁄""")
_MEANT = str.maketrans({"‐": "-", "‑": "-", "−": "-"})  # hyphens and minus, typed as other characters

_SPACE_BEFORE_STOP = re.compile(r"\s+(?=[,.;:!?…])")


def readable(text: str) -> tuple[str, list[str], list[str]]:
    """Divide a text's characters by whether English can say them.

    Returns the text without the others, the signs that were dropped, and the letters and digits of other
    writing systems; both lists in order of appearance, each character once.
    """
    kept: list[str] = []
    dropped: dict[str, None] = {}
    unspeakable: dict[str, None] = {}
    for character in unicodedata.normalize("NFC", text.translate(_MEANT)):
        plain = character if character in _SIGNS else unicodedata.normalize("NFKC", character)
        category = unicodedata.category(character)
        if all(map(_is_speakable, plain)):
            kept.append(plain)
        elif category[0] in "LN":
            unspeakable[character] = None
        elif category in ("Sc", "Sm", "So", "Co", "Cn") or category[0] == "P":
            kept.append(" ")
            dropped[character] = None
        # What is left (accents, joiners, skin tones, control characters) has no sound of its own.
    return _SPACE_BEFORE_STOP.sub("", "".join(kept)), list(dropped), list(unspeakable)


def name_characters(characters: Iterable[str], shown: int = 8) -> str:
    """Characters in the words of a message: ``世, 界 (CJK)``; the first few, and how many more."""
    characters = list(characters)
    text = ", ".join(characters[:shown])
    if len(characters) > shown:
        text += f" and {len(characters) - shown} more characters"
    systems = dict.fromkeys(_writing_system(c) for c in characters if unicodedata.category(c)[0] in "LN")
    named = [system for system in systems if system]
    return f"{text} ({', '.join(named[:3])})" if named else text


def _is_speakable(character: str) -> bool:
    if character.isspace() or character in _SIGNS or "0" <= character <= "9":
        return True
    # Up to Latin Extended-B, and Latin Extended Additional; what follows is phonetic notation.
    is_latin = unicodedata.name(character, "").startswith("LATIN ")
    return is_latin and (character < "\u0250" or "\u1e00" <= character <= "\u1eff")


def _writing_system(character: str) -> str:
    """The first word of a character's Unicode name, which is the writing system for letters."""
    word = unicodedata.name(character, "").split(" ", 1)[0]
    return word if word in ("CJK", "") else word.capitalize()
