# SPDX-License-Identifier: GPL-3.0-or-later
"""The face board: a drawn face beside the head whose handles add to the channels. Tables only, no bpy.

Board coordinates are metres in the board's plane as one looks at the face: x to the subject's left, y up.
A handle that is ``TRAVEL`` away from its rest adds its share of 1 to its channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

FRAME = "face_board"
PREFIX = "board_"
GAZE = PREFIX + "gaze"
TRAVEL = 0.015  # metres of a handle's way that stand for 1
# The middle of the board from the point between the eyes, in metres of world axes: clear of shoulders and big hair.
PLACE = (0.33, 0.0, -0.03)
# Half the board's width and height.
SIZE = (0.098, 0.142)


@dataclass(frozen=True)
class Addition:
    """What a way of a handle adds: axis ``x`` or ``y``, sign of the way, channel, and its share at full travel."""

    axis: str
    sign: int
    channel: str
    share: float = 1.0


@dataclass(frozen=True)
class Handle:
    """A handle: its bone's name, place at rest, ways in travels (least, most) along x and y, and what they add."""

    name: str
    place: tuple[float, float]
    x: tuple[float, float]
    y: tuple[float, float]
    additions: tuple[Addition, ...]
    help: str


# name, place, ways along x and y in travels, what they add: "way channel share"; {Side} rows stand for both
# sides, with the left's place and "out" for the way off the middle.
_ROWS: tuple[tuple[str, tuple[float, float], tuple[float, float], tuple[float, float], str, str], ...] = (
    ("brow_inner_{side}", (0.020, 0.092), (0, 0), (-1, 1),
     "up browInnerUp .5, up browInnerTilt {sign}.5, down browDown{Side} 1",
     "Up: inner brow of this side up; down: brow down"),
    ("brow_outer_{side}", (0.062, 0.088), (0, 0), (-1, 1), "up browOuterUp{Side} 1, down browDown{Side} .5",
     "Up: outer brow up; down: half of the brow down"),
    ("lid_{side}", (0.042, 0.042), (0, 0), (-1, 1), "up eyeWide{Side} 1, down eyeBlink{Side} 1",
     "Up: eye wide; down: lid closes"),
    ("lid_lower_{side}", (0.042, 0.010), (0, 0), (0, 1), "up eyeSquint{Side} 1", "Up: lower lid squints"),
    ("gaze", (0.0, 0.044), (-1, 1), (-1, 1), "", "Both eyes look this way; the lids follow"),
    ("nose_{side}", (0.014, -0.012), (0, 0), (0, 1), "up noseSneer{Side} 1", "Up: nose wrinkles"),
    ("cheek_{side}", (0.064, -0.016), (0, 1), (0, 1),
     "up cheekSquint{Side} 1, out cheekPuff .5, out cheekPuffTilt {sign}.5",
     "Up: cheek up; outwards: the cheek of this side puffed"),
    ("mouth_corner_{side}", (0.050, -0.061), (-1, 1), (-1, 1),
     "up mouthSmile{Side} 1, down mouthFrown{Side} 1, out mouthStretch{Side} 1, in mouthPucker .5",
     "Up: smile; down: frown; outwards: wide; inwards: narrow, half by each side"),
    ("lip_upper_{side}", (0.025, -0.046), (0, 0), (0, 1), "up mouthUpperUp{Side} 1", "Up: upper lip up"),
    ("lip_lower_{side}", (0.025, -0.076), (0, 0), (-1, 0), "down mouthLowerDown{Side} 1", "Down: lower lip down"),
    ("mouth", (0.0, -0.061), (-1, 1), (0, 1),
     "left mouthLeft 1, right mouthRight 1, up mouthShrugLower .7, up mouthShrugUpper .5",
     "Sideways: the mouth; up: lips pushed up"),
    ("pucker", (-0.048, -0.108), (0, 0), (-1, 1), "up mouthPucker 1, down mouthFunnel 1", "Up: pucker; down: funnel"),
    ("press", (0.048, -0.108), (0, 0), (-1, 1),
     "up mouthPressLeft 1, up mouthPressRight 1, down mouthRollUpper 1, down mouthRollLower 1",
     "Up: lips press; down: lips roll in"),
    ("jaw", (0.0, -0.104), (-1, 1), (-1, 0), "left jawLeft 1, right jawRight 1, down jawOpen 1",
     "Down: jaw opens; sideways: jaw shifts"),
    ("jaw_forward", (0.029, -0.122), (0, 0), (0, 1), "up jawForward 1", "Up: jaw forward"),
    ("tongue", (-0.029, -0.107), (0, 0), (-1, 0), "down tongueOut 1", "Down: tongue out, as far as the jaw is open"),
)  # fmt: skip
# ARKit has one channel for what the board moves on each side: key of our own -> the channel whose movement it has, with
# the other sign on the subject's right. Half a channel and half its tilt are the one side alone.
TILTS: Mapping[str, str] = MappingProxyType({"browInnerTilt": "browInnerUp", "cheekPuffTilt": "cheekPuff"})
_WAYS = {"up": ("y", 1), "down": ("y", -1), "left": ("x", 1), "right": ("x", -1), "out": ("x", 1), "in": ("x", -1)}


def _make(
    row: tuple[str, tuple[float, float], tuple[float, float], tuple[float, float], str, str], side: str
) -> Handle:
    """The handle of a row on a side; the right one is the left's mirror image."""
    name, (x, y), along, up, adds, text = row
    mirror = -1 if side == "right" else 1
    additions = []
    for entry in adds.split(", ") if adds else ():
        filled = entry.format(Side=side.capitalize(), sign="-" if side == "right" else "")
        way, channel, share = filled.split()
        axis, sign = _WAYS[way]
        sign *= mirror if axis == "x" else 1
        additions.append(Addition(axis, sign, channel, float(share)))
    low, high = sorted((mirror * along[0], mirror * along[1]))
    return Handle(PREFIX + name.format(side=side), (mirror * x, y), (low, high), up, tuple(additions), text)


HANDLES: Mapping[str, Handle] = MappingProxyType(
    {
        handle.name: handle
        for row in _ROWS
        for handle in (_make(row, side) for side in (("left", "right") if "{side}" in row[0] else ("",)))
    }
)


def additions_to(channel: str) -> list[tuple[Handle, Addition]]:
    """Every handle that adds to a channel, with what it adds, in the table's order."""
    return [(handle, add) for handle in HANDLES.values() for add in handle.additions if add.channel == channel]


def mixed_channels() -> tuple[str, ...]:
    """The channels that handles add to, in the table's order."""
    return tuple(dict.fromkeys(add.channel for handle in HANDLES.values() for add in handle.additions))
