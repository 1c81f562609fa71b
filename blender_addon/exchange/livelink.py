# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of Live Link Face (CSV), read and written. No bpy here.

Columns: Timecode (HH:MM:SS:FF.fff, frames counted in the recording's rate), BlendShapeCount (61: 52 shapes and 9
turns), the shapes, then turns in radians. As importers for Maya, DAZ and Blender read them: pitch > 0 looks up, yaw > 0
turns to the subject's right, roll > 0 leans to the subject's left.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np

from ..errors import LikenessError
from ..words import tell
from .capture import (
    ARKIT,
    HINT,
    KNOWN,
    LOOK_RANGE,
    RATES,
    Capture,
    check_rows,
    plain_name,
    resample,
    scale_shapes,
    tell_names,
)

# Column -> (channel, sign); the eyes' roll is always 0.
TURNS: dict[str, tuple[str, float]] = {
    "HeadYaw": ("headYaw", -1.0),
    "HeadPitch": ("headPitch", 1.0),
    "HeadRoll": ("headRoll", 1.0),
    "LeftEyeYaw": ("eyeLeftYaw", -1.0),
    "LeftEyePitch": ("eyeLeftPitch", 1.0),
    "LeftEyeRoll": ("", 1.0),
    "RightEyeYaw": ("eyeRightYaw", -1.0),
    "RightEyePitch": ("eyeRightPitch", 1.0),
    "RightEyeRoll": ("", 1.0),
}
SHAPES = tuple(name[0].upper() + name[1:] for name in ARKIT)
COLUMNS = ("Timecode", "BlendShapeCount", *SHAPES, *TURNS)
APP_RATE = 60  # what the app records in, if it is not told otherwise
TIMECODE = re.compile(r"(\d+):(\d+):(\d+)(?:[:;](\d+(?:\.\d*)?))?(\.\d+)?$")
DAY = 86400.0


def write_csv(path: Path, capture: Capture, looks: bool = True) -> None:
    """Write a capture as Live Link Face does; its rate has to be a whole number.

    looks: where only the eyes' bones turn, say it in the eyeLook shapes too, by which Unreal's faces look.
    """
    rows, rate = len(capture.time), round(capture.rate)
    channels = dict(capture.channels) | (_look_shapes(capture) if looks else {})
    still = np.zeros(rows)
    columns = [channels.get(name, still) for name in ARKIT]
    columns += [sign * channels.get(name, still) for name, sign in TURNS.values()]
    table = np.stack(columns, axis=1) + 0.0  # no minus before zeros
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in range(rows):
            seconds, frame = divmod(row, rate)
            code = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frame:02d}.000"
            writer.writerow([code, len(COLUMNS) - 2, *(f"{value:.8f}" for value in table[row])])


def _look_shapes(capture: Capture) -> dict[str, np.ndarray]:
    """eyeLook shapes from the eyes' turns; where a shape is there it stays, if it is the greater."""
    shapes: dict[str, np.ndarray] = {}
    for side, outwards in (("Left", 1.0), ("Right", -1.0)):
        pitch, yaw = (capture.channels.get(f"eye{side}{name}", np.zeros(1)) / LOOK_RANGE for name in ("Pitch", "Yaw"))
        for way, value in (("Up", pitch), ("Down", -pitch), ("Out", outwards * yaw), ("In", -outwards * yaw)):
            name = f"eyeLook{way}{side}"
            own = capture.channels.get(name, np.zeros(len(capture.time)))
            shapes[name] = np.maximum(own, np.clip(value, 0.0, 1.0))
    return shapes


def read_csv(path: Path, rate: float = 0.0) -> Capture:
    """Read a recording; rate: frames a second that its timecode counts in, 0 finds it out.

    Raises LikenessError: ``capture_unreadable``, ``capture_columns``, ``capture_time``, ``capture_empty``.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [line for line in csv.reader(file) if line]
    except (OSError, ValueError, csv.Error) as error:
        raise LikenessError(
            "capture_unreadable", tell("{name} cannot be read: {error}.", name=path.name, error=error), HINT
        ) from error
    if not lines:
        raise LikenessError("capture_empty", tell("{name} is empty.", name=path.name), HINT)
    header, places, warnings = lines[0], *_find_columns(lines[0], path.name)
    codes, table = [], []
    for line in lines[1:]:
        try:
            values = [float(line[place]) for place in places.values()]
        except (ValueError, IndexError):
            continue  # the app leaves moments empty in which it saw no face
        if len(line) > 1 and header[1].strip().lower() == "blendshapecount" and line[1].strip() in ("", "0"):
            continue
        codes.append(line[header.index(next(name for name in header if plain_name(name) == "timecode"))])
        table.append(values)
    time, rate = _read_times(codes, rate, path.name)
    keep = check_rows(time, path.name)
    array = np.array(table)[keep]
    channels = {}
    for column, name in enumerate(places):
        channel, sign = TURNS.get(name, (KNOWN.get(plain_name(name), ""), 1.0))
        if channel:
            channels[channel] = sign * array[:, column]
    uniform, channels = resample(time[keep], scale_shapes(channels), rate)
    return Capture(uniform, rate, channels, warnings)


def _find_columns(header: list[str], name: str) -> tuple[dict[str, int], tuple[str, ...]]:
    """Known column -> its place, and what to say of the others."""
    known = {plain_name(column): column for column in COLUMNS}
    places = {known[plain_name(title)]: place for place, title in enumerate(header) if plain_name(title) in known}
    shapes = [column for column in SHAPES if column in places]
    if "Timecode" not in places or not shapes:
        raise LikenessError(
            "capture_columns",
            tell(
                "{name} has the columns {names} instead of Timecode, BlendShapeCount, {first} and so on.",
                name=name,
                names=tell_names(title.strip() for title in header),
                first=SHAPES[0],
            ),
            HINT,
        )
    warnings = []
    strange = [title.strip() for title in header if plain_name(title) not in known]
    missing = [column for column in SHAPES if column not in places]
    if strange:
        warnings.append(
            tell("{name}: the columns {names} are not known and were left out.", name=name, names=tell_names(strange))
        )
    if missing:
        warnings.append(tell("{name} has no columns {names}.", name=name, names=tell_names(missing)))
    wanted = {column: place for column, place in places.items() if column in SHAPES or column in TURNS}
    return wanted, tuple(warnings)


def _read_times(codes: list[str], rate: float, name: str) -> tuple[np.ndarray, float]:
    """Seconds (T,) and the rate of timecodes, or of plain numbers: whole ones are frames, others seconds."""
    found = [TIMECODE.fullmatch(code.strip()) for code in codes]
    if all(found):
        return _count_timecodes([match.groups() for match in found if match], rate)
    try:
        numbers = np.array([float(code) for code in codes])
    except ValueError:
        wrong = next(code for code, match in zip(codes, found, strict=True) if match is None)
        raise LikenessError(
            "capture_time",
            tell("{name} has the timecode {wrong}, which is not of the form HH:MM:SS:FF.", name=name, wrong=wrong),
            HINT,
        ) from None
    if np.array_equal(numbers, np.round(numbers)):
        rate = rate or APP_RATE
        return numbers / rate, rate
    return numbers, rate or nearest_rate(numbers)


def _count_timecodes(groups: list[tuple[str | None, ...]], rate: float) -> tuple[np.ndarray, float]:
    whole = np.array([3600.0 * int(h) + 60.0 * int(m) + int(s) for h, m, s, *_ in groups])
    whole += DAY * np.cumsum(np.concatenate(([0.0], np.diff(whole) < -DAY / 2)))  # past midnight
    frames = np.array([float(group[3] or 0.0) for group in groups])
    parts = np.array([float(group[4] or 0.0) for group in groups])
    if not rate:
        most = frames.max(initial=0.0)
        fitting = [candidate for candidate in RATES if candidate > most]
        # Only where a second has been counted to its end does the last number tell the rate.
        counted = len(np.unique(whole)) > 1 or most >= APP_RATE
        rate = (fitting or [np.ceil(most + 1)])[0] if counted and most > 0 else APP_RATE
    return whole + parts + frames / rate, float(rate)


def nearest_rate(time: np.ndarray) -> float:
    """The usual rate nearest to moments (T,) in seconds."""
    steps = np.diff(time)
    if not len(steps) or np.median(steps) <= 0:
        return APP_RATE
    return float(min(RATES, key=lambda rate: abs(np.log(rate * np.median(steps)))))
