# SPDX-License-Identifier: GPL-3.0-or-later
"""Direction in plain words: asked of the core, shown as sliders; and the feelings that a take was performed by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import bpy

from .. import rig
from ..engine import jobs
from ..engine.scenes import in_scene
from ..words import tell
from .acting import list_feelings, show_moves
from .job import explain, start_job, why_busy, why_no_core
from .script import script_text
from .takes import why_no_take


def why_not_understand(context: bpy.types.Context) -> str:
    """What is missing for a direction to be understood, in words; empty when nothing is."""
    if not context.scene.likeness.direction.strip() and "[" not in script_text(context):
        return "Write how it is said first, or directions in [brackets] into the script."
    return why_no_core() or why_busy()


class LIKENESS_OT_understand(bpy.types.Operator):
    """Understand the direction: the sliders below show what it means, and can be changed"""

    bl_idname = "likeness.understand"
    bl_label = "Understand"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_understand(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings, uid = context.scene.likeness, context.scene.session_uid
        asked = {"direction": settings.direction, "script": script_text(context), "language": settings.language}

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            found = results[-1]
            with in_scene(uid, "the direction") as there:
                show_moves(there.scene.likeness, asked["direction"], found["moves"], _tell(found), found["warnings"])
            return _tell(found)

        return start_job(self, self.bl_label, [jobs.ask("understand", asked)], apply)


def _tell(found: Mapping[str, Any]) -> str:
    """What was understood, in a sentence."""
    named = [f"{match['name']} {match['strength']:.0%}" for match in found["matches"]]
    cues = len(found["cues"])
    told = ", ".join(named) if named else tell("nothing for the whole")
    return (
        tell("Understood: {told}, and {cues} at places in the script.", told=told, cues=cues)
        if cues
        else tell("Understood: {told}.", told=told)
    )


class LIKENESS_OT_list_feelings(bpy.types.Operator):
    """List what the sentences of the take that plays feel like, as it was performed; change them, and perform again"""

    bl_idname = "likeness.list_feelings"
    bl_label = "List Feelings"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_take(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.likeness
        settings.feelings_of = "none"
        list_feelings(context.scene, rig.find_rig(context))
        if not len(settings.feelings):
            self.report({"INFO"}, "This take was performed without feelings.")
        return {"FINISHED"}


CLASSES = (LIKENESS_OT_understand, LIKENESS_OT_list_feelings)
