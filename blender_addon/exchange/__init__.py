# SPDX-License-Identifier: GPL-3.0-or-later
"""Out of Blender and into it: GLB, FBX, USD, Alembic, a baked copy; Live Link Face and Face Cap."""

from __future__ import annotations

from pathlib import Path

from .baked import bake_rig
from .capture import Capture, straighten_head, write_performance
from .facecap import read_facecap
from .formats import FORMATS, export_rig
from .livelink import read_csv
from .motion import capture_rig, export_motion

# How Face Cap's lines begin.
MARKS = ("info,", "bs,", "k,")


def read_capture(path: Path, rate: float = 0.0) -> Capture:
    """Read a recording of whichever app made it; rate: see `read_csv`. Raises LikenessError as the readers do."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            first = file.readline()
    except OSError:
        first = ""
    return read_facecap(path) if first.startswith(MARKS) else read_csv(path, rate)


__all__ = [
    "FORMATS",
    "Capture",
    "bake_rig",
    "capture_rig",
    "export_motion",
    "export_rig",
    "read_capture",
    "straighten_head",
    "write_performance",
]
