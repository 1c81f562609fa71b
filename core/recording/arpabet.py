# SPDX-License-Identifier: GPL-3.0-or-later
"""ARPAbet, the alphabet of the recogniser's English model, and IPA."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

# ARPAbet -> IPA; AH and ER are written as if stressed, see `reduce_vowel`.
IPA = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "aʊ", "AY": "aɪ", "B": "b", "CH": "tʃ", "D": "d",
    "DH": "ð", "EH": "ɛ", "ER": "ɝ", "EY": "eɪ", "F": "f", "G": "ɡ", "HH": "h", "IH": "ɪ", "IY": "i",
    "JH": "dʒ", "K": "k", "L": "l", "M": "m", "N": "n", "NG": "ŋ", "OW": "oʊ", "OY": "ɔɪ", "P": "p",
    "R": "ɹ", "S": "s", "SH": "ʃ", "T": "t", "TH": "θ", "UH": "ʊ", "UW": "u", "V": "v", "W": "w", "Y": "j",
    "Z": "z", "ZH": "ʒ",
}  # fmt: skip
# Other IPA, in English pronunciations and in other languages -> the nearest of ARPAbet.
_NEAREST = {
    ipa: name
    for name, others in {
        "AA": "a ɒ ɶ", "AH": "ə ɐ ɘ", "B": "ɓ", "CH": "tɕ ʈʂ tʂ", "D": "ɖ ɗ", "EH": "e", "ER": "ɜ ɚ ø œ ɞ", "F": "ɸ",
        "G": "ɣ ʁ ɟ ɢ ɠ ɰ", "HH": "ç ħ ɦ ʕ", "IH": "ɨ", "JH": "dʑ ɖʐ dʐ", "K": "x χ c q", "L": "ɫ ɭ ʎ ɮ ʟ", "M": "ɱ",
        "N": "ɲ ɳ", "NG": "ɴ", "OW": "o", "R": "r ɻ ɽ ʀ ɺ", "S": "ts", "SH": "ʂ ɕ ɬ ɧ", "T": "ɾ ʔ ʈ", "UH": "ɯ ɤ ɵ",
        "UW": "y ʏ ʉ", "V": "β ʋ", "W": "ɥ ʍ", "Y": "ʝ", "Z": "dz", "ZH": "ʐ ʑ",
    }.items()
    for ipa in others.split()
}  # fmt: skip
_ARPABET = {ipa: name for name, ipa in IPA.items()} | _NEAREST
_TILDE = "\u0303"  # of nasal vowels
_REDUCED = {"ʌ": "ə", "ɝ": "ɚ"}
_RHOTIC = frozenset("ɜə")  # with an ɹ behind them they are one sound, ER
_VOWELS = frozenset(name for name in IPA if name[0] in "AEIOU")


def to_arpabet(phones: Sequence[tuple[str, int]]) -> tuple[list[str], list[tuple[str, int]]]:
    """A pronunciation in ARPAbet, and per name the IPA and stress that it stands for.

    phones: (IPA, stress), of any language. What no letter is near to is left out.
    """
    names: list[str] = []
    sources: list[tuple[str, int]] = []
    for ipa, stress in phones:
        if ipa == "ɹ" and sources and sources[-1][0] in _RHOTIC:
            names[-1], sources[-1] = "ER", ("ɝ", sources[-1][1])
        elif (letter := ipa.rstrip(_TILDE)) in _ARPABET:
            names.append(_ARPABET[letter])
            sources.append((ipa, stress))
    return names, sources


def name_phones(spoken: Sequence[str], ways: Sequence[Sequence[tuple[str, int]]]) -> list[tuple[str, int]]:
    """(IPA, stress) of phones that were heard in ARPAbet, after the likest of the ways (IPA, stress) of saying them.

    Where both agree the pronunciation's own phone is told; elsewhere its stress goes to the vowel in its place.
    """
    read = [to_arpabet(way) for way in ways]
    names, sources = max(read, key=lambda way: SequenceMatcher(None, way[0], spoken, autojunk=False).ratio())
    told = [(IPA[name], 0) for name in spoken]
    for tag, first, last, start, end in SequenceMatcher(None, names, spoken, autojunk=False).get_opcodes():
        if tag == "equal":
            told[start:end] = sources[first:last]
            continue
        stress = max((stress for _, stress in sources[first:last]), default=0)
        vowel = next((i for i in range(start, end) if spoken[i] in _VOWELS), None)
        if vowel is not None:
            told[vowel] = (told[vowel][0], stress)
    return [(reduce_vowel(ipa, stress), stress) for ipa, stress in told]


def reduce_vowel(ipa: str, stress: int) -> str:
    """ARPAbet writes the vowels of "cup" and "sofa" alike; without a stress it is the latter."""
    return ipa if stress else _REDUCED.get(ipa, ipa)
