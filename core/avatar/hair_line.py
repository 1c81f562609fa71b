# SPDX-License-Identifier: GPL-3.0-or-later
"""The hairline that the photo shows: there the skin's own texture holds the photo's hair (repair.py), so the hair
fades into it over a width instead of ending in an edge; nothing darker than the photo lies between the two.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.avatar.fit import Fit, project
from core.avatar.hair_canvas import Canvas
from core.avatar.hair_region import LONG_HAIR
from core.avatar.hair_scalp import ear_rows
from core.avatar.landmarks import FACE_OVAL
from core.avatar.raster import cover
from core.avatar.rays import RayScene, triangulate, vertex_normals
from core.avatar.repair import keeps_hair
from core.avatar.template import Template
from core.colour import smoothstep
from core.portrait.topology import CHIN

CELL = 4  # canvas pixels between the rays
# Cosines to the camera between which the skin comes to hold the photo's own colours at all, and does so well.
FLAT, WELL = (0.1, 0.22), (0.28, 0.42)
PLAIN = 0.25  # cosine under which skin beside the hair is shown by the hair's mesh, which stands up there
ROUNDED = 0.03  # inter-ocular distances over which that border is smoothed
CLEAR = 0.001  # metres off the skin from which it is asked whether the camera sees it
# Heights under the eyes (inter-ocular distances) over which all that stands off the skull is hair, and what does not
# look like skin; and over how much of height that ends.
BROWS, EARS, SOFT = -0.05, 0.35, 0.2
SHADE = 0.5  # weight of lightness when skin is told from hair there
# What looks like skin below that height under the eyes and this near to the ears is an ear (inter-ocular distances).
EAR_TOP, NEAR_EAR = -0.25, 0.25
CRUMB = 0.045  # radius (inter-ocular distances) of the disc that must fit into what is added
# Hair narrower than this (inter-ocular distances) on a side where none falls past the jaw ends between these heights
# under the eyes: beside cheek and ear it is their rim in the light behind the head.
RIM, LOBES = 0.24, (0.1, 0.3)
# Hue (Lab) between hair and skin from which on they can be told apart, and where between them skin begins.
APART, SKIN_LIKE = 20.0, (0.5, 0.8)
# Inter-ocular distances over which the hair begins; over more, one sees the skin in the shade of the hair over it.
FADE = 0.03
# Inter-ocular distances by which the skin that the hair's mesh shows goes on in its picture: where the mesh dips under
# the skin it has to be whole, or one would see through its edge what lies in its shade.
EDGE = 0.05


@dataclass(frozen=True)
class Worn:
    """Both (h, w) float32 0..1 on the canvas. hair: share of what the hair's mesh covers; edge: of the skin among it,
    and around that."""

    hair: np.ndarray
    edge: np.ndarray

    @property
    def shown(self) -> np.ndarray:
        """Share (h, w) that the mesh's picture has to show."""
        return np.maximum(self.hair, self.edge)


def skin_shows_hair(
    template: Template, rest: np.ndarray, fit: Fit, cosines: tuple[float, float] = FLAT
) -> np.ndarray:
    """How far (V,) 0..1 the skin's texture holds the photo's hair, where nothing but hair hides it from the camera.

    rest: (V, 3) metres; cosines: to the camera, between which it comes to hold it.
    """
    skin = triangulate(template.faces[template.region <= 1])
    normals, towards = vertex_normals(rest, skin), _towards(rest, fit)
    facing = np.einsum("vd,vd->v", normals, towards)
    used = np.flatnonzero(keeps_hair(template) & (facing > cosines[0]))
    shown = np.zeros(len(rest))
    start = rest[used] + CLEAR * (normals + towards)[used]
    shown[used] = RayScene(rest, skin).cast(start, towards[used]).triangle < 0
    return shown * smoothstep(facing, *cosines)


def _towards(points: np.ndarray, fit: Fit) -> np.ndarray:
    """Unit directions (N, 3) from points to the camera."""
    towards = -fit.rotation.T @ fit.translation - points
    return towards / np.linalg.norm(towards, axis=1, keepdims=True)


def worn_hair(canvas: Canvas, hair: np.ndarray, fit: Fit, template: Template, rest: np.ndarray) -> Worn:
    """Share of hair (h, w) with what else of the person's outline the head in its rest pose (V, 3) leaves open, or
    shows too flat to hold the photo, over its ears: thin hair at the temples, which colour does not tell from skin,
    and the skin before it; and without the ears themselves."""
    at = canvas.from_photo(project(rest, fit.rotation, fit.translation, fit.camera))
    ears = np.zeros(len(rest), bool)
    ears[ear_rows(template)] = True
    faces = template.faces[template.region <= 1]
    is_ear = ears[faces].all(axis=1)
    alike = _from_hair_to_skin(canvas, hair, SHADE)[0] > 0.5
    normals = vertex_normals(rest, triangulate(faces))
    seen = (np.einsum("vd,vd->v", normals, _towards(rest, fit)) > PLAIN)[faces].all(axis=1)
    hair = hair * (1 - _rim_light(canvas, hair))
    ear, skin, flat = (_drawn(at, faces[part], canvas) for part in (is_ear, seen & ~is_ear, ~seen & ~is_ear))
    empty = (ear | skin | flat) == 0
    hair = np.where((cv2.erode(ear, _disc(2)) > 0) & alike, 0, hair)
    plain = cv2.GaussianBlur(skin.astype(np.float32), (0, 0), ROUNDED * canvas.iod) > 0.5
    lowest = np.where(alike & ~empty, BROWS, EARS).astype(np.float32)
    above = np.clip((cv2.GaussianBlur(lowest, (0, 0), ROUNDED * canvas.iod) - _height(canvas)) / SOFT, 0, 1)
    beside_ear = (cv2.dilate(ear, _disc(NEAR_EAR * canvas.iod)) > 0) & (_height(canvas) > EAR_TOP) & alike
    open_gap = (canvas.matte > 0.5) & ~plain & ~beside_ear & (above > 0)
    whole = (open_gap | (hair > 0.5)).astype(np.uint8)
    open_gap &= cv2.morphologyEx(whole, cv2.MORPH_OPEN, _disc(CRUMB * canvas.iod)) > 0
    _, labels = cv2.connectedComponents((open_gap | (hair > 0.5)).astype(np.uint8), connectivity=4)
    parts = np.asarray(labels, np.int32)
    rooted = np.zeros(parts.max() + 1, bool)
    rooted[parts[hair > 0.9]] = True
    rooted[0] = False
    gap = cv2.GaussianBlur((open_gap & rooted[parts]).astype(np.float32), (0, 0), 1.5)
    gap = np.clip(2 * gap, 0, 1) * above * canvas.matte
    edge = cv2.dilate(gap, _disc(EDGE * canvas.iod)) * ~beside_ear * smoothstep(canvas.matte, 0.5, 0.9)
    return Worn(np.maximum(hair, gap).astype(np.float32), edge.astype(np.float32))


def _rim_light(canvas: Canvas, hair: np.ndarray) -> np.ndarray:
    """How far (h, w) 0..1 what was taken for hair, (h, w) 0..1, is a bright rim of cheek or ear."""
    height, aside = _height(canvas), _aside(canvas)
    chin = height[tuple(np.clip(canvas.landmarks[CHIN, 1::-1].astype(int), 0, np.array(canvas.shape) - 1))]
    jaw = (height > chin - 0.8) & (height < chin - 0.4) & (hair > 0.5)
    disc = _disc(RIM / 2 * canvas.iod)
    broad = cv2.dilate(cv2.morphologyEx((hair > 0.5).astype(np.uint8), cv2.MORPH_OPEN, disc), disc) > 0
    rim = np.zeros_like(broad)
    for side in (aside < 0, aside >= 0):
        if (jaw & side).sum() < LONG_HAIR * 0.4 * canvas.iod**2:
            rim |= side & ~broad
    return smoothstep(height, *LOBES) * rim


def _height(canvas: Canvas) -> np.ndarray:
    """Inter-ocular distances (h, w) under the eyes."""
    return _along(canvas, canvas.axes()[2])


def _aside(canvas: Canvas) -> np.ndarray:
    """Inter-ocular distances (h, w) from the middle of the face towards the head's left."""
    return _along(canvas, canvas.axes()[1])


def _along(canvas: Canvas, way: np.ndarray) -> np.ndarray:
    """Inter-ocular distances (h, w) from between the eyes along a unit direction (2,)."""
    middle = canvas.axes()[0]
    x, y = np.meshgrid(np.arange(canvas.shape[1]) + 0.5 - middle[0], np.arange(canvas.shape[0]) + 0.5 - middle[1])
    return (x * way[0] + y * way[1]) / canvas.iod


def _disc(radius: float) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * max(round(radius), 1) + 1,) * 2)


def _drawn(at: np.ndarray, faces: np.ndarray, canvas: Canvas) -> np.ndarray:
    """Pixels (h, w) uint8 0 or 1 that faces (F, 4) with corners at canvas pixels (V, 2) cover."""
    return cover(at[triangulate(faces)] - 0.5, canvas.shape)


def skin_like(canvas: Canvas, hair: np.ndarray) -> np.ndarray:
    """How much (h, w) 0..1 a pixel's hue is that of the face's skin instead of the hair's: ears, and thin hair."""
    way, apart = _from_hair_to_skin(canvas, hair, 0.0)
    return smoothstep(way, *SKIN_LIKE).astype(np.float32) if apart > APART else np.zeros_like(hair)


def _from_hair_to_skin(canvas: Canvas, hair: np.ndarray, lightness: float) -> tuple[np.ndarray, float]:
    """Where (h, w) each pixel's colour stands on the way from the hair's (0) to the face's skin (1), and how far
    these lie apart (Lab, lightness weighed by ``lightness``)."""
    weights = np.array([lightness, 1, 1], np.float32)
    lab = cv2.cvtColor(canvas.image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) * weights
    face = np.zeros(hair.shape, np.uint8)
    cv2.fillConvexPoly(face, cv2.convexHull(canvas.landmarks[list(FACE_OVAL)].astype(np.int32)), 1)
    skin, locks = (face > 0) & (hair < 0.05), hair > 0.97
    if not skin.any() or not locks.any():
        return np.zeros_like(hair), 0.0
    own = np.median(lab[locks], axis=0)
    away = np.median(lab[skin], axis=0) - own
    return (lab - own) @ away / max(float(away @ away), 1e-6), float(np.linalg.norm(away))


def hairline_share(canvas: Canvas, hair: np.ndarray, fit: Fit, template: Template, rest: np.ndarray) -> np.ndarray:
    """Share (h, w) 0..1 of the hair that the hair's own mesh has to show; the skin's texture shows the rest of it.

    hair: (h, w) 0..1 on the canvas; rest: (V, 3) the head that wears it.
    """
    bare = (hair < 0.5) & (canvas.matte > 0.5)
    if not bare.any():
        return np.ones_like(hair)
    away = cv2.distanceTransform((~bare).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    begun = smoothstep(away, 0.0, FADE * canvas.iod)
    return (1 - _painted(canvas, fit, template, rest) * (1 - begun)).astype(np.float32)


def _painted(canvas: Canvas, fit: Fit, template: Template, rest: np.ndarray) -> np.ndarray:
    """`skin_shows_hair` in the picture (h, w)."""
    shown = skin_shows_hair(template, rest, fit, WELL)
    skin = triangulate(template.faces[template.region <= 3])
    size = (canvas.shape[1] // CELL, canvas.shape[0] // CELL)
    x, y = np.meshgrid((np.arange(size[0]) + 0.5) * CELL, (np.arange(size[1]) + 0.5) * CELL)
    pixels = canvas.to_photo(np.stack([x.ravel(), y.ravel()], axis=1))
    rays = np.concatenate([(pixels - [fit.camera.cx, fit.camera.cy]) / fit.camera.focal, np.ones((x.size, 1))], axis=1)
    rays = rays @ fit.rotation / np.linalg.norm(rays, axis=1, keepdims=True)
    hits = RayScene(rest, skin).cast(np.tile(-fit.rotation.T @ fit.translation, (x.size, 1)), rays)
    value = np.einsum("nk,nk->n", hits.barycentric, shown[skin[hits.triangle]]) * (hits.triangle >= 0)
    return cv2.resize(value.reshape(x.shape).astype(np.float32), canvas.shape[::-1], interpolation=cv2.INTER_LINEAR)
