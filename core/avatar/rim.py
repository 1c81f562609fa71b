# SPDX-License-Identifier: GPL-3.0-or-later
"""Light from behind, and what shines in from the background, along the edge of a face.

Skin that a photo shows at a flat angle is as the skin beside it that is seen well, or darker: shade and beards are
darker. What is lighter, or has another tint, is a rim of light, the background or a hair that hangs there, and would
be a patch on the cheek once the head turns.
"""

from __future__ import annotations

import cv2
import numpy as np

from core.avatar.completion import Membrane
from core.avatar.repair import Belief, Places, SkinColour, widen
from core.avatar.texture import Sight
from core.avatar.unwrap import Texels
from core.colour import smoothstep

STEEP = (0.35, 0.6)  # cosine to the camera up to which skin is in doubt, and from which on it is what it looks like
# Distances in CIE L and a*, b* up to which a colour is taken, and from which on it is not.
LIGHTER, DARKER, TINTED = (7.0, 14.0), (28.0, 45.0), (9.0, 18.0)
BEARD = 0.6  # a*, b* that a colour may be off for each L that it is darker: a beard is grey
# Pixels of the photo over which what is odd bleeds into the skin beside it, and the most of the map that this may be.
BLEEDS, WIDEST = 1.5, 1 / 64
BLUR = 1 / 250  # of the map: pores and stubble are no patches


def doubt_rims(
    views: list[tuple[Texels, Sight, Belief]], springs: Membrane, places: Places, skin: SkinColour
) -> list[Belief]:
    """The beliefs without what lies along the edge and is no skin; views: one photo's charts."""
    count = len(places.ear)
    sums, weights = np.zeros((count, 3)), np.zeros(count)
    for texels, sight, belief in views:
        colour, weight = texels.gather(sight.colour, belief.skin * smoothstep(sight.facing, *STEEP), count)
        sums, weights = sums + colour * weight[:, None], weights + weight
    expected = springs.stretch(sums / np.maximum(weights, 1e-9)[:, None], weights, skin.rgb)
    return [_doubt(*view, expected, places) for view in views]


def _doubt(texels: Texels, sight: Sight, belief: Belief, expected: np.ndarray, places: Places) -> Belief:
    painted = texels.paint(np.column_stack([expected, ~places.ear]))
    odd = oddness(sight.colour, painted[..., :3], texels.size * BLUR)
    flat = 1 - smoothstep(sight.facing, *STEEP)
    beside = np.clip(BLEEDS * _pixel_width(sight), texels.size / 256, texels.size * WIDEST)
    keep = 1 - widen(odd * flat * np.clip(painted[..., 3], 0, 1) * (belief.skin > 0.05), float(beside))
    return Belief(belief.trust * np.maximum(keep, belief.other), belief.skin * keep, belief.other)


def _pixel_width(sight: Sight) -> float:
    """Texels of the coarse grid that one pixel of the photo covers where the photo shows the chart well."""
    shown = sight.trust[:, 1:] > 0.5
    if not shown.any():
        return 0.0
    return float(1 / np.maximum(np.median(np.linalg.norm(np.diff(sight.pixels, axis=1), axis=-1)[shown]), 1e-3))


def oddness(colour: np.ndarray, expected: np.ndarray, blur: float = 0.0) -> np.ndarray:
    """0..1 (m, n) how far colours (m, n, 3) sRGB 0..1, smoothed by ``blur`` texels, are no shade of the expected."""
    smooth = cv2.GaussianBlur(colour.astype(np.float32), (0, 0), blur) if blur else colour
    one, two = (cv2.cvtColor(np.clip(c, 0, 1).astype(np.float32), cv2.COLOR_RGB2LAB) for c in (smooth, expected))
    away = one - two
    tint = np.linalg.norm(away[..., 1:], axis=-1) - BEARD * np.maximum(-away[..., 0], 0)
    return np.maximum.reduce(
        [smoothstep(away[..., 0], *LIGHTER), smoothstep(-away[..., 0], *DARKER), smoothstep(tint, *TINTED)]
    )
