# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python environments that clone voices, one for each engine: where they lie, and how they are made."""

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

from core.cloning.engines import Engine
from core.errors import LikenessError
from core.progress import Progress

_DYING = 3.0  # seconds that killed processes are waited for
_PROGRAM = Path(__file__).with_name("program.py")
_COLLECTED = re.compile(r"(?:Collecting|Processing) (?:\S*[/\\])?([A-Za-z][\w.-]*)")
# What the output of a failed step says -> code, sentence, hint, in which {engine} is.
_REASONS = (
    (r"No space left on device", "disk_full", "The disk is full.", "Free some gigabytes, then try again."),
    (r"NewConnectionError|NameResolution|ConnectTimeout|timed out|ProxyError|Failed to establish|LocalEntryNotFound|"
     r"ConnectError|Max retries", "network_unreachable",
     "What cloning needs cannot be fetched: the network cannot be reached.", "Check the connection, then try again."),
    (r"terms of https://\S+ are not accepted", "terms_not_accepted",
     "The networks that clone are given only to who accepts their terms on Hugging Face.",
     "Accept them at https://huggingface.co/kyutai/pocket-tts, log in with “hf auth login”, then try again."),
    (r"ensurepip is not available|No module named '?(ensurepip|venv)", "python_incomplete",
     "This Python cannot make environments: its venv module is missing.",
     "Install its venv package (Debian: python3-venv)."),
    (r"No matching distribution|Could not find a version", "package_missing",
     "The package that clones voices is not offered for this Python on this system.",
     "Name a Python 3.10 to 3.13 that has {engine.requirement[0]} in {engine.variable}."),
)  # fmt: skip


@dataclass(frozen=True)
class _Step:
    """share: of the whole time. packages: how many it collects."""

    text: str
    command: Sequence[str]
    share: float
    packages: int = 0


def environment_folder(engine: Engine) -> Path:
    """Where our environment of an engine is or would be."""
    is_own = sys.prefix != sys.base_prefix  # else beside it may be the system
    return (Path(sys.prefix).parent if is_own else Path.home() / ".speaking_likeness") / engine.folder


def find_python(engine: Engine) -> Path | None:
    """The Python that clones voices; None where there is none. What is named is taken at its word."""
    named = os.environ.get(engine.variable)
    if named:
        return Path(named)
    python = _python(environment_folder(engine))
    return python if python.is_file() else None


def require_python(engine: Engine) -> Path:
    """The same. Raises LikenessError ``voice_missing``."""
    python = find_python(engine)
    if python is None:
        raise LikenessError(
            "voice_missing",
            "Cloning a voice needs packages that are not on this computer.",
            f"Set them up with: python -m core cloning install {engine.name} ({engine.size})",
        )
    return python


def child_environ(python: Path) -> dict[str, str]:
    """The environment variables of its programs: with no packages but its own, and networks in its own folder.

    A login at Hugging Face stays where the person has it.
    Nothing is fetched while it speaks, unless the person sets ``HF_HUB_OFFLINE`` to 0.
    """
    environ = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    models = python.parent.parent / "models"
    if models.is_dir():  # fetched by `install`
        environ.setdefault("HF_TOKEN_PATH", str(_hugging_face_folder() / "token"))
        environ["HF_HOME"] = str(models)
    return {"HF_HUB_OFFLINE": "1", **environ}


def install(progress: Progress, engine: Engine, target: Path | None = None) -> Path:
    """Make an engine's environment with its packages and networks, and return its Python.

    It is made beside its place and renamed whole, so that a failure or ``progress``
    that cancels leaves nothing half made, and the previous one where it was.

    Raises LikenessError ``disk_full``, ``network_unreachable``, ``python_incomplete``, ``package_missing``,
    ``terms_not_accepted``, ``cloning_failed``, ``output_unwritable``, and what ``progress`` raises.
    """
    target = environment_folder(engine) if target is None else target
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _require_space(target.parent, engine)
        shutil.rmtree(part, ignore_errors=True)
        _make(part, engine, progress)
        _swap(part, target)
    except OSError as error:
        message = f"{target.parent} cannot be written: {error.strerror or error}."
        raise LikenessError("output_unwritable", message, "Free some space, or permit it.") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    progress(1.0, "Set up")
    return _python(target)


def _hugging_face_folder() -> Path:
    """Where its programs keep what they have, the login too."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("HF_HOME") or Path(cache) / "huggingface")


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _require_space(folder: Path, engine: Engine) -> None:
    free = shutil.disk_usage(folder).free / 1e9
    if free < engine.on_disk:
        message = f"The disk has {free:.1f} GB free, and cloning needs {engine.on_disk:g} GB."
        raise LikenessError("disk_full", message, "Free some space, then try again.")


def _make(part: Path, engine: Engine, progress: Progress) -> None:
    python = str(_python(part))
    pip = (python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar=off")
    languages = tuple(dict.fromkeys(engine.languages.values()))
    fetch = (python, str(_PROGRAM), engine.name, "--fetch", *languages)
    steps = (
        _Step("Making an environment", (sys.executable, "-m", "venv", str(part)), 0.05),
        _Step("Fetching packages", (*pip, *engine.requirement), 0.55, engine.packages),
        _Step(f"Fetching the networks ({engine.networks:g} GB)", fetch, 0.4),
    )
    done = 0.0
    for step in steps:
        progress(done, f"{step.text}: {engine.size}" if not done else step.text)
        if str(_PROGRAM) in step.command:  # from now on networks are looked for there
            (part / "models").mkdir()
        with contextlib.closing(_run(step, part, engine)) as running:
            for fraction, text in running:
                progress(done + step.share * fraction, text)
        done += step.share


def _run(step: _Step, part: Path, engine: Engine) -> Generator[tuple[float, str], None, None]:
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
            raise _failure(step, "".join(lines[-200:]), engine)
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


def _failure(step: _Step, output: str, engine: Engine) -> LikenessError:
    for pattern, code, message, hint in _REASONS:
        if re.search(pattern, output):
            return LikenessError(code, message, hint.format(engine=engine))
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
