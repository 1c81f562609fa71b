# SPDX-License-Identifier: GPL-3.0-or-later
"""First steps that tick themselves off, and where there is help."""

from __future__ import annotations

import bpy

from .. import rig, takes
from ..operators.render import clip_path
from ..operators.script import script_text
from ..rig.assemble import is_rig
from ..words import tell
from .job import LikenessPanel
from .text import draw_sentence

KEYS = (
    ("N", "Show or hide this sidebar"),
    ("Space", "Play the take, with its sound"),
    ("Shift A", "Add an avatar: Likeness"),
    ("Esc", "Cancel what is at work"),
    ("G, R", "Move a handle, turn a bone in Pose Mode"),
    ("Ctrl Z", "Take back what was done last"),
)


def first_steps(context: bpy.types.Context) -> list[tuple[str, bool]]:
    """What is to be done for a first clip, and whether it is done in this scene."""
    armature = rig.find_rig(context)
    has_avatar = armature is not None or any(is_rig(obj) for obj in context.scene.objects)
    has_take = armature is not None and takes.shown_take(armature) is not None
    settings = context.scene.likeness
    return [
        ("Choose a photo", bool(settings.photo) or has_avatar),
        ("Build the avatar", has_avatar),
        ("Write a script", bool(script_text(context).strip() or settings.recording) or has_take),
        ("Speak and Perform", has_take),
        ("Build Studio, then Render Clip", clip_path(context).is_file()),
    ]


class LIKENESS_PT_help(LikenessPanel, bpy.types.Panel):
    """First steps, the guide, and what to do about a bug"""

    bl_label = "Help"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 10

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        column = layout.column(align=True)
        for number, (text, is_done) in enumerate(first_steps(context), 1):
            column.label(
                text=tell("{number}. {step}", number=number, step=tell(text)),
                icon="CHECKBOX_HLT" if is_done else "CHECKBOX_DEHLT",
            )
        column = layout.column(align=True)
        column.operator("likeness.open_guide", icon="HELP")
        column.operator("likeness.open_results", icon="FILE_FOLDER")
        column.operator("likeness.copy_report", icon="COPYDOWN")


class LIKENESS_PT_keys(LikenessPanel, bpy.types.Panel):
    """Keys that help while working with an avatar"""

    bl_label = "Shortcuts"
    bl_parent_id = "LIKENESS_PT_help"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 0

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column(align=True)
        for key, text in KEYS:
            row = column.split(factor=0.22)
            row.label(text=key)
            draw_sentence(row.column(), context, text, share=0.78)


CLASSES = (LIKENESS_PT_help, LIKENESS_PT_keys)
