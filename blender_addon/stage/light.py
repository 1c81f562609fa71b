# SPDX-License-Identifier: GPL-3.0-or-later
"""Soft portrait light: three areas around the head."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import bpy
from mathutils import Vector

from .. import compat
from ..rig.surface import DIMNESS
from .face import Face
from .pieces import ensure_piece

# Metres aside that a single head with its hair may reach.
ONE_FACE = 0.2
LEAST_DIMNESS = 0.02  # of which a scene is told


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


def place_lamps(scene: bpy.types.Scene, face: Face, lamps: Mapping[str, Lamp] = LAMPS) -> dict[str, bpy.types.Object]:
    """Put lamps around a face, or around what several reach together; lamps that stand already are moved there."""
    _dim_glow(scene, lamps)
    return {name: _place_lamp(scene, name, lamp, face) for name, lamp in lamps.items()}


def _dim_glow(scene: bpy.types.Scene, lamps: Mapping[str, Lamp]) -> None:
    """Tell the scene what light these lamps lack of the studio's: teeth must not glow in a dark scene."""
    light, usual = _front_light(lamps), _front_light(LAMPS)
    dimness = [min(max(1.0 - lit / whole, 0.0), 1.0) for lit, whole in zip(light, usual, strict=True)]
    if max(dimness) > LEAST_DIMNESS:
        scene[DIMNESS] = dimness
    elif DIMNESS in scene:
        del scene[DIMNESS]


def _front_light(lamps: Mapping[str, Lamp]) -> Vector:
    """What of red, green and blue comes to a face from lamps before it."""
    front = [lamp for lamp in lamps.values() if abs(lamp.azimuth) < 90.0]
    return sum((lamp.watts / lamp.distance**2 * Vector(lamp.color) for lamp in front), Vector())


def _place_lamp(scene: bpy.types.Scene, name: str, lamp: Lamp, face: Face) -> bpy.types.Object:
    obj = ensure_piece(scene, name, lambda title: bpy.data.lights.new(title, "AREA"))
    direction = lamp_direction(lamp.azimuth, lamp.elevation)
    # Faces far apart are lit from further away by a lamp as much larger and stronger, so that both get the same.
    scale = 1.0 + max(face.half_width - ONE_FACE, 0.0) / lamp.distance
    obj.location = face.eyes + scale * lamp.distance * direction
    obj.rotation_euler = direction.to_track_quat("Z", "Y").to_euler()
    light = obj.data
    light.shape, light.size, light.energy, light.color = (
        "SQUARE",
        scale * lamp.size,
        scale**2 * lamp.watts,
        lamp.color,
    )
    compat.sharpen_contact(light)
    return obj


def lamp_direction(azimuth: float, elevation: float) -> Vector:
    """From the eyes towards a lamp; degrees as of `Lamp`."""
    around, above = math.radians(azimuth), math.radians(elevation)
    return Vector((math.sin(around) * math.cos(above), -math.cos(around) * math.cos(above), math.sin(above)))
