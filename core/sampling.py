# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a picture between its pixels."""

from __future__ import annotations

import cv2
import numpy as np

MOST = 32767  # places a side that OpenCV's maps hold
ROW = 16384  # longer lists are cut into rows


def sample(picture: np.ndarray, places: np.ndarray, how: int = cv2.INTER_LINEAR) -> np.ndarray:
    """Values (..., C or none) of a picture (H, W) or (H, W, C) at places (..., 2), of the picture's own type.

    places: (x, y); a pixel's centre lies at its number + 0.5. Beyond the border the border's pixel goes on.
    """
    places = places.astype(np.float32) - np.float32(0.5)
    shape = places.shape[:-1]
    if len(shape) != 2 or max(shape) > MOST:
        flat = places.reshape(-1, 2)
        places = np.zeros((-(-len(flat) // ROW) * ROW, 2), np.float32)
        places[: len(flat)] = flat
        places = places.reshape(-1, ROW, 2)
    # The two channels as one map: OpenCV is three times as fast with it as with one map each.
    found = cv2.remap(picture, places, None, how, borderMode=cv2.BORDER_REPLICATE)  # pyright: ignore[reportCallIssue, reportArgumentType]
    count = int(np.prod(shape))
    return found.reshape(-1, *picture.shape[2:])[:count].reshape(*shape, *picture.shape[2:])
