# SPDX-License-Identifier: GPL-3.0-or-later
"""Films made of a storyboard, by the core and a Blender of its own, while this one stays free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy

from ..engine import jobs, paths
from ..errors import LikenessError
from ..filming import BOARD, FORMATS
from ..words import tell
from .job import explain, fail, start_job, why_busy, why_no_core
from .storyboard import films_folder, read_board, storyboard_path, why_no_storyboard
from .texts import keep_text


def why_not_make(context: bpy.types.Context) -> str:
    """Why no film can be made, in words; empty when one can."""
    board, missing = read_board(context), why_no_storyboard(context)
    if not missing and board is not None:
        if board.fields:
            missing = "This storyboard has fields: make a campaign of it, with a table, at the command line."
        elif len(board.shots) and not any(shot.chosen for shot in board.shots):
            missing = "Choose at least one shot."
    return missing or why_no_core() or why_busy()


def film_params(context: bpy.types.Context) -> dict[str, Any]:
    """What the panel asks for, as params of the core's ``make_film``."""
    settings, board = context.scene.likeness.film, read_board(context)
    shots = [shot.name for shot in board.shots if shot.chosen] if board is not None else []
    is_all = board is None or len(shots) == len(board.shots)
    asked = {name: getattr(settings, name) for name in ("size", "engine", "codec")}
    return {
        "storyboard": str(storyboard_path(context)),
        "out": str(films_folder(context)),
        "quality": settings.quality,
        "formats": ",".join(name for name, *_ in FORMATS if name in settings.formats),
        "shots": "" if is_all else "\n".join(shots),
        "blender": paths.blender_program(),
        "fonts": paths.fonts_folder(),
        "online": bpy.app.online_access,
        **{name: value for name, value in asked.items() if value != BOARD[0]},
    }


def tell_film(result: Mapping[str, Any]) -> str:
    """What was made, and what was there already, in a sentence."""
    made, reused = (sum(len(what) for what in result[name].values()) for name in ("made", "reused"))
    return tell(
        "{seconds:.1f} s of film are made; of its parts {made} are new, {reused} were there.",
        seconds=result["duration"],
        made=made,
        reused=reused,
    )


class LIKENESS_OT_make_film(bpy.types.Operator):
    """Speak, perform, render and sign the film of the storyboard; what did not change is used again"""

    bl_idname = "likeness.make_film"
    bl_label = "Make Film"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_make(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        params, path = film_params(context), storyboard_path(context)
        try:
            keep_text(path)
        except LikenessError as error:
            return fail(self, error)

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            fill_files(path, results[-1])
            job.warnings += [text for text in results[-1]["warnings"] if text not in job.warnings]
            return tell_film(results[-1])

        return start_job(self, self.bl_label, [jobs.ask("make_film", params)], apply, undo=False, keeps=True)


def fill_files(path: Path, result: Mapping[str, Any]) -> None:
    """Show the files that were made."""
    board = bpy.context.window_manager.likeness_board
    board.path = str(path)
    board.files.clear()
    for file in result["files"]:
        row = board.files.add()
        row.name, row.about = file, result["verified"].get(Path(file).name, "")


class LIKENESS_OT_open_file(bpy.types.Operator):
    """Open a file or a folder in the program that this computer has for it"""

    bl_idname = "likeness.open_file"
    bl_label = "Open File"

    filepath: bpy.props.StringProperty(
        name="File",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
        description="What is opened; empty for the films' folder",
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        path = Path(bpy.path.abspath(self.filepath)) if self.filepath else films_folder(context)
        if not path.exists():
            return fail(self, LikenessError("file_missing", tell("There is no file {path}.", path=path), ""))
        bpy.ops.wm.path_open(filepath=str(path))
        return {"FINISHED"}


CLASSES = (LIKENESS_OT_make_film, LIKENESS_OT_open_file)
