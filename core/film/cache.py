# SPDX-License-Identifier: GPL-3.0-or-later
"""What a film is made of, kept by the digest of all that it depends on: ``NAME.cache/KIND/DIGEST``.

A folder is there whole or not at all. It holds ``entry.json``, which tells what it was made of. While it is made it is
called ``.DIGEST.part`` and locked, so that two processes, also on two machines that share the folder, make it once;
what a killed one left there the next one finds and may go on with.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import core
from core.errors import LikenessError
from core.film.lock import is_held, locked
from core.progress import Progress, silent
from core.storage import digest_file, write_json

ENTRY = "entry.json"
# Kind -> revision of how it is made: raised where the same input gives something else.
KINDS: Mapping[str, int] = {
    **dict.fromkeys(("speech", "act", "screen", "request"), 1),
    "person": 2,
    "film": 3,
    "plate": 5,
    "segment": 7,
}


@dataclass
class Cache:
    """A cache folder, and what of it was used: (kind, digest)."""

    folder: Path
    used: set[tuple[str, str]] = field(default_factory=set)

    def place(self, kind: str, digest: str) -> Path:
        """Where an entry is, once it is made."""
        return self.folder / kind / digest

    def has(self, kind: str, digest: str) -> bool:
        """Whether an entry is there."""
        return (self.place(kind, digest) / ENTRY).is_file()

    def make(
        self,
        kind: str,
        of: Mapping[str, Any],
        write: Callable[[Path], None],
        progress: Progress = silent,
        resumes: bool = False,
    ) -> tuple[Path, bool]:
        """The folder of what depends on ``of``, and whether it was made now, by ``write(folder)``.

        resumes: write goes on with what a try before has left in its folder, else it gets an empty one. Raises what
        write and progress raise, and LikenessError ``output_unwritable``, or ``file_unreadable`` of a file elsewhere.
        """
        digest = digest_of(kind, of)
        place = self.place(kind, digest)
        self.used.add((kind, digest))
        if self._is_there(place):
            return place, False
        part = place.with_name(f".{digest}.part")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with locked(place.with_name(f".{digest}.lock"), progress):
                if self._is_there(place):
                    return place, False
                if not resumes:
                    shutil.rmtree(part, ignore_errors=True)
                part.mkdir(exist_ok=True)
                write(part)
                write_json(part / ENTRY, {"kind": kind, "version": core.__version__, "of": of})
                shutil.rmtree(place, ignore_errors=True)  # one without its entry.json
                part.rename(place)
        except OSError as error:
            raise unwritable(self.folder, error) from error
        return place, True

    def _is_there(self, place: Path) -> bool:
        if not (place / ENTRY).is_file():
            return False
        with contextlib.suppress(OSError):
            os.utime(place)  # when it was last of use
        return True

    def clean(self, most: int = 0) -> int:
        """Remove the entries that were of use longest ago until the rest is at most so many bytes; how many it was.

        What this process used stays. Unfinished ones of the dead go too.
        """
        if not self.folder.is_dir():
            return 0
        entries = []
        for path in self.folder.glob("*/*"):
            if path.is_dir() and (path.parent.name, path.name) not in self.used and not _is_in_use(path):
                entries.append((path.stat().st_mtime, path, _size(path)))
        kept = sum(_size(self.place(*one)) for one in self.used) + sum(size for _, _, size in entries)
        removed = 0
        for _, path, size in sorted(entries):
            if kept <= most:
                break
            shutil.rmtree(path, ignore_errors=True)
            kept, removed = kept - size, removed + size
        return removed


def unwritable(folder: Path, error: OSError) -> LikenessError:
    """``output_unwritable``, of a folder of films or of what they are made of; ``file_unreadable`` where the error is
    about a file that lies elsewhere."""
    why = (error.strerror or str(error) or type(error).__name__).strip().rstrip(".")
    named = [Path(os.fsdecode(name)) for name in (error.filename, error.filename2) if isinstance(name, (str, bytes))]
    if named and not any(path.absolute().is_relative_to(folder.absolute()) for path in named):
        hint = "Check that it is still there, and that you may read it."
        return LikenessError("file_unreadable", f"{named[0]} cannot be used: {why}.", hint)
    return LikenessError(
        "output_unwritable",
        f"{folder} cannot be written: {why}.",
        "Choose a folder that you may write to, on a disk with free space.",
    )


def digest_of(kind: str, of: Mapping[str, Any]) -> str:
    """32 hex digits of a kind and all that it depends on, which is plain JSON."""
    told = json.dumps([kind, KINDS[kind], of], sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


_FILES: dict[tuple[str, int, int], str] = {}  # path, size and time of change -> digest


def file_digest(path: Path) -> str:
    """SHA-256 of a file's content; one that did not change is read once. Raises LikenessError ``file_missing``."""
    try:
        found = path.stat()
        key = (str(path.resolve()), found.st_size, found.st_mtime_ns)
        if key not in _FILES:
            _FILES[key] = digest_file(path)
    except OSError as error:
        raise LikenessError("file_missing", f"{path} cannot be read.", "Check the path in the storyboard.") from error
    return _FILES[key]


def folder_digest(folder: Path) -> str:
    """Of the names and contents of all files in a folder, such as an avatar."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    told = [(path.relative_to(folder).as_posix(), file_digest(path)) for path in files]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _is_in_use(path: Path) -> bool:
    """Whether somebody makes it now."""
    return path.name.startswith(".") and is_held(path.with_name(path.name.removesuffix(".part") + ".lock"))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
