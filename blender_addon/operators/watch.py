# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking from time to time at what a person drags: pins, markers.

By a timer, not by a handler of changes: that also sees undo, redo, scripts and numbers typed in the sidebar.
"""

from __future__ import annotations

from collections.abc import Callable

import bpy
from bpy.app.handlers import persistent

WATCH_SECONDS = 0.25  # between two looks; what has come to rest in this time is taken over


class Watch:
    """Calls ``look`` every WATCH_SECONDS until it returns None; from anew in each file that is opened."""

    def __init__(self, look: Callable[[], float | None]) -> None:
        self._look = look
        self._resume = persistent(lambda *_: self.start())

    def start(self) -> None:
        """Begin; not in background, where nobody drags anything and timers do not run."""
        if not bpy.app.background and not bpy.app.timers.is_registered(self._look):
            bpy.app.timers.register(self._look, first_interval=WATCH_SECONDS, persistent=True)

    def register(self) -> None:
        """Resume in files that are opened."""
        bpy.app.handlers.load_post.append(self._resume)

    def unregister(self) -> None:
        """Stop."""
        if self._resume in bpy.app.handlers.load_post:  # loading the factory settings has cleared them
            bpy.app.handlers.load_post.remove(self._resume)
        if bpy.app.timers.is_registered(self._look):
            bpy.app.timers.unregister(self._look)
