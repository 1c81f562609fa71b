# SPDX-License-Identifier: GPL-3.0-or-later
"""New films as files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import av
import av.error
from av.container import OutputContainer

from core.delivery.codecs import Codec
from core.errors import LikenessError


@contextlib.contextmanager
def telling(path: Path) -> Iterator[None]:
    """What goes wrong with the writing of path becomes LikenessError ``encode_failed``, with the reason."""
    try:
        yield
    except (av.error.FFmpegError, OSError) as error:
        reason = (getattr(error, "strerror", "") or str(error) or type(error).__name__).rstrip(".")
        raise LikenessError(
            "encode_failed",
            f"{path.name} could not be written: {reason[:1].lower()}{reason[1:]}.",
            "Choose a folder that you may write to, on a disk with free space.",
        ) from error


def part_of(path: Path) -> Path:
    """Where a file is made until it is whole: beside it. What an earlier process left there is removed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}-film.part")
    remove(part)
    return part


def open_film(part: Path, codec: Codec) -> OutputContainer:
    """A new file without anything in it that changes from one time to the next, with its table before its pictures."""
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    return av.open(str(part), "w", format=codec.container, options=options)


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there and can be removed."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        return
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
