# SPDX-License-Identifier: GPL-3.0-or-later
"""Twelve expressions and the fifteen visemes as channel values. Tables only, no bpy."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Pose:
    """A pose: kind ``expression`` or ``viseme``, channel -> value at full strength, and what turns.

    turns: ``head`` or ``gaze``, then ``Pitch`` (> 0 up), ``Yaw`` (> 0 to the subject's left) or ``Roll`` (> 0 to the
    subject's left shoulder) and radians.
    """

    name: str
    label: str
    kind: str
    channels: Mapping[str, float]
    turns: tuple[tuple[str, tuple[str, float]], ...]
    help: str


# name: channels (* stands for both sides), degrees of head and gaze, what it is for. Chosen by looking at renders:
# full strength is what a person shows in a conversation, not on a stage. "neutral" takes off the habitual smile that
# many photos show, and so their rest poses have.
_EXPRESSIONS: dict[str, tuple[dict[str, float], dict[str, float], str]] = {
    "joy": (
        {"mouthSmile*": 0.9, "cheekSquint*": 0.6, "eyeSquint*": 0.35, "mouthUpperUp*": 0.28, "mouthLowerDown*": 0.06,
         "jawOpen": 0.09, "browOuterUp*": 0.06},
        {"headPitch": 2.0},
        "A smile that reaches the eyes",
    ),
    "enthusiasm": (
        {"mouthSmile*": 0.65, "jawOpen": 0.16, "mouthUpperUp*": 0.22, "mouthLowerDown*": 0.12, "cheekSquint*": 0.35,
         "browInnerUp": 0.35, "browOuterUp*": 0.4, "eyeWide*": 0.22},
        {"headPitch": 3.0, "headRoll": 2.5},
        "Open mouth, raised brows, bright eyes",
    ),
    "warmth": (
        {"mouthSmile*": 0.42, "cheekSquint*": 0.35, "eyeSquint*": 0.22, "browInnerUp": 0.22, "mouthDimple*": 0.1},
        {"headPitch": -1.5, "headRoll": 5.0},
        "A soft smile with the head inclined",
    ),
    "surprise": (
        {"neutral": 1.0, "browInnerUp": 0.75, "browOuterUp*": 0.75, "eyeWide*": 0.42, "jawOpen": 0.28,
         "mouthFunnel": 0.15},
        {"headPitch": 3.0},
        "Brows up, eyes wide, jaw dropped",
    ),
    "sadness": (
        {"neutral": 1.0, "browInnerUp": 0.75, "browDown*": 0.15, "mouthFrown*": 0.8, "mouthShrugLower": 0.35,
         "mouthPress*": 0.1, "eyeSquint*": 0.15, "eyeLookDown*": 0.3, "eyeBlink*": 0.1},
        {"headPitch": -6.0, "headRoll": 2.0, "gazePitch": -7.0},
        "Inner brows up, corners down, looking down",
    ),
    "anger": (
        {"neutral": 1.0, "browDown*": 0.95, "eyeSquint*": 0.3, "noseSneer*": 0.35, "mouthPress*": 0.5,
         "mouthFrown*": 0.6, "mouthShrugLower": 0.2, "jawForward": 0.15},
        {"headPitch": -4.0, "gazePitch": 3.0},
        "Brows down, lips pressed, a look from below",
    ),
    "fear": (
        {"neutral": 1.0, "browInnerUp": 0.75, "browOuterUp*": 0.25, "browDown*": 0.25, "eyeWide*": 0.5,
         "mouthStretch*": 0.45, "jawOpen": 0.1, "mouthLowerDown*": 0.25, "mouthFrown*": 0.25},
        {"headPitch": 2.0, "headYaw": -4.0, "gazeYaw": 4.0},
        "Brows drawn up and together, eyes wide, mouth stretched",
    ),
    "disgust": (
        {"neutral": 1.0, "noseSneer*": 0.8, "mouthUpperUpLeft": 0.35, "mouthUpperUpRight": 0.5, "browDown*": 0.5,
         "eyeSquint*": 0.4, "cheekSquint*": 0.35, "mouthFrown*": 0.5, "mouthShrugLower": 0.25},
        {"headPitch": 3.0, "headYaw": -6.0, "gazeYaw": 5.0},
        "Wrinkled nose, raised lip, head turned away",
    ),
    "calm": (
        {"mouthSmile*": 0.14, "eyeBlink*": 0.06, "eyeSquint*": 0.06},
        {"headPitch": -0.5},
        "Relaxed and attentive",
    ),
    "thoughtful": (
        {"neutral": 0.8, "browInnerUp": 0.15, "browDownLeft": 0.3, "browDownRight": 0.2, "eyeSquint*": 0.2,
         "mouthPress*": 0.3, "mouthPucker": 0.15, "mouthLeft": 0.15, "eyeLookUp*": 0.3},
        {"headPitch": 2.0, "headYaw": -4.0, "headRoll": 3.0, "gazePitch": 8.0, "gazeYaw": 14.0},
        "Looking aside and up, lips pressed",
    ),
    "skeptical": (
        {"neutral": 0.8, "browOuterUpLeft": 0.75, "browInnerUp": 0.1, "browDownRight": 0.55, "eyeSquintRight": 0.35,
         "eyeSquintLeft": 0.1, "mouthPress*": 0.25, "mouthDimpleLeft": 0.3, "mouthLeft": 0.15, "mouthFrownRight": 0.25},
        {"headYaw": 5.0, "headRoll": -3.5, "gazeYaw": -5.0},
        "One brow up, the mouth drawn aside",
    ),
    "tired": (
        {"neutral": 1.0, "eyeBlink*": 0.34, "browInnerUp": 0.2, "mouthFrown*": 0.4, "jawOpen": 0.03,
         "eyeLookDown*": 0.15},
        {"headPitch": -5.0, "headRoll": -2.5, "gazePitch": -3.0},
        "Heavy lids, everything hangs a little",
    ),
}  # fmt: skip
# viseme: spoken as in.
_VISEMES: dict[str, str] = {
    "sil": "silence", "PP": "p b m", "FF": "f v", "TH": "th as in thin", "DD": "t d", "kk": "k g h", "CH": "ch j sh",
    "SS": "s z", "nn": "n l", "RR": "r", "aa": "a as in father", "E": "e as in bed", "I": "i as in see",
    "O": "o as in go", "U": "u as in you",
}  # fmt: skip


def _expression(name: str) -> Pose:
    channels, degrees, text = _EXPRESSIONS[name]
    sides = {key: (key.replace("*", "Left"), key.replace("*", "Right")) if "*" in key else (key,) for key in channels}
    turns = tuple((key[:4], (key[4:], math.radians(angle))) for key, angle in degrees.items())
    values = {channel: channels[key] for key in channels for channel in sides[key]}
    return Pose(name, name.capitalize(), "expression", MappingProxyType(values), turns, text)


def _viseme(name: str) -> Pose:
    channel = f"viseme_{name}"
    return Pose(channel, name, "viseme", MappingProxyType({channel: 1.0}), (), _VISEMES[name])


POSES: Mapping[str, Pose] = MappingProxyType(
    {pose.name: pose for pose in (*map(_expression, _EXPRESSIONS), *map(_viseme, _VISEMES))}
)
