# SPDX-License-Identifier: GPL-3.0-or-later
"""IPA as espeak or a person writes it, made plain: one string a phone, and its stress.

Plain means no length, tie, tone, aspiration or palatalisation marks; affricates are one phone (``tʃ``), as are the
five diphthongs of ``DIPHTHONGS``, to which near ones are drawn (``ɛi`` is ``eɪ``); all other vowels stand alone. The
tilde of nasal vowels stays.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from core.speech.phones import DIPHTHONGS

Pronunciation = tuple[tuple[str, int], ...]  # (IPA, stress 0..2, on vowels only)

_STRESS = {"ˌ": 1, "ˈ": 2}
_TILDE, _SYLLABIC = "\u0303", "\u0329"
VOWELS = frozenset("aeiouyæøœɐɑɒɔɘəɚɛɜɝɞɤɨɪɯɵɶʉʊʌʏ")
_CONSONANTS = frozenset("bcdfhjklmnpqrstvwxzçðħŋɓɕɖɗɟɠɡɢɣɥɦɧɫɬɭɮɰɱɲɳɴɸɹɺɻɽɾʀʁʂʃʄʈʋʍʎʐʑʒʔʕʙʝʟβθχ")
_AFFRICATES = frozenset(("ts", "dz", "tʃ", "dʒ", "tɕ", "dʑ", "tʂ", "dʐ", "ʈʂ", "ɖʐ"))
# One sign of espeak -> what it stands for, in every language.
_SIGNS = str.maketrans(
    {"g": "ɡ", "ε": "ɛ", "ʦ": "ts", "ʣ": "dz", "ʧ": "tʃ", "ʤ": "dʒ", "ᵻ": "ɨ", "A": "ɑ", "K": "ɬ", "X": "χ", "ʷ": "w",
     "ⁿ": "n", "ᵑ": "ŋ"}
)  # fmt: skip
# espeak voice -> symbols (whole, without length, tone and stress) that mean something else there.
_INDIC = {"c": "tʃ", "ɟ": "dʒ", "cʰ": "tʃ", "ɟʰ": "dʒ"}
_ASPIRATED = {"ph": "p", "th": "t", "kh": "k", "tɕh": "tɕ", "tsh": "ts", "ts.h": "ʈʂ"}
_MEANT: dict[str, Mapping[str, str]] = {
    **dict.fromkeys(("as", "bn", "gu", "hi", "kn", "ml", "mr", "ne", "or", "pa", "si", "te", "ur"), _INDIC),
    "cmn": _ASPIRATED | {
        "ts.": "ʈʂ", "s.": "ʂ", "i.": "ɨ", "i[": "ɨ", "i̪": "ɨ", "o-": "ɤ", "onɡ": "uŋ", "ər": "ɚ", "uei": "wei",
        "iou": "jou", "iɛ": "jɛ", "ia": "ja", "iɑ": "jɑ", "iɑu": "jɑu", "ua": "wa", "uɑ": "wɑ", "uai": "wai",
        "uo": "wo", "uə": "wə", "yɛ": "ɥɛ", "yæ": "ɥæ", "yi": "y",
    },
    "de": {"r": "ʁ", "ɾ": "ʁ"},  # as people say it; the voice trills
    "en-us": {"ɜ": "ɝ"},
    "fr": {"e-": "e", "ə-": "ə", "y-": "ɥ"},
    "cs": {"r̝": "ʒ", "r̝̊": "ʃ"},  # trilled, but for the ear and the lips these
    "ja": {"ʲ": "j"},
    "kk": {"ʔ": ""},  # of the soft sign
    "ko": _ASPIRATED | {"q": "k", "qd": "kt", "ŋkh": "ŋk", "t-": "t", "p-": "p", "s-": "s"},
    "mi": {"u\"": "ʉ"},
    "pt-br": {"y": "ɪ"},
    "ru": {"y": "ɨ", "u\"": "ʉ"},
    "sq": {"ll": "ɫ"},
    "sv": {"sx": "ɧ"},
    "sw": {"ɟ": "dʒ"},
    "ta": {"ʲ": "j"},
    "uk": {"β": "ʋ"},
    "vi": {"y": "ɯ", "yə": "ɯə", "e-": "æ"},
    "yue": {
        "b": "p", "d": "t", "ɡ": "k", "z": "ts", "c": "ts", "a": "ɐ", "aa": "a", "o": "ɔ", "e": "ɛ", "oe": "œ",
        "eo": "ɵ", "yu": "y", "ai": "ɐɪ", "aai": "aɪ", "au": "ɐʊ", "aau": "aʊ", "oi": "ɔɪ", "eoi": "ɵy", "inɡ": "ɪŋ",
        "unɡ": "ʊŋ", "anɡ": "ɐŋ", "aanɡ": "aŋ", "onɡ": "ɔŋ", "enɡ": "ɛŋ", "oenɡ": "œŋ", "nɡ": "ŋ",
    },
}  # fmt: skip
# First and second letter of a diphthong, as classes -> the one that it is drawn to.
_NEAR = {
    (first, second): name
    for name, firsts, seconds in (
        ("eɪ", "eɛ", "ɪij"), ("aɪ", "aɑɐæʌ", "ɪi"), ("oʊ", "oɔəʌ", "ʊu"), ("aʊ", "aɑɐæ", "ʊu"), ("ɔɪ", "ɔoɒ", "ɪiøy")
    )
    for first in firsts
    for second in seconds
}  # fmt: skip


def read_symbols(symbols: Iterable[str], voice: str = "") -> Pronunciation:
    """The phones of espeak's symbols; one symbol may hold several.

    voice: of espeak, whose ways of writing are known. Marks of another language's words, ``(en)``, are left out.
    """
    return tuple((phone, stress) for phone, stress, _ in trace_symbols(symbols, voice))


def trace_symbols(symbols: Iterable[str], voice: str = "") -> tuple[tuple[str, int, int], ...]:
    """The same phones, each with the index of the symbol that it begins with: (IPA, stress, index)."""
    phones: list[tuple[str, int, int]] = []
    stress = 0
    for index, symbol in enumerate(symbols):
        if symbol.startswith("("):
            continue
        marks = [_STRESS[mark] for mark in symbol if mark in _STRESS]
        stress = max([stress, *marks])
        for phone in _divide(_plain(symbol, voice)):
            is_vowel = phone[0] in VOWELS
            if phones and phones[-1][0] == phone and not is_vowel:
                continue  # a long consonant
            phones.append((phone, stress if is_vowel else 0, index))
            stress = 0 if is_vowel or _SYLLABIC in symbol else stress
    return tuple(phones)


def read_ipa(text: str) -> Pronunciation:
    """The phones of a pronunciation that somebody wrote: ``ˈwɪn``. Unknown signs are left out."""
    parts = [""]
    for character in text:
        if character in _STRESS or character in " .":
            parts.append("")
        parts[-1] += character
    return read_symbols(parts)


def write_ipa(phones: Pronunciation) -> str:
    """The phones as a person reads them, and `read_ipa` takes back: a stress mark stands before its syllable."""
    marks = {stress: mark for mark, stress in _STRESS.items()}
    written = [phone for phone, _ in phones]
    vowels = [index for index, phone in enumerate(written) if phone[0] in VOWELS]
    for index in vowels:
        stress = phones[index][1]
        if stress:
            is_first, follows_vowel = index == vowels[0], index - 1 in vowels
            onset = 0 if is_first else index if follows_vowel else index - 1
            written[onset] = marks[stress] + written[onset]
    return "".join(written)


def _plain(symbol: str, voice: str) -> str:
    """A symbol without stress and length, in the letters of the IPA."""
    kept = "".join(c for c in unicodedata.normalize("NFC", symbol) if c not in _STRESS and c != "ː" and not c.isdigit())
    kept = kept.replace("g", "ɡ")
    return _MEANT.get(voice, {}).get(kept, kept).translate(_SIGNS)


def _divide(symbol: str) -> list[str]:
    """The phones in a symbol."""
    letters: list[str] = []
    for character in symbol:
        base, *marks = character if character == "ç" else unicodedata.normalize("NFD", character)
        if base in VOWELS or base in _CONSONANTS:
            letters.append(base)
        if letters and _TILDE in (base, *marks) and letters[-1][0] in VOWELS:
            letters[-1] = letters[-1][0] + _TILDE
    phones: list[str] = []
    for letter in letters:
        both = (phones[-1] if phones else "") + letter
        if phones and (both in _AFFRICATES or both in DIPHTHONGS or tuple(both) in _NEAR):
            phones[-1] = _NEAR.get((both[0], both[1]), both)
        elif not (phones and phones[-1] == letter):  # "aa" is long
            phones.append(letter)
    if len(phones) > 1 and phones[0] == "ʔ" and phones[1][0] in VOWELS:
        return phones[1:]  # Danish stød: a creak of the vowel
    return phones
