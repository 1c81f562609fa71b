# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up and verifying the core, and what helps where that fails: its log, a report, the preferences."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy

from ..engine import jobs, paths
from ..engine.packages import bundled_wheels, costs, kept_megabytes
from ..engine.process import core_home
from ..words import join, tell
from .job import explain, start_job, why_busy
from .models import fill_models
from .texts import show_text

LOG_NAME = "Speaking Likeness Log"
ONLINE_OFF = "Online access is off: switch it on in the preferences, System, Network."


def why_not_set_up() -> str:
    """Why the core's packages cannot be downloaded now."""
    if paths.user_folder() is None:
        return "This add-on runs from a checkout: run python3 build.py setup there."
    if not bpy.app.online_access and not has_bundle():
        return ONLINE_OFF
    return why_busy()


def has_bundle() -> bool:
    """Whether the extension brings the packages for Blender's own Python along."""
    return bundled_wheels(core_home(paths.package_folder()), _own_version()) is not None


def tell_costs() -> str:
    """What setting up takes, in a sentence."""
    sizes = costs(_own_version())
    if has_bundle():
        return tell(
            "Its {packages} packages are part of this extension: nothing is fetched, {gigabytes} GB on the disk.",
            packages=sizes.packages,
            gigabytes=sizes.gigabytes,
        )
    text = tell(
        "{packages} packages, about {megabytes} MB to fetch, {gigabytes} GB on the disk.",
        packages=sizes.packages,
        megabytes=sizes.megabytes,
        gigabytes=sizes.gigabytes,
    )
    kept = min(kept_megabytes(paths.user_folder()), sizes.megabytes)
    here = tell("{kept} MB of it are here already; it goes on where it stopped.", kept=kept)
    return join(text, here) if kept else text


def _own_version() -> str:
    """Of Blender's Python, such as 3.11."""
    return "{}.{}".format(*sys.version_info[:2])


class LIKENESS_OT_set_up_core(bpy.types.Operator):
    """Install the core's packages into an environment of their own. What was fetched is kept where it is stopped"""

    bl_idname = "likeness.set_up_core"
    bl_label = "Set Up the Core"

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        return join("Install the core into an environment of its own.", tell_costs()).rstrip(".")

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_set_up())

    def execute(self, context: bpy.types.Context) -> set[str]:
        preferences = paths.addon_preferences()
        named = preferences.base_python if preferences is not None else ""
        base = Path(bpy.path.abspath(named)) if named else Path(sys.executable)
        return start_job(self, self.bl_label, [jobs.make_environment(base)], _use_environment, undo=False)


class LIKENESS_OT_verify_core(bpy.types.Operator):
    """Say versions, devices, free disk and models, and try the core with a sentence, a motion and a face"""

    bl_idname = "likeness.verify_core"
    bl_label = "Verify"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        missing = "" if paths.core_python() else "The core is not set up yet."
        return explain(cls, missing or why_busy())

    def execute(self, context: bpy.types.Context) -> set[str]:
        steps = [jobs.ask("diagnose", {}), jobs.ask("list_models", {}, 0.05)]
        return start_job(self, "Verify the Core", steps, _keep_report, undo=False)


class LIKENESS_OT_show_log(bpy.types.Operator):
    """Open what the set-up and the core have written in a window of Blender's Text Editor"""

    bl_idname = "likeness.show_log"
    bl_label = "Show Log"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, "" if log_files() else "Nothing has been logged yet.")

    def execute(self, context: bpy.types.Context) -> set[str]:
        text = bpy.data.texts.get(LOG_NAME) or bpy.data.texts.new(LOG_NAME)
        text.clear()
        for path in log_files():
            text.write(f"== {path}\n{path.read_text(encoding='utf-8', errors='replace')}\n")
        show_text(context, text)
        self.report({"INFO"}, tell("The log is the text {name}.", name=text.name))
        return {"FINISHED"}


class LIKENESS_OT_open_preferences(bpy.types.Operator):
    """Open Blender's preferences where this is set"""

    bl_idname = "likeness.open_preferences"
    bl_label = "Open Preferences"

    section: bpy.props.EnumProperty(
        name="Section",
        items=(
            ("ADDONS", "Add-ons", "The preferences of this add-on"),
            ("SYSTEM", "System", "Where online access is switched on, under Network"),
        ),
        description="Which part of the preferences is shown",
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        if bpy.app.background:
            context.preferences.active_section = self.section
        elif self.section == "ADDONS":
            bpy.ops.preferences.addon_show(module=paths.PACKAGE)
        else:
            bpy.ops.screen.userpref_show("INVOKE_DEFAULT", section=self.section)
        return {"FINISHED"}


def log_files() -> list[Path]:
    """The logs that there are: of the last set-up, and of the core in this session."""
    folder = paths.user_folder()
    files = [paths.log_file("likeness_core.log")]
    if folder is not None:
        files.insert(0, paths.setup_log(folder))
    return [path for path in files if path.is_file() and path.stat().st_size]


# Engines of core/cloning/engines.py -> label, what there is to know before they are fetched.
CLONING = {
    "chatterbox": ("Chatterbox", "23 languages, with a watermark: 4 to 7 GB, up to 11 GB on the disk"),
    "pocket": ("Pocket TTS", "7 languages, without a watermark, after a login at Hugging Face: 2 GB, 4 GB on the disk"),
}


def why_not_clone() -> str:
    """Why what clones voices cannot be fetched now."""
    if not bpy.app.online_access:
        return ONLINE_OFF
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
        return join(tell("Download {label}, which clones voices of people who agreed to it.", label=label), costs)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_clone() or why_busy())

    def execute(self, context: bpy.types.Context) -> set[str]:
        engine = self.engine

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            return tell("Voices can be cloned: {engine}:PATH speaks with the sample of a voice profile.", engine=engine)

        return start_job(self, self.bl_label, [jobs.ask("install_cloning", {"engine": engine})], apply, undo=False)


def _use_environment(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
    """What has just been made is what runs from now on."""
    preferences = paths.addon_preferences()
    if preferences is not None:
        preferences.python = ""
    return "The core is set up."


def _keep_report(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
    """Show it until the next one."""
    found, listed = results
    report = bpy.context.window_manager.likeness_report
    report.clear()
    blender = f"{bpy.app.version_string}, Python {platform.python_version()}, {platform.system()}"
    own = [["Add-on", _addon_version(), True], ["Blender", blender, True]]
    for label, value, is_well in (*own, *found["rows"]):
        row = report.add()
        row.name, row.value, row.is_well = label, value, is_well
    fill_models(listed["models"])
    if found["is_well"]:
        return tell("The core works; looking took {seconds:.1f} s.", seconds=found["seconds"])
    bad = ", ".join(row.name for row in report if not row.is_well)
    job.warnings.append(tell("Not well: {names}.", names=bad))
    return "The core answers, but not all is well."


def _addon_version() -> str:
    manifest = (paths.package_folder() / "blender_manifest.toml").read_text(encoding="utf-8")
    return next(line.split('"')[1] for line in manifest.splitlines() if line.startswith("version ="))


CLASSES = (
    LIKENESS_OT_set_up_core,
    LIKENESS_OT_verify_core,
    LIKENESS_OT_show_log,
    LIKENESS_OT_open_preferences,
    LIKENESS_OT_set_up_cloning,
)
