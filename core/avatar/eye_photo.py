# SPDX-License-Identifier: GPL-3.0-or-later
"""What the photo shows of an eye between its lids, laid on the painted eye: no two eyes are alike.

The catchlight stays with the photo, since the cornea makes its own; what the lids hide stays painted.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.avatar.eye_texture import IRIS_SHADE, LIMBUS_UV, VEIL, WHITE_SHADE, rim_radius
from core.avatar.landmarks import EYE_RING_LEFT, EYE_RING_RIGHT, IRIS_LEFT, IRIS_RIGHT
from core.colour import LUMINANCE, smoothstep, to_linear, to_srgb
from core.portrait import Portrait
from core.sampling import sample

# Diameter of the iris in the photo's pixels: nothing is taken below, all above.
SURE_PIXELS = (7.0, 13.0)
EDGE = 0.10  # of the iris' radius: the lids' edge, which belongs to the skin, reaches this far into the opening
# A catchlight is what is this much brighter than the iris around it (linear luminance).
CATCHLIGHT = (1.7, 2.6)


def lay_photo(
    picture: np.ndarray,
    portrait: Portrait,
    side: str,
    places: np.ndarray,
    project: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """The painted eye (N, N, 3) uint8 sRGB with the photo where that shows it.

    places: (N * N, 3) where each texel lies in the photo's face, world metres, NaN where it faces away;
    project: points (K, 3) to pixels of the photo.
    """
    iris, opening = (IRIS_LEFT, EYE_RING_LEFT) if side == "left" else (IRIS_RIGHT, EYE_RING_RIGHT)
    radius = rim_radius(portrait.landmarks[list(iris), :2])
    trust = float(smoothstep(np.array(2 * radius), *SURE_PIXELS))
    front = np.flatnonzero(np.isfinite(places[:, 0]))
    if trust <= 0 or not len(front):
        return picture
    pixels = project(places[front])
    lids = portrait.landmarks[list(opening), :2]
    near = np.all((pixels >= lids.min(axis=0)) & (pixels <= lids.max(axis=0)), axis=1)
    if not near.any():
        return picture
    front, pixels = front[near], pixels[near]
    shown = trust * _between_lids(lids, pixels, EDGE * radius)
    size = np.array(portrait.image.shape[1::-1])
    shown *= np.all((pixels > 1) & (pixels < size - 1), axis=1)
    colour = to_linear(sample(portrait.image, pixels))

    painted = to_linear(picture).reshape(-1, 3)
    texel = np.stack(np.divmod(front, len(picture)), axis=1)
    reach = np.hypot(*((texel + 0.5) / len(picture) - 0.5).T)
    white = smoothstep(reach / LIMBUS_UV, 0.9, 1.05)[:, None]
    # In the avatar the lids shade the eye and the cornea adds its veil again.
    veiled = np.maximum(colour - VEIL * (1 - white), 0.5 * colour)
    colour = np.clip(veiled / (IRIS_SHADE + (WHITE_SHADE - IRIS_SHADE) * white), 0.002, 0.95)
    light, iris_seen = colour @ LUMINANCE, (shown > 0.5) & (white[:, 0] < 0.5)
    usual = max(float(np.median(light[iris_seen])), 0.02) if iris_seen.any() else 0.02
    glint = smoothstep(light / usual, *CATCHLIGHT) * (1 - white[:, 0])
    shown = (shown * (1 - glint))[:, None]
    mixed = painted.copy()
    mixed[front] = painted[front] * (1 - shown) + colour * shown
    return to_srgb(mixed).reshape(picture.shape)


def _between_lids(opening: np.ndarray, pixels: np.ndarray, edge: float) -> np.ndarray:
    """Share (K,) 0..1 by which pixels (K, 2) lie inside the opening (N, 2), ``edge`` pixels from its border."""
    return smoothstep(_depth(opening, pixels), 0.5 * edge, 2.0 * edge + 0.5)


def _depth(outline: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Distance (K,) of points (K, 2) inside the closed outline (N, 2) to it; 0 outside."""
    nearest, inside = np.full(len(points), np.inf), np.zeros(len(points), bool)
    x, y = points.T
    for (x0, y0), (x1, y1) in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        dx, dy = x1 - x0, y1 - y0
        along = np.clip(((x - x0) * dx + (y - y0) * dy) / max(dx * dx + dy * dy, 1e-12), 0, 1)
        np.minimum(nearest, (x - x0 - along * dx) ** 2 + (y - y0 - along * dy) ** 2, out=nearest)
        if dy != 0:  # a ray along +x leaves the outline through this side
            inside ^= ((y >= y0) != (y >= y1)) & (x < x0 + (y - y0) * dx / dy)
    return np.sqrt(nearest) * inside
