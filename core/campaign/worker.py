# SPDX-License-Identifier: GPL-3.0-or-later
"""A process of a campaign's pool: ``python -m core.campaign.worker``, tasks on stdin, what becomes of them on stdout.

One JSON object a line: ``{"task": ..., "work": ...}`` is answered by ``{"progress": fraction, "text": ...}`` and then
``{"outcome": ...}``. It ends when stdin closes, also in the middle of a task: then whoever asked is dead.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from typing import Any

from core.campaign.do import do_task, kept_renderer
from core.campaign.task import Task, Work
from core.errors import Cancelled

_GRACE = 5.0  # seconds that a task has to end in an orderly way


def serve() -> None:
    """Do tasks until stdin closes."""
    answers, sys.stdout = sys.stdout, sys.stderr  # what libraries print is no answer
    questions: queue.SimpleQueue[str] = queue.SimpleQueue()
    ended = threading.Event()

    def read() -> None:
        for line in sys.stdin:
            questions.put(line)
        ended.set()
        questions.put("")
        if threading.main_thread().is_alive():
            threading.Timer(_GRACE, os._exit, (1,)).start()

    threading.Thread(target=read, daemon=True).start()

    def answer(said: dict[str, Any]) -> None:
        answers.write(json.dumps(said, ensure_ascii=False) + "\n")
        answers.flush()

    def progress(fraction: float, text: str) -> None:
        if ended.is_set():
            raise Cancelled
        answer({"progress": fraction, "text": text})

    renderer: Any = None
    try:
        while line := questions.get():
            asked = json.loads(line)
            work = Work.from_dict(asked["work"])
            renderer = kept_renderer(work)
            answer({"outcome": do_task(Task.from_dict(asked["task"]), work, progress, renderer).as_dict()})
    except (Cancelled, BrokenPipeError):
        pass
    finally:
        if renderer is not None:
            renderer.close()
    os._exit(0)


if __name__ == "__main__":
    serve()
