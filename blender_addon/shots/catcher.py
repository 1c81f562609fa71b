# SPDX-License-Identifier: GPL-3.0-or-later
"""Planes that nobody sees but for the shadows on them, for pictures that lie before something real."""

from __future__ import annotations

import math

import bpy
from mathutils import Matrix

from ..stage.face import Face
from ..stage.pieces import ensure_piece

FLOOR, WALL = "shadow floor", "shadow wall"
HALF = 4.0  # metres from the middle to the edge
EYES = 1.6  # metres over the floor


def catch_shadows(scene: bpy.types.Scene, face: Face, engine: str, wall: float | None = None) -> str:
    """Stand the floor under a face, and with ``wall`` a wall so many metres behind it; returns what has to be told.

    Only Cycles renders shadows without what they fall on. With other engines there are none: EEVEE can turn what it
    has lit into transparency by a material, but that is not the shadow that this light casts.
    """
    places = {FLOOR: Matrix.Translation((face.centre.x, face.centre.y, face.eyes.z - EYES))}
    if wall is not None:
        behind = Matrix.Translation((face.centre.x, face.centre.y + wall, face.eyes.z))
        places[WALL] = behind @ Matrix.Rotation(math.pi / 2, 4, "X")
    remove_catchers(scene)
    if engine != "cycles":
        return "Shadows on what is real behind are rendered by Cycles only." if wall is not None else ""
    for piece, place in places.items():
        plane = ensure_piece(scene, piece, _make_plane)
        plane.matrix_world, plane.is_shadow_catcher = place, True
        plane.visible_glossy = plane.visible_diffuse = False
    return ""


def remove_catchers(scene: bpy.types.Scene) -> None:
    """Take the planes away."""
    for obj in [obj for obj in scene.objects if obj.get("likeness_stage") in (FLOOR, WALL)]:
        mesh = obj.data
        bpy.data.objects.remove(obj)
        bpy.data.meshes.remove(mesh)


def _make_plane(name: str) -> bpy.types.Mesh:
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([(-HALF, -HALF, 0), (HALF, -HALF, 0), (HALF, HALF, 0), (-HALF, HALF, 0)], [], [(0, 1, 2, 3)])
    return mesh
