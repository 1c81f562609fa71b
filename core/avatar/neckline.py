# SPDX-License-Identifier: GPL-3.0-or-later
"""Where clothes end around the neck: one closed line, as the photo shows it in front and calm where it does not.

The line is a level at each angle about the neck's axis; levels are cones about it, so that one goes on from the neck
to the shoulders without a break. What is not seen of it is the other side's mirror image, or runs on evenly.
Limits: one level an angle, so an open coat's lapels are no part of the line; they are seen anyway.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.sparse import csr_array

from core.colour import smoothstep

AXIS = -0.02  # metres in depth from the neck's joint at which its axis stands
SLOPE = 0.5  # of a level outwards, downwards
ANGLES = 72
FULL = 4.0  # crossings at one angle from which on it is believed in full
UPPER, TOP = 70, 98  # percentiles at one angle: of crossings, what is lower may be a lapel; of cloth without any
# Weights of the other side's level, and of the highest one behind the neck; how much the line resists steps and bends.
MIRROR, BEHIND, STEPS, BENDS = 0.1, 0.01, 0.5, 4.0
FOOT, ROUNDED = 10, 1.5  # percentile of what rises behind a shelf at which that ends; angles over which a line climbs
ROUNDS = 6  # in which it is found where the line is bound to what is seen
SIDE, HIGHEST = 100.0, 80  # degrees from the front from which on it is behind; percentile of levels that counts there
BELOW_TOP = 0.006  # metres: room for the rolled edge
SOFT = 0.004  # metres on both sides of the line over which cloth becomes skin
# Heights of a hidden border are evened out: how much weaker they bind than seen ones, by how much they change at most,
# how far from the border cloth goes along, and how near to the axis that is in full and not at all (metres).
LOOSE, MOST, REACH = 0.002, 0.010, 0.015
COLLAR, FAR_OFF = 0.075, 0.10
_STEP = np.eye(ANGLES) - np.roll(np.eye(ANGLES), 1, axis=1)
_STEEP = _STEP.T @ _STEP
_BENT = _STEEP @ _STEEP


def cloth_around(
    links: csr_array,
    surface: np.ndarray,
    share: np.ndarray,
    seen: np.ndarray,
    trust: np.ndarray,
    top: np.ndarray,
    flat: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Share of cloth (N,) 0..1 everywhere: the photo's as far as ``trust`` (N,) says, else by the line; metres (N,)
    below the line; and metres (N,) by which that climbs over shelves.

    links: (N, N) of the surface's neighbours; surface: (N, 3) from the neck's joint, best a plain body's; share: (N,)
    of cloth where ``seen`` (N,) says that the photo shows it; top: rows of the surface's upper edge, below which the
    line stays; flat: (N,) which of the surface lies as flat as a shelf, if it is no plain body.
    """
    angle, level = _polar(surface)
    line, weight = _crossings(links, angle, level, share, seen)
    cloth = seen & (share > 0.5)
    if not cloth.any():
        return np.zeros(len(share)), np.full(len(share), -1.0), np.zeros(len(share))
    # Where cloth hides all skin it ends above what is seen of it.
    highest, sure = _levels(angle[cloth], level[cloth], TOP)
    line = _at_least(line, weight, highest, np.where(weight == 0, sure, 0.0))
    climb = np.zeros(ANGLES) if flat is None else _climb(line, angle, level, ~seen, flat)
    below, deep = below_line(surface, line + climb, top)
    return below + (share - below) * np.where(seen, trust, 0.0), deep, _at(climb, angle)


def _climb(line: np.ndarray, angle: np.ndarray, level: np.ndarray, hidden: np.ndarray, flat: np.ndarray) -> np.ndarray:
    """Levels (ANGLES,) to add to a line that ends on a shelf that no photo shows, as a shoulder drawn up beside the
    neck is: its bare skin would stick out over the cloth. hidden, flat: (N,)."""
    above = hidden & (level > _at(line, angle))
    (end, there), (wall, steep) = (
        _levels(angle[part], level[part], at) for part, at in ((above & flat, TOP), (above & ~flat, FOOT))
    )
    end = np.where(steep > 0, np.minimum(end, wall), end)
    lack = np.where(there >= 1, np.clip(end - line, 0, None), 0.0)
    return gaussian_filter1d(lack, ROUNDED, mode="wrap")


def below_line(surface: np.ndarray, line: np.ndarray, top: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of cloth (N,) 0..1 of what ends at a closed line of levels (ANGLES,), the first in front, and metres (N,)
    below that; surface, top: as for `cloth_around`."""
    angle, level = _polar(surface)
    order = top[np.argsort(angle[top])]
    middles = (np.arange(ANGLES) + 0.5) * 360 / ANGLES
    line = np.minimum(line, np.interp(middles, angle[order], level[order], period=360) - BELOW_TOP)
    deep = _at(line, angle) - level
    return np.clip(deep / SOFT / 2 + 0.5, 0, 1), deep


def turn_from_front(surface: np.ndarray) -> np.ndarray:
    """Degrees (N,) 0..180 of points (N, 3) from the front about the neck's axis."""
    angle = _polar(surface)[0]
    return np.minimum(angle, 360 - angle)


def level_out(surface: np.ndarray, height: np.ndarray, edge: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """Metres (N,) to add to the heights (N,) of a garment's vertices, so that a hidden collar has no humps and dips.

    surface: (N, 3) as for `cloth_around`; edge: (N,) metres into the cloth; trust: (N,) 0..1 of what is seen.
    """
    angle, _ = _polar(surface)
    close = smoothstep(-np.hypot(surface[:, 0], surface[:, 1] - AXIS), -FAR_OFF, -COLLAR)
    border = (np.abs(edge) < SOFT) & (close > 0)
    line, there = _levels(angle[border], (height + edge)[border], 50)
    if not there.any():
        return np.zeros(len(surface))
    seen, _ = _levels(angle[border], trust[border], 50)
    weight = there * np.maximum(smoothstep(seen, 0.0, 0.3), LOOSE)
    even, now = (np.linalg.solve(np.diag(w) + bends * _BENT, w * line) for w, bends in ((weight, BENDS), (there, 1.0)))
    lack = np.clip(even - now, -MOST, MOST)
    return _at(lack, angle) * close * (1 - trust) * np.exp(-((edge / REACH) ** 2))


def _polar(surface: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Angles (N,) in degrees, 0 in front, growing to the left up to 360, and levels (N,) in metres."""
    x, y = surface[:, 0], surface[:, 1] - AXIS
    return np.degrees(np.arctan2(x, -y)) % 360, surface[:, 2] - SLOPE * np.hypot(x, y)


def _at(line: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """The closed line (ANGLES,) at angles (N,) in degrees."""
    return np.interp(angle / 360 * ANGLES - 0.5, np.arange(-1, ANGLES + 1), np.pad(line, 1, mode="wrap"))


def _levels(angle: np.ndarray, level: np.ndarray, percentile: float) -> tuple[np.ndarray, np.ndarray]:
    """A percentile of the levels at each angle (ANGLES,), and how far to believe it, 0..1."""
    number = (angle / 360 * ANGLES).astype(int) % ANGLES
    count = np.bincount(number, minlength=ANGLES)
    line = np.zeros(ANGLES)
    for k in np.flatnonzero(count):
        line[k] = np.percentile(level[number == k], percentile)
    return line, np.minimum(count / FULL, 1.0)


def _crossings(
    links: csr_array, angle: np.ndarray, level: np.ndarray, share: np.ndarray, seen: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Levels (ANGLES,) at which cloth is seen to end at skin, and their weights."""
    pairs = links.tocoo()
    a, b = pairs.row, pairs.col
    crossing = seen[a] & seen[b] & (share[a] > 0.5) & (share[b] <= 0.5)
    a, b = a[crossing], b[crossing]
    part = (share[a] - 0.5) / np.maximum(share[a] - share[b], 1e-6)
    return _levels(angle[a], level[a] + part * (level[b] - level[a]), UPPER)


def _at_least(line: np.ndarray, weight: np.ndarray, top: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """The closed line (ANGLES,) through what is seen of it, and nowhere below ``top`` where that is ``sure`` (> 0)."""
    bound = np.zeros(ANGLES, bool)
    found = _complete(line, weight) if weight.any() else np.full(ANGLES, -np.inf)
    for _ in range(ROUNDS):
        # What others draw up over the top lets go of it.
        bound = (sure > 0) & ((found < top - 1e-4) | (bound & (found <= top)))
        if not (bound | (weight > 0)).any():
            break
        found = _complete(np.where(bound, top, line), np.where(bound, sure, weight))
    return found


def _complete(line: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The closed line (ANGLES,), where it is not seen (weight 0) too."""
    opposite = np.arange(ANGLES)[::-1]
    behind = np.abs((np.arange(ANGLES) + 0.5) / ANGLES * 360 - 180) < 180 - SIDE
    highest = np.percentile(line[weight > 0], HIGHEST)
    mirror = MIRROR * weight[opposite] * (weight == 0)
    total = weight + mirror + BEHIND * behind
    right = weight * line + mirror * line[opposite] + BEHIND * behind * highest
    return np.linalg.solve(np.diag(total) + STEPS * _STEEP + BENDS * _BENT, right)
