# SPDX-License-Identifier: GPL-3.0-or-later
"""Concentric rings of template vertices about the mouth opening and the eyes."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from core.avatar.template import Template

CAVITY, SOCKET = 2, 3  # Template.region

# Lips: rings of 38 vertices counted outward from the border of the mouth cavity. Measured on the template: its
# lips touch at ring 1, roll outward to their fullest at ring 6, and the vermilion border is ring 8.
CONTACT_RING = 1
VERMILION_RING = 8
# Lids: rings of 28 vertices counted outward from the eye socket. Rings 0 to 2 are the lids' thickness; the
# upper lid's front edge is ring 3, the lower lid's is ring 2 (lowest, highest and foremost of their lids).
UPPER_LID_RING = 3
LOWER_LID_RING = 2


def rings_about(template: Template, region: int, count: int) -> np.ndarray:
    """Ring number (V,): 0 on the border between ``region`` and the skin, -1 beyond ``count`` rings."""
    return ring_numbers(template.faces, template.region, len(template.positions), region, count)


def rings_within(template: Template, region: int, count: int) -> np.ndarray:
    """Which vertices (V,) of a region lie within ``count`` rings of its border with the skin, without the border."""
    return rings_inside(template.faces, template.region, len(template.positions), region, count)


def ring_numbers(faces: np.ndarray, regions: np.ndarray, vertices: int, region: int, count: int) -> np.ndarray:
    """`rings_about` on any mesh whose faces (F, 4) lie in regions (F,), as an avatar's head in its materials."""
    inside = np.unique(faces[regions == region])
    skin = faces[regions == 0]
    ring = np.full(vertices, -1)
    ring[np.intersect1d(inside, np.unique(skin))] = 0
    for number in range(1, count + 1):
        near = (ring[skin] == number - 1).any(axis=1)
        new = np.unique(skin[near])
        ring[new[ring[new] < 0]] = number
    return ring


def rings_inside(faces: np.ndarray, regions: np.ndarray, vertices: int, region: int, count: int) -> np.ndarray:
    """`rings_within` on any mesh whose faces (F, 4) lie in regions (F,)."""
    within = faces[regions == region]
    reached = np.zeros(vertices, bool)
    reached[np.intersect1d(np.unique(within), np.unique(faces[regions == 0]))] = True
    border = reached.copy()
    for _ in range(count):
        reached[within[reached[within].any(axis=1)]] = True
    return reached & ~border


def lip_rings(template: Template) -> np.ndarray:
    """Ring number (V,) of the lips' vertices, 0 at the mouth cavity, -1 beyond the vermilion border."""
    return rings_about(template, CAVITY, VERMILION_RING)


def lid_edges(template: Template) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """side -> vertices of the upper and of the lower lid's front edge, each sorted by x."""
    ring = rings_about(template, SOCKET, max(UPPER_LID_RING, LOWER_LID_RING))
    at = template.positions
    edges: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        mine = at[:, 0] * sign > 0
        halves = []
        for number, above in ((UPPER_LID_RING, True), (LOWER_LID_RING, False)):
            loop = np.flatnonzero((ring == number) & mine)
            loop = loop[np.argsort(at[loop, 0])]
            share = (at[loop, 0] - at[loop[0], 0]) / np.ptp(at[loop, 0])
            line = at[loop[0], 2] + share * (at[loop[-1], 2] - at[loop[0], 2])
            halves.append(loop[(at[loop, 2] > line) == above])
        edges[side] = (halves[0], halves[1])
    return edges


def along_lid(edge: np.ndarray, span: tuple[float, float], count: int, side: str) -> np.ndarray:
    """Weights (count, E) over a lid edge's vertices (E, 3), sorted by x, of points evenly along it.

    span: shares of the lid's length, from the nose outward, at which the points begin and end.
    """
    order = np.arange(len(edge)) if side == "left" else np.arange(len(edge))[::-1]
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(edge[order], axis=0), axis=1))])
    smooth = CubicSpline(length / length[-1], np.eye(len(edge)), bc_type="natural")(np.linspace(*span, count))
    weights = np.empty_like(smooth)
    weights[:, order] = smooth
    return weights
