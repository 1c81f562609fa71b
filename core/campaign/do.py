# SPDX-License-Identifier: GPL-3.0-or-later
"""Do one task: claim it, make the film, look at it, and note what came of it. The same in every farm."""

from __future__ import annotations

import threading
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.campaign.journal import are_there, describe, find_finished, find_outcomes, note
from core.campaign.task import STATE, Outcome, Task, Work, failed, options_of
from core.errors import Cancelled, LikenessError
from core.film.cache import folder_digest, locked
from core.film.film import Film
from core.progress import Progress, silent, span

if TYPE_CHECKING:
    from core.campaign.check import Check

_LOG = 15  # lines of an unexpected error that are told


def do_task(task: Task, work: Work, progress: Progress = silent, renderer: Any = None) -> Outcome:
    """Make a film, or shared shots, and note it in the journal; another process that does the same is waited for.

    Expected and unexpected failures are outcomes. Raises Cancelled, and OSError where the journal cannot be written.
    """
    begin = time.monotonic()
    claims = work.out / STATE / "claims"
    claims.mkdir(parents=True, exist_ok=True)
    with locked(claims / f"{task.name}.lock", progress):
        known = find_outcomes(work.out, [task]).get(task.name)
        if known is not None and known.is_well and not work.again:
            return replace(known, state="reused")
        try:
            outcome = _make(task, work, progress, renderer, begin)
        except Cancelled:
            raise
        except LikenessError as error:
            seconds = time.monotonic() - begin
            outcome = failed(task.name, error.code, error.message, error.hint, seconds)
        except Exception as error:  # one row's bug is not the end of the others
            log = "\n".join(traceback.format_exc().splitlines()[-_LOG:])
            outcome = failed(task.name, "internal_error", f"{type(error).__name__}: {error}", log)
        outcome = replace(outcome, is_noted=True)
        note(work.out, task, outcome)
    return outcome


def _make(task: Task, work: Work, progress: Progress, renderer: Any, begin: float) -> Outcome:
    if work.again:
        _require_untouched(task, work)
    _require_avatars(task, work)
    out = work.out if task.is_film else work.out / STATE / "shared"
    film: Film = work.find_maker()(
        work.storyboard, out, options_of(work, task), span(progress, 0.0, 0.9), **_renderer(renderer)
    )
    _require_avatars(task, work)
    checks = _check(task, work, film, span(progress, 0.9, 1.0)) if task.is_film and work.checks else ()
    return Outcome(
        task.name,
        "made" if film.made else "reused",
        {path.relative_to(work.out).as_posix(): describe(path) for path in film.files},
        film.duration,
        time.monotonic() - begin,
        checks={check.name: check.text for check in checks},
        warnings=(*film.warnings, *(check.text for check in checks if not check.is_told)),
        made={shot: list(what) for shot, what in film.made.items()},
    )


def _renderer(renderer: Any) -> dict[str, Any]:
    return {} if renderer is None else {"renderer": renderer}


def _require_untouched(task: Task, work: Work) -> None:
    delivered = find_finished(work.out).get(task.name)
    if delivered is not None and not are_there(work.out, delivered.files):
        changed = [name for name, said in delivered.files.items() if describe(work.out / name) != list(said)]
        raise LikenessError(
            "film_changed",
            f"{', '.join(changed)} is not as it was delivered.",
            "Run the campaign again: it is then made anew.",
        )


def _require_avatars(task: Task, work: Work) -> None:
    """Every film shows the avatars as they were when the campaign was planned, to the bit."""
    from core.storyboard import read_storyboard

    performers = read_storyboard(work.storyboard, task.values).performers
    for name, digest in task.avatars.items():
        avatar = performers[name].avatar
        if avatar is None or folder_digest(avatar) != digest:
            raise LikenessError(
                "avatar_changed",
                f"The avatar of {name} was changed since the campaign began.",
                "Start the campaign again, so that all films show the same.",
            )


def _check(task: Task, work: Work, film: Film, progress: Progress) -> tuple[Check, ...]:
    """What was looked at. Raises LikenessError ``film_bad``."""
    from core.campaign.check import check_film, said_fields
    from core.film.film import choose
    from core.storyboard import read_storyboard

    names = said_fields(read_storyboard(work.storyboard), task.values)
    board = choose(read_storyboard(work.storyboard, task.values), options_of(work, task))
    checks = check_film(film, board, names, progress)
    wrong = [check.text for check in checks if not check.is_well]
    if wrong:
        raise LikenessError("film_bad", " ".join(wrong), "Look at the film, and at the row's values.")
    return checks


_KEPT = threading.local()


def kept_renderer(work: Work) -> Any:
    """This thread's own renderer, kept from task to task; None where films are made by something else."""
    from core.campaign.task import MAKER

    if work.maker != MAKER:
        return None
    if getattr(_KEPT, "renderer", None) is None:
        _KEPT.renderer = _Late(work.options.blender)
    return _KEPT.renderer


class _Late:
    """A Blender that is looked for when the first plate is asked for, and again for the next one if there was none."""

    def __init__(self, named: Path | None) -> None:
        self._named = named
        self._blender: Any = None

    def render(self, request: Path, out: Path, progress: Progress) -> dict[str, Any]:
        from core.film.blender import Blender

        if self._blender is None:
            self._blender = Blender(self._named)
        return self._blender.render(request, out, progress)

    def close(self) -> None:
        if self._blender is not None:
            self._blender.close()
