# SPDX-License-Identifier: GPL-3.0-or-later
"""What an animator holds: the bones beside those of the avatar, and how they act on it.

Constraints and drivers only, so that it works linked, overridden, under the NLA and without the add-on:

* Look-at target: both eyes turn from where they are keyed to the target by the slider LOOK_AT, then by what the
  board's gaze adds, and stop where an eye stops.
* The head carries the neck along: neck, chest and shoulders turn by a share (slider CARRY) of the head's own
  rotation, and the head turns back by what they took. Shares of a rotation about one axis add up to the whole, so
  the face looks where neck and head channels say. ``head_turn`` repeats the head's keyed rotation, since a bone
  cannot follow its own child.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import bpy

from .avatar import Bone
from .board import FRAME, GAZE, HANDLES, PLACE, TRAVEL
from .controls import CARRY, LOOK_AT, SLIDERS, add_slider
from .drivers import Source, drive
from .widgets import shape_bones

TARGET = "look_at"
HEAD_TURN = "head_turn"
# Metres from the eyes to the target at rest: where a partner in a conversation or a lens would be.
TARGET_DISTANCE = 0.8
# Share of CARRY by which a bone turns along with the head. Chest and neck move the face, which turns back by both;
# the shoulders are no part of that chain.
SHARES = {"neck": 1.0, "chest": 0.2, "shoulder_left": 0.15, "shoulder_right": 0.15}
TURNED_BACK = SHARES["neck"] + SHARES["chest"]
EYES = ("eye_left", "eye_right")
# Radians that the board's gaze handle turns the eyes by at full travel, about the local x and y axes.
GAZE_TURN = (math.radians(25), math.radians(32))
# How far an eye turns in its socket: up and down, and sideways (Shin et al. 2016 measure 45 to 48 degrees of duction).
EYE_LIMIT = (math.radians(35), math.radians(45))


def control_bones(bones: Sequence[Bone]) -> tuple[Bone, ...]:
    """The bones for hands of an avatar with these bones: target, face board, mechanism; none without two eyes."""
    known = {bone.name: bone for bone in bones}
    if not {"root", "head", *EYES} <= set(known):
        return ()
    x, y, z = (sum(known[eye].head[axis] for eye in EYES) / 2 for axis in range(3))
    board = (x + PLACE[0], y + PLACE[1], z + PLACE[2])
    made = [
        _bone(TARGET, "root", (x, y - TARGET_DISTANCE, z), 0.03),
        _bone(HEAD_TURN, "root", known["head"].head, 0.03),
        _bone(FRAME, "root", board, 0.03),
    ]
    for handle in HANDLES.values():
        place = (board[0] + handle.place[0], board[1], board[2] + handle.place[1])
        made.append(_bone(handle.name, FRAME, place, 0.006))
    return tuple(made)


def equip(armature: bpy.types.Object) -> None:
    """Constraints, limits, locks, shapes and drivers of the bones for hands; a second call changes nothing.

    The armature's sliders are added first where they are missing.
    """
    for slider in SLIDERS:
        add_slider(armature, slider)
    for bone in armature.pose.bones:
        bone.rotation_mode = "XYZ"
    shape_bones(armature)
    if TARGET not in armature.pose.bones:
        return
    _limit_handles(armature)
    _look_at(armature)
    _carry(armature)
    armature.update_tag()


def _limit_handles(armature: bpy.types.Object) -> None:
    for handle in HANDLES.values():
        bone = armature.pose.bones.get(handle.name)
        if bone is None:
            continue
        bone.lock_location = (handle.x == (0, 0), handle.y == (0, 0), True)
        bone.lock_rotation = bone.lock_scale = (True, True, True)
        limit = _constraint(bone, "LIMIT_LOCATION", "Board")
        limit.owner_space, limit.use_transform_limit = "LOCAL", True
        for axis, way in (("x", handle.x), ("y", handle.y), ("z", (0, 0))):
            for end, travel in zip(("min", "max"), way, strict=True):
                setattr(limit, f"use_{end}_{axis}", True)
                setattr(limit, f"{end}_{axis}", travel * TRAVEL)
    for name in (TARGET, FRAME):
        armature.pose.bones[name].lock_rotation = (name == TARGET,) * 3


def _look_at(armature: bpy.types.Object) -> None:
    for name in EYES:
        bone = armature.pose.bones[name]
        look = _constraint(bone, "DAMPED_TRACK", "Look At")
        look.target, look.subtarget, look.track_axis = armature, TARGET, "TRACK_Z"
        _drive_influence(armature, name, look.name, LOOK_AT)
        gaze = _constraint(bone, "TRANSFORM", "Board Gaze")
        gaze.target, gaze.subtarget = armature, GAZE
        gaze.target_space = gaze.owner_space = "LOCAL"
        gaze.map_from, gaze.map_to, gaze.mix_mode_rot = "LOCATION", "ROTATION", "ADD"
        gaze.from_min_x = gaze.from_min_y = -TRAVEL
        gaze.from_max_x = gaze.from_max_y = TRAVEL
        gaze.map_to_x_from, gaze.map_to_y_from = "Y", "X"
        gaze.to_min_x_rot, gaze.to_max_x_rot = GAZE_TURN[0], -GAZE_TURN[0]
        gaze.to_min_y_rot, gaze.to_max_y_rot = -GAZE_TURN[1], GAZE_TURN[1]
        socket = _constraint(bone, "LIMIT_ROTATION", "Socket")
        socket.owner_space = "LOCAL"
        socket.use_limit_x = socket.use_limit_y = True
        socket.min_x, socket.max_x = -EYE_LIMIT[0], EYE_LIMIT[0]
        socket.min_y, socket.max_y = -EYE_LIMIT[1], EYE_LIMIT[1]


def _carry(armature: bpy.types.Object) -> None:
    for axis in range(3):
        source = Source(armature, f'pose.bones["head"].rotation_euler[{axis}]')
        drive(armature, f'pose.bones["{HEAD_TURN}"].rotation_euler', {"turn": source}, index=axis)
    for name, share in SHARES.items():
        bone = armature.pose.bones.get(name)
        if bone is None:
            continue
        along = _constraint(bone, "COPY_ROTATION", "Head Carries")
        along.target, along.subtarget = armature, HEAD_TURN
        along.target_space = along.owner_space = "LOCAL"
        along.mix_mode = "AFTER"
        _drive_influence(armature, name, along.name, CARRY, share)
    back = _constraint(armature.pose.bones["head"], "LIMIT_ROTATION", "Carried")
    back.owner_space = "LOCAL"
    back.use_limit_x = back.use_limit_y = back.use_limit_z = True  # limits of 0: towards rest, by the influence
    _drive_influence(armature, "head", back.name, CARRY, TURNED_BACK)


def _drive_influence(armature: bpy.types.Object, bone: str, constraint: str, slider: str, share: float = 1.0) -> None:
    path = f'pose.bones["{bone}"].constraints["{constraint}"].influence'
    expression = f"{share:g}*{slider}" if share != 1.0 else ""
    drive(armature, path, {slider: Source(armature, f'["{slider}"]')}, expression)


def _constraint(bone: bpy.types.PoseBone, kind: str, name: str) -> bpy.types.Constraint:
    """The bone's constraint of this name, made where it is not there."""
    found = bone.constraints.get(name)
    if found is None or found.type != kind:
        found = bone.constraints.new(kind)
        found.name = name
    return found


def _bone(name: str, parent: str, head: tuple[float, float, float], length: float) -> Bone:
    return Bone(name, parent, head, (head[0], head[1], head[2] + length))
