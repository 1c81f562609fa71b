# SPDX-License-Identifier: GPL-3.0-or-later
"""Avatars that are appended, linked or duplicated become rigs of their own, with takes of their own."""

from __future__ import annotations

import bpy
from bpy.app.handlers import persistent

from .. import compat
from ..rig.identity import separate_rigs
from ..rig.made import remove_half_made
from ..takes.strips import ACTION_LAYER, ACTION_NAME, claim_actions
from ..upgrade import sign_scenes, upgrade_file

_known = -1  # how many objects there were when rigs were last told apart


def separate() -> None:
    """Tell equal rigs apart, and let those that are new own the takes on their tracks."""
    global _known
    for rig in separate_rigs():
        claim_actions(rig)
    _known = len(bpy.data.objects)


def tell(sentences: list[str]) -> None:
    """Report once what was found in a file: in the status bar, and in the Info editor."""
    for sentence in sentences:
        bpy.ops.likeness.report(message=sentence)


class LIKENESS_OT_report(bpy.types.Operator):
    """Report a sentence"""

    bl_idname = "likeness.report"
    bl_label = "Report"
    bl_options = {"INTERNAL"}

    message: bpy.props.StringProperty(name="Message", description="What is reported")

    def execute(self, context: bpy.types.Context) -> set[str]:
        self.report({"INFO"}, self.message)
        return {"FINISHED"}


CLASSES = (LIKENESS_OT_report,)


@persistent
def _after_import(context: bpy.types.BlendImportContext) -> None:
    """What was appended is renamed where its name is taken, and then no longer known by it.

    An action that had another name than its own in its file already is the artist's copy, and stays the artist's.
    """
    for item in context.import_items:
        action = item.id
        if not isinstance(action, bpy.types.Action) or action.library is not None or ACTION_LAYER not in action:
            continue
        if item.name != action.get(ACTION_NAME):
            del action[ACTION_LAYER]
    tell(upgrade_file())
    separate()


@persistent
def _after_load(path: str) -> None:
    remove_half_made()
    tell(upgrade_file())
    separate()


@persistent
def _after_undo(*_: object) -> None:
    remove_half_made()


@persistent
def _before_save(path: str) -> None:
    sign_scenes()


@persistent
def _after_change(scene: bpy.types.Scene, graph: bpy.types.Depsgraph) -> None:
    """Duplicating has no event of its own, nor appending before Blender 4.3; looking at their number costs nothing."""
    if len(bpy.data.objects) == _known:
        return
    if not compat.tells_of("blend_import_post"):
        tell(upgrade_file())
    separate()


HANDLERS = {
    "blend_import_post": _after_import,
    "load_post": _after_load,
    "undo_post": _after_undo,
    "redo_post": _after_undo,
    "save_pre": _before_save,
    "depsgraph_update_post": _after_change,
}


def register() -> None:
    """Listen to what brings objects into the file."""
    for name, handler in HANDLERS.items():
        compat.listen(name, handler)


def unregister() -> None:
    """Stop listening."""
    for name, handler in HANDLERS.items():
        compat.stop_listening(name, handler)
