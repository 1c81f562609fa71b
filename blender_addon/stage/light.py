# SPDX-License-Identifier: GPL-3.0-or-later
"""Soft portrait light: three areas around the head and an even world."""

from __future__ import annotations

import math
from dataclasses import dataclass

import bpy
from mathutils import Vector

from .. import compat
from .face import Face
from .pieces import STAGE, ensure_piece


@dataclass(frozen=True)
class Lamp:
    """One square area light that looks at the face.

    azimuth: degrees from straight in front, positive to the subject's left; elevation: degrees above the
    eyes; distance and size in metres; watts; color linear RGB.
    """

    azimuth: float
    elevation: float
    distance: float
    size: float
    watts: float
    color: tuple[float, float, float]


# A big warm key from above; a bigger, cooler fill from below the other side, which opens the shadows under brow,
# nose and lip and reaches into an open mouth; a rim from behind that parts the hair from the backdrop.
LAMPS: dict[str, Lamp] = {
    "key": Lamp(-38.0, 28.0, 1.5, 0.9, 21.0, (1.0, 0.96, 0.91)),
    "fill": Lamp(30.0, -12.0, 1.6, 1.2, 15.0, (0.93, 0.96, 1.0)),
    "rim": Lamp(150.0, 40.0, 1.3, 0.5, 11.0, (1.0, 0.97, 0.94)),
}
WORLD_COLOR = (0.88, 0.92, 1.0)
WORLD_STRENGTH = 0.28


def place_lamps(scene: bpy.types.Scene, face: Face) -> dict[str, bpy.types.Object]:
    """Put the three lamps around a face; lamps that stand already are moved there."""
    return {name: _place_lamp(scene, name, lamp, face) for name, lamp in LAMPS.items()}


def _place_lamp(scene: bpy.types.Scene, name: str, lamp: Lamp, face: Face) -> bpy.types.Object:
    obj = ensure_piece(scene, name, lambda title: bpy.data.lights.new(title, "AREA"))
    azimuth, elevation = math.radians(lamp.azimuth), math.radians(lamp.elevation)
    direction = Vector(
        (
            math.sin(azimuth) * math.cos(elevation),
            -math.cos(azimuth) * math.cos(elevation),
            math.sin(elevation),
        )
    )
    obj.location = face.eyes + lamp.distance * direction
    obj.rotation_euler = direction.to_track_quat("Z", "Y").to_euler()
    light = obj.data
    light.shape, light.size, light.energy, light.color = "SQUARE", lamp.size, lamp.watts, lamp.color
    return obj


def light_world(scene: bpy.types.Scene) -> None:
    """Give the scene the studio's even, slightly cool world; the world it had stays in the file."""
    world = next((world for world in bpy.data.worlds if STAGE in world), None)
    if world is None:
        world = bpy.data.worlds.new("Studio world")
        world[STAGE] = "world"
        tree = compat.use_nodes(world)
        background = tree.nodes.new("ShaderNodeBackground")
        background.inputs["Color"].default_value = (*WORLD_COLOR, 1.0)
        background.inputs["Strength"].default_value = WORLD_STRENGTH
        output = tree.nodes.new("ShaderNodeOutputWorld")
        output.location = (250, 0)
        tree.links.new(background.outputs["Background"], output.inputs["Surface"])
        world.color = tuple(WORLD_STRENGTH * part for part in WORLD_COLOR)
    if scene.world is not None and scene.world != world:
        scene.world.use_fake_user = True
    scene.world = world
