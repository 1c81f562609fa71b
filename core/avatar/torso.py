# SPDX-License-Identifier: GPL-3.0-or-later
"""Shoulders and chest of the bust: their outline follows the matte on each side, their volume stays a body's.

The template's outline in the photo's view is drawn onto the matte's in a few rounds: every point of it looks for
the nearest point of the matte's outline that faces the same way, the found shifts are smoothed along the outline
and carried to the vertices around, from broad to fine. Where hair covers the shoulder or the photo ends, the other
side's shifts speak, mirrored, and otherwise the neighbours. Depth takes half of the change of width; the chest is
then drawn to one smooth front, as cloth lies.
Limits: raised arms and what is held before a shoulder bend the outline by `REACH` at most; a turned body keeps the
template's straight chest under the photo's picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter1d
from scipy.spatial import KDTree

from core.avatar.fit import Fit, project
from core.avatar.hair_region import HairRegion
from core.avatar.rays import RayScene, triangulate
from core.avatar.template import Template
from core.colour import smoothstep
from core.portrait import Portrait

# The canvas on which outlines are compared, in the picture's plane through the neck's joint (metres).
STEP = 0.0015
SPARSE = 4  # every so many of the outline's points shift the vertices
ASIDE, ABOVE, BELOW = 0.36, 0.12, 0.30
# Rounds of the drawing: how far from the outline a shift carries (metres), and how far along it is smoothed.
ROUNDS = ((0.09, 0.040), (0.05, 0.020), (0.035, 0.012), (0.025, 0.008), (0.018, 0.006))
GARMENT_ROUNDS, GARMENT_REACH = ((0.030, 0.015), (0.020, 0.010)), 0.018
SEAM = 0.02  # metres below the head over which a garment's outline parts from the neck's
REACH = 0.075  # the outline is moved by no more
FACING = 0.5  # cosine between the normals of two outlines that may belong together
DOWNWARD = -0.55  # outline whose normal points down more is the bust's own lower edge
MIRROR_WEIGHT = 0.08  # of the other side's shifts, where this side shows none of its own
FAINT = 0.02  # weight at which a shift has faded by half away from the outline
OWN = 0.1  # share of the torso from which on a point of the outline belongs to it
LEAST = 0.12  # metres of outline that the photo must show
DEPTH_SHARE = 0.5  # of the change of width that goes into the depth
WIDEST, NARROWEST = 1.35, 0.80
# The clothed front: a superellipse across, drawn this much over the bare chest, which it flattens to at most
# this far before the collar bones.
CLOTH, ROUNDNESS, RELIEF = 0.75, 2.6, 0.035
# Levels below the neck's joint where the chest starts to be drawn and where it is drawn in full.
CHEST_FROM, CHEST_FULL = -0.03, -0.10
HIDDEN = 0.3  # share of hair from which on the outline under it is unknown
FLOOR = -0.26  # the bust's straight lower edge
LEVELS = np.arange(FLOOR, 0.0, 0.01)  # heights from the neck's joint at which the width is compared
TORSO_BONES = ("root", "chest", "shoulder_left", "shoulder_right")


def shape_torso(
    portrait: Portrait, fit: Fit, template: Template, rest: np.ndarray, region: HairRegion
) -> np.ndarray:
    """New rest positions (V, 3) in metres; only the skin of chest, shoulders and the neck's root is moved.

    region: the portrait's hair, under which the shoulders' outline is unknown.
    Where the photo shows no shoulders their outline stays the template's.
    """
    neck = rest[template.joints["neck"]].mean(axis=0) * [0.0, 1.0, 1.0]
    share = torso_share(template)
    body = np.flatnonzero(share > 0)
    shaped = _trim(template, _dress(template, rest - neck, share), share) + neck
    view = _open_view(portrait, fit, neck, region)
    before = _half_widths(shaped[body] - neck)
    drawn = shaped
    for reach, smooth in ROUNDS:
        drawn = _bounded(_draw(view, template, fit, drawn, share, reach, smooth), shaped, REACH)
    scale = np.clip(_half_widths(drawn[body] - neck) / before, NARROWEST, WIDEST)
    level = drawn[:, 2] - neck[2]
    depth = 1 + DEPTH_SHARE * share * (np.interp(level, LEVELS, scale) - 1) * smoothstep(-level, 0.0, 0.08)
    drawn[:, 1] = neck[1] + (drawn[:, 1] - neck[1]) * depth
    result = rest.copy()
    result[body] = drawn[body]
    return result


def outline_garment(
    portrait: Portrait, fit: Fit, template: Template, rest: np.ndarray, region: HairRegion
) -> np.ndarray:
    """The surface (V, 3) that the photo's outline shows from the head down: rest (V, 3) with collar and scarf."""
    bust = np.unique(template.faces[template.region == 1])
    seam = np.intersect1d(bust, np.unique(template.faces[template.region == 0]))
    share = np.zeros(len(rest))
    share[bust] = smoothstep(KDTree(rest[seam]).query(rest[bust])[0], 0.0, SEAM)
    view = _open_view(portrait, fit, rest[template.joints["neck"]].mean(axis=0) * [0.0, 1.0, 1.0], region)
    drawn = rest
    for reach, smooth in GARMENT_ROUNDS:
        drawn = _draw(view, template, fit, drawn, share, reach, smooth)
        drawn = _bounded(drawn, rest, GARMENT_REACH)
    return drawn


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


@dataclass(frozen=True)
class _View:
    """The photo's view on the shoulders, as a canvas of STEP metres a pixel.

    outline: (n, 2) canvas pixels of the matte's outline that is to be believed, normals (n, 2) out of the person;
    known: (h, w) bool, inside the photo and not under hair.
    """

    scale: float  # canvas pixels per photo pixel
    origin: np.ndarray  # photo pixel at the canvas' corner
    shape: tuple[int, int]
    nearest: np.ndarray  # (h, w) index into outline
    outline: np.ndarray
    normals: np.ndarray
    known: np.ndarray
    depth: float

    def at(self, pixels: np.ndarray) -> np.ndarray:
        return (pixels - self.origin) * self.scale


def _open_view(portrait: Portrait, fit: Fit, neck: np.ndarray, region: HairRegion) -> _View:
    centre = project(neck[None], fit.rotation, fit.translation, fit.camera)[0]
    depth = float((fit.rotation @ neck + fit.translation)[2])
    scale = depth / fit.camera.focal / STEP
    origin = centre - np.array([ASIDE, ABOVE]) / STEP / scale
    width, height = round(2 * ASIDE / STEP), round((ABOVE + BELOW) / STEP)
    matrix = np.array([[scale, 0, -scale * origin[0]], [0, scale, -scale * origin[1]]])
    # Pixel centres lie at +0.5 in both frames.
    matrix[:, 2] += 0.5 * (scale - 1)
    person = cv2.warpAffine(portrait.matte, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    person = cv2.GaussianBlur(person, (0, 0), 0.8)
    y, x = np.mgrid[:height, :width] + 0.5
    pixels = np.stack([x, y], axis=-1) / scale + origin
    size = np.array(portrait.matte.shape[::-1])
    inside = np.all((pixels > 2) & (pixels < size - 2), axis=-1)
    hair = region.sample(pixels.reshape(-1, 2)).reshape(height, width)
    covered = cv2.dilate((hair > HIDDEN).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    known = inside & ~covered
    points, normals = _outline((person > 0.5).astype(np.uint8))
    row, column = _cells(points, known.shape)
    good = known[row, column]
    points, normals = points[good], normals[good]
    nearest = np.zeros(known.shape, int)
    if len(points):
        row, column = _cells(points, known.shape)
        number = np.full(known.shape, -1)
        number[row, column] = np.arange(len(points))
        indices = distance_transform_edt(number < 0, return_distances=False, return_indices=True)
        nearest = number[tuple(np.asarray(indices))]
    return _View(scale, origin, known.shape, nearest, points, normals, known, depth)


def _cells(points: np.ndarray, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    cells = np.clip(points.astype(int), 0, np.array(shape[::-1]) - 1)
    return cells[:, 1], cells[:, 0]


def _outline(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 2) along the borders of a mask (h, w) 0/1 in order, and unit normals (n, 2) out of it.

    The picture's own border is no border of the mask.
    """
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return np.zeros((0, 2)), np.zeros((0, 2))
    points = max(contours, key=len)[:, 0].astype(float) + 0.5
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 3.0, borderType=cv2.BORDER_REPLICATE)
    row, column = _cells(points, mask.shape)
    normals = -np.stack([cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)], axis=-1)[row, column]
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    height, width = mask.shape
    free = np.all((points > 2) & (points < np.array([width, height]) - 2), axis=1)
    return points[free], normals[free]


def _draw(
    view: _View, template: Template, fit: Fit, positions: np.ndarray, share: np.ndarray,
    reach: float, smooth: float,
) -> np.ndarray:  # fmt: skip
    """Positions (V, 3) with the torso one round nearer to the matte's outline."""
    whole = np.where((share > 0)[:, None], positions, fit.posed)
    flat = view.at(project(whole, fit.rotation, fit.translation, fit.camera))
    mask = np.zeros(view.shape, np.uint8)
    triangles = triangulate(template.faces[template.region <= 1])
    cv2.fillPoly(mask, list(np.round(flat[triangles] * 16).astype(np.int32)), 1, shift=4)
    points, normals = _outline(mask)
    body = np.flatnonzero(share > 0)
    if not len(points) or not len(view.outline):
        return positions
    skin = np.unique(template.faces)
    torso = share[skin][KDTree(flat[skin]).query(points)[1]] > OWN
    points, shift, weight = _shifts(view, points, normals, torso, smooth / STEP)
    if not len(points):
        return positions
    near = flat[body]
    distance = ((near[:, None] - points[None]) ** 2).sum(axis=2) / (reach / STEP) ** 2
    kernel = np.exp(-0.5 * distance) * weight
    total = kernel.sum(axis=1, keepdims=True)
    moved = (kernel @ shift) / (total + FAINT * np.sqrt(len(points)))
    moved *= STEP * share[body, None]
    rotation = fit.rotation
    step = moved[:, :1] * rotation[0] + moved[:, 1:] * rotation[1]
    drawn = positions.copy()
    drawn[body] += step
    return drawn


def _bounded(drawn: np.ndarray, start: np.ndarray, reach: float) -> np.ndarray:
    """A copy of drawn (V, 3) with no vertex farther than ``reach`` from its start."""
    gone = drawn - start
    length = np.linalg.norm(gone, axis=1, keepdims=True)
    return start + gone * np.minimum(1, reach / np.maximum(length, 1e-9))


def _shifts(
    view: _View, points: np.ndarray, normals: np.ndarray, torso: np.ndarray, smooth: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where those of the outline's points (m, 2) that are the torso's (m,) have to go: points, shifts (k, 2) in
    canvas pixels, weights (k,)."""
    row, column = _cells(points, view.shape)
    found = view.nearest[row, column]
    shift = view.outline[found] - points
    # Along the normal alone: sliding along the outline is nobody's business.
    along = (shift * normals).sum(axis=1)
    fits = (
        torso
        & ((view.normals[found] * normals).sum(axis=1) > FACING)
        & (np.linalg.norm(shift, axis=1) < REACH / STEP)
        & (normals[:, 1] < -DOWNWARD)
        & view.known[row, column]
    )
    weight = fits.astype(float)
    share = gaussian_filter1d(weight, smooth)
    along = gaussian_filter1d(along * weight, smooth) / np.maximum(share, 1e-3)
    keep = weight > 0
    points, shift, weight = points[keep][::SPARSE], (along[:, None] * normals)[keep][::SPARSE], weight[keep][::SPARSE]
    if len(points) * SPARSE * STEP < LEAST:
        return points[:0], shift[:0], weight[:0]
    mirrored = np.array([2 * ASIDE / STEP, 0.0]) + points * [-1, 1]
    return (
        np.concatenate([points, mirrored]),
        np.concatenate([shift, shift * [-1, 1]]),
        np.concatenate([weight, MIRROR_WEIGHT * weight]),
    )


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
