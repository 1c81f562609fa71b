# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what covers the head is cloth: a hat or a scarf, told from hair by its colour and its pattern.

Measured on 13 portraits: hair has an unnatural hue on no pixel and a pattern of 0.3 to 0.9; a headscarf has one on
90 % of its pixels, a zebra hat a pattern of 3.0. Limits: a plain hat in a colour that hair has is taken for hair;
hair dyed blue or green is taken for cloth.
"""

from __future__ import annotations

import cv2
import numpy as np

from core.avatar.hair_region import HairRegion

# Hair's hue in CIE Lab runs from red-brown to yellow (degrees); below this chroma colour says nothing.
NATURAL_HUE, DULL = (15.0, 110.0), 12.0
COLD, RED = -7.0, 28.0  # b* below and a* above which no hair lies
ODD_SHARE = 0.3  # of pixels with another colour than hair's
# Deviation of lightness between two scales (inter-ocular distances) from which on it is a woven or printed pattern.
SCALES, PATTERN = (0.042, 0.052), 1.7


def is_cloth(region: HairRegion) -> bool:
    """Whether the region is worn on the head rather than grown on it."""
    canvas = region.canvas
    plain = cv2.erode((region.hair > 0.95).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    if not plain.any():
        return False
    lab = cv2.cvtColor(canvas.image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    near, wide = (cv2.GaussianBlur(lab, (0, 0), scale * canvas.iod) for scale in SCALES)
    _, a, b = near[plain].T
    hue = np.degrees(np.arctan2(b, a))
    strange = (np.hypot(a, b) > DULL) & ((hue < NATURAL_HUE[0]) | (hue > NATURAL_HUE[1]))
    odd = float((strange | (b < COLD) | (a > RED)).mean())
    pattern = float((near[plain][:, 0] - wide[plain][:, 0]).std())
    return odd > ODD_SHARE or pattern > PATTERN
