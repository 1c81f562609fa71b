# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials of a sequence of pictures: ``credentials.json`` names every frame with its hash, ``credentials.c2pa``
beside it is a C2PA manifest that signs this list.

Why a list and not a signature in each frame: EXR has no place for one; the list also says which frames belong and in
which order, so that one that was taken out or put in is noticed; and frames stay the bytes that were rendered.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from core.errors import LikenessError
from core.storage import digest_file, read_json, write_file
from core.trust.certificate import Credential
from core.trust.credentials import sign_beside
from core.trust.marks import FRAMES, STILLS, Marks, find_frame_marks
from core.trust.provenance import Provenance
from core.trust.verify import Unreadable, Verification, judge, read_signed

LIST, MANIFEST = "credentials.json", "credentials.c2pa"
SUFFIXES = (".png", ".exr", ".jpg", ".jpeg", ".tif", ".tiff", ".wav")
NAMED = 5  # frames that are named in a sentence


def sign_sequence(folder: Path, provenance: Provenance, credential: Credential | None = None) -> Path:
    """Sign all pictures (and sounds) that lie in a folder. Returns the list's path.

    Raises LikenessError ``file_missing`` (none there), ``signing_failed``, ``output_unwritable`` and as
    `find_credential` does.
    """
    folder = Path(folder)
    frames = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES] if folder.is_dir() else []
    if not frames:
        raise LikenessError("file_missing", f"There are no pictures in {folder}.", "Check the path of the sequence.")
    said = {"format": 1, "title": provenance.title, "frames": {path.name: digest_file(path) for path in frames}}
    content = (json.dumps(said, indent=1, ensure_ascii=False) + "\n").encode()
    manifest = sign_beside(content, provenance, credential)
    write_file(folder / LIST, content)
    write_file(folder / MANIFEST, manifest)
    return folder / LIST


def find_sequence(path: Path) -> Path | None:
    """The folder of a signed sequence that a path names, itself or by one of its files; None where it is none."""
    folder = path if path.is_dir() else path.parent
    if not any((folder / name).is_file() for name in (LIST, MANIFEST)):
        return None
    if path.is_dir() or path.name in (LIST, MANIFEST) or path.name in _listed(folder):
        return folder
    return None


def verify_sequence(folder: Path, path: Path, marks: bool = True) -> Verification:
    """Of a whole sequence, or of one frame where path names it. Raises OSError."""
    is_frame = path.suffix.lower() in SUFFIXES
    listed = _listed(folder)
    names = [path.name] if is_frame else sorted(listed)
    stills = [folder / name for name in names if Path(name).suffix.lower() in STILLS and (folder / name).is_file()]
    found = find_frame_marks(stills[:: max(1, -(-len(stills) // FRAMES))]) if marks and stills else Marks()
    if not (folder / MANIFEST).is_file() or not (folder / LIST).is_file():
        gone = MANIFEST if (folder / LIST).is_file() else LIST
        return Verification(path.name, "altered", (f"{gone} was taken out of the folder",))
    try:
        read = read_signed(folder / LIST, (folder / MANIFEST).read_bytes())
    except Unreadable as error:
        return Verification(path.name, "altered", (f"its credentials are damaged ({error})",))
    if read is None:
        return Verification(path.name, "altered", ("its credentials are damaged and cannot be read",))
    seen = judge(folder / LIST, read, found)
    reasons = [*seen.reasons, *_compare(folder, listed, names, not is_frame)]
    return replace(seen, file=path.name, state="altered" if reasons else "intact", reasons=tuple(reasons))


def _compare(folder: Path, listed: dict[str, str], names: Iterable[str], is_whole: bool) -> list[str]:
    missing = [name for name in names if not (folder / name).is_file()]
    changed = [name for name in names if name not in missing and digest_file(folder / name) != listed[name]]
    there = [path.name for path in folder.iterdir() if path.suffix.lower() in SUFFIXES] if is_whole else []
    added = sorted(set(there) - set(listed))
    sentences = (("missing", missing), ("changed", changed), ("not of the signed sequence", added))
    return [f"{_name(found)} {'are' if len(found) > 1 else 'is'} {what}" for what, found in sentences if found]


def _name(names: list[str]) -> str:
    rest = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + rest


def _listed(folder: Path) -> dict[str, str]:
    try:
        frames = read_json(folder / LIST)["frames"]
    except (LikenessError, KeyError, TypeError):
        return {}
    # Plain names only: a list is somebody else's file, and says nothing of other folders.
    return {name: str(value) for name, value in frames.items() if Path(name).name == name} if isinstance(
        frames, dict) else {}  # fmt: skip
