# SPDX-License-Identifier: GPL-3.0-or-later
"""The blink layer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.performance.curves import plateau
from core.performance.rhythm import Phrase

# Talking people blink about 26 times a minute, resting 17 (Bentivoglio et al. 1997), at intervals that are
# roughly log-normal; blinks come more often where a phrase ends (Nakano and Kitazawa 2010).
MEAN_INTERVAL = 60.0 / 23.0  # seconds, inside 20-26 a minute
SPREAD = 0.45  # standard deviation of the logarithm of the intervals
SHORTEST, LONGEST = 0.9, 6.0  # seconds between blinks
QUIET_START = 0.45  # seconds at the beginning of a clip without a blink
PHRASE_PULL = 0.45  # a blink this near (seconds) to the end of a phrase moves there
PARTIAL = 0.15  # share of blinks that do not close the eye

# Lids fall faster than they rise (Evinger, Manning and Sibony 1991): 40 % less time.
CLOSING, CLOSED, OPENING = 0.085, 0.045, 0.142  # seconds


def blink(
    time: np.ndarray, duration: float, phrases: Sequence[Phrase], generator: np.random.Generator
) -> dict[str, np.ndarray]:
    """Channels of the blink layer, (T,) each, at ``time`` (T,) seconds."""
    curve = np.zeros(len(time))
    for moment in blink_times(duration, phrases, generator):
        depth = generator.uniform(0.5, 0.8) if generator.random() < PARTIAL else 1.0
        near = slice(*np.searchsorted(time, (moment - CLOSING, moment + CLOSED + OPENING)))
        pulse = depth * plateau(time[near], moment, moment + CLOSED, CLOSING, OPENING)
        curve[near] = np.maximum(curve[near], pulse)
    return {"eyeBlinkLeft": curve, "eyeBlinkRight": curve.copy()}


def blink_times(duration: float, phrases: Sequence[Phrase], generator: np.random.Generator) -> list[float]:
    """Seconds at which lids meet. A clip with room for a blink gets at least one."""
    first, last = QUIET_START + CLOSING, duration - CLOSED - OPENING - 0.1
    ends = np.array([phrase.end for phrase in phrases])
    moments: list[float] = []
    moment = first + generator.uniform(0.3, 0.8) * MEAN_INTERVAL
    while moment <= last:
        near = ends[np.abs(ends - moment) <= PHRASE_PULL]
        pulled = float(near[np.argmin(np.abs(near - moment))]) + 0.03 if len(near) else moment
        earliest = moments[-1] + SHORTEST if moments else first
        moments.append(float(np.clip(pulled, earliest, max(last, earliest))))
        moment = moments[-1] + _interval(generator)
    if not moments and last > first:
        moments.append(first + generator.uniform(0.4, 0.8) * (last - first))
    return [moment for moment in moments if moment <= last]


def _interval(generator: np.random.Generator) -> float:
    """Seconds to the next blink, log-normal with the mean MEAN_INTERVAL."""
    location = np.log(MEAN_INTERVAL) - SPREAD**2 / 2
    return float(np.clip(generator.lognormal(location, SPREAD), SHORTEST, LONGEST))
