# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies turned so that people who talk stand as people do: half towards each other, half open to the camera."""

from __future__ import annotations

import math

import bpy
from mathutils import Matrix, Vector

# Degrees that head and eyes turn by themselves, so that a body stops short of who is looked at: with it two avatars
# side by side turn by 50 degrees each, and a camera before them still sees both faces.
LEFT = 40.0
FORWARD = Vector((0.0, -1.0, 0.0))


def turn_towards(armature: bpy.types.Object, point: Vector, left: float = LEFT) -> float:
    """Turn a body about the vertical through its origin until a point lies ``left`` degrees aside or less.

    Returns the degrees that it turned, positive to the subject's left. Nothing happens where the point is above it.
    """
    place = armature.matrix_world.translation
    ahead = armature.matrix_world.to_3x3() @ FORWARD
    there = Vector(point) - place
    if there.xy.length < 1e-4 or ahead.xy.length < 1e-4:
        return 0.0
    angle = ahead.xy.angle_signed(there.xy) * -1.0  # Blender counts clockwise
    turn = math.copysign(max(abs(angle) - math.radians(left), 0.0), angle)
    if turn:
        about = Matrix.Translation(place) @ Matrix.Rotation(turn, 4, "Z") @ Matrix.Translation(-place)
        armature.matrix_world = about @ armature.matrix_world
    return math.degrees(turn)
