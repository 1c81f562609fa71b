# SPDX-License-Identifier: GPL-3.0-or-later
"""Hair that is part of the skin's picture: brows and stubble stroke by stroke, and the scalp's shade under the hair."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.avatar.skin import COARSE
from core.avatar.template import Template
from core.avatar.unwrap import HEAD_CHART, chart_texels
from core.colour import smoothstep
from core.people.brows import draw_brows
from core.people.hair_colour import brow_colour, hair_colour
from core.people.hairline import set_back
from core.people.noise import Space, strokes
from core.people.regions import find_regions
from core.people.sliders import Looks

STUBBLE_HAIRS, STUBBLE_LENGTH, STUBBLE_WIDTH = 15000, (0.0007, 0.0018), 0.00010
STUBBLE_SHADE = 0.34
EDGE_BLUR = 0.0018  # metres by which its edge wavers
SCALP = {"none": 0.05, "buzz": 0.80, "short": 0.85, "bob": 0.85, "long": 0.85, "bun": 0.85}  # how dark under the hair


@dataclass(frozen=True)
class Growth:
    """cover, scalp: (N, N) float32 0..1 of drawn hairs, and of the hair's shade on the scalp; brow, root: linear RGB
    (3,) of their colours."""

    cover: np.ndarray
    scalp: np.ndarray
    brow: np.ndarray
    root: np.ndarray

    def over(self, colour: np.ndarray) -> np.ndarray:
        """Linear colours (N, N, 3) of the skin with them on it."""
        shaded = colour + (self.root.astype(np.float32) - colour) * self.scalp[..., None]
        return shaded + (self.brow.astype(np.float32) - shaded) * self.cover[..., None]


def grow(looks: Looks, template: Template, size: int) -> Growth:
    """All of it on the head's picture of this size."""
    regions = find_regions(HEAD_CHART)
    brows = draw_brows(looks, size)
    beard = _stubble(looks, regions.beard, regions.at, size)
    back = chart_texels(HEAD_CHART, COARSE).paint(set_back(looks, template))
    blurred = EDGE_BLUR * Space(looks.random("edge")).at(regions.at, 0.006)
    covered = smoothstep(regions.scalp - back + blurred, -0.001, 0.016) * SCALP[looks.choices["hair"]]
    scalp = cv2.resize(covered.astype(np.float32), (size, size), interpolation=cv2.INTER_LINEAR)
    return Growth(np.maximum(brows, beard), scalp, brow_colour(looks), 0.9 * hair_colour(looks))


def _stubble(looks: Looks, beard: np.ndarray, at: np.ndarray, size: int) -> np.ndarray:
    amount, random = looks.numbers["stubble"], looks.random("stubble")
    if amount <= 0:
        return np.zeros((size, size), np.float32)
    area = np.linalg.norm(np.cross(np.gradient(at, axis=1), np.gradient(at, axis=0)), axis=-1)
    density = (beard.astype(np.float64) ** 1.3 * area).ravel()
    count = round(STUBBLE_HAIRS * (0.3 + 0.7 * amount))
    place = random.choice(len(density), count, p=density / density.sum())
    y, x = np.divmod(place, COARSE)
    scale = size / COARSE
    roots = (np.stack([x, y], axis=1) + random.uniform(0, 1, (count, 2))) * scale
    texel = scale / np.sqrt(np.maximum(area.ravel()[place], 1e-9))  # texels a metre
    aside = np.sign(at.reshape(-1, 3)[place, 0]) * 0.35
    way = np.stack([aside + random.normal(0, 0.25, count), np.ones(count)], axis=1)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    length = texel * random.uniform(*STUBBLE_LENGTH, count) * (0.4 + 0.9 * amount)
    ends = roots + way * length[:, None]
    lines = list(np.stack([roots, (roots + ends) / 2, ends], axis=1))
    hairs = strokes(lines, STUBBLE_WIDTH * texel, random.uniform(0.35, 0.85, count) * (0.5 + 0.5 * amount), size)
    shade = cv2.resize((beard * STUBBLE_SHADE * amount).astype(np.float32), (size, size))
    return np.clip(1 - (1 - hairs) * (1 - shade), 0, 1)
