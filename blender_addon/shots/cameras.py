# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera presets and moves, as tables; framed from measured faces in `framing.py`. No bpy here."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import LikenessError
from ..words import tell

SUBJECT, ALL, PAIR = "subject", "all", "pair"


HIGHEST = 1.45


@dataclass(frozen=True)
class Preset:
    """A way to see performers.

    share: of the picture's height that a face from chin to skull takes, where it has room (of a narrow picture's, of
    `HIGHEST` times its width); eyes: where their line
    lies in the free part of the picture, from its top; lens: millimetres; f_stop: of the depth of field.
    shows: the ``subject`` alone, ``all``, or a ``pair`` (the subject past another one's shoulder).
    larger: how much larger a face may be where bodies end high, so that eyes come up to their line.
    reserve: share of a wide picture's right, or of a high one's top, that is left free where nothing else is said.
    """

    share: float
    eyes: float
    lens: float
    f_stop: float
    shows: str = SUBJECT
    reserve: tuple[float, float] = (0.0, 0.0)
    larger: float = 1.2


PRESETS: Mapping[str, Preset] = {
    "extreme_close_up": Preset(0.86, 0.44, 105.0, 5.6),
    "close_up": Preset(0.52, 0.42, 85.0, 4.0),
    "medium": Preset(0.38, 0.36, 65.0, 4.0),
    "wide": Preset(0.24, 0.36, 40.0, 4.0, ALL, larger=1.35),
    "two_shot": Preset(0.28, 0.38, 60.0, 5.6, ALL, larger=1.45),
    "over_shoulder": Preset(0.36, 0.38, 65.0, 2.8, PAIR),
    "over_slide": Preset(0.37, 0.40, 65.0, 5.6, SUBJECT, (0.55, 0.45)),
}


@dataclass(frozen=True)
class Offset:
    """How far a camera is from where it stands, over F frames.

    nearer: (F,) share of the distance; around: (F,) radians that it has walked around the subject, to the
    subject's left; aside and above: (F,) share of the distance; turn: (F, 3) radians about its own axes.
    """

    nearer: np.ndarray
    around: np.ndarray
    aside: np.ndarray
    above: np.ndarray
    turn: np.ndarray


@dataclass(frozen=True)
class Move:
    """offset: of (progress (F,) 0..1, seconds (F,), amount, seed). keys: how far keyframes are apart in seconds, 0 for
    first and last only; between them Blender's own easing is what offset says too."""

    offset: Callable[[np.ndarray, np.ndarray, float, int], Offset]
    keys: float


PUSH = 0.16  # share of the distance, half before and half past where the preset stands
ORBIT = math.radians(16.0)  # to each side
SLIDE = 0.09  # share of the distance, to each side
# A camera in calm hands: radians and shares of the distance, at most.
SWAY, DRIFT = math.radians(0.35), 0.006
WAVES = ((0.23, 1.0), (0.61, 0.55), (1.31, 0.22))  # hertz and weight


def ease(progress: np.ndarray) -> np.ndarray:
    """Slow at both ends, as Blender draws a curve between two keys with level handles."""
    return progress**2 * (3.0 - 2.0 * progress)


def _rest(progress: np.ndarray) -> Offset:
    none = np.zeros_like(progress)
    return Offset(none, none, none, none, np.zeros((len(progress), 3)))


def _still(progress: np.ndarray, _seconds: np.ndarray, _amount: float, _seed: int) -> Offset:
    return _rest(progress)


def _push(progress: np.ndarray, _seconds: np.ndarray, amount: float, _seed: int) -> Offset:
    rest = _rest(progress)
    return Offset(amount * PUSH * (ease(progress) - 0.5), rest.around, rest.aside, rest.above, rest.turn)


def _pull(progress: np.ndarray, seconds: np.ndarray, amount: float, seed: int) -> Offset:
    return _push(progress, seconds, -amount, seed)


def _orbit(progress: np.ndarray, _seconds: np.ndarray, amount: float, _seed: int) -> Offset:
    rest = _rest(progress)
    return Offset(rest.nearer, amount * ORBIT * (2.0 * ease(progress) - 1.0), rest.aside, rest.above, rest.turn)


def _slide(progress: np.ndarray, _seconds: np.ndarray, amount: float, _seed: int) -> Offset:
    rest = _rest(progress)
    return Offset(rest.nearer, rest.around, amount * SLIDE * (2.0 * ease(progress) - 1.0), rest.above, rest.turn)


def _hand_held(progress: np.ndarray, seconds: np.ndarray, amount: float, seed: int) -> Offset:
    rest = _rest(progress)
    noise = amount * np.stack([_drift(seconds, seed, channel) for channel in range(5)])
    turn = SWAY * np.stack([noise[0], noise[1], 0.4 * noise[2]], axis=1)
    return Offset(rest.nearer, rest.around, DRIFT * noise[3], DRIFT * noise[4], turn)


def _drift(seconds: np.ndarray, seed: int, channel: int) -> np.ndarray:
    """Smooth noise between -1 and 1: the same for the same seed, whatever the rate of frames."""
    random = np.random.default_rng((seed, channel))
    waves = [
        weight * np.sin(2.0 * math.pi * (hertz * random.uniform(0.85, 1.15) * seconds + random.uniform()))
        for hertz, weight in WAVES
    ]
    return np.sum(waves, axis=0) / sum(weight for _, weight in WAVES)


MOVES: Mapping[str, Move] = {
    "still": Move(_still, 0.0),
    "push_in": Move(_push, 0.0),
    "pull_out": Move(_pull, 0.0),
    "orbit": Move(_orbit, 0.4),
    "hand_held": Move(_hand_held, 0.12),
    "slide": Move(_slide, 0.0),
    "rack_focus": Move(_still, 0.0),
}


def find_preset(name: str) -> Preset:
    """The preset of a name. Raises LikenessError ``camera_unknown``."""
    return _find(PRESETS, name, tell("There is no camera preset {name}.", name=name))


def find_move(name: str) -> Move:
    """The move of a name. Raises LikenessError ``camera_unknown``."""
    return _find(MOVES, name, tell("There is no camera move {name}.", name=name))


def _find(table: Mapping, name: str, message: str):
    if name not in table:
        raise LikenessError("camera_unknown", message, tell("Choose from {names}.", names=", ".join(table)))
    return table[name]
