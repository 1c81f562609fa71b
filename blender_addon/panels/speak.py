# SPDX-License-Identifier: GPL-3.0-or-later
"""From a script or a recording to a performance."""

from __future__ import annotations

import bpy

from ..consent import draw_consent
from ..operators.speak import why_not_import, why_not_make, why_not_perform, why_not_record
from .job import LikenessPanel
from .text import draw_sentence


class LIKENESS_PT_speak(LikenessPanel, bpy.types.Panel):
    """Script in, take on the rig out."""

    bl_label = "Speak"
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.likeness
        if settings.script_block is None:
            layout.prop(settings, "script", text="", placeholder="What the avatar says")
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(settings, "script_block")
        column.prop(settings, "language")
        column.prop(settings, "voice")
        column.prop(settings, "speed")
        column.prop(settings, "seconds")
        column.prop(settings, "strength")
        column.prop(settings, "seed")
        column.prop(settings, "new_take")
        missing = why_not_perform(context)
        if missing:
            draw_sentence(layout, context, missing, "INFO")
        layout.operator("likeness.perform_script", icon="PLAY_SOUND")


class LIKENESS_PT_recording(LikenessPanel, bpy.types.Panel):
    """Recording in, take on the rig out; the script above is optional then."""

    bl_label = "Recording"
    bl_parent_id = "LIKENESS_PT_speak"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.prop(context.scene.likeness, "recording", text="")
        layout.prop(context.scene.likeness, "trim")
        draw_consent(layout, context.scene.likeness.recording_consent)
        missing = why_not_record(context)
        if missing:
            draw_sentence(layout, context, missing, "INFO")
        layout.operator("likeness.perform_recording", icon="SPEAKER")


class LIKENESS_PT_silence(LikenessPanel, bpy.types.Panel):
    """A take in which nothing is said: the length is the one above."""

    bl_label = "Silence"
    bl_parent_id = "LIKENESS_PT_speak"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        missing = why_not_make(context)
        if missing:
            draw_sentence(layout, context, missing, "INFO")
        row = layout.row(align=True)
        for behaviour, text, icon in (("listening", "Listen", "HIDE_OFF"), ("idle", "Wait", "TIME")):
            row.operator("likeness.perform_silence", text=text, icon=icon).behaviour = behaviour


class LIKENESS_PT_mouth_style(LikenessPanel, bpy.types.Panel):
    """How the mouth speaks, in every take that is performed from now on."""

    bl_label = "Speaking Style"
    bl_parent_id = "LIKENESS_PT_speak"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        for name in ("articulation", "jaw_lips", "smile"):
            column.prop(context.scene.likeness, name, slider=True)


class LIKENESS_PT_layers(LikenessPanel, bpy.types.Panel):
    """Which layers a performance replaces."""

    bl_label = "Layers"
    bl_parent_id = "LIKENESS_PT_speak"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.column(align=True).prop(context.scene.likeness, "layers", expand=True)
        missing = why_not_import(context)
        if missing:
            draw_sentence(layout, context, missing, "INFO")
        layout.operator("likeness.import_performance", icon="IMPORT")


CLASSES = (LIKENESS_PT_speak, LIKENESS_PT_mouth_style, LIKENESS_PT_recording, LIKENESS_PT_silence, LIKENESS_PT_layers)
