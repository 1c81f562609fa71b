# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file is by how it begins, whatever it is called: people and programs rename what they pass on."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from core.trust.manifest import MIMES

# Suffix -> how such a file begins, at which byte.
BEGINNINGS: Mapping[str, tuple[tuple[int, bytes], ...]] = {
    ".png": ((0, b"\x89PNG\r\n\x1a\n"),),
    ".jpg": ((0, b"\xff\xd8\xff"),),
    ".wav": ((0, b"RIFF"), (8, b"WAVE")),
    ".mov": ((4, b"ftypqt"),),
    # Brands of films; AVIF and HEIC, and sound alone, begin likewise with others.
    **{f".mp4:{brand}": ((4, b"ftyp" + brand.encode()),) for brand in ("iso", "mp4", "avc", "M4V", "dash")},
}
_HEAD = 16  # bytes in which all of these are
_SAME = ({".mp4", ".m4v", ".mov"}, {".jpg", ".jpeg"})


def find_suffix(path: Path) -> str:
    """The suffix that belongs to a file by what it holds, of those in which credentials are; ``""`` for all others."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return ""
    for suffix, parts in BEGINNINGS.items():
        if all(head[at:].startswith(part) for at, part in parts):
            return suffix.partition(":")[0]
    return ""


def find_misnomer(path: Path) -> str:
    """The suffix that a file should have; ``""`` where its own is right, or nobody can say."""
    own, true = path.suffix.lower(), find_suffix(path)
    is_right = own == true or any({own, true} <= same for same in _SAME)
    return "" if is_right or true not in MIMES else true


@contextmanager
def named_rightly(path: Path, suffix: str) -> Iterator[Path]:
    """The same file under a name with that suffix, for a while. Raises OSError."""
    with tempfile.TemporaryDirectory() as folder:
        named = Path(folder) / f"{path.stem[:50]}{suffix}"
        try:
            os.symlink(path.resolve(), named)
        except OSError:  # Windows wants a right for that
            shutil.copyfile(path, named)
        yield named
