# SPDX-License-Identifier: GPL-3.0-or-later
"""The body layer: chest and shoulders that follow the head, lean, stand upright or sink."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.ndimage import gaussian_filter1d

from core.performance.curves import sample_rate, wander
from core.performance.head import AXES, delayed, resting
from core.performance.manner import Manner

_FOLLOW = {"Pitch": 0.14, "Yaw": 0.22, "Roll": 0.10}  # share of the head's turning that the chest takes up
_LAG, _SLOW = 0.16, 0.20  # seconds by which it comes later, and over which it is smoothed
_SWAY = np.radians(0.5)  # standard deviation of standing people's slow sway
_SWAY_BAND = (0.04, 0.25)  # hertz
_LEAN, _SLUMP = np.radians(6.0), np.radians(4.5)  # of the chest at 1
_RAISED = np.radians(2.0)  # shoulders that sink or are drawn back
_TENSE = np.radians(2.0)  # shoulders drawn up by worry


def move_body(
    time: np.ndarray,
    duration: float,
    head: Mapping[str, np.ndarray],
    manner: Manner,
    strength: float,
    generator: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Rotations (radians) of chest and shoulders, (T,) each. head: the channels of the head layer."""
    rest = resting(time, duration)
    rate = sample_rate(time)
    lively = np.exp(0.5 * manner.curve("energy"))
    upright, slumped = manner.positive("posture"), manner.negative("posture")
    held = {
        "Pitch": -_LEAN * manner.curve("lean") + _SLUMP * (0.4 * upright - slumped),
        "Yaw": np.zeros(len(time)),
        "Roll": np.zeros(len(time)),
    }
    channels: dict[str, np.ndarray] = {}
    for axis in AXES:
        turned = gaussian_filter1d(head[f"head{axis}"] + head[f"neck{axis}"], _SLOW * rate, mode="nearest")
        sway = _SWAY * wander(time, *_SWAY_BAND, generator) * lively
        followed = _FOLLOW[axis] * delayed(turned, _LAG * rate)
        channels[f"chest{axis}"] = (followed + strength * (sway + held[axis])) * rest
    lifted = _RAISED * (0.5 * upright - 1.5 * slumped) + _TENSE * manner.positive("worry")
    uneven = 0.4 * _SWAY * wander(time, *_SWAY_BAND, generator)
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        followed = 0.5 * sign * channels["chestRoll"]
        channels[f"shoulder{side}Lift"] = strength * (lifted + sign * uneven) * rest + followed
    return channels
