# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks done by several processes of this machine, each with a renderer of its own. A process may die at any time."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.campaign.farm import Done, Queue
from core.campaign.task import STATE, Outcome, Task, Work, failed
from core.progress import Progress

ROOT = Path(__file__).resolve().parents[2]
CORES, MEMORY = 2, 4_000_000_000  # that a worker wants: Blender draws on all it gets, voices and avatars lie in memory
_POLL = 0.2  # seconds between two looks at whether it was cancelled
# So that several workers do not each start as many threads as there are cores.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def count_workers() -> int:
    """How many workers this machine's cores and free memory are good for, at least one."""
    import psutil

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(min(cores // CORES, psutil.virtual_memory().available // MEMORY), 1)


def run_pool(tasks: Sequence[Task], work: Work, count: int, progress: Progress, done: Done) -> None:
    """Do tasks with so many processes. A task whose process dies is done again by another one.

    Raises what progress and ``done`` raise, and OSError; the processes are ended then.
    """
    _Pool(tasks, work, count, done).run(progress)


class _Pool:
    def __init__(self, tasks: Sequence[Task], work: Work, count: int, done: Done) -> None:
        self._queue, self._work, self._done = Queue.of(tasks), work, done
        self._count = max(min(count, len(tasks)), 1)
        self._changed = threading.Condition()
        self._stopped = False
        self._shares: dict[str, float] = {}
        self._text = "Starting"
        self._total = len(tasks)
        self._workers: list[_Worker] = []
        self._error: BaseException | None = None  # that ended a thread, such as a full disk's: the pool ends by it

    def run(self, progress: Progress) -> None:
        threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(self._count)]
        for thread in threads:
            thread.start()
        try:
            with self._changed:
                while not self._queue.is_over and self._error is None:
                    shares = len(self._queue.outcomes) + sum(self._shares.values())
                    progress(min(shares / max(self._total, 1), 1.0), self._text)
                    self._changed.wait(_POLL)
        finally:
            with self._changed:
                self._stopped = True
                self._changed.notify_all()
                for worker in self._workers:
                    worker.kill()
            for thread in threads:
                thread.join()
        if self._error is not None:
            raise self._error

    def _serve(self) -> None:
        try:
            self._work_off()
        except BaseException as error:  # it is the caller's
            with self._changed:
                self._error = self._error or error
                self._changed.notify_all()

    def _work_off(self) -> None:
        """One worker's life: its process is started anew where it died."""
        with self._changed:
            log = self._work.out / STATE / "logs" / f"{socket.gethostname()}-{len(self._workers) + 1}.log"
            worker = _Worker(self._work, self._count, log)
            self._workers.append(worker)
        try:
            while (task := self._take()) is not None:
                try:
                    outcome = worker.ask(task, self._report)
                except OSError as error:
                    outcome = failed(task.name, "worker_missing", f"A worker cannot be started: {error}.")
                self._end(task, outcome)
        finally:
            worker.kill()

    def _take(self) -> Task | None:
        with self._changed:
            while not self._stopped:
                task = self._queue.take()
                if task is not None or self._queue.is_over:
                    return task
                self._changed.wait()
        return None

    def _report(self, task: Task, fraction: float, text: str) -> None:
        with self._changed:
            self._shares[task.name] = fraction
            self._text = f"{task.name}: {text}" if task.is_film else f"Shared shot {', '.join(task.shots)}: {text}"

    def _end(self, task: Task, outcome: Outcome | None) -> None:
        with self._changed:
            self._shares.pop(task.name, None)
            if self._stopped:
                return
            ended = self._queue.bury(task) if outcome is None else self._queue.finish(task, outcome)
            for one in ended:
                self._done(*one)
            self._changed.notify_all()


class _Worker:
    """A process of `core.campaign.worker`."""

    def __init__(self, work: Work, count: int, log: Path) -> None:
        self._said = work.as_dict()
        self._log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        self._count = count
        self._process: subprocess.Popen[str] | None = None
        self._is_dead = False
        self._lock = threading.Lock()

    def ask(self, task: Task, report: Any) -> Outcome | None:
        """The outcome of a task; None where the process died. Raises OSError where it cannot be started."""
        if self._process is None:
            self._process = self._start()
        process = self._process
        assert process.stdin is not None and process.stdout is not None
        with contextlib.suppress(OSError, ValueError):
            process.stdin.write(json.dumps({"task": task.as_dict(), "work": self._said}) + "\n")
            process.stdin.flush()
            for line in process.stdout:
                said = json.loads(line)
                if "outcome" in said:
                    return Outcome.from_dict(said["outcome"])
                report(task, said["progress"], said["text"])
        self._end()
        return None

    def kill(self) -> None:
        """End it for good, from any thread."""
        self._is_dead = True
        self._end()

    def _start(self) -> subprocess.Popen[str]:
        if self._is_dead:
            raise OSError("the campaign has ended")
        threads = str(max((os.cpu_count() or 1) // self._count, 1))
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH", "")])]
        environment = {**dict.fromkeys(_THREADS, threads), **os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        # A group of its own, so that its Blender ends with it. Its log is a file: nobody reads it on the way.
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "core.campaign.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=log, text=True, encoding="utf-8", env=environment, start_new_session=True,
            )  # fmt: skip

    def _end(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return
        if hasattr(os, "killpg"):
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
