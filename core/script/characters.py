# SPDX-License-Identifier: GPL-3.0-or-later
"""Which characters of a text can be read aloud in a language, and how to name those that cannot."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# Signs that the voice reads as words, or that shape the sentence.
_SIGNS = frozenset("""!"#$%&'()*+,-./:;<=>?@[]^_`{|}~‘’“”«»‹›„‚–—―‒…·•£€¥¢₹₩₽₺₫₴₪₦₱°ºª§©®™×÷±µ¡¿²³¼½¾⁄""")
# The same of other writing systems.
_FOREIGN_SIGNS = frozenset("、。，．！？；：（）「」『』《》〈〉【】〔〕・～،؛؟٪۔।॥።፣፤፥፦፧՞՜՛՚։״׳־·")
_JOINERS = frozenset("\u200c\u200d")  # they shape letters, and in Persian part the pieces of a word
# Hyphens, minus and apostrophes, typed as other characters.
_MEANT = str.maketrans({"‐": "-", "‑": "-", "−": "-", "ʼ": "’", "ʻ": "‘"})
# Letters with a dot below (Devanagari, Bengali, Gurmukhi, Odia) that NFC takes apart, though keyboards and espeak have
# them as one.
_DOTTED = {
    unicodedata.normalize("NFC", letter): letter
    for letter in "\u0958\u0959\u095a\u095b\u095c\u095d\u095e\u095f\u09dc\u09dd\u09df"
    "\u0a33\u0a36\u0a59\u0a5a\u0a5b\u0a5e\u0b5c\u0b5d"
}
_APART = re.compile("|".join(_DOTTED))

_SPACE_BEFORE_STOP = re.compile(r"(?<!\s)\s+(?=[,.;:!?…])")
_GONE = "\0"  # stands for letters that cannot be said, until the marks of what they said are taken out as well
_NOTHING_SAID = re.compile(rf"(?<=[.!?…])\s*{_GONE}[\s{_GONE},.;:!?…]*(?<=[,.;:!?…])")


def readable(text: str, writing: frozenset[str] = frozenset()) -> tuple[str, list[str], list[str]]:
    """Divide a text's characters by whether they can be said.

    writing: the language's own systems beside Latin, as `Language` has them. Returns the text without the others (a
    space in their place), the signs that were dropped, and the letters and digits of other writing systems; both lists
    in order of appearance, each character once.
    """
    kept: list[str] = []
    dropped: dict[str, None] = {}
    unspeakable: dict[str, None] = {}
    for character in _compose(text.translate(_MEANT)):
        is_own = _system(character) in writing or (bool(writing) and character in _FOREIGN_SIGNS)
        is_own |= character in _JOINERS and bool(kept) and _system(kept[-1][-1]) in writing
        plain = character if is_own or character in _SIGNS else unicodedata.normalize("NFKC", character)
        category = unicodedata.category(character)
        if is_own or all(map(_is_speakable, plain)):
            kept.append(plain)
        elif category[0] in "LN":
            kept.append(_GONE)
            unspeakable[character] = None
        elif category in ("Sc", "Sm", "So", "Co", "Cn") or category[0] == "P":
            kept.append(" ")
            dropped[character] = None
        # What is left (accents, joiners, skin tones, control characters) has no sound of its own.
    text = _NOTHING_SAID.sub("", "".join(kept)).replace(_GONE, " ")
    return _SPACE_BEFORE_STOP.sub("", text), list(dropped), list(unspeakable)


@lru_cache(maxsize=8192)
def is_foreign(character: str, writing: frozenset[str]) -> bool:
    """Whether it is a letter or digit that cannot be said, see `readable`."""
    if character.isascii() or unicodedata.category(character)[0] not in "LN":
        return False
    return _system(character) not in writing and not all(map(_is_speakable, unicodedata.normalize("NFKC", character)))


def name_characters(characters: Iterable[str], shown: int = 8) -> str:
    """Characters in the words of a message: ``世, 界 (CJK)``; the first few, and how many more."""
    characters = list(characters)
    text = ", ".join(characters[:shown])
    if len(characters) > shown:
        text += f" and {len(characters) - shown} more characters"
    systems = dict.fromkeys(_writing_system(c) for c in characters if unicodedata.category(c)[0] in "LN")
    named = [system for system in systems if system]
    return f"{text} ({', '.join(named[:3])})" if named else text


def _compose(text: str) -> str:
    return _APART.sub(lambda match: _DOTTED[match[0]], unicodedata.normalize("NFC", text))


@lru_cache(maxsize=8192)
def _is_speakable(character: str) -> bool:
    if character.isspace() or character in _SIGNS or "0" <= character <= "9":
        return True
    # Up to Latin Extended-B, and Latin Extended Additional; what follows is phonetic notation.
    is_latin = unicodedata.name(character, "").startswith("LATIN ")
    return is_latin and (character < "\u0250" or "\u1e00" <= character <= "\u1eff")


def _writing_system(character: str) -> str:
    """The first word of a character's Unicode name, which is the writing system for letters."""
    word = _system(character)
    return word if word in ("CJK", "") else word.capitalize()


@lru_cache(maxsize=8192)
def _system(character: str) -> str:
    return unicodedata.name(character, "").split(" ", 1)[0]
