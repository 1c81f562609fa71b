# SPDX-License-Identifier: GPL-3.0-or-later
"""Japanese sentences as they are said: pykakasi (GPL-3) reads the kanji, the rest is kana, which say how they sound.

espeak knows no kanji. Readings that hang on the sense (今日 as きょう or こんにち) are pykakasi's guess; a person's own
pronunciations go before it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Any

from core.pronunciation import espeak
from core.pronunciation.languages import LANGUAGES
from core.pronunciation.reading import Reading
from core.pronunciation.symbols import VOWELS, Pronunciation, read_symbols

_ROWS = {
    "": "あいうえお", "k": "かきくけこ", "ɡ": "がぎぐげご", "s": "さしすせそ", "z": "ざじずぜぞ", "t": "たちつてと",
    "d": "だぢづでど", "n": "なにぬねの", "h": "はひふへほ", "b": "ばびぶべぼ", "p": "ぱぴぷぺぽ", "m": "まみむめも",
    "ɾ": "らりるれろ", "j": "や ゆ よ", "w": "わゐ ゑを",
}  # fmt: skip
_MORAS: dict[str, tuple[str, ...]] = {
    kana: (consonant, vowel) if consonant else (vowel,)
    for consonant, row in _ROWS.items()
    for kana, vowel in zip(row, "aiɯeo", strict=True)
    if kana != " "
} | {
    "し": ("ɕ", "i"), "じ": ("dʑ", "i"), "ち": ("tɕ", "i"), "ぢ": ("dʑ", "i"), "つ": ("ts", "ɯ"), "づ": ("z", "ɯ"),
    "ひ": ("ç", "i"), "ふ": ("ɸ", "ɯ"), "を": ("o",), "ゔ": ("v", "ɯ"),
}  # fmt: skip
_SMALL = dict(zip("ぁぃぅぇぉゃゅょゎ", "aiɯeoaɯoa", strict=True))
_SILENT = "っー"  # the sound before or after lasts longer
_LONG = {("o", "う"), ("e", "い")}  # おう and えい are long vowels
# The same in kana, of which only ー tells espeak that a vowel is long.
_LONG_VOWEL = re.compile("([おこごそぞとどのほぼぽもよろょゅ])う|([えけげせぜてでねへべぺめれ])い")
_NASALS = {"p": "m", "b": "m", "m": "m", "k": "ŋ", "ɡ": "ŋ"}  # before what the syllabic nasal becomes what
_PALATAL = frozenset(("ɕ", "dʑ", "tɕ", "ç", "j"))
# What pykakasi reads otherwise than it is usually said, and particles, which are written as they once sounded.
_READ = {
    "今日は": "きょうわ", "今年": "ことし", "入っ": "はいっ", "時": "じ", "は": "わ", "へ": "え", "では": "でわ",
    "には": "にわ", "とは": "とわ", "です": "でs", "ます": "まs",
}  # fmt: skip
_DIGITS, _TENS, _MYRIADS = "〇一二三四五六七八九", ("", "十", "百", "千"), ("", "万", "億", "兆")
_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+|\d+")


def read_japanese(words: Sequence[str]) -> tuple[Reading, ...]:
    """What is said for the written words of a sentence, in order; names in Latin letters the English way."""
    readings = ((word, _pronounce(tokens)) for word, tokens in read_tokens(words).items())
    return tuple(Reading(word, phones) for word, phones in readings if phones)


def write_kana(words: Sequence[str]) -> tuple[str, ...]:
    """The written words of a sentence in kana as they sound, for who knows no kanji; Latin letters stay."""
    said = read_tokens(words)
    return tuple("".join(map(_kana, said.get(index, ()))) for index in range(len(words)))


def _kana(token: tuple[str, str]) -> str:
    written, read = token
    if written.isascii():
        return written
    return _LONG_VOWEL.sub(lambda match: (match[1] or match[2]) + "ー", read.replace("s", "す"))


def read_tokens(words: Sequence[str]) -> dict[int, list[tuple[str, str]]]:
    """The written words, in order, as tokens: as written, and in kana as they are said, ``s`` a devoiced す."""
    starts, text = [0], ""
    for word in words:
        text += _NUMBER.sub(lambda match: write_number(match[0].replace(",", "")), word)
        starts.append(len(text))
    said: dict[int, list[tuple[str, str]]] = {}
    at = 0
    for written, read in _convert(text):
        found = text.find(written, at)
        at = found if found >= 0 else at
        inside = [start for start in starts if at < start < at + len(written)]
        parts = [text[a:b] for a, b in pairwise((at, *inside, at + len(written)))]
        tokens = [[(written, read)]] if len(parts) == 1 else map(_convert, parts)  # 見に行っ is one
        for part, pairs in zip(parts, tokens, strict=True):
            spoken = [(token, _READ.get(token, kana)) for token, kana in pairs]
            said.setdefault(bisect_right(starts, at) - 1, []).extend(spoken)
            at += len(part)
    return dict(sorted(said.items()))


def write_number(digits: str) -> str:
    """A whole number in kanji, as it is read: 25 is 二十五."""
    if len(digits) > 16 or (digits.startswith("0") and len(digits) > 1):
        return "".join(_DIGITS[int(digit)] for digit in digits)
    number = int(digits)
    written = ""
    for myriad in _MYRIADS:
        number, part = divmod(number, 10_000)
        ones = ""
        for power, ten in enumerate(_TENS):
            digit = part // 10**power % 10
            if digit:
                one = "" if power and digit == 1 else _DIGITS[digit]
                ones = one + ten + ones
        written = (ones + myriad if ones else "") + written
    return written or _DIGITS[0]


def read_kana(kana: str) -> list[str]:
    """The phones of hiragana or katakana; what is neither is left out, ``s`` stands for a devoiced す."""
    phones: list[str] = []
    for sign in kana:
        if "ァ" <= sign <= "ヶ":
            sign = chr(ord(sign) - 0x60)
        vowel = phones[-1] if phones and phones[-1] in VOWELS else ""
        if sign in _SILENT or (vowel, sign) in _LONG:
            continue
        if sign in _SMALL and vowel:
            phones = _join_small(phones, sign)
        elif sign in "んs":
            phones.append("ɴ" if sign == "ん" else "s")
        elif sign in _MORAS and _MORAS[sign] != (vowel,):
            phones += _MORAS[sign]
    return _assimilate(phones)


def _join_small(phones: list[str], sign: str) -> list[str]:
    """きゃ, しゃ, ふぁ, うぃ: a small kana takes the place of the vowel before it."""
    *before, vowel = phones
    glide = []
    if sign in "ゃゅょ" and not (before and before[-1] in _PALATAL):
        glide = ["j"]
    elif vowel == "ɯ" and not (before and before[-1] in VOWELS) and (not before or before[-1] not in ("ɸ", "v", "ts")):
        glide = ["w"]
    return [*before, *glide, _SMALL[sign]]


def _assimilate(phones: list[str]) -> list[str]:
    """The syllabic nasal at the place of what follows it."""
    for index, phone in enumerate(phones):
        if phone == "ɴ" and index + 1 < len(phones):
            phones[index] = _NASALS.get(phones[index + 1][0], "ɴ" if phones[index + 1] in VOWELS else "n")
    return phones


def _pronounce(tokens: Sequence[tuple[str, str]]) -> Pronunciation:
    """The phones of a written word; its first vowel stands out, since where the pitch falls is not known."""
    phones: list[tuple[str, int]] = []
    kana = ""
    for written, read in (*tokens, ("", "")):
        if written.isascii() and (not written or any(map(str.isalpha, written))):
            phones += [(phone, 0) for phone in read_kana(kana)]
            kana = ""
            units = espeak.say(written, LANGUAGES["en"].voice) if written else ()
            phones += [phone for unit in units for phone in read_symbols(unit.symbols, LANGUAGES["en"].voice)]
        else:
            kana += read
    first = next((index for index, (phone, _) in enumerate(phones) if phone[0] in VOWELS), -1)
    return tuple((phone, 2 if index == first else stress) for index, (phone, stress) in enumerate(phones))


def _convert(text: str) -> list[tuple[str, str]]:
    """The tokens of a text: as written, and in hiragana."""
    return [(token["orig"], token["hira"]) for token in _reader().convert(text)]


@cache
def _reader() -> Any:
    import pykakasi

    return pykakasi.kakasi()
