# SPDX-License-Identifier: GPL-3.0-or-later
"""Chance with a size: smooth noise in space, which knows no seams of a map, and a tile of skin that repeats."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.spatial import KDTree

from core.avatar.detail import PERIOD, TILE

CELLS, BLUR = 72, 1.3  # of the volume of noise that goes round and round
TEXEL = 1e3 * PERIOD / TILE  # millimetres of a tile's texel
# Furrows between the skin's cells, and pores: how many of both a square millimetre, how wide (millimetres).
CELL_DENSITY, FURROW = 3.2, 0.055
PORE_DENSITY, PORE = 0.95, (0.10, 0.22)


class Space:
    """Noise of unit deviation in space."""

    def __init__(self, random: np.random.Generator) -> None:
        volume = gaussian_filter(random.standard_normal((CELLS,) * 3, np.float32), BLUR, mode="wrap")
        self._volume = volume / volume.std()
        self._random = random

    def at(self, points: np.ndarray, size: float) -> np.ndarray:
        """Noise (...,) float32 at points (..., 3) in metres, whose bumps are about ``size`` metres apart."""
        away = self._random.uniform(0, CELLS, 3)
        where = points * (2.4 * BLUR / size) + away
        flat = map_coordinates(self._volume, where.reshape(-1, 3).T, order=1, mode="grid-wrap")
        return flat.reshape(points.shape[:-1])


@dataclass(frozen=True)
class SkinTile:
    """(TILE, TILE) float32 each, seamless: furrows and pores 0..1, and grain of unit deviation."""

    furrows: np.ndarray
    pores: np.ndarray
    grain: np.ndarray


def make_tile(random: np.random.Generator) -> SkinTile:
    """Skin as a magnifier shows it."""
    area = (TILE * TEXEL) ** 2
    y, x = np.mgrid[:TILE, :TILE]
    at = np.stack([x.ravel(), y.ravel()], axis=1) + 0.5
    cells = KDTree(random.uniform(0, TILE, (round(area * CELL_DENSITY), 2)), boxsize=TILE)
    near = cells.query(at, k=2)[0] * TEXEL
    furrows = np.exp(-(((near[:, 1] - near[:, 0]) / (2 * FURROW)) ** 2)).reshape(TILE, TILE)
    middles = random.uniform(0, TILE, (round(area * PORE_DENSITY), 2))
    wide, deep = random.uniform(*PORE, len(middles)), random.uniform(0.25, 1.0, len(middles)) ** 1.5
    away, which = KDTree(middles, boxsize=TILE).query(at)
    pores = (deep[which] * np.exp(-((away * TEXEL / wide[which]) ** 2))).reshape(TILE, TILE)
    return SkinTile(
        furrows.astype(np.float32),
        pores.astype(np.float32),
        sum_noise(random, (TILE, TILE), ((1.0, 0.7), (2.4, 1.0), (6.0, 0.4))),
    )


def sum_noise(
    random: np.random.Generator, shape: tuple[int, int], layers: tuple[tuple[float, float], ...]
) -> np.ndarray:
    """Seamless noise (h, w) float32 of unit deviation; layers: (blur in texels, weight)."""
    total = np.zeros(shape, np.float32)
    for blur, weight in layers:
        layer = gaussian_filter(random.standard_normal(shape, np.float32), blur, mode="wrap")
        total += weight * layer / layer.std()
    return total / total.std()


def strokes(lines: list[np.ndarray], widths: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """Cover (size, size) float32 0..1 of drawn lines (N, 2) of texels, each thinning out to its end.

    widths: (L,) texels; values: (L,) 0..1 how dark each is. Later ones lie on earlier ones.
    """
    scale = 4 if size <= 1024 else 2
    flat = np.zeros((size * scale, size * scale), np.uint8)
    for line, width, value in zip(lines, widths, values, strict=True):
        points = np.round(line * scale * 16).astype(np.int32)
        body = max(2, round(len(points) * 0.6))
        colour = round(float(value) * 255)
        cv2.polylines(flat, [points[body - 1 :]], False, colour * 0.7, 1, cv2.LINE_AA, 4)
        cv2.polylines(flat, [points[:body]], False, colour, max(1, round(width * scale)), cv2.LINE_AA, 4)
    return cv2.resize(flat, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
