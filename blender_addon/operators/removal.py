# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that the add-on keeps for itself, removed: environments, caches, models."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import bpy

from ..engine import jobs, paths
from ..engine.environment import ENVIRONMENT
from ..engine.held import held
from ..errors import LikenessError
from ..words import tell
from .job import explain, start_job, why_busy

SLICE_SECONDS = 0.04  # how long Blender's interface waits for each piece of the work
FILES = 30_000  # about as many as an environment has, for the bar


def why_not_remove() -> str:
    """Why there is nothing to remove, or not now."""
    folder = paths.user_folder()
    if folder is None:
        return "This add-on runs from a checkout: what it needs lies there, in .venv and .models."
    return why_busy() or ("" if folder.is_dir() and any(folder.iterdir()) else "Nothing is set up.")


class LIKENESS_OT_remove_everything(bpy.types.Operator):
    """Remove the core's environment, caches and fetched models. Avatars, takes and voices stay"""

    bl_idname = "likeness.remove_everything"
    bl_label = "Remove Everything"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_remove())

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        folder = paths.user_folder()
        freed = folder_size(folder) / 1e9 if folder is not None else 0.0
        message = tell(
            "{freed:.1f} GB are freed: environments, caches and fetched models. Avatars, takes and voices stay.",
            freed=freed,
        )
        title = tell("Remove Everything of Speaking Likeness?")
        return context.window_manager.invoke_confirm(self, event, title=title, message=message, icon="WARNING")

    def execute(self, context: bpy.types.Context) -> set[str]:
        folder = paths.user_folder()
        assert folder is not None  # poll has seen to it
        context.window_manager.likeness_report.clear()
        context.window_manager.likeness_models.clear()

        def apply(results: object, job: jobs.Job) -> str:
            return "Environments, caches and models are removed."

        return start_job(self, self.bl_label, [jobs.walk(lambda: remove_folder(folder))], apply, undo=False)


def folder_size(folder: Path) -> int:
    """Bytes of all files inside; links count nothing."""
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            if not os.path.islink(path):
                size += os.stat(path).st_size
    return size


def remove_folder(folder: Path) -> Iterator[tuple[float, str]]:
    """Delete what is inside, a slice of time at each step; yields (fraction, text).

    Raises LikenessError ``setup_running`` where another Blender works in it, ``output_unwritable`` where some stay.
    """
    jobs.stop_core()
    done, kept, until = 0, [], time.monotonic() + SLICE_SECONDS
    with held(folder / f"{ENVIRONMENT}.lock"):
        for place, folders, names in os.walk(folder, topdown=False):
            for name in (*names, *folders):
                path = os.path.join(place, name)
                if name == f"{ENVIRONMENT}.lock" and place == str(folder):
                    continue
                try:
                    os.unlink(path) if name in names or os.path.islink(path) else os.rmdir(path)
                except OSError:
                    kept.append(path)
                done += 1
                if time.monotonic() > until:
                    yield min(done / FILES, 0.99), tell("Removing, {done} files", done=done)
                    until = time.monotonic() + SLICE_SECONDS
    shutil.rmtree(folder, ignore_errors=True)  # it is empty but for the lock that Windows kept
    if kept:
        message = tell("{count} files could not be removed, such as {kept}.", count=len(kept), kept=kept[0])
        raise LikenessError("output_unwritable", message, "Close other Blenders, then remove everything again.")


CLASSES = (LIKENESS_OT_remove_everything,)
