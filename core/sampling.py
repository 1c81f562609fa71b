# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a picture between its pixels."""

from __future__ import annotations

import cv2
import numpy as np

ROW = 16384  # OpenCV's maps hold at most 32767 places a side


def sample(picture: np.ndarray, places: np.ndarray, how: int = cv2.INTER_LINEAR) -> np.ndarray:
    """Values (..., C or none) of a picture (H, W) or (H, W, C) at places (..., 2), of the picture's own type.

    places: (x, y); a pixel's centre lies at its number + 0.5. Beyond the border the border's pixel goes on.
    """
    flat = places.reshape(-1, 2).astype(np.float32) - np.float32(0.5)
    padded = np.zeros((-(-len(flat) // ROW) * ROW, 2), np.float32)
    padded[: len(flat)] = flat
    x, y = cv2.split(padded.reshape(-1, ROW, 2))
    found = cv2.remap(picture, x, y, how, borderMode=cv2.BORDER_REPLICATE)
    return found.reshape(-1, *picture.shape[2:])[: len(flat)].reshape(*places.shape[:-1], *picture.shape[2:])
