# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that are started: with a moving line and a log, or in the foreground."""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from . import places

RUNNING: set[subprocess.Popen] = set()  # programs that were started and not waited for yet

FOREIGN = ("PYTHONPATH", "PYTHONHOME")  # would mix other packages into the environments

# What a log says -> what to do about it.
REASONS = {
    r"No space left on device": "The disk is full: free some gigabytes and run this command again.",
    r"DO NOT MATCH THE HASHES": "A package is not the locked one: look at the index in 'pip config list'.",
    r"NewConnection|NameResolution|ConnectTimeout|Read timed out|ProxyError|Failed to establish|Could not "
    r"resolve|Unable to connect|Temporary failure": "The package index cannot be reached: connect this "
    "machine to the network and run this command again.",
}


class Stop(Exception):
    """Work cannot go on; the text is one sentence that says what to do."""


say = functools.partial(print, flush=True)


@contextlib.contextmanager
def shown(text: str, state: Callable[[], str]) -> Iterator[None]:
    """Show that ``text`` goes on, for how long, and its state: one moving line, or plain lines in a log."""
    started, done, moving = time.monotonic(), threading.Event(), sys.stdout.isatty()

    def draw() -> None:
        while not done.wait(0.1 if moving else 30):
            seconds = time.monotonic() - started
            line = f"{text} {state()} {seconds:.0f} s"
            bar = "".join("#" if (place - int(seconds * 8)) % 20 < 4 else "." for place in range(20))
            width = shutil.get_terminal_size().columns - 1
            say(f"\r\x1b[K{f'[{bar}] {line}'[:width]}" if moving else line, end="" if moving else "\n")

    thread = threading.Thread(target=draw, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        say(("\r\x1b[K" if moving else "") + f"{text}: {time.monotonic() - started:.0f} s")


def run_logged(
    command: Sequence[str | Path], text: str, log: Path, count: tuple[str, ...] = (), total: int = 0
) -> None:
    """Run a command with its output in ``log``; lines that start with one of ``count`` are its progress.

    Raises Stop with the reason that `REASONS` finds in the output, else with its last line.
    """
    lines: list[str] = []
    places.VENV.mkdir(exist_ok=True)

    def state() -> str:
        met = sum(line.startswith(count) for line in list(lines))
        return f"{met} of {total}" if 0 < met < total else ""

    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    with tempfile.TemporaryDirectory(dir=places.VENV) as temporary, log.open("a", encoding="utf-8") as file:
        environment.update(TMPDIR=temporary, DEBIAN_FRONTEND="noninteractive")  # /tmp may be small
        process = subprocess.Popen(
            [str(part) for part in command], cwd=places.ROOT, env=environment, text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        assert process.stdout is not None
        try:
            with shown(text, state):
                for line in process.stdout:
                    lines.append(line)
                    file.write(line)
                process.wait()
        finally:
            process.kill()
    if process.returncode:
        sentences = [sentence for pattern, sentence in REASONS.items() if re.search(pattern, "".join(lines))]
        last = next((line.strip() for line in reversed(lines) if line.strip()), "no word why")
        raise Stop(sentences[0] if sentences else f"{text} failed, see {log.relative_to(places.ROOT)}: {last}")


def says(python: str | Path, code: str) -> str:
    """What a Python prints when it runs ``code``; nothing when it does not work."""
    try:
        done = subprocess.run([str(python), "-c", code], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode().strip() if done.returncode == 0 else ""


def run(command: Sequence[str | Path], environ: Mapping[str, str], seconds: float | None = None) -> int:
    """Run a program of this repository in the foreground, with a user folder of its own for Blender."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        environment = {**os.environ, "BLENDER_USER_RESOURCES": folder, "PYTHONPATH": str(places.ROOT), **environ}
        process = subprocess.Popen([str(part) for part in command], cwd=places.ROOT, env=environment,
                                   stdin=subprocess.DEVNULL, start_new_session=True)
        RUNNING.add(process)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            say(f"It did not end within {seconds:.0f} s and was stopped.")
            return 1
        finally:
            kill(process)
            RUNNING.discard(process)


def kill(process: subprocess.Popen) -> None:
    """End a process that still runs, with all that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL) if os.name == "posix" else process.kill()
        process.wait()
