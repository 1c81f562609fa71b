# SPDX-License-Identifier: GPL-3.0-or-later
"""Ray casting against triangle meshes with Intel's Embree: what a camera sees, what is hidden."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from embreex import rtcore_scene
from embreex.mesh_construction import TriangleMesh


@dataclass(frozen=True)
class Hits:
    """What N rays met: triangle (N,) or -1, barycentric (N, 3), distance (N,) along the unit ray or inf."""

    triangle: np.ndarray
    barycentric: np.ndarray
    distance: np.ndarray


class RayScene:
    """A triangle mesh that can be asked what rays hit. positions (V, 3), triangles (T, 3)."""

    def __init__(self, positions: np.ndarray, triangles: np.ndarray) -> None:
        # Cython modules carry no types.
        self._scene = rtcore_scene.EmbreeScene(robust=True)  # type: ignore[attr-defined]
        # Embree's wrapper copies vertices one by one: only those that are used.
        used = np.zeros(len(positions), bool)
        used[triangles] = True
        self._mesh = TriangleMesh(
            self._scene,
            np.ascontiguousarray(positions[used], np.float32),
            np.ascontiguousarray((np.cumsum(used) - 1)[triangles], np.int32),
        )

    def cast(self, origins: np.ndarray, directions: np.ndarray) -> Hits:
        """First hit of each ray; origins and unit directions (N, 3)."""
        out = self._scene.run(
            np.ascontiguousarray(origins, np.float32), np.ascontiguousarray(directions, np.float32), output=1
        )
        triangle = out["primID"].astype(np.int64)
        u, v = out["u"].astype(np.float64), out["v"].astype(np.float64)
        missed = triangle < 0
        distance = np.where(missed, np.inf, out["tfar"].astype(np.float64))
        return Hits(triangle, np.stack([1 - u - v, u, v], axis=1), distance)


GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))  # turns that spread any number of rays evenly over a disc


def open_sky(
    scene: RayScene,
    points: np.ndarray,
    normals: np.ndarray,
    *,
    rays: int,
    reach: float,
    lift: float,
    start: np.ndarray | float = 0.0,
) -> np.ndarray:
    """Share (N,) 0..1 of the sky, weighted by the cosine, that points (N, 3) with unit normals see past the scene.

    reach: metres from which on nothing hides it; lift: metres over the surface from which the rays start; start:
    radians, or (N, 1), by which each point's pattern is turned.
    """
    helper = np.where(np.abs(normals[:, :1]) > 0.8, [[0.0, 1.0, 0.0]], [[1.0, 0.0, 0.0]])
    side = np.cross(normals, helper)
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
    other = np.cross(normals, side)
    seen = np.zeros(len(points))
    for k in range(rays):
        radius, turn = np.sqrt((k + 0.5) / rays), start + GOLDEN_ANGLE * k
        ray = radius * (np.cos(turn) * side + np.sin(turn) * other) + np.sqrt(1 - radius**2) * normals
        seen += scene.cast(points + lift * normals, ray).distance > reach
    return seen / rays


def triangulate(faces: np.ndarray) -> np.ndarray:
    """Triangles (T, 3) of faces (F, 4) whose last column is -1 for a triangle; quads give two in a row."""
    quads = faces[:, 3] >= 0
    both = np.stack([faces[:, [0, 1, 2]], faces[:, [0, 2, 3]]], axis=1)
    keep = np.stack([np.ones(len(faces), bool), quads], axis=1)
    return both[keep]


def triangle_faces(faces: np.ndarray) -> np.ndarray:
    """Face index of every triangle that `triangulate` gives."""
    return np.repeat(np.arange(len(faces)), np.where(faces[:, 3] >= 0, 2, 1))


def vertex_normals(positions: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Area-weighted unit normals (V, 3)."""
    corners = positions[triangles]
    face = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(positions)
    for k in range(3):
        np.add.at(normals, triangles[:, k], face)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
