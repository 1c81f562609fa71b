# SPDX-License-Identifier: GPL-3.0-or-later
"""The usage policy, what files say of themselves, and avatars that may be shown no more."""

from __future__ import annotations

import bpy

from ..words import tell
from .job import LikenessPanel
from .text import draw_sentence

MOST_FILES = 12  # of those to be deleted that are shown


class LIKENESS_PT_trust(LikenessPanel, bpy.types.Panel):
    """What may be shown, and what files say of themselves"""

    bl_label = "Consent and Trust"
    bl_parent_id = "LIKENESS_PT_help"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        layout, board = self.layout, context.window_manager.likeness_board
        column = layout.column(align=True)
        column.operator("likeness.accept_policy", icon="TEXT")
        column.operator("likeness.verify_file", icon="VIEWZOOM")
        if board.verified:
            box = layout.box()
            for line in board.verified.splitlines():
                draw_sentence(box, context, line)
        column = layout.column(align=True)
        column.operator("likeness.revoke_avatar", icon="CANCEL")
        column.operator("likeness.forget_avatar", icon="TRASH")
        if board.forgotten_of:
            box = layout.box()
            for row in board.forgotten[:MOST_FILES]:
                draw_sentence(box, context, row.name)
            if len(board.forgotten) > MOST_FILES:
                draw_sentence(box, context, tell("{number} more", number=len(board.forgotten) - MOST_FILES))
            box.operator("likeness.delete_forgotten", icon="TRASH")


CLASSES = (LIKENESS_PT_trust,)
