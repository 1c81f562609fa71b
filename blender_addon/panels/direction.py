# SPDX-License-Identifier: GPL-3.0-or-later
"""How it is said: words, the sliders that they mean, and what the sentences feel like."""

from __future__ import annotations

import bpy

from .. import rig
from ..directing import SLIDERS
from ..operators.acting import are_edited, are_listed
from ..operators.direction import why_not_understand
from .job import LikenessPanel
from .takes import TakePanel
from .text import draw_missing, draw_sentence


class LIKENESS_PT_direction(LikenessPanel, bpy.types.Panel):
    """Plain words in, sliders out"""

    bl_label = "Direction"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 4

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.likeness
        layout.prop(settings, "direction", text="", placeholder="How it is said: tired but friendly")
        layout.operator("likeness.understand", icon="VIEWZOOM")
        missing = why_not_understand(context)
        draw_missing(layout, context, missing)
        if settings.understood_of == settings.direction:
            draw_sentence(layout, context, settings.understood, "CHECKMARK")
            draw_sentence(layout, context, settings.not_understood, "ERROR")
        layout.prop(settings, "use_feelings")


class LIKENESS_PT_sliders(LikenessPanel, bpy.types.Panel):
    """What the direction means; every slider can be moved by hand"""

    bl_label = "What It Means"
    bl_parent_id = "LIKENESS_PT_direction"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 0

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.likeness
        column = layout.column(align=True)
        if settings.understood_of != settings.direction:
            draw_sentence(layout, context, "The direction is another one now: press Understand.", "INFO")
            column.enabled = False
        for name in SLIDERS:
            column.prop(settings.sliders, name, slider=True)


class LIKENESS_PT_mouth_style(LikenessPanel, bpy.types.Panel):
    """How the mouth speaks, in every take that is performed from now on"""

    bl_label = "Speaking Style"
    bl_parent_id = "LIKENESS_PT_direction"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        for name in ("articulation", "jaw_lips", "smile"):
            column.prop(context.scene.likeness, name, slider=True)


# Operator and icon beside the list of feelings.
TRACK_BUTTONS = (
    ("add_feeling", "ADD"),
    ("remove_feeling", "REMOVE"),
    ("split_feeling", "ARROW_LEFTRIGHT"),
    ("go_to_feeling", "TIME"),
)


class LIKENESS_UL_feelings(bpy.types.UIList):
    """Time, feeling, and how much of it"""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index) -> None:
        row = layout.row(align=True)
        split = row.split(factor=0.14)
        split.label(text=f"{item.start:.1f}")
        split = split.split(factor=0.62)
        split.prop(item, "category", text="", emboss=False)
        split.prop(item, "strength", text="", slider=True)


class LIKENESS_PT_feelings(TakePanel, bpy.types.Panel):
    """The emotion track of the take that plays"""

    bl_label = "Feelings"
    bl_parent_id = "LIKENESS_PT_direction"
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings, armature = self.layout, context.scene.likeness, rig.find_rig(context)
        if not are_listed(settings, armature):
            layout.operator("likeness.list_feelings", icon="FILE_REFRESH")
            return
        row = layout.row()
        row.template_list("LIKENESS_UL_feelings", "", settings, "feelings", settings, "feeling", rows=5)
        column = row.column(align=True)
        for name, icon in TRACK_BUTTONS:
            column.operator(f"likeness.{name}", text="", icon=icon)
        if not len(settings.feelings):
            draw_sentence(layout, context, "Nothing is felt here: add a feeling at the current frame.", "INFO")
        elif settings.feeling < len(settings.feelings):
            draw_sentence(layout, context, settings.feelings[settings.feeling].text, "SPEAKER")
            row = layout.row(align=True)
            for name in ("start", "end"):
                row.prop(settings.feelings[settings.feeling], name)
                row.operator("likeness.move_feeling", text="", icon="TIME").edge = name.upper()
        if are_edited(settings, armature):
            draw_sentence(layout, context, "The face follows when it is performed again.", "INFO")
            row = layout.row(align=True)
            row.operator("likeness.perform_feelings", icon="FILE_REFRESH")
            row.operator("likeness.list_feelings", text="", icon="LOOP_BACK")


CLASSES = (
    LIKENESS_PT_direction,
    LIKENESS_PT_sliders,
    LIKENESS_PT_mouth_style,
    LIKENESS_UL_feelings,
    LIKENESS_PT_feelings,
)
