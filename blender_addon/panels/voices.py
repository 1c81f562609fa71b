# SPDX-License-Identifier: GPL-3.0-or-later
"""Who speaks: the list of voices, names and how they are said, a voice of one's own."""

from __future__ import annotations

import bpy

from ..consent import draw_consent, why_not_consent
from ..operators.pronunciations import why_not_find
from ..operators.voices import why_not_ask, why_not_make_voice, why_not_try
from ..words import tell
from .job import LikenessPanel
from .text import draw_missing, draw_sentence


class LIKENESS_UL_voices(bpy.types.UIList):
    """Name, sex, what it is, and whether it has to be fetched; only those of the script's language"""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index) -> None:
        row = layout.row(align=True)
        row.label(text=item.title, icon="RADIOBUT_ON" if is_chosen(context, item) else "RADIOBUT_OFF")
        row.label(text=" ".join(filter(None, (item.sex, item.about))))
        row.label(text=state_of(item), icon="URL" if item.is_online else "NONE")

    def filter_items(self, context, data, property) -> tuple[list[int], list[int]]:
        language = context.scene.likeness.language
        wanted = self.filter_name.lower()
        shown = [
            self.bitflag_filter_item
            if language in voice.languages.split() and wanted in f"{voice.name} {voice.title} {voice.about}".lower()
            else 0
            for voice in getattr(data, property)
        ]
        return shown, []


def is_chosen(context: bpy.types.Context, voice: bpy.types.PropertyGroup) -> bool:
    """Whether this voice is to speak."""
    return context.scene.likeness.voice == voice.name


def state_of(voice: bpy.types.PropertyGroup) -> str:
    """Where a voice is."""
    if voice.is_online:
        return tell("online")
    return tell("fetch {megabytes:.0f} MB", megabytes=voice.megabytes) if voice.megabytes else tell("here")


class LIKENESS_PT_voices(LikenessPanel, bpy.types.Panel):
    """All voices of the script's language"""

    bl_label = "Voices"
    bl_parent_id = "LIKENESS_PT_script"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings, manager = self.layout, context.scene.likeness, context.window_manager
        layout.operator("likeness.list_voices", icon="FILE_REFRESH")
        draw_missing(layout, context, why_not_ask(context))
        if len(manager.likeness_voices):
            names = ("likeness_voices", manager, "likeness_voice")
            layout.template_list("LIKENESS_UL_voices", "", manager, *names, rows=6)
        row = layout.row(align=True)
        row.operator("likeness.choose_voice", text="Best Voice").voice = "auto"
        row.operator("likeness.try_voice", icon="PLAY")
        draw_missing(layout, context, why_not_try(context))
        layout.prop(settings, "voice_style", placeholder="Style")


class LIKENESS_UL_pronunciations(bpy.types.UIList):
    """A word, how the voice says it, and how it is to be said"""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index) -> None:
        row = layout.row(align=True)
        row.prop(item, "name", text="", emboss=False, placeholder="Word")
        row.label(text=item.heard)
        row.prop(item, "said", text="", placeholder="wɪn or win")


class LIKENESS_PT_pronunciations(LikenessPanel, bpy.types.Panel):
    """Names, and how they are said: in IPA or as plain letters"""

    bl_label = "Pronunciation"
    bl_parent_id = "LIKENESS_PT_script"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.likeness
        layout.operator("likeness.find_names", icon="VIEWZOOM")
        draw_missing(layout, context, why_not_find(context))
        row = layout.row()
        row.template_list(
            "LIKENESS_UL_pronunciations", "", settings, "pronunciations", settings, "pronunciation", rows=3
        )
        column = row.column(align=True)
        column.operator("likeness.add_pronunciation", text="", icon="ADD")
        column.operator("likeness.remove_pronunciation", text="", icon="REMOVE")


class LIKENESS_PT_own_voice(LikenessPanel, bpy.types.Panel):
    """A voice that resembles a sample; it is no clone, and how near it comes is told"""

    bl_label = "Voice Resemblance"
    bl_parent_id = "LIKENESS_PT_voices"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.likeness
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        for name in ("voice_sample", "voice_name", "voice_agreement"):
            column.prop(settings, name)
        draw_consent(layout, settings.voice_consent)
        draw_sentence(layout, context, why_not_consent(settings.voice_consent), "ERROR")
        draw_missing(layout, context, why_not_make_voice(context))
        layout.operator("likeness.make_voice", icon="USER")


CLASSES = (
    LIKENESS_UL_voices,
    LIKENESS_PT_voices,
    LIKENESS_UL_pronunciations,
    LIKENESS_PT_pronunciations,
    LIKENESS_PT_own_voice,
)
