# SPDX-License-Identifier: GPL-3.0-or-later
"""What the photo shows of an eye between its lids, laid on the painted eye: no two eyes are alike.

What the lids hide is carried on from what is seen: an iris around its middle, a white from its surroundings; the
painted eye lends its fibres and vessels, and all where the photo is too small. Of a catchlight, which the cornea makes
anew in a scene's light, half stays.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.avatar.eye_texture import LIMBUS_UV, VEIL, rim_radius
from core.avatar.landmarks import EYE_RING_LEFT, EYE_RING_RIGHT, IRIS_LEFT, IRIS_RIGHT
from core.colour import LUMINANCE, smoothstep, to_linear, to_srgb
from core.portrait import Portrait
from core.push_pull import push_pull
from core.sampling import sample

# Diameter of the iris in the photo's pixels: nothing is taken below, all above.
SURE_PIXELS = (7.0, 13.0)
EDGE = (0.03, 0.14)  # of the iris' radius: how deep in the opening the lids' edge ends, and all is eye
# A catchlight is what is this much brighter than the iris around it (linear luminance), and the share that stays.
CATCHLIGHT, KEPT_CATCHLIGHT = (1.7, 2.6), 0.5
DEEPEST = 0.4  # least share of light that is made up for: what lies deeper under a lid stays dark
SHARES = np.linspace(0.0, 1.05, 22)  # of the iris' radius, at which its colours are told apart
LEAST_SEEN = 12.0  # texels of a ring that tell its colour
FIBRES = (0.7, 1.4)  # range of the painted fibres about their ring's mean
WHITE_FAITH = 0.02  # weight of the painted white where the photo shows none


def lay_photo(
    picture: np.ndarray,
    portrait: Portrait,
    side: str,
    places: np.ndarray,
    sky: np.ndarray,
    project: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """The painted eye (N, N, 3) uint8 sRGB with the photo where that shows it.

    places: (N * N, 3) where each texel lies in the photo's face, world metres, NaN where it faces away;
    sky: (N, N) share of even light that reaches it there, past lids and lashes; project: points (K, 3) to pixels
    of the photo.
    """
    iris, opening = (IRIS_LEFT, EYE_RING_LEFT) if side == "left" else (IRIS_RIGHT, EYE_RING_RIGHT)
    radius = rim_radius(portrait.landmarks[list(iris), :2])
    trust = float(smoothstep(np.array(2 * radius), *SURE_PIXELS))
    lids = portrait.landmarks[list(opening), :2]
    size = len(picture)
    pixels = np.full((size * size, 2), np.nan)
    front = np.isfinite(places[:, 0])
    pixels[front] = project(places[front])
    near = np.all((pixels >= lids.min(axis=0)) & (pixels <= lids.max(axis=0)), axis=1)
    inside = np.all((pixels > 1) & (pixels < np.array(portrait.image.shape[1::-1]) - 1), axis=1)
    seen = np.flatnonzero(near & inside)
    if trust <= 0 or not len(seen):
        return picture
    shown = np.zeros(size * size, np.float32)
    shown[seen] = smoothstep(_depth(lids, pixels[seen]), EDGE[0] * radius, EDGE[1] * radius + 0.5)
    colour = np.zeros((size * size, 3), np.float32)
    colour[seen] = to_linear(sample(portrait.image, pixels[seen]))
    painted = to_linear(picture).astype(np.float32)
    share = _reach(size) / LIMBUS_UV
    white = smoothstep(share, 0.9, 1.05).astype(np.float32)[..., None]
    colour = colour.reshape(painted.shape)
    # In the avatar the cornea adds its veil, and the lids their shade, again.
    veiled = np.maximum(colour - VEIL * (1 - white), 0.5 * colour)
    colour = np.clip(veiled / np.maximum(sky, DEEPEST)[..., None], 0.002, 0.95)
    shown = shown.reshape(size, size)

    glint = _catchlight(colour, shown, white[..., 0])
    around = _carry_iris(colour, shown * (1 - glint), share, painted)
    aside = _carry_white(colour, shown, white[..., 0], painted)
    hidden = around * (1 - white) + aside * white
    taken = (shown * (1 - (1 - KEPT_CATCHLIGHT) * glint))[..., None]
    full = hidden * (1 - taken) + colour * taken
    return to_srgb(painted * (1 - trust) + full * trust)


def _reach(size: int) -> np.ndarray:
    """Distance (N, N) of each texel from the picture's middle, whose half width is 0.5."""
    grid = (np.arange(size) + 0.5) / size - 0.5
    return np.hypot(grid[None], grid[:, None])


def _catchlight(colour: np.ndarray, shown: np.ndarray, white: np.ndarray) -> np.ndarray:
    """Share (N, N) of the room's mirror image in what the photo shows of the iris."""
    light = colour @ LUMINANCE
    iris = (shown > 0.5) & (white < 0.5)
    usual = max(float(np.median(light[iris])), 0.02) if iris.any() else 0.02
    return (smoothstep(light / usual, *CATCHLIGHT) * (1 - white)).astype(np.float32)


def _carry_iris(colour: np.ndarray, known: np.ndarray, share: np.ndarray, painted: np.ndarray) -> np.ndarray:
    """The iris (N, N, 3) as its rings go on behind the lids: each ring's colour in the photo, with painted fibres."""
    bins = np.clip(np.round(share / SHARES[1]), 0, len(SHARES)).astype(int).ravel()
    count = len(SHARES) + 1

    def mean(values: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        total = np.bincount(bins, weight.ravel(), count)
        sums = [np.bincount(bins, (values[..., k] * weight).ravel(), count) for k in range(3)]
        return (np.stack(sums, axis=1) / np.maximum(total, 1e-6)[:, None])[:-1], total[:-1]

    seen, weight = mean(colour, known)
    drawn, _ = mean(painted, np.ones_like(known))
    sure = weight > LEAST_SEEN
    if not sure.any():
        return painted
    # Where no texel of a ring is seen, its painted colour goes by the factor of the rings beside it.
    factor = np.log(np.maximum(seen[sure], 1e-3) / np.maximum(drawn[sure], 1e-3))
    factor = np.exp(np.stack([np.interp(SHARES, SHARES[sure], factor[:, k]) for k in range(3)], axis=1))
    flat = np.clip(share, 0, SHARES[-1]).ravel()

    def paint(rings: np.ndarray) -> np.ndarray:
        return np.stack([np.interp(flat, SHARES, rings[:, k]) for k in range(3)], axis=1).reshape(painted.shape)

    fibres = np.clip(painted / np.maximum(paint(drawn), 1e-4), *FIBRES)
    return paint(drawn * factor) * fibres


def _carry_white(colour: np.ndarray, shown: np.ndarray, white: np.ndarray, painted: np.ndarray) -> np.ndarray:
    """The white (N, N, 3) as it goes on from what the photo shows of it."""
    known = shown * (white > 0.9)
    sure = known > 0.5
    if sure.sum() < LEAST_SEEN:
        return painted
    gain = np.median(colour[sure], axis=0) / np.median(painted[sure], axis=0)
    guess = np.clip(painted * gain, 0.002, 0.95)
    faith = (known + WHITE_FAITH * (white > 0.9)).astype(np.float32)
    mixed = (colour * known[..., None] + guess * (faith - known)[..., None]) / np.maximum(faith, 1e-6)[..., None]
    return push_pull(mixed.astype(np.float32), faith)


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
