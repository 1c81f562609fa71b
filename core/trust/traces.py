# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be seen of a C2PA manifest in a file's bytes without reading it: that it is, or was, there.

The library says that a file whose manifest it cannot find is not signed, though somebody may have damaged it; and
leaves out the padding inside the signature, where anything could be hidden.
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
LABELS = 2
REACH = 1 << 16  # bytes within which a signature with its certificates ends


@dataclass(frozen=True)
class Traces:
    """has_manifest: labels of a manifest's boxes are there. is_stuffed: its padding is not empty."""

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
    """Padding is byte strings of CBOR under the keys ``pad`` and ``pad2``, nothing but zeros, behind the last label."""
    start = data.rfind(b"c2pa.signature")
    if data[:2] == JPEG_START and data[start : start + REACH].count(b"\xff\xebJP") > 0:
        return False  # the signature lies in two segments, whose heads are no padding
    for match in _PAD.finditer(data, start, min(start + REACH, len(data))):
        (size,) = struct.unpack_from(_SIZES[match[1]], data, match.end())
        at = match.end() + struct.calcsize(_SIZES[match[1]])
        if any(data[at : at + size]):
            return True
    return False
