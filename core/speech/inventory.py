# SPDX-License-Identifier: GPL-3.0-or-later
"""The phones that the network tells apart in any language, and the articulatory classes that they fall into.

Every phone of the IPA is heard as the nearest one here. What no mouth shows (voice quality, tone, length,
nasality of vowels) is not told apart.
"""

from __future__ import annotations

import unicodedata
from functools import cache

from core.speech.phones import DIPHTHONGS

# Class -> phones of the inventory. The class is the place of articulation as the face shows it.
_CLASS_PHONES = {
    "SIL": ("",),
    "CLOSED": ("p", "b", "m"),
    "LABDENT": ("f", "v"),
    "DENTAL": ("θ", "ð"),
    "ROUND": ("u", "ʊ", "o", "ɔ", "ɒ", "y", "ø", "œ", "w", "ɥ", "β"),
    "SPREAD": ("i", "ɪ", "e", "j", "ɨ", "ɯ"),
    "OPEN": ("a", "ɑ", "æ", "ʌ", "ɐ"),
    "MID": ("ɛ", "ə", "ɜ"),
    "POSTALV": ("ʃ", "ʒ", "tʃ", "dʒ"),
    "CORONAL": ("t", "d", "n", "s", "z", "l", "r", "ɾ", "ɹ", "ts", "dz", "ɲ", "ʎ", "ç"),
    "DORSAL": ("k", "ɡ", "ŋ", "x", "ɣ", "h", "ʕ", "ʔ", "c", "ɟ"),
}
CLASSES: tuple[str, ...] = tuple(_CLASS_PHONES)
PHONES: tuple[str, ...] = tuple(phone for phones in _CLASS_PHONES.values() for phone in phones)
CLASS_OF: tuple[int, ...] = tuple(
    index for index, phones in enumerate(_CLASS_PHONES.values()) for _ in phones
)  # per phone of the inventory, the index of its class

# Phones of the IPA that are heard as another one.
_HEARD_AS = {
    "ɓ": "b", "ʙ": "b", "ɱ": "m", "ʋ": "v", "ⱱ": "v", "ɸ": "β", "ʍ": "w",
    "ʏ": "y", "ɵ": "ø", "ʉ": "u", "ɞ": "œ", "ɶ": "œ", "ɤ": "ɯ", "ɘ": "ə", "ɚ": "ɜ", "ɝ": "ɜ",
    "ʂ": "ʃ", "ʐ": "ʒ", "ɕ": "ʃ", "ʑ": "ʒ", "tɕ": "tʃ", "dʑ": "dʒ", "ʈʂ": "tʃ", "ɖʐ": "dʒ", "tʂ": "tʃ", "dʐ": "dʒ",
    "ɧ": "ʃ", "ʝ": "j", "ʈ": "t", "ɖ": "d", "ɗ": "d", "ɳ": "n", "ɭ": "l", "ɫ": "l", "ɽ": "ɾ", "ɺ": "ɾ", "ɻ": "ɹ",
    "ɬ": "ʃ", "ɮ": "l", "q": "k", "ɢ": "ɡ", "ɠ": "ɡ", "ʛ": "ɡ", "ɴ": "ŋ", "χ": "x", "ʁ": "ɣ", "ʀ": "r", "ʟ": "l",
    "ħ": "h", "ɦ": "h", "ʜ": "h", "ʢ": "ʕ", "ʡ": "ʔ", "ɰ": "ɣ", "ʄ": "ɟ", "g": "ɡ", "ᵻ": "ɨ",
}  # fmt: skip
_INDEX = {phone: index for index, phone in enumerate(PHONES)}
_DOUBLE = {first + second: (first, second) for first, second, _ in DIPHTHONGS.values()} | {
    name: (first, second) for name, (first, second, _) in DIPHTHONGS.items()
}


@cache
def nearest(ipa: str) -> tuple[int, ...]:
    """The phones of the inventory (indices) as which an IPA phone is heard, in order; silence is (0,).

    A diphthong is two, a labial-velar closure (k͡p) is its lips; unknown letters are left out.
    """
    letters = "".join(c for c in unicodedata.normalize("NFD", ipa.replace("ç", "ʝ̊")) if c.isalpha() and c not in "ʰʲˠˤ")
    letters = letters.replace("ʝ", "ç") if "ç" in ipa else letters
    if "ʷ" in letters:
        letters = letters.replace("ʷ", "")
    if letters in ("kp", "ɡb", "gb"):
        return (_INDEX["p" if letters == "kp" else "b"],)
    if letters in ("ŋm", "nm"):
        return (_INDEX["m"],)
    if letters == "pf":
        return (_INDEX["p"], _INDEX["f"])
    found: list[int] = []
    at = 0
    while at < len(letters):
        for length in (2, 1):
            piece = letters[at : at + length]
            piece = _HEARD_AS.get(piece, piece)
            if piece in _INDEX:
                found.append(_INDEX[piece])
                break
        at += length
    return tuple(found) or (0,)
