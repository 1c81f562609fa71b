# SPDX-License-Identifier: GPL-3.0-or-later
"""The breath layer: a quick breath in before a phrase, a slow one out while it lasts; quiet breathing in silence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from core.performance.curves import ease
from core.performance.manner import Manner
from core.performance.rhythm import Phrase

# Speakers breathe in within half a second before a phrase and out over all of it (Hoit and Hixon 1987); at rest people
# take about 15 breaths a minute, the way in taking 40 % of each.
_IN = (0.28, 0.60)  # seconds before a short and before a long phrase
_QUIET, _QUIET_SPREAD, _QUIET_IN = 4.0, 0.15, 0.40  # seconds of a breath at rest, its spread, share of the way in
_OUT, _OUT_SHARE = 0.30, 0.45  # seconds after a phrase until the breath is out, and at most of the pause
_LEAST_GAP = 0.25  # seconds of silence in which a speaker breathes
_LONG = 4.0  # seconds of a long phrase
_CHEST, _SHOULDER = np.radians(1.1), np.radians(1.9)  # of a breath of depth 1
_STIRRED = 0.45  # nats of depth per unit of energy


def breathe(
    time: np.ndarray,
    duration: float,
    phrases: Sequence[Phrase],
    manner: Manner,
    strength: float,
    generator: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Chest and shoulders (radians, (T,) each), empty at the first and the last moment."""
    volume = np.zeros(len(time))
    for start, top, end, depth in breaths(duration, phrases, manner, generator):
        near = slice(*np.searchsorted(time, (start, end)))
        volume[near] += depth * ease(time[near], start, top) * (1.0 - ease(time[near], top, end))
    volume *= strength
    return {
        "chestPitch": _CHEST * volume,
        "shoulderLeftLift": _SHOULDER * volume,
        "shoulderRightLift": 0.96 * _SHOULDER * volume,
    }


def breaths(
    duration: float, phrases: Sequence[Phrase], manner: Manner, generator: np.random.Generator
) -> list[tuple[float, float, float, float]]:
    """Start, top, end (seconds) and depth of each breath, one after the other."""
    found: list[tuple[float, float, float, float]] = []
    spoken: list[tuple[float, float]] = []  # stretches said in one breath
    for phrase in phrases:
        if spoken and phrase.start - spoken[-1][1] < _LEAST_GAP:
            spoken[-1] = (spoken[-1][0], phrase.end)
        else:
            spoken.append((phrase.start, phrase.end))
    free = 0.0
    nexts = [start for start, _ in spoken[1:]] + [duration] * bool(spoken)
    for (start, end), following in zip([*spoken, (duration, duration)], [*nexts, duration], strict=True):
        long_ = min((end - start) / _LONG, 1.0)
        way_in = _IN[0] + (_IN[1] - _IN[0]) * long_
        found += _quiet(free, max(start - way_in, free), generator)
        begin = max(free, start - way_in)
        free = min(end + _OUT, end + _OUT_SHARE * (following - end))
        if end > start > begin:
            hurried = min((start - begin) / _IN[0], 1.0)
            depth = hurried * (0.55 + 0.75 * long_) * np.exp(_STIRRED * manner.at("energy", start))
            found.append((begin, start, free, float(depth * generator.uniform(0.85, 1.15))))
    return found


def _quiet(start: float, end: float, generator: np.random.Generator) -> list[tuple[float, float, float, float]]:
    """Breaths at rest that fill a silence; none in a short one."""
    count = round((end - start) / _QUIET)
    if count < 1:
        return []
    shares = np.exp(generator.normal(0.0, _QUIET_SPREAD, count))
    edges = start + (end - start) * np.concatenate(([0.0], np.cumsum(shares) / shares.sum()))
    return [
        (float(a), float(a + _QUIET_IN * (b - a)), float(b), float(generator.uniform(0.45, 0.7)))
        for a, b in pairwise(edges)
    ]
