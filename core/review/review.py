# SPDX-License-Identifier: GPL-3.0-or-later
"""All measures of a take with their grades, and what to look at, in the order of time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.review.measures import (
    Span,
    blink_rate,
    clipped_channels,
    gaze_share,
    head_speed,
    loudness,
    missed_closures,
    stillness,
    trembling,
    unsure_phones,
)
from core.review.motion import Motion
from core.speech import Phone, Word

# Measure -> ranges in which it is good, and fair. Blinks: people who speak blink 8 to 30 times a minute (Bentivoglio et
# al. 1997: 26 in conversation); gaze: speakers look at who listens 40 to 75 % of the time (Argyle and Dean 1965),
# listeners and people before a camera more.
GRADES: Mapping[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "lips": ((0.95, 1.0), (0.85, 1.0)),
    "blinks": ((8.0, 30.0), (4.0, 45.0)),
    "gaze": ((0.35, 0.95), (0.2, 1.0)),
    "speed": ((0.0, 160.0), (0.0, 200.0)),
    "trembling": ((0.0, 0.2), (0.0, 0.4)),
    "clipped": ((0.0, 0.0), (0.0, 3.0)),
    "stillness": ((0.0, 2.5), (0.0, 5.0)),
    "phones": ((0.95, 1.0), (0.85, 1.0)),
    "loudness": ((-23.0, -12.0), (-30.0, -8.0)),
}
SHORT = 15.0  # seconds below which blinks and gaze are told, but not judged
_NEEDS_TIME = ("blinks", "gaze")
MOST = 40  # warnings of one kind


@dataclass(frozen=True)
class Measure:
    """grade: ``good``, ``fair``, ``poor``, or ``none`` where it is not judged."""

    key: str
    value: float
    grade: str


@dataclass(frozen=True)
class Remark:
    """A sentence about a stretch from start to end (seconds of the take). kind: the measure that found it."""

    kind: str
    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Review:
    """measures in the order in which they are shown; warnings in the order of time."""

    measures: tuple[Measure, ...]
    warnings: tuple[Remark, ...]


def review_take(
    motion: Motion,
    phones: Sequence[Phone] = (),
    words: Sequence[Word] = (),
    wave: np.ndarray | None = None,
    rate: int = 0,
) -> Review:
    """Measure a take. wave: (N,) mono sound at ``rate``; without sound and phones what needs them is left out."""
    found: dict[str, tuple[float, list[Span]]] = {
        "lips": missed_closures(motion, phones, words),
        "blinks": blink_rate(motion),
        "gaze": gaze_share(motion),
        "speed": head_speed(motion),
        "trembling": trembling(motion),
        "clipped": clipped_channels(motion),
        "stillness": stillness(motion),
        "phones": unsure_phones(phones, words),
    }
    if wave is not None and len(wave) and np.any(wave):
        found["loudness"] = loudness(wave, rate)
    is_short = len(motion.head) / motion.rate < SHORT
    measures = tuple(
        Measure(key, round(value, 4), "none" if is_short and key in _NEEDS_TIME else grade(key, value))
        for key, (value, _) in found.items()
        if math.isfinite(value)
    )
    warnings = [
        Remark(key, round(span.start, 4), round(span.end, 4), f"{span.text}.")
        for key, (_, spans) in found.items()
        for span in spans[:MOST]
    ]
    return Review(measures, tuple(sorted(warnings, key=lambda warning: (warning.start, warning.kind))))


def grade(key: str, value: float) -> str:
    """``good``, ``fair`` or ``poor``."""
    for name, (low, high) in zip(("good", "fair"), GRADES[key], strict=True):
        if low <= value <= high:
            return name
    return "poor"
