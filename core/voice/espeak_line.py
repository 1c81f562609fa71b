# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines as espeak-ng reads them, for voices that were trained on what it writes, with their punctuation."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence

from core.pronunciation import espeak
from core.pronunciation.dictionary import STRESS
from core.pronunciation.dictionary import VOWELS as LETTER_VOWELS
from core.pronunciation.reading import read_aloud
from core.pronunciation.symbols import VOWELS, Pronunciation
from core.voice.labels import LASTING, Symbol
from core.voice.line import Line

PUNCTUATION = dict(zip("。．।、，！？：；–～〜«»「」『』《》（）", "...,,!?:;———“”“”“”“”()", strict=True))
_WRITTEN = frozenset(';:,.!?—…"()“”')
_AT_ONCE = 200  # words of a sentence without an end
_SECONDARY, _PRIMARY = STRESS


def read_by_espeak(
    line: Line, voice: str, write: Callable[[str], str], write_given: Callable[[Pronunciation], str], gap: str = " "
) -> list[Symbol]:
    """The symbols of a line, with the word of each and a space behind each word.

    voice: of espeak. write: one of its symbols in those wanted; write_given: phones that the person gave. gap: what
    stands between written words. Raises LikenessError ``pronunciation_failed``.
    """
    symbols: list[Symbol] = []
    for first in range(0, len(line.words), _AT_ONCE):
        words = line.words[first : first + _AT_ONCE]
        said = _said_words(words, voice, gap, write)
        for index, word in enumerate(words, start=first):
            text = said.get(index - first, "")
            if index in line.given:
                text = write_given(line.given[index])
            text = _emphasise(text) if index in line.stressed else text
            symbols += [Symbol(character, index) for character in _with_punctuation(word, text) + " "]
    return symbols[:-1]


def write_latin(text: str, voice: str, write: Callable[[str], str]) -> str:
    """A name in Latin letters by itself."""
    return " ".join(_write(unit.symbols, write) for unit in espeak.say(text, voice))


def decompose(text: str) -> str:
    """IPA with its tildes apart; ç is a letter of its own."""
    return unicodedata.normalize("NFD", text).replace("c\u0327", "ç")


def _said_words(words: Sequence[str], voice: str, gap: str, write: Callable[[str], str]) -> dict[int, str]:
    """word -> its symbols; what espeak says in one go for several words is shared out among them."""
    starts = [0]
    for word in words[:-1]:
        starts.append(starts[-1] + len(word) + len(gap))
    said: dict[int, str] = {}
    last = 0
    for unit in espeak.say(gap.join(words), voice):
        last = max(last, bisect_right(starts, unit.position) - 1)
        text = _write(unit.symbols, write)
        said[last] = f"{said[last]} {text}" if last in said else text
    if all(index in said or not any(map(str.isalnum, word)) for index, word in enumerate(words)):
        return said
    counts: dict[int, int] = {}
    for reading in read_aloud(words, gap, voice):
        counts[reading.word] = counts.get(reading.word, 0) + len(reading.phones)
    return _share_out(said, counts)


def _write(symbols: Sequence[str], write: Callable[[str], str]) -> str:
    return "".join(write(symbol) for symbol in symbols if not symbol.startswith("("))  # "(en)": of another language


def _share_out(said: Mapping[int, str], counts: Mapping[int, int]) -> dict[int, str]:
    """The symbols with those divided that stand for further words. counts: word -> how many phones it has."""
    shared: dict[int, str] = {}
    owners = sorted(said)
    for owner, following in zip(owners, [*owners[1:], max(counts, default=0) + 1], strict=True):
        group = [index for index in range(owner, following) if counts.get(index)]
        if len(group) < 2:
            shared[owner] = said[owner]
        else:
            parts = _cut(said[owner], [counts[index] for index in group])
            shared.update(zip(group, parts, strict=True))
    return shared


def _cut(text: str, shares: Sequence[int]) -> list[str]:
    """A text in parts whose sounds are as many as these shares; stress marks stay with what follows."""
    sounds = [i for i, c in enumerate(text) if c.isalpha() and c not in LASTING and c not in STRESS]
    parts: list[str] = []
    begin = done = 0
    for share in shares:
        done += share
        place = round(done / sum(shares) * len(sounds))
        end = sounds[place] if place < len(sounds) else len(text)
        while end > begin and text[end - 1] in STRESS:
            end -= 1
        parts.append(text[begin:end].strip())
        begin = end
    return parts


def _emphasise(text: str) -> str:
    """Symbols of a word with a primary stress; on the first vowel where they have none at all."""
    if _PRIMARY in text:
        return text
    if _SECONDARY in text:
        return text.replace(_SECONDARY, _PRIMARY, 1)
    first = next((i for i, c in enumerate(text) if c in VOWELS or c in LETTER_VOWELS), None)
    return text if first is None else text[:first] + _PRIMARY + text[first:]


def _with_punctuation(word: str, text: str) -> str:
    """Symbols of a word with the punctuation that is written around it."""
    marks = [PUNCTUATION.get(character, character) for character in word]
    inside = [index for index, character in enumerate(word) if character.isalnum()]
    first, last = (inside[0], inside[-1]) if inside else (0, -1)
    before = "".join(mark for mark in marks[:first] if mark in _WRITTEN)
    after = "".join(mark for mark in marks[last + 1 :] if mark in _WRITTEN)
    return before + text + after
