# SPDX-License-Identifier: GPL-3.0-or-later
"""Forgetting an avatar: all that was provably made from it is found, listed and deleted, and nothing else.

Proof is what a result says of itself in its own document or signed credentials: an avatar's id, the place of its
folder, or the digest of a cache entry that is itself made from it. Links are never followed, and what several may have
been made from is left and told.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from core.errors import LikenessError
from core.storage import read_json
from core.trust.gate import FOLDERS
from core.trust.trail import ENTRY, Thing, Trail, follow

CLAIM = ".claim"
SURE = 12  # letters from which on an id is nothing but an id, wherever it stands


@dataclass(frozen=True)
class Found:
    """things: what is to be deleted. left: what may hold something of it, with why it is not deleted."""

    things: tuple[Thing, ...]
    left: tuple[Thing, ...]

    @property
    def bytes(self) -> int:
        return sum(thing.bytes for thing in self.things)


def find_made(avatar: Path | str, folders: Iterable[Path] = (), voice: Path | None = None) -> Found:
    """What was made from an avatar. avatar: its folder, or its id where that is gone already.

    folders: where to look, beside the avatar's own surroundings. voice: a ``NAME.voice`` that is forgotten too, with
    what it said. Raises LikenessError ``file_missing``, ``file_damaged``, ``folder_unsafe`` (a whole disk or home).
    """
    trail, roots = _begin(avatar, voice)
    roots += [_root(folder) for folder in folders]
    if not roots:
        raise LikenessError(
            "file_missing", f"There is no avatar {avatar}.", "Name its folder, or its id and folders to look in (--in)."
        )
    for root in roots:
        _require_safe(root)
    found, left = follow(trail, _outermost(roots))
    claims = [claim for thing in found if (claim := _claim(thing.path)) is not None]
    things = [*found, *(Thing(path, "claim", "a name that was taken for it") for path in dict.fromkeys(claims))]
    return Found(tuple(sorted(things, key=lambda thing: str(thing.path))), tuple(left))


def forget(found: Found) -> tuple[Thing, ...]:
    """Delete what was found; what is gone now. Raises LikenessError ``output_unwritable`` with the first that stays."""
    gone, failed = [], None
    for thing in found.things:
        try:
            if thing.path.is_symlink():
                continue  # put there meanwhile
            if thing.path.is_dir():
                shutil.rmtree(thing.path)
            else:
                thing.path.unlink(missing_ok=True)
            gone.append(thing)
        except OSError as error:
            failed = failed or (thing, error)
    if failed is not None:
        thing, error = failed
        raise LikenessError(
            "output_unwritable",
            f"{thing.path} cannot be deleted: {error.strerror or error}; {len(gone)} of {len(found.things)} are gone.",
            "Close what uses it, check its permissions, and forget the avatar once more.",
        )
    return tuple(gone)


def _begin(avatar: Path | str, voice: Path | None) -> tuple[Trail, list[Path]]:
    ids, photos, places, roots = set(), set(), set(), []
    folder = Path(avatar)
    if (folder / "avatar.json").is_file():
        said = read_json(folder / "avatar.json")
        photo = said.get("photo") if isinstance(said, dict) else None
        if not isinstance(said, dict) or not isinstance(said.get("id"), str) or not said["id"]:
            raise LikenessError("file_damaged", f"{folder} has no id.", "Delete that folder yourself.")
        if len(said["id"]) >= SURE:
            ids.add(said["id"])
        if isinstance(photo, dict) and isinstance(photo.get("sha256"), str):
            photos.add(photo["sha256"])
        places.add(folder.resolve())
        roots.append(_around(folder))
    elif len(str(avatar)) == 16 and all(digit in "0123456789abcdef" for digit in str(avatar)):
        ids.add(str(avatar))
    else:
        raise LikenessError("file_missing", f"There is no avatar {avatar}.", "Name its folder, or its id of 16 digits.")
    voices = set()
    if voice is not None:
        if not (voice / "voice.json").is_file():
            raise LikenessError("file_missing", f"There is no voice {voice}.", "Name the folder NAME.voice.")
        places.add(voice.resolve())
        voices |= {f"{provider}:{name}" for provider in FOLDERS for name in {str(voice), str(voice.resolve())}}
        roots.append(_around(voice))
    return Trail(frozenset(ids), frozenset(photos), frozenset(places), frozenset(voices)), roots


def _around(folder: Path) -> Path:
    """The folder that something lies in; of what a cache entry holds, the one that the entry lies in."""
    parent = _root(folder.parent)
    return parent.parent if (parent / ENTRY).is_file() else parent


def _root(folder: Path) -> Path:
    if not folder.is_dir():
        raise LikenessError("file_missing", f"There is no folder {folder}.", "Check the path of where to look.")
    return folder.resolve()


def _require_safe(root: Path) -> None:
    if root == Path(root.anchor) or root == Path.home().resolve():
        raise LikenessError(
            "folder_unsafe",
            f"{root} is too much to look through for what to delete.",
            "Move the avatar into a folder of its own, or name folders of your projects.",
        )


def _outermost(roots: Iterable[Path]) -> list[Path]:
    unique = list(dict.fromkeys(roots))
    return [root for root in unique if not any(other != root and root.is_relative_to(other) for other in unique)]


def _claim(path: Path) -> Path | None:
    """The empty file by which a Blender took the name of a result."""
    for name in (path.name, path.stem):
        claim = path.with_name(f".{name}{CLAIM}")
        if claim.is_file() and not claim.is_symlink() and os.stat(claim).st_size == 0:
            return claim
    return None
