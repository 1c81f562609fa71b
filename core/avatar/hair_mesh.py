# SPDX-License-Identifier: GPL-3.0-or-later
"""The solid between the hair's depth fields as a mesh: marching cubes, mirrored where the head hides a side."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.sparse as sparse
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.sparse.csgraph import connected_components
from skimage.measure import marching_cubes

from core.avatar.fit import Fit, project
from core.avatar.hair_canvas import Canvas
from core.avatar.hair_fields import EMBED, Fields, distance, extent, to_world

SMOOTH_STEPS = 6
LEAST_PART = 0.03  # smaller pieces of the mesh (share of its vertices) are earrings and crumbs


def reflection(canvas: Canvas, step: float, fit: Fit, middle: float) -> Callable[[np.ndarray], np.ndarray]:
    """Maps points (N, 3), as cell x, cell y, depth in metres, to their mirror images in the plane x = middle.

    step: canvas pixels of a cell.
    """

    def reflect(points: np.ndarray) -> np.ndarray:
        world = to_world(canvas, (points[:, :2] + 0.5) * step, points[:, 2], fit)
        world[:, 0] = 2 * middle - world[:, 0]
        pixels = canvas.from_photo(project(world, fit.rotation, fit.translation, fit.camera))
        depth = world @ fit.rotation[2] + fit.translation[2]
        return np.concatenate([pixels / step - 0.5, depth[:, None]], axis=1)

    return reflect


def mesh_solid(
    fields: Fields,
    front: tuple[np.ndarray, np.ndarray],
    back: np.ndarray,
    reflect: Callable[[np.ndarray], np.ndarray] | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Marching cubes: points (V, 3) as cell x, cell y, depth in metres, and triangles (T, 3) facing outward.

    reflect: of a turned head, whose face hides one side from the camera: that side is the other's mirror image.
    """
    cell, whole = fields.cell, extent(fields)
    rest = whole & ((fields.outline <= 0) | fields.scalp)
    inside = distance(rest) - distance(~rest)
    rest_outline = (inside - 0.5 * np.sign(inside)) * cell
    near = min(np.nanmin(front[0][whole]), np.nanmin(back[whole])) - 4 * cell
    depth = np.arange(near, np.nanmax(back[whole]) + 4 * cell, cell)
    seen = np.minimum(depth - front[0][..., None], fields.outline[..., None])
    unseen = np.minimum(depth - front[1][..., None], rest_outline[..., None])
    field = np.minimum(np.maximum(seen, unseen), back[..., None] - depth)
    field = np.clip(field, -4 * cell, 4 * cell)
    if reflect is not None:
        y, x, z = np.indices(field.shape).reshape(3, -1)
        there = reflect(np.stack([x, y, near + z * cell], axis=1))
        at = np.stack([there[:, 1], there[:, 0], (there[:, 2] - near) / cell])
        mirrored = map_coordinates(field, at, order=1, mode="constant", cval=-4 * cell).reshape(field.shape)
        covered = ~np.isnan(fields.skin_front)
        silhouette = (distance(covered) - 0.5) * cell
        under = np.nan_to_num(fields.skin_front, nan=np.inf) + EMBED
        hidden = np.minimum(depth - under[..., None], silhouette[..., None])
        field = np.maximum(field, np.minimum(mirrored, hidden))
    field = gaussian_filter(np.pad(field, 2, constant_values=-4 * cell), 0.8)
    vertices, triangles, _, _ = marching_cubes(field, 0.0)
    vertices -= 2.0
    points = np.stack([vertices[:, 1], vertices[:, 0], near + vertices[:, 2] * cell], axis=1)
    triangles = _large_parts(triangles.astype(np.int64), len(points))
    points = _relax(points * [cell, cell, 1.0], triangles) / [cell, cell, 1.0]
    return points, triangles


def _large_parts(triangles: np.ndarray, count: int) -> np.ndarray:
    link = sparse.coo_matrix((np.ones(len(triangles)), (triangles[:, 0], triangles[:, 1])), (count, count))
    link += sparse.coo_matrix((np.ones(len(triangles)), (triangles[:, 1], triangles[:, 2])), (count, count))
    _, part = connected_components(link, directed=False)
    return triangles[(np.bincount(part) >= LEAST_PART * count)[part[triangles[:, 0]]]]


def _relax(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Taubin smoothing (1995): removes the voxels' steps, keeps the volume."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    weight = np.ones(len(edges))
    link = sparse.csr_matrix((weight, (edges[:, 0], edges[:, 1])), (len(points),) * 2)
    link = ((link + link.T) > 0).astype(float)
    mean = sparse.diags(1.0 / np.maximum(np.asarray(link.sum(axis=1)).ravel(), 1)) @ link
    for _ in range(SMOOTH_STEPS):
        points = points + 0.5 * (mean @ points - points)
        points = points - 0.53 * (mean @ points - points)
    return points
