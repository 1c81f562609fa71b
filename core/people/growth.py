# SPDX-License-Identifier: GPL-3.0-or-later
"""Hair that is part of the skin's picture: brows and stubble stroke by stroke, and the scalp's shade under the hair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from core.avatar.landmarks import load_landmark_points
from core.avatar.skin import COARSE
from core.avatar.template import Template
from core.avatar.unwrap import HEAD_CHART, chart_texels, unwrap
from core.colour import smoothstep
from core.people.hair_colour import brow_colour, hair_colour
from core.people.hairline import set_back
from core.people.noise import Space, strokes
from core.people.regions import find_regions
from core.people.sliders import Looks

# Landmarks along a brow's lower and upper edge, from the nose outwards.
BROW_EDGES = {
    "right": ((55, 65, 52, 53, 46), (107, 66, 105, 63, 70)),
    "left": ((285, 295, 282, 283, 276), (336, 296, 334, 293, 300)),
}
BROW_HAIRS, BROW_LENGTH, BROW_WIDTH = (380, 900), (0.0055, 0.0090), 0.00012  # few to many; metres
# Along a brow, from the nose: where its hairs point (degrees from outwards, up), and how much of its height they fill.
BROW_TURN = ((0.0, 72.0), (0.12, 58.0), (0.3, 34.0), (0.6, 12.0), (1.0, -8.0))
BROW_FILL = ((0.0, 0.40), (0.10, 0.80), (0.3, 1.0), (0.62, 0.80), (0.88, 0.45), (1.0, 0.16))
BROW_SHADE = 0.26  # of the skin under the hairs
# By how many metres one person's brows differ from another's: their arch, the rise of their outer end, the gap between
# them (deviations); and how much more arched the most feminine are. Of the five points along a brow.
ARCH, SLANT, GAP, FEMININE_ARCH = 0.0016, 0.0018, 0.0022, 0.0010
ARCHED, SLANTED, APART = (0.0, 0.5, 1.0, 0.8, 0.0), (-0.6, -0.3, 0.1, 0.5, 1.0), (1.0, 0.6, 0.2, 0.0, 0.0)
RAISE, LOWER = 0.004, 0.0022  # metres by which the slider raises them, and that they lie under the landmarks
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
    brows = _brows(looks, template, size)
    beard = _stubble(looks, regions.beard, regions.at, size)
    back = chart_texels(HEAD_CHART, COARSE).paint(set_back(looks, template))
    blurred = EDGE_BLUR * Space(looks.random("edge")).at(regions.at, 0.006)
    covered = smoothstep(regions.scalp - back + blurred, -0.001, 0.016) * SCALP[looks.choices["hair"]]
    scalp = cv2.resize(covered.astype(np.float32), (size, size), interpolation=cv2.INTER_LINEAR)
    return Growth(np.maximum(brows, beard), scalp, brow_colour(looks), 0.9 * hair_colour(looks))


def _on_map(template: Template, size: int) -> Callable[[tuple[int, ...]], np.ndarray]:
    """Texels (N, 2) of landmarks."""
    head = template.region == HEAD_CHART
    uv = np.zeros((len(template.positions), 2))
    uv[template.faces[head]] = unwrap(template)[head]  # inside the face each vertex has one place
    marks = load_landmark_points()
    flat = marks.on(uv) * [size, -size] + [0, size]
    row = {int(number): k for k, number in enumerate(marks.index)}
    return lambda numbers: flat[[row[number] for number in numbers]]


def _curve(knots: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Points (N, 2) along knots (K, 2) at shares (N,) of their way."""
    x = np.linspace(0, 1, len(knots))
    fine = np.linspace(0, 1, 65)
    smooth = np.stack([np.interp(fine, x, knots[:, k]) for k in (0, 1)], axis=1)
    for _ in range(40):
        smooth[1:-1] = (smooth[:-2] + 2 * smooth[1:-1] + smooth[2:]) / 4
    return np.stack([np.interp(at, fine, smooth[:, k]) for k in (0, 1)], axis=1)


def _brows(looks: Looks, template: Template, size: int) -> np.ndarray:
    random, thick = looks.random("brows"), looks.numbers["brows"]
    locate = _on_map(template, size)
    eyes = locate((133, 362))
    texel = float(np.linalg.norm(eyes[0] - eyes[1])) / 0.031  # a metre: between the eyes' inner corners
    lines, widths, values = [], [], []
    shade, bent = np.zeros((size, size), np.float32), _bend(looks) * texel
    for side, (lower, upper) in BROW_EDGES.items():
        low, high = locate(lower), locate(upper)
        middle, half = (low + high) / 2, (high - low) / 2
        middle = middle - np.array([0.0, texel * (RAISE * looks.numbers["brow_height"] - LOWER)])
        middle = middle + bent * [1.0 if side == "left" else -1.0, 1.0]
        half = half * (0.72 + 1.25 * thick)
        count = round(BROW_HAIRS[0] + thick * (BROW_HAIRS[1] - BROW_HAIRS[0]))
        along = np.clip(random.beta(1.15, 1.1, count) * 1.06 - 0.02, 0.0, 1.0)
        fill = _profile(BROW_FILL, along)
        across = np.clip(random.normal(0, 0.50, count), -1.15, 1.15) * fill
        roots = _curve(middle, along) + across[:, None] * _curve(half, along)
        ahead = _curve(middle, np.minimum(along + 0.05, 1)) - _curve(middle, np.maximum(along - 0.05, 0))
        ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
        turn = _profile(BROW_TURN, along) - 26 * across + random.normal(0, 7, count)
        way = _turned(ahead, np.radians(turn), side)
        end = _turned(ahead, np.radians(0.45 * turn - 6), side)
        length = texel * random.uniform(*BROW_LENGTH, count) * np.interp(along, (0, 0.2, 1), (0.75, 1.0, 0.72))
        steps = np.linspace(0, 1, 6)[None, :, None]
        drawn = roots[:, None] + length[:, None, None] * (steps * way[:, None] + steps**2 * (end - way)[:, None] / 2)
        lines += list(drawn)
        widths += list(texel * BROW_WIDTH * random.uniform(0.7, 1.25, count))
        values += list(random.uniform(0.72, 1.0, count) * np.interp(fill, (0, 0.5), (0.75, 1))
                       * np.interp(along, (0, 0.16), (0.45, 1)))
        outline = np.concatenate([_curve(middle - 0.7 * half, np.linspace(0.10, 0.9, 20)),
                                  _curve(middle + 0.7 * half, np.linspace(0.9, 0.10, 20))])  # fmt: skip
        cv2.fillPoly(shade, [np.round(outline).astype(np.int32)], 1.0)
    shade = cv2.GaussianBlur(shade, (0, 0), 0.0022 * texel) * BROW_SHADE * (0.5 + thick)
    hairs = strokes(lines, np.array(widths), np.array(values), size)
    return np.clip(1 - (1 - 0.92 * hairs) * (1 - shade), 0, 1)


def _bend(looks: Looks) -> np.ndarray:
    """Metres (5, 2) outwards and down by which this person's left brow lies off its landmarks, point by point."""
    arch, slant, gap = np.clip(looks.random("brow shape").standard_normal(3), -1.8, 1.8) * (ARCH, SLANT, GAP)
    arch += FEMININE_ARCH * max(-looks.numbers["masculine"], 0.0)
    return np.stack([gap * np.array(APART), -arch * np.array(ARCHED) - slant * np.array(SLANTED)], axis=1)


def _profile(knots: tuple[tuple[float, float], ...], at: np.ndarray) -> np.ndarray:
    """Values (N,) of (share, value) knots at shares (N,)."""
    shares, values = np.array(knots).T
    return np.interp(at, shares, values)


def _turned(ahead: np.ndarray, angle: np.ndarray, side: str) -> np.ndarray:
    """Directions (N, 2) in texels turned by angles (N,) upwards from ``ahead``, which leads outwards."""
    up = -1.0 if side == "left" else 1.0  # in the picture the left brow leads to the right
    cos, sin = np.cos(angle), up * np.sin(angle)
    return np.stack([ahead[:, 0] * cos - ahead[:, 1] * sin, ahead[:, 0] * sin + ahead[:, 1] * cos], axis=1)


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
