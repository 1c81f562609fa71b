# SPDX-License-Identifier: GPL-3.0-or-later
"""A sentence as espeak reads it: which written word each spoken one belongs to."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.pronunciation import espeak
from core.pronunciation.arabic import count_ending
from core.pronunciation.symbols import VOWELS, Pronunciation, read_symbols
from core.pronunciation.vowels import with_hidden_vowels

# Characters that espeak reads by their names, or not at all -> what stands for them.
_SPELT = str.maketrans({"・": " ", "～": " ", "־": "-", "٪": "%"})
_SPELT_BY = {  # the same letters as neighbouring languages write them
    "as": str.maketrans({"র": "ৰ"}),
    "fa": str.maketrans({"ك": "ک", "ي": "ی"}),
    "or": str.maketrans({"ୱ": "ଵ"}),
    "ur": str.maketrans({"ك": "ک", "ي": "ی", "ه": "ہ"}),
}
_AT_ONCE = 200  # words of a sentence without an end
_MUTE = frozenset(("Pd", "Ps", "Pe", "Pi", "Pf"))  # dashes, brackets, quotes: nothing to be said
_SAME, _KIN, _FOREIGN, _ALONE = 0.0, 0.6, 1.4, 1.0  # costs of an alignment: pairs of phones, and one without partner


@dataclass(frozen=True)
class Reading:
    """One spoken word: the index of the written one, its phones, and how else it may be said."""

    word: int
    phones: Pronunciation
    other: Pronunciation = ()

    @property
    def ways(self) -> tuple[Pronunciation, ...]:
        return (self.phones, self.other) if self.other else (self.phones,)


def read_aloud(words: Sequence[str], gap: str, voice: str) -> tuple[Reading, ...]:
    """What is said for written words that stand in a text with ``gap`` between them, in order.

    espeak reads some words as one ("of the", 你好); where each of them is said by itself, their phones are shared out.
    Raises LikenessError ``pronunciation_failed``.
    """
    read: list[Reading] = []
    for first in range(0, len(words), _AT_ONCE):
        part = [spell(word, voice) for word in words[first : first + _AT_ONCE]]
        for reading in _read_part(part, gap, voice):
            read.append(replace(reading, word=first + reading.word))
    return tuple(read)


def _read_part(words: Sequence[str], gap: str, voice: str) -> list[Reading]:
    starts = [0]
    for word in words[:-1]:
        starts.append(starts[-1] + len(word) + len(gap))
    readings: list[Reading] = []
    last = 0
    for unit in espeak.say(gap.join(words), voice):
        last = max(last, bisect_right(starts, unit.position) - 1)
        phones = with_hidden_vowels(read_symbols(unit.symbols, voice), voice)
        if phones:
            readings.append(Reading(last, phones))
    shared = _share_out(readings, words, voice)
    return [_CHOICES[voice](reading, words[reading.word]) if voice in _CHOICES else reading for reading in shared]


def share_out(owners: Sequence[int], phones: Pronunciation, words: Sequence[str], voice: str) -> list[int]:
    """Owners (word of ``words``) of phones, in order, shared out among words that are said but own none."""
    shared = list(owners)
    for owner, group in _groups(set(owners), words):
        own = [index for index, other in enumerate(owners) if other == owner]
        alone = [_alone(words[index], voice) for index in group] if len(group) > 1 else []
        speaking = [(index, said) for index, said in zip(group, alone, strict=bool(alone)) if said]
        if speaking:
            parts = find_owners([phones[index] for index in own], [said for _, said in speaking])
            for index, part in zip(own, parts, strict=True):
                shared[index] = speaking[part][0]
    return shared


def divide(phones: Pronunciation, alone: Sequence[Pronunciation]) -> list[Pronunciation]:
    """Phones that are said of several words in one go, shared out among them as `find_owners` does."""
    owners = find_owners(phones, alone)
    return [tuple(p for p, owner in zip(phones, owners, strict=True) if owner == index) for index in range(len(alone))]


def find_owners(phones: Sequence[tuple[str, int]], alone: Sequence[Pronunciation]) -> list[int]:
    """For each phone which of several words, said in one go, it belongs to.

    alone: how each word is said by itself. The cheapest alignment decides; what has no partner stays with the word
    before.
    """
    wanted = [(phone, index) for index, said in enumerate(alone) for phone, _ in said]
    rows, columns = len(phones) + 1, len(wanted) + 1
    cost = [[_ALONE * (row + column) for column in range(columns)] for row in range(rows)]
    for row in range(1, rows):
        for column in range(1, columns):
            pair = cost[row - 1][column - 1] + _difference(phones[row - 1][0], wanted[column - 1][0])
            cost[row][column] = min(pair, cost[row - 1][column] + _ALONE, cost[row][column - 1] + _ALONE)
    owners = [0] * len(phones)
    row, column = rows - 1, columns - 1
    while row:
        pair = cost[row - 1][column - 1] + _difference(phones[row - 1][0], wanted[column - 1][0]) if column else 1e9
        if cost[row][column] == pair:
            row, column = row - 1, column - 1
            owners[row] = wanted[column][1]
        elif cost[row][column] == cost[row - 1][column] + _ALONE:
            row -= 1
            owners[row] = wanted[column - 1][1] if column else wanted[0][1]
        else:
            column -= 1
    return owners


def spell(word: str, voice: str) -> str:
    """A word in characters that espeak knows, as many as before."""
    digits = "".join(str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c for c in word)
    return digits.translate(_SPELT | _SPELT_BY.get(voice, {}))


def _difference(phone: str, other: str) -> float:
    if phone == other:
        return _SAME
    return _KIN if (phone[0] in VOWELS) == (other[0] in VOWELS) else _FOREIGN


def _share_out(readings: Sequence[Reading], words: Sequence[str], voice: str) -> list[Reading]:
    """The readings, with those divided that stand for words that have none."""
    shared: list[Reading] = []
    for owner, group in _groups({reading.word for reading in readings}, words):
        own = [reading for reading in readings if reading.word == owner]
        alone = [_alone(words[index], voice) for index in group] if len(group) > 1 else []
        speaking = [index for index, said in zip(group, alone, strict=bool(alone)) if said]
        if len(speaking) == 1:  # the other is a dash, whose place espeak tells
            shared += [Reading(speaking[0], reading.phones) for reading in own]
        elif not speaking:
            shared += own
        else:
            phones = tuple(phone for reading in own for phone in reading.phones)
            parts = divide(phones, alone)
            shared += [Reading(index, part) for index, part in zip(group, parts, strict=True) if part]
    return shared


def _groups(heard: set[int], words: Sequence[str]) -> Iterator[tuple[int, list[int]]]:
    """Each word that is heard, and the group of words that are said together with it and are not heard themselves."""
    silent = {i for i, word in enumerate(words) if i not in heard and any(map(str.isalnum, word))}
    for owner in sorted(heard):
        group = [owner]
        if owner == min(heard):
            group = [*sorted(index for index in silent if index < owner), owner]
        following = owner + 1
        while following < len(words) and following not in heard:
            group += [following] if following in silent else []
            following += 1
        yield owner, group


def _with_choice(reading: Reading, word: str) -> Reading:
    """A French word with and without the consonant that links it to the next one: people may leave it away."""
    *before, (last, _) = reading.phones
    if last[0] in VOWELS or [phone for phone, _ in _alone(word, "fr")] != [phone for phone, _ in before]:
        return reading
    return replace(reading, other=tuple(before))


def _without_ending(reading: Reading, word: str) -> Reading:
    """An Arabic word with its case and without it."""
    count = count_ending(word)
    is_long = len(reading.phones) > count + 1
    return replace(reading, other=reading.phones[:-count]) if count and is_long else reading


_CHOICES = {"fr": _with_choice, "ar": _without_ending}


def _alone(word: str, voice: str) -> Pronunciation:
    if all(unicodedata.category(character) in _MUTE for character in word):
        return ()
    units = espeak.say(word, voice)
    return tuple(phone for unit in units for phone in read_symbols(unit.symbols, voice))
