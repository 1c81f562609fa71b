# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that makes a film for each row of a table."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from core.errors import LikenessError
from core.progress import Progress

_RANGE = re.compile(r"\s*([0-9]{1,7})\s*(?:-\s*([0-9]{1,7})\s*)?")


def make_campaign(
    progress: Progress,
    table: Path,
    storyboard: Path,
    out: Path,
    workers: int | None,
    scheduler: str,
    only_failed: bool,
    check: bool,
    strict: bool,
    rows: str,
    flamenco: Path | None,
    **film: Any,
) -> dict[str, Any]:
    """Table and storyboard to films. rows: numbers of rows, ``2-5,8``. flamenco: write this job type, make nothing.

    strict: a film that fails is an error (``campaign_incomplete``).
    """
    from core.campaign.run import CampaignOptions, as_json, run_campaign
    from core.jobs.film import read_options

    if workers is not None and workers < 1:
        raise LikenessError("bad_params", f"{workers} workers make nothing.", "Use 1 or more, or leave it out.")
    numbers = read_rows(rows)
    if flamenco is not None:
        return _write_job_type(table, storyboard, out, numbers, flamenco, tell_options(**film))
    options = CampaignOptions(read_options(**film), workers, scheduler, only_failed, check, numbers)
    report = run_campaign(table, storyboard, out, options, progress)
    if strict and (report.failures or (not numbers and report.good < len(report.tasks))):
        raise LikenessError("campaign_incomplete", report.summary, f"See {report.path}.")
    return {**as_json(report), "submit": ""}


def read_rows(text: str) -> tuple[int, ...]:
    """``2-5,8`` as numbers. Raises LikenessError ``bad_params``."""
    found: list[int] = []
    for part in filter(str.strip, text.split(",")):
        match = _RANGE.fullmatch(part)
        if match is None or int(match[2] or match[1]) < int(match[1]):
            raise LikenessError("bad_params", f"“{part.strip()}” names no rows.", "Write numbers: 2-5,8")
        found += range(int(match[1]), int(match[2] or match[1]) + 1)
    return tuple(dict.fromkeys(found))


def tell_options(formats: str, quality: str | None, **film: Any) -> str:
    """What is asked of the films, as the command line has it."""
    parts = ["--draft"] if quality == "draft" else []
    for form in filter(None, formats.split(",")):
        parts += ["--format", form.strip()]
    for name, value in film.items():
        if value not in (None, "", False):
            if isinstance(value, Path) and (name != "blender" or value.exists()):
                value = value.absolute()  # of a machine's own PATH, a name stays one
            option = f"--{name.replace('_', '-')}"
            parts += [option] if value is True else [option, str(value)]
    return " ".join(f'"{part}"' if " " in part else part for part in parts)


def _write_job_type(
    table: Path, storyboard: Path, out: Path, rows: tuple[int, ...], path: Path, options: str
) -> dict[str, Any]:
    from core.campaign.flamenco import FarmJob, write_job_type
    from core.campaign.plan import check_table
    from core.campaign.pool import ROOT
    from core.campaign.table import scan_table

    found = scan_table(table)
    check_table(found, storyboard)
    numbers = rows or tuple(row.number for row in found.rows)
    job = FarmJob(table.resolve(), storyboard.resolve(), out.resolve(), Path(sys.executable), ROOT, numbers, options)
    submit = write_job_type(path, job)
    return {"films": [], "good": 0, "failed": 0, "made": 0, "report": "", "seconds": 0.0, "submit": submit,
            "summary": f"The job type is in {path}\n{submit}"}  # fmt: skip
