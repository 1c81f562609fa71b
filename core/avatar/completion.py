# SPDX-License-Identifier: GPL-3.0-or-later
"""What the photo does not show of the skin, told from what it shows: smooth fields over the head's mesh.

A field (a colour, the share of hair) is known at some vertices more or less surely; elsewhere it goes on as a
membrane does: the minimum of sum trust (x - seen)^2 + STIFFNESS sum w (x_i - x_j)^2. The mesh knows nothing of charts,
so nothing shows where two of them meet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_matrix, diags_array
from scipy.sparse.linalg import splu
from scipy.spatial import KDTree

from core.avatar.template import Template

# How much a field resists bending where the photo shows it fully: about a vertex's width of smoothing.
STIFFNESS = 0.05
# Weight of the likely value where nothing is known; it rules beyond about 1 / sqrt(it) edges.
PRIOR = 2e-4
# How much colours of two views are smoothed before they are compared, and the most that may lie between them (log).
GAIN_TRUST, GAIN_PRIOR, LIKELY_GAIN, DARKEST = 0.02, 1e-5, 0.8, 0.02
SKIN_REGIONS = 1  # Template.region of head and body: the skin that is seen


@dataclass(frozen=True)
class Membrane:
    """The skin's mesh as springs. laplacian: (V, V); mirror: (V,) rows of the mirror images."""

    laplacian: csc_matrix
    mirror: np.ndarray

    def stretch(self, seen: np.ndarray, trust: np.ndarray, likely: np.ndarray, prior: float = PRIOR) -> np.ndarray:
        """Field (V, C) through ``seen`` (V, C) where trust (V,) is high, towards ``likely`` (C,) or (V, C) afar."""
        faith = np.full(len(trust), prior) + 1e-9
        system = STIFFNESS * self.laplacian + diags_array(trust + faith)
        right = trust[:, None] * seen + faith[:, None] * likely
        return splu(csc_matrix(system)).solve(right)


def membrane(template: Template) -> Membrane:
    """Springs along the edges of the skin, stiffer where they are short, so that a field bends evenly."""
    faces = template.faces[template.region <= SKIN_REGIONS]
    edges = np.unique(np.sort(np.concatenate([faces[:, [k, (k + 1) % 4]] for k in range(4)]), axis=1), axis=0)
    edges = edges[edges[:, 0] != edges[:, 1]]
    count = len(template.positions)
    length = np.linalg.norm(template.positions[edges[:, 0]] - template.positions[edges[:, 1]], axis=1)
    weight = np.clip(np.median(length) / np.maximum(length, 1e-6), 0.2, 5.0)
    a, b = edges.T
    links = csc_matrix((np.r_[weight, weight], (np.r_[a, b], np.r_[b, a])), (count, count))
    laplacian = diags_array(np.asarray(links.sum(axis=1)).ravel()) - links
    mirror = np.asarray(KDTree(template.positions).query(template.positions * [-1.0, 1.0, 1.0])[1])
    return Membrane(csc_matrix(laplacian), mirror)


def light_gain(
    springs: Membrane, here: tuple[np.ndarray, np.ndarray], there: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Factor (V, 3) that brings another view's colours to the light of this one; each is colours (V, 3), trust (V,).

    Read where both see the skin and carried on from there.
    """
    ratio = np.log(np.maximum(here[0], DARKEST)) - np.log(np.maximum(there[0], DARKEST))
    # One gain for all features: what differs between a mole and the cheek opposite is no light.
    gain = springs.stretch(ratio, GAIN_TRUST * here[1] * there[1], np.zeros(3), GAIN_PRIOR)
    return np.exp(np.clip(gain, -LIKELY_GAIN, LIKELY_GAIN))
