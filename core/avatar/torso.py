# SPDX-License-Identifier: GPL-3.0-or-later
"""Shoulders and chest of the bust: their outline follows the matte, their volume stays a body's.

Measured in a plane through the neck's joint that is parallel to the picture, because a person's body faces the
camera more often than the head does: how high the shoulders' line lies over each distance from the neck, and how
wide the body is on each level below. Each side is bounded before the two are averaged, so that something held
before one shoulder cannot burst the shape. Depth takes half of the change of width; the chest is then drawn to
one smooth front, as cloth lies.
Limits: raised arms and turned shoulders become a straight, symmetric bust; folds and collars are texture only.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter1d, map_coordinates
from scipy.stats import theilslopes

from core.avatar.fit import Fit, project
from core.avatar.hair_region import HairRegion
from core.avatar.rays import RayScene, triangulate
from core.avatar.template import Template
from core.colour import smoothstep
from core.portrait import Portrait

# Metres, from the neck's joint: sideways distances and levels that are measured.
ACROSS = np.arange(0.07, 0.175, 0.005)
LEVELS = np.arange(-0.24, -0.105, 0.005)
STEP = 0.002
LIFT = 0.045  # the shoulders' line goes up or down by no more
WIDEST, NARROWEST = 1.35, 0.80
DEPTH_SHARE = 0.5  # of the change of width that goes into the depth
LEAST = 8  # distances (4 cm of shoulder) that the photo must show
# The clothed front: a superellipse across, drawn this much over the bare chest, which it flattens to at most
# this far before the collar bones.
CLOTH, ROUNDNESS, RELIEF = 0.75, 2.6, 0.035
# Levels below the neck's joint where the chest starts to be drawn and where it is drawn in full.
CHEST_FROM, CHEST_FULL = -0.03, -0.10
HIDDEN = 0.3  # share of hair from which on the outline under it is unknown
FLOOR = -0.26  # the bust's straight lower edge
# Sideways distances and levels (N,) -> person there 0..1 or -1 where hair hides it, and whether in the photo.
Look = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
TORSO_BONES = ("root", "chest", "shoulder_left", "shoulder_right")


def shape_torso(
    portrait: Portrait, fit: Fit, template: Template, rest: np.ndarray, region: HairRegion
) -> np.ndarray:
    """New rest positions (V, 3) in metres; only the skin of chest and shoulders is moved.

    region: the portrait's hair, under which the shoulders' outline is unknown.
    Where the photo shows no shoulders their outline stays the template's.
    """
    neck = rest[template.joints["neck"]].mean(axis=0) * [0.0, 1.0, 1.0]
    share = _share(template)
    body = np.flatnonzero(share > 0)
    shaped = rest - neck
    outline = _measure(portrait, fit, neck, shaped[body], region)
    if outline is not None:
        lift, width = outline
        x, z = np.abs(shaped[:, 0]), shaped[:, 2]
        raised = share * np.interp(x, ACROSS, lift) * smoothstep(x, 0.03, 0.10) * smoothstep(z, -0.22, -0.08)
        scale = 1 + share * (np.interp(z, LEVELS, width) - 1) * smoothstep(-z, 0.0, 0.08)
        shaped[:, 2] += raised
        shaped[:, 0] *= scale
        shaped[:, 1] *= 1 + DEPTH_SHARE * (scale - 1)
    shaped = _dress(template, shaped, share)
    shaped = _trim(template, shaped, share)
    result = rest.copy()
    result[body] = shaped[body] + neck
    return result


def _share(template: Template) -> np.ndarray:
    """How much each vertex (V,) belongs to the torso: 0 on the head and the neck's top, 1 on chest and shoulders."""
    columns = [template.bone_names.index(bone) for bone in TORSO_BONES]
    share = template.weights[:, columns].sum(axis=1).astype(np.float64)
    skin = np.zeros(len(share), bool)
    skin[np.unique(template.faces[template.region == 1])] = True
    skin[np.unique(template.faces[template.region != 1])] = False
    share = np.where(skin, share, 0.0)
    return smoothstep(share)


def _measure(
    portrait: Portrait, fit: Fit, neck: np.ndarray, body: np.ndarray, region: HairRegion
) -> tuple[np.ndarray, np.ndarray] | None:
    """Lift (metres) per ACROSS and width's factor per LEVELS; body: (n, 3) from the neck's joint."""
    centre = project(neck[None], fit.rotation, fit.translation, fit.camera)[0]
    depth = float((fit.rotation @ neck + fit.translation)[2])
    pixels = fit.camera.focal / depth
    size = np.array(portrait.matte.shape[::-1])

    def look(x: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        at = np.stack([centre[0] + x * pixels, centre[1] - z * pixels], axis=1)
        inside = np.all((at >= 0) & (at < size), axis=1)
        person = map_coordinates(portrait.matte, at[:, ::-1].T - 0.5, order=1, mode="nearest")
        return np.where(region.sample(at) > HIDDEN, -1.0, person), np.asarray(inside)

    lift = np.stack([_lift(look, side, body) for side in (-1, 1)])
    if (~np.isnan(lift)).sum(axis=1).max() < LEAST:
        return None
    width = np.stack([_width(look, side, body) for side in (-1, 1)])
    return (
        _agreed(np.clip(lift, -LIFT, LIFT)),
        1 + _agreed(np.clip(width, NARROWEST, WIDEST) - 1),
    )


def _lift(look: Look, side: int, body: np.ndarray) -> np.ndarray:
    """Photo's shoulder line minus the body's per ACROSS; NaN where the photo does not show it."""
    lift = np.full(len(ACROSS), np.nan)
    z = np.arange(-0.20, 0.08, STEP)
    for k, x in enumerate(ACROSS):
        near = np.abs(side * body[:, 0] - x) < 0.008
        person, inside = look(np.full(len(z), side * x), z)
        if not near.any() or not inside.any():
            continue
        low = int(inside.argmax())  # below it the photo ends
        if z[low] > -0.02 or person[low] < 0.5:
            continue
        out = low + np.flatnonzero((person[low:] < 0.5) | ~inside[low:])
        if len(out) and inside[out[0]] and person[out[0]] >= 0:
            lift[k] = z[out[0]] - body[near, 2].max()
    return lift


def _width(look: Look, side: int, body: np.ndarray) -> np.ndarray:
    """Photo's half width over the body's per LEVELS; NaN where the photo does not show it."""
    width = np.full(len(LEVELS), np.nan)
    x = np.arange(0.05, 0.45, STEP)
    for k, z in enumerate(LEVELS):
        near = np.abs(body[:, 2] - z) < 0.012
        person, inside = look(side * x, np.full(len(x), z))
        if not near.any() or not inside[0]:
            continue
        out = np.flatnonzero(((person < 0.5) & (person >= 0)) | ~inside)
        if len(out) and inside[out[0]]:
            width[k] = x[out[0]] / np.abs(body[near, 0]).max()
        elif len(out):  # cut by the photo's edge: at least as wide
            width[k] = max(1.0, x[out[0]] / np.abs(body[near, 0]).max())
    return width


def _agreed(sides: np.ndarray) -> np.ndarray:
    """A straight line (N,) through the mean of both sides (2, N), which a turned body leaves as it is;
    0 where neither side is known.

    Anything more winding would press the photo's folds into the body.
    """
    known = np.where(np.isnan(sides), sides[::-1], sides)
    both = known.mean(axis=0)
    good = np.flatnonzero(~np.isnan(both))
    if len(good) < LEAST:
        return np.full(sides.shape[1], np.median(both[good]) if len(good) else 0.0)
    slope, intercept = (float(value) for value in tuple(theilslopes(both[good], good))[:2])
    line = intercept + slope * np.arange(len(both))
    return np.clip(line, both[good].min(), both[good].max())


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
