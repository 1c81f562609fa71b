# SPDX-License-Identifier: GPL-3.0-or-later
"""Translation and dubbing: the same take in another language."""

from __future__ import annotations

import bpy

from ..operators.translate import why_not_dub, why_not_translate
from .job import LikenessPanel
from .text import draw_missing


class LIKENESS_PT_translate(LikenessPanel, bpy.types.Panel):
    """Script in, script and take in another language out"""

    bl_label = "Translate and Dub"
    bl_parent_id = "LIKENESS_PT_script"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 3

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.likeness
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(settings, "dub_language")
        column.prop(settings, "translator")
        if settings.translator == "table":
            column.prop(settings, "translation_table")
            layout.operator("likeness.write_table", icon="SPREADSHEET")
        if settings.translator == "openai":
            column.prop(settings, "translator_url")
            column.prop(settings, "translator_model")
        draw_missing(layout, context, why_not_translate(context))
        layout.operator("likeness.translate_script", icon="FILE_TEXT")
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(settings, "dub_block")
        column.prop(settings, "dub_voice")
        draw_missing(layout, context, why_not_dub(context))
        layout.operator("likeness.dub_take", icon="PLAY_SOUND")


CLASSES = (LIKENESS_PT_translate,)
