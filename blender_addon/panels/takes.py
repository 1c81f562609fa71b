# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes, their layers as a mixer, and their phones as a list."""

from __future__ import annotations

import bpy

from .. import rig, takes
from ..operators.curves import edited_layer
from ..operators.pictures import take_icon
from ..operators.playback import is_playing
from ..operators.takes import why_no_take
from ..operators.timeline import is_listed
from ..takes.record import UNSURE
from ..takes.strips import LayerStrip
from ..words import tell
from .job import LikenessPanel
from .text import draw_sentence

PICTURE_SCALE = 4.0  # of the take that plays


class TakePanel(LikenessPanel):
    """There while a take plays."""

    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return not why_no_take(context)


class LIKENESS_PT_takes(TakePanel, bpy.types.Panel):
    """Which take plays, and performing it again in part"""

    bl_label = "Takes"
    bl_options = set()
    bl_parent_id = "LIKENESS_PT_perform"
    bl_order = 0

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.likeness
        armature = rig.find_rig(context)
        shown = takes.shown_take(armature)
        text, icon = ("Stop", "PAUSE") if is_playing(context) else ("Play", "PLAY")
        layout.operator("likeness.play_take", text=text, icon=icon)
        row = layout.row()
        column = row.column(align=True)
        for take in takes.list_takes(armature):
            _draw_take(column, armature, settings, take, take == shown)
        column = row.column(align=True)
        column.operator("likeness.duplicate_take", text="", icon="DUPLICATE")
        column.operator("likeness.remove_take", text="", icon="REMOVE")
        column.operator("likeness.picture_take", text="", icon="RESTRICT_RENDER_OFF")
        if len(takes.list_takes(armature)) > 1:
            column.operator("likeness.reorder_take", text="", icon="TRIA_UP").direction = "UP"
            column.operator("likeness.reorder_take", text="", icon="TRIA_DOWN").direction = "DOWN"
        layout.prop(settings, "use_range")
        layout.operator("likeness.perform_again", icon="FILE_REFRESH")


def _draw_take(
    column: bpy.types.UILayout, armature: bpy.types.Object, settings: bpy.types.PropertyGroup, take: str, is_shown: bool
) -> None:
    """A take as a button with its picture; the one that plays has a larger picture, and its name can be typed."""
    picture = take_icon(armature, take)
    if not is_shown:
        look = {"icon_value": picture} if picture else {"icon": "BLANK1"}
        column.operator("likeness.show_take", text=take, translate=False, **look).take = take
        return
    if picture:
        column.template_icon(icon_value=picture, scale=PICTURE_SCALE)
    column.prop(settings, "take_name", text="", icon="PLAY")


class LIKENESS_PT_mixer(TakePanel, bpy.types.Panel):
    """Mute, solo and strength of each layer; offset, smoothing, range, seed and curves where its triangle is open"""

    bl_label = "Mixer"
    bl_order = 0
    bl_parent_id = "LIKENESS_PT_takes"

    def draw(self, context: bpy.types.Context) -> None:
        armature = rig.find_rig(context)
        edited = edited_layer(armature)
        if edited is not None:
            draw_sentence(
                self.layout,
                context,
                tell("Keys go into the layer {layer} now.", layer=edited)
                if edited
                else "Keys go into the open layer now.",
                "INFO",
            )
            self.layout.operator("likeness.leave_curves", icon="LOOP_BACK")
        record = takes.take_record(armature, takes.shown_take(armature))
        for layer, found in takes.take_strips(armature, takes.shown_take(armature)).items():
            column, mixer = self.layout.column(align=True), getattr(context.scene.likeness, f"mixer_{layer}")
            row = column.row(align=True)
            row.prop(mixer, "more", text="", icon="DOWNARROW_HLT" if mixer.more else "RIGHTARROW", emboss=False)
            row.prop(mixer, "mute", text="", icon="HIDE_ON" if mixer.mute else "HIDE_OFF", emboss=False)
            row.prop(mixer, "solo", text="", icon="SOLO_ON" if mixer.solo else "SOLO_OFF", emboss=False)
            row.prop(mixer, "strength", text=tell(layer.capitalize()), slider=True)
            row.operator("likeness.reroll_layer", text="", icon="FILE_REFRESH").layer = layer
            if mixer.more:
                seed = record.seed_of(layer) if record is not None else 0
                draw_details(column, mixer, found, seed, layer == edited)


def draw_details(
    layout: bpy.types.UILayout, mixer: bpy.types.PropertyGroup, found: LayerStrip, seed: int, is_edited: bool
) -> None:
    """What is set of a layer now and then."""
    row = layout.row(align=True)
    row.prop(mixer, "offset")
    row.prop(mixer, "smoothing")
    row = layout.row(align=True)
    is_limited = takes.layer_range(found) is not None
    row.operator("likeness.limit_layer", text="Range", icon="PREVIEW_RANGE", depress=is_limited).layer = found.layer
    row.operator("likeness.set_seed", text=tell("Seed {seed}", seed=seed)).layer = found.layer
    row.operator("likeness.edit_curves", text="Curves", icon="FCURVE", depress=is_edited).layer = found.layer


class LIKENESS_UL_phones(bpy.types.UIList):
    """Time, sound, viseme and word of every phone; a question mark before one that was heard with doubt"""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index) -> None:
        row = layout.row(align=True)
        row.label(text=f"{item.start:.2f}")
        row.label(text=item.phone or tell("pause"), icon="QUESTION" if item.confidence < UNSURE else "NONE")
        row.label(text=item.viseme.removeprefix("viseme_"))
        row.label(text=item.word)


class LIKENESS_PT_phones(TakePanel, bpy.types.Panel):
    """The phones of the take that plays; what is changed is rebuilt at once"""

    bl_label = "Phones and Words"
    bl_order = 1
    bl_parent_id = "LIKENESS_PT_takes"

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.likeness
        layout.row(align=True).prop(settings, "markers", expand=True)
        if not is_listed(context.scene, rig.find_rig(context)):
            layout.operator("likeness.list_phones", icon="FILE_REFRESH")
            return
        layout.template_list("LIKENESS_UL_phones", "", settings, "phones", settings, "phone", rows=6)
        row = layout.row(align=True)
        row.operator("likeness.nudge_phone", text="", icon="TRIA_LEFT").frames = -1.0
        row.operator("likeness.nudge_phone", text="", icon="TRIA_RIGHT").frames = 1.0
        row.operator("likeness.edit_phone", text="Edit")
        row.operator("likeness.add_phone", text="", icon="ADD")
        row.operator("likeness.remove_phone", text="", icon="REMOVE")
        row.operator("likeness.go_to_phone", text="", icon="TIME")


CLASSES = (LIKENESS_PT_takes, LIKENESS_PT_mixer, LIKENESS_UL_phones, LIKENESS_PT_phones)
