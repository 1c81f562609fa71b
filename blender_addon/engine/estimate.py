# SPDX-License-Identifier: GPL-3.0-or-later
"""No bpy here: how long work will still take, from how far it has come in how much time."""

from __future__ import annotations

import math

from ..words import tell

# No word before so many seconds of so much of the work: what comes of less is a guess.
LEAST_SECONDS, LEAST_FRACTION = 2.0, 0.05
SMOOTH_SECONDS = 4.0  # within which the end that is expected goes over to a new one
SOON_SECONDS = 5.0  # below which no number is told


class Estimate:
    """Sees fractions (0..1) come, and says how many seconds are left. Times are `time.monotonic`'s."""

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None  # seconds, fraction
        self._fraction = 0.0
        self._end: float | None = None
        self._seen = 0.0

    def see(self, fraction: float, now: float) -> None:
        """The work is so far. It is counted from the first word on: starting the core says nothing of the work."""
        if self._first is None or fraction < self._fraction:  # a step that begins again
            self._first, self._end = (now, fraction), None
        self._fraction = fraction

    def seconds_left(self, now: float) -> float | None:
        """None as long as there is too little to go by."""
        if self._first is None:
            return None
        elapsed, done = now - self._first[0], self._fraction - self._first[1]
        if elapsed < LEAST_SECONDS or done < LEAST_FRACTION:
            return None
        end = now + (1.0 - self._fraction) * elapsed / done
        if self._end is not None:
            end = self._end + (end - self._end) * (1.0 - math.exp((self._seen - now) / SMOOTH_SECONDS))
        self._end, self._seen = end, now
        return max(end - now, 0.0)


def tell_left(seconds: float | None) -> str:
    """In words, no finer than is known; empty for None."""
    if seconds is None:
        return ""
    if seconds < SOON_SECONDS:
        return tell("a few seconds left")
    if seconds < 57.5:
        return tell("about {count} s left", count=5 * round(seconds / 5))
    if seconds < 3570:
        return tell("about {count} min left", count=round(seconds / 60))
    return tell("about {count} h left", count=round(seconds / 3600))
