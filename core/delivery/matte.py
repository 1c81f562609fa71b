# SPDX-License-Identifier: GPL-3.0-or-later
"""Colour beneath what is transparent."""

from __future__ import annotations

import numpy as np

from core.push_pull import push_pull

_SEEN = 8  # of 255: colour of less alpha has too few steps to be one


def spread_colour(frame: np.ndarray) -> np.ndarray:
    """An (H, W, 4) uint8 picture whose colour goes on beyond its edges; what is seen of it, and alpha, stay.

    A codec that loses something mixes neighbouring pixels, so that black beneath the transparent ones would be seen as
    a dark line around the figure.
    """
    alpha = frame[..., 3]
    hidden = alpha < _SEEN
    if not hidden.any() or hidden.all():
        return frame
    filled = push_pull(frame[..., :3].astype(np.float32), np.where(hidden, 0, alpha / np.float32(255)))
    spread = frame.copy()
    spread[hidden, :3] = np.clip(filled[hidden] + 0.5, 0, 255)
    return spread
