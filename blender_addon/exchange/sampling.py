# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rig shows, frame by frame: the sum of all its tracks after drivers and constraints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import bpy
import numpy as np

from ..errors import LikenessError
from ..rig.assemble import rig_parts
from ..rig.mixing import MIXER
from ..words import tell


@dataclass(frozen=True)
class Samples:
    """A rig over T moments.

    frames (T,) float64, the scene's; keys: mesh object's name -> key -> (T,) float32; bones: name -> (T, 4, 4)
    float64 pose matrix in the armature's space; channels: name -> (T,) float32, with what the face board adds.
    """

    frames: np.ndarray
    keys: Mapping[str, Mapping[str, np.ndarray]]
    bones: Mapping[str, np.ndarray]
    channels: Mapping[str, np.ndarray]


def sample_rig(
    armature: bpy.types.Object, frames: np.ndarray, context: bpy.types.Context, channels: tuple[str, ...] = ()
) -> Samples:
    """Go through the frames (T,), whole or not, and read everything that moves. Leaves the scene at the last one.

    Raises LikenessError ``rig_hidden`` where the view layer does not show the rig, so that nothing evaluates it.
    """
    require_shown(armature, context)
    meshes = [obj for obj in armature.children_recursive if obj.type == "MESH" and obj.data.shape_keys is not None]
    values = [np.empty((len(frames), len(obj.data.shape_keys.key_blocks)), np.float32) for obj in meshes]
    names = [bone.name for bone in armature.pose.bones]
    matrices = np.empty((len(names), len(frames), 4, 4))
    shown = np.empty((len(channels), len(frames)), np.float32)
    mixer = rig_parts(armature).get(MIXER, armature)
    owners = [mixer if name in mixer else armature for name in channels]
    for row, frame in enumerate(frames):
        whole = int(np.floor(frame))
        context.scene.frame_set(whole, subframe=float(frame - whole))
        graph = context.evaluated_depsgraph_get()
        for obj, array in zip(meshes, values, strict=True):
            obj.data.shape_keys.evaluated_get(graph).key_blocks.foreach_get("value", array[row])
        final = armature.evaluated_get(graph)
        for column, name in enumerate(names):
            matrices[column, row] = final.pose.bones[name].matrix
        for column, (name, owner) in enumerate(zip(channels, owners, strict=True)):
            shown[column, row] = owner.evaluated_get(graph).get(name, 0.0)
    keys = {
        obj.name: {key.name: array[:, place] for place, key in enumerate(obj.data.shape_keys.key_blocks) if place}
        for obj, array in zip(meshes, values, strict=True)
    }
    bones = dict(zip(names, matrices, strict=True))
    return Samples(np.asarray(frames, np.float64), keys, bones, dict(zip(channels, shown, strict=True)))


def require_shown(armature: bpy.types.Object, context: bpy.types.Context) -> None:
    """Raise LikenessError ``rig_hidden`` where the view layer does not show the rig, so that nothing evaluates it."""
    if armature.name not in context.view_layer.objects:
        raise LikenessError(
            "rig_hidden",
            tell("{name} is in a collection that this view layer leaves out.", name=armature.name),
            "Switch its collection on in the Outliner.",
        )


def join_samples(parts: Sequence[Samples]) -> Samples:
    """Samples that follow one another as one."""
    first = parts[0]
    keys = {
        obj: {key: np.concatenate([p.keys[obj][key] for p in parts]) for key in first.keys[obj]} for obj in first.keys
    }
    bones = {name: np.concatenate([part.bones[name] for part in parts]) for name in first.bones}
    channels = {name: np.concatenate([part.channels[name] for part in parts]) for name in first.channels}
    return Samples(np.concatenate([part.frames for part in parts]), keys, bones, channels)


@contextmanager
def kept_pose(scene: bpy.types.Scene, armature: bpy.types.Object) -> Iterator[None]:
    """Go through frames inside; afterwards frame and pose, also what has no keys, are as before."""
    frame, subframe = scene.frame_current, scene.frame_subframe
    pose = {bone.name: {name: tuple(getattr(bone, name)) for name in POSE} for bone in armature.pose.bones}
    values = {name: armature[name] for name in armature.keys() if isinstance(armature[name], float)}  # noqa: SIM118
    try:
        yield
    finally:
        scene.frame_set(frame, subframe=subframe)
        for name, place in pose.items():
            for prop, value in place.items():
                setattr(armature.pose.bones[name], prop, value)
        for name, value in values.items():
            armature[name] = value
        armature.update_tag()


def scene_frames(scene: bpy.types.Scene) -> np.ndarray:
    """All whole frames of the scene's range, (T,)."""
    return np.arange(scene.frame_start, scene.frame_end + 1, dtype=np.float64)


# What an export makes for a while: objects first, so that nothing uses what is removed after them.
KINDS = ("objects", "collections", "armatures", "meshes", "materials", "images", "actions", "node_groups")

# What a bone's pose is made of.
POSE = ("location", "rotation_euler", "rotation_quaternion", "rotation_axis_angle", "scale")


@contextmanager
def untouched(context: bpy.types.Context, armature: bpy.types.Object) -> Iterator[None]:
    """Work inside, in object mode; afterwards, also after a failure, the file is as it was before.

    Data that was made is gone; frame, selection, active object and mode are back, and so is a pose without keys.
    """
    scene, layer = context.scene, context.view_layer
    before = {kind: set(getattr(bpy.data, kind)) for kind in KINDS}
    active, chosen = layer.objects.active, [obj for obj in layer.objects if obj.select_get()]
    mode = active.mode if active is not None else "OBJECT"
    title = scene.name
    if mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    try:
        with kept_pose(scene, armature):
            yield
    finally:
        if layer.objects.active is not None and layer.objects.active.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        for kind in KINDS:
            bpy.data.batch_remove(set(getattr(bpy.data, kind)) - before[kind])
        for obj in layer.objects:
            obj.select_set(obj in chosen)
        layer.objects.active = active
        scene.name = title
        if mode != "OBJECT":
            bpy.ops.object.mode_set(mode=mode)
