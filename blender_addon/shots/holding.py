# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of pictures that one renderer writes at a time. A core that was killed leaves its Blender in the middle of a
frame, and what starts next renders the same shot into the same folder."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None
    import msvcrt

FILE = ".rendering"
POLL = 0.25  # seconds


@contextlib.contextmanager
def held(folder: Path, wait: Callable[[], None]) -> Iterator[None]:
    """Hold a folder; ``wait`` is called while another process does, which the system frees when that ends.

    On a disk that knows no such locks it is not held. Raises what wait raises, and OSError.
    """
    path = folder / FILE
    while (descriptor := _open(path)) is None:
        wait()
        time.sleep(POLL)
    try:
        yield
    finally:
        if fcntl is not None:  # while it is held, so that who waits sees that it is another file then
            _remove(path)
        os.close(descriptor)  # which frees it
        if fcntl is None:
            _remove(path)


def _open(path: Path) -> int | None:
    """The file, held; None where another process holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    with contextlib.suppress(FileNotFoundError):
        if _take(descriptor) and os.fstat(descriptor).st_ino == path.stat().st_ino:
            return descriptor
    os.close(descriptor)
    return None


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _take(descriptor: int) -> bool:
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        return True
    return True
