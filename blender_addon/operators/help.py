# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide, a report for a bug, the folder of results: nothing here asks the network."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import bpy

from ..engine import jobs, paths
from ..errors import LikenessError
from ..words import tell
from .core import log_files
from .job import explain, fail

GUIDE = Path("guide") / "index.html"  # in the extension's folder, where the package puts it
MANIFEST = "blender_manifest.toml"
LOG_LINES = 60  # of each log that a report holds, its last ones


def guide_page() -> Path | None:
    """The guide's first page on this computer; of a checkout, its text."""
    package = paths.package_folder()
    pages = (package / GUIDE, package.parent / "docs" / "guide" / "index.md", package.parent / "README.md")
    return next((page for page in pages if page.is_file()), None)


class LIKENESS_OT_open_guide(bpy.types.Operator):
    """Open the guide, which lies on this computer, in the web browser"""

    bl_idname = "likeness.open_guide"
    bl_label = "Open Guide"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, "" if guide_page() is not None else "This copy of the add-on came without its guide.")

    def execute(self, context: bpy.types.Context) -> set[str]:
        bpy.ops.wm.url_open(url=guide_page().as_uri())
        return {"FINISHED"}


class LIKENESS_OT_copy_report(bpy.types.Operator):
    """Copy versions, what Verify found, last error and end of the log, to be read and pasted where a bug is told"""

    bl_idname = "likeness.copy_report"
    bl_label = "Copy Report for a Bug"

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.window_manager.clipboard = write_report()
        self.report({"INFO"}, "The report is copied: paste it where you tell of the bug.")
        return {"FINISHED"}


class LIKENESS_OT_open_results(bpy.types.Operator):
    """Open the folder where avatars, takes and clips of this file go, in the file manager"""

    bl_idname = "likeness.open_results"
    bl_label = "Open Results Folder"

    def execute(self, context: bpy.types.Context) -> set[str]:
        folder = paths.results_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = tell("The folder {folder} cannot be made: {reason}.", folder=folder, reason=error.strerror)
            return fail(self, LikenessError("output_unwritable", message, "Save the file somewhere else."))
        bpy.ops.wm.path_open(filepath=str(folder))
        return {"FINISHED"}


def write_report() -> str:
    """What whoever mends a bug asks first. Folders of the person are ``~``; nothing of script or photo is told."""
    job = jobs.current()
    lines = [
        f"Speaking Likeness {_version()}, Blender {bpy.app.version_string} ({bpy.app.build_hash.decode()})",
        f"{platform.platform()}, {platform.machine()}, Python {sys.version.split()[0]}",
        f"Core's Python: {paths.core_python() or 'not set up'}",
        f"Online access: {'on' if bpy.app.online_access else 'off'}",
        f"Last work: {job.title} ({job.state})" if job is not None else "Last work: none in this session",
    ]
    if job is not None and job.error is not None:
        lines += [f"Error {job.error.code}: {job.error.message} {job.error.hint}".rstrip(), *job.log]
    if job is not None:
        lines += [f"Warning: {warning}" for warning in job.warnings]
    lines += [f"{row.name}: {row.value}" for row in bpy.context.window_manager.likeness_report]  # what Verify found
    for path in log_files():
        lines += _end_of(path)
    return "\n".join(lines).replace(str(Path.home()), "~") + "\n"


def _version() -> str:
    """As the manifest has it."""
    try:
        text = (paths.package_folder() / MANIFEST).read_text(encoding="utf-8")
    except OSError:
        return "of an unknown version"
    return next(line.split('"')[1] for line in text.splitlines() if line.startswith("version = "))


def _end_of(log: Path) -> list[str]:
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [f"--- {log.name}", *text.splitlines()[-LOG_LINES:]]


CLASSES = (LIKENESS_OT_open_guide, LIKENESS_OT_copy_report, LIKENESS_OT_open_results)
