# SPDX-License-Identifier: GPL-3.0-or-later
"""The armature: bones from the Avatar and those that an animator holds, sorted into bone collections.

Every bone points up with roll 0, so its local x is world +X, local y up, local z forward (-Y): rotations mean
the same thing on all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from .avatar import Bone
from .board import FRAME, HANDLES

# Bones that the animator never sees.
MECHANISM = "Mechanism"
BOARD = "Face Board"
# Bone collection -> the bones in it; a bone that no row names goes to "Body".
COLLECTIONS: dict[str, tuple[str, ...]] = {
    "Head": ("neck", "head", "jaw"),
    "Eyes": ("eye_left", "eye_right", "look_at"),
    "Body": ("root", "chest", "shoulder_left", "shoulder_right"),
    BOARD: (FRAME, *HANDLES),
    MECHANISM: ("head_turn",),
}
# Name's ending -> colour: the subject's left is blue, the right red, the middle yellow.
COLOURS = {"_left": "THEME04", "_right": "THEME01", "": "THEME09"}


def make_armature(
    name: str,
    bones: Sequence[Bone],
    controls: Sequence[Bone],
    collection: bpy.types.Collection,
    view_layer: bpy.types.ViewLayer,
) -> bpy.types.Object:
    """An armature object inside ``collection``, which the view layer shows; ``controls`` deform nothing."""
    data = bpy.data.armatures.new(name)
    data.display_type = "STICK"
    armature = bpy.data.objects.new(name, data)
    collection.objects.link(armature)
    armature.show_in_front = True
    add_bones(armature, bones, view_layer, deform=True)
    add_bones(armature, controls, view_layer, deform=False)
    return armature


def add_bones(armature: bpy.types.Object, bones: Sequence[Bone], view_layer: bpy.types.ViewLayer, deform: bool) -> None:
    """Add bones to an armature that the view layer shows: only edit mode makes bones. Parents come first."""
    active = view_layer.objects.active
    if active is not None and active.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    view_layer.update()
    view_layer.objects.active = armature
    try:
        bpy.ops.object.mode_set(mode="EDIT")
        edit_bones = armature.data.edit_bones
        for bone in bones:
            edit = edit_bones.new(bone.name)
            edit.head, edit.tail, edit.roll = bone.head, bone.tail, 0.0
            edit.use_deform = deform
            if bone.parent is not None:
                edit.parent = edit_bones[bone.parent]
    finally:
        if armature.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        view_layer.objects.active = active
    _sort_bones(armature.data, [bone.name for bone in bones])


def _sort_bones(data: bpy.types.Armature, names: Sequence[str]) -> None:
    places = {bone: collection for collection, bones in COLLECTIONS.items() for bone in bones}
    for name in names:
        bone, place = data.bones[name], places.get(name, "Body")
        collection = data.collections.get(place) or data.collections.new(place)
        collection.assign(bone)
        collection.is_visible = place != MECHANISM
        bone.color.palette = next(colour for ending, colour in COLOURS.items() if name.endswith(ending))


def find_board(armature: bpy.types.Object) -> bpy.types.BoneCollection | None:
    """The collection of the face board's bones, whose visibility is the board's."""
    return armature.data.collections.get(BOARD)
