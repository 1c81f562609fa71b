# SPDX-License-Identifier: GPL-3.0-or-later
"""A small picture of the face at the current frame: drawn like a 3D view where there is one, else rendered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy
import gpu
import numpy as np
from mathutils import Matrix

from .face import measure_face
from .pose_pictures import BELOW, HEIGHT, face_camera, take_pictures

COSTLY = ("MATERIAL", "RENDERED")  # kinds of shading that are left for the plain one


def draws_in_software() -> bool:
    """Whether this computer has no graphics card, so that a picture takes tenths of a second (llvmpipe: 0.3 s)."""
    return gpu.platform.device_type_get() == "SOFTWARE"


def render_face(armature: bpy.types.Object, size: int) -> np.ndarray:
    """(size * size * 4,) float32 RGBA by Workbench. Raises LikenessError ``render_failed``."""
    return next(iter(dict(take_pictures(armature, {"take": lambda: None}, size)).values()))


def draw_face(context: bpy.types.Context, armature: bpy.types.Object, size: int) -> np.ndarray | None:
    """The same by the drawing of a 3D view that is open, without its overlays; None where there is none."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D" and window.scene == context.scene:
                region = next(region for region in area.regions if region.type == "WINDOW")
                return _draw(window, area.spaces.active, region, armature, size)
    return None


def _draw(
    window: bpy.types.Window,
    view: bpy.types.SpaceView3D,
    region: bpy.types.Region,
    armature: bpy.types.Object,
    size: int,
) -> np.ndarray:
    face = measure_face(armature)
    half = HEIGHT * face.span / 2
    # Orthographic, from 10 m before the plane of the camera to 10 m behind it.
    projection = Matrix.Diagonal((1 / half, 1 / half, -0.1, 1.0))
    target = gpu.types.GPUOffScreen(size, size)
    try:
        with _plain(view):
            target.draw_view3d(
                window.scene,
                window.view_layer,
                view,
                region,
                face_camera(armature, face, BELOW * face.span).inverted(),
                projection,
                do_color_management=True,
            )
        with target.bind():
            pixels = gpu.state.active_framebuffer_get().read_color(0, 0, size, size, 4, 0, "FLOAT")
        pixels.dimensions = size * size * 4
        return np.array(pixels, np.float32)
    finally:
        target.free()


@contextmanager
def _plain(view: bpy.types.SpaceView3D) -> Iterator[None]:
    """A view without overlays inside, in the person's own look where that is cheap: it is compiled already."""
    shading, overlay = view.shading, view.overlay
    kind, shown, gizmos = shading.type, overlay.show_overlays, view.show_gizmo
    try:
        if kind in COSTLY:
            shading.type = "SOLID"
        overlay.show_overlays = view.show_gizmo = False
        yield
    finally:
        if shading.type != kind:
            shading.type = kind
        overlay.show_overlays, view.show_gizmo = shown, gizmos
