# SPDX-License-Identifier: GPL-3.0-or-later
"""The quality card of the take that plays."""

from __future__ import annotations

import bpy

from .. import rig, takes
from ..operators.review import why_not_review
from ..operators.takes import why_no_take
from ..review.card import Card, is_stale, read_card
from ..words import tell
from .job import LikenessPanel
from .scores import ICONS
from .text import draw_missing, draw_sentence

# Measure -> what it is called, and its value in a form; (factor, form).
MEASURES = {
    "lips": ("Lips Meet at p b m", 100.0, "{:.0f} %"),
    "blinks": ("Blinks a Minute", 1.0, "{:.0f}"),
    "gaze": ("Looks at the Viewer", 100.0, "{:.0f} %"),
    "speed": ("Fastest Head Turn", 1.0, "{:.0f}°/s"),
    "trembling": ("Trembling of the Head", 1.0, "{:.2f}°"),
    "clipped": ("Sliders Beyond Their Range", 1.0, "{:.0f}"),
    "stillness": ("Longest Stillness", 1.0, "{:.1f} s"),
    "phones": ("Sounds Surely Heard", 100.0, "{:.0f} %"),
    "loudness": ("Loudness", 1.0, "{:.0f} LUFS"),
}
PLAIN = "DOT"  # of a measure that a short take is not judged by
SHOWN = 12  # warnings


class LIKENESS_PT_review(LikenessPanel, bpy.types.Panel):
    """Measures with their grades, and warnings that lead to their frames."""

    bl_label = "Take Quality"
    bl_parent_id = "LIKENESS_PT_takes"
    bl_order = 0

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return not why_no_take(context)

    def draw(self, context: bpy.types.Context) -> None:
        layout, armature = self.layout, rig.find_rig(context)
        take = takes.shown_take(armature)
        card = read_card(armature, take)
        draw_missing(layout, context, why_not_review(context))
        if card is None:
            layout.operator("likeness.review_take", icon="VIEWZOOM")
            return
        if is_stale(armature, take, card):
            draw_sentence(layout, context, "The take was edited since it was measured.", "ERROR")
        _draw_measures(layout, card)
        _draw_warnings(layout, context, card)
        layout.operator("likeness.review_take", text="Measure Again", icon="FILE_REFRESH")


def _draw_measures(layout: bpy.types.UILayout, card: Card) -> None:
    column = layout.column(align=True)
    for measure in card.measures:
        if measure["key"] in MEASURES:
            label, factor, form = MEASURES[measure["key"]]
            row = column.split(factor=0.74)
            row.label(text=label, icon=ICONS.get(measure["grade"], PLAIN))
            row.label(text=form.format(factor * measure["value"]))


def _draw_warnings(layout: bpy.types.UILayout, context: bpy.types.Context, card: Card) -> None:
    column = layout.column(align=True)
    for warning in card.warnings[:SHOWN]:
        row = column.row(align=True)
        text = f"{warning['start']:.2f} s"
        row.operator("likeness.go_to_warning", text=text, icon="TIME").seconds = warning["start"]
        draw_sentence(column, context, warning["text"], "NONE")
    if len(card.warnings) > SHOWN:
        draw_sentence(layout, context, tell("And {number} more.", number=len(card.warnings) - SHOWN), "INFO")


CLASSES = (LIKENESS_PT_review,)
