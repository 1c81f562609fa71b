# SPDX-License-Identifier: GPL-3.0-or-later
"""The system's own fonts, for letters that no other font has."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import tempfile
from collections.abc import Iterator

import skia

_NOISE = b"Fontconfig warning:"  # how lines begin that tell nothing of ours


@functools.cache
def system_fonts() -> skia.FontMgr:
    """The manager of the system's fonts. It is made once, before skia makes one by itself.

    On Linux skia brings a fontconfig along, which warns of each rule of the system that it is too old for.
    """
    with _without_noise():
        return skia.FontMgr()


@contextlib.contextmanager
def _without_noise() -> Iterator[None]:
    """What is written to stderr meanwhile comes a moment later, without fontconfig's warnings."""
    if sys.platform != "linux":
        yield
        return
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            file.seek(0)
            told = b"".join(line for line in file if not line.startswith(_NOISE))
            if told:
                os.write(2, told)
