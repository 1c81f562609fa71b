# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks done by Dask `distributed`: by workers of several machines that share the folders, or of this one.

Workers may come and go. What a lost one did is done again by another, and what it had finished is not.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from typing import Any

import core
from core.campaign.farm import MOST_DEATHS, Done, Queue
from core.campaign.task import Outcome, Task, Work, failed
from core.errors import LikenessError
from core.progress import Progress

LOCAL = "local"  # instead of an address: a cluster of this machine, as large as there is work for
_POLL, PATIENCE = 0.5, 10.0  # seconds between two looks, and until a scheduler is there
_RETRIES = 2  # after what is a bug, or a disk that was away

_ONE = threading.Lock()  # a process makes one film at a time, however many threads it has


def do_there(task: dict[str, Any], work: dict[str, Any], version: str) -> dict[str, Any]:
    """On a worker: a task and its outcome, as JSON."""
    from core.campaign.do import do_task, kept_renderer

    asked, told = Task.from_dict(task), Work.from_dict(work)
    if version != core.__version__:
        message = f"A worker has version {core.__version__}, the campaign {version}."
        return failed(asked.name, "version_differs", message, "Install the same everywhere.").as_dict()
    if not told.out.is_dir() or not told.storyboard.is_file():
        message = f"A worker does not see {told.out}."
        hint = "Put everything into a folder that all machines see under the same path."
        return failed(asked.name, "folder_not_shared", message, hint).as_dict()
    with _ONE:
        return do_task(asked, told, renderer=kept_renderer(told)).as_dict()


def require_scheduler(address: str) -> None:
    """Raise ``scheduler_missing`` where nothing of Dask answers, before anything takes long; `LOCAL` always can."""
    if address != LOCAL:
        with _told(address):
            asyncio.run(_knock(address))


async def _knock(address: str) -> None:
    """Shake hands and leave. No client is made: one that fails stays half open, and locks the next one out."""
    from distributed.comm.core import connect

    comm = await connect(address, timeout=PATIENCE)
    await comm.close()


@contextlib.contextmanager
def _told(address: str) -> Iterator[None]:
    """Say in a sentence that there is no scheduler."""
    try:
        yield
    # TypeError: of TLS that is not set up. MemoryError: of what reads a web page as a message's length.
    except (OSError, ValueError, TypeError, MemoryError) as error:
        raise LikenessError(
            "scheduler_missing",
            f"There is no Dask scheduler at {address}.",
            "Start one with: dask scheduler; its first lines say its address, such as tcp://HOST:8786.",
        ) from error


def run_cluster(tasks: Sequence[Task], work: Work, address: str, count: int, progress: Progress, done: Done) -> None:
    """Do tasks on the cluster of a scheduler (``tcp://HOST:8786``), or on `LOCAL` with at most so many workers.

    Raises LikenessError ``scheduler_missing``, ``scheduler_lost`` and what progress raises; what was not begun is taken
    back then.
    """
    with _connected(address, count) as client:
        try:
            _Run(client, tasks, work, done).run(progress)
        except (CancelledError, OSError) as error:
            raise LikenessError(
                "scheduler_lost",
                f"The Dask scheduler at {address} is gone.",
                "What was finished is kept: start a scheduler and its workers, and run the campaign again.",
            ) from error


class _Run:
    def __init__(self, client: Any, tasks: Sequence[Task], work: Work, done: Done) -> None:
        self._client, self._work, self._done = client, work, done
        self._queue, self._total = Queue.of(tasks), len(tasks)
        self._futures: dict[Any, Task] = {}

    def run(self, progress: Progress) -> None:
        from distributed import wait

        try:
            while not self._queue.is_over:
                while (task := self._queue.take()) is not None:
                    self._futures[self._submit(task)] = task
                workers = len(self._client.scheduler_info().get("workers", ()))
                finished = len(self._queue.outcomes)
                progress(finished / self._total, f"{finished} of {self._total} done, {workers} workers")
                with contextlib.suppress(TimeoutError):
                    wait(list(self._futures), timeout=_POLL, return_when="FIRST_COMPLETED")
                for future in [one for one in self._futures if one.done()]:
                    self._end(future)
        finally:
            for future in self._futures:
                future.cancel()

    def _submit(self, task: Task) -> Any:
        return self._client.submit(
            do_there, task.as_dict(), self._work.as_dict(), core.__version__, key=f"{task.name}-{task.digest}",
            retries=_RETRIES, pure=False,
        )  # fmt: skip

    def _end(self, future: Any) -> None:
        task = self._futures.pop(future)
        try:
            outcome = Outcome.from_dict(future.result())
        except CancelledError:  # nobody asked for that: the scheduler is gone
            raise
        except Exception as error:  # KilledWorker among them
            lost = type(error).__name__ == "KilledWorker"
            message = (
                f"The workers that made it ended {MOST_DEATHS} times." if lost else f"{type(error).__name__}: {error}"
            )
            code = "worker_crashed" if lost else "internal_error"
            outcome = failed(task.name, code, message, "See the log of the workers.")
        future.release()
        for one in self._queue.finish(task, outcome):
            self._done(*one)


@contextlib.contextmanager
def _connected(address: str, count: int) -> Iterator[Any]:
    import dask.config
    from distributed import Client, LocalCluster

    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # what it says is told in a sentence here

    with dask.config.set({"distributed.scheduler.allowed-failures": MOST_DEATHS - 1}):
        if address == LOCAL:
            # Each worker is a process of one thread: what renders is not shared.
            options: dict[str, Any] = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
            local: Any = LocalCluster(**options)
            with local as cluster:
                cluster.adapt(minimum=1, maximum=max(count, 1))
                with Client(cluster) as client:
                    yield client
            return
        with _told(address):
            client = Client(address, timeout=PATIENCE)
        with client:
            yield client
