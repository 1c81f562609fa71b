# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture or video of a real place behind the performers, seen by the camera that took it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from .. import compat
from ..errors import LikenessError
from ..stage.matching import BACKDROP
from ..stage.picture import load_picture, video_fps
from ..words import tell
from .camera import Plate
from .framing import SENSOR

PLATE = "likeness_plate"  # on nodes, images and objects that belong to a plate
NAME = "Plate"


def read_plate(background: Mapping[str, Any] | None, size: tuple[int, int]) -> Plate | None:
    """The camera of a background that is a plate; None of any other.

    horizon: degrees by which it looked up (negative: down). lens: millimetres on a sensor 36 mm along the plate's
    longer side. Raises LikenessError ``picture_unreadable``, ``request_invalid``.
    """
    if not background or not background.get("plate"):
        return None
    lens, horizon = background.get("lens"), background.get("horizon")
    try:
        pitch, lens = math.radians(float(horizon or 0.0)), None if lens is None else float(lens)
    except (TypeError, ValueError) as error:
        raise _unusable() from error
    if abs(pitch) > math.radians(60) or (lens is not None and not 5.0 <= lens <= 1000.0):
        raise _unusable()
    if lens is None:
        return Plate(pitch)
    image = load_picture(Path(background["plate"]))
    try:
        return Plate(pitch, fit_lens(lens, tuple(image.size), size))
    finally:
        bpy.data.images.remove(image)


def fit_lens(lens: float, plate: tuple[int, int], size: tuple[int, int]) -> float:
    """The lens with which a picture of a size sees what is seen of a plate that fills it; millimetres.

    lens: of the plate's camera, by the plate's longer side.
    """
    enlarged = max(size[0] / plate[0], size[1] / plate[1])
    return lens / SENSOR * max(plate) * enlarged / max(size) * SENSOR


def show_plate(scene: bpy.types.Scene, background: Mapping[str, Any] | None, behind: bool) -> None:
    """Take the last plate away, and load this one, which light may be matched to; behind: put it into the picture.

    The film look is put on afterwards. Raises LikenessError ``picture_unreadable``.
    """
    _remove(scene)
    if not background or not background.get("plate"):
        return
    path = Path(background["plate"])
    image = load_picture(path)
    if image.source != "MOVIE":
        image = _fitted(image, (scene.render.resolution_x, scene.render.resolution_y))
    image[BACKDROP] = image[PLATE] = True
    if behind:
        _compose(scene, image, path)
    else:
        image.use_fake_user = True


def _compose(scene: bpy.types.Scene, image: bpy.types.Image, path: Path) -> None:
    tree = compat.compositor_tree(scene)
    if tree is None:
        tree = compat.make_compositor(scene, NAME)
        tree[PLATE] = True
    target = compat.compositor_output(tree)
    source = target.links[0].from_socket
    behind, before, result = compat.put_over(tree)
    picture = tree.nodes.new("CompositorNodeImage")
    picture.image = image
    fill = compat.scale_to_render(tree, fill=True)
    tree.links.new(picture.outputs["Image"], fill.inputs["Image"])
    tree.links.new(fill.outputs["Image"], behind)
    tree.links.new(source, before)
    tree.links.new(result, target)
    for node in (picture, fill, result.node):
        node.name = node.label = f"{NAME} {node.bl_label}"
    if image.source == "MOVIE":
        picture.frame_start, picture.frame_duration = scene.frame_start, max(image.frame_duration, 1)
        picture.use_cyclic = picture.use_auto_refresh = True
        rate = video_fps(path) / (scene.render.fps / scene.render.fps_base)
        if abs(rate - 1.0) > 1e-3:
            driver = picture.driver_add("frame_offset").driver
            driver.type = "SCRIPTED"
            driver.expression = f"floor((frame - {scene.frame_start}) * {rate - 1.0:.6f} + 0.5)"


def _remove(scene: bpy.types.Scene) -> None:
    tree = compat.compositor_tree(scene)
    if tree is not None and PLATE in tree:
        del tree[PLATE]
        compat.remove_compositor(scene)
    for image in [image for image in bpy.data.images if PLATE in image]:
        bpy.data.images.remove(image)


def _fitted(image: bpy.types.Image, size: tuple[int, int]) -> bpy.types.Image:
    """A still plate cut to the picture's format and averaged down to its size: the compositor only takes points."""
    width, height = image.size
    if max(size[0] / width, size[1] / height) >= 1.0 or image.is_float:
        return image
    pixels = np.empty(width * height * image.channels, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(height, width, image.channels)[..., :3]
    enlarged = max(size[0] / width, size[1] / height)
    across, down = round(size[0] / enlarged), round(size[1] / enlarged)
    left, low = (width - across) // 2, (height - down) // 2
    cut = pixels[low : low + down, left : left + across]
    small = _average(_average(cut, size[1], 0), size[0], 1)
    made = bpy.data.images.new(image.name, *size, alpha=False)
    filled = np.ones((size[1], size[0], 4), dtype=np.float32)
    filled[..., :3] = small
    made.pixels.foreach_set(filled.ravel())
    made.update()
    bpy.data.images.remove(image)
    return made


def _average(pixels: np.ndarray, count: int, axis: int) -> np.ndarray:
    """Rows or columns averaged into fewer, each over as much as it covers."""
    length = pixels.shape[axis]
    sums = np.concatenate(
        [np.zeros_like(pixels.take([0], axis), dtype=np.float64), np.cumsum(pixels, axis, np.float64)], axis
    )
    edges = np.linspace(0, length, count + 1)
    whole = np.minimum(edges.astype(int), length - 1)
    rest = (edges - whole).reshape([-1 if n == axis else 1 for n in range(pixels.ndim)])
    at = sums.take(whole, axis) * (1 - rest) + sums.take(whole + 1, axis) * rest
    return (np.diff(at, axis=axis) * count / length).astype(np.float32)


def _unusable() -> LikenessError:
    return LikenessError(
        "request_invalid",
        tell("The camera of the background plate cannot be used."),
        "Give its horizon as degrees between -60 and 60 and its lens as millimetres between 5 and 1000.",
    )
