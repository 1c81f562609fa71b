# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up and checking the core."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy

from ..engine import jobs, paths
from ..errors import LikenessError
from .job import explain, start_job, why_busy


def why_not_set_up() -> str:
    """Why the core's packages cannot be downloaded now."""
    if paths.user_folder() is None:
        return "This add-on runs from a checkout: run python3 build.py setup there."
    if not bpy.app.online_access:
        return "Online access is off: switch it on in the preferences, System, Network."
    return why_busy()


class LIKENESS_OT_set_up_core(bpy.types.Operator):
    """Download the core's packages into an environment of their own, 1.2 GB on the disk"""

    bl_idname = "likeness.set_up_core"
    bl_label = "Set Up the Core"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_set_up())

    def execute(self, context: bpy.types.Context) -> set[str]:
        preferences = paths.addon_preferences()
        named = preferences.base_python if preferences is not None else ""
        base = Path(bpy.path.abspath(named)) if named else Path(sys.executable)
        return start_job(self, self.bl_label, [jobs.make_environment(base)], _use_environment, undo=False)


class LIKENESS_OT_check_core(bpy.types.Operator):
    """Start the core and ask for its version"""

    bl_idname = "likeness.check_core"
    bl_label = "Check"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        missing = "" if paths.core_python() else "The core is not set up yet."
        return explain(cls, missing or why_busy())

    def execute(self, context: bpy.types.Context) -> set[str]:
        return start_job(self, "Check the Core", [jobs.ask("ping", {})], _tell_version, undo=False)


# Engines of core/cloning/engines.py -> label, what there is to know before they are fetched.
CLONING = {
    "chatterbox": ("Chatterbox", "23 languages, with a watermark: 4 to 7 GB, up to 11 GB on the disk"),
    "pocket": ("Pocket TTS", "7 languages, without a watermark, after a login at Hugging Face: 2 GB, 4 GB on the disk"),
}


def why_not_clone() -> str:
    """Why what clones voices cannot be fetched now."""
    if not bpy.app.online_access:
        return "Online access is off: switch it on in the preferences, System, Network."
    return "" if paths.core_python() else "The core is not set up yet."


class LIKENESS_OT_set_up_cloning(bpy.types.Operator):
    """Download what clones voices of people who agreed to it, into an environment of its own"""

    bl_idname = "likeness.set_up_cloning"
    bl_label = "Set Up Voice Cloning"

    engine: bpy.props.EnumProperty(
        name="Engine",
        items=tuple((name, *texts) for name, texts in CLONING.items()),
        description="Which of the programs that clone voices is fetched",
    )

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        label, costs = CLONING[properties.engine]
        return f"Download {label}, which clones voices of people who agreed to it. {costs}"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_clone() or why_busy())

    def execute(self, context: bpy.types.Context) -> set[str]:
        engine = self.engine

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            return f"Voices can be cloned: {engine}:PATH speaks with the sample of a voice profile."

        return start_job(self, self.bl_label, [jobs.ask("install_cloning", {"engine": engine})], apply, undo=False)


def _use_environment(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
    """What has just been made is what runs from now on."""
    preferences = paths.addon_preferences()
    if preferences is not None:
        preferences.python = ""
    return "The core is set up."


def _tell_version(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
    (answer,) = results
    if answer["missing"]:
        names = ", ".join(answer["missing"])
        raise LikenessError(
            "packages_missing",
            f"The core's Python lacks {names}.",
            'Press "Set Up the Core", or name another Python.',
        )
    return f"The core {answer['version']} runs on Python {answer['python']}."


CLASSES = (LIKENESS_OT_set_up_core, LIKENESS_OT_check_core, LIKENESS_OT_set_up_cloning)
