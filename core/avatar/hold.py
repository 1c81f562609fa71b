# SPDX-License-Identifier: GPL-3.0-or-later
"""The head fitted in all its steps; the last holds it at the pins, taking up what fit and warp leave over there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from core.avatar.ears import fit_ears
from core.avatar.fit import EYE_DISTANCE, Fit, fit_portrait, normalise, project
from core.avatar.hair_region import HairRegion
from core.avatar.landmarks import load_landmark_points
from core.avatar.rays import triangulate
from core.avatar.template import Template
from core.portrait import Portrait
from core.portrait.pins import spread

REACH = 0.35 * EYE_DISTANCE  # metres along the skin within which the neighbourhood comes along
STEPS = 3  # pins that share a triangle disturb each other a little


def fit_head(portrait: Portrait, template: Template, region: HairRegion) -> Fit:
    """The head of the portrait at its own size, with its ears where they are seen and its pins held."""
    fit = normalise(fit_portrait(portrait, template, region), template)
    return hold_pins(portrait, fit_ears(fit, template, region), template)


def hold_pins(portrait: Portrait, fit: Fit, template: Template) -> Fit:
    """The fit whose head, as the photo shows it, has every pinned landmark exactly where its pin is.

    fit: normalised. Neutral and posed head move alike, across the photo and not in depth: what a person corrects is
    the shape. Distances run along the skin, so that one lip or lid does not move the other.
    """
    points = load_landmark_points()
    pinned = np.flatnonzero(np.isin(points.index, portrait.pinned))
    if not len(pinned):
        return fit
    wanted = portrait.landmarks[points.index[pinned], :2]
    distance = _skin_distance(template, fit.neutral, points.vertices[pinned]) / REACH
    neutral, posed = fit.neutral, fit.posed
    for _ in range(STEPS):
        here = points.on(posed)[pinned]
        local = here @ fit.rotation.T + fit.translation
        shift = np.zeros_like(local)
        shift[:, :2] = wanted - project(here, fit.rotation, fit.translation, fit.camera)
        move = spread(distance, shift * local[:, 2:] / fit.camera.focal @ fit.rotation)
        neutral, posed = neutral + move, posed + move
    return replace(fit, neutral=neutral, posed=posed)


def _skin_distance(template: Template, positions: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Metres (K, V) along the skin's edges from K triangles (K, 3) to every vertex; infinite off the skin."""
    triangles = triangulate(template.faces)
    edges = np.unique(
        np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), 1), axis=0
    )
    length = np.linalg.norm(positions[edges[:, 0]] - positions[edges[:, 1]], axis=1)
    graph = csr_matrix((length + 1e-9, edges.T), (len(positions),) * 2)
    return np.array([dijkstra(graph, directed=False, indices=three, min_only=True) for three in corners])
