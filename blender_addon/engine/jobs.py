# SPDX-License-Identifier: GPL-3.0-or-later
"""Long work inside Blender: one job at a time, driven by a timer, applied whole on the main thread.

With a window `start` returns at once and a timer carries the job on; in background, where timers do not run,
it returns when the job has ended. A job that the person has opened another file under goes on, and its
result stays on the disk, but it is not put into that other file.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import bpy  # pyright: ignore[reportMissingImports]
from bpy.app.handlers import persistent  # pyright: ignore[reportMissingImports]

from ..errors import Cancelled, LikenessError
from . import paths
from .environment import ENVIRONMENT, Setup
from .process import Core, Event, Failed, Finished, OnEvent, Progressed, Request, Warned, core_home

TICK_SECONDS = 0.1
# Small requests, such as a phone that was moved, are over within this time and are looked at more often for so long.
QUICK_SECONDS, QUICK_TICK_SECONDS = 1.0, 0.02
State = Literal["running", "done", "failed", "cancelled"]


class Work(Protocol):
    """Something that goes on beside Blender, or in small steps within it."""

    @property
    def outcome(self) -> Finished | Failed | None: ...

    def poll(self) -> None: ...

    def cancel(self) -> None: ...


@dataclass(frozen=True)
class Step:
    """One piece of work of a job. share: of the job's whole time."""

    begin: Callable[[OnEvent], Work]
    share: float = 1.0


@dataclass
class Job:
    """What the panels show. message: what has been done; error: why it was not."""

    title: str
    state: State = "running"
    fraction: float = 0.0
    text: str = "Starting"
    message: str = ""
    warnings: list[str] = field(default_factory=list)
    error: LikenessError | None = None
    log: tuple[str, ...] = ()


# Puts the results of all steps into the scene and says in a sentence what was done; may add to job.warnings.
Apply = Callable[[Sequence[Mapping[str, Any]], Job], str]


def current() -> Job | None:
    """The job that runs, else the last one, whose outcome the panels show."""
    return _runner.job if _runner else None


def is_running() -> bool:
    """Whether a job is at work now."""
    return _runner is not None and _runner.job.state == "running"


def start(title: str, steps: Sequence[Step], apply: Apply, undo: bool = True) -> Job:
    """Begin a job.

    title: a verb phrase, "Build Avatar". undo: whether what is applied is an undo step, of that name.

    Raises LikenessError ``busy``, what beginning the first step raises and, in background, what it ends with.
    """
    global _runner
    if is_running():
        assert _runner is not None
        message = f"{_runner.job.title} is still at work."
        raise LikenessError("busy", message, "Wait for it, or cancel it.")
    _runner = _Runner(title, steps, apply, undo)
    _runner.begin()
    if not _has_timers():
        return _runner.finish()
    if not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, persistent=True)
    if bpy.ops.likeness.watch_job.poll():
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
    return Step(lambda on_event: _CoreWork(method, params, on_event), share)


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


def walk(steps: Callable[[], Iterator[tuple[float, str]]]) -> Step:
    """A step within Blender: a generator of (fraction, text) that the timer advances."""
    return Step(lambda on_event: _Walk(steps(), on_event))


class _CoreWork:
    """A request at the core."""

    def __init__(self, method: str, params: Mapping[str, Any], on_event: OnEvent) -> None:
        self._core = core()
        self._request: Request = self._core.request(method, params, on_event)

    @property
    def outcome(self) -> Finished | Failed | None:
        return self._request.outcome

    def poll(self) -> None:
        self._core.poll()

    def cancel(self) -> None:
        self._core.cancel(self._request)


class _Walk:
    """A generator, one step at every poll; cancelling closes it."""

    def __init__(self, steps: Iterator[tuple[float, str]], on_event: OnEvent) -> None:
        self.outcome: Finished | Failed | None = None
        self._steps = steps
        self._on_event = on_event

    def poll(self) -> None:
        if self.outcome is None:
            try:
                self._on_event(Progressed(*next(self._steps)))
            except StopIteration:
                self._end(Finished({}))
            except LikenessError as error:
                self._end(Failed(error))

    def cancel(self) -> None:
        if self.outcome is None:
            self._steps.close()  # pyright: ignore[reportAttributeAccessIssue]
            self._end(Failed(Cancelled()))

    def _end(self, outcome: Finished | Failed) -> None:
        self.outcome = outcome
        self._on_event(outcome)


class _Runner:
    """Takes a job through its steps and puts the results into the scene."""

    def __init__(self, title: str, steps: Sequence[Step], apply: Apply, undo: bool) -> None:
        self.job = Job(title)
        self._steps = steps
        self._apply = apply
        self._undo = undo
        self._results: list[Mapping[str, Any]] = []
        self._work: Work | None = None
        self._file = _file_number
        self._is_cancelled = False
        self.begun = time.monotonic()

    @property
    def is_within_blender(self) -> bool:
        """Whether the running step holds on to the scene."""
        return isinstance(self._work, _Walk)

    def begin(self) -> None:
        """Begin the next step. A LikenessError ends the job and is raised."""
        try:
            self._work = None
            self._work = self._steps[len(self._results)].begin(self._take)
        except LikenessError as error:
            self._end("failed", error)
            raise

    def finish(self) -> Job:
        """Carry the job to its end, blocking."""
        try:
            while self.job.state == "running":
                self.advance()
                time.sleep(QUICK_TICK_SECONDS)
        except BaseException:  # Ctrl-C
            self.cancel()
            while self.job.state == "running":
                self.advance()
            raise
        if self.job.error is not None:
            raise self.job.error
        return self.job

    def advance(self) -> None:
        """One tick."""
        if self._work is None:
            return
        self._work.poll()
        outcome = self._work.outcome
        if outcome is None:
            return
        if isinstance(outcome, Failed):
            self.job.log = outcome.log
            self._end("cancelled" if outcome.error.code == "cancelled" else "failed", outcome.error)
            return
        self._results.append(outcome.result)
        if self._is_cancelled:
            self._end("cancelled", Cancelled())
        elif len(self._results) == len(self._steps):
            self._put()
        else:
            try:
                self.begin()
            except LikenessError:
                return  # the job has ended with it

    def cancel(self) -> None:
        self._is_cancelled = True
        if self._work is not None:
            self._work.cancel()

    def abandon(self) -> None:
        """Cancel and see the work out."""
        self.cancel()
        if isinstance(self._work, Setup):
            self._work.stop()

    def _take(self, event: Event) -> None:
        if isinstance(event, Progressed):
            shares = [step.share for step in self._steps]
            done = len(self._results)
            self.job.fraction = (sum(shares[:done]) + shares[done] * event.fraction) / sum(shares)
            self.job.text = event.text
        elif isinstance(event, Warned) and event.text not in self.job.warnings:  # two steps may say the same
            self.job.warnings.append(event.text)

    def _put(self) -> None:
        """Apply the results as one undo step."""
        if self._file != _file_number:
            self.job.warnings.append("Another file was opened meanwhile; the result was not put into it.")
            kept = [value for result in self._results for value in result.values() if isinstance(value, str)]
            self.job.message = f"{self.job.title} is done: {', '.join(kept)}"
            self._end("done", None)
            return
        try:
            self.job.message = self._apply(self._results, self.job)
        except LikenessError as error:
            self._end("failed", error)
        except Exception as error:
            traceback.print_exc()
            self.job.log = tuple(traceback.format_exc().splitlines()[-20:])
            message = f"{self.job.title} failed unexpectedly: {type(error).__name__}: {error}".rstrip(".") + "."
            self._end("failed", LikenessError("internal_error", message, "Report it with Blender's console."))
        else:
            if self._undo:
                _push_undo(self.job.title)
            self._end("done", None)

    def _end(self, state: State, error: LikenessError | None) -> None:
        self.job.state, self.job.error = state, error
        self._work = None


def _push_undo(title: str) -> None:
    """One named undo step for what was just done outside of any operator."""
    windows = bpy.context.window_manager.windows
    if bpy.context.window is None and len(windows):
        with bpy.context.temp_override(window=windows[0]):
            bpy.ops.ed.undo_push(message=title)
    elif bpy.ops.ed.undo_push.poll():
        bpy.ops.ed.undo_push(message=title)


def _has_timers() -> bool:
    """In background Blender runs neither timers nor modal operators."""
    return not bpy.app.background


_runner: _Runner | None = None
_core: Core | None = None
_file_number = 0  # counts the files that were opened


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
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in ("VIEW_3D", "PREFERENCES"):
                area.tag_redraw()
    if not is_running():
        return None
    return QUICK_TICK_SECONDS if time.monotonic() - _runner.begun < QUICK_SECONDS else TICK_SECONDS


@persistent
def _leave_scene(*_: object) -> None:
    """Before undo, redo or another file: work that holds on to the scene has to let go of it."""
    if _runner is not None and is_running() and _runner.is_within_blender:
        _runner.cancel()
        _runner.advance()


@persistent
def _count_file(*_: object) -> None:
    global _file_number
    _file_number += 1


HANDLERS = {
    "undo_pre": _leave_scene,
    "redo_pre": _leave_scene,
    "load_pre": _leave_scene,
    "load_post": _count_file,
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
    _runner = None
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    for name, handler in HANDLERS.items():
        handlers = getattr(bpy.app.handlers, name)
        if handler in handlers:  # loading the factory settings has cleared them
            handlers.remove(handler)
