# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures and videos as surfaces that shine in their own colours, in every engine."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np

from .. import compat
from ..errors import LikenessError
from ..words import tell
from .props import mark_prop

NO_END = 1_000_000  # frames


def load_picture(path: Path) -> bpy.types.Image:
    """An image of a picture or video file, marked as the background's own.

    Raises LikenessError ``picture_unreadable``.
    """
    path = Path(path)
    try:
        image = bpy.data.images.load(str(path), check_existing=False)
    except RuntimeError as error:
        raise _unreadable(path) from error
    if not image.size[0] or not image.size[1]:
        bpy.data.images.remove(image)
        raise _unreadable(path)
    mark_prop(image)
    return image


def _unreadable(path: Path) -> LikenessError:
    return LikenessError(
        "picture_unreadable",
        tell("Blender cannot read the picture {name}.", name=path.name),
        "Choose a PNG, JPEG, EXR or HDR picture, or an MP4, MOV or WebM video.",
    )


def read_picture(image: bpy.types.Image, size: tuple[int, int]) -> np.ndarray | None:
    """(H, W, 3) linear values of a copy of this size (W, H), top row first; None where the picture cannot be read."""
    width, height = image.size
    if not width or not height:
        return None
    flat = np.empty(width * height * image.channels, dtype=np.float32)
    try:
        image.pixels.foreach_get(flat)
    except RuntimeError:
        return None
    pixels = flat.reshape(height, width, image.channels)[::-1, :, :3]
    if pixels.shape[2] < 3:
        pixels = np.repeat(pixels[..., :1], 3, axis=2)
    rows, columns = (np.linspace(0, n, m + 1).astype(int)[:-1] for n, m in ((height, size[1]), (width, size[0])))
    sums = np.add.reduceat(np.add.reduceat(pixels.astype(np.float64), np.unique(rows), 0), np.unique(columns), 1)
    count = np.diff(np.append(np.unique(rows), height))[:, None] * np.diff(np.append(np.unique(columns), width))[None]
    small = sums / count[..., None]
    if not image.is_float and image.colorspace_settings.name != "Non-Color":
        small = np.where(small <= 0.04045, small / 12.92, ((small + 0.055) / 1.055) ** 2.4)
    return np.nan_to_num(small, posinf=1e3).clip(0.0, 1e3)


def picture_material(name: str, image: bpy.types.Image) -> bpy.types.Material:
    """A material that shows an image as it is: light neither brightens nor shades it."""
    material = bpy.data.materials.new(name)
    mark_prop(material)
    compat.dont_light(material)
    tree = compat.use_nodes(material)
    texture = tree.nodes.new("ShaderNodeTexImage")
    texture.image, texture.extension = image, "EXTEND"
    shader = tree.nodes.new("ShaderNodeEmission")
    shader.location = (300, 0)
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    output.location = (550, 0)
    tree.links.new(texture.outputs["Color"], shader.inputs["Color"])
    tree.links.new(shader.outputs["Emission"], output.inputs["Surface"])
    tree.nodes.active = texture  # what Workbench shows
    return material


def play_video(scene: bpy.types.Scene, material: bpy.types.Material, fps: float) -> None:
    """Let a material's video run from the scene's first frame at its own speed, over and over."""
    texture = next(node for node in material.node_tree.nodes if node.type == "TEX_IMAGE")
    user, image = texture.image_user, texture.image
    # What is shown is the frame counted from frame_start plus the offset, which therefore takes the count away again.
    user.frame_start, user.frame_duration, user.use_cyclic = scene.frame_start, NO_END, False
    user.use_auto_refresh = True
    rate = video_fps(Path(bpy.path.abspath(image.filepath))) / fps
    passed = f"(frame - {scene.frame_start})"
    driver = user.driver_add("frame_offset").driver
    driver.type = "SCRIPTED"
    driver.expression = f"fmod(floor({passed} * {rate:.6f} + 0.001), {max(image.frame_duration, 1)}) - {passed}"


def video_fps(path: Path) -> float:
    """Pictures a second of a video file."""
    clip = bpy.data.movieclips.load(str(path))
    try:
        return clip.fps or 25.0
    finally:
        bpy.data.movieclips.remove(clip)
