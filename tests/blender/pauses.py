# SPDX-License-Identifier: GPL-3.0-or-later
"""How long Blender's own thread was held up: by a timer in a window, by the ticks of a job where there is none."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import bpy

TIMER_SECONDS = 0.002


@dataclass
class Pauses:
    """Seconds between two calls of a timer that wants to be called every 2 ms, while `start`ed.

    In a window: everything counts, redraws and undo steps too. Subtract what an idle window shows.
    """

    gaps: list[float] = field(default_factory=list)
    _last: float | None = None

    def start(self) -> Pauses:
        self.gaps.clear()
        self._last = None
        bpy.app.timers.register(self._look, persistent=True)
        return self

    def stop(self) -> float:
        """The longest gap in seconds."""
        if bpy.app.timers.is_registered(self._look):
            bpy.app.timers.unregister(self._look)
        return max(self.gaps, default=0.0)

    def _look(self) -> float:
        now = time.perf_counter()
        if self._last is not None:
            self.gaps.append(now - self._last)
        self._last = now
        return TIMER_SECONDS


@dataclass(frozen=True)
class Ticks:
    """What the ticks of a job took, each in seconds: by the clock, and of this thread's processor."""

    wall: tuple[float, ...]
    busy: tuple[float, ...]


def time_ticks() -> Ticks:
    """Carry the job that runs to its end as the timer does; for Blender without a window."""
    from blender_addon.engine import jobs

    wall, busy = [], []
    while jobs.is_running():
        clock, thread = time.perf_counter(), time.thread_time()
        jobs._tick()
        wall.append(time.perf_counter() - clock)
        busy.append(time.thread_time() - thread)
        time.sleep(TIMER_SECONDS)
    return Ticks(tuple(wall), tuple(busy))
