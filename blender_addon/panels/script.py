# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said: a script or a recording, in which language, by whom."""

from __future__ import annotations

import bpy

from ..consent import draw_consent
from ..operators.speak import why_no_sound
from .job import LikenessPanel
from .text import draw_missing


class LIKENESS_PT_script(LikenessPanel, bpy.types.Panel):
    """The words, and who says them"""

    bl_label = "Script"
    bl_order = 3

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.likeness
        if settings.script_block is None:
            layout.prop(settings, "script", text="", placeholder="What the avatar says")
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        for name in ("script_block", "language", "voice", "speed", "seconds"):
            column.prop(settings, name)


class LIKENESS_PT_recording(LikenessPanel, bpy.types.Panel):
    """A sound file of somebody who speaks, instead of a voice; the script above is optional then"""

    bl_label = "Recording"
    bl_parent_id = "LIKENESS_PT_script"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 0

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.likeness
        layout.prop(settings, "recording", text="")
        if settings.recording:
            layout.prop(settings, "trim")
            draw_consent(layout, settings.recording_consent)
        missing = why_no_sound(context)
        draw_missing(layout, context, missing)


CLASSES = (LIKENESS_PT_script, LIKENESS_PT_recording)
