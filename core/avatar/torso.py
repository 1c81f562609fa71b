# SPDX-License-Identifier: GPL-3.0-or-later
"""Shoulders and chest of the bust: their outline follows the matte on each side, their volume stays a body's.

The template's outline in the photo's view is drawn onto the matte's in a few rounds (silhouette.py), from broad to
fine, and the shifts go on over front and back as a bent plate. Depth takes half of the change of width; the chest is
then drawn to one smooth front, as cloth lies.
Limits: raised arms and what is held before a shoulder bend the outline by `REACH` at most; a turned body keeps the
template's straight chest under the photo's picture.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from core.avatar.fit import Fit
from core.avatar.hair_region import HairRegion
from core.avatar.rays import RayScene, triangulate
from core.avatar.silhouette import REACH, Drawing, Silhouette, bounded, carry_on, draw, read_silhouette
from core.avatar.template import Template
from core.colour import smoothstep
from core.portrait import Portrait

# Rounds of the drawing: how far from the outline a shift carries (metres), and how far along it is smoothed.
ROUNDS = ((0.09, 0.040), (0.05, 0.020), (0.035, 0.012), (0.025, 0.008), (0.018, 0.006))
GARMENT_ROUNDS, GARMENT_REACH = ((0.030, 0.015), (0.020, 0.010)), 0.018
DEPTH_SHARE = 0.5  # of the change of width that goes into the depth
WIDEST, NARROWEST = 1.35, 0.80
# The clothed front: a superellipse across, drawn this much over the bare chest, which it flattens to at most
# this far before the collar bones.
CLOTH, ROUNDNESS, RELIEF = 0.75, 2.6, 0.035
# Levels below the neck's joint where the chest starts to be drawn and where it is drawn in full.
CHEST_FROM, CHEST_FULL = -0.03, -0.10
FLOOR = -0.26  # the bust's straight lower edge
LEVELS = np.arange(FLOOR, 0.0, 0.01)  # heights from the neck's joint at which the width is compared
TORSO_BONES = ("root", "chest", "shoulder_left", "shoulder_right")


def shape_torso(portrait: Portrait, fit: Fit, template: Template, rest: np.ndarray, region: HairRegion) -> np.ndarray:
    """New rest positions (V, 3) in metres; only the skin of chest, shoulders and the neck's root is moved.

    region: the portrait's hair, under which the shoulders' outline is unknown.
    Where the photo shows no shoulders their outline stays the template's.
    """
    neck = rest[template.joints["neck"]].mean(axis=0) * [0.0, 1.0, 1.0]
    share = torso_share(template)
    body = np.flatnonzero(share > 0)
    shaped = dress_torso(template, rest)
    view = read_silhouette(portrait.matte, fit, neck, region)
    before = _half_widths(shaped[body] - neck)
    # The head is the photo's, not the rest pose's.
    start = np.where((share > 0)[:, None], shaped, fit.posed)
    drawing = Drawing(template.faces[template.region <= 1], share)
    drawn = start
    for number, (reach, smooth) in enumerate(ROUNDS):
        drawn = bounded(draw(view, fit, drawn, drawing, reach, smooth), start, REACH)
        if number % 2 == 0:
            drawn = carry_on(view, fit, drawn, start, drawing)
    scale = np.clip(_half_widths(drawn[body] - neck) / before, NARROWEST, WIDEST)
    level = drawn[:, 2] - neck[2]
    depth = 1 + DEPTH_SHARE * share * (np.interp(level, LEVELS, scale) - 1) * smoothstep(-level, 0.0, 0.08)
    drawn[:, 1] = neck[1] + (drawn[:, 1] - neck[1]) * depth
    result = rest.copy()
    result[body] = drawn[body]
    return result


def dress_torso(template: Template, rest: np.ndarray) -> np.ndarray:
    """Rest positions (V, 3) whose chest is drawn to one smooth front and ends in a straight edge."""
    neck = rest[template.joints["neck"]].mean(axis=0) * [0.0, 1.0, 1.0]
    share = torso_share(template)
    return _trim(template, _dress(template, rest - neck, share), share) + neck


def outline_garment(view: Silhouette, fit: Fit, template: Template, rest: np.ndarray) -> np.ndarray:
    """The surface (V, 3) that the photo's outline shows from the head down: rest (V, 3) with collar and scarf."""
    share = np.zeros(len(rest))
    share[np.unique(template.faces[template.region == 1])] = 1.0
    start = np.where((share > 0)[:, None], rest, fit.posed)
    drawing = Drawing(template.faces[template.region <= 1], share)
    drawn = start
    for reach, smooth in GARMENT_ROUNDS:
        drawn = bounded(draw(view, fit, drawn, drawing, reach, smooth), start, GARMENT_REACH)
    drawn = carry_on(view, fit, drawn, start, drawing)
    return np.where((share > 0)[:, None], drawn, rest)


def torso_share(template: Template) -> np.ndarray:
    """How much each vertex (V,) belongs to the torso: 0 on the head and the neck's top, 1 on chest and shoulders."""
    columns = [template.bone_names.index(bone) for bone in TORSO_BONES]
    share = template.weights[:, columns].sum(axis=1).astype(np.float64)
    skin = np.zeros(len(share), bool)
    skin[np.unique(template.faces[template.region == 1])] = True
    skin[np.unique(template.faces[template.region != 1])] = False
    share = np.where(skin, share, 0.0)
    return smoothstep(share)


def _half_widths(body: np.ndarray) -> np.ndarray:
    """Half the width (L,) of points (n, 3) from the neck's joint on each of LEVELS."""
    widths = [np.ptp(body[np.abs(body[:, 2] - level) < 0.015, 0]) / 2 for level in LEVELS]
    return gaussian_filter1d(np.array(widths), 2, mode="nearest")


def _dress(template: Template, shaped: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Draw the front of the chest (V, 3 from the neck's joint) to one smooth garment."""
    triangles = triangulate(template.faces[template.region == 1])
    scene = RayScene(shaped, triangles)
    rows = np.flatnonzero(share > 0)
    forward = np.tile([0.0, -1.0, 0.0], (len(rows), 1))
    open_front = rows[scene.cast(shaped[rows] + forward * 0.002, forward).triangle < 0]
    # Vertices that look forward, not the back's, which nothing covers either.
    front = open_front[shaped[open_front, 1] < 0.01]
    x, y, z = shaped[front].T
    levels = np.linspace(FLOOR - 0.05, CHEST_FROM, 40)
    middle = np.array([y[(np.abs(z - level) < 0.012) & (np.abs(x) < 0.05)].min(initial=0.0) for level in levels])
    half = np.array([np.abs(x[np.abs(z - level) < 0.012]).max(initial=0.1) for level in levels])
    collar = float(np.interp(CHEST_FULL + 0.03, levels, middle))
    middle = collar + np.maximum(middle - collar, -RELIEF * np.clip((CHEST_FULL - levels) / 0.1, 0, 1))
    middle, half = gaussian_filter1d(middle, 3, mode="nearest"), gaussian_filter1d(half, 2, mode="nearest")
    across = np.clip(np.abs(x) / np.interp(z, levels, half), 0, 1)
    garment = np.interp(z, levels, middle) * (1 - across**ROUNDNESS) ** (1 / ROUNDNESS)
    amount = CLOTH * share[front] * np.clip((CHEST_FROM - z) / (CHEST_FROM - CHEST_FULL), 0, 1)
    amount = amount * np.clip((1 - across) / 0.15, 0, 1)
    dressed = shaped.copy()
    dressed[front, 1] = y + amount * (garment - y)
    return dressed


def _trim(template: Template, shaped: np.ndarray, share: np.ndarray) -> np.ndarray:
    """End the bust in a straight edge instead of the template's steps."""
    edges = np.concatenate([template.faces[:, [k, (k + 1) % 4]] for k in range(4)])
    edges = np.sort(edges[(edges >= 0).all(axis=1) & (edges[:, 0] != edges[:, 1])], axis=1)
    unique, count = np.unique(edges, axis=0, return_counts=True)
    border = np.zeros(len(shaped), bool)
    border[unique[count == 1]] = True
    trimmed = shaped.copy()
    low = (share > 0) & (shaped[:, 2] < FLOOR + 0.08)
    trimmed[low & border, 2] = FLOOR
    trimmed[low, 2] = np.maximum(trimmed[low, 2], FLOOR)
    return trimmed
