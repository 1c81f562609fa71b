# SPDX-License-Identifier: GPL-3.0-or-later
"""Places for metadata inside files, without decoding anything: XMP in MP4, MOV, PNG and JPEG.

Also what C2PA's own hash leaves out: the first box of an MP4.
"""

from __future__ import annotations

import hashlib
import shutil
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from core.errors import LikenessError

XMP_BOX = UUID("be7acfcb-97a9-42e8-9c71-999491e3afac").bytes
PNG_START, PNG_NAME = b"\x89PNG\r\n\x1a\n", b"XML:com.adobe.xmp"
JPEG_START, JPEG_NAME = b"\xff\xd8", b"http://ns.adobe.com/xap/1.0/\0"
SEGMENT_MOST = 65533 - len(JPEG_NAME)
MOVIES = frozenset((".mp4", ".m4v", ".mov"))
CHUNK = 1 << 20


def read_xmp(path: Path) -> str:
    """The XMP of a file; empty where it has none or the kind has no place for it. Raises OSError."""
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        return ""
    with path.open("rb") as file:
        return reader(file).decode("utf-8", "replace")


def copy_with_xmp(source: Path, target: Path, packet: str) -> None:
    """Copy a file with this XMP instead of its own; kinds without a place for it are copied as they are.

    Raises OSError, and LikenessError ``file_damaged`` where the file is not what its name says.
    """
    writer = _WRITERS.get(source.suffix.lower())
    if writer is None:
        shutil.copyfile(source, target)
        return
    with source.open("rb") as read, target.open("wb") as write:
        writer(read, write, packet.encode())


def hash_head(path: Path) -> str:
    """The sha256 of an MP4's or MOV's ``ftyp`` box, which C2PA leaves out; empty for other files. Raises OSError."""
    if path.suffix.lower() not in MOVIES:
        return ""
    with path.open("rb") as file:
        for kind, start, size in _boxes(file):
            if kind == b"ftyp":
                file.seek(start)
                return hashlib.sha256(file.read(min(size, CHUNK))).hexdigest()
    return ""


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and size of the boxes at the top of an MP4."""
    end = file.seek(0, 2)
    at = 0
    while at + 8 <= end:
        file.seek(at)
        head = file.read(16)
        size, kind = struct.unpack_from(">I4s", head)
        if size == 1 and len(head) == 16:
            (size,) = struct.unpack_from(">Q", head, 8)
        size = end - at if size == 0 else size
        if size < 8 or at + size > end:
            return
        yield kind, at, size
        at += size


def _is_xmp_box(file: BinaryIO, kind: bytes, start: int) -> bool:
    file.seek(start + 8)
    return kind == b"uuid" and file.read(16) == XMP_BOX


def _read_movie(file: BinaryIO) -> bytes:
    for kind, start, size in list(_boxes(file)):
        if _is_xmp_box(file, kind, start):
            return file.read(size - 24)
    return b""


def _write_movie(read: BinaryIO, write: BinaryIO, packet: bytes) -> None:
    """At the end, so that nothing moves; an old one becomes room to spare, or goes where it was the last."""
    boxes = list(_boxes(read))
    if not boxes or not any(kind == b"moov" for kind, _, _ in boxes):
        raise _damaged("an MP4 or MOV that is whole")
    end = sum(boxes[-1][1:])
    old = [(start, size) for kind, start, size in boxes if _is_xmp_box(read, kind, start)]
    while old and sum(old[-1]) == end:
        end = old.pop()[0]
    read.seek(0)
    left = end
    while left > 0 and (piece := read.read(min(left, CHUNK))):
        write.write(piece)
        left -= len(piece)
    for start, _ in old:
        write.seek(start + 4)
        write.write(b"free")
    write.seek(0, 2)
    content = XMP_BOX + packet
    write.write(struct.pack(">I4s", 8 + len(content), b"uuid") + content)


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of a PNG's chunks."""
    if not data.startswith(PNG_START):
        raise _damaged("a PNG")
    at = len(PNG_START)
    while at + 12 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, at, at + 12 + size
        at += 12 + size


def _is_xmp_chunk(data: bytes, kind: bytes, start: int) -> bool:
    return kind == b"iTXt" and data.startswith(PNG_NAME + b"\0", start + 8)


def _read_png(file: BinaryIO) -> bytes:
    data = file.read()
    for kind, start, end in _chunks(data) if data.startswith(PNG_START) else ():
        if _is_xmp_chunk(data, kind, start):
            return data[start + 8 + len(PNG_NAME) + 5 : end - 4]
    return b""


def _write_png(read: BinaryIO, write: BinaryIO, packet: bytes) -> None:
    data = read.read()
    body = b"iTXt" + PNG_NAME + b"\0\0\0\0\0" + packet
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    write.write(PNG_START)
    for kind, start, end in _chunks(data):
        if not _is_xmp_chunk(data, kind, start):
            write.write(data[start:end])
        if kind == b"IHDR":
            write.write(chunk)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of a JPEG's segments before its picture."""
    if not data.startswith(JPEG_START):
        raise _damaged("a JPEG")
    at = len(JPEG_START)
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != 0xDA:
        size = struct.unpack_from(">H", data, at + 2)[0]
        yield data[at + 1], at, at + 2 + size
        at += 2 + size


def _read_jpeg(file: BinaryIO) -> bytes:
    data = file.read()
    for marker, start, end in _segments(data) if data.startswith(JPEG_START) else ():
        if marker == 0xE1 and data.startswith(JPEG_NAME, start + 4):
            return data[start + 4 + len(JPEG_NAME) : end]
    return b""


def _write_jpeg(read: BinaryIO, write: BinaryIO, packet: bytes) -> None:
    """Behind the headers (JFIF, Exif), before all else."""
    if len(packet) > SEGMENT_MOST:
        raise LikenessError(
            "output_unwritable", "The consents do not fit into a JPEG.", "Save the picture as PNG instead."
        )
    data = read.read()
    content = JPEG_NAME + packet
    segment = struct.pack(">BBH", 0xFF, 0xE1, 2 + len(content)) + content
    segments = [one for one in _segments(data) if not (one[0] == 0xE1 and data.startswith(JPEG_NAME, one[1] + 4))]
    headers = [one for one in segments if one[0] in (0xE0, 0xE1)]
    end = max((end for _, _, end in _segments(data)), default=len(JPEG_START))
    write.write(JPEG_START + b"".join(data[start:stop] for _, start, stop in headers) + segment)
    write.write(b"".join(data[start:stop] for one, start, stop in segments if one not in (0xE0, 0xE1)) + data[end:])


def _damaged(wanted: str) -> LikenessError:
    return LikenessError("file_damaged", f"The file is not {wanted}.", "Make it again.")


_READERS: Mapping[str, Callable[[BinaryIO], bytes]] = {
    **dict.fromkeys(MOVIES, _read_movie), ".png": _read_png, ".jpg": _read_jpeg, ".jpeg": _read_jpeg,
}  # fmt: skip
_WRITERS: Mapping[str, Callable[[BinaryIO, BinaryIO, bytes], None]] = {
    **dict.fromkeys(MOVIES, _write_movie), ".png": _write_png, ".jpg": _write_jpeg, ".jpeg": _write_jpeg,
}  # fmt: skip
