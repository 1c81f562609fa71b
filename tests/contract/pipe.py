# SPDX-License-Identifier: GPL-3.0-or-later
"""The real worker at the other end of a pipe, and more jobs for it where a test needs a bad one."""

from __future__ import annotations

import itertools
import json
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60.0  # after which an answer is not going to come

# Long enough that hibari is at work for many seconds.
LONG_SCRIPT = "The sun was warm and the sea was calm, so we walked along the beach until evening. " * 80

# Jobs that behave as badly as libraries do. They run inside the real worker, through its own table.
BAD_JOBS = """
import os, subprocess, sys, time
from core.jobs import JOBS, Job
from core.worker import serve

def noisy(progress):
    print("a library prints")
    os.write(1, b"and writes from C\\n{broken json")
    subprocess.run([sys.executable, "-c", "print('so does its child')"])
    return {"read": sys.stdin.read()}

def raising(progress):
    raise ZeroDivisionError("a bug")

def leaving(progress):
    sys.exit("a library leaves")

def importing(progress):
    import package_that_nobody_has

def linking(progress):
    raise OSError("libEGL.so.1: cannot open shared object file: No such file or directory")

def not_json(progress):
    return {"value": object()}

def not_a_number(progress):
    return {"value": float("nan")}

def chatty(progress):
    end = time.monotonic() + 1.0
    calls = 0
    while time.monotonic() < end:
        calls += 1
        progress(2.0 * calls, f"call {calls}")
    return {"calls": calls}

def deaf(progress):
    time.sleep(600)

for job in (noisy, raising, leaving, importing, linking, not_json, not_a_number, chatty, deaf):
    JOBS[job.__name__] = Job(job, {})
serve()
"""


class Worker:
    """``python -m core worker`` (or one with more jobs), spoken to line by line."""

    def __init__(self, *arguments: str, program: str = "") -> None:
        command = [sys.executable, "-c", program] if program else [sys.executable, "-m", "core", "worker"]
        self.process = subprocess.Popen(
            [*command, *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._numbers = itertools.count(1000)  # of `is_alive`: an id is free a moment after its result has come
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def send(self, **message: Any) -> None:
        self.send_line(json.dumps(message).encode())

    def send_line(self, line: bytes) -> None:
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def next(self, *kinds: str) -> dict[str, Any]:
        """The next event of one of these kinds; every line on the way has to be an event."""
        deadline = time.monotonic() + SECONDS
        while True:
            line = self._lines.get(timeout=max(deadline - time.monotonic(), 0.01))
            assert line is not None, "the worker has closed its stdout"
            if line.strip():
                event = json.loads(line)
                if event["event"] in kinds:
                    return event

    def answer(self, **message: Any) -> dict[str, Any]:
        """Send a request and wait for its result or error."""
        self.send(**message)
        return self.next("result", "error")

    def is_alive(self) -> bool:
        return self.answer(id=next(self._numbers), method="ping")["event"] == "result"

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
