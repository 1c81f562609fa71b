# SPDX-License-Identifier: GPL-3.0-or-later
"""What the core can be asked to do.

A job takes checked parameters and a Progress and returns plain JSON. This package imports nothing heavy; each
job imports what it needs, so that the worker can greet at once. The table is in ``table.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from core.errors import LikenessError
from core.jobs.param import REQUIRED, Job, Param, bad_params, check_param, join_names
from core.jobs.table import JOBS, PACKAGES
from core.progress import Progress

__all__ = ["JOBS", "PACKAGES", "Job", "Param", "check_params", "run_job"]

_LIBRARY_MISSING = re.compile(r"(lib[\w.+-]+\.so[\w.]*): cannot open shared object file")


def check_params(method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a job with types checked and defaults filled in.

    Raises LikenessError ``unknown_method`` or ``bad_params`` (missing, unknown or mistyped).
    """
    if method not in JOBS:
        raise LikenessError("unknown_method", f"The core has no method {method!r}.", f"It has {join_names(JOBS)}.")
    table = JOBS[method].params
    unknown = [name for name in params if name not in table]
    if unknown:
        raise bad_params(f"{method} takes no {join_names(unknown)}.", f"It takes {join_names(table) or 'nothing'}.")
    missing = [name for name, param in table.items() if param.default is REQUIRED and name not in params]
    if missing:
        raise bad_params(f"{method} needs {join_names(missing)}.", f"It takes {join_names(table)}.")
    return {name: check_param(name, param, params.get(name, param.default)) for name, param in table.items()}


def run_job(method: str, params: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Do a job with parameters as `check_params` gives them.

    Raises LikenessError as the job does, and ``packages_missing`` or ``library_missing`` when this Python
    or this system lacks something that the job needs.
    """
    try:
        return JOBS[method].run(progress, **params)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "core"):
            raise
        raise LikenessError(
            "packages_missing",
            f"The core's Python lacks the package {package}.",
            'Press "Set up the core" in the add-on\'s preferences, or run: python3 build.py setup',
        ) from error
    except (ImportError, OSError) as error:
        missing = _LIBRARY_MISSING.search(str(error))
        if missing is None:
            raise
        raise LikenessError(
            "library_missing",
            f"This system lacks the library {missing[1]}.",
            "Install the package that has it; in a checkout python3 build.py setup names it.",
        ) from error
