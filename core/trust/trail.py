# SPDX-License-Identifier: GPL-3.0-or-later
"""What leads from an avatar to what was made from it, through folders of results, caches and delivered files."""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import LikenessError
from core.film.cache import file_digest, folder_digest
from core.trust.kinds import find_misnomer, find_suffix, named_rightly
from core.trust.manifest import MIMES
from core.trust.verify import Elsewhere, Unreadable, provenance_of, read_signed

MOST = 64 << 20  # bytes of a document; one that is larger is none of ours
ENTRY, SEQUENCE, REQUEST = "entry.json", "credentials.json", "shot.json"
# Document of a result -> what the result is.
DOCUMENTS: Mapping[str, str] = {
    "avatar.json": "avatar", "refit.json": "refit", "voice.json": "voice", "speech.json": "speech",
    "performance.json": "performance", ENTRY: "cache entry", REQUEST: "plate", SEQUENCE: "sequence",
}  # fmt: skip
PINS = ".pins.json"
_NAMING = ("scene", "document", "pins", "film")  # kinds of files in which an id says something
_HEAD = 64  # bytes in which it shows what a file is
_MOST_PINS = 1 << 20  # bytes of a pins file
_SCENE = b"BLENDER"  # how scenes begin that are not packed
_BLANK = b"\xef\xbb\xbf \t\r\n"  # what may stand before JSON
_IN_SCENE = "it has the avatar, and other things perhaps: open it, and delete the avatar there"
_UNPROVEN = "it names the avatar, but nothing proves that it was made from it"


@dataclass(frozen=True)
class Thing:
    """kind: what it is; why: it is counted to the avatar, or left."""

    path: Path
    kind: str
    why: str
    bytes: int = 0
    files: int = 1


@dataclass(frozen=True)
class Trail:
    """What is known to be the avatar's: ids, its photo's hash, places of folders, voices by id, digests of
    avatars' folders and of cache entries, and files (name, sha256) that an entry says it delivered."""

    ids: frozenset[str]
    photos: frozenset[str]
    places: frozenset[Path]
    voices: frozenset[str] = frozenset()
    digests: frozenset[str] = frozenset()
    files: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class _Look:
    """A folder with a document, or a file: path, kind, and what the documents in it say."""

    path: Path
    kind: str
    said: tuple[Any, ...] = ()


def follow(trail: Trail, roots: Iterable[Path]) -> tuple[list[Thing], list[Thing]]:
    """All that is made from what the trail begins with, and what is left. Raises OSError."""
    looks = [look for root in roots for look in _look_through(root)]
    shared = _other_avatars(looks, trail)
    found: dict[Path, Thing] = {}
    is_growing = True
    while is_growing:
        is_growing = False
        for look in looks:
            if look.path in found or (why := _why(look, trail, bool(shared))) == "":
                continue
            found[look.path] = Thing(look.path, look.kind, why, *_size(look.path))
            trail, is_growing = _grown(trail, look), True
    kept = [path for path in found if not any(parent in found for parent in path.parents)]
    gone = set(kept)
    left = [thing for look in looks if not _is_within(look.path, gone) and (thing := _leave(look, trail, shared))]
    return [found[path] for path in kept], left


def _look_through(root: Path) -> Iterator[_Look]:
    for name, folders, files in os.walk(root, followlinks=False):
        folder = Path(name)
        folders[:] = [one for one in sorted(folders) if not _is_link(folder / one)]
        documents = [one for one in DOCUMENTS if one in files and not (folder / one).is_symlink()]
        if documents and folder != root:
            yield _Look(folder, DOCUMENTS[documents[0]], tuple(_read(folder / one) for one in documents))
        for one in sorted(files):
            path = folder / one
            if path.is_symlink() or not path.is_file() or one in DOCUMENTS:  # what is no file may never end
                continue
            yield _look_at(path)


def _look_at(path: Path) -> _Look:
    """A file by how it begins where its name does not say it: people and programs rename what they copy."""
    suffix = path.suffix.lower()
    if suffix in MIMES or find_suffix(path) in MIMES:
        return _Look(path, "film")
    if path.name.endswith(PINS):
        return _Look(path, "pins", (_read(path),))
    head = _head(path)
    if suffix.startswith(".blend") or head.startswith(_SCENE):  # .blend1 too
        return _Look(path, "scene")
    if suffix == ".json" or head.lstrip(_BLANK).startswith(b"{"):
        said = _read(path) if path.stat().st_size <= _MOST_PINS else None
        is_pins = isinstance(said, dict) and "photo_sha256" in said and isinstance(said.get("pins"), list)
        return _Look(path, "pins", (said,)) if is_pins else _Look(path, "document")
    return _Look(path, "file")


def _why(look: _Look, trail: Trail, is_shared: bool) -> str:
    """Why something is made from the avatar; empty where that is not certain."""
    judge = _JUDGES.get(look.kind)
    return judge(look, trail, is_shared) if judge is not None else ""


def _judge_avatar(look: _Look, trail: Trail, is_shared: bool) -> str:
    return "it is the avatar" if look.path in trail.places or _entry(look).get("id") in trail.ids else ""


def _judge_photo(look: _Look, trail: Trail, is_shared: bool) -> str:
    said = _entry(look)
    photo = said.get("photo")
    of = photo.get("sha256") if isinstance(photo, dict) else said.get("photo_sha256")
    return "it was fitted to the avatar's photo" if of in trail.photos and not is_shared else ""


def _judge_voice(look: _Look, trail: Trail, is_shared: bool) -> str:
    return "it is the voice" if look.path in trail.places else ""


def _judge_speech(look: _Look, trail: Trail, is_shared: bool) -> str:
    voice = str(_entry(look).get("voice", ""))
    provider, _, place = voice.partition(":")
    is_said = voice in trail.voices or (
        bool(place) and bool(trail.voices) and (look.path.parent / place).resolve() in trail.places
    )
    return f"it is spoken by {provider}:{Path(place).name}" if is_said else ""


def _judge_performance(look: _Look, trail: Trail, is_shared: bool) -> str:
    sound = _entry(look).get("sound")
    if not isinstance(sound, str):
        return ""
    place = (look.path / sound).resolve()
    return "it performs what the voice said" if place.parent in trail.places and bool(trail.voices) else ""


def _judge_entry(look: _Look, trail: Trail, is_shared: bool) -> str:
    """Only of what a cache says that it depends on: its own digest is its folder's name."""
    texts = {text for said in look.said for text in _texts(said)}
    if texts & trail.ids:
        return "it names the avatar's id"
    if texts & (trail.digests | trail.voices):
        return "it is made of it, or of what was made from it"
    if any(place.parent == look.path for place in trail.places):
        return "it is the cache entry that holds it"
    if any(Path(text).is_absolute() and Path(text).resolve() in trail.places for text in texts if _is_path(text)):
        return "it was rendered of the avatar's folder"
    return ""


def _judge_film(look: _Look, trail: Trail, is_shared: bool) -> str:
    if trail.files and _is_delivered(look.path, trail):
        return "it was delivered with a film of it"
    if not any(_has_bytes(look.path, id) for id in trail.ids):
        return ""
    return _signed_why(look.path, None, trail)


def _judge_sequence(look: _Look, trail: Trail, is_shared: bool) -> str:
    """The whole folder, where all that lies in it is signed."""
    frames = _entry(look).get("frames")
    manifest = look.path / "credentials.c2pa"
    if not isinstance(frames, dict) or not manifest.is_file():
        return ""
    there = {path.name for path in look.path.iterdir()} - {SEQUENCE, manifest.name}
    if not there <= set(frames):
        return ""
    return _signed_why(look.path / SEQUENCE, manifest.read_bytes(), trail)


def _judge_file(look: _Look, trail: Trail, is_shared: bool) -> str:
    return "it was delivered with a film of it" if trail.files and _is_delivered(look.path, trail) else ""


_JUDGES = {
    "avatar": _judge_avatar, "refit": _judge_photo, "pins": _judge_photo, "voice": _judge_voice,
    "speech": _judge_speech, "performance": _judge_performance, "cache entry": _judge_entry, "plate": _judge_entry,
    "film": _judge_film, "sequence": _judge_sequence, "file": _judge_file, "document": _judge_file,
}  # fmt: skip


def _signed_why(path: Path, manifest: bytes | None, trail: Trail) -> str:
    """Whether its credentials, unaltered, name the avatar."""
    misnomer = find_misnomer(path) if manifest is None else ""
    try:
        with named_rightly(path, misnomer) if misnomer else nullcontext(path) as named:
            read = read_signed(named, manifest)
    except (Elsewhere, Unreadable, OSError):
        return ""
    if read is None or any(not code.startswith("signingCredential") for code in read.failures):
        return ""
    provenance, _ = provenance_of(read.manifest)
    named = provenance is not None and any(one.id in trail.ids for one in provenance.ingredients if one.id)
    return "its credentials name the avatar" if named else ""


def _grown(trail: Trail, look: _Look) -> Trail:
    """The trail with what this leads to: further entries, speeches' performances, files beside a film."""
    files = {
        (name, digest)
        for said in look.said
        if isinstance(said, dict) and isinstance(said.get("files"), dict)
        for name, digest in said["files"].items()
        if isinstance(digest, str)
    }
    is_entry = look.kind in ("cache entry", "plate")
    # By that of its folder a plate knows an avatar, wherever the project was moved to.
    avatar = {folder_digest(look.path)} if look.kind == "avatar" else set()
    if is_entry and (look.path / "film.json").is_file():
        delivered = _read(look.path / "film.json")
        listed = delivered.get("files") if isinstance(delivered, dict) else None
        files |= {(name, str(digest)) for name, digest in listed.items()} if isinstance(listed, dict) else set()
    digest = look.path.name.removeprefix(".").removesuffix(".part")
    return replace(
        trail,
        places=trail.places | {look.path},
        digests=trail.digests | avatar | ({digest} if is_entry and len(digest) >= 16 else set()),
        files=trail.files | files,
    )


def _other_avatars(looks: Iterable[_Look], trail: Trail) -> list[Path]:
    """Other avatars of the same photo: what was fitted to it may be theirs."""
    others = []
    for look in looks:
        photo = _entry(look).get("photo") if look.kind == "avatar" else None
        if isinstance(photo, dict) and photo.get("sha256") in trail.photos and _entry(look).get("id") not in trail.ids:
            others.append(look.path)
    return others


def _leave(look: _Look, trail: Trail, shared: list[Path]) -> Thing | None:
    """Something that holds, or may hold, the avatar without its being certain that nothing else is in it."""
    if look.path in shared:
        return Thing(look.path, look.kind, "another avatar of the same photo; forget it by itself")
    if look.kind in ("refit", "pins") and shared and _judge_photo(look, trail, False):
        return Thing(look.path, look.kind, "another avatar has the same photo, so it may be that one's")
    if look.kind in _NAMING and any(_has_bytes(look.path, id) for id in trail.ids):
        return Thing(look.path, look.kind, _IN_SCENE if look.kind == "scene" else _UNPROVEN)
    return None


def _is_within(path: Path, gone: set[Path]) -> bool:
    return path in gone or any(parent in gone for parent in path.parents)


def _is_delivered(path: Path, trail: Trail) -> bool:
    """By content, of what is called so, whatever suffix it has by now: film.srt, film.txt, film.srt.bak."""
    digests = {digest for name, digest in trail.files if path.name == name or path.stem in (name, Path(name).stem)}
    try:
        return bool(digests) and file_digest(path) in digests
    except LikenessError:  # nobody may read it, so nothing is known of it
        return False


def _has_bytes(path: Path, text: str) -> bool:
    try:
        with path.open("rb") as file:
            if file.seek(0, 2) == 0:
                return False
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return data.find(text.encode()) >= 0
    except OSError:
        return False


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError:
        return b""


def _is_path(text: str) -> bool:
    return "/" in text or "\\" in text


def _is_link(path: Path) -> bool:
    return path.is_symlink() or getattr(os.path, "isjunction", lambda _: False)(path)


def _entry(look: _Look) -> dict[str, Any]:
    return look.said[0] if look.said and isinstance(look.said[0], dict) else {}


def _read(path: Path) -> Any:
    """A document; one that cannot be read says nothing."""
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.stat().st_size <= MOST else None
    except (OSError, ValueError, RecursionError, LikenessError):
        return None


def _texts(said: Any) -> Iterator[str]:
    """All texts within plain JSON."""
    waiting = [said]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += [*one.values()]
        elif isinstance(one, list):
            waiting += one


def _size(path: Path) -> tuple[int, int]:
    """Bytes and number of files, links not followed."""
    files = [path] if path.is_file() else [Path(top, one) for top, _, names in os.walk(path) for one in names]
    return sum(os.lstat(file).st_size for file in files), len(files)
