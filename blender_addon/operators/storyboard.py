# SPDX-License-Identifier: GPL-3.0-or-later
"""The storyboard of a film: written from the script, chosen, edited, checked, and one of its shots built."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy

from .. import rig
from ..engine import jobs, paths
from ..engine.pieces import Pieces
from ..engine.scenes import each_in_scene, in_scene
from ..errors import LikenessError
from ..shots.building import build_shot
from ..words import join, tell
from .avatar import find_avatar_folder
from .job import NO_AVATAR, explain, fail, start_job, why_busy, why_no_core
from .script import script_text
from .texts import keep_text, open_text, show_text


def storyboard_path(context: bpy.types.Context) -> Path | None:
    """The storyboard that is chosen."""
    file = context.scene.likeness.film.storyboard
    return Path(bpy.path.abspath(file)) if file else None


def films_folder(context: bpy.types.Context) -> Path:
    """Where the films of the storyboard go."""
    folder, path = context.scene.likeness.film.folder, storyboard_path(context)
    if folder:
        return Path(bpy.path.abspath(folder))
    return (path.parent if path is not None else paths.results_folder()) / "films"


def read_board(context: bpy.types.Context) -> Any:
    """What was found in the storyboard that is chosen; None where it was not checked yet."""
    board, path = context.window_manager.likeness_board, storyboard_path(context)
    return board if path is not None and board.path == str(path) else None


def why_no_storyboard(context: bpy.types.Context) -> str:
    """Why there is no storyboard to work on, in words; empty when there is one."""
    path = storyboard_path(context)
    if path is None:
        return "Choose a storyboard, or write a new one."
    return "" if path.is_file() else tell("There is no file {path}.", path=path)


def why_not_write(context: bpy.types.Context) -> str:
    """Why no storyboard can be written of the script, in words."""
    if rig.find_rig(context) is None:
        return NO_AVATAR
    if not script_text(context).strip():
        return "Write a script first."
    return why_no_core() or why_busy()


def why_not_build(context: bpy.types.Context) -> str:
    """Why no shot can be built, in words."""
    board = read_board(context)
    missing = why_no_storyboard(context)
    if not missing and (board is None or not len(board.shots)):
        missing = "Check the storyboard first."
    return missing or why_no_core() or why_busy()


def fill_board(path: Path, told: Mapping[str, Any]) -> None:
    """Show what the core found; shots that were not chosen stay so."""
    board = bpy.context.window_manager.likeness_board
    left_out = {shot.name for shot in board.shots if not shot.chosen} if board.path == str(path) else set()
    if board.path != str(path):
        board.files.clear()
    board.path, board.title, board.seconds = str(path), told["title"], told["duration"]
    board.fields = ", ".join(told["fields"])
    board.shots.clear()
    board.problems.clear()
    for scene in told["scenes"]:
        for shot in scene["shots"]:
            row = board.shots.add()
            row.name, row.scene, row.line = shot["name"], scene["name"], shot["line"]
            row.seconds, row.who = shot["duration"], ", ".join(shot["performers"])
            row.chosen = shot["name"] not in left_out
    for problem in told["problems"]:
        row = board.problems.add()
        row.name, row.hint = problem["message"], problem["hint"]
        row.line, row.column = problem["line"], problem["column"]
    board.shot = min(board.shot, max(len(board.shots) - 1, 0))


def tell_board(path: Path, told: Mapping[str, Any]) -> str:
    """What a check came to, in a sentence."""
    if told["problems"]:
        return tell("{name} has {count} mistakes.", name=path.name, count=len(told["problems"]))
    shots = sum(len(scene["shots"]) for scene in told["scenes"])
    return tell("{count} shots, about {seconds:.0f} s of film.", count=shots, seconds=told["duration"])


class LIKENESS_OT_new_storyboard(bpy.types.Operator):
    """Write a storyboard of the script, said by the avatar in hand: a shot for each paragraph"""

    bl_idname = "likeness.new_storyboard"
    bl_label = "New Storyboard"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_write(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings, armature = context.scene.likeness, rig.find_rig(context)
        folder = find_avatar_folder(armature)
        if folder is None:
            message = tell("The folder of the avatar {name} is not known.", name=armature.name)
            return fail(self, LikenessError("avatar_missing", message, "Import it from its folder once more."))
        title = paths.name_result(armature.name)
        out = paths.free_name(paths.results_folder(), title, ".md")
        who = [{"name": armature.name, "avatar": str(folder), "voice": settings.voice, "direction": settings.direction}]
        params = {
            "out": str(out),
            "title": title,
            "performers": json.dumps(who, ensure_ascii=False),
            "script": script_text(context),
            "language": settings.language,
            "use": settings.delivery.use,
        }
        scene = context.scene.session_uid

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            with in_scene(scene, str(out)) as there:
                there.scene.likeness.film.storyboard = str(out)
            fill_board(out, results[-1])
            return tell("The storyboard is {out}", out=out)

        steps = [jobs.ask("write_storyboard", params), jobs.ask("check_storyboard", {"storyboard": str(out)})]
        return start_job(self, self.bl_label, steps, apply)


def start_check(operator: bpy.types.Operator, path: Path) -> set[str]:
    """What was edited is saved, then the core reads it."""
    try:
        keep_text(path)
    except LikenessError as error:
        return fail(operator, error)

    def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
        fill_board(path, results[-1])
        return tell_board(path, results[-1])

    return start_job(
        operator, "Check Storyboard", [jobs.ask("check_storyboard", {"storyboard": str(path)})], apply, undo=False
    )


class LIKENESS_OT_choose_storyboard(bpy.types.Operator):
    """Choose a storyboard: a text file that says who says what, and what is seen"""

    bl_idname = "likeness.choose_storyboard"
    bl_label = "Choose Storyboard"
    bl_options = {"REGISTER", "UNDO"}

    filepath: bpy.props.StringProperty(
        name="Storyboard", subtype="FILE_PATH", options={"SKIP_SAVE"}, description="The storyboard's file"
    )
    filter_glob: bpy.props.StringProperty(default="*.md;*.txt", options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        path = Path(bpy.path.abspath(self.filepath))
        if not path.is_file():
            return fail(self, LikenessError("file_missing", tell("There is no file {path}.", path=path), ""))
        context.scene.likeness.film.storyboard = self.filepath
        if bpy.ops.likeness.check_storyboard.poll():
            bpy.ops.likeness.check_storyboard("INVOKE_DEFAULT")
        return {"FINISHED"}


class LIKENESS_OT_check_storyboard(bpy.types.Operator):
    """Save the storyboard if it was edited in Blender, read it, and say what is wrong with it"""

    bl_idname = "likeness.check_storyboard"
    bl_label = "Check"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_storyboard(context) or why_no_core() or why_busy())

    def execute(self, context: bpy.types.Context) -> set[str]:
        return start_check(self, storyboard_path(context))


class LIKENESS_OT_edit_storyboard(bpy.types.Operator):
    """Open the storyboard in Blender's Text Editor. It is saved when it is checked or made"""

    bl_idname = "likeness.edit_storyboard"
    bl_label = "Edit"
    bl_options = {"REGISTER", "UNDO"}

    line: bpy.props.IntProperty(
        name="Line", default=1, min=1, options={"SKIP_SAVE"}, description="Where the cursor stands"
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_storyboard(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            text = open_text(storyboard_path(context))
        except LikenessError as error:
            return fail(self, error)
        show_text(context, text, self.line)
        self.report({"INFO"}, tell("The storyboard is the text {name}.", name=text.name))
        return {"FINISHED"}


class LIKENESS_OT_build_shot(bpy.types.Operator):
    """Put a shot of the storyboard into the scene: avatars with their takes, camera, light and background"""

    bl_idname = "likeness.build_shot"
    bl_label = "Build Shot"

    shot: bpy.props.StringProperty(
        name="Shot", options={"SKIP_SAVE"}, description="Its name; empty for the one in hand"
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_build(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        board, path, settings = read_board(context), storyboard_path(context), context.scene.likeness.film
        shot = self.shot or board.shots[min(board.shot, len(board.shots) - 1)].name
        try:
            keep_text(path)
        except LikenessError as error:
            return fail(self, error)
        params = {
            "storyboard": str(path),
            "shot": shot,
            "out": str(films_folder(context)),
            "form": next((name for name in ("16:9", "9:16", "1:1", "4:5") if name in settings.formats), None),
            "online": bpy.app.online_access,
        }
        scene = context.scene.session_uid

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> Pieces[str]:
            request = Path(results[-1]["request"])
            job.warnings += yield from each_in_scene(scene, str(request), build_shot(bpy.context, request, shot))
            return tell("The shot {name} is in the scene.", name=shot)

        return start_job(self, self.bl_label, [jobs.ask("prepare_shot", params)], apply)


def join_problem(problem: Any) -> str:
    """A mistake of the storyboard in words, with its place."""
    place = tell("Line {line}, column {column}:", line=problem.line, column=problem.column)
    return join(place, problem.name, problem.hint)


CLASSES = (
    LIKENESS_OT_new_storyboard,
    LIKENESS_OT_choose_storyboard,
    LIKENESS_OT_check_storyboard,
    LIKENESS_OT_edit_storyboard,
    LIKENESS_OT_build_shot,
)
