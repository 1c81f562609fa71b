# SPDX-License-Identifier: GPL-3.0-or-later
"""Which avatar of the scene is in hand."""

from __future__ import annotations

import json
from pathlib import Path

import bpy

from ..engine import paths
from ..errors import LikenessError
from ..rig.assemble import AVATAR_ID, FOLDERS, is_rig
from ..words import tell
from .job import fail


def find_avatar_folder(armature: bpy.types.Object) -> Path | None:
    """The folder ``NAME.avatar`` of a rig: where it was read from, or among the results; None where it is neither."""
    known = FOLDERS.get(armature[AVATAR_ID])
    for folder in (*([known] if known is not None else []), *sorted(paths.results_folder().glob("*.avatar"))):
        try:
            if json.loads((folder / "avatar.json").read_text(encoding="utf-8"))["id"] == armature[AVATAR_ID]:
                return folder
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


class LIKENESS_OT_choose_avatar(bpy.types.Operator):
    """Take this avatar in hand: it is selected and active, and the panels work on it"""

    bl_idname = "likeness.choose_avatar"
    bl_label = "Choose Avatar"
    bl_options = {"REGISTER", "UNDO"}

    name: bpy.props.StringProperty(name="Name", description="Name of the avatar's armature in the scene")

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = context.scene.objects.get(self.name)
        if armature is None or not is_rig(armature) or armature.name not in context.view_layer.objects:
            message = tell("There is no avatar {name} in this view layer.", name=self.name)
            return fail(self, LikenessError("avatar_missing", message, "Choose another."))
        if context.mode != "OBJECT" and context.view_layer.objects.active != armature:
            bpy.ops.object.mode_set(mode="OBJECT")
        for obj in context.view_layer.objects.selected:
            obj.select_set(False)
        armature.select_set(True)
        context.view_layer.objects.active = armature
        return {"FINISHED"}


CLASSES = (LIKENESS_OT_choose_avatar,)
