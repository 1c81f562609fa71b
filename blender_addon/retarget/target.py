# SPDX-License-Identifier: GPL-3.0-or-later
"""Any mesh with shape keys, or armature with bones and the meshes on it, moved by a motion."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Euler, Matrix, Quaternion

from .. import compat
from ..errors import LikenessError
from ..exchange.capture import tell_names, turn_matrices
from ..exchange.curves import take_slot, write_curve
from ..words import tell
from .motion import Motion, row_curve
from .presets import MOVES, TURNS, Preset, Row

# Custom property of an action that this program made for another rig.
ACTION_MARK = "likeness_retarget"
# The face's axes in an armature that looks to -Y: to the left, up, forward.
FACE = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]).T
# The distance between the eyes in metres, where a preset names none.
SPAN = 0.063
STILL = 1e-5


@dataclass(frozen=True)
class Applied:
    """What came of it; frames are the scene's, both included."""

    action: bpy.types.Action
    start: int
    end: int
    moved: int
    warnings: tuple[str, ...]


def is_target(obj: bpy.types.Object | None) -> bool:
    """Whether an object has keys or bones to move."""
    return obj is not None and (obj.type == "ARMATURE" or (obj.type == "MESH" and obj.data.shape_keys is not None))


def target_meshes(target: bpy.types.Object) -> list[bpy.types.Object]:
    """The meshes with keys that are moved: the target itself, or those on the armature."""
    objects = target.children_recursive if target.type == "ARMATURE" else [target]
    return [obj for obj in objects if obj.type == "MESH" and obj.data.shape_keys is not None]


def target_keys(target: bpy.types.Object) -> list[str]:
    """Names of all keys but each mesh's first, without repeats."""
    names = (key.name for obj in target_meshes(target) for key in obj.data.shape_keys.key_blocks[1:])
    return list(dict.fromkeys(names))


def target_bones(target: bpy.types.Object) -> list[str]:
    """Names of the target's bones."""
    return [bone.name for bone in target.pose.bones] if target.type == "ARMATURE" else []


def apply_motion(
    target: bpy.types.Object,
    rows: Sequence[Row],
    motion: Motion,
    scene: bpy.types.Scene,
    preset: Preset | None = None,
    start: int | None = None,
) -> Applied:
    """Let a target do what a motion does, as one action with a slot for its bones and one for each mesh's keys.

    start: frame of second 0, None for the scene's first. Everything is reckoned before anything is changed; an action
    that was there and is not this program's stays in the file.

    Raises LikenessError: ``nothing_mapped``, ``source_unreadable``.
    """
    keys, bones = set(target_keys(target)), set(target_bones(target))
    rows = [row for row in rows if row.name in (bones if row.part else keys) and row.gain]
    if not rows:
        raise LikenessError(
            "nothing_mapped",
            tell("Nothing on {name} is mapped, so that nothing would move.", name=target.name),
            "Press Map by Names, or add rows to the list.",
        )
    start = scene.frame_start if start is None else start
    fps = scene.render.fps / scene.render.fps_base
    frames = np.arange(start, start + int(np.ceil(motion.time[-1] * fps - 1e-6)) + 1, dtype=np.float64)
    seconds = (frames - start) / fps
    curves: dict[tuple[str, str], np.ndarray] = {}
    for row in rows:
        values = np.interp(seconds, motion.time, row_curve(row, motion))
        curves[row.name, row.part] = curves.get((row.name, row.part), 0.0) + values
    action = bpy.data.actions.new(f"{target.name} likeness")
    action[ACTION_MARK] = True
    warnings = [
        tell("{name} was moved by {other} before, which stays in the file.", name=target.name, other=name)
        for name in _put_aside(target)
    ]
    driven: list[str] = []
    for obj in target_meshes(target):
        driven += _write_keys(obj, action, frames, curves)
    if bones & {name for name, part in curves if part}:
        _write_bones(target, compat.curve_bag(take_slot(target, action)), frames, curves, preset)
    if driven:
        warnings.append(
            tell("Drivers move {names}, which therefore do not follow.", names=tell_names(dict.fromkeys(driven)))
        )
    scene.frame_end = max(scene.frame_end, int(frames[-1]))
    return Applied(action, int(frames[0]), int(frames[-1]), len(curves), tuple(warnings))


def _put_aside(target: bpy.types.Object) -> list[str]:
    """Free the target of its actions: this program's go, others are kept; returns the names of those."""
    kept = []
    owners = [target, *(obj.data.shape_keys for obj in target_meshes(target))]
    for owner in owners:
        data = owner.animation_data
        action = data.action if data is not None else None
        if action is None:
            continue
        data.action = None
        if ACTION_MARK not in action:
            action.use_fake_user = True
            kept.append(action.name)
        elif action.users == 0:
            bpy.data.actions.remove(action)
    return list(dict.fromkeys(kept))


def _write_keys(
    obj: bpy.types.Object,
    action: bpy.types.Action,
    frames: np.ndarray,
    curves: dict[tuple[str, str], np.ndarray],
) -> list[str]:
    """One mesh's curves, within the keys' own limits; returns the keys that drivers move already."""
    keys = obj.data.shape_keys
    drivers = keys.animation_data.drivers if keys.animation_data is not None else ()
    taken = {curve.data_path for curve in drivers}
    paths = {key.name: f'key_blocks["{bpy.utils.escape_identifier(key.name)}"].value' for key in keys.key_blocks[1:]}
    wanted = {name: path for name, path in paths.items() if (name, "") in curves}
    if not wanted:
        return []
    bag = compat.curve_bag(take_slot(keys, action))
    for name, path in wanted.items():
        key = keys.key_blocks[name]
        if path not in taken:
            write_curve(bag, path, 0, "Keys", frames, np.clip(curves[name, ""], key.slider_min, key.slider_max))
    return [name for name, path in wanted.items() if path in taken]


def _write_bones(
    target: bpy.types.Object,
    bag: bpy.types.ActionChannelbag,
    frames: np.ndarray,
    curves: dict[tuple[str, str], np.ndarray],
    preset: Preset | None,
) -> None:
    """Moves and turns in the face's axes as each bone's own location and rotation."""
    span = _span(target, preset)
    for name in dict.fromkeys(name for name, part in curves if part and name in target.pose.bones):
        bone = target.pose.bones[name]
        rest = np.array(bone.bone.matrix_local)[:3, :3]
        path = f'pose.bones["{bpy.utils.escape_identifier(name)}"]'
        moves, turns = (
            np.stack([curves.get((name, part), np.zeros(len(frames))) for part in parts]) for parts in (MOVES, TURNS)
        )
        if np.abs(moves).max() > STILL:
            places = (rest.T @ FACE @ moves * span).T
            for axis in range(3):
                write_curve(bag, f"{path}.location", axis, name, frames, places[:, axis])
        if np.abs(turns).max() > STILL:
            basis = rest.T @ FACE
            kind, values = _rotations(bone.rotation_mode, basis @ turn_matrices(*turns) @ basis.T)
            for axis in range(values.shape[1]):
                write_curve(bag, f"{path}.{kind}", axis, name, frames, values[:, axis])


def _rotations(mode: str, matrices: np.ndarray) -> tuple[str, np.ndarray]:
    """The property that a bone of this rotation mode turns by, and its values (T, 3 or 4)."""
    values: list[Sequence[float]] = []
    if mode == "QUATERNION":
        last = Quaternion()
        for matrix in matrices:
            turn = Matrix(matrix).to_quaternion()
            turn.make_compatible(last)
            values.append(last := turn)
        return "rotation_quaternion", np.array(values)
    if mode == "AXIS_ANGLE":
        for matrix in matrices:
            axis, angle = Matrix(matrix).to_quaternion().to_axis_angle()
            values.append((angle, *axis))
        return "rotation_axis_angle", np.array(values)
    euler = Euler((0.0, 0.0, 0.0), mode)
    for matrix in matrices:
        euler = Matrix(matrix).to_euler(mode, euler)
        values.append(euler)
    return "rotation_euler", np.array(values)


def _span(target: bpy.types.Object, preset: Preset | None) -> float:
    """The distance between the two bones that the preset measures by, in the armature's own units."""
    names: Iterable[str] = preset.span if preset is not None else ()
    places = [target.data.bones[name].head_local for name in names if name in target.data.bones]
    return (places[0] - places[1]).length if len(places) == 2 else SPAN
