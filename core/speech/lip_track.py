# SPDX-License-Identifier: GPL-3.0-or-later
"""How the lips move as it is heard in a sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RATE = 100  # samples a second
# What 1 is, and what a relaxed mouth is. Of a face's measures in shares of the distance between its outer eye corners
# (90 mm on an adult; `x.lips.tsv` of shared/data/speech), and of MediaPipe's scores (`x.arkit.npz`). From the 1st and
# the 99th percentile of the GRID talker.
OPENING = 0.156  # inner_gap; 14 mm
WIDTH = (0.530, 0.631)  # mouth_width at 0 and at 1
WIDTH_AT_REST = 0.60
ROUNDING = 0.36  # mouthPucker
JAW = 0.38  # jawOpen


@dataclass(frozen=True)
class LipTrack:
    """Curves (T,) float32 in 0..1, sample i at i / rate seconds.

    opening: of the gap between the lips, 0 where they touch. width: between the corners, narrow to wide,
    ``WIDTH_AT_REST`` is relaxed. rounding: pushed forward and narrowed. jaw: how far it is open.
    The constants above say in what units.
    """

    rate: int
    opening: np.ndarray
    width: np.ndarray
    rounding: np.ndarray
    jaw: np.ndarray

    def at(self, time: np.ndarray) -> LipTrack:
        """The curves at ``time`` (T,) seconds; before the first and after the last sample as there. rate stays."""
        own = np.arange(len(self.opening)) / self.rate
        curves = (self.opening, self.width, self.rounding, self.jaw)
        return LipTrack(self.rate, *(np.interp(time, own, curve).astype(np.float32) for curve in curves))
