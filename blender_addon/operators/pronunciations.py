# SPDX-License-Identifier: GPL-3.0-or-later
"""The person's own pronunciations: names and words that the voice would say otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import bpy

from ..engine import jobs
from ..engine.scenes import in_scene
from ..words import tell
from .job import explain, start_job, why_busy, why_no_core
from .script import script_text, write_pronunciations


def why_not_find(context: bpy.types.Context) -> str:
    """What is missing for names to be found in the script, in words; empty when nothing is."""
    if not script_text(context).strip():
        return "Write a script first."
    return why_no_core() or why_busy()


class LIKENESS_OT_find_names(bpy.types.Operator):
    """List the words of the script that stand in no dictionary, with how the voice would say them"""

    bl_idname = "likeness.find_names"
    bl_label = "Find Names"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_find(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings, uid = context.scene.likeness, context.scene.session_uid
        asked = {
            "script": script_text(context),
            "language": settings.language,
            "pronunciations": write_pronunciations(settings),
        }

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            with in_scene(uid, "the names") as there:
                count = _list_names(there.scene.likeness, results[-1]["words"])
            return (
                tell("{count} words stand in no dictionary.", count=count)
                if count
                else "All words stand in the dictionary."
            )

        return start_job(self, self.bl_label, [jobs.ask("pronounce", asked)], apply)


def _list_names(settings: bpy.types.PropertyGroup, words: Sequence[Mapping[str, Any]]) -> int:
    """Add the unknown words that are not listed yet; how many there are."""
    names: dict[str, str] = {}
    for word in words:
        if not word["known"] and not word["own"]:
            names.setdefault(word["text"].strip(".,;:!?…\"'“”‘’«»()¡¿"), word["ipa"])
    listed = {row.name for row in settings.pronunciations}
    for name, ipa in names.items():
        if name and name not in listed:
            row = settings.pronunciations.add()
            row.name, row.heard = name, ipa
    return len(names)


class LIKENESS_OT_add_pronunciation(bpy.types.Operator):
    """Add a word whose sound you know"""

    bl_idname = "likeness.add_pronunciation"
    bl_label = "Add Word"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.likeness
        settings.pronunciations.add()
        settings.pronunciation = len(settings.pronunciations) - 1
        return {"FINISHED"}


class LIKENESS_OT_remove_pronunciation(bpy.types.Operator):
    """Take this word off the list"""

    bl_idname = "likeness.remove_pronunciation"
    bl_label = "Remove Word"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, "" if len(context.scene.likeness.pronunciations) else "There is no word to remove.")

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.likeness
        settings.pronunciations.remove(settings.pronunciation)
        settings.pronunciation = max(min(settings.pronunciation, len(settings.pronunciations) - 1), 0)
        return {"FINISHED"}


CLASSES = (LIKENESS_OT_find_names, LIKENESS_OT_add_pronunciation, LIKENESS_OT_remove_pronunciation)
