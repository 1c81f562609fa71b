# SPDX-License-Identifier: GPL-3.0-or-later
"""Several avatars: who looks at whom, how they stand, who speaks when."""

from __future__ import annotations

import bpy

from .. import rig, takes
from ..operators.conversation import why_alone
from ..operators.speak import why_not_listen
from ..rig.assemble import is_rig
from .job import LikenessPanel
from .text import draw_missing, draw_sentence, has_avatar


class LIKENESS_PT_conversation(LikenessPanel, bpy.types.Panel):
    """The avatars of the scene and whom they look at; turns of the one in hand."""

    bl_label = "Conversation"
    bl_parent_id = "LIKENESS_PT_stage"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 0

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return has_avatar(context)

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        missing = why_alone(context)
        if missing:
            draw_sentence(layout, context, missing, "INFO")
        armatures = sorted((obj for obj in context.scene.objects if is_rig(obj)), key=lambda obj: obj.name)
        column = layout.column(align=True)
        for armature in armatures:
            row = column.row(align=True)
            row.label(text=armature.name, translate=False, icon="OUTLINER_OB_ARMATURE")
            row.prop(armature, "likeness_looks_at", text="")
            if context.scene.camera is not None:
                button = row.operator("likeness.look_at", text="", icon="CAMERA_DATA")
                button.avatar, button.target = armature.name, context.scene.camera.name
        layout.operator("likeness.look_at_each_other", icon="HIDE_OFF")
        layout.operator("likeness.face_each_other", icon="ORIENTATION_GIMBAL")
        armature = rig.find_rig(context)
        if armature is not None:
            draw_turns(layout, context, armature)


def draw_turns(layout: bpy.types.UILayout, context: bpy.types.Context, armature: bpy.types.Object) -> None:
    """What the avatar in hand does after, and while, the other one speaks."""
    if not why_alone(context):
        draw_missing(layout, context, why_not_listen(context))
    layout.operator("likeness.listen", icon="SPEAKER")
    if takes.shown_take(armature) is not None:
        row = layout.row(align=True)
        row.operator("likeness.next_line", icon="FORWARD").place = "AFTER"
        row.operator("likeness.next_line", text="At Frame", icon="TIME").place = "FRAME"
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.prop(context.scene.likeness, "pause")


CLASSES = (LIKENESS_PT_conversation,)
