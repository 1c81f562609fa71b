# SPDX-License-Identifier: GPL-3.0-or-later
"""From script or recording to a take on the rig."""

from __future__ import annotations

import bpy

from ..operators.speak import why_not_import, why_not_make, why_not_perform, why_not_record
from .job import LikenessPanel
from .setting_up import draw_first_run
from .text import draw_missing


class LIKENESS_PT_perform(LikenessPanel, bpy.types.Panel):
    """Script and direction in, take on the rig out"""

    bl_label = "Perform"
    bl_order = 5

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.likeness
        draw_first_run(layout, context, with_avatar=True)
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        for name in ("strength", "seed", "new_take", "begins"):
            column.prop(settings, name)
        missing = why_not_record(context) if settings.recording else why_not_perform(context)
        draw_missing(layout, context, missing, is_here=True)
        if settings.recording:
            layout.operator("likeness.perform_recording", icon="SPEAKER")
        layout.operator("likeness.perform_script", icon="PLAY_SOUND")


class LIKENESS_PT_silence(LikenessPanel, bpy.types.Panel):
    """A take in which nothing is said: its length is the script's"""

    bl_label = "Silence"
    bl_parent_id = "LIKENESS_PT_perform"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        missing = why_not_make(context)
        draw_missing(layout, context, missing)
        row = layout.row(align=True)
        for behaviour, text, icon in (("listening", "Listen", "HIDE_OFF"), ("idle", "Wait", "TIME")):
            row.operator("likeness.perform_silence", text=text, icon=icon).behaviour = behaviour


class LIKENESS_PT_layers(LikenessPanel, bpy.types.Panel):
    """Which layers a performance replaces"""

    bl_label = "Layers"
    bl_parent_id = "LIKENESS_PT_perform"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.column(align=True).prop(context.scene.likeness, "layers", expand=True)
        missing = why_not_import(context)
        draw_missing(layout, context, missing)
        layout.operator("likeness.import_performance", icon="IMPORT")


CLASSES = (LIKENESS_PT_perform, LIKENESS_PT_silence, LIKENESS_PT_layers)
