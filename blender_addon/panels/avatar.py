# SPDX-License-Identifier: GPL-3.0-or-later
"""The avatars of the scene, and the one in hand."""

from __future__ import annotations

import bpy

from .. import rig
from ..rig.assemble import is_rig
from ..stage.toon import VARIANT
from .job import LikenessPanel
from .text import draw_sentence


class LIKENESS_PT_avatar(LikenessPanel, bpy.types.Panel):
    """Who is there, and who is in hand"""

    bl_label = "Avatar"
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        armatures = [obj for obj in context.scene.objects if is_rig(obj)]
        found = rig.find_rig(context)
        if not armatures:
            draw_sentence(layout, context, "Build an avatar from a photo, or import one.", "INFO")
        elif found is None:
            draw_sentence(layout, context, "Several avatars are here: choose one.", "INFO")
        column = layout.column(align=True)
        for armature in armatures:
            icon = "OUTLINER_OB_ARMATURE" if armature == found else "BLANK1"
            button = column.operator(
                "likeness.choose_avatar", text=armature.name, translate=False, icon=icon, depress=armature == found
            )
            button.name = armature.name
        layout.operator("likeness.import_avatar", icon="IMPORT")
        if found is not None:
            is_toon = found.get(VARIANT, "real") == "toon"
            button = layout.operator("likeness.set_variant", icon="SHADING_SOLID", depress=is_toon)
            button.variant = "real" if is_toon else "toon"


class LIKENESS_PT_person(LikenessPanel, bpy.types.Panel):
    """Somebody who does not exist"""

    bl_label = "Synthetic Person"
    bl_parent_id = "LIKENESS_PT_avatar"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 5

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.likeness.person
        row = layout.row(align=True)
        row.prop(settings, "seed")
        row.operator("likeness.roll_person", text="", icon="FILE_REFRESH")
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(settings, "own")
        for name in ("age", "masculine", "weight", "skin", "hair") if settings.own else ():
            column.prop(settings, name)
        layout.operator("likeness.make_person", icon="ADD")


CLASSES = (LIKENESS_PT_avatar, LIKENESS_PT_person)
