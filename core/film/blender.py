# SPDX-License-Identifier: GPL-3.0-or-later
"""The Blender that renders: which one, and a headless process of it that is kept from shot to shot."""

from __future__ import annotations

import collections
import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from core.errors import LikenessError
from core.progress import Progress

VARIABLE = "SPEAKING_LIKENESS_BLENDER"
ROOT = Path(__file__).resolve().parents[2]
_POLL = 0.2  # seconds between two looks at whether it was cancelled
_PATIENCE = 3600.0  # seconds without a sign of life; a frame of Cycles at 4K takes minutes
_LINES = 40  # of its log that are kept
# Where the program is in what a person takes for Blender, such as Blender.app.
_IN_ITS_FOLDER = ("blender", "blender.exe", "Contents/MacOS/Blender")
_CRASHED = "Blender ended twice while it rendered this shot.", "Try --engine workbench, or another Blender."
_NEVER_STARTED = (
    "{} ended twice before it rendered anything.",
    "Name a Blender, or a Python with bpy, with --blender; if it is one, try --engine workbench.",
)


class Renderer(Protocol):
    """What makes plates of shot requests; `Blender`, or what a test puts in its place."""

    def render(self, request: Path, out: Path, progress: Progress) -> dict[str, Any]:
        """Fill a folder with frames and faces.npz; the answer of docs/architecture.md."""
        ...

    def close(self) -> None:
        """End it."""
        ...


def find_blender(named: Path | None = None) -> Path:
    """The program, or a Python that has bpy: the one named, that of the environment, a checkout's, Blender on PATH.

    named: a program, the folder that it lies in, or a name on PATH. Raises LikenessError ``blender_missing``.
    """
    told = str(named) if named is not None else os.environ.get(VARIABLE, "")
    if told:
        found = _find_named(told)
        if found is None:
            raise LikenessError(
                "blender_missing", f"There is no program {told}.", "Give the path of Blender, or of a Python with bpy."
            )
        return found
    inside = ("Scripts/python.exe",) if sys.platform == "win32" else ("bin/python",)
    checkouts = [ROOT / ".venv" / name / place for name in ("blender_5", "blender") for place in inside]
    on_path = [Path(path) for path in (shutil.which("blender"),) if path]
    for path in (*checkouts, *on_path):
        if path.is_file():
            return path
    raise LikenessError(
        "blender_missing",
        "No Blender was found.",
        f"Name it with --blender PATH, or in {VARIABLE}.",
    )


def _find_named(told: str) -> Path | None:
    place = Path(told).absolute()
    for path in (place, *(place / name for name in _IN_ITS_FOLDER)):
        if path.is_file() and os.access(path, os.X_OK):
            return path
    found = shutil.which(told)
    return Path(found) if found else None


def find_program() -> Path:
    """The renderer's program: beside the core in a checkout, around it in the installed extension."""
    for folder in (ROOT / "blender_addon", ROOT):
        path = folder / "shots" / "__main__.py"
        if path.is_file():
            return path
    raise LikenessError("renderer_missing", "The renderer is not beside the core.", "Install the extension again.")


def command_of(blender: Path) -> list[str]:
    """How the renderer is started by a Blender, or by a Python that has bpy."""
    program = str(find_program())
    if "python" in blender.name.lower():
        return [str(blender), program]
    return [str(blender), "-b", "--factory-startup", "--quiet", "--python-exit-code", "1", "--python", program]


class Blender:
    """The running renderer. It starts with the first request; one that crashes is started once more."""

    def __init__(self, named: Path | None = None) -> None:
        """Raises LikenessError ``blender_missing`` and ``renderer_missing``."""
        self.command: Sequence[str] = command_of(find_blender(named))
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._log: collections.deque[str] = collections.deque(maxlen=_LINES)
        self._has_answered = False

    def render(self, request: Path, out: Path, progress: Progress) -> dict[str, Any]:
        """Render a shot request into a folder; frames that are there are kept, so that a second try goes on.

        Raises LikenessError as the renderer tells it, ``renderer_crashed``, and what progress raises; then it is ended.
        """
        question = json.dumps({"request": str(request.resolve()), "out": str(out.resolve())}) + "\n"
        for _ in range(2):
            told = self._ask(question, progress)
            if "answer" in told:
                return told["answer"]
            if "error" in told:
                raise self._failure(told["error"])
        log = "\n".join(self._log)
        message, hint = _CRASHED if self._has_answered else _NEVER_STARTED
        quoted = f" It said last:\n{log}" if log else ""
        raise LikenessError("renderer_crashed", message.format(self.command[0]), hint + quoted)

    def close(self) -> None:
        """End it; a next request starts another."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def _ask(self, question: str, progress: Progress) -> dict[str, Any]:
        """What it says in the end, an ``answer`` or an ``error``; {} where it ended without one."""
        is_running = self._process is not None and self._process.poll() is None
        process = self._process if is_running else self._start()
        assert process is not None and process.stdin is not None
        try:
            with contextlib.suppress(OSError):  # it ended: what is read says so
                process.stdin.write(question)
                process.stdin.flush()
            return self._listen(progress, "Rendering" if is_running else "Starting Blender")
        except BaseException:
            self.close()  # it knows of no way to stop
            raise

    def _listen(self, progress: Progress, text: str) -> dict[str, Any]:
        fraction, waited = 0.0, 0.0
        while True:
            progress(fraction, text)
            try:
                line = self._answers.get(timeout=_POLL)
            except queue.Empty:
                waited += _POLL
                line = "" if waited > _PATIENCE else "\n"
            else:
                waited = 0.0
            if not line:
                self.close()
                return {}
            told = _parse(line)
            self._has_answered |= bool(told)
            if "answer" in told or "error" in told:
                return told
            if "progress" in told:
                fraction, text = float(told["progress"]), str(told.get("text", text))

    def _failure(self, error: dict[str, Any]) -> LikenessError:
        if error.get("code") == "internal_error":
            self.close()  # what stands in its scene is not to be trusted
        return LikenessError(error["code"], error["message"], error.get("hint", ""))

    def _start(self) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            self.command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, encoding="utf-8", errors="replace"
        )
        answers = self._answers = queue.SimpleQueue()

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                answers.put(line)
            answers.put("")  # it ended

        def keep() -> None:
            assert process.stderr is not None
            for line in process.stderr:
                self._log.append(line.rstrip())

        for target in (read, keep):
            threading.Thread(target=target, daemon=True).start()
        self._process = process
        return process


def _parse(line: str) -> dict[str, Any]:
    """A line of JSON; {} for what Blender itself prints."""
    if not line.startswith("{"):
        return {}
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
