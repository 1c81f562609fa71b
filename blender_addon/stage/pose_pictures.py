# SPDX-License-Identifier: GPL-3.0-or-later
"""Small pictures of a face in a pose, for the asset browser."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Vector

from ..errors import LikenessError
from ..rig import rig_parts
from .face import Face, measure_face
from .studio import WORKBENCH_LIGHT

# What of the face is seen, in eye distances: its height, and how far its middle lies below the eyes.
HEIGHT = 3.6
BELOW = 0.45
# Of a whole head, in eye distances: what is seen above the hair, and below the eyes.
AIR, NECK = 0.25, 2.7


def take_pictures(
    armature: bpy.types.Object, poses: dict[str, Callable[[], None]], size: int, head: bool = False
) -> Iterator[tuple[str, np.ndarray]]:
    """Name and picture (size * size * 4,) float32 RGBA of the rig after each call; the rig's own scene is not touched.

    head: hair and neck are seen too, not the face alone.

    Raises LikenessError ``render_failed`` where this computer draws nothing.
    """
    with _small_scene(armature, measure_face(armature), size, head) as scene, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.png"
        scene.render.filepath = str(path)
        for name, pose in poses.items():
            pose()
            bpy.ops.render.render(scene=scene.name, write_still=True)
            if not path.is_file():
                raise LikenessError("render_failed", "This computer drew no picture.", "Make the assets without.")
            yield name, _read(path)


def _read(path: Path) -> np.ndarray:
    image = bpy.data.images.load(str(path), check_existing=False)
    try:
        pixels = np.empty(len(image.pixels), dtype=np.float32)
        image.pixels.foreach_get(pixels)
        return pixels
    finally:
        bpy.data.images.remove(image)


@contextmanager
def _small_scene(armature: bpy.types.Object, face: Face, size: int, head: bool) -> Iterator[bpy.types.Scene]:
    """A scene of nothing but the rig, in the plain look of the 3D View, gone afterwards."""
    scene = bpy.data.scenes.new("Likeness Pictures")
    camera = bpy.data.objects.new("Likeness Pictures", bpy.data.cameras.new("Likeness Pictures"))
    try:
        for obj in (armature, camera, *rig_parts(armature).values()):
            scene.collection.objects.link(obj)
        render = scene.render
        render.engine, render.film_transparent = "BLENDER_WORKBENCH", True
        render.resolution_x = render.resolution_y = size
        render.resolution_percentage = 100
        render.use_simplify, render.simplify_subdivision_render = True, 0  # subdividing took nine tenths of the time
        scene.display.render_aa = "5"
        scene.display.shading.color_type = "TEXTURE"
        scene.display.shading.studio_light = WORKBENCH_LIGHT
        scene.view_settings.view_transform = "Standard"
        height, below = HEIGHT * face.span, BELOW * face.span
        if head:
            height = face.top - face.eyes.z + (AIR + NECK) * face.span
            below = height / 2 - (face.top - face.eyes.z + AIR * face.span)
        camera.data.type, camera.data.ortho_scale = "ORTHO", height
        # Where the avatar faces, also when its body was turned: before it and upright.
        ahead = armature.matrix_world.to_3x3() @ Vector((0.0, -1.0, 0.0))
        turn = Matrix.Rotation(math.atan2(ahead.x, -ahead.y), 4, "Z")
        place = face.eyes + turn @ Vector((0.0, -1.0, -below))
        camera.matrix_world = Matrix.Translation(place) @ turn @ Matrix.Rotation(math.pi / 2, 4, "X")
        scene.camera = camera
        yield scene
    finally:
        bpy.data.batch_remove([camera.data, scene])
