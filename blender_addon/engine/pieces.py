# SPDX-License-Identifier: GPL-3.0-or-later
"""No bpy here: long work on Blender's own thread in pieces, so that the interface goes on between them.

A generator yields after every piece, which is to take less than 50 ms, and returns its result. It may be closed
between any two pieces, and then leaves nothing half-made behind.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from typing import Final, TypeVar

T = TypeVar("T")

WAIT: Final = "wait"  # yielded where there is nothing to do but wait for a thread
Pieces = Generator[str | None, None, T]

WAIT_SECONDS = 0.002  # between two looks at a thread, where nothing else goes on


def run(pieces: Pieces[T]) -> T:
    """All pieces in a row; what they return."""
    while True:
        try:
            if next(pieces) is WAIT:
                time.sleep(WAIT_SECONDS)
        except StopIteration as end:
            return end.value


def beside(work: Callable[[], T]) -> Pieces[T]:
    """Work that knows no bpy, on a thread of its own; what it returns, or raises."""
    returned: list[T] = []
    raised: list[BaseException] = []

    def carry() -> None:
        try:
            returned.append(work())
        except BaseException as error:  # it is raised where it was asked for
            raised.append(error)

    thread = threading.Thread(target=carry, daemon=True, name="likeness pieces")
    thread.start()
    while thread.is_alive():
        yield WAIT
    if raised:
        raise raised[0]
    return returned[0]
