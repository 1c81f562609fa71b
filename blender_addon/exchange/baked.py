# SPDX-License-Identifier: GPL-3.0-or-later
"""A plain copy of a rig: every key and bone has its own curve, nothing is driven, constrained or layered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Euler, Matrix

from .. import compat
from ..rig.assemble import PART, check_rig
from ..rig.mesh import deform
from .curves import take_slot, write_curve
from .sampling import Samples, sample_rig, scene_frames

# What the copy keeps saying of its making; everything else that marks a rig goes, so that none takes it for one.
KEPT = ("likeness_consent", "likeness_generator")
# Below these a curve is rest: no eye sees 1e-5 of a key, a radian's or a metre's hundred thousandth.
STILL = 1e-5


@dataclass(frozen=True)
class Copy:
    """armature and, by the original's name, the meshes that hang on it, all in one collection."""

    armature: bpy.types.Object
    meshes: Mapping[str, bpy.types.Object]
    collection: bpy.types.Collection


def bake_rig(armature: bpy.types.Object, context: bpy.types.Context) -> bpy.types.Object:
    """Put a baked copy of a rig beside it and return its armature; the rig itself stays as it is.

    The scene's frame range is baked. Raises LikenessError: ``rig_missing``, ``rig_hidden``.
    """
    check_rig(armature)
    scene = context.scene
    frame, subframe = scene.frame_current, scene.frame_subframe
    samples = sample_rig(armature, scene_frames(scene), context)
    copy = copy_rig(armature, scene)
    animate(copy, samples)
    scene.frame_set(frame, subframe=subframe)
    return copy.armature


def copy_rig(armature: bpy.types.Object, scene: bpy.types.Scene) -> Copy:
    """Copies of the armature and of all meshes on it, linked to the scene, without animation."""
    collection = bpy.data.collections.new(f"{armature.name} baked")
    scene.collection.children.link(collection)
    twin = _copy_own(armature)
    twin.name, twin.data = f"{armature.name} baked", armature.data.copy()
    twin.animation_data_clear()
    for name in [name for name in twin.keys() if name not in KEPT]:  # noqa: SIM118 (no dictionary)
        del twin[name]
    for bone in twin.pose.bones:
        for constraint in list(bone.constraints):
            bone.constraints.remove(constraint)
        bone.rotation_mode, bone.matrix_basis = "XYZ", Matrix()
    twin.hide_viewport = twin.hide_select = False  # exporters take what is selected
    collection.objects.link(twin)
    originals = [obj for obj in armature.children_recursive if obj.type == "MESH"]
    twins = {armature: twin} | {obj: _copy_mesh(obj, armature) for obj in originals}
    for obj in originals:
        collection.objects.link(twins[obj])
        twins[obj].parent = twins.get(obj.parent, twin)
        twins[obj].matrix_parent_inverse = obj.matrix_parent_inverse
        if obj.parent == armature and obj.parent_type == "BONE" and obj.parent_bone in obj.vertex_groups:
            deform(twins[obj], twin)  # engines want one skin for all that the rig holds
        for modifier in twins[obj].modifiers:
            if getattr(modifier, "object", None) in twins:
                modifier.object = twins[modifier.object]
    return Copy(twin, {obj.name: twins[obj] for obj in originals}, collection)


def _copy_own(obj: bpy.types.Object) -> bpy.types.Object:
    """A copy that may be edited: of a library override, Blender's would be one again."""
    twin = obj.copy()
    return twin.make_local(clear_liboverride=True) if twin.override_library is not None else twin


def _copy_mesh(obj: bpy.types.Object, armature: bpy.types.Object) -> bpy.types.Object:
    """One mesh object with data of its own and nothing that drives it or repeats the armature's values."""
    twin = _copy_own(obj)
    twin.data = obj.data.copy()
    twin.name = twin.data.name = f"{obj.name} baked"
    twin.animation_data_clear()
    twin.hide_viewport = twin.hide_select = False
    if twin.data.shape_keys is not None:
        twin.data.shape_keys.animation_data_clear()
    driven = {curve.data_path for curve in obj.animation_data.drivers} if obj.animation_data is not None else set()
    for name in list(twin.keys()):
        if name != PART and (name.startswith("likeness_") or name in armature or f'["{name}"]' in driven):
            del twin[name]
    return twin


def drop_controls(copy: Copy, context: bpy.types.Context) -> None:
    """Take bones away that neither deform anything nor carry a bone that does: handles for hands, not for engines."""
    bones = copy.armature.data.bones
    needed = {bone.name for bone in bones if bone.use_deform or any(b.use_deform for b in bone.children_recursive)}
    if len(needed) == len(bones):
        return
    context.view_layer.objects.active = copy.armature
    bpy.ops.object.mode_set(mode="EDIT")
    edit = copy.armature.data.edit_bones
    for bone in [bone for bone in edit if bone.name not in needed]:
        edit.remove(bone)
    bpy.ops.object.mode_set(mode="OBJECT")


def animate(copy: Copy, samples: Samples) -> bpy.types.Action:
    """Give the copy what was sampled: one action, a slot for the armature and one for each mesh's keys."""
    action = bpy.data.actions.new(copy.armature.name)
    _animate_bones(copy.armature, compat.curve_bag(take_slot(copy.armature, action)), samples)
    for name, obj in copy.meshes.items():
        keys = obj.data.shape_keys
        if keys is None:
            continue
        bag = compat.curve_bag(take_slot(keys, action))
        for key in keys.key_blocks[1:]:
            key.value = 0.0
            values = samples.keys.get(name, {}).get(key.name)
            if values is not None and np.abs(values).max() >= STILL:
                write_curve(bag, f'key_blocks["{key.name}"].value', 0, "Keys", samples.frames, values)
    return action


def _animate_bones(armature: bpy.types.Object, bag: bpy.types.ActionChannelbag, samples: Samples) -> None:
    """Local transforms of each bone from the sampled pose, whatever the original's bones between were."""
    for bone in armature.data.bones:
        rest, pose = np.array(bone.matrix_local), samples.bones[bone.name]
        if bone.parent is not None:
            rest = np.linalg.inv(np.array(bone.parent.matrix_local)) @ rest
            pose = np.linalg.inv(samples.bones[bone.parent.name]) @ pose
        places, turns, sizes = _split(np.linalg.inv(rest) @ pose)
        for name, values, still in (("location", places, 0.0), ("rotation_euler", turns, 0.0), ("scale", sizes, 1.0)):
            if np.abs(values - still).max() < STILL:
                continue
            for axis in range(3):
                path = f'pose.bones["{bone.name}"].{name}'
                write_curve(bag, path, axis, bone.name, samples.frames, values[:, axis])


def _split(local: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places, Euler angles without jumps and sizes, (T, 3) each, of matrices (T, 4, 4)."""
    parts, turn = [], Euler()
    for matrix in local:
        place, quaternion, size = Matrix(matrix).decompose()
        turn = quaternion.to_euler("XYZ", turn)
        parts.append((place, turn, size))
    array = np.array(parts)
    return array[:, 0], array[:, 1], array[:, 2]
