# SPDX-License-Identifier: GPL-3.0-or-later
"""The avatar beside its photo."""

from __future__ import annotations

import bpy

from .. import rig
from ..operators.comparison import why_not_compare
from ..photo.overlay import find_comparison
from .job import LikenessPanel
from .text import draw_sentence


class LIKENESS_PT_comparison(LikenessPanel, bpy.types.Panel):
    """How the photo lies over the avatar, while it does."""

    bl_label = "Compare with Photo"
    bl_parent_id = "LIKENESS_PT_avatar"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 1

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return rig.find_rig(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        if find_comparison(context.scene) is None:
            missing = why_not_compare(context)
            if missing:
                draw_sentence(layout, context, missing, "INFO")
            row = layout.row(align=True)
            row.operator("likeness.compare_photo", icon="IMAGE_REFERENCE")
            row.operator("likeness.find_photo", text="", icon="FILEBROWSER")
            return
        look = context.scene.likeness.comparison
        layout.row(align=True).prop(look, "kind", expand=True)
        if look.kind == "WIPE":
            row = layout.row(align=True)
            row.prop(look, "wipe", slider=True)
            row.operator("likeness.drag_wipe", text="", icon="ARROW_LEFTRIGHT")
        else:
            layout.prop(look, "opacity", slider=True)
        layout.prop(look, "use_expression")
        layout.operator("likeness.leave_comparison", icon="X")


CLASSES = (LIKENESS_PT_comparison,)
