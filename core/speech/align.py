# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the words of a script are said in a sound: the likeliest way through their phones, by the network.

Words may be said in several ways, be left out, or stand between others that the script does not have. A long
sound is worked on in windows that end at a pause, so that neither memory nor time grows faster than the sound.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from core.progress import Progress, silent
from core.speech.decode import crossing, phone_scores
from core.speech.inventory import CLASS_OF, CLASSES, PHONES, nearest
from core.speech.net import FRAMES, Heard
from core.speech.viterbi import Graph, best_path, make_graph


class Sayable(Protocol):
    """A word: the ways to say it, each (IPA, stress) a phone; whether it begins a sentence."""

    @property
    def ways(self) -> Sequence[Sequence[tuple[str, int]]]: ...

    @property
    def begins(self) -> bool: ...


@dataclass(frozen=True)
class Aligned:
    """One phone of a word. unit: of the inventory. ipa: as the script has it, a half of a diphthong by itself.

    start, end: seconds. confidence: 0..1, how sure the network is of its class there.
    """

    start: float
    end: float
    unit: int
    ipa: str
    stress: int
    word: int
    confidence: float


_FLOOR = -9.0  # of a score: one odd frame must not throw a word out
_SILENCE, _EXTRA = 0, len(PHONES)  # columns: silence, and speech that the script does not have
_EXTRA_BELOW = 1.6  # what such speech scores below the likeliest phone
_SILENCE_COST, _EXTRA_COST = 1.5, 12.0  # of beginning a pause, extra speech
_SKIP_COST, _SKIP_SENTENCE_COST = 14.0, 25.0  # of a word, of the rest of a sentence, that are not said
_SHORT, _SKIP_SHORT_COST = 3, 22.0  # phones of a word that is easily missed in fluent speech: "at"; the cost to skip it
_SKIPS, _SKIPPED_SENTENCES = 4, 8  # in a row
_ELISION_COST = 7.0  # of a phone within a word that is not heard
_NEVER_ELIDED = ("CLOSED", "LABDENT")  # what everybody would see on the lips
_SHORTEST = 2  # frames of a phone
_WINDOW = 45 * FRAMES  # frames worked on at a time
_WORDS = 260  # words in such a window: quick speech has six a second
_KEPT = 0.75  # of a window, whose end has too little behind it


@dataclass(frozen=True)
class _State:
    """What a state of the graph means. unit: position in the way."""

    word: int
    way: int
    unit: int


@dataclass(frozen=True)
class _Unit:
    phone: int
    ipa: str
    stress: int


def align(heard: Heard, words: Sequence[Sayable], progress: Progress = silent) -> tuple[Aligned, ...]:
    """The phones of the words that are said, in order; none where no word is found. Gaps are pauses or other speech.

    Raises what ``progress`` raises.
    """
    scores = _scores(heard)
    units = [[_units(way) for way in word.ways if way] for word in words]
    found: list[Aligned] = []
    frame, word = 0, 0
    while frame < len(scores) and word < len(words):
        progress(frame / len(scores), "Finding the words")
        is_last = frame + _WINDOW >= len(scores)
        stop = len(scores) if is_last else frame + _WINDOW
        window = range(word, len(words) if is_last and len(words) - word <= _WORDS else min(word + _WORDS, len(words)))
        part = list(_align_window(scores[frame:stop], heard, frame, words, units, window))
        if not is_last:
            part = _settled(part, frame / FRAMES, stop / FRAMES)
        found += part
        if is_last:
            break
        frame, word = _go_on(part, frame, stop, word)
    progress(1.0, "Finding the words")
    return tuple(found)


def _units(way: Sequence[tuple[str, int]]) -> list[_Unit]:
    """A way in phones of the inventory, those of a diphthong one by one."""
    units: list[_Unit] = []
    for ipa, stress in way:
        parts = [part for part in nearest(ipa) if part]
        for number, part in enumerate(parts):
            units.append(_Unit(part, ipa if len(parts) == 1 else PHONES[part], stress if number == 0 else 0))
    return units


def _scores(heard: Heard) -> np.ndarray:
    """(T, 62): every phone, and last any speech at all."""
    scores = phone_scores(heard)
    extra = scores[:, 1:].max(axis=1, keepdims=True) - _EXTRA_BELOW
    return np.maximum(np.concatenate([scores, extra], axis=1), _FLOOR).astype(np.float32)


def _align_window(
    scores: np.ndarray,
    heard: Heard,
    offset: int,
    words: Sequence[Sayable],
    units: Sequence[Sequence[Sequence[_Unit]]],
    window: range,
) -> Iterator[Aligned]:
    states, graph = _make_graph(words, units, window)
    path, cost = best_path(scores, graph)
    if not np.isfinite(cost):
        return
    owners = [states[s] for s in path]
    changes = [0, *(t for t in range(1, len(owners)) if owners[t] != owners[t - 1]), len(owners)]
    columns = graph.column[path]
    inner = (crossing(scores, t, int(columns[t - 1]), int(columns[t])) for t in changes[1:-1])
    times = [0.0, *inner, len(path) / FRAMES]
    for index, (first, last) in enumerate(pairwise(changes)):
        owner = owners[first]
        if owner is None:
            continue
        unit = units[owner.word][owner.way][owner.unit]
        sure = float(np.exp(heard.classes[offset + first : offset + last, CLASS_OF[unit.phone]]).mean())
        start, end = (times[index] + offset / FRAMES, times[index + 1] + offset / FRAMES)
        yield Aligned(start, end, unit.phone, unit.ipa, unit.stress, owner.word, sure)


def _make_graph(
    words: Sequence[Sayable], units: Sequence[Sequence[Sequence[_Unit]]], window: range
) -> tuple[list[_State | None], Graph]:
    """The words of a window one after the other, with pauses and other speech between them."""
    states: list[_State | None] = []
    column: list[int] = []
    stay: list[float] = []
    ways: list[tuple[int, int, float]] = []

    def add(state: _State | None, phone: int, lasts: bool = True) -> int:
        states.append(state)
        column.append(phone)
        stay.append(0.0 if lasts else np.inf)
        return len(states) - 1

    def rest(sources: Sequence[int]) -> list[int]:
        """A pause, other speech, and a pause behind it; where all of it may end."""
        pause, extra = add(None, _SILENCE), add(None, _EXTRA)
        ways.extend((source, pause, _SILENCE_COST) for source in sources)
        ways.extend((source, extra, _EXTRA_COST) for source in [*sources, pause])
        ways.append((extra, pause, _SILENCE_COST))
        return [pause, extra]

    leading = rest([])
    first = {leading[0]: 0.0, leading[1]: _EXTRA_COST}
    exits: list[list[int]] = [leading]  # by number of words gone by
    for number, index in enumerate(window):
        entries, ends = _add_word(index, units[index], add, ways)
        for back, cost in _predecessors(words, window, number):
            ways.extend((source, entry, cost) for source in exits[back] for entry in entries)
            if back == 0:
                first.update({entry: min(cost, first.get(entry, np.inf)) for entry in entries})
        exits.append([*ends, *rest(ends)] if ends else exits[-1])
    is_end = window.stop == len(words)
    last = {
        state: min((len(window) - number) * _SKIP_COST, 3 * _SKIP_SENTENCE_COST) if is_end else 0.0
        for number, ends in enumerate(exits)
        for state in ends
    }
    return states, make_graph(column, stay, ways, first, last)


def _add_word(index: int, ways_of_word: Sequence[Sequence[_Unit]], add, ways) -> tuple[list[int], list[int]]:
    """States of a word's ways; where it is entered and where it ends."""
    entries: list[int] = []
    ends: list[int] = []
    for number, way in enumerate(ways_of_word):
        before: list[tuple[int, float]] = []  # ends of the phones before, with the cost of going on from there
        for position, unit in enumerate(way):
            state = _State(index, number, position)
            parts = [add(state, unit.phone, part == _SHORTEST - 1) for part in range(_SHORTEST)]
            ways.extend((a, b, 0.0) for a, b in pairwise(parts))
            ways.extend((source, parts[0], cost) for source, cost in before)
            if position == 0:
                entries.append(parts[0])
            spared = [] if CLASSES[CLASS_OF[unit.phone]] in _NEVER_ELIDED else before
            before = [(parts[-1], 0.0), *((source, _ELISION_COST) for source, cost in spared if cost == 0.0)]
        if way:
            ends.append(before[0][0])
    return entries, ends


def _predecessors(words: Sequence[Sayable], window: range, number: int) -> Iterator[tuple[int, float]]:
    """From how many words gone by a word can follow, and the cost of what is left out."""
    yield number, 0.0
    for skipped in range(1, min(_SKIPS, number) + 1):
        is_short = skipped == 1 and min(map(len, words[window[number - 1]].ways), default=0) <= _SHORT
        yield number - skipped, _SKIP_SHORT_COST if is_short else skipped * _SKIP_COST
    if words[window[number]].begins:
        begins = [back for back in range(number - 1, -1, -1) if words[window[back]].begins or back == 0]
        for skipped, back in enumerate(begins[:_SKIPPED_SENTENCES], start=1):
            yield back, skipped * _SKIP_SENTENCE_COST


def _settled(part: list[Aligned], start: float, end: float) -> list[Aligned]:
    """The phones up to the longest pause (or any end of a word) in the later half of the part that is kept."""
    limit, least = start + _KEPT * (end - start), start + 0.5 * _KEPT * (end - start)
    best, longest = len(part), -1.0
    for index in range(1, len(part)):
        before, after = part[index - 1], part[index]
        if before.word != after.word and least <= before.end <= limit and after.start - before.end > longest:
            best, longest = index, after.start - before.end
    return part[:best]


def _go_on(part: Sequence[Aligned], frame: int, stop: int, word: int) -> tuple[int, int]:
    """The frame and the word with which the next window begins."""
    if not part:
        return stop - (stop - frame) // 4, word
    return max(round(part[-1].end * FRAMES), frame + FRAMES), part[-1].word + 1
