# SPDX-License-Identifier: GPL-3.0-or-later
"""Mandarin in misaki's symbols, as Kokoro was trained on them: words parted by spaces, a tone behind each final.

jieba (MIT) finds the words, pypinyin (MIT) how they are read; numbers are written out here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

_INITIALS = {
    "b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l", "g": "k", "k": "kʰ", "h": "x",
    "j": "ʨ", "q": "ʨʰ", "x": "ɕ", "zh": "\uab67", "ch": "\uab67ʰ", "sh": "ʂ", "r": "ɻ", "z": "ʦ", "c": "ʦʰ", "s": "s",
    "": "",
}  # fmt: skip
# Final -> its symbols; 0 is where the tone stands.
_FINALS = {
    "a": "a0", "ai": "ai0", "an": "a0n", "ang": "a0ŋ", "ao": "au0", "e": "ɤ0", "ei": "ei0", "en": "ə0n", "eng": "ə0ŋ",
    "er": "ɚ0", "ê": "ɛ0", "i": "i0", "ia": "ja0", "ian": "jɛ0n", "iang": "ja0ŋ", "iao": "jau0", "ie": "je0",
    "in": "i0n", "ing": "i0ŋ", "iong": "jʊ0ŋ", "iou": "jou0", "io": "jɔ0", "o": "wo0", "ong": "ʊ0ŋ", "ou": "ou0",
    "u": "u0", "ua": "wa0", "uai": "wai0", "uan": "wa0n", "uang": "wa0ŋ", "uei": "wei0", "uen": "wə0n", "ueng": "wə0ŋ",
    "uo": "wo0", "v": "y0", "van": "ɥɛ0n", "ve": "ɥe0", "vn": "y0n", "m": "m0", "n": "n0", "ng": "ŋ0",
}  # fmt: skip
_BUZZING = frozenset(("zh", "ch", "sh", "r", "z", "c", "s"))  # after which i is no i
_TONES = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}
_DIGITS, _TENS, _MYRIADS = "零一二三四五六七八九", ("", "十", "百", "千"), ("", "万", "亿", "万亿")
_NUMBER = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_COUNTED = frozenset("个只条张块本位次天周件杯瓶份头匹辆台年岁点")  # two of which are 两
_HANZI = re.compile(r"[\u3400-\u9fff\U00020000-\U0003134f]+")


def read_mandarin(words: Sequence[str], latin: Callable[[str], str]) -> Iterator[tuple[int, str]]:
    """(word, symbols) in order, with spaces between words; punctuation as it is written. latin: reads such names."""
    text, owners = "", []
    for index, word in enumerate(words):
        read = write_numbers(word, words[index + 1] if index + 1 < len(words) else "")
        text += read
        owners += [index] * len(read)
    at = 0
    for piece in re.findall(rf"{_HANZI.pattern}|[A-Za-z][A-Za-z'’]*|.", text, re.DOTALL):
        if _HANZI.match(piece):
            yield from _read_hanzi(piece, owners[at:])
        elif piece[0].isalpha():
            yield owners[at], latin(piece)
            yield owners[at], " "
        elif not piece.isspace():
            yield owners[at], piece
            yield owners[at], " "
        at += len(piece)


def _read_hanzi(text: str, owners: Sequence[int]) -> Iterator[tuple[int, str]]:
    from pypinyin import Style, lazy_pinyin

    at = 0
    for word in _cutter().lcut(text):
        styles = (Style.INITIALS, Style.FINALS_TONE3)
        initials, finals = (lazy_pinyin(word, style, neutral_tone_with_five=True) for style in styles)
        for initial, final in zip(initials, finals, strict=True):
            yield owners[min(at, len(owners) - 1)], write_syllable(initial, final)
            at += 1
        yield owners[at - 1], " "


def write_syllable(initial: str, final: str) -> str:
    """The symbols of a syllable, as pypinyin parts it: ``zh``, ``ong1``; nothing for what is no syllable."""
    tone = final[-1:] if final[-1:] in _TONES else "5"
    plain = final.removesuffix(tone)
    if plain not in _FINALS or initial not in _INITIALS:
        return ""
    symbols = _FINALS[plain]
    if plain == "i" and initial in _BUZZING:
        symbols = "ɨ0"
    elif plain == "o" and not initial:
        symbols = "ɔ0"
    return _INITIALS[initial] + symbols.replace("0", _TONES[tone])


def write_numbers(word: str, following: str = "") -> str:
    """A written word with its numbers in hanzi, as they are read. following: the word behind it."""
    clock = _CLOCK.search(word)
    if clock:
        hour, minute = int(clock[1]), int(clock[2])
        minutes = ("零" if minute < 10 else "") + _count(minute) + "分" if minute else ""
        return word.replace(clock[0], ("两" if hour == 2 else _count(hour)) + "点" + minutes)
    is_percent = bool(re.search(r"\d[%％]", word))
    text = re.sub(r"(?<=\d)[%％]", "", word)
    return _NUMBER.sub(lambda match: ("百分之" if is_percent else "") + _number(match[0], following), text)


def _number(written: str, following: str) -> str:
    whole, _, part = written.replace(",", "").partition(".")
    spelled = "".join(_DIGITS[int(digit)] for digit in whole)
    if part:
        return _count(int(whole)) + "点" + "".join(_DIGITS[int(digit)] for digit in part)
    if len(whole) > 16 or (whole.startswith("0") and len(whole) > 1) or (len(whole) == 4 and following[:1] == "年"):
        return spelled
    if whole == "2" and following[:1] in _COUNTED:
        return "两"
    return _count(int(whole))


def _count(number: int) -> str:
    """A whole number below 10**16: 1,005 is 一千零五."""
    if number == 0:
        return _DIGITS[0]
    text = ""
    groups = [number // 10_000**power % 10_000 for power in range(4)]
    for power in reversed(range(4)):
        group = groups[power]
        if not group:
            continue
        has_gap = bool(text) and (group < 1000 or (power < 3 and groups[power + 1] == 0))
        text += ("零" if has_gap else "") + _group(group) + _MYRIADS[power]
    return text.removeprefix("一") if text.startswith("一十") else text


def _group(number: int) -> str:
    """1 to 9999."""
    text = ""
    waits = False
    for power in reversed(range(4)):
        digit = number // 10**power % 10
        if digit:
            text += ("零" if waits and text else "") + _DIGITS[digit] + _TENS[power]
        waits = not digit
    return text


@cache
def _cutter() -> Any:
    """jieba, its dictionary read here: it would keep that in the temporary folder and trust what lies there."""
    import jieba

    tokenizer = jieba.Tokenizer()
    with tokenizer.get_dict_file() as dictionary:
        tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(dictionary)
    tokenizer.initialized = True
    return tokenizer
