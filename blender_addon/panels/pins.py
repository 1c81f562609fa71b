# SPDX-License-Identifier: GPL-3.0-or-later
"""Correcting the fit by pins."""

from __future__ import annotations

import bpy

from .. import pins, rig
from ..operators.pins import why_not_enter
from ..words import join, tell
from .job import LikenessPanel
from .text import draw_missing, draw_sentence


class LIKENESS_PT_pins(LikenessPanel, bpy.types.Panel):
    """In, and while pins are being set, what to do with them"""

    bl_label = "Pins"
    bl_parent_id = "LIKENESS_PT_photo"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 2

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return rig.find_rig(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        photo = pins.find_board(context.scene)
        if photo is None:
            missing = why_not_enter(context)
            draw_missing(layout, context, missing)
            layout.operator("likeness.enter_pins", icon="PINNED")
            return
        count = len(pins.pinned_places(photo))
        told = tell("Pinned: {count}.", count=count) if count else "Nothing is pinned yet."
        draw_sentence(layout, context, join(told, "Drag a pin with G; Ctrl Z takes it back."), "PINNED")
        layout.prop(photo, "color", index=3, text="Photo", slider=True)
        row = layout.row(align=True)
        row.operator("likeness.refit_avatar", icon="FILE_REFRESH")
        row.operator("likeness.reset_pins", icon="LOOP_BACK")
        layout.operator("likeness.apply_pins", icon="OUTLINER_OB_ARMATURE")
        layout.operator("likeness.leave_pins", icon="X")


CLASSES = (LIKENESS_PT_pins,)
