# SPDX-License-Identifier: GPL-3.0-or-later
"""How the lips move as it is heard in a sound."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import soxr

from core.progress import Progress, silent
from core.speech.features import RATE as HEARING
from core.speech.net import FRAMES, hear

RATE = FRAMES  # samples a second
# What 0 and 1 are: the 1st and the 99th percentile of the GRID talker, in shares of the distance between the outer
# corners of the eyes (90 mm on an adult; columns of `x.lips.tsv` in shared/data/speech).
OPENING = (0.000, 0.156)  # inner_gap: 1 is 14 mm
WIDTH = (0.530, 0.631)  # mouth_width
ROUNDING = (0.574, 0.473)  # inner_width, which rounding makes narrow
JAW = (0.790, 0.967)  # nose_chin
# What a mouth at rest has of them.
WIDTH_AT_REST, ROUNDING_AT_REST, JAW_AT_REST = 0.60, 0.40, 0.41


@dataclass(frozen=True)
class LipTrack:
    """Curves (T,) float32 of 0..1, as the constants above say; sample i is about (i + 0.5) / rate seconds.

    opening: of the gap between the lips. width: between the corners. rounding: narrowness of the inner lips. jaw: how
    low the chin is.
    """

    rate: int
    opening: np.ndarray
    width: np.ndarray
    rounding: np.ndarray
    jaw: np.ndarray

    def at(self, time: np.ndarray) -> LipTrack:
        """The curves at ``time`` (T,) seconds; before the first and after the last sample as there. rate stays."""
        own = (np.arange(len(self.opening)) + 0.5) / self.rate
        curves = (self.opening, self.width, self.rounding, self.jaw)
        return LipTrack(self.rate, *(np.interp(time, own, curve).astype(np.float32) for curve in curves))


_REMEMBERED: dict[tuple[int, bytes], LipTrack] = {}  # one at most


def hear_lips(wave: np.ndarray, rate: int, progress: Progress = silent) -> LipTrack:
    """The lips of the voice in a wave (N,) at ``rate``, as the network hears them.

    The last sound is remembered: an artist who edits phones has the same one performed again and again.
    Raises what ``progress`` raises.
    """
    sound = (rate, hashlib.sha256(wave.tobytes()).digest())
    if sound not in _REMEMBERED:
        heard = hear(soxr.resample(wave, rate, HEARING), progress)
        _REMEMBERED.clear()
        _REMEMBERED[sound] = LipTrack(RATE, *heard.lips.T)
    return _REMEMBERED[sound]
