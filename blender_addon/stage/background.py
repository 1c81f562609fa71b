# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands behind a face: a set, a colour, a picture, a video, or a place all around."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from ..errors import LikenessError
from ..words import tell
from .backdrop import place_backdrop, remove_backdrop
from .face import Face, join_faces
from .matching import BACKDROP, WEIGHTS
from .picture import load_picture, picture_material, play_video, read_picture
from .pieces import STAGE, ensure_piece
from .props import clear_props, dim_props, hide_from_light, mark_prop
from .screen import clear_screen
from .sets import SETS, STUDIO, build_set
from .studio import set_view
from .world import colored_world, picture_world, plain_world

CARD = "card"
DISTANCE = 2.2  # metres from the face to a card: far enough that depth of field softens it
SPARE = 1.04  # how much larger than what the camera sees a card is
BLURRED = (96, 48)  # pixels of a panorama that is shown blurred
SEEN = 0.22  # mean luminance with which a panorama is shown


def set_background(
    scene: bpy.types.Scene, background: Mapping[str, Any], faces: Sequence[Face], fps: float = 25.0
) -> None:
    """Put one background behind faces; what the one before brought goes.

    background, one of: ``{"set": name}`` of `SETS`; ``{"color": "#rrggbb"}``, exactly that colour in the picture;
    ``{"picture": file}`` or ``{"video": file}`` on a card that fills what the scene's camera sees;
    ``{"hdri": file, "blur": bool}``, which lights as well. The camera is placed before, else `fit_card` is called
    after. A ``plate`` is the renderer's: here it only clears the stage.

    Raises LikenessError: ``background_unknown``, ``picture_unreadable``.
    """
    kind = next((kind for kind in KINDS if background.get(kind)), None)
    if kind is None:
        raise LikenessError(
            "background_unknown",
            "This background says nothing that can be shown.",
            tell("Say one of {names}.", names=", ".join(KINDS)),
        )
    clear_background(scene)
    KINDS[kind](scene, background, join_faces(faces), fps)
    dim_props(scene)
    set_view(scene)


def clear_background(scene: bpy.types.Scene) -> None:
    """An empty stage: nothing of any background is left, the studio's sweep included."""
    clear_screen(scene)
    plain_world(scene)
    remove_backdrop(scene)
    clear_props(scene)


def fit_card(scene: bpy.types.Scene) -> None:
    """Make a picture's card as large as what the camera sees in all frames; nothing where no card stands."""
    card = next((obj for obj in scene.objects if obj.get(STAGE) == CARD), None)
    if card is None or scene.camera is None:
        return
    image = next(n.image for n in card.data.materials[0].node_tree.nodes if n.type == "TEX_IMAGE")
    frames = sorted({scene.frame_start, (scene.frame_start + scene.frame_end) // 2, scene.frame_end})
    before, views = scene.frame_current, []
    if scene.camera.animation_data is None and not scene.camera.constraints and scene.camera.parent is None:
        for layer in scene.view_layers:
            layer.update()
        views.append(scene.camera.matrix_world.copy())
    else:
        for frame in frames:
            scene.frame_set(frame)
            views.append(scene.camera.matrix_world.copy())
        scene.frame_set(before)
    _place_card(scene, card, image, views)


def _place_card(scene: bpy.types.Scene, card: bpy.types.Object, image: bpy.types.Image, views: Sequence[Any]) -> None:
    ahead = sum((view.to_3x3() @ Vector((0, 0, -1)) for view in views), Vector()).normalized()
    ahead = Vector((ahead.x, ahead.y, 0.0)).normalized()  # upright, whatever the camera's pitch
    aside, up = Vector((ahead.y, -ahead.x, 0.0)), Vector((0, 0, 1))
    focus = Vector(card["likeness_face"]) + DISTANCE * ahead
    seen = []
    for view in views:
        eye = view.translation
        for corner in scene.camera.data.view_frame(scene=scene):
            ray = view.to_3x3() @ corner
            steep = ray.dot(ahead)
            if steep > 1e-4:
                hit = eye + ray * ((focus - eye).dot(ahead) / steep) - focus
                seen.append((hit.dot(aside), hit.dot(up)))
    (left, low), (right, high) = np.min(seen, axis=0), np.max(seen, axis=0)
    scale = SPARE * max((right - left) / image.size[0], (high - low) / image.size[1])
    card.location = focus + aside * float(left + right) / 2 + up * float(low + high) / 2
    card.rotation_euler = (0.0, 0.0, math.atan2(-ahead.x, ahead.y))
    card.scale = (scale * image.size[0], 1.0, scale * image.size[1])


def _set_room(scene: bpy.types.Scene, background: Mapping[str, Any], face: Face, fps: float) -> None:
    name = str(background["set"])
    if name not in SETS:
        raise LikenessError(
            "background_unknown",
            tell("There is no set {name}.", name=name),
            tell("Choose from {names}.", names=", ".join(SETS)),
        )
    if name == STUDIO:
        place_backdrop(scene, face)
    else:
        build_set(scene, name, face)


def _set_color(scene: bpy.types.Scene, background: Mapping[str, Any], face: Face, fps: float) -> None:
    colored_world(scene, read_color(str(background["color"])))


def _set_picture(scene: bpy.types.Scene, background: Mapping[str, Any], face: Face, fps: float) -> None:
    path = Path(background.get("picture") or background["video"])
    image = load_picture(path)
    image[BACKDROP] = True

    def make(name: str) -> bpy.types.Mesh:
        mesh = bpy.data.meshes.new(name)
        mesh.from_pydata([(-0.5, 0, -0.5), (0.5, 0, -0.5), (0.5, 0, 0.5), (-0.5, 0, 0.5)], [], [(0, 1, 2, 3)])
        mesh.uv_layers.new(name="UVMap").data.foreach_set("uv", [0, 0, 1, 0, 1, 1, 0, 1])
        mesh.materials.append(picture_material(name, image))
        mark_prop(mesh)
        return mesh

    card = ensure_piece(scene, CARD, make)
    mark_prop(card)
    card["likeness_face"] = face.centre
    hide_from_light(card)
    if image.source == "MOVIE":
        play_video(scene, card.data.materials[0], fps)
    card.location = (face.centre.x, face.centre.y + DISTANCE, face.eyes.z)
    card.scale = (3.0, 1.0, 3.0 * image.size[1] / image.size[0])
    fit_card(scene)


def _set_hdri(scene: bpy.types.Scene, background: Mapping[str, Any], face: Face, fps: float) -> None:
    image = load_picture(Path(background["hdri"]))
    pixels = read_picture(image, BLURRED)
    above = np.cos((np.arange(pixels.shape[0]) + 0.5) / pixels.shape[0] * math.pi - math.pi / 2)[:, None]
    light = pixels @ WEIGHTS
    mean = max(float((light * above).sum() / (above.sum() * light.shape[1])), 1e-4)
    usual = max(float(np.median(light)), 0.3 * mean)
    seen = _blur(image, pixels) if background.get("blur") else image
    picture_world(scene, seen, image, mean, min(max(SEEN / usual, 0.1), 4.0))


def _blur(image: bpy.types.Image, pixels: np.ndarray) -> bpy.types.Image:
    """A small picture of all directions, smoothed around its ends too."""
    for _ in range(3):
        pixels = (np.roll(pixels, 1, 1) + 2 * pixels + np.roll(pixels, -1, 1)) / 4
        padded = np.concatenate([pixels[:1], pixels, pixels[-1:]])
        pixels = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    height, width = pixels.shape[:2]
    small = bpy.data.images.new(f"{image.name} blurred", width, height, float_buffer=True)
    small.pixels.foreach_set(np.dstack([pixels, np.ones((height, width))])[::-1].astype(np.float32).ravel())
    small.pack()
    mark_prop(small)
    return small


def _set_plate(scene: bpy.types.Scene, background: Mapping[str, Any], face: Face, fps: float) -> None:
    """The renderer puts the plate behind what is rendered."""


def read_color(text: str) -> tuple[float, float, float]:
    """Linear RGB of ``#rrggbb``. Raises LikenessError ``background_unknown``."""
    digits = text.strip().lstrip("#")
    try:
        if len(digits) != 6:
            raise ValueError
        parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    except ValueError:
        raise LikenessError(
            "background_unknown", tell("{text} is no colour.", text=text), "Write it as #00b140."
        ) from None
    return tuple(p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)


KINDS: dict[str, Callable[[bpy.types.Scene, Mapping[str, Any], Face, float], None]] = {
    "set": _set_room,
    "color": _set_color,
    "picture": _set_picture,
    "video": _set_picture,
    "hdri": _set_hdri,
    "plate": _set_plate,
}
