# SPDX-License-Identifier: GPL-3.0-or-later
"""No bpy here: a folder that one Blender at a time works in."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import LikenessError


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock file ``path``; the system lets go of it when the process ends, however it ends.

    Raises LikenessError ``setup_running`` where another process holds it, OSError where it cannot be written.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    is_ours = False
    try:
        is_ours = _lock(descriptor) and _is_there(descriptor, path)
        if not is_ours:
            message = "Another Blender is setting up the core."
            raise LikenessError("setup_running", message, "Wait until it is done, or cancel it there.")
        yield
    finally:
        if is_ours:  # while it is held, so that nobody else has it; Windows keeps a file that is open
            with contextlib.suppress(OSError):
                path.unlink()
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # pyright: ignore[reportAttributeAccessIssue]
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_there(descriptor: int, path: Path) -> bool:
    """Whether the file that is locked still is the one of that name: who held it before may have removed it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False
