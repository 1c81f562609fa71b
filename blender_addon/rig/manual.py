# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing onto a rig that may be animated: what the artist sets has to stay, and what a take says has to stay too.

The artist's own layer is the armature's active action, on top of all tracks. Under ADD it stores differences.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import bpy

from .. import compat
from ..errors import LikenessError
from .armature import COLLECTIONS, MECHANISM
from .board import FRAME
from .controls import HARD_LIMITS

# Differences below this are none.
SAME = 1e-5


@dataclass(frozen=True)
class Control:
    """One number that an animator sets: RNA path from the armature object, index into it (-1: a plain value)."""

    path: str
    index: int
    group: str


def channel_names(armature: bpy.types.Object) -> list[str]:
    """The rig's channels: its own numbers within the channels' hard limits."""
    names = []
    for name, value in armature.items():
        if not isinstance(value, float):
            continue
        ui = armature.id_properties_ui(name).as_dict()
        if (ui.get("min"), ui.get("max")) == HARD_LIMITS:
            names.append(name)
    return names


def channel_control(name: str) -> Control:
    """The control of a channel."""
    return Control(f'["{name}"]', -1, "Channels")


def bone_control(bone: str, field: str, index: int) -> Control:
    """The control of a bone: field ``rotation_euler`` or ``location``, index of the local axis."""
    return Control(f'pose.bones["{bone}"].{field}', index, bone)


def rig_controls(armature: bpy.types.Object) -> Iterator[Control]:
    """Every control of a rig: channels, and the axes of its bones that are not locked. Where the board lies is none."""
    yield from map(channel_control, channel_names(armature))
    for bone in armature.pose.bones:
        if bone.name == FRAME or bone.name in COLLECTIONS[MECHANISM]:
            continue
        for field, locks in (("location", bone.lock_location), ("rotation_euler", bone.lock_rotation)):
            yield from (bone_control(bone.name, field, axis) for axis in range(3) if not locks[axis])


def read_control(armature: bpy.types.Object, control: Control) -> float:
    """The value that is seen now."""
    value = armature.path_resolve(control.path)
    return float(value if control.index < 0 else value[control.index])


def write_own(armature: bpy.types.Object, values: Mapping[Control, float], frame: float, key: bool = False) -> int:
    """Set what the artist adds to the take; returns how many values had to be keyed.

    A control that a take or the artist's action moves would lose a plain value at the next frame, so it is keyed
    there. key: key all of them.
    """
    moved, keyed = animated_controls(armature), 0
    if key or any(_name(control) in moved for control in values):
        ensure_manual(armature)
    for control, value in values.items():
        curve = _own_curve(armature, control)
        if curve is None and not key and (_name(control) not in moved or abs(value) < SAME):
            if _name(control) not in moved:
                _set(armature, control, value)
            continue
        if curve is None:
            curve = _new_curve(armature, control)
        curve.keyframe_points.insert(frame, value, options={"FAST"})
        curve.update()
        keyed += 1
    armature.update_tag(refresh={"OBJECT", "DATA", "TIME"} if keyed else {"OBJECT", "DATA"})
    return keyed


def write_seen(armature: bpy.types.Object, values: Mapping[Control, float], frame: float) -> int:
    """Make the rig show these values at a frame; returns how many had to be keyed, as differences to the take."""
    moved = animated_controls(armature)
    for control, value in values.items():
        _set(armature, control, value)
    keyed = key_seen(armature, [control for control in values if _name(control) in moved], frame)
    armature.update_tag()
    return keyed


def key_seen(armature: bpy.types.Object, controls: Iterable[Control], frame: float, only_changed: bool = True) -> int:
    """Key what is seen now into the artist's action, so that the frame looks the same; returns the number of keys.

    only_changed: leave out what the animation shows at this frame anyway.
    """
    controls = list(controls)
    if controls:
        ensure_manual(armature)
    count = 0
    for control in controls:
        curve = _own_curve(armature, control)
        before = curve.evaluate(frame) if curve is not None else 0.0
        had_key = curve is not None and _key_at(curve, frame) is not None
        # Blender's own insertion takes the tracks below off the value that is seen.
        armature.keyframe_insert(control.path, index=control.index, frame=frame, group=control.group)
        made = _own_curve(armature, control)
        same = made is not None and abs(made.evaluate(frame) - before) < SAME
        if only_changed and same and not had_key:
            _take_back(armature, made, curve is None, frame)
            continue
        count += 1
    return count


@contextmanager
def set_aside(armature: bpy.types.Object) -> Iterator[None]:
    """Let nothing animate the rig, and put animation and pose back afterwards as they were."""
    data = armature.animation_data
    seen = {control: read_control(armature, control) for control in rig_controls(armature)}
    kept = (data.use_nla, data.action, compat.played_slot(data)) if data is not None else None
    try:
        if data is not None:
            data.use_nla, data.action = False, None
        for control in seen:
            _set(armature, control, 0.0)
        yield
    finally:
        if data is not None and kept is not None:
            data.use_nla, data.action = kept[:2]
            if kept[2] is not None:
                compat.play_slot(data, kept[2])
        for control, value in seen.items():
            _set(armature, control, value)
        armature.update_tag(refresh={"OBJECT", "DATA", "TIME"})


def ensure_manual(armature: bpy.types.Object) -> bpy.types.ActionChannelbag:
    """The curves of the artist's own action, made where there is none.

    Raises LikenessError ``strip_edited`` while a strip is open for editing: keys would go into it.
    """
    data = armature.animation_data_create()
    if data.use_tweak_mode:
        raise LikenessError(
            "strip_edited", "A strip of the NLA is open for editing.", "Leave it with Tab in the NLA editor first."
        )
    if data.action is None:
        action = bpy.data.actions.new(f"{armature.name} manual")
        compat.play_slot(data, compat.add_slot(action, "OBJECT", armature.name))
        data.action_blend_type, data.action_extrapolation = "ADD", "HOLD"
    if data.action.library is not None:  # of the file that the rig is linked from: this file's is a copy of its own
        action = data.action.copy()
        slot = compat.same_slot(action, compat.played_slot(data)) or compat.add_slot(action, "OBJECT", armature.name)
        compat.play_slot(data, slot)
    if compat.played_slot(data) is None:
        compat.play_slot(data, compat.add_slot(data.action, "OBJECT", armature.name))
    return compat.curve_bag(compat.played_slot(data))


def animated_controls(armature: bpy.types.Object) -> set[tuple[str, int]]:
    """Path and index of all that tracks or the artist's action move; muted ones count, they may come back."""
    data = armature.animation_data
    if data is None:
        return set()
    holders = [data, *(strip for track in data.nla_tracks for strip in track.strips)]
    return {_curve_name(curve) for holder in holders for curve in compat.slot_curves(compat.played_slot(holder))}


def _curve_name(curve: bpy.types.FCurve) -> tuple[str, int]:
    return curve.data_path, curve.array_index


def _name(control: Control) -> tuple[str, int]:
    return control.path, max(control.index, 0)


def _own_curve(armature: bpy.types.Object, control: Control) -> bpy.types.FCurve | None:
    data = armature.animation_data
    if data is None:
        return None
    curves = compat.slot_curves(compat.played_slot(data))
    return next((curve for curve in curves if _curve_name(curve) == _name(control)), None)


def _new_curve(armature: bpy.types.Object, control: Control) -> bpy.types.FCurve:
    return compat.new_curve(ensure_manual(armature), control.path, max(control.index, 0), control.group)


def _key_at(curve: bpy.types.FCurve, frame: float) -> bpy.types.Keyframe | None:
    return next((key for key in curve.keyframe_points if abs(key.co.x - frame) < 0.01), None)


def _take_back(armature: bpy.types.Object, curve: bpy.types.FCurve, is_new: bool, frame: float) -> None:
    if is_new:
        ensure_manual(armature).fcurves.remove(curve)
        return
    key = _key_at(curve, frame)
    if key is not None:
        curve.keyframe_points.remove(key)


def _set(armature: bpy.types.Object, control: Control, value: float) -> None:
    if control.index < 0:
        armature[control.path[2:-2]] = value
        return
    armature.path_resolve(control.path)[control.index] = value
