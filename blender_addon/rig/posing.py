# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions and visemes put onto a rig, its pose mirrored, set back and keyed."""

from __future__ import annotations

import bpy

from .board import PREFIX
from .manual import (
    Control,
    bone_control,
    channel_control,
    channel_names,
    key_seen,
    read_control,
    rig_controls,
    write_own,
    write_seen,
)
from .poses import Pose

SIDES = (("Left", "Right"), ("_left", "_right"))
# Turn of a bone -> local Euler axis and sign: all bones point up, their local z forward (docs/architecture.md).
TURNS = {"Pitch": (0, -1), "Yaw": (1, 1), "Roll": (2, -1)}
TURNED = {"head": ("head",), "gaze": ("eye_left", "eye_right")}
# Under the mirror x of places, and y and z of rotations, change their sign.
MIRRORED = {"location": (-1, 1, 1), "rotation_euler": (1, -1, -1)}
# What can be set back -> which controls that are.
PARTS = ("channels", "board", "bones")


def apply_pose(
    armature: bpy.types.Object, pose: Pose, frame: float, strength: float = 1.0, turn: bool = True, key: bool = False
) -> int:
    """Put an expression or a viseme onto the rig; returns how many values had to be keyed (`write_own`).

    An expression replaces an earlier one: channels that it does not name go to 0, a viseme leaves all but the
    visemes alone. turn: head and eyes as well, where the pose names them.
    """
    return write_own(armature, pose_values(armature, pose, strength, turn), frame, key)


def pose_values(
    armature: bpy.types.Object, pose: Pose, strength: float = 1.0, turn: bool = True
) -> dict[Control, float]:
    """The controls that a pose sets on this rig, with its values."""
    is_viseme = pose.kind == "viseme"
    values = {
        channel_control(name): strength * pose.channels.get(name, 0.0)
        for name in channel_names(armature)
        if name.startswith("viseme_") == is_viseme and name != "photo"
    }
    for part, (way, radians) in pose.turns if turn else ():
        for bone in TURNED[part]:
            if bone in armature.pose.bones:
                axis, sign = TURNS[way]
                values[bone_control(bone, "rotation_euler", axis)] = strength * sign * radians
    return values


def mirror_pose(armature: bpy.types.Object, frame: float) -> int:
    """Swap left and right of what is seen: bones, board and channels; returns how many values had to be keyed."""
    seen = {control: read_control(armature, control) for control in rig_controls(armature)}
    mirrored = {}
    for control, value in seen.items():
        other = Control(_swap(control.path), control.index, _swap(control.group))
        field = control.path.rpartition(".")[2]
        sign = MIRRORED[field][control.index] if field in MIRRORED else 1
        if other in seen and abs(seen[other] * sign - value) > 1e-7:
            mirrored[control] = sign * seen[other]
    return write_seen(armature, mirrored, frame)


def reset_pose(armature: bpy.types.Object, frame: float, parts: set[str] | None = None) -> int:
    """Take back what the artist set; what a take says stays. parts: of `PARTS`, all where not given."""
    wanted = set(PARTS) if parts is None else parts
    values = {control: 0.0 for control in rig_controls(armature) if _part(control) in wanted}
    return write_own(armature, values, frame)


def key_pose(armature: bpy.types.Object, frame: float, only_changed: bool = True) -> int:
    """Key the pose at a frame into the artist's action: where it differs from what the animation shows, or all."""
    return key_seen(armature, rig_controls(armature), frame, only_changed)


def _part(control: Control) -> str:
    if control.index < 0:
        return "channels"
    return "board" if control.group.startswith(PREFIX) else "bones"


def _swap(name: str) -> str:
    """The name of the other side; a name without a side stays as it is."""
    for left, right in SIDES:
        if left in name:
            return name.replace(left, right)
        if right in name:
            return name.replace(right, left)
    return name
