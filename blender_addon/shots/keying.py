# SPDX-License-Identifier: GPL-3.0-or-later
"""Values over frames as ordinary F-curves of a camera, which an artist can edit; what does not change is no curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import bpy
import numpy as np

from .. import compat

SAME = 1e-7
# Data-block type -> what Blender calls it in slots.
KINDS = {bpy.types.Object: "OBJECT", bpy.types.Camera: "CAMERA"}


def write_keys(
    owner: bpy.types.Object | bpy.types.Camera,
    values: Mapping[str, np.ndarray],
    frames: Sequence[int],
    group: str = "Camera",
) -> None:
    """Key properties of a data-block: path -> (K,) or (K, 3) at K frames; with one frame or no change they are set."""
    bag = None
    for path, keyed in values.items():
        rows = np.asarray(keyed, dtype=float)
        for index, row in enumerate(rows.reshape(len(frames), -1).T):
            _set(owner, path, index if rows.ndim > 1 else None, float(row[0]))
            if np.ptp(row) <= SAME:
                continue
            bag = bag or _bag(owner)
            curve = compat.new_curve(bag, path, index, group)
            curve.keyframe_points.add(len(frames))
            curve.keyframe_points.foreach_set("co", np.stack([frames, row], axis=1).ravel())
            for point in curve.keyframe_points:
                point.interpolation, point.handle_left_type, point.handle_right_type = (
                    "BEZIER",
                    "AUTO_CLAMPED",
                    "AUTO_CLAMPED",
                )
            curve.update()


def clear_keys(*owners: bpy.types.Object | bpy.types.Camera) -> None:
    """Take the keys of data-blocks away, with actions that nothing else uses."""
    for owner in owners:
        data = owner.animation_data
        action = data.action if data is not None else None
        owner.animation_data_clear()
        if action is not None and not action.users:
            bpy.data.actions.remove(action)


def _bag(owner: bpy.types.Object | bpy.types.Camera) -> bpy.types.ActionChannelbag:
    data = owner.animation_data_create()
    if data.action is None:
        action = bpy.data.actions.new(owner.name)
        kind = next(name for of, name in KINDS.items() if isinstance(owner, of))
        compat.play_slot(data, compat.add_slot(action, kind, owner.name))
    return compat.curve_bag(compat.played_slot(data))


def _set(owner: bpy.types.Object | bpy.types.Camera, path: str, index: int | None, value: float) -> None:
    holder, name = owner, path
    while "." in name:
        first, name = name.split(".", 1)
        holder = getattr(holder, first)
    if index is None:
        setattr(holder, name, value)
    else:
        getattr(holder, name)[index] = value
