# SPDX-License-Identifier: GPL-3.0-or-later
"""When each sentence of a speech is said, and the clock of one speech told by that of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.speech import Speech
from core.speech.sentences import find_said

_LEAST = 0.001  # seconds between two marks of a clock


@dataclass(frozen=True)
class Span:
    """A sentence as it is said. start, end: seconds, equal where none of it is heard. words: how many are written."""

    text: str
    start: float
    end: float
    words: int

    @property
    def seconds(self) -> float:
        return self.end - self.start


@dataclass(frozen=True)
class Clock:
    """Moments that are the same in two speeches, both rising: old and new (K,) seconds; between them time is linear."""

    old: np.ndarray
    new: np.ndarray

    def to_new(self, moments: np.ndarray | float) -> np.ndarray:
        """Seconds of the new speech."""
        return np.asarray(np.interp(moments, self.old, self.new))

    def to_old(self, moments: np.ndarray | float) -> np.ndarray:
        """Seconds of the old speech."""
        return np.asarray(np.interp(moments, self.new, self.old))


def find_spans(speech: Speech) -> tuple[Span, ...]:
    """The sentences of a speech; none where no words are known."""
    spans: list[Span] = []
    for said in find_said(speech):
        before = spans[-1].end if spans else 0.0
        start, end = (said.words[0].start, said.words[-1].end) if said.words else (before, before)
        spans.append(Span(said.sentence.text, start, end, len(said.sentence.words)))
    return tuple(spans)


def compare_clocks(old: Sequence[Span], new: Sequence[Span], old_seconds: float, new_seconds: float) -> Clock:
    """The clock by sentences that are the same, one for one, and the pauses between them. seconds: of the speeches."""
    marks = [(0.0, 0.0)]
    for was, becomes in zip(old, new, strict=True):
        if was.seconds > 0.0 and becomes.seconds > 0.0:
            marks += [(was.start, becomes.start), (was.end, becomes.end)]
    return _rising([*marks, (old_seconds, new_seconds)])


def hold(clock: Clock, events: Sequence[tuple[float, float]]) -> Clock:
    """A clock on which events (start and end in old seconds, in order) last as long as before, around their middles.

    Events that would meet share the room between their middles; time beside them makes up for it.
    """
    if not events:
        return clock
    old = np.array(events, float)
    middles = old.mean(axis=1)
    placed = clock.to_new(middles)
    reach = np.stack((middles - old[:, 0], old[:, 1] - middles), axis=1)
    room = np.diff(placed) / 2 - _LEAST
    first, last = clock.new[0], clock.new[-1]
    reach[:, 0] = np.minimum(reach[:, 0], np.concatenate(([placed[0] - first], room)).clip(0.0))
    reach[:, 1] = np.minimum(reach[:, 1], np.concatenate((room, [last - placed[-1]])).clip(0.0))
    new = np.stack((placed - reach[:, 0], placed + reach[:, 1]), axis=1)
    if old[0, 0] <= clock.old[0]:  # at the ends of the clip there is one side only
        new[0] += first - new[0, 0]
    if old[-1, 1] >= clock.old[-1]:
        new[-1] += last - new[-1, 1]
    marks = [
        (float(a), float(b))
        for a, b in zip(clock.old, clock.new, strict=True)
        if not (_within(old, float(a)) or _within(new, float(b)))
        and np.searchsorted(middles, a) == np.searchsorted(placed, b)
    ]
    held = [(float(a), float(b)) for a, b in zip(old.ravel(), new.ravel(), strict=True)]
    return _rising(sorted([*marks, *held]))


def _within(spans: np.ndarray, moment: float) -> bool:
    return bool(np.any((spans[:, 0] <= moment) & (moment <= spans[:, 1])))


def _rising(marks: Sequence[tuple[float, float]]) -> Clock:
    """Marks in order, without those that would stop or turn back one of the clocks; the last one always stays."""
    kept = [marks[0]]
    for mark in marks[1:]:
        if all(now - before >= _LEAST for now, before in zip(mark, kept[-1], strict=True)):
            kept.append(mark)
    while len(kept) > 1 and kept[-1] != marks[-1] and any(
        now - before < _LEAST for now, before in zip(marks[-1], kept[-1], strict=True)
    ):
        kept.pop()
    if kept[-1] != marks[-1]:
        kept.append(marks[-1])
    old, new = np.array(kept).T
    return Clock(old, new)
