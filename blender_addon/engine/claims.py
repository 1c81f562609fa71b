# SPDX-License-Identifier: GPL-3.0-or-later
"""No bpy here: names of results that are taken before the result is there, so that two Blenders never choose one.

A claim is an empty file ``.NAME.claim`` beside the result to be, made in one step that fails where it is there. It
goes when the job has ended; one that a killed Blender left is disregarded after a day.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path

STALE_SECONDS = 24 * 3600.0

_held: list[Path] = []


def claim(folder: Path, names: Iterable[str], is_free: Callable[[str], bool] = lambda name: True) -> str:
    """The first of the names that is free and that nobody has claimed.

    is_free: asked after the claim is made, so that no result can come in between. Where the folder cannot be written
    the first name: the core says so in words when it comes to writing.
    """
    for name in names:
        path = folder / f".{name}.claim"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if path.exists() and time.time() - path.stat().st_mtime > STALE_SECONDS:
                path.unlink(missing_ok=True)
            path.open("x").close()
        except FileExistsError:
            continue
        except OSError:
            return name
        if is_free(name):
            _held.append(path)
            return name
        path.unlink(missing_ok=True)
    raise AssertionError("there is always another name")


def release(name: str | None = None) -> None:
    """The job has ended: what it made is there, or never will be. name: release only this one."""
    for path in [path for path in _held if name is None or path.name == f".{name}.claim"]:
        _held.remove(path)
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
