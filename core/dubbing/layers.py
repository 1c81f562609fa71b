# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of a performance on another clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from core.channels import ARKIT_CHANNELS
from core.dubbing.clock import Clock, hold
from core.performance.limits import limit

Curves = Mapping[str, np.ndarray]
Events = list[tuple[float, float]]

_SHUT = 0.01  # of a blink's channels: more is a blink
_SACCADE = np.radians(30.0)  # radians a second: eyes that turn faster jump


def move_layer(
    layer: str, channels: Curves, time: np.ndarray, clock: Clock, moments: np.ndarray
) -> dict[str, np.ndarray]:
    """A layer's curves (T,) at ``time``, as they are at ``moments`` (N,) of the new clock: (N,) float32.

    Blinks and jumps of the eyes keep their own pace, only when they happen moves. Heads do not turn faster than they
    can.
    """
    find = _EVENTS.get(layer)
    own = hold(clock, find(channels, time)) if find is not None else clock
    places = own.to_old(moments)
    rate = 1.0 / float(moments[1] - moments[0]) if len(moments) > 1 else 1.0
    moved = {channel: np.interp(places, time, curve) for channel, curve in channels.items()}
    return {
        channel: (curve if channel in ARKIT_CHANNELS else limit(channel, curve, rate)).astype(np.float32)
        for channel, curve in moved.items()
    }


def find_blinks(channels: Curves, time: np.ndarray) -> Events:
    """Start and end (seconds) of each stretch in which an eye is not open."""
    shut = np.max([curve for name, curve in channels.items() if name.startswith("eyeBlink")] or [0.0 * time], axis=0)
    return _stretches(shut > _SHUT, time)


def find_saccades(channels: Curves, time: np.ndarray) -> Events:
    """The same of each stretch in which the eyes jump."""
    turns = [np.abs(np.gradient(channels[name], time)) for name in ("eyeLeftPitch", "eyeLeftYaw") if name in channels]
    return _stretches(np.max(turns or [0.0 * time], axis=0) > _SACCADE, time)


_EVENTS: Mapping[str, Callable[[Curves, np.ndarray], Events]] = {"blink": find_blinks, "gaze": find_saccades}


def _stretches(flags: np.ndarray, time: np.ndarray) -> Events:
    """Runs of True with a sample to both sides, those that meet as one."""
    wide = flags | np.append(flags[1:], False) | np.append(False, flags[:-1])
    edges = np.flatnonzero(np.diff(np.concatenate(([0], wide.astype(np.int8), [0]))))
    return [
        (float(time[start]), float(time[end - 1]))
        for start, end in zip(edges[::2], edges[1::2], strict=True)
        if end - 1 > start
    ]
