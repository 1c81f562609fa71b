# SPDX-License-Identifier: GPL-3.0-or-later
"""Do one task: claim it, make the film, look at it, and note what came of it. The same in every farm."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.campaign.journal import describe, find_outcomes, note
from core.campaign.task import STATE, Outcome, Task, Work, failed, options_of
from core.errors import Cancelled, LikenessError
from core.film.cache import folder_digest, locked
from core.film.film import Film
from core.progress import Progress, silent, span

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
        if known is not None and known.is_well:
            return known if known.state == "reused" else Outcome.from_dict(known.as_dict() | {"state": "reused"})
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
        note(work.out, task, outcome)
    return outcome


def _make(task: Task, work: Work, progress: Progress, renderer: Any, begin: float) -> Outcome:
    _require_avatars(task, work)
    out = work.out if task.is_film else work.out / STATE / "shared"
    film: Film = work.find_maker()(
        work.storyboard, out, options_of(work, task), span(progress, 0.0, 0.9), **_renderer(renderer)
    )
    _require_avatars(task, work)
    checks: Mapping[str, str] = {}
    if task.is_film and work.checks:
        checks = _check(task, work, film, span(progress, 0.9, 1.0))
    return Outcome(
        task.name,
        "made",
        {path.relative_to(work.out).as_posix(): describe(path) for path in film.files},
        film.duration,
        time.monotonic() - begin,
        checks=checks,
        warnings=tuple(film.warnings),
        made={shot: list(what) for shot, what in film.made.items()},
    )


def _renderer(renderer: Any) -> dict[str, Any]:
    return {} if renderer is None else {"renderer": renderer}


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


def _check(task: Task, work: Work, film: Film, progress: Progress) -> dict[str, str]:
    from core.campaign.check import check_film

    found: dict[str, str] = {}
    wrong = []
    for check in check_film(task, work, film.files, film.duration, progress):
        found[check.name] = check.text
        wrong += [] if check.is_well else [check.text]
    if wrong:
        raise LikenessError("film_bad", " ".join(wrong), "Look at the film, and at the row's values.")
    return found


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
