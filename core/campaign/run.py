# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole campaign: planned, resumed from what is known, done, and told."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.campaign.journal import find_finished, find_outcomes, note
from core.campaign.plan import Plan, plan_campaign
from core.campaign.pool import count_workers, run_pool
from core.campaign.table import scan_table
from core.campaign.task import MAKER, STATE, Outcome, Task, Work
from core.errors import LikenessError
from core.film.blender import find_blender
from core.film.cache import Cache, unwritable
from core.film.film import FilmOptions
from core.progress import Progress, silent, span
from core.storage import write_file

REPORT = "campaign.csv"
_PLANNED = 0.02  # how far the whole is when it is planned
_TOLD = 5  # failures that the summary names
_ENDLESS = 10**18  # bytes: while several write into a cache, none cleans it


@dataclass(frozen=True)
class CampaignOptions:
    """film: of each film. workers: processes, or None for what this machine is good for. scheduler: of Dask, or
    ``local``. only_failed: no other rows. check: look at all films again, and make none. rows: numbers, or () for all.
    checks: whether films are looked at when they are made."""

    film: FilmOptions = field(default_factory=FilmOptions)
    workers: int | None = None
    scheduler: str = ""
    only_failed: bool = False
    check: bool = False
    rows: tuple[int, ...] = ()
    checks: bool = True
    maker: str = MAKER


@dataclass(frozen=True)
class Report:
    """outcomes: of all rows that have one, in the table's order. count: of rows that were asked for. made: now."""

    tasks: tuple[Task, ...]
    outcomes: dict[str, Outcome]
    made: int
    seconds: float
    path: Path

    @property
    def failures(self) -> list[tuple[Task, Outcome]]:
        found = ((task, self.outcomes.get(task.name)) for task in self.tasks)
        return [(task, outcome) for task, outcome in found if outcome is not None and not outcome.is_well]

    @property
    def warnings(self) -> list[tuple[Task, tuple[str, ...]]]:
        """Of films that are good, but that have something to be told."""
        found = ((task, self.outcomes.get(task.name)) for task in self.tasks)
        return [(task, one.warnings) for task, one in found if one is not None and one.is_well and one.warnings]

    @property
    def good(self) -> int:
        return sum(outcome.is_well for outcome in self.outcomes.values())

    @property
    def summary(self) -> str:
        lines = [f"{self.good} of {len(self.tasks)} films are in {self.path.parent}; {self.made} were made now."]
        for task, outcome in self.failures[:_TOLD]:
            lines.append(f"  {task.name} (row {task.number}) failed: {outcome.error['message']}")
        if len(self.failures) > _TOLD:
            lines.append(f"  And {len(self.failures) - _TOLD} more: see {self.path}")
        if self.warnings:
            task, told = self.warnings[0]
            count = len(self.warnings)
            rest = f", as of {count - 1} more: see {self.path}" if count > 1 else ""
            lines.append(f"  {task.name} (row {task.number}) has a warning{rest}: {told[0]}")
        if self.failures:
            lines.append("Make those again with --only-failed.")
        return "\n".join(lines)


def run_campaign(
    table: Path,
    storyboard: Path,
    out: Path,
    options: CampaignOptions = CampaignOptions(),
    progress: Progress = silent,
) -> Report:
    """Make a film for each row, in the folder ``out``. What was finished before and still holds is not made again.

    Raises what `require_scheduler`, `plan_campaign`, `scan_table`, `find_blender` and `run_cluster` raise,
    LikenessError ``rows_unknown``, ``output_unwritable``, and what progress raises; films that were finished by then
    stay. A film that fails is no error: the report tells it.
    """
    begin = time.monotonic()
    if options.scheduler:
        from core.campaign.cluster import require_scheduler

        require_scheduler(options.scheduler)
    out = Path(out).resolve()
    cache = (options.film.cache or out / f"{Path(storyboard).stem}.cache").resolve()
    film = replace(options.film, cache=cache, cache_bytes=_ENDLESS, row=None, shots=(), name="")
    film = replace(film, blender=_absolute(film.blender), fonts=_absolute(film.fonts))
    work = Work(Path(storyboard).resolve(), out, film, options.checks or options.check, options.maker, options.check)
    plan = plan_campaign(scan_table(table), work, span(progress, 0.0, _PLANNED))
    try:
        (out / STATE).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(out, error) from error
    wanted = _choose(plan, work, options)
    made = _do(plan, wanted, work, options, span(progress, _PLANNED, 1.0))
    if made:
        Cache(cache).clean(options.film.cache_bytes)
    outcomes = find_outcomes(out, plan.films)
    path = write_report(out / REPORT, plan.films, outcomes)
    return Report(plan.films, outcomes, made, time.monotonic() - begin, path)


def _absolute(path: Path | None) -> Path | None:
    """A path as workers find it, whose working folder may be another; a program on PATH stays as it is."""
    return path.absolute() if path is not None and path.exists() else path


def _choose(plan: Plan, work: Work, options: CampaignOptions) -> list[Task]:
    """The films that are to be made now."""
    known = find_outcomes(work.out, plan.films)
    numbers = {task.number for task in plan.films}
    unknown = [number for number in options.rows if number not in numbers]
    if unknown:
        raise LikenessError("rows_unknown", f"The table has no row {unknown[0]}.", "Rows are counted as errors do.")
    chosen = [task for task in plan.films if not options.rows or task.number in options.rows]
    if options.only_failed:
        chosen = [task for task in chosen if task.name in known and not known[task.name].is_well]
    if options.check:
        finished = find_finished(work.out)
        return [task for task in chosen if task.name in finished]
    return [task for task in chosen if task.name not in known or not known[task.name].is_well]


def _do(plan: Plan, wanted: Sequence[Task], work: Work, options: CampaignOptions, progress: Progress) -> int:
    """Do tasks; how many films were made."""
    if not wanted:
        return 0
    if work.maker == MAKER and not options.scheduler and not options.check:
        find_blender(options.film.blender)  # one answer instead of the same from each film
    made = 0

    def done(task: Task, outcome: Outcome) -> None:
        nonlocal made
        made += task.is_film and outcome.state == "made"
        if not outcome.is_noted:  # its process died, or it was never begun
            try:
                note(work.out, task, outcome)
            except OSError as error:
                raise unwritable(work.out, error) from error

    count = options.workers or count_workers()
    tasks = _with_shared(plan, wanted) if count > 1 or options.scheduler else [replace(one, needs=()) for one in wanted]
    if options.scheduler:
        from core.campaign.cluster import run_cluster

        run_cluster(tasks, work, options.scheduler, count, progress, done)
    else:
        run_pool(tasks, work, count, progress, done)
    return made


def _with_shared(plan: Plan, wanted: Sequence[Task]) -> list[Task]:
    """Films, and before them the shots that at least two of them have in common."""
    counts: dict[str, int] = {}
    for task in wanted:
        for name in task.needs:
            counts[name] = counts.get(name, 0) + 1
    shared = [task for task in plan.shared if counts.get(task.name, 0) > 1]
    names = {task.name for task in shared}
    return [*shared, *(replace(one, needs=tuple(name for name in one.needs if name in names)) for one in wanted)]


def write_report(path: Path, tasks: Sequence[Task], outcomes: dict[str, Outcome]) -> Path:
    """A line for each row: what became of it, as a table that spreadsheets open. Raises ``output_unwritable``."""
    text = io.StringIO(newline="")
    rows = csv.writer(text)
    rows.writerow(["row", "film", "state", "files", "seconds", "made in", "error", "what", "checks", "avatars",
                   "warnings"])  # fmt: skip
    for task in tasks:
        outcome = outcomes.get(task.name)
        if outcome is None:
            rows.writerow([task.number, task.name, "not made", *[""] * 6, _avatars(task), ""])
            continue
        state = "good" if outcome.is_well else "failed"
        rows.writerow([
            task.number, task.name, state, " ".join(outcome.files), f"{outcome.duration:.2f}", f"{outcome.seconds:.1f}",
            outcome.error.get("code", ""), outcome.error.get("message", ""), " ".join(outcome.checks.values()),
            _avatars(task), " ".join(outcome.warnings),
        ])  # fmt: skip
    return write_file(path, text.getvalue().encode("utf-8-sig"))


def _avatars(task: Task) -> str:
    return " ".join(f"{name}={digest[:16]}" for name, digest in task.avatars.items())


def as_json(report: Report) -> dict[str, Any]:
    """Of a report, plain JSON."""
    films = []
    for task in report.tasks:
        outcome = report.outcomes.get(task.name)
        state = "not made" if outcome is None else "good" if outcome.is_well else "failed"
        films.append({"row": task.number, "film": task.name, "state": state, "avatars": dict(task.avatars),
                      **({} if outcome is None else {"files": list(outcome.files), "duration": outcome.duration,
                         "error": dict(outcome.error), "checks": dict(outcome.checks),
                         "warnings": list(outcome.warnings)})})  # fmt: skip
    return {
        "films": films,
        "good": report.good,
        "failed": len(report.failures),
        "made": report.made,
        "report": str(report.path),
        "seconds": report.seconds,
        "summary": report.summary,
    }
