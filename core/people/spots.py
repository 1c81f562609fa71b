# SPDX-License-Identifier: GPL-3.0-or-later
"""Freckles and moles, each where chance put it."""

from __future__ import annotations

import cv2
import numpy as np

from core.avatar.skin import COARSE
from core.avatar.template import Template
from core.avatar.unwrap import HEAD_CHART, chart_texels
from core.people.regions import FRECKLED, blobs, find_regions
from core.people.sliders import Looks

FRECKLES, FRECKLE, FRECKLE_DARK = 900, (0.35, 0.95), (0.10, 0.42)  # at most; radius in mm; melanin
BLEMISHES, BLEMISH, BLEMISH_DARK = 26, (0.5, 1.1), (0.06, 0.2)
MOLES, MOLE, MOLE_DARK = 9, (0.5, 1.3), (0.7, 1.5)


def melanin_spots(looks: Looks, template: Template, size: int) -> np.ndarray:
    """Melanin (size, size) float32 of all spots."""
    random = looks.random("spots")
    area, freckled, face = _ground(template)
    dark = np.zeros((size, size), np.float32)
    amount = looks.numbers["freckles"]
    for count, density, radius, depth in (
        (round(FRECKLES * amount), freckled * area, FRECKLE, FRECKLE_DARK),
        (round(BLEMISHES * (0.4 + looks.numbers["age"])), face * area, BLEMISH, BLEMISH_DARK),
        (round(MOLES * looks.numbers["moles"]), face * area, MOLE, MOLE_DARK),
    ):
        chosen = random.choice(len(density), count, p=density / density.sum())
        for place in chosen:
            reach = random.uniform(*radius) / 1e3
            _stamp(dark, place, float(reach / np.sqrt(area[place])), float(random.uniform(*depth)), random)
    return dark


def _stamp(dark: np.ndarray, place: int, radius: float, depth: float, random: np.random.Generator) -> None:
    """Add one spot; radius: in texels of the coarse grid."""
    scale = len(dark) / COARSE
    y, x = (np.array(divmod(int(place), COARSE)) + random.uniform(0, 1, 2)) * scale
    radius = max(radius * scale, 0.7)
    reach = int(np.ceil(2.2 * radius))
    left, top = int(x) - reach, int(y) - reach
    if left < 0 or top < 0 or left + 2 * reach >= len(dark) or top + 2 * reach >= len(dark):
        return
    v, u = np.mgrid[top : top + 2 * reach + 1, left : left + 2 * reach + 1] + 0.5
    turn, long = random.uniform(0, np.pi), random.uniform(0.75, 1.0)
    a, b = (u - x) * np.cos(turn) + (v - y) * np.sin(turn), (v - y) * np.cos(turn) - (u - x) * np.sin(turn)
    angle = np.arctan2(b, a)
    wave = 1 + 0.07 * np.sin(3 * angle + random.uniform(0, 6.3)) + 0.06 * np.sin(5 * angle + random.uniform(0, 6.3))
    away = np.hypot(a, b / long) / (radius * wave)
    dark[top : top + 2 * reach + 1, left : left + 2 * reach + 1] += depth / (1 + np.exp(4.5 * (away - 1)))


def _ground(template: Template) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each texel of the coarse grid (n * n,): its area in square metres, how freckled it is, and how much face."""
    texels = chart_texels(HEAD_CHART, COARSE)
    regions = find_regions(template, texels)
    across, down = np.gradient(regions.at, axis=1), np.gradient(regions.at, axis=0)
    area = np.linalg.norm(np.cross(across, down), axis=-1) * texels.covered.reshape(COARSE, COARSE)
    area = cv2.GaussianBlur(area.astype(np.float32), (0, 0), 1.0) * texels.covered.reshape(COARSE, COARSE)
    bare = np.clip(-regions.scalp / 0.01, 0, 1)
    freckled = np.clip(blobs(regions.at, FRECKLED), 0, 1) * bare
    face = np.clip(np.exp(-((regions.at[..., 0] / 0.07) ** 2)) * bare * (regions.at[..., 1] < 0.05), 0, 1)
    flat = [np.ascontiguousarray(part, np.float64).ravel() for part in (area, freckled, face)]
    return flat[0], flat[1], flat[2]
