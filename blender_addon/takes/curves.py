# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves over seconds become F-curves over frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import bpy
import numpy as np

from .. import compat

# Rotation channel -> (bone, index of the local Euler axis, sign). All bones point up with roll 0, their local
# z forward, so pitch up is -x, yaw to the subject's left +y, leaning to the subject's left -z.
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
}
# A curve that stays below this everywhere is rest: 0.001 of a key or radian cannot be seen.
STILL = 1e-4
# Neighbouring values that round to the same multiple of this are one value.
FLAT = 1e-5


@dataclass(frozen=True)
class Target:
    """Where a channel lands on the armature object."""

    path: str
    index: int
    sign: int
    group: str


def find_target(armature: bpy.types.Object, channel: str) -> Target | None:
    """The property or the bone's axis that a channel animates, or None where this rig has none."""
    if channel in ROTATIONS:
        bone, axis, sign = ROTATIONS[channel]
        if bone in armature.pose.bones:
            return Target(f'pose.bones["{bone}"].rotation_euler', axis, sign, bone)
        return None
    return Target(f'["{channel}"]', 0, 1, "Channels") if channel in armature else None


def sample_frames(time: np.ndarray, curve: np.ndarray, frames: np.ndarray, fps: float) -> np.ndarray:
    """The curve's values (N,) at whole frames; ``frames`` (N,) count from the take's first frame, at 0 s.

    Keys on whole frames are what an artist can edit, and what a render without motion blur shows.
    """
    return np.interp(frames / fps, time, curve)


def choose_keys(values: np.ndarray) -> np.ndarray:
    """Indices of the keys to set: all but those inside a run of one value; nothing of the curve is lost."""
    steps = np.round(values / FLAT)
    inside = (steps[1:-1] == steps[:-2]) & (steps[1:-1] == steps[2:])
    return np.flatnonzero(np.concatenate(([True], ~inside, [True])))


def fill_action(
    action: bpy.types.Action,
    slot: bpy.types.ActionSlot,
    armature: bpy.types.Object,
    curves: Mapping[str, np.ndarray],
    time: np.ndarray,
    frames: np.ndarray,
    fps: float,
) -> tuple[str, ...]:
    """Write one layer's curves into an action, keys from frame 0; returns channels that this rig lacks."""
    bag = action.layers.new("Layer").strips.new(type="KEYFRAME").channelbag(slot, ensure=True)
    missing = []
    for channel, curve in curves.items():
        target = find_target(armature, channel)
        if target is None:
            missing.append(channel)
            continue
        values = target.sign * sample_frames(time, curve, frames, fps)
        if np.abs(values).max() < STILL:
            continue
        chosen = choose_keys(values)
        fcurve = compat.new_curve(bag, target.path, target.index, target.group)
        _set_keys(fcurve, frames[chosen], values[chosen])
    return tuple(missing)


def _set_keys(fcurve: bpy.types.FCurve, frames: np.ndarray, values: np.ndarray) -> None:
    """Set all keys at once; linear, since every frame that matters has its own key."""
    count = len(frames)
    fcurve.keyframe_points.add(count)
    points = np.stack([frames, values], axis=1).astype(np.float32)
    fcurve.keyframe_points.foreach_set("co", points.ravel())
    linear = bpy.types.Keyframe.bl_rna.properties["interpolation"].enum_items["LINEAR"].value
    fcurve.keyframe_points.foreach_set("interpolation", np.full(count, linear, dtype=np.int32))
    fcurve.update()
