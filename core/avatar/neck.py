# SPDX-License-Identifier: GPL-3.0-or-later
"""The neck's sides follow the photo from the ear lobes down: no landmark lies there.

Where bare skin meets the background the neck ends there; where it meets a collar, it goes on behind that.
Limits: the throat's line under the chin stays the template's; in depth the neck keeps its shape.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial import KDTree

from core.avatar.cloth_mask import ClothMask
from core.avatar.fit import Fit
from core.avatar.hair_region import HairRegion
from core.avatar.landmarks import load_landmark_points
from core.avatar.repair import share_of_ear
from core.avatar.silhouette import Drawing, bounded, draw, read_silhouette
from core.avatar.template import Template
from core.colour import smoothstep
from core.portrait import Portrait

FACE = (0.004, 0.018)  # metres from the landmarks up to which the head stays, and from which on it may move
LOBE = (-0.010, 0.008)  # metres below the ears' lower ends: the same
ROOT = (-0.02, 0.02)  # metres from the neck's joint: the shoulders are drawn elsewhere (torso.py)
BESIDE = 0.004  # metres outside the outline at which it is seen what it borders on
# Rounds of the drawing: how far from the outline a shift carries, and how far along it is smoothed (metres).
ROUNDS = ((0.035, 0.012), (0.025, 0.008), (0.020, 0.006), (0.015, 0.005))
LEAST = 0.012  # metres of the neck that the photo must show
FARTHEST = 0.03  # metres that the neck is moved at most


def follow_neck(portrait: Portrait, fit: Fit, template: Template, region: HairRegion, mask: ClothMask) -> Fit:
    """The fit whose neck has the photo's outline; neutral and posed head move alike, across the photo.

    region: the portrait's hair, under which nothing is known; mask: its clothes.
    """
    neck = fit.posed[template.joints["neck"]].mean(axis=0)
    view = read_silhouette(portrait.matte * (1 - mask.cloth), fit, neck, region)
    if not len(view.outline):
        return fit
    cloth = view.beside(mask.cloth, BESIDE) > 0.5
    drawing = Drawing(template.faces[template.region <= 1], neck_share(template), 1 * cloth, LEAST)
    drawn = fit.posed
    for reach, smooth in ROUNDS:
        drawn = bounded(draw(view, fit, drawn, drawing, reach, smooth), fit.posed, FARTHEST)
    return replace(fit, posed=drawn, neutral=fit.neutral + drawn - fit.posed)


def neck_share(template: Template) -> np.ndarray:
    """How far each vertex (V,) 0..1 belongs to the neck: below the ears and behind the face's outline."""
    at, ear = template.positions, share_of_ear(template) > 0
    face = KDTree(load_landmark_points().on(at)).query(at)[0]
    lobe = at[ear, 2].min()
    root = at[template.joints["neck"], 2].mean()
    share = smoothstep(face, *FACE) * smoothstep(lobe - at[:, 2], *LOBE) * smoothstep(at[:, 2] - root, *ROOT)
    skin = np.zeros(len(at), bool)
    skin[np.unique(template.faces[template.region <= 1])] = True
    return np.where(skin & ~ear, share, 0.0)
