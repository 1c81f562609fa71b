# SPDX-License-Identifier: GPL-3.0-or-later
"""The armature: bones from the Avatar, sorted into bone collections.

Every bone points up with roll 0, so its local x is world +X, local y up, local z forward (-Y): rotations mean
the same thing on all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from .avatar import Bone

# Bone collection -> the bones in it; a bone that no row names goes to "Body".
COLLECTIONS: dict[str, tuple[str, ...]] = {
    "Head": ("neck", "head", "jaw"),
    "Eyes": ("eye_left", "eye_right"),
    "Body": ("root", "chest", "shoulder_left", "shoulder_right"),
}


def make_armature(
    name: str, bones: Sequence[Bone], collection: bpy.types.Collection, view_layer: bpy.types.ViewLayer
) -> bpy.types.Object:
    """An armature object inside ``collection``, which the view layer shows: only edit mode makes bones."""
    data = bpy.data.armatures.new(name)
    data.display_type = "STICK"
    armature = bpy.data.objects.new(name, data)
    collection.objects.link(armature)
    armature.show_in_front = True
    active = view_layer.objects.active
    if active is not None and active.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    view_layer.update()
    view_layer.objects.active = armature
    try:
        bpy.ops.object.mode_set(mode="EDIT")
        _add_bones(data, bones)
    finally:
        if armature.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        view_layer.objects.active = active
    for bone in armature.pose.bones:
        bone.rotation_mode = "XYZ"
    _sort_bones(data)
    return armature


def _add_bones(data: bpy.types.Armature, bones: Sequence[Bone]) -> None:
    for bone in bones:
        edit = data.edit_bones.new(bone.name)
        edit.head, edit.tail, edit.roll = bone.head, bone.tail, 0.0
        edit.use_deform = True
        if bone.parent is not None:
            edit.parent = data.edit_bones[bone.parent]


def _sort_bones(data: bpy.types.Armature) -> None:
    places = {bone: collection for collection, names in COLLECTIONS.items() for bone in names}
    for bone in data.bones:
        place = places.get(bone.name, "Body")
        collection = data.collections.get(place) or data.collections.new(place)
        collection.assign(bone)
