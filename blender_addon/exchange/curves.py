# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves of baked values."""

from __future__ import annotations

import bpy
import numpy as np

from .. import compat


def take_slot(owner: bpy.types.Object | bpy.types.Key, action: bpy.types.Action) -> bpy.types.ActionSlot:
    """Let an object or a mesh's keys be moved by a slot of its own in an action."""
    slot = compat.add_slot(action, owner.id_type, owner.name)
    compat.play_slot(owner.animation_data_create(), slot)
    return slot


def write_curve(
    bag: bpy.types.ActionChannelbag,
    path: str,
    index: int,
    group: str,
    frames: np.ndarray,
    values: np.ndarray,
) -> None:
    """A curve with a linear key (frames (T,), values (T,)) wherever the value is not simply carried on."""
    inside = np.abs(values[1:-1] - values[:-2]) + np.abs(values[1:-1] - values[2:]) == 0
    chosen = np.flatnonzero(np.concatenate(([True], ~inside, [True]))) if len(values) > 1 else np.array([0])
    curve = compat.new_curve(bag, path, index, group)
    curve.keyframe_points.add(len(chosen))
    points = np.stack([frames[chosen], values[chosen]], axis=1).astype(np.float32)
    curve.keyframe_points.foreach_set("co", points.ravel())
    linear = bpy.types.Keyframe.bl_rna.properties["interpolation"].enum_items["LINEAR"].value
    curve.keyframe_points.foreach_set("interpolation", np.full(len(chosen), linear, dtype=np.int32))
    curve.update()
