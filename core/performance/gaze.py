# SPDX-License-Identifier: GPL-3.0-or-later
"""The gaze layer: eyes that hold the camera while the head moves, with small glances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from core.performance.curves import steps
from core.performance.rhythm import Phrase

# Looking at somebody's face is a walk over eyes and mouth: shifts of a degree or two every second or so.
MEAN_FIXATION = 1.1  # seconds
SPREAD = 0.5  # standard deviation of the logarithm of the fixations
SHORTEST = 0.35  # seconds
SMALL = np.radians([0.5, 0.9])  # standard deviation of pitch and yaw of a fixation
AVERSION = 0.25  # share of the pauses between phrases in which the speaker looks away to think
AVERTED = np.radians([2.0, 5.0])  # and how far, pitch and yaw
LIMIT = np.radians([8.0, 12.0])

# Saccades follow the main sequence, 21 ms + 2.2 ms a degree (Carpenter 1988); two samples at
# 60 Hz are the shortest that can be shown as a movement.
_SACCADE = 0.050  # seconds
_COUNTER = 0.9  # share of the head's rotation that the eyes take back (vestibulo-ocular reflex)
_LID_RANGE = np.radians(25.0)  # eye pitch at which the lids have followed all the way


def look(
    time: np.ndarray,
    duration: float,
    phrases: Sequence[Phrase],
    head: Mapping[str, np.ndarray],
    strength: float,
    generator: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Eye rotations (radians) and the lids that follow, (T,) each. head: the channels of the head layer."""
    moments, targets = _fixations(duration, phrases, generator)
    channels: dict[str, np.ndarray] = {}
    for index, axis in enumerate(("Pitch", "Yaw")):
        glance = steps(time, moments, moments + _SACCADE, targets[:, index]) * strength
        turned = head[f"head{axis}"] + head[f"neck{axis}"]
        curve = LIMIT[index] * np.tanh((glance - _COUNTER * turned) / LIMIT[index])
        channels[f"eyeLeft{axis}"] = curve
        channels[f"eyeRight{axis}"] = curve.copy()
    pitch = channels["eyeLeftPitch"]
    for channel, follow in (("eyeLookDown", -pitch), ("eyeLookUp", pitch)):
        lids = np.clip(follow, 0.0, None) / _LID_RANGE
        channels[channel + "Left"] = lids
        channels[channel + "Right"] = lids.copy()
    return channels


def _fixations(
    duration: float, phrases: Sequence[Phrase], generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """When each saccade starts (F,), and where it goes: (F, 2) pitch and yaw; the last one to the camera."""
    location = np.log(MEAN_FIXATION) - SPREAD**2 / 2
    pauses = [a.end for a, b in pairwise(phrases) if b.start - a.end > 0.25]
    averted = [moment for moment in pauses if generator.random() < AVERSION]
    moments: list[float] = []
    targets: list[np.ndarray] = []
    moment = 0.5
    while (moment := moment + max(float(generator.lognormal(location, SPREAD)), SHORTEST)) < duration - 0.6:
        near = [away for away in averted if abs(away - moment) < MEAN_FIXATION / 2]
        away = near[0] if near else None
        spread = AVERTED if away is not None else SMALL
        moment = moment if away is None else max(away, moments[-1] + SHORTEST if moments else away)
        averted = [other for other in averted if other not in near]
        moments.append(moment)
        targets.append(generator.normal(0.0, 1.0, 2).clip(-1.7, 1.7) * spread)
    moments.append(max(duration - 0.3, (moments[-1] if moments else 0.0) + 2 * _SACCADE))
    targets.append(np.zeros(2))
    return np.array(moments), np.array(targets)
