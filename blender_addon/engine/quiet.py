# SPDX-License-Identifier: GPL-3.0-or-later
"""A small question to the core beside the job that runs: no panel shows it, and where it fails nothing happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import bpy  # pyright: ignore[reportMissingImports]

from ..errors import LikenessError
from . import jobs
from .process import Failed, Finished

LOOK_SECONDS = 0.05


def ask_quietly(
    method: str, params: Mapping[str, Any], then: Callable[[Mapping[str, Any]], None]
) -> Callable[[], float | None] | None:
    """Ask, and call ``then`` with the result from a timer; returns what the timer calls, None where nobody is asked."""
    try:
        core = jobs.core()
        request = core.request(method, params, lambda event: None)
    except LikenessError:
        return None

    def look() -> float | None:
        core.poll()
        if request.outcome is None:
            return LOOK_SECONDS
        if isinstance(request.outcome, Finished):
            then(request.outcome.result)
        else:
            assert isinstance(request.outcome, Failed)
        return None

    if not bpy.app.background:
        bpy.app.timers.register(look, first_interval=LOOK_SECONDS)
    return look
