# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do while they do not speak: how a listener behaves, and somebody who waits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Behaviour:
    """moves: sliders meanwhile. gestures: name -> mean seconds from one to the next, and its size.

    contact: factor on the length of looks at the viewer.
    """

    moves: Mapping[str, float]
    gestures: Mapping[str, tuple[float, float]]
    contact: float = 1.0


# Listeners look at the speaker about three quarters of the time (Argyle and Cook 1976) and nod every few seconds; who
# waits looks around, shifts the weight and sighs now and then.
BEHAVIOURS: Mapping[str, Behaviour] = {
    "listening": Behaviour(
        {"contact": 0.35, "tilt": 0.25, "smile": 0.12, "brows": 0.08, "lean": 0.15, "energy": -0.35},
        {"nod": (8.0, 0.5), "double nod": (21.0, 0.45), "tilt": (19.0, 0.4), "brow flash": (17.0, 0.5)},
        contact=1.6,
    ),
    "idle": Behaviour(
        {"contact": -0.25, "energy": -0.30, "lids": -0.05, "posture": -0.12},
        {"sigh": (55.0, 0.7), "look up": (31.0, 0.6), "tilt": (23.0, 0.4), "lean back": (67.0, 0.5)},
        contact=0.9,
    ),
}
