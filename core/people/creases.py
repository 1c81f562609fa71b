# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of a face: those that everybody has, and those that come with age."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from core.colour import smoothstep


@dataclass(frozen=True)
class Crease:
    """A line through points (aside, up) in millimetres from between the template's eyes, as broad as ``width``; depth:
    how much there is of it at any age, and by ``comes`` (an age of the slider) and later."""

    line: tuple[tuple[float, float], ...]
    width: float
    depth: tuple[float, float]
    comes: float


# Both sides of a face have them. A line that begins at 0 aside crosses the middle.
CREASES = (
    Crease(((17, -40), (22, -48), (27, -56), (31, -66), (33, -75)), 1.5, (0.42, 1.2), 0.35),  # nose to mouth
    Crease(((15, -9), (20, -15), (27, -18), (33, -17)), 1.3, (0.42, 0.9), 0.4),  # under the eye
    Crease(((20, -17), (28, -24), (36, -25)), 1.8, (0.10, 0.6), 0.6),
    Crease(((28, -72), (31, -80), (32, -88)), 1.3, (0.05, 0.8), 0.6),  # down from the mouth
    Crease(((0, -83), (8, -83.5), (15, -81)), 2.2, (0.30, 0.45), 0.4),  # over the chin
    Crease(((0, 31), (18, 32.5), (34, 31)), 0.9, (0.14, 0.9), 0.5),  # forehead
    Crease(((0, 40), (20, 42), (38, 40)), 0.9, (0.10, 0.9), 0.55),
    Crease(((0, 49), (16, 51), (32, 49)), 0.9, (0.05, 0.7), 0.6),
    Crease(((6, 10), (7, 16), (6, 22)), 0.9, (0.08, 0.9), 0.5),  # between the brows
    Crease(((45, 0), (52, 4), (58, 8)), 0.7, (0.05, 0.9), 0.45),  # crow's feet
    Crease(((45, -3), (53, -3), (60, -4)), 0.7, (0.06, 0.9), 0.45),
    Crease(((44, -6), (51, -10), (57, -15)), 0.7, (0.05, 0.8), 0.5),
    Crease(((2.6, -50), (3.2, -56), (4.4, -62)), 1.1, (0.16, 0.2), 0.4),  # the ridges under the nose
)
FRONT = 0.045  # metres behind the eyes up to which there are any


def creases(at: np.ndarray, age: float) -> np.ndarray:
    """Depth (n, n) float32 of all lines at points (n, n, 3) in metres from between the eyes."""
    aside, up = 1e3 * np.abs(at[..., 0]), 1e3 * at[..., 2]
    total = np.zeros(aside.shape, np.float32)
    for crease in CREASES:
        points = np.array(crease.line, float)
        come = float(smoothstep(np.array(age), 0.5 * crease.comes, 1.6 * crease.comes))
        depth = crease.depth[0] + crease.depth[1] * come
        away, along = _from_line(points, aside, up)
        ends = np.clip(along / 0.15, 0.0 if points[0, 0] > 0 else 1.0, 1) * np.clip((1 - along) / 0.25, 0, 1)
        total += depth * ends * np.exp(-((away / crease.width) ** 2))
    return (total * (at[..., 1] < FRONT)).astype(np.float32)


def _from_line(points: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance (...,) from a line through points (K, 2), and how far along it 0..1 its nearest point lies."""
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    start = np.concatenate([[0.0], np.cumsum(lengths)])
    away, along = np.full(x.shape, np.inf), np.zeros(x.shape)
    for k, (a, b) in enumerate(itertools.pairwise(points)):
        way = b - a
        share = np.clip(((x - a[0]) * way[0] + (y - a[1]) * way[1]) / float(way @ way), 0, 1)
        distance = np.hypot(x - a[0] - share * way[0], y - a[1] - share * way[1])
        nearer = distance < away
        away = np.where(nearer, distance, away)
        along = np.where(nearer, (start[k] + share * lengths[k]) / start[-1], along)
    return away, along
