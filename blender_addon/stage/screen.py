# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures that a set's screen shows, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from .. import compat
from ..errors import LikenessError
from .picture import load_picture, picture_material
from .pieces import STAGE
from .props import HEIGHT, SCREEN, WIDTH, hide_from_light, mark_prop

SLIDE = "likeness_slide"  # on what shows one picture: which one, from 0
AHEAD = 0.0015  # metres from the screen to the picture on it


def find_screen(scene: bpy.types.Scene) -> bpy.types.Object | None:
    """The screen of the set that stands, if it has one."""
    return next((obj for obj in scene.objects if obj.get(STAGE) == SCREEN), None)


def set_screen(scene: bpy.types.Scene, pictures: Sequence[Mapping[str, Any]], fps: float) -> list[bpy.types.Object]:
    """Show pictures on the set's screen, each from its ``start`` to its ``end``; what it showed before goes.

    pictures: ``{"picture": file, "start", "end"}``, seconds from the scene's first frame; end may be None for the rest.
    Each keeps its proportions. Where pictures overlap the later one is seen.

    Raises LikenessError: ``screen_missing``, ``picture_unreadable``.
    """
    clear_screen(scene)
    screen = find_screen(scene)
    if not pictures:
        return []
    if screen is None:
        raise LikenessError(
            "screen_missing", "This background has no screen to show a picture on.", "Choose the background desk."
        )
    return [_show(scene, screen, number, entry, fps) for number, entry in enumerate(pictures)]


def clear_screen(scene: bpy.types.Scene) -> None:
    """Take away the pictures of the set's screen."""
    for obj in [obj for obj in scene.objects if SLIDE in obj]:
        mesh, action = obj.data, obj.animation_data.action if obj.animation_data else None
        material = mesh.materials[0]
        image = next(node.image for node in material.node_tree.nodes if node.type == "TEX_IMAGE")
        bpy.data.objects.remove(obj)
        for block, blocks in (
            (mesh, bpy.data.meshes),
            (material, bpy.data.materials),
            (image, bpy.data.images),
            (action, bpy.data.actions),
        ):
            if block is not None and not block.users:
                blocks.remove(block)


def screen_corners(scene: bpy.types.Scene) -> np.ndarray:
    """(P, 3) the corners of all pictures on the set's screen, in the world."""
    bpy.context.view_layer.update()
    place = find_screen(scene).matrix_world  # what is not seen yet has no place of its own
    slides = [obj for obj in scene.objects if SLIDE in obj]
    return np.array([place @ (obj.location + corner.co) for obj in slides for corner in obj.data.vertices])


def _show(
    scene: bpy.types.Scene, screen: bpy.types.Object, number: int, entry: Mapping[str, Any], fps: float
) -> bpy.types.Object:
    image = load_picture(Path(entry["picture"]))
    width, height = screen[WIDTH], screen[HEIGHT]
    scale = min(width / image.size[0], height / image.size[1])
    x, z = image.size[0] * scale / 2, image.size[1] * scale / 2
    name = f"Screen picture {number + 1}"
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([(-x, 0, -z), (x, 0, -z), (x, 0, z), (-x, 0, z)], [], [(0, 1, 2, 3)])
    layer = mesh.uv_layers.new(name="UVMap")
    layer.data.foreach_set("uv", [0, 0, 1, 0, 1, 1, 0, 1])
    mesh.materials.append(picture_material(name, image))
    mark_prop(mesh)
    obj = bpy.data.objects.new(name, mesh)
    mark_prop(obj)
    obj[SLIDE] = number
    obj.parent = screen
    obj.location = (0.0, -AHEAD * (number + 1), 0.0)
    hide_from_light(obj)
    screen.users_collection[0].objects.link(obj)
    first = scene.frame_start + round(float(entry["start"]) * fps)
    last = None if entry.get("end") is None else scene.frame_start + round(float(entry["end"]) * fps)
    _appear(obj, first, last, scene.frame_start)
    return obj


def _appear(obj: bpy.types.Object, first: int, end: int | None, start: int) -> None:
    """Key an object so that it is seen from one frame until before another."""
    keys = {start - 1: True, first: False, **({} if end is None else {end: True})}
    for path in ("hide_render", "hide_viewport"):
        for frame, value in keys.items():
            setattr(obj, path, value)
            obj.keyframe_insert(path, frame=frame)
    mark_prop(obj.animation_data.action)
    for curve in compat.slot_curves(compat.played_slot(obj.animation_data)):
        for point in curve.keyframe_points:
            point.interpolation = "CONSTANT"
