# SPDX-License-Identifier: GPL-3.0-or-later
"""Hollows in the photo's hair, a parting's root or a gap between two locks, that hold the photo's shade.

From where the photo was taken they look like shade; on a head that turns they are a black spot on smooth hair. So is
the dark rim of the outline, a line down its side.
"""

from __future__ import annotations

import cv2
import numpy as np

from core.colour import smoothstep

# Inter-ocular distances over which a hollow is as dark as its middle, and over which hair is as light as it is.
HOLLOW, AROUND = 0.06, 0.35
DEEPEST = 0.6  # share of the light around it that a hollow keeps
# Inter-ocular distances inside the outline to which a rim reaches, and over which it ends; shares by which it is darker
# than the hair around from which on it counts, and does so in full.
RIM, DARKER = (0.01, 0.04), (0.0, 0.25)
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def lift_hollows(photo: np.ndarray, hair: np.ndarray, usual: np.ndarray, iod: float) -> np.ndarray:
    """The photo (h, w, 3) sRGB 0..1 with what is darker than the hair around it lifted in the hair's own colour.

    hair: (h, w) 0..1 where the colour is the hair's; usual: (3,) its colour; iod: pixels between the eyes.
    """
    light, weight = photo @ LUMA, hair.astype(np.float32)
    near, around = (_mean(light, weight, width * iod) for width in (HOLLOW, AROUND))
    lack = np.clip(DEEPEST * around - near, 0, None) * weight
    colour = (usual / max(float(usual @ LUMA), 0.05)).astype(np.float32)
    return np.asarray(np.clip(photo + lack[..., None] * colour, 0, 1), np.float32)


def soften_rim(
    matte: np.ndarray, photo: np.ndarray, hair: np.ndarray, usual: np.ndarray, iod: float
) -> np.ndarray:
    """The photo (h, w, 3) sRGB 0..1 whose rim at the background is no darker than the hair around.

    matte: (h, w) 0..1 the person; hair, usual, iod: as of `lift_hollows`.
    """
    deep = cv2.distanceTransform((matte > 0.5).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    weight = hair.astype(np.float32) + 1e-3
    around = np.dstack([_mean(channel, weight, AROUND * iod) for channel in cv2.split(photo)])
    around = (around + usual.astype(np.float32)) / 2  # behind the rim it goes on in its usual colour
    darker = 1 - photo @ LUMA / np.maximum(around @ LUMA, 0.02)
    share = (1 - smoothstep(deep, RIM[0] * iod, RIM[1] * iod)) * smoothstep(darker, *DARKER)
    return np.asarray(photo + (around - photo) * share[..., None], np.float32)


def _mean(light: np.ndarray, weight: np.ndarray, sigma: float) -> np.ndarray:
    """Lightness (h, w) blurred where there is hair, weight (h, w)."""
    total = cv2.GaussianBlur(weight, (0, 0), sigma)
    return cv2.GaussianBlur(light * weight, (0, 0), sigma) / np.maximum(total, 1e-3)
