# SPDX-License-Identifier: GPL-3.0-or-later
"""The head layer: a posture for each phrase, a slow drift, and beats on stressed words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.performance.curves import ease, plateau, steps, wander
from core.performance.rhythm import Beat, Phrase, choose_beats

AXES = ("Pitch", "Yaw", "Roll")

# Standard deviation (radians) of a reading head, measured on 649 GRID sentences of one talker
# (shared/data/speech/README.md): 1.9, 2.2 and 1.2 degrees.
DEVIATION = dict(zip(AXES, np.radians([1.9, 2.2, 1.2]), strict=True))
LIMIT = {"Pitch": np.radians(12.0), "Yaw": np.radians(15.0), "Roll": np.radians(8.0)}

_POSTURE, _DRIFT = 0.90, 0.55  # of the deviation; with the nods and the rests they make up the whole
_DRIFT_BAND = (0.10, 0.60)  # hertz
_NECK = 0.35  # the neck's share of every rotation
_NOD = np.radians(2.6)  # depth of a nod at a beat of weight 1
_NOD_DOWN, _NOD_UP = 0.22, 0.38  # seconds


def move_head(
    time: np.ndarray,
    duration: float,
    phrases: Sequence[Phrase],
    beats: tuple[Beat, ...],
    strength: float,
    generator: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Rotations (radians) of head and neck, (T,) each; at rest at the first and the last moment."""
    rest = _rest(time, duration)
    starts, ends = _turns(phrases, duration)
    channels: dict[str, np.ndarray] = {}
    nods = _nods(time, beats, generator)
    for axis in AXES:
        values = np.append(generator.normal(0.0, _POSTURE, len(starts) - 1).clip(-1.6, 1.6), 0.0)
        drift = _DRIFT * wander(time, *_DRIFT_BAND, generator)
        curve = (steps(time, starts, ends, values) + drift) * DEVIATION[axis] + nods[axis]
        curve = LIMIT[axis] * np.tanh(strength * curve / LIMIT[axis]) * rest
        channels[f"neck{axis}"] = _NECK * curve
        channels[f"head{axis}"] = (1.0 - _NECK) * curve
    return channels


def _rest(time: np.ndarray, duration: float) -> np.ndarray:
    """1, easing from and to 0 at the ends of the clip."""
    ramp = min(0.7, duration / 3)
    return ease(time, 0.0, ramp) * (1.0 - ease(time, duration - ramp, duration))


def _turns(phrases: Sequence[Phrase], duration: float) -> tuple[np.ndarray, np.ndarray]:
    """Seconds during which the head turns to its next posture, at the start of each phrase, and to rest."""
    centres: list[float] = []
    for moment in [*(phrase.start for phrase in phrases), max(duration - 0.5, duration / 2)]:
        if not centres or moment - centres[-1] >= 0.9:
            centres.append(moment)
    middles = np.array(centres)
    return middles - 0.40, middles + 0.45


def _nods(
    time: np.ndarray, beats: tuple[Beat, ...], generator: np.random.Generator
) -> dict[str, np.ndarray]:
    """Small movements that reach their lowest point on stressed words."""
    curves = {axis: np.zeros(len(time)) for axis in AXES}
    for beat in choose_beats(beats, least=0.5, apart=0.75):
        depth = _NOD * beat.weight * generator.uniform(0.6, 1.2)
        sideways = generator.normal(0.0, 0.35, 2)
        pulse = plateau(time, beat.time, beat.time + 0.03, _NOD_DOWN, _NOD_UP)
        curves["Pitch"] -= depth * pulse
        curves["Yaw"] += depth * sideways[0] * pulse
        curves["Roll"] += depth * sideways[1] * pulse
    return curves
