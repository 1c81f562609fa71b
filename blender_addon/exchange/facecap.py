# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of the app Face Cap (text), read. No bpy here.

Lines: ``info,...``; ``bs,NAME,...`` names the shapes; ``k,ms,px,py,pz,rx,ry,rz,lx,ly,rx,ry,weights...`` is one moment:
milliseconds, the head's place, its Euler angles and the eyes' (degrees, in ARKit's axes of the face: x to the subject's
left, y up, z forward), and the shapes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import LikenessError
from ..words import tell
from .capture import HINT, KNOWN, Capture, check_rows, plain_name, resample, scale_shapes, tell_names
from .livelink import nearest_rate

# Place in a line ``k`` -> (channel, sign).
TURNS: dict[int, tuple[str, float]] = {
    5: ("headPitch", -1.0),
    6: ("headYaw", 1.0),
    7: ("headRoll", -1.0),
    8: ("eyeLeftPitch", -1.0),
    9: ("eyeLeftYaw", 1.0),
    10: ("eyeRightPitch", -1.0),
    11: ("eyeRightYaw", 1.0),
}
FIRST_SHAPE = 12


def read_facecap(path: Path) -> Capture:
    """Read a recording.

    Raises LikenessError: ``capture_unreadable``, ``capture_columns``, ``capture_empty``.
    """
    try:
        lines = [line.strip().split(",") for line in path.read_text(encoding="utf-8-sig").splitlines()]
    except (OSError, ValueError) as error:
        raise LikenessError(
            "capture_unreadable", tell("{name} cannot be read: {error}.", name=path.name, error=error), HINT
        ) from error
    names = next((line[1:] for line in lines if line[0] == "bs"), [])
    channels = [KNOWN.get(plain_name(name), "") for name in names]
    if not any(channels):
        raise LikenessError(
            "capture_columns",
            tell(
                "{name} names {names} instead of ARKit's shapes, in a line that begins with bs.",
                name=path.name,
                names=tell_names(names) if names else tell("no shapes"),
            ),
            HINT,
        )
    rows = [_read_row(line, FIRST_SHAPE + len(names)) for line in lines if line[0] == "k"]
    table = np.array([row for row in rows if row is not None]).reshape(-1, FIRST_SHAPE + len(names))
    time = table[:, 1] / 1000.0
    table, time = table[check_rows(time, path.name)], time[check_rows(time, path.name)]
    found = {channel: sign * np.radians(table[:, place]) for place, (channel, sign) in TURNS.items()}
    found |= {channel: table[:, FIRST_SHAPE + place] for place, channel in enumerate(channels) if channel}
    strange = [name for name, channel in zip(names, channels, strict=True) if not channel]
    missing = [channel for channel in KNOWN.values() if channel not in channels]
    warnings = []
    if strange:
        warnings.append(
            tell(
                "{name}: the shapes {names} are not known and were left out.", name=path.name, names=tell_names(strange)
            )
        )
    if missing:
        warnings.append(tell("{name} has no shapes {names}.", name=path.name, names=tell_names(missing)))
    rate = nearest_rate(time)
    uniform, found = resample(time, scale_shapes(found), rate)
    return Capture(uniform, rate, found, tuple(warnings))


def _read_row(line: list[str], size: int) -> list[float] | None:
    """One moment's numbers at their places in the line, or None where the line is cut short."""
    try:
        return [0.0, *(float(value) for value in line[1:size])] if len(line) >= size else None
    except ValueError:
        return None
