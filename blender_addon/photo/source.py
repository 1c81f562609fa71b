# SPDX-License-Identifier: GPL-3.0-or-later
"""The photo that a rig was built from: no copy of it is kept, only where it lay, and its hash."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterable
from pathlib import Path

import bpy

from ..errors import LikenessError
from ..rig.assemble import PHOTO_PATH
from ..words import tell

PHOTO_RECORD = "likeness_photo"  # custom property of a rig: ``photo`` of avatar.json as JSON
FIND = "Press Find Photo and choose the photo that this avatar was built from."
_ORIENTATION = 0x0112  # EXIF tag


def photo_hash(armature: bpy.types.Object) -> str:
    """sha256 of the photo of a rig, empty where the rig does not know it."""
    return json.loads(armature.get(PHOTO_RECORD, "{}")).get("sha256", "")


def never_had_photo(armature: bpy.types.Object) -> bool:
    """Whether the rig is a synthetic person's, who was made of a seed."""
    return "seed" in json.loads(armature.get("likeness_generator", "{}"))


def remember_photo(armature: bpy.types.Object, *candidates: Path) -> None:
    """Keep on the rig where its photo lies, if it is one of these files."""
    found = _find(photo_hash(armature), candidates)
    if found is not None:
        armature[PHOTO_PATH] = str(found)


def photo_candidates(armature: bpy.types.Object, folder: Path) -> tuple[Path, ...]:
    """The file in a folder that is called as the photo of a rig was."""
    name = json.loads(armature.get(PHOTO_RECORD, "{}")).get("file", "")
    return (folder / Path(name).name,) if name else ()


def find_photo(armature: bpy.types.Object, *candidates: Path) -> Path:
    """The file of the photo that a rig was built from: where it was last, else one of these.

    Raises LikenessError ``photo_missing``, ``photo_unknown``.
    """
    sha256 = photo_hash(armature)
    if not sha256:
        message = tell(
            "{name} was built by an older version, which did not keep which photo it was.", name=armature.name
        )
        raise LikenessError("photo_unknown", message, "Build the avatar again from its photo.")
    known = armature.get(PHOTO_PATH, "")
    found = _find(sha256, (*((Path(bpy.path.abspath(known)),) if known else ()), *candidates))
    if found is None:
        name = json.loads(armature[PHOTO_RECORD]).get("file", "the photo")
        message = tell("{name}, from which {avatar} was built, is not where it was.", name=name, avatar=armature.name)
        raise LikenessError("photo_missing", message, FIND)
    return found


def read_orientation(data: bytes) -> int:
    """EXIF orientation (1 to 8) of the bytes of a JPEG; 1 where nothing is said. Blender shows files as they lie."""
    if data[:2] != b"\xff\xd8":
        return 1
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != 0xDA:
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        body = data[place + 4 : place + 2 + length]
        if data[place + 1] == 0xE1 and body[:6] == b"Exif\0\0":
            return _tiff_orientation(body[6:])
        place += 2 + length
    return 1


def _tiff_orientation(data: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", data, 4)
        (count,) = struct.unpack_from(f"{order}H", data, start)
        for row in range(count):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", data, start + 2 + 12 * row)
            if tag == _ORIENTATION:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _find(sha256: str, candidates: Iterable[Path]) -> Path | None:
    """The first of these files that has a hash."""
    for path in dict.fromkeys(candidates):
        try:
            if sha256 and hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
                return path
        except OSError:
            continue
    return None
