# SPDX-License-Identifier: GPL-3.0-or-later
"""Which version of all that is drawn this is: what is kept of it is made anew where this differs."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path


@functools.cache
def digest_graphics(folder: Path = Path(__file__).parent) -> str:
    """Of the source of all that draws, its theme too: 16 hex digits, the same on all systems.

    A changed remark is another version as well: a segment is drawn anew in seconds, a stale one stays for ever.
    """
    told = hashlib.sha256()
    for path in sorted(folder.glob("*.py"), key=lambda path: path.name):
        told.update(path.name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return told.hexdigest()[:16]
