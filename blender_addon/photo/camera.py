# SPDX-License-Identifier: GPL-3.0-or-later
"""A camera of Blender's where the photo was taken, and views that look through it."""

from __future__ import annotations

import json
from collections.abc import Iterable

import bpy
from mathutils import Matrix

from .placement import PhotoCamera, make_camera

SENSOR = 36.0  # mm
CAMERA_RECORD = "likeness_camera"  # custom property of a rig: ``camera`` of avatar.json as JSON


def rig_camera(armature: bpy.types.Object) -> PhotoCamera | None:
    """The camera of the photo that a rig was built from, None where the rig does not know it."""
    try:
        return make_camera(json.loads(armature.get(CAMERA_RECORD, "")))
    except (KeyError, TypeError, ValueError):
        return None


def stand_camera(scene: bpy.types.Scene, camera: bpy.types.Object, seen: PhotoCamera) -> None:
    """Stand a camera that hangs on the rig where the photo was taken; the photo fits into the frame of this scene."""
    flip = Matrix(((1, 0, 0), (0, -1, 0), (0, 0, -1)))
    matrix = (Matrix(seen.rotation.T.tolist()) @ flip).to_4x4()
    matrix.translation = (-seen.rotation.T @ seen.translation).tolist()
    camera.matrix_parent_inverse.identity()
    camera.matrix_basis = matrix
    render = scene.render
    across = render.resolution_x * render.pixel_aspect_x
    down = render.resolution_y * render.pixel_aspect_y
    longer = max(across, down)
    camera.data.sensor_fit, camera.data.sensor_width = "AUTO", SENSOR
    camera.data.lens = SENSOR * seen.focal / max(seen.width * longer / across, seen.height * longer / down)
    camera.data.clip_start = 0.01


def all_views(context: bpy.types.Context) -> list[bpy.types.SpaceView3D]:
    """Every 3D view that is open."""
    windows = context.window_manager.windows
    return [area.spaces.active for w in windows for area in w.screen.areas if area.type == "VIEW_3D"]


def look_through(views: Iterable[bpy.types.SpaceView3D], camera: bpy.types.Object) -> None:
    """Let views show what a camera sees; the scene keeps its own camera."""
    for view in views:
        view.use_local_camera, view.camera = True, camera
        view.region_3d.view_perspective = "CAMERA"


def look_away(views: Iterable[bpy.types.SpaceView3D], mark: str) -> None:
    """Let views that look through a camera with this custom property look from where they stand again."""
    for view in views:
        if view.use_local_camera and view.camera is not None and mark in view.camera:
            view.use_local_camera = False
            view.region_3d.view_perspective = "PERSP"
