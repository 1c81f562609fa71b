# SPDX-License-Identifier: GPL-3.0-or-later
"""A quick picture of an avatar in even light, without Blender: what the avatar's own scores are measured on.

Rays against the meshes (Embree), the textures as they are, darkened by how much of the sky is hidden; light that goes
back and forth in a hollow is counted in as in light.py. Alpha is composited front to back. Subdivision, gloss and
scattering are left out, so Blender's picture is finer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from core.avatar.framing import View
from core.avatar.keys import key_values
from core.avatar.parts import Material, PartMesh
from core.avatar.rays import RayScene, open_sky, triangle_faces, triangulate, vertex_normals
from core.avatar.store import Avatar
from core.colour import to_linear, to_srgb
from core.sampling import sample

LAYERS = 6  # surfaces along one ray that are looked through
OPAQUE = 0.98
CLEAR_KINDS = ("cornea",)  # seen by its reflections only, of which even light has none
SOLID_KINDS = ("skin", "mouth", "eye", "teeth", "tongue")  # what hides the sky from others
SKY_RAYS, SHADE_BLUR = 8, 1.0  # of each pixel; pixels over which their shade is averaged
SKY_REACH, SKIN_DEEP = 0.25, 4e-4  # metres from which on nothing shades any more, and where the rays start
MASK_RANGE = (0.08, 0.75)  # alpha as the add-on's materials stretch it


@dataclass(frozen=True)
class _Surface:
    """All meshes as one soup of triangles."""

    positions: np.ndarray
    triangles: np.ndarray
    normals: np.ndarray
    uv: np.ndarray  # (T, 3, 2)
    material: np.ndarray  # (T,) index into materials
    materials: Sequence[Material]


def posed_meshes(avatar: Avatar, expression: Mapping[str, float]) -> list[np.ndarray]:
    """Positions (V, 3) of every mesh under channel values, by the avatar's own drivers."""
    posed = []
    for mesh in avatar.meshes:
        positions = mesh.positions.astype(np.float64)
        for key, weight in key_values(avatar.drivers, mesh.keys, expression).items():
            if abs(weight) > 1e-6:
                positions = positions + weight * mesh.keys[key]
        posed.append(positions)
    return posed


class Studio:
    """The avatar whose meshes lie at ``positions``, ready for pictures from all around."""

    def __init__(self, avatar: Avatar, positions: Sequence[np.ndarray]) -> None:
        self._surface = _join(avatar, positions)
        kinds = [material.kind in SOLID_KINDS for material in avatar.materials]
        solid = np.array(kinds)[self._surface.material]
        self._scene = RayScene(self._surface.positions, self._surface.triangles)
        self._sky = RayScene(self._surface.positions, self._surface.triangles[solid])

    def render(self, view: View) -> np.ndarray:
        """Picture (size, size, 4) uint8 sRGB with alpha."""
        return _render(self._surface, self._scene, self._sky, view)


def render(avatar: Avatar, view: View, positions: Sequence[np.ndarray]) -> np.ndarray:
    """Picture (size, size, 4) uint8 sRGB with alpha of the avatar whose meshes lie at ``positions``."""
    return Studio(avatar, positions).render(view)


def _render(surface: _Surface, scene: RayScene, sky: RayScene, view: View) -> np.ndarray:
    grid = (np.stack(np.meshgrid(np.arange(view.size), np.arange(view.size)), axis=-1) + 0.5).reshape(-1, 2)
    local = np.concatenate([(grid - [view.cx, view.cy]) / view.focal, np.ones((len(grid), 1))], axis=1)
    directions = local @ view.rotation
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    origins = np.tile(-view.rotation.T @ view.translation, (len(grid), 1))

    colour, left = np.zeros((len(grid), 3)), np.ones(len(grid))
    active = np.arange(len(grid))
    for _ in range(LAYERS):
        hits = scene.cast(origins[active], directions[active])
        met = hits.triangle >= 0
        active, triangle, weights = active[met], hits.triangle[met], hits.barycentric[met]
        if not len(active):
            break
        points = origins[active] + hits.distance[met, None] * directions[active]
        albedo, alpha = _look_up(surface, triangle, weights)
        lit = alpha > 0.01
        shade = np.ones(len(active))
        shade[lit] = _open_sky(surface, sky, points[lit], directions[active[lit]], triangle[lit], weights[lit])
        open_share = _smooth(shade, active, view.size)[:, None]
        kept = np.maximum(1 - albedo * (1 - open_share), 1e-6)  # 0 where white lies in the dark
        colour[active] += (left[active] * alpha)[:, None] * albedo * open_share / kept
        left[active] *= 1 - alpha
        origins[active] = points + 2e-5 * directions[active]
        active = active[left[active] > 1 - OPAQUE]
    alpha = 1 - left
    straight = colour / np.maximum(alpha, 1e-6)[:, None]
    picture = np.concatenate([to_srgb(straight), (alpha * 255 + 0.5).astype(np.uint8)[:, None]], axis=1)
    return picture.reshape(view.size, view.size, 4)


def over(picture: np.ndarray, grey: int = 128) -> np.ndarray:
    """The picture (H, W, 4) on an even grey, (H, W, 3) uint8."""
    alpha = picture[..., 3:].astype(np.float32) / 255
    return (picture[..., :3] * alpha + grey * (1 - alpha) + 0.5).astype(np.uint8)


def _join(avatar: Avatar, positions: Sequence[np.ndarray]) -> _Surface:
    number = {material.name: k for k, material in enumerate(avatar.materials)}
    kind = {material.name: material.kind for material in avatar.materials}
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]] = []
    first = 0
    for mesh, where in zip(avatar.meshes, positions, strict=True):
        if all(kind[name] in CLEAR_KINDS for name in mesh.materials):
            continue
        triangles = triangulate(mesh.faces)
        material = np.array([number[name] for name in mesh.materials])[mesh.material]
        parts.append(
            (where, triangles + first, vertex_normals(where, triangles), _corner_uv(mesh),
             material[triangle_faces(mesh.faces)])
        )  # fmt: skip
        first += len(where)
    joined = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return _Surface(*joined, materials=avatar.materials)


def _corner_uv(mesh: PartMesh) -> np.ndarray:
    """UV (T, 3, 2) of the triangles that `triangulate` gives."""
    both = np.stack([mesh.uv[:, [0, 1, 2]], mesh.uv[:, [0, 2, 3]]], axis=1)
    keep = np.stack([np.ones(len(mesh.faces), bool), mesh.faces[:, 3] >= 0], axis=1)
    return both[keep]


def _look_up(surface: _Surface, triangle: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Linear albedo (N, 3) and alpha (N,) under hits."""
    albedo, alpha = np.zeros((len(triangle), 3)), np.ones(len(triangle))
    uv = np.einsum("nk,nkd->nd", weights, surface.uv[triangle])
    for index, material in enumerate(surface.materials):
        here = np.flatnonzero(surface.material[triangle] == index)
        if not len(here):
            continue
        if material.image is None:
            albedo[here] = material.color
            continue
        height, width = material.image.shape[:2]
        at = uv[here] * [width, -height] + [0, height]
        found = sample(material.image, at)
        albedo[here] = to_linear(found[:, :3])
        if found.shape[1] == 4:
            low, high = MASK_RANGE
            alpha[here] = np.clip((found[:, 3] / 255 - low) / (high - low), 0, 1)
    return albedo, alpha


def _smooth(shade: np.ndarray, pixels: np.ndarray, size: int) -> np.ndarray:
    """Shade (N,) of pixels (N,) averaged with their neighbours': few rays leave noise, which the identity network
    takes for another skin."""
    picture, known = np.zeros((2, size * size), np.float32)
    picture[pixels], known[pixels] = shade, 1.0
    sums, weights = (
        cv2.GaussianBlur(layer.reshape(size, size), (0, 0), SHADE_BLUR).ravel() for layer in (picture, known)
    )
    return sums[pixels] / weights[pixels]


def _open_sky(
    surface: _Surface, sky: RayScene, points: np.ndarray, directions: np.ndarray, triangle: np.ndarray,
    weights: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Cosine-weighted share (N,) of the sky that each point sees, by few rays whose pattern turns from point to
    point: noise, which the eye and the network average, instead of hard steps."""
    normals = np.einsum("nk,nkd->nd", weights, surface.normals[surface.triangles[triangle]])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    normals *= np.where(np.einsum("nd,nd->n", normals, directions) > 0, -1.0, 1.0)[:, None]
    start = 2 * np.pi * np.random.default_rng(0).random((len(points), 1))
    return open_sky(sky, points, normals, rays=SKY_RAYS, reach=SKY_REACH, lift=SKIN_DEEP, start=start)
