# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers, dates, money, addresses and acronyms as the words that they are read as: ``info@example.org`` as
"info at example dot org".

What a language's voice reads well by itself stays as it is. The words of each language are in written.toml. Arabic gets
its vowels (arabic.py).
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from core.pronunciation import addresses, amounts, dates
from core.pronunciation.acronyms import acronym_forms, is_shouted, write_acronym
from core.pronunciation.arabic import add_vowels
from core.pronunciation.attribution import attribute_words
from core.pronunciation.forms import Form, find_forms
from core.script.words import divide_words


@dataclass(frozen=True)
class WrittenOut:
    """words: as they are to be read. owners: for each the index of the written word that it reads, never falling."""

    words: tuple[str, ...]
    owners: tuple[int, ...]


@dataclass(frozen=True)
class _Change:
    """What is read instead of characters start..end of a text."""

    start: int
    end: int
    said: str


def write_out(words: Sequence[str], language: str, fixed: frozenset[int] = frozenset()) -> WrittenOut:
    """The words of a sentence written out.

    language: code of the table. fixed: indices of words that stay, since somebody says how they sound.
    """
    gap = " " if find_forms(language).is_spaced else ""
    starts = [0]
    for word in words[:-1]:
        starts.append(starts[-1] + len(word) + len(gap))
    text = gap.join(words)
    said: list[str] = []
    owners: list[int] = []
    at = 0
    for first, last, changes in _groups(_find_changes(text, words, language), starts, fixed):
        said += words[at:first]
        owners += range(at, first)
        piece, base = gap.join(words[first : last + 1]), starts[first]
        for change in reversed(changes):
            piece = piece[: change.start - base] + change.said + piece[change.end - base :]
        read = divide_words(piece, language)
        said += read
        owners += (first + owner for owner in attribute_words(words[first : last + 1], read))
        at = last + 1
    read = (*said, *words[at:])
    return WrittenOut(add_vowels(read) if language == "ar" else read, (*owners, *range(at, len(words))))


def _groups(
    changes: Sequence[_Change], starts: Sequence[int], fixed: frozenset[int]
) -> list[tuple[int, int, list[_Change]]]:
    """First and last word of each run of words that changes touch, with these."""
    groups: list[tuple[int, int, list[_Change]]] = []
    for change in changes:
        first, last = bisect_right(starts, change.start) - 1, bisect_right(starts, change.end - 1) - 1
        if not fixed.isdisjoint(range(first, last + 1)):
            continue
        if groups and groups[-1][1] >= first:
            before = groups.pop()
            groups.append((before[0], last, [*before[2], change]))
        else:
            groups.append((first, last, [change]))
    return groups


def _find_changes(text: str, words: Sequence[str], language: str) -> list[_Change]:
    """What is to be read otherwise, in order, without overlaps: the first rule that fits a place decides."""
    forms = find_forms(language)
    figures = "".join(str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c for c in text)
    shouts = is_shouted(words, forms)
    changes: list[_Change] = []
    taken = bytearray(len(text))
    for form in _forms(language):
        if shouts and form.write is write_acronym:
            continue
        for match in form.pattern.finditer(figures):
            if match.end() == match.start() or any(taken[match.start() : match.end()]):
                continue
            said = form.write(match, forms)
            if said is not None and said != match[0]:
                changes.append(_Change(match.start(), match.end(), said))
                taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
    return sorted(changes, key=lambda change: change.start)


@cache
def _forms(language: str) -> tuple[Form, ...]:
    """All rules of a language, the first of which decides. hibari writes out the rest of English by itself."""
    if language == "en":
        month_first = Form(dates.DAY_FIRST_POINTS, dates.write_english_date)
        return (
            month_first, *addresses.FORMS, *amounts.money_forms(language), addresses.POINTS, amounts.LONG,
            *acronym_forms(language),
        )  # fmt: skip
    month = dates.month_form(language)
    return (
        *((month,) if month else ()), *dates.FORMS, *addresses.FORMS, *amounts.money_forms(language),
        *amounts.big_forms(language), amounts.PERCENT,
        amounts.UNIT, addresses.POINTS, amounts.RANGE, amounts.FRACTION, *acronym_forms(language), amounts.AND,
        amounts.SIGN, amounts.PLAIN, dates.YEARS,
    )  # fmt: skip
