# SPDX-License-Identifier: GPL-3.0-or-later
"""No bpy here: which Python runs the core, and how an environment for it is made.

`Setup` makes a virtual environment beside its place, installs the locked packages and renames it into place
whole, so that one which works is there until the next one does.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import Cancelled, LikenessError
from .child import core_environment
from .process import Event, Failed, Finished, OnEvent, Progressed

ENVIRONMENT = "core_environment"  # its folder, inside the add-on's own user folder
LOCK = Path("core", "requirements.txt")
GIGABYTES = 2.0  # free space wanted; measured on Linux: 1.5 at the peak, 1.2 in the end
VERSION_CHECK = "import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else 3)"

# What pip says of a package from an index, and of a file in a folder.
FETCHED = re.compile(r"(?:Collecting|Processing) (?:\S*[/\\])?([A-Za-z][\w.]*(?:-[A-Za-z][\w.]*)*)")

# What the output of a failed step says -> code, sentence, hint.
REASONS: tuple[tuple[str, str, str, str], ...] = (
    (
        r"No space left on device|not enough space",
        "disk_full",
        "The disk is full.",
        "Free some gigabytes, then set up the core again.",
    ),
    (
        r"NewConnectionError|NameResolutionError|ConnectTimeout|Read timed out|ProxyError|"
        r"Failed to establish|Temporary failure in name resolution",
        "network_unreachable",
        "The package index cannot be reached.",
        "Check the network connection, then set up the core again.",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "package_mismatch",
        "A downloaded package is not the one that was locked.",
        "Look at what package index pip is set up with, then set up the core again.",
    ),
    (
        r"ensurepip is not available|No module named '?(ensurepip|venv)",
        "python_incomplete",
        "This Python cannot make environments: its venv module is missing.",
        "Name another Python in the preferences, or install its venv package (Debian: python3-venv).",
    ),
    (
        r"No matching distribution|Could not find a version",
        "package_missing",
        "A package of the core is not offered for this Python on this system.",
        "Name a Python 3.11 to 3.13 in the preferences, then set up the core again.",
    ),
)


def environment_python(environment: Path) -> Path:
    """The interpreter of a virtual environment."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def find_python(named: str, user_folder: Path | None, home: Path, environ: Mapping[str, str]) -> Path | None:
    """The Python that is to run the core, None when there is none yet.

    In this order: the one named in the preferences, the one in ``SPEAKING_LIKENESS_CORE_PYTHON``, the one
    that `Setup` made, the one of the checkout. What is named is taken at its word.
    """
    for text in (named, environ.get("SPEAKING_LIKENESS_CORE_PYTHON", "")):
        if text:
            return Path(text)
    environments = [home / ".venv" / "core"]
    if user_folder is not None:
        environments.insert(0, user_folder / ENVIRONMENT)
    pythons = map(environment_python, environments)
    return next((python for python in pythons if python.is_file()), None)


@dataclass(frozen=True)
class Step:
    """One command of the set-up. share: of the whole time; packages: how many it fetches."""

    text: str
    command: tuple[str, ...]
    share: float
    packages: int = 0


class Setup:
    """The making of an environment, on a thread; its events are delivered by `poll`."""

    def __init__(self, base: Path, home: Path, target: Path, log: Path, on_event: OnEvent) -> None:
        """base: a Python 3.11 to 3.13. home: folder with ``core/``. target: the environment to be."""
        self.outcome: Finished | Failed | None = None
        self._base = base
        self._home = home
        self._target = target
        self._part = target.with_name(target.name + ".part")
        self._log = log
        self._on_event = on_event
        self._environ = core_environment(os.environ)
        self._inbox: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._is_cancelled = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="likeness set-up")
        self._thread.start()

    def poll(self) -> None:
        """Deliver what has happened since. Never blocks."""
        while self.outcome is None:
            try:
                event = self._inbox.get_nowait()
            except queue.Empty:
                return
            if isinstance(event, Finished | Failed):
                self.outcome = event
            self._on_event(event)

    def cancel(self) -> None:
        """Stop; the end comes with a later poll, and nothing half-made stays."""
        self._is_cancelled.set()
        process = self._process
        if process is not None:
            process.terminate()

    def stop(self) -> None:
        """Cancel and see it out."""
        self.cancel()
        self._thread.join(timeout=10.0)
        self.poll()

    def _run(self) -> None:
        try:
            self._make()
            self._swap()
            outcome = Finished({"python": str(environment_python(self._target))})
        except LikenessError as error:
            outcome = Failed(error)
        except OSError as error:
            message = f"{self._target.parent} cannot be written: {error.strerror or error}."
            outcome = Failed(LikenessError("output_unwritable", message, "Free some space, or permit it."))
        finally:
            shutil.rmtree(self._part, ignore_errors=True)
        self._inbox.put(outcome)

    def _make(self) -> None:
        self._target.parent.mkdir(parents=True, exist_ok=True)
        self._log.write_bytes(b"")
        free = shutil.disk_usage(self._target.parent).free / 1e9
        if free < GIGABYTES:
            message = f"The disk has {free:.1f} GB free and the core's packages need {GIGABYTES} GB."
            raise LikenessError("disk_full", message, "Free some space, then set up the core again.")
        done = 0.0
        for step in self._steps():
            for fraction, text in self._do(step):
                self._inbox.put(Progressed(done + step.share * fraction, text))
            done += step.share

    def _steps(self) -> tuple[Step, ...]:
        python = str(environment_python(self._part))
        lock = self._home / LOCK
        packages = len(re.findall(r"^\S+==", lock.read_text(encoding="utf-8"), re.MULTILINE))
        pip = (python, "-m", "pip", "install", "--no-input", "--no-deps", "--disable-pip-version-check")
        return (
            Step("Looking at Python", (str(self._base), "-c", VERSION_CHECK), 0.01),
            Step(
                "Making an environment",
                (str(self._base), "-m", "venv", "--clear", str(self._part)),
                0.09,
            ),
            Step(
                "Fetching packages",
                (*pip, "--progress-bar=off", "--require-hashes", "-r", str(lock)),
                0.85,
                packages,
            ),
            Step("Checking the model files", (python, "-m", "core", "models", "fetch"), 0.05),
        )

    def _do(self, step: Step) -> Iterator[tuple[float, str]]:
        """Run one command with its output in the log; yields (fraction, text)."""
        yield 0.0, step.text
        met, lines = 0, []
        with self._log.open("a", encoding="utf-8") as log, self._start(step.command) as process:
            self._process = process
            if self._is_cancelled.is_set():
                process.terminate()
            assert process.stdout is not None
            for line in process.stdout:
                log.write(line)
                lines.append(line)
                fetched = FETCHED.match(line)
                if fetched and step.packages:
                    met += 1
                    # The last third is installing, of which pip says nothing.
                    yield 0.67 * min(met / step.packages, 1.0), f"{step.text}: {fetched[1]}"
                elif line.startswith("Installing collected packages"):
                    yield 0.67, "Installing packages, a minute or two"
        self._process = None
        if self._is_cancelled.is_set():
            raise Cancelled
        if process.returncode:
            raise self._failure(step, process.returncode, "".join(lines))

    def _start(self, command: tuple[str, ...]) -> subprocess.Popen[str]:
        try:
            return subprocess.Popen(
                command,
                cwd=self._home,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                start_new_session=True,
            )
        except OSError as error:
            raise LikenessError(
                "core_python_missing",
                f"This Python cannot be started: {command[0]} ({(error.strerror or str(error)).lower()}).",
                "Name another Python 3.11 to 3.13 in the preferences.",
            ) from error

    def _failure(self, step: Step, code: int, output: str) -> LikenessError:
        if step.command[-1] == VERSION_CHECK and code == 3:
            message = f"The core needs Python 3.11 to 3.13, and {self._base} is another."
            return LikenessError("python_unsupported", message, "Name one of these versions in the preferences.")
        for pattern, name, message, hint in REASONS:
            if re.search(pattern, output):
                return LikenessError(name, message, f"{hint} The log is {self._log}.")
        last = next((line.strip() for line in reversed(output.splitlines()) if line.strip()), f"status {code}")
        return LikenessError("setup_failed", f"{step.text} failed: {last.rstrip('.')}.", f"The log is {self._log}.")

    def _swap(self) -> None:
        """Rename the finished environment into place."""
        if self._is_cancelled.is_set():
            raise Cancelled
        old = self._target.with_name(self._target.name + ".old")
        shutil.rmtree(old, ignore_errors=True)
        if self._target.exists():
            self._target.rename(old)
        try:
            self._part.rename(self._target)
        except OSError:
            with contextlib.suppress(OSError):
                old.rename(self._target)
            raise
        shutil.rmtree(old, ignore_errors=True)
