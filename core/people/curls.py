# SPDX-License-Identifier: GPL-3.0-or-later
"""Curls: locks that wind about the way they were combed, from loose waves to tight coils."""

from __future__ import annotations

import numpy as np

from core.colour import smoothstep
from core.people.noise import Space
from core.people.sliders import Looks

STRAIGHT = 0.12  # of the slider: below it hair is straight
# By the slider: metres of a turn, and how far it goes to either side.
CURLS, TURN, FAR = (STRAIGHT, 0.5, 1.0), (0.055, 0.024, 0.010), (0.0022, 0.0050, 0.0030)
FINER, POINTS = 2, 4.5  # points of a wound lock for each of a straight one, and the fewest of a turn
TUFT, TURNED, LONELY = 0.020, 0.35, 0.07  # metres between tufts that wind alike; turns by which they, and locks, differ


def is_curled(looks: Looks) -> bool:
    """Whether locks wind at all."""
    return looks.numbers["curl"] >= STRAIGHT


def wind(
    looks: Looks, middles: np.ndarray, ups: np.ndarray, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Locks wound: middles (N, K * FINER, 3) and what points off the head there, of both (N, K, 3)."""
    middles, ups = _refine(middles), _refine(ups)
    pieces = np.linalg.norm(np.diff(middles, axis=1), axis=2)
    way = np.pad(np.cumsum(pieces, axis=1), ((0, 0), (1, 0)))
    amount = looks.numbers["curl"]
    wanted = np.exp(np.interp(amount, CURLS, np.log(TURN)))
    turn = np.maximum(wanted, POINTS * way[:, -1] / middles.shape[1])[:, None]
    far = np.interp(amount, CURLS, FAR) * np.minimum((turn / wanted) ** 0.5, 2.0)
    far = far * smoothstep(way, 0.0, 0.8 * turn) * random.uniform(0.7, 1.2, (len(way), 1))
    along = np.gradient(middles, axis=1)
    across = np.cross(along, ups)
    across /= np.maximum(np.linalg.norm(across, axis=2, keepdims=True), 1e-9)
    space = Space(looks.random("curls"))
    start = TURNED * space.at(middles[:, 0].astype(np.float32), TUFT) + LONELY * random.standard_normal(len(way))
    angle = 2 * np.pi * (way / turn + start[:, None])
    # Outwards only: what swings inwards would run through the skin.
    moved = (far * np.cos(angle))[..., None] * across + (far * (1 + np.sin(angle)))[..., None] * ups
    return middles + moved, ups


def _refine(lines: np.ndarray) -> np.ndarray:
    """Lines (N, K, 3) with FINER points for each, on the straight between."""
    count = lines.shape[1]
    at = np.linspace(0, count - 1, FINER * count)
    first = np.minimum(at.astype(int), count - 2)
    share = (at - first)[None, :, None]
    return lines[:, first] * (1 - share) + lines[:, first + 1] * share
