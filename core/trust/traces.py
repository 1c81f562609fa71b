# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be seen of a C2PA manifest in a file's bytes without reading it: that it is, or was, there.

The library says that a file whose manifest it cannot find is not signed, though somebody may have damaged it. And some
bits of a manifest are covered by no hash, since the hashes lie in it: flags and sizes of boxes, and the padding inside
the signature, where anything could be hidden. They are known, so that they can be compared.
"""

from __future__ import annotations

import mmap
import re
import struct
from dataclasses import dataclass
from pathlib import Path

from core.trust.boxes import JPEG_START

_BOX = re.compile(rb"c2pa\.(?:claim|signature|assertions)")  # labels that only a manifest has together
_PAD = re.compile(rb"(?:\x63pad|\x64pad2)([\x58\x59])")
_SIZES = {b"\x58": ">B", b"\x59": ">H"}
_STORE = re.compile(rb"....jumb....jumdc2pa.{12}\x03c2pa\0", re.DOTALL)
# The head of the box that an MP4 keeps a manifest in: C2PA's UUID, no flags, its purpose, no further boxes.
_MOVIE_HEAD = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_MOVIE = _MOVIE_HEAD + bytes(4) + b"manifest\0" + bytes(8)
_JPEG_BOXES = 0xEB  # the segments that boxes are in
_JPEG_BOX = b"JP\x02\x11"  # behind a segment's size: a box, with the number that the library gives to manifests
LABELS = 2
REACH = 1 << 16  # bytes within which a signature with its certificates ends


@dataclass(frozen=True)
class Traces:
    """has_manifest: labels of a manifest's boxes are there. is_stuffed: its padding or its boxes are not as they should
    be."""

    has_manifest: bool
    is_stuffed: bool


def find_traces(path: Path) -> Traces:
    """Look through a file. Raises OSError."""
    with path.open("rb") as file:
        if file.seek(0, 2) == 0:
            return Traces(False, False)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            labels = {match[0] for match in _BOX.finditer(data)}
            return Traces(len(labels) >= LABELS, len(labels) >= LABELS and _is_stuffed(data))


def _is_stuffed(data: mmap.mmap) -> bool:
    """Whether the padding of the signature, or the frame of the manifest, is not as the library writes it."""
    if data[:2] == JPEG_START:
        joined = _join_segments(data)
        return _is_padded(joined) or not (_STORE.match(joined) and _is_tiled(joined, 0, len(joined)))
    return _is_padded(data) or not _is_framed(data)


def _is_padded(data: mmap.mmap | bytes) -> bool:
    """Whether anything is in the padding of the signature."""
    start = data.rfind(b"c2pa.signature")
    for match in _PAD.finditer(data, max(start, 0), min(start + REACH, len(data))):
        (size,) = struct.unpack_from(_SIZES[match[1]], data, match.end())
        at = match.end() + struct.calcsize(_SIZES[match[1]])
        if any(data[at : at + size]):
            return True
    return False


def _join_segments(data: mmap.mmap) -> bytes:
    """The manifest of a JPEG, out of the segments that it is cut into; b"" where they do not follow each other.

    Each begins with its number, and with size and kind of the whole.
    """
    parts: list[bytes] = []
    head, at = b"", len(JPEG_START)
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:  # pictures begin there
        (size,) = struct.unpack_from(">H", data, at + 2)
        segment = data[at : at + 2 + size]
        if segment[1] == _JPEG_BOXES and segment[4:8] == _JPEG_BOX:
            head = head or segment[12:20]
            if segment[8:20] != struct.pack(">I", len(parts) + 1) + head:
                return b""
            parts.append(segment[20:])
        at += 2 + size
    return head + b"".join(parts)


def _is_framed(data: mmap.mmap) -> bool:
    """Whether the boxes of the manifest fill each other exactly and their flags are known ones."""
    found = _STORE.search(data)
    if found is None:
        return False
    start = found.start()
    (size,) = struct.unpack_from(">I", data, start)
    before = data[max(0, start - len(_MOVIE)) : start]
    is_movie = before[: len(_MOVIE_HEAD)] == _MOVIE_HEAD
    return (not is_movie or before == _MOVIE) and _is_tiled(data, start, start + size)


def _is_tiled(data: mmap.mmap | bytes, start: int, end: int) -> bool:
    """Whether boxes lie side by side from start to end, those inside of superboxes too."""
    at = start
    if end > len(data):
        return False
    while at + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, at)
        if size < 8 or at + size > end:
            return False
        if kind == b"jumb" and not _is_tiled(data, at + 8, at + size):
            return False
        if kind == b"jumd" and not _is_description(data[at + 8 : at + size]):
            return False
        at += size
    return at == end


def _is_description(content: bytes) -> bool:
    """A type, flags, and what these say: label, number, hash and a private box."""
    flags = content[16] if len(content) > 16 else 0
    end = content.find(b"\0", 17)
    if flags & 0b11100011 != 0b11 or end < 0:
        return False
    at = end + 1 + (4 if flags & 4 else 0) + (32 if flags & 8 else 0)
    return _is_tiled(content, at, len(content)) if flags & 16 else at == len(content)
