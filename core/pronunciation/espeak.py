# SPDX-License-Identifier: GPL-3.0-or-later
"""espeak-ng (GPL-3), which reads sentences in a hundred languages, in a process of its own.

Its state is global and a crash of it would be ours, so ``engine.py`` holds it: started at the first question, kept,
ended with this process. One that dies or hangs fails the question in hand; the next one starts another.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from core.errors import LikenessError

PATIENCE = 20.0  # seconds; a sentence takes about 0.02 s, the longest script in one sentence 4 s
_ENGINE = Path(__file__).with_name("engine.py")


@dataclass(frozen=True)
class Unit:
    """What espeak says as one word.

    position: the character of the text that it reads, from 0. symbols: espeak's own IPA, one a phone.
    """

    position: int
    symbols: tuple[str, ...]


def say(text: str, voice: str) -> tuple[Unit, ...]:
    """The spoken words of a text, by the name of an espeak voice.

    Raises LikenessError ``pronunciation_failed`` where espeak ends or hangs, and ModuleNotFoundError where the package
    espeakng-loader is missing.
    """
    return _remembered(text, voice)


@lru_cache(4096)
def _remembered(text: str, voice: str) -> tuple[Unit, ...]:
    return _child.ask(text, voice)


class _Child:
    """The running engine. One question at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()

    @property
    def pid(self) -> int | None:
        """Of the running process; None before the first question."""
        return self._process.pid if self._process is not None else None

    def ask(self, text: str, voice: str) -> tuple[Unit, ...]:
        with self._lock:
            process = self._process
            if process is None or process.poll() is not None:
                process = self._start()
            try:
                assert process.stdin is not None
                process.stdin.write(json.dumps({"text": text.replace("\0", " "), "voice": voice}) + "\n")
                process.stdin.flush()
                line = self._answers.get(timeout=PATIENCE)
            except (OSError, queue.Empty) as error:
                line = "" if isinstance(error, OSError) else "hangs"
        answer = json.loads(line) if line.startswith("{") else {}
        if "units" in answer:
            return tuple(Unit(position, tuple(symbols)) for position, symbols in answer["units"])
        if "error" not in answer:
            self._stop(process)
        reason = answer.get("error") or ("it does not answer" if line else "it ended")
        raise LikenessError(
            "pronunciation_failed",
            f"espeak-ng, which knows how words are said, failed: {reason}.",
            "Try again; if it stays so, report it together with the script.",
        )

    def _start(self) -> subprocess.Popen[str]:
        import espeakng_loader

        command = [sys.executable, "-P", str(_ENGINE)]
        command += [espeakng_loader.get_library_path(), espeakng_loader.get_data_path()]
        pipe = subprocess.PIPE
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, encoding="utf-8")
        answers = self._answers = queue.SimpleQueue()

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                answers.put(line)
            answers.put("")  # it ended

        threading.Thread(target=read, daemon=True).start()
        self._process = process
        return process

    def _stop(self, process: subprocess.Popen[str]) -> None:
        process.kill()
        process.wait()


_child = _Child()
