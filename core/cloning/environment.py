# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python environment that clones voices: where it lies, and how it is made."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import LikenessError
from core.progress import Progress

PYTHON = "SPEAKING_LIKENESS_CLONING_PYTHON"  # environment variable: a Python with package and networks, instead of ours
FOLDER = "cloning"  # beside the core's own environment
REQUIREMENT = "chatterbox-tts==0.1.7"  # MIT
PACKAGES = 124  # that pip collects for it (Linux, Python 3.11), by which its progress is told
# Gigabytes that are fetched, and that lie on the disk in the end. For Linux pip's wheels are 3.3, of which torch and
# its CUDA 3.1; elsewhere about 0.6. The networks are 3.2: of ResembleAI/chatterbox on Hugging Face 2.1 are
# t3_mtl23ls_v2.safetensors, 1.1 s3gen.pt. Unpacked, packages are about twice as large.
FETCHED, ON_DISK = (6.6, 10.5) if sys.platform == "linux" else (3.9, 5.5)
SIZE = f"about {FETCHED:g} GB are fetched, which take {ON_DISK:g} GB on the disk"
_DYING = 3.0  # seconds that killed processes are waited for
_PROGRAM = Path(__file__).with_name("program.py")
_COLLECTED = re.compile(r"(?:Collecting|Processing) (?:\S*[/\\])?([A-Za-z][\w.-]*)")
# What the output of a failed step says -> code, sentence, hint.
_REASONS = (
    (r"No space left on device", "disk_full", "The disk is full.", "Free some gigabytes, then try again."),
    (r"NewConnectionError|NameResolution|ConnectTimeout|timed out|ProxyError|Failed to establish|LocalEntryNotFound|"
     r"ConnectError|Max retries", "network_unreachable",
     "What cloning needs cannot be fetched: the network cannot be reached.", "Check the connection, then try again."),
    (r"ensurepip is not available|No module named '?(ensurepip|venv)", "python_incomplete",
     "This Python cannot make environments: its venv module is missing.",
     "Install its venv package (Debian: python3-venv)."),
    (r"No matching distribution|Could not find a version", "package_missing",
     "The package that clones voices is not offered for this Python on this system.",
     f"Name a Python 3.10 to 3.13 that has {REQUIREMENT} in {PYTHON}."),
)  # fmt: skip


@dataclass(frozen=True)
class _Step:
    """share: of the whole time. packages: how many it collects."""

    text: str
    command: Sequence[str]
    share: float
    packages: int = 0


def environment_folder() -> Path:
    """Where our environment is or would be."""
    is_own = sys.prefix != sys.base_prefix  # else beside it may be the system
    return Path(sys.prefix).parent / FOLDER if is_own else Path.home() / ".speaking_likeness" / FOLDER


def find_python() -> Path | None:
    """The Python that clones voices; None where there is none. What is named is taken at its word."""
    named = os.environ.get(PYTHON)
    if named:
        return Path(named)
    python = _python(environment_folder())
    return python if python.is_file() else None


def require_python() -> Path:
    """The same. Raises LikenessError ``voice_missing``."""
    python = find_python()
    if python is None:
        raise LikenessError(
            "voice_missing",
            "Cloning a voice needs packages that are not on this computer.",
            f"Set them up with: python -m core cloning install ({SIZE})",
        )
    return python


def child_environ(python: Path) -> dict[str, str]:
    """The environment variables of its programs: with no packages but its own, and networks in its own folder.

    Nothing is fetched while it speaks, unless the person sets ``HF_HUB_OFFLINE`` to 0.
    """
    environ = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    models = python.parent.parent / "models"
    if models.is_dir():  # fetched by `install`
        environ["HF_HOME"] = str(models)
    return {"HF_HUB_OFFLINE": "1", **environ}


def install(progress: Progress, requirement: str = REQUIREMENT, target: Path | None = None) -> Path:
    """Make the environment with its packages and networks, and return its Python.

    requirement: what pip installs. It is made beside its place and renamed whole, so that a failure or ``progress``
    that cancels leaves nothing half made, and the previous one where it was.

    Raises LikenessError ``disk_full``, ``network_unreachable``, ``python_incomplete``, ``package_missing``,
    ``cloning_failed``, ``output_unwritable``, and what ``progress`` raises.
    """
    target = environment_folder() if target is None else target
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _require_space(target.parent)
        shutil.rmtree(part, ignore_errors=True)
        _make(part, requirement, progress)
        _swap(part, target)
    except OSError as error:
        message = f"{target.parent} cannot be written: {error.strerror or error}."
        raise LikenessError("output_unwritable", message, "Free some space, or permit it.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    progress(1.0, "Set up")
    return _python(target)


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _require_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free / 1e9
    if free < ON_DISK:
        message = f"The disk has {free:.1f} GB free, and cloning needs {ON_DISK:g} GB."
        raise LikenessError("disk_full", message, "Free some space, then try again.")


def _make(part: Path, requirement: str, progress: Progress) -> None:
    python = str(_python(part))
    pip = (python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar=off")
    steps = (
        _Step("Making an environment", (sys.executable, "-m", "venv", str(part)), 0.05),
        _Step("Fetching packages", (*pip, requirement), 0.55, PACKAGES),
        _Step("Fetching the networks (3.2 GB)", (python, str(_PROGRAM), "--fetch"), 0.4),
    )
    done = 0.0
    for step in steps:
        progress(done, f"{step.text}: {SIZE}" if not done else step.text)
        if str(_PROGRAM) in step.command:  # from now on networks are looked for there
            (part / "models").mkdir()
        with contextlib.closing(_run(step, part)) as running:
            for fraction, text in running:
                progress(done + step.share * fraction, text)
        done += step.share


def _run(step: _Step, part: Path) -> Generator[tuple[float, str], None, None]:
    """Run one command; yields (fraction, text) at least four times a second, so that it can be cancelled."""
    environ = child_environ(_python(part)) | {"HF_HUB_OFFLINE": "0"}
    lines: list[str] = []
    process = subprocess.Popen(
        step.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        encoding="utf-8", errors="replace", env=environ, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    reader = threading.Thread(target=lines.extend, args=(process.stdout,), daemon=True)
    reader.start()
    try:
        while reader.is_alive():
            reader.join(0.25)
            collected = _COLLECTED.findall("".join(lines))
            text = f"{step.text}: {collected[-1]}" if collected else step.text
            yield min(len(collected) / step.packages, 1.0) if step.packages else 0.0, text
        if process.wait():
            raise _failure(step, "".join(lines[-200:]))
    finally:
        _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """End a command with all that it has started, so that nothing is written any more."""
    if process.returncode is not None:
        return
    if sys.platform == "win32":
        process.kill()
        process.wait()
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):  # of a group that has ended
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    until = time.monotonic() + _DYING
    while time.monotonic() < until:
        try:
            os.killpg(process.pid, 0)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(0.02)


def _failure(step: _Step, output: str) -> LikenessError:
    for pattern, code, message, hint in _REASONS:
        if re.search(pattern, output):
            return LikenessError(code, message, hint)
    last = next((line.strip() for line in reversed(output.splitlines()) if line.strip()), "it ended")
    message = f"Setting up cloning failed at “{step.text}”: {last[:200].rstrip('.')}."
    return LikenessError("cloning_failed", message, "Try again; if it stays so, report it.")


def _swap(part: Path, target: Path) -> None:
    old = target.with_name(target.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    try:
        part.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
