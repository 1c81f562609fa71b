# SPDX-License-Identifier: GPL-3.0-or-later
"""From a storyboard to films: what it holds, what is wrong with it, what is made of it."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..operators.film import why_not_make
from ..operators.storyboard import (
    films_folder,
    join_problem,
    read_board,
    storyboard_path,
    why_no_storyboard,
    why_not_write,
)
from ..words import tell
from .job import LikenessPanel
from .text import draw_missing, draw_sentence

MOST_PROBLEMS = 8  # of a storyboard that are shown at once


class LIKENESS_UL_shots(bpy.types.UIList):
    """Whether a shot is made, its name, how long it is, and who is in it"""

    def draw_item(self, context, layout, data, item, icon, active_data, active_property, index) -> None:
        row = layout.row(align=True)
        row.prop(item, "chosen", text="")
        row.label(text=item.name, translate=False)
        row.label(text=item.who, translate=False)
        row.label(text=tell("{seconds:.1f} s", seconds=item.seconds))


class LIKENESS_PT_film(LikenessPanel, bpy.types.Panel):
    """A storyboard: who says what, and what is seen"""

    bl_label = "Film"
    bl_options = {"DEFAULT_CLOSED"}
    bl_order = 8

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.likeness.film
        layout.prop(settings, "storyboard", text="")
        row = layout.row(align=True)
        row.operator("likeness.new_storyboard", text="New", icon="ADD")
        row.operator("likeness.choose_storyboard", text="Open", icon="FILEBROWSER")
        missing = why_no_storyboard(context)
        if missing:
            draw_sentence(layout, context, missing, "INFO")
            if storyboard_path(context) is None:
                draw_missing(layout, context, why_not_write(context))
            return
        row = layout.row(align=True)
        row.operator("likeness.edit_storyboard", icon="TEXT")
        row.operator("likeness.check_storyboard", icon="CHECKMARK")
        board = read_board(context)
        if board is not None:
            self.draw_board(context, board)

    def draw_board(self, context: bpy.types.Context, board) -> None:
        layout = self.layout
        for problem in board.problems[:MOST_PROBLEMS]:
            row = layout.row()
            draw_sentence(row.column(), context, join_problem(problem), "ERROR", share=0.85)
            row.operator("likeness.edit_storyboard", text="", icon="TEXT").line = max(problem.line, 1)
        if len(board.problems) > MOST_PROBLEMS:
            draw_sentence(layout, context, tell("{number} more", number=len(board.problems) - MOST_PROBLEMS))
        if not len(board.shots):
            return
        layout.template_list("LIKENESS_UL_shots", "", board, "shots", board, "shot", rows=4)
        shot = board.shots[min(board.shot, len(board.shots) - 1)]
        row = layout.row(align=True)
        row.operator("likeness.build_shot", icon="SCENE_DATA")
        row.operator("likeness.edit_storyboard", text="", icon="TEXT").line = max(shot.line, 1)


class LIKENESS_PT_make_film(LikenessPanel, bpy.types.Panel):
    """How the film is made, and what was made"""

    bl_label = "Make"
    bl_parent_id = "LIKENESS_PT_film"
    bl_order = 0

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return storyboard_path(context) is not None

    def draw(self, context: bpy.types.Context) -> None:
        layout, settings = self.layout, context.scene.likeness.film
        layout.row().prop(settings, "quality", expand=True)
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.row(align=True).prop(settings, "formats", expand=True)
        for name in ("size", "engine", "codec", "folder"):
            column.prop(settings, name)
        missing = why_not_make(context)
        if missing != why_no_storyboard(context):
            draw_missing(layout, context, missing)
        layout.operator("likeness.make_film", icon="RENDER_ANIMATION")
        board = read_board(context)
        if board is None or not len(board.files):
            return
        box = layout.box().column(align=True)
        for made in board.files:
            row = box.row(align=True)
            row.label(text=Path(made.name).name, translate=False, icon="CHECKMARK" if made.about else "FILE")
            row.operator("likeness.open_file", text="", icon="PLAY").filepath = made.name
        box.operator("likeness.open_file", text="Open Folder", icon="FILE_FOLDER").filepath = str(films_folder(context))


CLASSES = (LIKENESS_UL_shots, LIKENESS_PT_film, LIKENESS_PT_make_film)
