# SPDX-License-Identifier: GPL-3.0-or-later
"""No bpy here: one child process of ours, and the two threads that carry its lines."""

from __future__ import annotations

import contextlib
import json
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import LikenessError
from ..words import tell

CLOSE_SECONDS = 2.0  # what a child gets after its stdin has closed, and again after each stronger word
REAP_SECONDS = 1.0
LOG_LINES = 20
SETUP_HINT = 'Press "Set Up the Core" in the preferences of the add-on, or name another Python there.'


def core_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What the core inherits: nothing that bends its Python towards Blender's or the user's packages."""
    bent = ("PYTHON", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
    kept = {name: value for name, value in environ.items() if not name.startswith(bent)}
    return {**kept, "PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1"}


class Child:
    """A running ``command``; its stderr goes to the end of ``log``."""

    def __init__(self, command: list[str], folder: Path, log: Path, environ: Mapping[str, str]) -> None:
        """folder: the child's working directory. Raises LikenessError ``core_python_missing``."""
        self.inbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()  # None: its stdout has closed
        self.is_greeted = False
        self.is_terminated = False
        self.started_at = self.heard_at = time.monotonic()
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._log = log
        self._log_start = log.stat().st_size if log.exists() else 0
        self.process = _spawn(command, folder, log, environ)
        for target in (self._read, self._write):
            threading.Thread(target=target, daemon=True, name=f"likeness core {target.__name__}").start()

    def send(self, message: Mapping[str, Any]) -> None:
        self._outbox.put(json.dumps(message).encode("ascii") + b"\n")

    def terminate(self) -> None:
        if not self.is_terminated:
            self.is_terminated = True
            self.process.terminate()

    def kill(self) -> None:
        self.is_terminated = True
        self.process.kill()

    def close(self) -> None:
        """Close its stdin and see it out."""
        self._outbox.put(None)
        for step in (lambda: None, self.terminate, self.kill):
            step()
            try:
                self.process.wait(timeout=CLOSE_SECONDS)
                return
            except subprocess.TimeoutExpired:
                continue

    def reap(self) -> int:
        """Exit status of a child whose stdout has closed."""
        self._outbox.put(None)
        try:
            return self.process.wait(timeout=REAP_SECONDS)
        except subprocess.TimeoutExpired:  # it closed its stdout and lives on: it is of no use
            self.kill()
            return self.process.wait()

    def read_log(self) -> tuple[str, ...]:
        """Last lines of its stderr."""
        try:
            with self._log.open("rb") as file:
                file.seek(self._log_start)
                text = file.read().decode("utf-8", errors="replace")
        except OSError:
            return ()
        return tuple(line for line in text.splitlines() if line.strip())[-LOG_LINES:]

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as pipe:
            for line in pipe:
                self.inbox.put(line)
        self.inbox.put(None)

    def _write(self) -> None:
        """On a thread of its own, so that a child that does not read cannot hold up Blender."""
        assert self.process.stdin is not None
        pipe = self.process.stdin
        with contextlib.suppress(OSError):  # it has ended, which the reader notices
            while (line := self._outbox.get()) is not None:
                pipe.write(line)
                pipe.flush()
        with contextlib.suppress(OSError):
            pipe.close()


def _spawn(command: list[str], folder: Path, log: Path, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a child of our own: no window on Windows, deaf to the terminal's Ctrl-C, stderr into the log."""
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as stderr:
            return subprocess.Popen(
                command,
                cwd=folder,
                env=dict(environ),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                start_new_session=True,
            )
    except OSError as error:
        reason = error.strerror or str(error)
        raise LikenessError(
            "core_python_missing",
            tell(
                "The core's Python cannot be started: {command} ({reason}).", command=command[0], reason=reason.lower()
            ),
            SETUP_HINT,
        ) from error


def name_exit(code: int) -> str:
    """An exit status in words."""
    if code < 0:
        try:
            return tell("signal {name}", name=signal.Signals(-code).name)
        except ValueError:
            return tell("signal {name}", name=-code)
    return tell("exit status {code}", code=code if code < 256 else f"{code:#x}")
