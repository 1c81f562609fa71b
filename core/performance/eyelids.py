# SPDX-License-Identifier: GPL-3.0-or-later
"""The blink layer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.direction import Direction
from core.performance.curves import plateau
from core.performance.manner import Manner
from core.performance.rhythm import Phrase
from core.speech import Speech

# Talking people blink about 26 times a minute, resting 17 (Bentivoglio et al. 1997), at intervals that are
# roughly log-normal; blinks come more often where a phrase ends (Nakano and Kitazawa 2010) and with large shifts of the
# gaze (Evinger et al. 1994).
MEAN_INTERVAL, AT_REST = 60.0 / 23.0, 60.0 / 17.0  # seconds, talking (inside 20-26 a minute) and silent
SPREAD = 0.45  # standard deviation of the logarithm of the intervals
SHORTEST, LONGEST = 0.9, 7.0  # seconds between blinks
QUIET_START = 0.45  # seconds at the beginning of a clip without a blink
PULL = 0.40  # a blink this near (seconds) to the end of a phrase, or to a shift of the gaze, moves there
PARTIAL = 0.28  # share of blinks that do not close the eye
LARGE_SHIFT = np.radians(8.0)
_OFTEN = 0.5  # nats of the rate per unit of the slider
_REST = 1.2  # seconds from the next sound that are silence

# Lids fall faster than they rise (Evinger, Manning and Sibony 1991): 40 % less time.
CLOSING, CLOSED, OPENING = 0.085, 0.045, 0.142  # seconds


def blink(
    time: np.ndarray,
    duration: float,
    phrases: Sequence[Phrase],
    shifts: Sequence[float],
    kept_open: Sequence[tuple[float, float]],
    manner: Manner,
    generator: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Channels of the blink layer, (T,) each, at ``time`` (T,) seconds.

    shifts: moments of large shifts of the gaze. kept_open: spans (seconds) without a blink.
    """
    curve = np.zeros(len(time))
    for moment in blink_times(duration, phrases, shifts, manner, generator):
        depth = generator.uniform(0.45, 0.85) if generator.random() < PARTIAL else 1.0
        slow = generator.uniform(0.9, 1.15)
        closing, closed, opening = slow * CLOSING, slow * CLOSED, slow * OPENING
        start, end = moment - closing, moment + closed + opening
        if any(start < last and end > first for first, last in kept_open):
            continue
        near = slice(*np.searchsorted(time, (start, end)))
        curve[near] = np.maximum(curve[near], depth * plateau(time[near], moment, moment + closed, closing, opening))
    return {"eyeBlinkLeft": curve, "eyeBlinkRight": curve.copy()}


def blink_times(
    duration: float,
    phrases: Sequence[Phrase],
    shifts: Sequence[float],
    manner: Manner,
    generator: np.random.Generator,
) -> list[float]:
    """Seconds at which lids meet. A clip with room for a blink gets at least one."""
    first, last = QUIET_START + CLOSING, duration - CLOSED - OPENING - 0.1
    magnets = np.array(sorted([*(phrase.end + 0.03 for phrase in phrases), *(moment + 0.05 for moment in shifts)]))
    moments: list[float] = []
    moment = first + generator.uniform(0.3, 0.8) * MEAN_INTERVAL
    while moment <= last:
        near = magnets[np.abs(magnets - moment) <= PULL] if len(magnets) else magnets
        pulled = float(near[np.argmin(np.abs(near - moment))]) if len(near) else moment
        earliest = moments[-1] + SHORTEST if moments else first
        moments.append(float(np.clip(pulled, earliest, max(last, earliest))))
        # The next interval counts from where this one would have been: pulling does not make blinks rarer.
        moment = max(moment, moments[-1] - PULL) + _interval(moment, phrases, manner, generator)
    if not moments and last > first:
        moments.append(first + generator.uniform(0.4, 0.8) * (last - first))
    return [moment for moment in moments if moment <= last]


def _interval(moment: float, phrases: Sequence[Phrase], manner: Manner, generator: np.random.Generator) -> float:
    """Seconds to the next blink, log-normal."""
    silent = all(moment < phrase.start - _REST or moment > phrase.end + _REST for phrase in phrases)
    mean = (AT_REST if silent else MEAN_INTERVAL) * np.exp(-_OFTEN * manner.at("blinks", moment))
    return float(np.clip(generator.lognormal(np.log(mean) - SPREAD**2 / 2, SPREAD), SHORTEST, LONGEST))


def kept_open(speech: Speech, direction: Direction) -> list[tuple[float, float]]:
    """Spans (seconds) of the words that a direction wants without a blink."""
    words = [speech.words[cue.word] for cue in direction.cues if cue.no_blink and cue.word < len(speech.words)]
    return [(word.start, word.end) for word in words]
