# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that one process holds at a time, also of several machines that share the folder: a lease of filelock.

Who holds it shows a sign of life from time to time. That of a process of this machine that is no more is taken by the
next who wants it; of another machine's, only time tells.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from core.progress import Progress, silent

if TYPE_CHECKING:
    from filelock import SoftFileLease

_BEAT, _LEASE = 5.0, 60.0  # seconds between two signs of life of who holds it, and after which none means dead
_POLL = 0.25


@contextlib.contextmanager
def locked(lock: Path, progress: Progress = silent) -> Iterator[None]:
    """Hold a lock file; wait while another one holds it and shows that it lives. Raises what progress raises."""

    def wait() -> bool:
        progress(0.0, "Waiting for another process that makes the same")
        return False

    with _lease(lock).acquire(poll_interval=_POLL, cancel_check=wait):
        yield


def is_held(lock: Path) -> bool:
    """Whether somebody holds a lock now; one of another machine counts as held until somebody wants it."""
    from filelock import Timeout

    if not lock.exists():
        return False
    try:
        with _lease(lock).acquire(timeout=0):
            return False
    except Timeout:
        return True


def _lease(lock: Path) -> SoftFileLease:
    from filelock import SoftFileLease  # takes a moment to load, and only who makes films needs it

    return SoftFileLease(lock, lease_duration=_LEASE, heartbeat_interval=_BEAT)
