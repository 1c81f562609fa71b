# SPDX-License-Identifier: GPL-3.0-or-later
"""The head layer: a posture for each phrase, a slow drift, and nods on stressed words; the neck carries its share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.performance.curves import ease, plateau, sample_rate, steps, wander
from core.performance.manner import Manner
from core.performance.rhythm import Beat, Phrase, choose_beats

AXES = ("Pitch", "Yaw", "Roll")

# Standard deviation (radians) of a reading head, measured on 649 GRID sentences of one talker
# (shared/data/speech/README.md): 1.9, 2.2 and 1.2 degrees.
DEVIATION = dict(zip(AXES, np.radians([1.9, 2.2, 1.2]), strict=True))
_WITHOUT_GAZE = {"Pitch": 1.0, "Yaw": 0.72, "Roll": 1.0}  # share of it; the gaze turns the head as well
LIMIT = {"Pitch": np.radians(14.0), "Yaw": np.radians(16.0), "Roll": np.radians(12.0)}

_POSTURE, _DRIFT = 0.90, 0.55  # of the deviation; with the nods and the rests they make up the whole
_DRIFT_BAND = (0.10, 0.60)  # hertz
_NECK = 0.35  # the neck's share of every rotation
_NECK_LAG = 0.05  # seconds by which it follows
_NOD = np.radians(2.6)  # depth of a nod at a beat of weight 1
_NOD_DOWN, _NOD_UP = 0.24, 0.44  # seconds; deeper ones take longer, so that none is more sudden
LIVELY = 0.85  # nats of the motion's size per unit of energy
_NODS = (0.9, 0.16)  # per unit of the slider: nats of a nod's depth, and of the weight that a beat needs less
_LEAST, _APART = 0.52, 0.80  # weight and seconds between nods, as usual
_AT_ENDS = 0.25  # weight that the last beat of a phrase gains
# Radians at 1: how far sliders turn the head. A tilt goes to one side for a phrase or longer.
_CHIN, _TILT, _LEAN = np.radians(6.5), np.radians(6.0), np.radians(3.5)


def move_head(
    time: np.ndarray,
    duration: float,
    phrases: Sequence[Phrase],
    beats: tuple[Beat, ...],
    manner: Manner,
    strength: float,
    generator: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Rotations (radians) of head and neck, (T,) each; at rest at the first and the last moment."""
    rest = resting(time, duration)
    starts, ends = _turns(phrases, duration, manner, generator)
    lively = np.exp(LIVELY * manner.curve("energy"))
    nods = _nods(time, beats, phrases, manner, generator)
    held = _held(time, starts, ends, manner, generator)
    channels: dict[str, np.ndarray] = {}
    rate = sample_rate(time)
    for axis in AXES:
        values = np.append(generator.normal(0.0, _POSTURE, len(starts) - 1).clip(-1.6, 1.6), 0.0)
        drift = _DRIFT * wander(time, *_DRIFT_BAND, generator)
        deviation = _WITHOUT_GAZE[axis] * DEVIATION[axis] * lively
        curve = (steps(time, starts, ends, values) + drift) * deviation + nods[axis] + held[axis]
        curve = LIMIT[axis] * np.tanh(strength * curve / LIMIT[axis])
        channels[f"neck{axis}"] = _NECK * delayed(curve, _NECK_LAG * rate) * rest
        channels[f"head{axis}"] = curve * rest - channels[f"neck{axis}"]
    return channels


def resting(time: np.ndarray, duration: float) -> np.ndarray:
    """1, easing from and to 0 at the ends of the clip."""
    ramp = min(0.7, duration / 3)
    return ease(time, 0.0, ramp) * (1.0 - ease(time, duration - ramp, duration))


def delayed(curve: np.ndarray, samples: float) -> np.ndarray:
    """A curve (T,) that many samples later."""
    at = np.arange(len(curve), dtype=np.float64)
    return np.interp(at - samples, at, curve)


def _turns(
    phrases: Sequence[Phrase], duration: float, manner: Manner, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Seconds during which the head turns to its next posture: at phrases, within long ones and silences, and to rest.

    A quick manner turns more often and more quickly.
    """
    wanted = [phrase.start for phrase in phrases]
    moment = 0.0
    while moment < duration:
        moment += float(generator.uniform(2.2, 4.5)) * np.exp(-0.5 * manner.at("tempo", moment))
        wanted.append(moment)
    centres: list[float] = []
    last = max(duration - 0.5, duration / 2)
    for moment in [*sorted(moment for moment in wanted if moment < last - 0.9), last]:
        if not centres or moment - centres[-1] >= 0.9:
            centres.append(moment)
    middles = np.array(centres)
    return middles - 0.40, middles + 0.45


def _held(
    time: np.ndarray, starts: np.ndarray, ends: np.ndarray, manner: Manner, generator: np.random.Generator
) -> dict[str, np.ndarray]:
    """What a manner keeps the head at: chin, tilt, and the head kept level over a body that leans."""
    sides = np.where(generator.random(len(starts)) < 0.5, -1.0, 1.0)
    stay = generator.random(len(starts)) < 0.6
    for index in range(1, len(sides)):
        sides[index] = sides[index - 1] if stay[index] else sides[index]
    side = steps(time, starts, ends, np.append(sides[:-1], 0.0))
    return {
        "Pitch": _CHIN * manner.curve("chin") + _LEAN * manner.curve("lean"),
        "Yaw": np.zeros(len(time)),
        "Roll": _TILT * side * manner.curve("tilt"),
    }


def _nods(
    time: np.ndarray,
    beats: tuple[Beat, ...],
    phrases: Sequence[Phrase],
    manner: Manner,
    generator: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Movements that begin on stressed words and are lowest near their ends; more at the ends of phrases."""
    curves = {axis: np.zeros(len(time)) for axis in AXES}
    ends = np.array([phrase.end for phrase in phrases])
    weighed = tuple(_weighed(beat, ends, manner) for beat in beats)
    for beat in choose_beats(weighed, least=_LEAST, apart=_APART):
        likes = manner.at("nods", beat.time)
        depth = _NOD * np.exp(_NODS[0] * likes) * min(beat.weight, 1.0) * generator.uniform(0.6, 1.2)
        sideways = generator.normal(0.0, 0.35, 2)
        lowest = max(beat.end - 0.03, beat.start + 0.12)
        longer = max(float(np.sqrt(depth / _NOD)), 0.8)
        down, up = longer * _NOD_DOWN, longer * _NOD_UP
        near = slice(*np.searchsorted(time, (lowest - down, lowest + up + 0.1)))
        pulse = plateau(time[near], lowest, lowest + 0.03, down, up)
        curves["Pitch"][near] -= depth * pulse
        curves["Yaw"][near] += depth * sideways[0] * pulse
        curves["Roll"][near] += depth * sideways[1] * pulse
    return curves


def _weighed(beat: Beat, ends: np.ndarray, manner: Manner) -> Beat:
    """A beat with the weight that it has for nodding."""
    is_last = bool(len(ends)) and float(np.abs(ends - beat.end).min()) < 0.12
    return beat.reweighed(beat.weight + _AT_ENDS * is_last + _NODS[1] * manner.at("nods", beat.time))
