# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees in the terminal while Blender's own chatter goes into a log."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path

BAR = 24
# Without a terminal a stage is told in lines: at its start, then at most this often, and at its end.
QUIET_SECONDS = 20.0


class Console:
    """The terminal, apart from file descriptors 1 and 2, which go to ``log`` from here on.

    Blender and the libraries under it write there from C, where Python cannot stop them.
    """

    def __init__(self, log: Path) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
        self._moving = self._out.isatty()
        target = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(target, 1)
        os.dup2(target, 2)
        os.close(target)

    def say(self, text: str) -> None:
        """One line."""
        self._out.write(f"{text}\n")
        self._out.flush()

    def stage(self, title: str) -> Stage:
        """A stretch of work with a bar: use it with ``with``."""
        return Stage(self, title)

    def draw(self, text: str) -> None:
        """Replace the moving line."""
        if self._moving:
            width = shutil.get_terminal_size().columns - 1
            self._out.write(f"\r\x1b[K{text[:width]}")
            self._out.flush()

    @property
    def moving(self) -> bool:
        """Whether a line can be drawn over."""
        return self._moving


class Stage:
    """One stage of the work; ``seconds`` is what it has taken."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._told = 0.0
        self._began = 0.0
        self.seconds = 0.0

    def __enter__(self) -> Stage:
        self._began = self._told = time.monotonic()
        self.progress(0.0, "")
        return self

    def progress(self, fraction: float, text: str) -> None:
        """Show how far the stage is; has the signature of a Progress."""
        now = time.monotonic()
        done = round(BAR * min(max(fraction, 0.0), 1.0))
        line = f"[{'#' * done}{'.' * (BAR - done)}] {self._title} {fraction:4.0%} {text}"
        if self._console.moving:
            self._console.draw(line)
        elif now - self._told > QUIET_SECONDS:
            self._told = now
            self._console.say(line)

    def __exit__(self, kind: object, *rest: object) -> None:
        self.seconds = time.monotonic() - self._began
        self._console.draw("")
        if kind is None:
            self._console.say(f"{self._title}: {self.seconds:.1f} s")
