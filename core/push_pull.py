# SPDX-License-Identifier: GPL-3.0-or-later
"""Fill the holes of a picture smoothly from what lies around them."""

from __future__ import annotations

import cv2
import numpy as np


def push_pull(colour: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """A picture (H, W, C) float32, filled where weight (H, W) is 0 by averages from ever coarser levels.

    Push-pull: Gortler, Grzeszczuk, Szeliski, Cohen, The Lumigraph, 1996.
    """
    weight = np.clip(weight, 0, 1)
    if min(weight.shape) <= 2:
        mean = (colour * weight[..., None]).sum(axis=(0, 1)) / max(float(weight.sum()), 1e-6)
        return np.broadcast_to(mean, colour.shape).astype(np.float32)
    size = (weight.shape[1] // 2, weight.shape[0] // 2)
    down = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(colour * weight[..., None], size, interpolation=cv2.INTER_AREA)
    coarse = push_pull(sums / np.maximum(down, 1e-6)[..., None], np.clip(down * 4, 0, 1))
    up = cv2.resize(coarse, (weight.shape[1], weight.shape[0]), interpolation=cv2.INTER_LINEAR)
    return (colour * weight[..., None] + up * (1 - weight[..., None])).astype(np.float32)
