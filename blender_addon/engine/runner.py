# SPDX-License-Identifier: GPL-3.0-or-later
"""A job taken through its steps, and its results put into the scene in pieces between which the interface goes on."""

from __future__ import annotations

import inspect
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import bpy  # pyright: ignore[reportMissingImports]

from ..errors import Cancelled, LikenessError
from ..words import tell
from . import claims
from .environment import Setup
from .estimate import Estimate
from .pieces import WAIT, Pieces
from .process import Event, Failed, Progressed, Warned
from .works import Step, Walk, Work

# Small requests, such as a phone that was moved, are over within this time and are looked at more often for so long.
QUICK_SECONDS, QUICK_TICK_SECONDS = 1.0, 0.02
TICK_SECONDS = 0.1
# Pieces are begun until a tick has taken so long; the last of them adds its own time to that.
BUDGET_SECONDS = 0.02
PIECE_TICK_SECONDS = 0.005  # between two ticks with pieces: events and redraws come in between
State = Literal["running", "done", "failed", "cancelled"]


@dataclass
class Job:
    """What the panels show. message: what has been done; error: why it was not; seconds_left: None while unknown.

    keeps: what was finished before it is cancelled stays, and is not made again.
    """

    title: str
    state: State = "running"
    fraction: float = 0.0
    text: str = "Starting"
    message: str = ""
    warnings: list[str] = field(default_factory=list)
    error: LikenessError | None = None
    log: tuple[str, ...] = ()
    seconds_left: float | None = None
    keeps: bool = False


# Puts the results of all steps into the scene and says in a sentence what was done; may add to job.warnings. What
# takes more than 50 ms is a generator (pieces.py): it is begun anew after an undo or a save that came between.
Apply = Callable[[Sequence[Mapping[str, Any]], Job], str | Pieces[str]]


class Runner:
    """Takes a job through its steps and puts the results into the scene."""

    def __init__(
        self,
        title: str,
        steps: Sequence[Step],
        apply: Apply,
        undo: bool,
        file_number: Callable[[], int],
        keeps: bool = False,
    ) -> None:
        """file_number: counts the files that were opened."""
        self.job = Job(title, keeps=keeps)
        self._steps = steps
        self._apply = apply
        self._undo = undo
        self._results: list[Mapping[str, Any]] = []
        self._work: Work | None = None
        self._pieces: Pieces[str] | None = None
        self._told: str | None = None  # what was done, where the undo step is still to come
        self._file_number = file_number
        self._file = file_number()
        self._estimate = Estimate()
        self._is_cancelled = False
        self.begun = time.monotonic()

    @property
    def tick_seconds(self) -> float:
        """How soon `advance` wants to be called again."""
        if self._pieces is not None or self._told is not None:
            return PIECE_TICK_SECONDS
        return QUICK_TICK_SECONDS if time.monotonic() - self.begun < QUICK_SECONDS else TICK_SECONDS

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
                if self.job.state == "running":
                    time.sleep(self.tick_seconds)
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
        if self.job.state != "running":
            return
        self.job.seconds_left = self._estimate.seconds_left(time.monotonic())
        if self._work is None:
            self._put()
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
            self._work = None
            self._put()
        else:
            try:
                self.begin()
            except LikenessError:
                return  # the job has ended with it

    def cancel(self) -> None:
        """Stop; the end comes with one of the next ticks."""
        self._is_cancelled = True
        if self._work is not None:
            self._work.cancel()

    def abandon(self) -> None:
        """Cancel and see the work out."""
        self.cancel()
        if isinstance(self._work, Setup):
            self._work.stop()
        self._close_pieces()

    def leave_scene(self) -> None:
        """Before an undo or another file: work that holds on to the scene ends, pieces are taken back for now."""
        self.pause()
        self._told = None  # without an undo step of its own the result is undone too: it is put there again
        if isinstance(self._work, Walk):
            self.cancel()
            self.advance()

    def pause(self) -> None:
        """Take back what of the result is half in the scene, as before the file is saved; it is begun anew then."""
        self._close_pieces()

    def _close_pieces(self) -> None:
        pieces, self._pieces = self._pieces, None
        if pieces is not None and inspect.getgeneratorstate(pieces) != inspect.GEN_RUNNING:
            pieces.close()

    def _take(self, event: Event) -> None:
        if isinstance(event, Progressed):
            shares = [step.share for step in self._steps]
            done = len(self._results)
            self.job.fraction = (sum(shares[:done]) + shares[done] * event.fraction) / sum(shares)
            self.job.text = event.text
            self._estimate.see(self.job.fraction, time.monotonic())
        elif isinstance(event, Warned) and event.text not in self.job.warnings:  # two steps may say the same
            self.job.warnings.append(event.text)

    def _put(self) -> None:
        """Apply the results, or some pieces of that, as one undo step, which takes a tick of its own."""
        if self._told is not None:
            push_undo(self.job.title)
            self._done(self._told)
            return
        if self._is_cancelled:
            self._close_pieces()
            self._end("cancelled", Cancelled())
            return
        if self._file != self._file_number():
            self.job.warnings.append("Another file was opened meanwhile; the result was not put into it.")
            kept = [value for result in self._results for value in result.values() if isinstance(value, str)]
            self._done(tell("{title} is done: {kept}", title=tell(self.job.title), kept=", ".join(kept)))
            return
        try:
            told = self._put_some()
        except LikenessError as error:
            self._end("failed", error)
        except Exception as error:
            traceback.print_exc()
            self.job.log = tuple(traceback.format_exc().splitlines()[-20:])
            message = (
                tell(
                    "{title} failed unexpectedly: {name}: {error}",
                    title=tell(self.job.title),
                    name=type(error).__name__,
                    error=error,
                ).rstrip(".")
                + "."
            )
            self._end("failed", LikenessError("internal_error", message, "Report it with Blender's console."))
        else:
            if told is not None and not self._undo:
                self._done(told)
            elif told is not None:
                self._pieces, self._told = None, told

    def _put_some(self) -> str | None:
        """As many pieces as one tick has time for; the sentence when it was the last one, else None."""
        begun = time.monotonic()
        pieces = self._pieces
        if pieces is None:
            made = self._apply(self._results, self.job)
            if isinstance(made, str):
                return made
            self._pieces = pieces = made
            self.job.fraction, self.job.text, self.job.seconds_left = 1.0, "Putting It into the Scene", None
        try:
            while next(pieces) is not WAIT:
                if time.monotonic() - begun > BUDGET_SECONDS:
                    break
        except StopIteration as end:
            return end.value
        return None

    def _done(self, message: str) -> None:
        self.job.message = message
        self._end("done", None)

    def _end(self, state: State, error: LikenessError | None) -> None:
        self.job.state, self.job.error, self.job.seconds_left = state, error, None
        self._work = self._pieces = None
        claims.release()


def push_undo(title: str) -> None:
    """One named undo step for what was just done outside of any operator."""
    windows = bpy.context.window_manager.windows
    if bpy.context.window is None and len(windows):
        with bpy.context.temp_override(window=windows[0]):
            bpy.ops.ed.undo_push(message=title)
    elif bpy.ops.ed.undo_push.poll():
        bpy.ops.ed.undo_push(message=title)
