# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the channels of a performance land on the armature."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

# Rotation channel -> (bone, index of the local Euler axis, sign). All bones point up with roll 0, their local
# z forward, so pitch up is -x, yaw to the subject's left +y, leaning to the subject's left -z, which lowers a left
# shoulder.
ROTATIONS: dict[str, tuple[str, int, int]] = {
    channel + turn: (bone, axis, sign)
    for channel, bone in (
        ("chest", "chest"),
        ("neck", "neck"),
        ("head", "head"),
        ("eyeLeft", "eye_left"),
        ("eyeRight", "eye_right"),
    )
    for turn, axis, sign in (("Pitch", 0, -1), ("Yaw", 1, 1), ("Roll", 2, -1))
} | {"shoulderLeftLift": ("shoulder_left", 2, 1), "shoulderRightLift": ("shoulder_right", 2, -1)}
# What counts as the whole range of a rotation (radians): what a head does in talk, about ±14°.
ROTATION_RANGE = 0.5


@dataclass(frozen=True)
class Target:
    """Where a channel lands on the armature object. span: the size of its full range."""

    path: str
    index: int
    sign: int
    group: str
    span: float


def find_target(armature: bpy.types.Object, channel: str) -> Target | None:
    """The property or the bone's axis that a channel animates, or None where this rig has none."""
    if channel in ROTATIONS:
        bone, axis, sign = ROTATIONS[channel]
        if bone in armature.pose.bones:
            return Target(f'pose.bones["{bone}"].rotation_euler', axis, sign, bone, ROTATION_RANGE)
        return None
    return Target(f'["{channel}"]', 0, 1, "Channels", 1.0) if channel in armature else None
