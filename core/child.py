# SPDX-License-Identifier: GPL-3.0-or-later
"""A program of ours in a process of its own: one JSON line in, one out. Started when it is first asked, then kept."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any


class ChildFailed(Exception):
    """The child gave no answer; its text says why in a few words."""


class Child:
    """The running program. One question at a time; one that dies or hangs fails it, and the next starts another.

    The program has to end when its stdin closes, which happens when this process ends.
    """

    def __init__(self, command: Callable[[], Sequence[str]], environ: Mapping[str, str] | None = None) -> None:
        """command: what starts it, asked each time. environ: its environment variables, else those of this process."""
        self._command = command
        self._environ = environ
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()

    @property
    def pid(self) -> int | None:
        """Of the running process; None before the first question."""
        return self._process.pid if self._process is not None else None

    def ask(self, question: Mapping[str, Any], patience: float) -> Any:
        """The entry ``answer`` of what it says to a question within so many seconds.

        Raises ChildFailed, also with what it says as ``error``, and what ``command`` raises.
        """
        with self._lock:
            process = self._process
            if process is None or process.poll() is not None:
                process = self._start()
            try:
                assert process.stdin is not None
                process.stdin.write(json.dumps(question) + "\n")
                process.stdin.flush()
                line = self._answers.get(timeout=patience)
            except (OSError, queue.Empty) as error:
                line = "" if isinstance(error, OSError) else "hangs"
        answer = json.loads(line) if line.startswith("{") else {}
        if "answer" in answer:
            return answer["answer"]
        if "error" not in answer:
            self.close()
        raise ChildFailed(answer.get("error") or ("it does not answer" if line else "it ended"))

    def close(self) -> None:
        """End the process; a next question starts another."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _start(self) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            self._command(), stdin=pipe, stdout=pipe, text=True, encoding="utf-8", env=self._environ
        )
        answers = self._answers = queue.SimpleQueue()

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                answers.put(line)
            answers.put("")  # it ended

        threading.Thread(target=read, daemon=True).start()
        self._process = process
        return process
