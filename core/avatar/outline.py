# SPDX-License-Identifier: GPL-3.0-or-later
"""The person's outline where bare skin meets the background, and where the fitted head's own outline lies."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import map_coordinates
from scipy.spatial import KDTree
from skimage.measure import find_contours

from core.avatar.hair_canvas import CANVAS_IOD, Canvas
from core.avatar.hair_region import HairRegion
from core.avatar.landmarks import FACE_OVAL
from core.avatar.raster import cover
from core.avatar.template import Template
from core.portrait.topology import CHIN

STEP = 0.05  # IOD between points of the outline
# How deep inside the outline its colour is looked at (IOD); the matte's edge itself is a mixture.
INSIDE = 0.07
BARE = 0.25  # share of hair below which a point is bare
# Distance in Lab from the face's own median, lightness counting a third, beyond which it is cloth.
SKIN = 22.0
BELOW_CHIN = 0.35  # IOD; farther down collars begin
# A point of the head's outline answers one of the photo's within this distance (IOD) and angle (cosine).
REACH, ALIGNED = 0.22, 0.8
MARGIN = 3.0  # pixels of the canvas at whose border the matte ends for another reason
HAIR_DEPTH = 0.06  # IOD that hair stands above the skull at the least
_FOREHEAD = 10


@dataclass(frozen=True)
class Outline:
    """Points of the photo's outline. points, normals: (N, 2) pixels and unit directions out of the person.

    bare: (N,) where skin meets the background; elsewhere it is hair, cloth or unknown.
    """

    points: np.ndarray
    normals: np.ndarray
    bare: np.ndarray


@dataclass(frozen=True)
class Pairs:
    """Skin vertices (rows) that belong on a line through points (M, 2) across normals (M, 2)."""

    rows: np.ndarray
    points: np.ndarray
    normals: np.ndarray


def read_outline(region: HairRegion) -> Outline:
    """The matte's half-way line above the collar."""
    canvas = region.canvas
    matte = cv2.GaussianBlur(canvas.matte, (0, 0), 1.0)
    step = round(STEP * CANVAS_IOD)
    lines = [line for line in find_contours(matte, 0.5) if len(line) > 4 * step]
    points = np.concatenate([np.zeros((0, 2)), *(line[::step, ::-1] + 0.5 for line in lines)])
    normals = _outward(cv2.GaussianBlur(matte, (0, 0), 2.0), points)
    middle, _, down = canvas.axes()
    chin = (canvas.landmarks[CHIN] - middle) @ down
    keep = (points - middle) @ down < chin + BELOW_CHIN * CANVAS_IOD
    keep &= _inside_photo(canvas, points)
    points, normals = points[keep], normals[keep]
    inner = points - INSIDE * CANVAS_IOD * normals
    bare = (_sample(region.hair, inner) < BARE) & (_unlike_skin(canvas, inner) < SKIN)
    return Outline(canvas.to_photo(points), normals, bare)


def pair_outline(
    template: Template, posed: np.ndarray, pixels: np.ndarray, eye: np.ndarray, outline: Outline, iod: float
) -> Pairs:
    """Which vertices of a posed head (V, 3), seen at pixels (V, 2) from ``eye``, belong where on the outline.

    Where skin is bare, each point takes the nearest vertex of the head's own outline; elsewhere only a vertex
    that stands out of the hair is pushed back in.
    """
    rim = _rim(template, posed, pixels, eye, iod)
    if len(rim.rows) == 0 or len(outline.points) == 0:
        return Pairs(np.zeros(0, int), np.zeros((0, 2)), np.zeros((0, 2)))
    turn = 0.15 * iod  # a right angle weighs as much as this distance times the root of two
    mine = np.concatenate([rim.points, turn * rim.normals], axis=1)
    theirs = np.concatenate([outline.points, turn * outline.normals], axis=1)
    nearest = np.asarray(KDTree(mine).query(theirs)[1])
    gap = np.einsum("nd,nd->n", outline.points - rim.points[nearest], outline.normals)
    far = np.linalg.norm(outline.points - rim.points[nearest], axis=1)
    aligned = np.einsum("nd,nd->n", outline.normals, rim.normals[nearest])
    fits = (far < REACH * iod) & (aligned > ALIGNED)
    use = fits & outline.bare
    use |= fits & ~outline.bare & (gap < HAIR_DEPTH * iod)
    inward = np.where(outline.bare, 0.0, HAIR_DEPTH * iod)[:, None] * outline.normals
    return Pairs(rim.rows[nearest[use]], (outline.points - inward)[use], outline.normals[use])


def _inside_photo(canvas: Canvas, points: np.ndarray) -> np.ndarray:
    """Points whose surroundings lie in the photo: there the matte ends because the person does."""
    height, width = canvas.shape
    x, y = points.T
    return (np.minimum(x, y) > MARGIN) & (x < width - MARGIN) & (y < height - MARGIN)


def _outward(mask: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Unit directions (N, 2) in which a soft mask falls off at points (N, 2)."""
    slope = np.stack([-_sample(cv2.Sobel(mask, cv2.CV_32F, *d), points) for d in ((1, 0), (0, 1))], axis=1)
    return slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-9)


def _sample(values: np.ndarray, points: np.ndarray) -> np.ndarray:
    return map_coordinates(values, (points - 0.5)[:, ::-1].T, order=1, mode="nearest")


def off_face(canvas: Canvas) -> np.ndarray:
    """How far each pixel's Lab (h, w, 3) is off the face's median, lightness counting a third."""
    blurred = cv2.GaussianBlur(canvas.image, (0, 0), 0.02 * CANVAS_IOD).astype(np.float32) / 255.0
    lab = cv2.cvtColor(blurred, cv2.COLOR_RGB2LAB)
    face = np.zeros(canvas.shape, np.uint8)
    cv2.fillPoly(face, [np.rint(canvas.landmarks[list(FACE_OVAL)]).astype(np.int32)], 1)
    median = np.median(lab[face > 0], axis=0) if face.any() else np.zeros(3)
    return (lab - median) / np.array([3.0, 1.0, 1.0])


def _unlike_skin(canvas: Canvas, points: np.ndarray) -> np.ndarray:
    """Distance in Lab (N,) from the colour of the face."""
    off = off_face(canvas)
    return np.linalg.norm(np.stack([_sample(off[..., k], points) for k in range(3)], axis=1), axis=1)


@dataclass(frozen=True)
class _Rim:
    rows: np.ndarray
    points: np.ndarray
    normals: np.ndarray


@functools.lru_cache(maxsize=2)
def _edges(faces_key: bytes, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Edges (E, 2) that two faces share, and those faces (E, 2)."""
    faces = np.frombuffer(faces_key, np.int32).reshape(shape)
    ends = np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2)
    owner = np.repeat(np.arange(len(faces)), faces.shape[1])
    ends = np.sort(ends, axis=1)
    order = np.lexsort(ends.T)
    ends, owner = ends[order], owner[order]
    twin = np.flatnonzero((ends[1:] == ends[:-1]).all(axis=1))
    return ends[twin], np.stack([owner[twin], owner[twin + 1]], axis=1)


def _rim(template: Template, posed: np.ndarray, pixels: np.ndarray, eye: np.ndarray, iod: float) -> _Rim:
    """The vertices that draw the head's outline against the background, with their directions out of it."""
    faces = np.ascontiguousarray(template.faces[template.region <= 1], np.int32)
    ends, owners = _edges(faces.tobytes(), faces.shape)
    corners = posed[faces]
    across = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    front = np.einsum("fd,fd->f", across, eye - corners.mean(axis=1)) > 0
    turning = front[owners[:, 0]] != front[owners[:, 1]]
    rows = np.unique(ends[turning])
    # The outline proper is what borders on the background in a small picture of the head.
    scale = 40.0 / iod
    low = pixels.min(axis=0) - 4 / scale
    small = (pixels - low) * scale
    size = np.ceil(small.max(axis=0) + 4).astype(int)
    mask = cover(small[faces[front]], (int(size[1]), int(size[0])))
    depth = cv2.distanceTransform(np.pad(mask, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    smooth = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 2.0)
    at = np.clip(np.rint(small[rows]).astype(int), 0, size - 1)
    outer = depth[at[:, 1], at[:, 0]] < 2.0
    rows, at = rows[outer], small[rows[outer]]
    return _Rim(rows, pixels[rows], _outward(smooth, at))
