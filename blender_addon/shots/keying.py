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
    flows: bool = False,
) -> None:
    """Key properties of a data-block: path -> (K,) or (K, 3) at K frames; with one frame or no change they are set.

    flows: from key to key without rest, else it is level at each.
    """
    handle = "AUTO" if flows else "AUTO_CLAMPED"
    bag = None
    for path, keyed in values.items():
        rows = np.asarray(keyed, dtype=float)
        for index, row in enumerate(rows.reshape(len(frames), -1).T):
            _set(owner, path, index if rows.ndim > 1 else None, float(row[0]))
            if np.ptp(row) <= SAME:
                continue
            bag = bag or _bag(owner)
            curve = compat.new_curve(bag, path, index, "Camera")
            curve.keyframe_points.add(len(frames))
            curve.keyframe_points.foreach_set("co", np.stack([frames, row], axis=1).ravel())
            for point in curve.keyframe_points:
                point.interpolation, point.handle_left_type, point.handle_right_type = "BEZIER", handle, handle
            curve.update()


def read_keys(owner: bpy.types.Object, path: str, frames: Sequence[int]) -> np.ndarray:
    """(F, 3) a property at frames, as its curves have it, or as it is where it has none."""
    found = np.tile(np.array(getattr(owner, path), dtype=float), (len(frames), 1))
    data = owner.animation_data
    for curve in compat.slot_curves(compat.played_slot(data)) if data is not None and data.action else ():
        if curve.data_path == path:
            found[:, curve.array_index] = [curve.evaluate(frame) for frame in frames]
    return found


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
    inside, _, name = path.rpartition(".")
    holder = owner.path_resolve(inside) if inside else owner
    if index is None:
        setattr(holder, name, value)
    else:
        getattr(holder, name)[index] = value
