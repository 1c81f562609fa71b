# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that one process holds at a time, also of several machines that share the folder.

Who holds it shows a sign of life from time to time; the dead one's is taken away by the next who wants it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil

from core.progress import Progress, silent

_BEAT, _STALE = 5.0, 60.0  # seconds between two signs of life of who holds it, and after which none means dead
_POLL = 0.25


@contextlib.contextmanager
def locked(lock: Path, progress: Progress = silent) -> Iterator[None]:
    """Hold a lock file; wait while another one holds it and shows that it lives. Raises what progress raises."""
    name = f"{socket.gethostname()} {os.getpid()} {uuid.uuid4().hex}"
    while not _take(lock, name):
        progress(0.0, "Waiting for another process that makes the same")
        time.sleep(_POLL)
    done = threading.Event()

    def beat() -> None:
        while not done.wait(_BEAT):
            with contextlib.suppress(OSError):
                os.utime(lock)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        with contextlib.suppress(OSError):
            if lock.read_text() == name:  # who slept for long may have been taken for dead
                lock.unlink()


def is_held(lock: Path) -> bool:
    """Whether somebody holds a lock now."""
    try:
        return not _is_stale(lock)
    except OSError:
        return False


def _take(lock: Path, name: str) -> bool:
    try:
        with os.fdopen(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY), "w") as file:
            file.write(name)
        return True
    except FileExistsError:
        with contextlib.suppress(FileNotFoundError):
            if _is_stale(lock):
                _break(lock)
        return False


def _break(lock: Path) -> None:
    """Take a stale lock away. One at a time does, and looks once more: of two who found it stale, the second would
    take away what the first one holds by then. Raises FileNotFoundError where it is gone."""
    breaker = lock.with_name(f"{lock.name}.break")
    try:
        os.close(os.open(breaker, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        if time.time() - breaker.stat().st_mtime > _STALE:  # it is there for a moment only, unless somebody died in it
            breaker.unlink()
        return
    try:
        if _is_stale(lock):
            lock.unlink()
    finally:
        breaker.unlink()


def _is_stale(lock: Path) -> bool:
    """Whether who holds a lock is dead. Raises FileNotFoundError."""
    return time.time() - lock.stat().st_mtime > _STALE or _is_of_the_dead(lock)


def _is_of_the_dead(lock: Path) -> bool:
    """Whether who holds a lock was a process of this machine that is no more; of others only time tells."""
    host, process, *_ = [*lock.read_text().split(" "), "", ""]
    return host == socket.gethostname() and process.isdigit() and not psutil.pid_exists(int(process))
