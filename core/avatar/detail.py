# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin's fine structure: grain for what the photo does not show, and the maps of relief and gloss.

Grain is made of patches of the person's own skin (or short hair), blended so that their contrast stays (Heitz,
Neyret, High-Performance By-Example Noise, 2018), on a tile that repeats without a seam.
"""

from __future__ import annotations

import cv2
import numpy as np

from core.avatar.repair import Places
from core.avatar.template import Template
from core.avatar.unwrap import Texels

TILE, PATCH = 512, 64  # texels
FINE = 12.0  # texels: what varies more slowly is shade, not grain
RADIUS = 0.09  # metres: the head's, which turns angles into lengths
REPEATS = 8  # tiles about the head: whole, so that they meet
PERIOD = 2 * np.pi * RADIUS / REPEATS  # metres; at 2048 texels of map a tile's texel is about as large as the map's
STRONGEST = 0.35  # log brightness at which grain is cut: what stands out more is a mole or a wrinkle
LEAST = 24  # places to take patches from
SEED = 20260102
# Relief: how much light and dark in the photo is taken for height, and what is too large or too dark to be relief.
SLOPE, STEEPEST = 2.2, 0.22
PORE, FOLD = 0.7, 5.0  # texels of a 1024 map
# Roughness: skin, and what is glossier or duller. Read off renders beside photos; the photo's own shine adds.
SKIN_ROUGH, LIP_ROUGH, LID_ROUGH, SCALP_ROUGH = 0.52, 0.36, 0.46, 0.62
T_ZONE = -0.10
SHINE = -0.08


def grain_tile(colour: np.ndarray, usable: np.ndarray) -> np.ndarray | None:
    """Log brightness (TILE, TILE) float32 about 0, made of patches of ``colour`` (N, N, 3) uint8.

    usable: (n, n) bool on the coarse grid. None where there is too little to take patches from.
    """
    scale = colour.shape[0] // usable.shape[0]
    reach = -(-PATCH // (2 * scale)) + 1
    inner = cv2.erode(usable.astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8), borderValue=0)
    places = np.argwhere(inner > 0)
    if len(places) < LEAST:
        return None
    low, high = (places.min(axis=0) - reach) * scale, (places.max(axis=0) + reach + 1) * scale
    low, high = np.maximum(low, 0), np.minimum(high, colour.shape[0])
    light = cv2.cvtColor(colour[low[0] : high[0], low[1] : high[1]], cv2.COLOR_RGB2GRAY).astype(np.float32) / 255.0
    light = np.log(light + 0.02)
    fine = light - cv2.GaussianBlur(light, (0, 0), FINE)
    random = np.random.default_rng(SEED)
    tried = places[random.integers(len(places), size=400)] * scale - low
    tried = np.clip(tried, PATCH // 2, np.array(fine.shape) - PATCH // 2 - 1)
    patches = np.stack([fine[y - PATCH // 2 : y + PATCH // 2, x - PATCH // 2 : x + PATCH // 2] for y, x in tried])
    # Plain skin only: the quieter half.
    patches = np.clip(patches[np.argsort(patches.std(axis=(1, 2)), kind="stable")[:200]], -STRONGEST, STRONGEST)
    return _quilt(patches, random)


def _quilt(patches: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Patches (P, PATCH, PATCH) laid over each other on a tile without borders, at constant contrast."""
    window = np.outer(np.hanning(PATCH), np.hanning(PATCH)).astype(np.float32)
    tile, power = np.zeros((TILE, TILE), np.float32), np.full((TILE, TILE), 1e-4, np.float32)
    span = np.arange(PATCH)
    for top in range(0, TILE, PATCH // 2):
        for left in range(0, TILE, PATCH // 2):
            patch = patches[random.integers(len(patches))]
            if random.random() < 0.5:
                patch = patch[:, ::-1]
            at = np.ix_((top + span) % TILE, (left + span) % TILE)
            tile[at] += patch * window
            power[at] += window**2
    return tile / np.sqrt(power)


def lay_tile(tile: np.ndarray, where: np.ndarray) -> np.ndarray:
    """The tile's values (N, N) at places (N, N, 2) in tile texels, which go round and round."""
    return cv2.remap(tile, where, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)  # pyright: ignore[reportCallIssue, reportArgumentType]


def tile_places(template: Template, texels: Texels) -> np.ndarray:
    """Where on an endless tiling each texel lies (n, n, 2), in tile texels: angles about the line of sight."""
    middle = template.positions[template.joints["head"]].mean(axis=0)
    x, y, z = np.moveaxis(texels.paint(template.positions - middle), -1, 0)
    around = np.arctan2(x, -z)  # the seam, which does not show, lies on the crown
    along = np.arctan2(np.hypot(x, z), -y)
    below = np.maximum(np.hypot(x, z) - 2 * RADIUS, 0)  # the shoulders: lengths, not angles
    return np.stack([around * RADIUS, along * RADIUS + below], axis=-1).astype(np.float32) * (TILE / PERIOD)


def relief_map(colour: np.ndarray, amount: np.ndarray) -> np.ndarray:
    """Tangent-space normals (N, N, 3) uint8 from the fine light and dark of ``colour`` (N, N, 3) uint8.

    amount: (n, n) 0..1, 0 where dark is colour, not depth (brows, lashes, hair).
    """
    light = np.log(cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255.0 + 0.05)
    scale = colour.shape[0] / 1024
    height = cv2.GaussianBlur(light, (0, 0), PORE * scale) - cv2.GaussianBlur(light, (0, 0), FOLD * scale)
    height = np.tanh(height * 4) / 4
    height *= cv2.resize(amount.astype(np.float32), light.shape[::-1], interpolation=cv2.INTER_LINEAR)
    slope = [-SLOPE * cv2.Sobel(height, cv2.CV_32F, *axis, ksize=3, scale=1 / 4) for axis in ((1, 0), (0, 1))]
    x, y = (np.tanh(s / STEEPEST) * STEEPEST for s in slope)
    z = 1 / np.sqrt(1 + x * x + y * y)
    return np.round(np.dstack([x * z, -y * z, z]) * 127.5 + 127.5).astype(np.uint8)


def roughness_map(texels: Texels, places: Places, shine: np.ndarray, hairy: np.ndarray) -> np.ndarray:
    """Roughness (n, n) uint8 of the head: an oily forehead, nose and chin, glossier lips, the photo's own shine.

    shine, hairy: (n, n) 0..1.
    """
    value = np.full(len(places.height), SKIN_ROUGH)
    value += T_ZONE * places.oily
    value[places.lids] = LID_ROUGH
    value[places.lips] = LIP_ROUGH
    rough = cv2.GaussianBlur(texels.paint(value), (0, 0), texels.size / 170)
    rough = rough + SHINE * cv2.GaussianBlur(shine.astype(np.float32), (0, 0), texels.size / 200)
    rough = rough + (SCALP_ROUGH - rough) * hairy
    return np.round(np.clip(rough, 0, 1) * 255).astype(np.uint8)
