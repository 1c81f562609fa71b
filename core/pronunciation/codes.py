# SPDX-License-Identifier: GPL-3.0-or-later
"""Phones in espeak's own names, as it takes them between [[ and ]].

Each language has its own set of them, and no list says which sound a name stands for. So the names that any of them
has are tried with a voice once, and what is heard of them is what they stand for there.
"""

from __future__ import annotations

from functools import lru_cache

from core.pronunciation import espeak
from core.pronunciation.symbols import VOWELS, Pronunciation, read_symbols
from core.speech.inventory import CLASS_OF, nearest

# espeak's names, those first that most languages have.
_CONSONANTS = """
p b t d k g q f v T D s z S Z C x X h m n N n^ l l^ r R j w tS dZ ts dz ? Q B H A n. l. s. z. S; Z; tS; dZ; c J J^ R2 *
w2 L K t. d. h# x2 v# gh kh ng
"""
_VOWELS = """
a A O o e E i I u U @ 3 V y Y W & A: O: o: e: E: i: u: 3: a: y: W: Y: aI eI aU oU OI @U I2 i2 u2 o2 e2 a2 @2 0 8 I# a#
E2 O2 y2 V2 U2 A2 @r A~ E~ O~ W~ Q~ o~ e~ a~ i~ u~
"""
# Vowels that many languages lack -> others, the likest first.
_LIKE = {
    "ɪ": "i", "ʊ": "u", "ɛ": "e", "ɔ": "o", "ɒ": "ɔo", "ɑ": "a", "æ": "aɛ", "ʌ": "ɐa", "ɐ": "a", "ə": "ɐɘʌe",
    "y": "ʏu", "ø": "œe", "œ": "øe", "ɨ": "ɯi", "ɯ": "ɨu", "u": "ʊɯ", "i": "ɪ", "o": "ɔ", "e": "ɛ", "a": "ɑɐæʌ",
    "ɜ": "əe", "ɤ": "ə",
}  # fmt: skip
_TILDE = "\u0303"
_MARKS = ("", ",", "'")  # before a vowel, by its stress


def write_codes(phones: Pronunciation, voice: str) -> str:
    """Phones as ``[[...]]`` for an espeak voice; ``""`` where it can say none of them.

    A phone that the language lacks is said as the one that looks most like it, a vowel as a vowel. Raises LikenessError
    as `espeak.say` does.
    """
    codes = _codes(voice.partition("+")[0])
    said = [_MARKS[stress] + code for phone, stress in phones if (code := _code(phone, codes))]
    return f"[[{'|'.join(said)}]]" if said else ""  # "|": t and S must not become tS


def _code(phone: str, codes: dict[str, str]) -> str:
    """The name of a phone, or of the nearest that there is; ``""`` where there is none of its kind."""
    bare = phone.rstrip(_TILDE)
    for same in (phone, bare, *_LIKE.get(bare, "")):
        if same in codes:
            return codes[same]
    unit = nearest(bare)[0]
    kin = [other for other in codes if (other[0] in VOWELS) == (bare[0] in VOWELS) and _TILDE not in other]
    alike = [other for other in kin if nearest(other)[0] == unit]
    looking = [other for other in kin if CLASS_OF[nearest(other)[0]] == CLASS_OF[unit]]
    return codes[(alike + looking)[0]] if alike or looking else ""


@lru_cache(32)
def _codes(voice: str) -> dict[str, str]:
    """Phone -> espeak's name for it in a language."""
    codes: dict[str, str] = {}
    named = [(name, False) for name in _CONSONANTS.split()] + [(name, True) for name in _VOWELS.split()]
    for name, is_vowel in named:
        tried = f"[['{name}]]" if is_vowel else f"[[{name}|'a]]"  # German has no voiced sounds at the end
        units = espeak.say(tried, voice, coded=True)
        heard = read_symbols([symbol for unit in units for symbol in unit.symbols], voice)
        if len(heard) == (1 if is_vowel else 2) and (heard[0][0][0] in VOWELS) == is_vowel:
            codes.setdefault(heard[0][0], name)
    return codes
