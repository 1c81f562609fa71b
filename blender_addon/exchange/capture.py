# SPDX-License-Identifier: GPL-3.0-or-later
"""A face that was captured elsewhere: ARKit's shapes and the turns of head and eyes over time. No bpy here.

A capture becomes a folder NAME.performance (docs/architecture.md), split over layers by the table LAYERS.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import LikenessError
from ..words import tell

# The order of Live Link Face's columns, which is Apple's order of the face's parts.
ARKIT: tuple[str, ...] = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft", "eyeSquintLeft",
    "eyeWideLeft", "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight", "eyeLookOutRight", "eyeLookUpRight",
    "eyeSquintRight", "eyeWideRight", "jawForward", "jawRight", "jawLeft", "jawOpen", "mouthClose", "mouthFunnel",
    "mouthPucker", "mouthRight", "mouthLeft", "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft",
    "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthPressLeft", "mouthPressRight",
    "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight", "browDownLeft",
    "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff", "cheekSquintLeft",
    "cheekSquintRight", "noseSneerLeft", "noseSneerRight", "tongueOut",
)  # fmt: skip
# Beginning of a channel's name -> the layer it goes to; the first row that fits counts.
LAYERS: tuple[tuple[str, str], ...] = (
    ("eyeBlink", "blink"),
    ("eyeLook", "gaze"),
    ("eyeLeft", "gaze"),
    ("eyeRight", "gaze"),
    ("head", "head"),
    ("jaw", "speech"),
    ("mouth", "speech"),
    ("tongue", "speech"),
    ("cheekPuff", "speech"),
    ("", "expression"),
)
# Frame rates that cameras and apps count in.
RATES = (24, 25, 30, 48, 50, 60, 90, 100, 120, 240)
# The turn of an eye at which its eyeLook shapes are 1: about as far as eyes go without the head.
LOOK_RANGE = np.radians(30.0)
# Values above this are percents: no shape is meant to be five times itself.
MOST = 5.0
HINT = "Choose a recording of Live Link Face (.csv) or Face Cap (.txt)."


@dataclass(frozen=True)
class Capture:
    """time (T,) float64 seconds from 0, uniform at ``rate``; channels: ARKit's names and headPitch, headYaw, headRoll,
    eyeLeftPitch, eyeLeftYaw, eyeRightPitch, eyeRightYaw (radians, signs of docs/architecture.md) -> (T,) float64.
    """

    time: np.ndarray
    rate: float
    channels: Mapping[str, np.ndarray]
    warnings: tuple[str, ...] = ()


def plain_name(name: str) -> str:
    """A name without case, marks and prefixes, its side spelled out: ``Face.browDown_L`` is ``browdownleft``."""
    name = re.sub(r"\.\d{3}$", "", name.strip())  # of Blender's copies
    name = re.split(r"[.:|](?![LRlr]?$)", name)[-1]
    name = re.sub(r"(?i)[ _.\-](l|r)$", lambda found: {"l": "left", "r": "right"}[found[1].lower()], name)
    return re.sub(r"[^a-z0-9]", "", name.lower())


KNOWN: dict[str, str] = {plain_name(name): name for name in ARKIT}


def tell_names(names: Iterable[str], most: int = 5) -> str:
    """``a, b, c`` or, of many, ``a, b and 7 more``."""
    names = list(names)
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else tell("{shown} and {number} more", shown=shown, number=len(names) - most)


def resample(time: np.ndarray, channels: Mapping[str, np.ndarray], rate: float) -> tuple[np.ndarray, dict]:
    """Uniform moments from 0 and every channel at them; ``time`` (T,) increasing seconds of any beginning."""
    time = time - time[0]
    uniform = np.arange(round(time[-1] * rate) + 1) / rate
    return uniform, {name: np.interp(uniform, time, values) for name, values in channels.items()}


def scale_shapes(channels: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Shapes as shares of 1, also where a file counts them in percent."""
    shapes = [name for name in channels if name in ARKIT]
    most = max((float(np.abs(channels[name]).max()) for name in shapes), default=0.0)
    return channels | {name: channels[name] / 100.0 for name in shapes} if most > MOST else channels


def settle_eyes(channels: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Turns of the eyes that agree with the file's eyeLook shapes.

    Apps and their versions differ in the signs of the turns, never in what eyeLook means; files without turns, or with
    zeros for them, get them from the shapes.
    """
    out = dict(channels)
    for side in ("Left", "Right"):
        look = {way: channels.get(f"eyeLook{way}{side}", np.zeros(1)) for way in ("Up", "Down", "In", "Out")}
        inwards = look["In"] - look["Out"]
        for name, wanted in (("Pitch", look["Up"] - look["Down"]), ("Yaw", inwards if side == "Right" else -inwards)):
            turn = channels.get(f"eye{side}{name}")
            if turn is None or not np.any(turn):
                if np.any(wanted):
                    out[f"eye{side}{name}"] = LOOK_RANGE * wanted
            elif np.dot(turn, np.broadcast_to(wanted, turn.shape)) < 0.0:
                out[f"eye{side}{name}"] = -turn
    return out


def turn_matrices(pitch: np.ndarray, yaw: np.ndarray, roll: np.ndarray) -> np.ndarray:
    """(T, 3, 3) in a bone's axes (x to the subject's left, y up, z forward) of angles (T,), yaw outermost."""
    x, y, z = -pitch, yaw, -roll
    return _axis(y, 1) @ _axis(x, 0) @ _axis(z, 2)


def turn_angles(matrices: np.ndarray) -> dict[str, np.ndarray]:
    """Pitch, Yaw and Roll, (T,) each, of matrices (T, 3, 3): what `turn_matrices` takes."""
    return {
        "Pitch": np.arcsin(np.clip(matrices[:, 1, 2], -1.0, 1.0)),
        "Yaw": np.arctan2(matrices[:, 0, 2], matrices[:, 2, 2]),
        "Roll": -np.arctan2(matrices[:, 1, 0], matrices[:, 1, 1]),
    }


def _axis(angle: np.ndarray, axis: int) -> np.ndarray:
    """(T, 3, 3) turns about one axis."""
    first, second = ((1, 2), (2, 0), (0, 1))[axis]
    matrices = np.tile(np.eye(3), (len(angle), 1, 1))
    matrices[:, first, first] = matrices[:, second, second] = np.cos(angle)
    matrices[:, second, first] = np.sin(angle)
    matrices[:, first, second] = -np.sin(angle)
    return matrices


def turn_head(channels: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The head's turns as Euler angles of a bone that turns about x, y, z; the rig shares them with the neck itself."""
    turns = [channels.get(f"head{name}") for name in ("Pitch", "Yaw", "Roll")]
    if all(turn is None for turn in turns):
        return channels
    size = next(len(turn) for turn in turns if turn is not None)
    matrices = turn_matrices(*(np.zeros(size) if turn is None else turn for turn in turns))
    return channels | {
        "headPitch": -np.arctan2(matrices[:, 2, 1], matrices[:, 2, 2]),
        "headYaw": -np.arcsin(np.clip(matrices[:, 2, 0], -1.0, 1.0)),
        "headRoll": -np.arctan2(matrices[:, 1, 0], matrices[:, 0, 0]),
    }


def straighten_head(channels: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Turns of the head from the way that it mostly looks: a phone seldom stands straight before the face."""
    turns = {name: channels[f"head{name}"] for name in ("Pitch", "Yaw", "Roll") if f"head{name}" in channels}
    if len(turns) < 3:
        return dict(channels)
    middle = turn_matrices(*(np.array([np.median(turn)]) for turn in turns.values()))
    angles = turn_angles(middle.transpose(0, 2, 1) @ turn_matrices(*turns.values()))
    return {**channels, **{f"head{name}": angle for name, angle in angles.items()}}


def layer_of(channel: str) -> str:
    """The layer that a channel goes to."""
    return next(layer for start, layer in LAYERS if channel.startswith(start))


def write_performance(capture: Capture, folder: Path, source: str) -> Path:
    """Write ``NAME.performance`` from a capture, whole or not at all; ``source`` is the recording's file name."""
    channels = turn_head(settle_eyes(dict(capture.channels)))
    layers: dict[str, list[str]] = {}
    for channel in channels:
        layers.setdefault(layer_of(channel), []).append(channel)
    description = {
        "format": 1,
        "rate": capture.rate,
        "duration": float(capture.time[-1]),
        "seed": 0,
        "settings": {"capture": source},
        "layers": layers,
        "sound": None,
        "phones": [],
        "words": [],
    }
    arrays = {f"{layer}/{name}": channels[name].astype(np.float32) for layer, names in layers.items() for name in names}
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        np.savez(partial / "performance.npz", time=capture.time, **arrays)
        (partial / "performance.json").write_text(json.dumps(description, indent=1), encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise LikenessError(
            "folder_missing",
            tell("{name} cannot be written: {reason}.", name=folder.name, reason=error.strerror),
            "Save the file elsewhere.",
        ) from error
    return folder


def check_rows(time: np.ndarray, name: str) -> np.ndarray:
    """Which rows to keep, (T,) bool: those later than all before them. Raises ``capture_empty``."""
    keep = np.ones(len(time), bool)
    if len(time):
        keep[1:] = time[1:] > np.maximum.accumulate(time)[:-1] + 1e-9
    if keep.sum() < 2:
        raise LikenessError("capture_empty", tell("{name} holds no two moments of a face.", name=name), HINT)
    return keep
