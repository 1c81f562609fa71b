# SPDX-License-Identifier: GPL-3.0-or-later
"""The usage policy, what a file says of itself, and avatars that may be shown no more."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy

from .. import rig
from ..engine import jobs, paths
from ..engine.process import core_home
from ..errors import LikenessError
from ..rig.assemble import AVATAR_ID
from ..words import tell, wrap
from .avatar import find_avatar_folder
from .job import NO_AVATAR, explain, fail, start_job, why_busy, why_no_core

POLICY = ("core", "trust", "policy.md")
VERSION = "Version:"
WIDTH, LETTERS = 620, 96  # of the dialog: pixels, and letters of a line
FILMS = "*.mp4;*.mov;*.png;*.jpg;*.jpeg;*.wav;*.m4v"


def read_policy() -> tuple[str, str]:
    """Version and text of the usage policy that came along. Raises LikenessError ``core_missing``."""
    path = core_home(paths.package_folder()).joinpath(*POLICY)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        message = tell("There is no file {path}.", path=path)
        raise LikenessError("core_missing", message, "Install the extension again from its zip file.") from error
    line = next((line for line in text.splitlines() if line.startswith(VERSION)), VERSION)
    return line.removeprefix(VERSION).strip(), text


def policy_lines(text: str) -> list[str]:
    """Its paragraphs, wrapped, without Markdown's marks; an empty line between two."""
    lines: list[str] = []
    paragraph: list[str] = []
    for line in [*text.splitlines(), ""]:
        plain = line.strip()
        if paragraph and (not plain or plain[0] in "#-" or plain[0].isdigit()):
            lines += wrap(" ".join(paragraph).lstrip("# ").replace("**", ""), LETTERS)
            paragraph = []
        if plain:
            paragraph.append(plain)
        elif lines and lines[-1]:
            lines.append("")
    return lines


def why_no_avatar(context: bpy.types.Context) -> str:
    """Why there is no avatar to revoke or forget, in words."""
    return ("" if rig.find_rig(context) is not None else NO_AVATAR) or why_no_core() or why_busy()


class LIKENESS_OT_accept_policy(bpy.types.Operator):
    """Read the usage policy, and accept it: without that nothing is rendered"""

    bl_idname = "likeness.accept_policy"
    bl_label = "Usage Policy"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_core() or why_busy())

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(
            self, width=WIDTH, title="Usage Policy", confirm_text="I Accept"
        )

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column(align=True)
        column.scale_y = 0.75
        for line in policy_lines(read_policy()[1]):
            column.label(text=line, translate=False)

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            version, _ = read_policy()
        except LikenessError as error:
            return fail(self, error)

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            return "The usage policy is accepted."

        return start_job(self, self.bl_label, [jobs.ask("accept_policy", {"version": version})], apply, undo=False)


class LIKENESS_OT_verify_file(bpy.types.Operator):
    """Say whether a film or picture is signed, whether it was changed, and on whose consent it was made"""

    bl_idname = "likeness.verify_file"
    bl_label = "Verify File"

    filepath: bpy.props.StringProperty(
        name="File", subtype="FILE_PATH", options={"SKIP_SAVE"}, description="A film, a picture or a sound"
    )
    filter_glob: bpy.props.StringProperty(default=FILMS, options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_core() or why_busy())

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        path = Path(bpy.path.abspath(self.filepath))
        if not path.exists():
            return fail(self, LikenessError("file_missing", tell("There is no file {path}.", path=path), ""))

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            found = results[-1]
            job.warnings += found["warnings"]
            bpy.context.window_manager.likeness_board.verified = found["summary"]
            return found["summary"].splitlines()[0]

        return start_job(self, self.bl_label, [jobs.ask("verify", {"file": str(path)})], apply, undo=False)


class LIKENESS_OT_revoke_avatar(bpy.types.Operator):
    """Let the avatar in hand be rendered no more on this computer, nor wherever your list is known"""

    bl_idname = "likeness.revoke_avatar"
    bl_label = "Revoke Avatar"

    reason: bpy.props.StringProperty(name="Reason", options={"SKIP_SAVE"}, description="Why; it stands in the list")

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_avatar(context))

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(
            self, width=400, title="Revoke this avatar?", confirm_text="Revoke"
        )

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = rig.find_rig(context)
        folder = find_avatar_folder(armature)
        params = {"what": str(folder or armature[AVATAR_ID]), "reason": self.reason}
        name = armature.name

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            return tell("{name} is revoked and will not be rendered.", name=name)

        return start_job(self, self.bl_label, [jobs.ask("revoke", params)], apply, undo=False)


class LIKENESS_OT_forget_avatar(bpy.types.Operator):
    """List all files that were made from the avatar in hand; nothing is deleted before you have seen the list"""

    bl_idname = "likeness.forget_avatar"
    bl_label = "Forget Avatar"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_avatar(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = rig.find_rig(context)
        avatar = str(find_avatar_folder(armature) or armature[AVATAR_ID])

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            board, things = bpy.context.window_manager.likeness_board, results[-1]["things"]
            board.forgotten.clear()
            board.forgotten_of = avatar if things else ""
            for thing in things:
                row = board.forgotten.add()
                row.name, row.about = thing["path"], thing["why"]
            return tell("{count} things were made from it. Nothing is deleted yet.", count=len(things))

        return start_job(self, self.bl_label, [jobs.ask("forget", forget_params(avatar))], apply, undo=False)


class LIKENESS_OT_delete_forgotten(bpy.types.Operator):
    """Delete all files of the list for good"""

    bl_idname = "likeness.delete_forgotten"
    bl_label = "Delete All of Them"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        listed = bool(context.window_manager.likeness_board.forgotten_of)
        return explain(cls, ("" if listed else "Press Forget Avatar first.") or why_no_core() or why_busy())

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        count = len(context.window_manager.likeness_board.forgotten)
        message = tell("{count} files and folders are deleted for good.", count=count)
        title = tell("Delete all that was made from this avatar?")
        return context.window_manager.invoke_confirm(self, event, title=title, message=message, icon="WARNING")

    def execute(self, context: bpy.types.Context) -> set[str]:
        board = context.window_manager.likeness_board
        params = {**forget_params(board.forgotten_of), "yes": True}
        board.forgotten.clear()
        board.forgotten_of = ""

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            job.warnings.append("What of the avatar is in this file stays until you delete it and save.")
            return tell("{count} things are deleted.", count=len(results[-1]["things"]))

        return start_job(self, self.bl_label, [jobs.ask("forget", params)], apply, undo=False)


def forget_params(avatar: str) -> dict[str, Any]:
    """Where to look for what was made from an avatar, as params of the core's ``forget``."""
    folder = paths.results_folder()
    return {"avatar": avatar, "folders": json.dumps([str(folder)] if folder.is_dir() else [])}


CLASSES = (
    LIKENESS_OT_accept_policy,
    LIKENESS_OT_verify_file,
    LIKENESS_OT_revoke_avatar,
    LIKENESS_OT_forget_avatar,
    LIKENESS_OT_delete_forgotten,
)
