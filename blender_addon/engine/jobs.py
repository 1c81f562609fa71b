# SPDX-License-Identifier: GPL-3.0-or-later
"""Long work inside Blender: one job at a time, driven by a timer, applied on the main thread in small pieces.

With a window `start` returns at once and a timer carries the job on; in background, where timers do not run,
it returns when the job has ended. A job that the person has opened another file under goes on, and its
result stays on the disk, but it is not put into that other file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy  # pyright: ignore[reportMissingImports]
from bpy.app.handlers import persistent  # pyright: ignore[reportMissingImports]

from ..errors import LikenessError
from ..words import tell
from . import claims, paths
from .environment import ENVIRONMENT, Setup
from .process import Core, OnEvent, core_home
from .runner import Apply, Job, Runner
from .works import Step, Work, request, walk

__all__ = ["Apply", "Job", "Step", "Work", "ask", "cancel", "core", "current", "forget", "is_running", "start", "walk"]

WATCHER = "LIKENESS_OT_watch_job"


def current() -> Job | None:
    """The job that runs, else the last one, whose outcome the panels show."""
    return _runner.job if _runner else None


def is_running() -> bool:
    """Whether a job is at work now."""
    return _runner is not None and _runner.job.state == "running"


def start(title: str, steps: Sequence[Step], apply: Apply, undo: bool = True, keeps: bool = False) -> Job:
    """Begin a job.

    title: a verb phrase, "Build Avatar". undo: whether what is applied is an undo step, of that name.
    keeps: whether what was finished before it is cancelled stays.

    Raises LikenessError ``busy``, what beginning the first step raises and, in background, what it ends with.
    """
    global _runner, _is_watched
    if is_running():
        assert _runner is not None
        message = tell("{title} is still at work.", title=tell(_runner.job.title))
        raise LikenessError("busy", message, "Wait for it, or cancel it.")
    _runner = Runner(title, steps, apply, undo, lambda: _file_number, keeps)
    _runner.begin()
    if not _has_timers():
        return _runner.finish()
    if not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, persistent=True)
    _is_watched = bpy.ops.likeness.watch_job.poll()
    if _is_watched:
        bpy.ops.likeness.watch_job("INVOKE_DEFAULT")
    return _runner.job


def cancel() -> None:
    """Stop the job that runs. Its end comes with one of the next ticks."""
    if _runner is not None:
        _runner.cancel()


def forget() -> None:
    """Clear the outcome of the last job from the panels."""
    global _runner
    if not is_running():
        _runner = None


def ask(method: str, params: Mapping[str, Any], share: float = 1.0) -> Step:
    """A step that the core does; methods and params as in docs/architecture.md."""
    return request(core, method, params, share)


def make_environment(base: Path) -> Step:
    """A step that makes the core's environment out of a Python.

    Raises LikenessError ``not_installed`` when it begins in an add-on that is no installed extension.
    """

    def begin(on_event: OnEvent) -> Work:
        folder = paths.user_folder()
        if folder is None:
            message = "This add-on runs from a checkout, not as an extension."
            raise LikenessError("not_installed", message, "Run: python3 build.py setup")
        stop_core()
        home = core_home(paths.package_folder())
        log, environ = paths.setup_log(folder), paths.core_environ()
        return Setup(base, home, folder / ENVIRONMENT, log, on_event, environ, bpy.app.online_access)

    return Step(begin)


def _has_timers() -> bool:
    """In background Blender runs neither timers nor modal operators."""
    return not bpy.app.background


_runner: Runner | None = None
_core: Core | None = None
_file_number = 0  # counts the files that were opened
_is_watched = False  # whether the job's operator is to listen to Esc


def core() -> Core:
    """The supervisor of the core, with the Python that the preferences name now.

    Raises LikenessError ``core_not_set_up`` or ``core_missing``.
    """
    global _core
    python = paths.require_core_python()
    if _core is not None and _core.python != python:
        stop_core()
    if _core is None:
        home, log = core_home(paths.package_folder()), paths.log_file("likeness_core.log")
        _core = Core(python, home, log, paths.core_environ())
    return _core


def stop_core() -> None:
    """End the child process, if there is one; the next request starts another."""
    global _core
    if _core is not None:
        _core.stop()
        _core = None


def _tick() -> float | None:
    """The timer: carries the job on, shows it, and ends with it."""
    if _runner is None:
        return None
    _runner.advance()
    _show()
    return _runner.tick_seconds if is_running() else None


def _show() -> None:
    """Redraw what tells of the job: panels, and the status bar, which no list of areas has (it hears of this name)."""
    windows = bpy.context.window_manager.windows
    for area in (area for window in windows for area in window.screen.areas):
        if area.type == "PREFERENCES" or (area.type == "VIEW_3D" and not is_running()):
            area.tag_redraw()
        elif area.type == "VIEW_3D":  # while it runs the picture itself is as it was
            for region in (region for region in area.regions if region.type == "UI"):
                region.tag_redraw()
    bpy.msgbus.publish_rna(key=(bpy.types.ViewLayer, "name"))
    if _is_watched and is_running() and len(windows) and not _watches():
        with bpy.context.temp_override(window=windows[0]):  # opening another file has ended the operator
            if bpy.ops.likeness.watch_job.poll():
                bpy.ops.likeness.watch_job("INVOKE_DEFAULT")


def _watches() -> bool:
    windows = bpy.context.window_manager.windows
    return any(operator.bl_idname == WATCHER for window in windows for operator in window.modal_operators)


@persistent
def _leave_scene(*_: object) -> None:
    """Before undo, redo or another file: work that holds on to the scene has to let go of it."""
    if _runner is not None and is_running():
        _runner.leave_scene()


@persistent
def _pause(*_: object) -> None:
    """Before the file is saved: nothing half-made goes into it."""
    if _runner is not None and is_running():
        _runner.pause()


@persistent
def _count_file(*_: object) -> None:
    global _file_number
    _file_number += 1


HANDLERS = {
    "undo_pre": _leave_scene,
    "redo_pre": _leave_scene,
    "load_pre": _leave_scene,
    "load_post": _count_file,
    "save_pre": _pause,
}


def register() -> None:
    for name, handler in HANDLERS.items():
        getattr(bpy.app.handlers, name).append(handler)


def unregister() -> None:
    """Stop the job and end the core; nothing of ours is left running."""
    global _runner
    if _runner is not None and is_running():
        _runner.abandon()
    stop_core()
    claims.release()
    _runner = None
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    for name, handler in HANDLERS.items():
        handlers = getattr(bpy.app.handlers, name)
        if handler in handlers:  # loading the factory settings has cleared them
            handlers.remove(handler)
