# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of a mesh's vertices as a picture in its texture coordinates."""

from __future__ import annotations

import bpy
import numpy as np


def mesh_points(mesh: bpy.types.Mesh) -> np.ndarray:
    """(V, 3) positions at rest."""
    points = np.empty(3 * len(mesh.vertices), dtype=np.float32)
    mesh.vertices.foreach_get("co", points)
    return points.reshape(-1, 3).astype(np.float64)


def mesh_triangles(mesh: bpy.types.Mesh) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Triangles: vertices (T, 3), texture coordinates (T, 3, 2) and slots (T,)."""
    mesh.calc_loop_triangles()
    count = len(mesh.loop_triangles)
    loops, vertices, slots = (np.empty(n * count, dtype=np.int32) for n in (3, 3, 1))
    mesh.loop_triangles.foreach_get("loops", loops)
    mesh.loop_triangles.foreach_get("vertices", vertices)
    mesh.loop_triangles.foreach_get("material_index", slots)
    uv = np.empty(2 * len(mesh.loops), dtype=np.float32)
    mesh.uv_layers.active.uv.foreach_get("vector", uv)
    return vertices.reshape(-1, 3), uv.reshape(-1, 2)[loops].reshape(-1, 3, 2), slots


def paint_values(vertices: np.ndarray, uv: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    """(size, size, C) values (V, C) spread over triangles, bottom row first; NaN where no triangle lies."""
    picture = np.full((size * size, values.shape[1]), np.nan, dtype=np.float32)
    corners, values = (uv * size).astype(np.float32), values.astype(np.float32)
    longest = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    # Triangles of like size are filled with the same points, less than a pixel apart.
    levels = np.maximum(np.ceil(longest * 1.3), 2.0)
    steps = np.ceil(np.log(levels) / np.log(1.25)).astype(int)
    for step in np.unique(steps):
        level, some = int(np.ceil(1.25**step)), np.flatnonzero(steps == step)
        i, j = np.meshgrid(np.arange(level + 1), np.arange(level + 1), indexing="ij")
        inside = i + j <= level
        a, b = i[inside] / level, j[inside] / level
        weights = np.stack([1 - a - b, a, b], axis=1).astype(np.float32)  # (P, 3)
        for part in np.array_split(some, len(some) * len(weights) // 1_000_000 + 1):
            places = np.matmul(weights[None], corners[part]).reshape(-1, 2)
            spread = np.matmul(weights[None], values[vertices[part]]).reshape(-1, values.shape[1])
            x, y = np.clip(places.astype(np.int32), 0, size - 1).T
            picture[y * size + x] = spread
    return picture.reshape(size, size, -1)


def ring_numbers(vertices: np.ndarray, slots: np.ndarray, skin: int, hole: int, count: int, total: int) -> np.ndarray:
    """(V,) how many rings of vertices away from a hole's border skin lies; NaN beyond ``count``."""
    ring = np.full(total, np.nan)
    faces = vertices[slots == skin]
    border = np.intersect1d(vertices[slots == hole], faces)
    ring[border] = 0
    reached = np.zeros(total, bool)
    reached[border] = True
    for number in range(1, count + 1):
        new = np.unique(faces[reached[faces].any(axis=1)])
        new = new[~reached[new]]
        ring[new], reached[new] = number, True
    return ring
