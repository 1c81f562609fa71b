# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast and how suddenly a body moves at most: what goes beyond is smoothed where it does."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.ndimage import gaussian_filter1d

# Beginning of a channel -> radians a second, radians a second squared. Heads that are shaken turn at 200 degrees a
# second at most (Grossman et al. 1988, of walking and running, 170); trunks and shoulders are heavier.
LIMITS: Mapping[str, tuple[float, float]] = {
    "head": (np.radians(160.0), np.radians(2400.0)),
    "neck": (np.radians(80.0), np.radians(1200.0)),
    "chest": (np.radians(40.0), np.radians(300.0)),
    "shoulder": (np.radians(110.0), np.radians(1200.0)),
}
_FIRST, _WIDER, _TRIES = 0.02, 1.5, 10  # seconds of the smoothing, by what it grows, and how often


def limit(channel: str, curve: np.ndarray, rate: float) -> np.ndarray:
    """A curve (T,) of a channel within its limits; unchanged where it is, and where the channel has none."""
    limits = next((pair for start, pair in LIMITS.items() if channel.startswith(start)), None)
    seconds = _FIRST
    if limits is None or len(curve) < 3:
        return curve
    for _ in range(_TRIES):
        beyond = _beyond(curve, rate, *limits)
        if not beyond.any():
            break
        share = np.minimum(gaussian_filter1d(beyond.astype(np.float64), 3 * seconds * rate, mode="nearest") * 6, 1.0)
        curve = curve + share * (gaussian_filter1d(curve, seconds * rate, mode="nearest") - curve)
        seconds *= _WIDER
    return curve


def _beyond(curve: np.ndarray, rate: float, speed: float, acceleration: float) -> np.ndarray:
    """(T,) where a curve is faster or more sudden than that."""
    moved = np.abs(np.diff(curve, append=curve[-1])) * rate > speed
    turned = np.abs(np.diff(curve, 2, prepend=curve[0], append=curve[-1])) * rate**2 > acceleration
    return moved | turned
