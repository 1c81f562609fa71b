# SPDX-License-Identifier: GPL-3.0-or-later
"""How good the avatar in hand is, in words, and what would make a better one."""

from __future__ import annotations

import json
from dataclasses import dataclass

import bpy

from .. import rig, words
from .job import LikenessPanel
from .text import draw_sentence


@dataclass(frozen=True)
class Score:
    """good, fair: bounds from which on a score is called so; below good it has its advice.

    A bound that is less than the other way round (good < fair) belongs to a score that is better when small.
    """

    key: str
    text: str
    good: float
    fair: float
    advice: str
    percent: bool = False

    def grade(self, value: float) -> str:
        """``good``, ``fair`` or ``poor``."""
        sign = 1.0 if self.good > self.fair else -1.0
        if sign * value >= sign * self.good:
            return "good"
        return "fair" if sign * value >= sign * self.fair else "poor"

    def tell(self, value: float) -> str:
        """``Likeness from the front 0.93 (good)``."""
        number = f"{100 * value:.1f} %" if self.percent else f"{value:.2f}"
        return words.tell(
            "{score} {number} ({grade})",
            score=words.tell(self.text),
            number=number,
            grade=words.tell(self.grade(value)),
        )


SHARP = "A sharp, evenly lit photo from the front, with a relaxed mouth, helps most."
SIDES = "Add photos of the left and right side, and build the avatar again."
PINS = "Correct what was read wrongly by pins."
# Likeness is the cosine between avatar and photo as an identity network sees them: other people stay below 0.36.
SCORES = (
    Score("sface_photo_view", "Likeness as in the photo", 0.95, 0.9, SHARP),
    Score("sface_yaw0", "Likeness from the front", 0.92, 0.85, SHARP),
    Score("sface_yaw15", "Likeness turned by 15°", 0.88, 0.8, SIDES),
    Score("sface_yaw30", "Likeness turned by 30°", 0.84, 0.75, SIDES),
    Score("warped_landmark_error", "Features off by", 0.008, 0.02, PINS, percent=True),
    Score("silhouette_iou", "Outline alike", 0.96, 0.9, "A plain background unlike hair and clothes helps.", True),
    Score("texture_coverage", "Skin seen in the photo", 0.6, 0.4, SIDES, True),
)
ICONS = {"good": "CHECKMARK", "fair": "INFO", "poor": "ERROR"}


def _offer_pins(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    layout.operator("likeness.enter_pins", icon="PINNED")


def _offer_sides(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    for name in ("photo_left", "photo_right"):
        column.prop(context.scene.likeness, name)
    layout.operator("likeness.build_avatar", text="Build Again", icon="OUTLINER_OB_ARMATURE")


HELPS = {PINS: _offer_pins, SIDES: _offer_sides}


class LIKENESS_PT_scores(LikenessPanel, bpy.types.Panel):
    """Scores of the rig in hand; not there without one"""

    bl_label = "Quality"
    bl_parent_id = "LIKENESS_PT_avatar"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 0

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        armature = rig.find_rig(context)
        return armature is not None and "likeness_scores" in armature

    def draw(self, context: bpy.types.Context) -> None:
        armature = rig.find_rig(context)
        scores = json.loads(armature["likeness_scores"])
        told = [(score, scores[score.key]) for score in SCORES if score.key in scores]
        column = self.layout.column(align=True)
        for score, value in told:
            column.label(text=score.tell(value), icon=ICONS[score.grade(value)])
        for warning in json.loads(armature.get("likeness_warnings", "[]")):
            draw_sentence(self.layout, context, warning, "ERROR")
        for advice in dict.fromkeys(score.advice for score, value in told if score.grade(value) != "good"):
            draw_sentence(self.layout, context, advice, "LIGHT")
            if advice in HELPS:
                HELPS[advice](self.layout, context)
        if rig.DELIGHT in armature:
            self.layout.prop(armature, f'["{rig.DELIGHT}"]', text="Take the Photo's Light Off", slider=True)


CLASSES = (LIKENESS_PT_scores,)
