# SPDX-License-Identifier: GPL-3.0-or-later
"""The photo over the 3D view, in the frame of its own camera.

The picture goes to the graphics card once; a redraw reads no file and no pixel of Blender's.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader

from .. import compat
from ..errors import LikenessError
from ..words import tell
from .camera import rig_camera
from .placement import ORIENTATIONS, TURNED, PhotoCamera, left_part, photo_corners
from .source import photo_hash, read_orientation

COMPARED = "likeness_compared"  # custom property of the photo's camera: the rig
LARGEST = 2048  # pixels of the photo's longer side that are kept
TRIANGLES = ((0, 1, 2), (0, 2, 3))
LINE, LINE_COLOR = 2.0, (1.0, 1.0, 1.0, 0.8)  # pixels; where the wipe ends


@dataclass(frozen=True)
class Overlay:
    """A photo as it can be drawn: its texture, its EXIF orientation, its camera."""

    texture: gpu.types.GPUTexture
    orientation: int
    seen: PhotoCamera


_overlays: dict[str, Overlay] = {}  # by the photo's sha256
_handle: object | None = None


def load_overlay(armature: bpy.types.Object, path: Path) -> Overlay:
    """Bring a rig's photo to the graphics card; nothing of it stays in the file.

    Raises LikenessError ``photo_unreadable``, ``camera_unknown``.
    """
    sha256 = photo_hash(armature)
    if sha256 not in _overlays:
        seen = rig_camera(armature)
        if seen is None:
            message = tell(
                "{name} was built by an older version, which did not keep the photo's camera.", name=armature.name
            )
            raise LikenessError("camera_unknown", message, "Build the avatar again from its photo.")
        orientation = read_orientation(path.read_bytes())
        texture = _load_texture(path, (seen.height, seen.width) if orientation in TURNED else (seen.width, seen.height))
        _overlays.clear()  # one photo is enough to keep
        _overlays[sha256] = Overlay(texture, orientation, seen)
    return _overlays[sha256]


def draw_photo(overlay: Overlay, corners: np.ndarray, opacity: float, share: float = 1.0) -> None:
    """Draw the left share (0..1) of a photo between four corners (4, 2), in pixels of what is drawn to."""
    places = left_part(np.array(ORIENTATIONS[overlay.orientation], np.float64), share)
    shader = gpu.shader.from_builtin(compat.picture_shader())
    pixels = [(*place, 0.0) for place in left_part(corners, share)]
    batch = batch_for_shader(shader, "TRIS", {"pos": pixels, "texCoord": places.tolist()}, indices=TRIANGLES)
    gpu.state.depth_test_set("NONE")  # left on by a render, in background
    gpu.state.blend_set("ALPHA")
    shader.uniform_sampler("image", overlay.texture)
    shader.uniform_float("color", (1.0, 1.0, 1.0, opacity))
    batch.draw(shader)
    gpu.state.blend_set("NONE")


def shown_corners(context: bpy.types.Context, armature: bpy.types.Object) -> np.ndarray | None:
    """(4, 2) pixels of the photo's corners in the region, None where this view looks through another camera."""
    view, region, seen = context.space_data, context.region, rig_camera(armature)
    camera = view.camera if view is not None and view.type == "VIEW_3D" else None
    if camera is None or COMPARED not in camera or seen is None:
        return None
    if context.region_data is None or context.region_data.view_perspective != "CAMERA":
        return None
    matrices = (np.array(camera.matrix_world), np.array(context.region_data.perspective_matrix))
    return photo_corners(seen, *matrices, (region.width, region.height))


def find_comparison(scene: bpy.types.Scene) -> bpy.types.Object | None:
    """The photo's camera through which an avatar of this scene is compared."""
    return next((obj for obj in scene.objects if COMPARED in obj), None)


def begin_drawing() -> None:
    """Draw the photo in every view that looks through its camera, from the next redraw on."""
    global _handle
    if _handle is None and not bpy.app.background:
        _handle = bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL")


def end_drawing() -> None:
    """Draw no photo any more, and give the graphics card its memory back."""
    global _handle
    if _handle is not None:
        bpy.types.SpaceView3D.draw_handler_remove(_handle, "WINDOW")
        _handle = None
    _overlays.clear()


def _draw() -> None:
    context = bpy.context
    camera = find_comparison(context.scene)
    armature = camera.parent if camera is not None else None
    overlay = _overlays.get(photo_hash(armature)) if armature is not None else None
    corners = shown_corners(context, armature) if overlay is not None else None
    if corners is None:
        return
    look = context.scene.likeness.comparison
    if look.kind == "WIPE":
        draw_photo(overlay, corners, 1.0, look.wipe)
        _draw_line(corners, look.wipe)
    else:
        draw_photo(overlay, corners, look.opacity)


def _draw_line(corners: np.ndarray, share: float) -> None:
    _, low, high, _ = left_part(corners, share)
    aside = np.array((LINE / 2, 0.0))
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    places = [(*place, 0.0) for place in (low - aside, low + aside, high + aside, high - aside)]
    batch = batch_for_shader(shader, "TRIS", {"pos": places}, indices=TRIANGLES)
    gpu.state.blend_set("ALPHA")
    shader.uniform_float("color", LINE_COLOR)
    batch.draw(shader)
    gpu.state.blend_set("NONE")


def _load_texture(path: Path, size: tuple[int, int]) -> gpu.types.GPUTexture:
    """The file as a texture of at most LARGEST pixels a side. size: that the core found, which tells how it lies."""
    try:
        image = bpy.data.images.load(str(path), check_existing=False)
    except RuntimeError as error:
        raise _unreadable(path, tell("Blender cannot read it")) from error
    try:
        width, height = image.size
        if not width or not height:
            raise _unreadable(path, tell("Blender cannot read it"))
        if abs(width * size[1] - height * size[0]) > max(size) * 2:
            raise _unreadable(
                path,
                tell(
                    "Blender reads {width} by {height} pixels instead of {w} by {h}",
                    width=width,
                    height=height,
                    w=size[0],
                    h=size[1],
                ),
            )
        scale = min(1.0, LARGEST / max(width, height))
        if scale < 1.0:
            image.scale(max(round(width * scale), 1), max(round(height * scale), 1))
        return gpu.texture.from_image(image)
    finally:
        bpy.data.images.remove(image)


def _unreadable(path: Path, why: str) -> LikenessError:
    message = tell("The photo {name} cannot be shown: {why}.", name=path.name, why=why)
    return LikenessError("photo_unreadable", message, "Save it upright as PNG or JPEG, and build the avatar from that.")
