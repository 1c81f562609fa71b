# SPDX-License-Identifier: GPL-3.0-or-later
"""Lay the skin flat: where each corner of its faces lies on the texture, and what lies under each texel.

The head's chart is opened along its back and laid on a rounded square by a convex embedding (Tutte, How to draw a
graph, 1963; Floater, 1997): the outline on the square, every other vertex at a weighted mean of its neighbours,
which with positive weights cannot fold. The weights are then relaxed until every face has the area that its
importance asks for (after Yoshizawa, Belyaev, Seidel, A fast and simple stretch-minimizing mesh
parameterization, 2004). Nothing need match across the cut: completion.py fills over the mesh, not over the map.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import splu
from scipy.spatial import KDTree

from core.avatar.landmarks import load_landmark_points
from core.avatar.rays import triangulate
from core.avatar.template import Template, load_template

HEAD_CHART, BODY_CHART = 0, 1
MARGIN = 0.01  # of the map's side, left free about a chart
# How densely the map is spent on a surface by its distance from the face (metres); 1 inside the face's oval.
# Chosen so that the oval gets just over the wanted 0.4 of the map with its holes (eyes, mouth) taken off.
IMPORTANCE = ((0.008, 0.025, 0.06, 0.12), (1.0, 0.62, 0.24, 0.1))
ROUNDS, STEP = 9, 0.7
SQUARENESS = 8.0  # exponent of the superellipse on which the outline lies
# How far along half the outline (0 bottom's middle, 1 and 3 corners, 4 top's middle) the throat, the neck's side,
# the nape and the crown lie.
OUTLINE = (0.0, 1.0, 1.6, 4.0)


@dataclass(frozen=True)
class Texels:
    """The surface under each texel of a square map, row 0 at v = 1.

    covered: (N*N,) bool; the rest (K, 3) at covered texels: vertex rows int32, barycentric weights float32.
    A texel whose centre lies just outside the chart belongs to the nearest face: a gutter of one texel.
    """

    size: int
    covered: np.ndarray
    corners: np.ndarray
    weights: np.ndarray

    def on(self, values: np.ndarray) -> np.ndarray:
        """Per-vertex values (V, D) at the covered texels (K, D) float32."""
        mixing = self._mixing
        return mixing @ np.ascontiguousarray(values[: int(self.corners.max()) + 1], np.float32)

    def spread(self, values: np.ndarray) -> np.ndarray:
        """(K, C) to a picture (N, N, C), 0 elsewhere."""
        picture = np.zeros((self.size * self.size, values.shape[1]), np.float32)
        picture[self.covered] = values
        return picture.reshape(self.size, self.size, -1)

    def carry_on(self, picture: np.ndarray) -> np.ndarray:
        """The picture (N, N, C) with the nearest covered texel's value wherever no surface lies."""
        return picture.reshape(self.size * self.size, -1).take(self._nearest, axis=0).reshape(picture.shape)

    def paint(self, values: np.ndarray) -> np.ndarray:
        """Per-vertex values (V, D) as a picture (N, N, D), or (V,) as (N, N), carried on past the chart's edge."""
        if values.ndim == 1:
            return self.paint(values[:, None])[..., 0]
        return self.carry_on(self.spread(self.on(values)))

    @functools.cached_property
    def _mixing(self) -> csr_matrix:
        """(K, rows that occur): the barycentric weights."""
        count = len(self.corners)
        return csr_matrix((self.weights.ravel(), self.corners.ravel(), np.arange(0, 3 * count + 1, 3)))

    @functools.cached_property
    def _nearest(self) -> np.ndarray:
        """Flat index (N*N,) of the nearest covered texel."""
        bare = ~self.covered.reshape(self.size, self.size)
        nearest = np.asarray(distance_transform_edt(bare, return_distances=False, return_indices=True))
        return (nearest[0] * self.size + nearest[1]).ravel()

    def gather(self, picture: np.ndarray, weight: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Weighted means (V, C) of a picture (N, N, C) about each of ``count`` vertices, and the mean weight (V,)."""
        nearest = self.corners[np.arange(len(self.corners)), self.weights.argmax(axis=1)]
        w = weight.reshape(-1)[self.covered].astype(np.float64)
        values = picture.reshape(len(self.covered), -1)[self.covered]
        sums = np.stack([np.bincount(nearest, w * values[:, k], count) for k in range(values.shape[1])], axis=1)
        total = np.bincount(nearest, w, count)
        return sums / np.maximum(total, 1e-9)[:, None], total / np.maximum(np.bincount(nearest, minlength=count), 1)


def unwrap(template: Template) -> np.ndarray:
    """UV (F, 4, 2) per corner: the head chart symmetric about u = 0.5, the body chart, the rest as they are."""
    uv = template.uv[template.uv_faces].astype(np.float64)
    head, body = template.region == HEAD_CHART, template.region == BODY_CHART
    uv[head] = _lay_head()
    flat = uv[body].reshape(-1, 2)
    low, high = flat.min(axis=0), flat.max(axis=0)
    uv[body] = MARGIN + (1 - 2 * MARGIN) * (uv[body] - low) / (high - low)
    return uv


def rasterise(template: Template, uv: np.ndarray, chart: int, size: int) -> Texels:
    """The texels of one of the template's charts; uv: (F, 4, 2) of all its faces."""
    faces = template.region == chart
    return rasterise_faces(template.faces[faces], uv[faces], size)


@functools.lru_cache(maxsize=4)
def chart_texels(chart: int, size: int) -> Texels:
    """The texels of one of the charts of `unwrap`, which is every head's: once a process."""
    template = load_template()
    return rasterise(template, unwrap(template), chart, size)


def rasterise_faces(faces: np.ndarray, uv: np.ndarray, size: int) -> Texels:
    """Which point of quads (F, 4) with uv (F, 4, 2) lies under the centre of each texel."""
    triangles = triangulate(np.arange(4 * len(faces)).reshape(-1, 4))
    at = uv.reshape(-1, 2)[triangles] * [size, -size] + [-0.5, size - 0.5]  # texel centres at integers
    owner = np.full((size, size), -1, np.int32)
    for row, corners in enumerate(np.round(at * 256).astype(np.int32)):
        cv2.fillConvexPoly(owner, corners, row, lineType=cv2.LINE_8, shift=8)
    covered = owner.reshape(-1) >= 0
    mine = owner.reshape(-1)[covered]
    # Barycentric weights are affine in the texel's place.
    affine = np.linalg.inv(np.concatenate([at, np.ones((*at.shape[:2], 1))], axis=2)).transpose(0, 2, 1)
    y, x = (grid.astype(np.float32) for grid in np.divmod(np.flatnonzero(covered), size))
    rows = affine.astype(np.float32)[mine]
    weights = rows[..., 0] * x[:, None] + rows[..., 1] * y[:, None] + rows[..., 2]
    weights = np.clip(weights, 0, 1)
    weights /= weights.sum(axis=1, keepdims=True)
    vertices = faces.reshape(-1)[triangles].astype(np.int32)
    return Texels(size, covered, vertices[mine], weights)


@functools.lru_cache(maxsize=1)
def _lay_head() -> np.ndarray:
    """UV (F_head, 4, 2) of the head chart's corners. The template never changes: once a process."""
    template = load_template()
    quads = template.faces[template.region == HEAD_CHART]
    rows = np.unique(quads)
    points = template.positions[rows]
    corners, points, side = _cut(np.searchsorted(rows, quads), points)
    loops = _border_loops(corners)
    border = loops[0]
    uv = np.zeros((len(points), 2))
    uv[border] = _on_square(points[border])
    # Both diagonals of each quad, lest the choice of one tip the chart to a side; a fan closes each hole.
    triangles = [corners[:, k] for k in ([0, 1, 2], [0, 2, 3], [1, 2, 3], [1, 3, 0])]
    for loop in loops[1:]:
        fan = np.stack([loop, np.roll(loop, -1), np.full(len(loop), len(points))], axis=1)
        points = np.concatenate([points, points[loop].mean(axis=0)[None]])
        triangles += [fan, fan]
    uv = np.pad(uv, ((0, len(points) - len(uv)), (0, 0)))
    triangles = np.concatenate(triangles)
    wanted = _areas(points, triangles) * _importance(template, points)[triangles].mean(axis=1)
    wanted /= wanted.sum()
    stiffness, cotangents = np.ones(len(triangles)), _cotangents(points, triangles)
    inner = np.setdiff1d(np.arange(len(points)), border)
    for _ in range(ROUNDS):
        uv[inner] = _embed(triangles, cotangents * stiffness[:, None], uv, inner, border)
        areas = _areas(np.pad(uv, ((0, 0), (0, 1))), triangles)
        stiffness *= np.clip(areas / areas.sum() / wanted, 0.05, 20.0) ** STEP
    uv = uv[: len(side)]
    uv = (uv + uv[_mirrored(points[: len(side)], side)] * [-1.0, 1.0]) / 2
    return (0.5 + (0.5 - MARGIN) * uv)[corners]


def _cut(quads: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Open the head along its back, from the nape to the crown.

    Returns corners (F, 4) into points (n, 3), which hold each vertex of the cut twice, and side (n,): 1 the
    subject's left, -1 the right, 0 the middle of the face.
    """
    crown = points[:, 2].argmax()
    seam = np.flatnonzero((np.abs(points[:, 0]) < 1e-6) & (points[:, 1] > points[crown, 1] + 1e-6))
    copy = np.arange(len(points))
    copy[seam] = len(points) + np.arange(len(seam))
    right = points[quads][..., 0].mean(axis=1) < 0
    side = np.concatenate([np.sign(np.round(points[:, 0], 6)), np.full(len(seam), -1.0)])
    side[seam] = 1
    return np.where(right[:, None], copy[quads], quads), np.concatenate([points, points[seam]]), side


def _border_loops(quads: np.ndarray) -> list[np.ndarray]:
    """Loops of vertices along edges with one face, the longest first: the outline, then mouth and eyes."""
    edges = np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)])
    _, first, count = np.unique(np.sort(edges, axis=1), axis=0, return_index=True, return_counts=True)
    onward = dict(edges[first[count == 1]].tolist())
    loops = []
    while onward:
        loop = [next(iter(onward))]
        while loop[-1] in onward:
            loop.append(onward.pop(loop[-1]))
        loops.append(np.array(loop[:-1]))
    return sorted(loops, key=len, reverse=True)


def _on_square(points: np.ndarray) -> np.ndarray:
    """Places (B, 2) in -1..1 of the outline (B, 3, in order): throat at the bottom, crown at the top."""
    throat, crown = points[:, 1].argmin(), points[:, 2].argmax()
    uv = np.zeros((len(points), 2))
    for way in (1, -1):
        half = np.arange(throat, throat + way * len(points), way) % len(points)
        half = half[: int(np.flatnonzero(half == crown)[0]) + 1]
        gaps = np.linalg.norm(np.diff(points[half], axis=0), axis=1)
        side = int(points[half, 2][: len(half) // 2].argmax())
        nape = int(np.flatnonzero(np.abs(points[half, 0]) > 1e-6)[-1]) + 1
        length = np.concatenate([[0], np.cumsum(gaps)])
        walked = np.interp(length, length[[0, side, nape, -1]], OUTLINE)
        x = np.interp(walked, (0, 1, 3, 4), (0, 1, 1, 0)) * np.sign(points[half[side], 0])
        y = np.interp(walked, (0, 1, 3, 4), (-1, -1, 1, 1))
        radius = (np.abs(x) ** SQUARENESS + np.abs(y) ** SQUARENESS) ** (-1 / SQUARENESS)
        uv[half] = np.stack([x, y], axis=1) * radius[:, None]
    return uv


def _mirrored(points: np.ndarray, side: np.ndarray) -> np.ndarray:
    """Row (n,) of each point's mirror image; of the two copies along the cut the one on the other side."""
    there = np.column_stack([points * [-1.0, 1.0, 1.0], -side])
    return np.asarray(KDTree(np.column_stack([points, side])).query(there)[1])


def _importance(template: Template, points: np.ndarray) -> np.ndarray:
    """How densely the map is spent on each vertex (V,)."""
    marks = load_landmark_points()
    face = marks.on(template.positions)
    away = KDTree(face).query(points)[0]
    return np.interp(away, *IMPORTANCE)


def _cotangents(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Cotangent (T, 3) of each corner's angle, kept positive so that the embedding cannot fold."""
    corners = points[triangles]
    out = np.empty((len(triangles), 3))
    for k in range(3):
        a, b = corners[:, (k + 1) % 3] - corners[:, k], corners[:, (k + 2) % 3] - corners[:, k]
        cross = np.linalg.norm(np.cross(a, b), axis=1)
        out[:, k] = np.einsum("td,td->t", a, b) / np.maximum(cross, 1e-12)
    return np.clip(out, 0.05, 20.0)


def _areas(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    a, b, c = (points[triangles[:, k]] for k in range(3))
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


def _embed(
    triangles: np.ndarray, weights: np.ndarray, uv: np.ndarray, inner: np.ndarray, border: np.ndarray
) -> np.ndarray:
    """Places (I, 2) of the inner vertices at the weighted means of their neighbours."""
    a, b = triangles[:, [1, 2, 0]].ravel(), triangles[:, [2, 0, 1]].ravel()
    w = weights.ravel()
    n = len(uv)
    links = csr_matrix((np.r_[w, w], (np.r_[a, b], np.r_[b, a])), (n, n))
    laplacian = -links + csr_matrix((np.asarray(links.sum(axis=1)).ravel(), (np.arange(n), np.arange(n))), (n, n))
    right = -laplacian[inner][:, border] @ uv[border]
    return splu(laplacian[inner][:, inner].tocsc()).solve(right)
