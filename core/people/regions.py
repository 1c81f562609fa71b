# SPDX-License-Identifier: GPL-3.0-or-later
"""Where on a face there is more blood, pigment, pores and beard: blobs in space about landmarks of the template."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from core.avatar.hair_scalp import inside_hairline
from core.avatar.repair import find_places, share_of_ear
from core.avatar.rings import lid_edges
from core.avatar.skin import COARSE
from core.avatar.template import Template, load_template
from core.avatar.unwrap import chart_texels
from core.colour import smoothstep

# Blobs: middle (aside, forward, up) and reach (the same) in millimetres from between the template's eyes, and amount.
# Both sides of a face have them.
Blob = tuple[tuple[float, float, float], tuple[float, float, float], float]
BLOOD: tuple[Blob, ...] = (
    ((40, 12, -36), (17, 20, 15), 0.42),  # cheek
    ((56, -2, -22), (16, 24, 14), 0.18),  # cheek bone
    ((0, 41, -35), (12, 14, 11), 0.42),  # tip of the nose
    ((15, 28, -40), (7, 8, 8), 0.42),  # its wings
    ((0, 30, -8), (10, 12, 20), 0.10),  # its back
    ((13, 22, -50), (9, 10, 8), 0.18),  # beside the upper lip
    ((0, 18, -98), (16, 14, 12), 0.22),  # chin
    ((30, 15, 7), (16, 12, 6), 0.10),  # upper lids
    ((30, 15, -9), (15, 10, 5), 0.18),  # lower lids
    ((16, 16, -4), (4, 6, 4), 0.42),  # inner corners of the eyes
    ((0, 25, 12), (12, 10, 10), 0.10),  # between the brows
    ((0, 15, 40), (60, 40, 22), -0.08),  # forehead
    ((28, 18, -70), (9, 10, 18), -0.10),  # beside the mouth
    ((0, 30, -79), (14, 10, 5), -0.08),  # under the lower lip
)
MELANIN: tuple[Blob, ...] = (
    ((27, 16, -14), (14, 10, 6), 0.13),  # under the eyes
    ((17, 18, -9), (7, 8, 7), 0.10),
    ((32, 14, 8), (16, 12, 5), 0.11),  # upper lids
    ((0, 15, 45), (55, 40, 24), 0.06),  # forehead
    ((40, 12, -30), (20, 20, 18), -0.05),  # cheeks
    ((24, 18, -68), (5, 8, 6), 0.09),  # corners of the mouth
    ((0, 26, -81), (12, 10, 4), 0.06),  # under the lip
    ((7, 36, -46), (4.5, 7, 3.5), 0.75),  # nostrils
    ((17, 24, -46), (5, 6, 9), 0.07),  # the fold beside the nose
    ((60, -15, 20), (22, 24, 24), 0.05),  # temples
)
POROUS: tuple[Blob, ...] = (
    ((0, 40, -33), (13, 14, 13), 0.75), ((14, 30, -38), (9, 10, 10), 0.7), ((26, 22, -34), (14, 14, 14), 0.5),
    ((0, 22, 32), (40, 30, 24), 0.28), ((0, 18, -95), (16, 14, 12), 0.35),
)  # fmt: skip
BEARD: tuple[Blob, ...] = (
    ((0, 20, -97), (22, 22, 17), 1.2), ((22, 16, -90), (18, 22, 18), 1.0), ((44, -6, -84), (18, 28, 22), 0.9),
    ((62, -34, -66), (14, 18, 26), 0.8), ((64, -40, -36), (9, 12, 22), 0.55), ((0, 34, -57), (13, 12, 7), 1.0),
    ((17, 27, -59), (9, 10, 7), 1.0), ((27, 18, -70), (7, 10, 16), 0.75), ((0, -10, -118), (36, 30, 14), 0.8),
)  # fmt: skip
FRECKLED: tuple[Blob, ...] = (
    ((32, 18, -25), (22, 22, 15), 1.0), ((0, 38, -16), (14, 16, 18), 0.9), ((52, 0, -24), (22, 26, 20), 0.45),
    ((0, 20, 34), (46, 30, 22), 0.25), ((0, 20, -60), (50, 30, 50), 0.08),
)  # fmt: skip
EAR_BLOOD, SCALP_MELANIN = 0.46, 0.02
# Along the lids' edges: the dark of the lashes' roots on the upper lid, the red of the lower one, and their reach.
LASH_MELANIN, WET_BLOOD, LID_EDGE = 0.85, 0.35, 0.0016


@dataclass(frozen=True)
class Regions:
    """Fields (n, n) float32 over a chart's grid. at: (n, n, 3) metres from between the eyes (right, back, up) on the
    template; melanin, blood: more than the base; porous, beard: 0..1; scalp: metres inside the hairline."""

    at: np.ndarray
    melanin: np.ndarray
    blood: np.ndarray
    porous: np.ndarray
    beard: np.ndarray
    scalp: np.ndarray


def from_eyes(template: Template) -> np.ndarray:
    """The template's vertices (V, 3) in metres from between its eyes."""
    eyes = np.mean([template.positions[template.joints[f"eye_{side}"]].mean(axis=0) for side in ("left", "right")], 0)
    return template.positions - eyes


@functools.lru_cache(maxsize=2)
def find_regions(chart: int) -> Regions:
    """What lies where on a chart of the skin, which is every head's: once a process."""
    template, texels = load_template(), chart_texels(chart, COARSE)
    at = texels.paint(from_eyes(template))
    places = find_places(template)
    facts = [share_of_ear(template), places.lids.astype(float), inside_hairline(template)]
    ear, lids, scalp = np.moveaxis(texels.paint(np.stack(facts, axis=1)), -1, 0)
    covered = smoothstep(scalp, -0.004, 0.008)
    beard = np.clip(blobs(at, BEARD), 0, 1) * (1 - ear) * (1 - covered)
    upper, lower = (_near_edge(template, at, half) for half in (0, 1))
    return Regions(
        at=at.astype(np.float32),
        melanin=(blobs(at, MELANIN) + SCALP_MELANIN * covered + 0.04 * lids
                 + LASH_MELANIN * (upper + 0.25 * lower)).astype(np.float32),
        blood=(blobs(at, BLOOD) + EAR_BLOOD * ear + 0.03 * lids + WET_BLOOD * lower).astype(np.float32),
        porous=np.clip(0.18 + blobs(at, POROUS), 0, 1).astype(np.float32),
        beard=smoothstep(beard, 0.15, 0.85).astype(np.float32),
        scalp=scalp.astype(np.float32),
    )


def _near_edge(template: Template, at: np.ndarray, half: int) -> np.ndarray:
    """How near (n, n) 0..1 points are to the edges of the upper (0) or lower (1) lids."""
    edges = [from_eyes(template)[edge[half][1:-1]] for edge in lid_edges(template).values()]
    fine = np.linspace(0, 1, 8)[:, None, None]
    dense = np.concatenate([(e[:-1] + fine * (e[1:] - e[:-1])).reshape(-1, 3) for e in edges])
    return np.exp(-((KDTree(dense).query(at.reshape(-1, 3))[0] / LID_EDGE) ** 2)).reshape(at.shape[:2])


def blobs(at: np.ndarray, table: tuple[Blob, ...]) -> np.ndarray:
    """Sum (...,) of the table's blobs at points (..., 3) in metres from between the eyes, forward being -y."""
    total = np.zeros(at.shape[:-1], np.float32)
    side = 1e3 * np.stack([np.abs(at[..., 0]), -at[..., 1], at[..., 2]], axis=-1).astype(np.float32)
    for middle, reach, amount in table:
        away = ((side - np.array(middle, np.float32)) / np.array(reach, np.float32)) ** 2
        total += np.float32(amount) * np.exp(-away.sum(axis=-1))
    return total
