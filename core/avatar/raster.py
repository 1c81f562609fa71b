# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a picture faces cover."""

from __future__ import annotations

import cv2
import numpy as np


def cover(corners: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Pixels (h, w) uint8 0 or 1 under convex faces whose corners (F, K, 2) lie at pixels, centres at integers."""
    mask = np.zeros(shape, np.uint8)
    for face in np.rint(corners * 16).astype(np.int32):
        cv2.fillConvexPoly(mask, face, 1, shift=4)
    return mask
