# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of performances have alike: sentences, and how their curves are read."""

from __future__ import annotations

import numpy as np

from core.performance import Performance

SENTENCES = (
    "Hello. I am a synthetic demonstration, made from a single photograph.",
    "My mother probably bought a big brown puppy. Please stop, and look at me.",
    "Why would five very brave people move up the map? Maybe Bob jumped before Tom.",
    "Amber lamps make the whole place seem comfortable, but empty cupboards do not.",
)


def lip_gap(performance: Performance) -> np.ndarray:
    """What is left of the jaw's opening between the lips."""
    jaw = performance.total("jawOpen")
    return jaw - np.minimum(performance.total("mouthClose"), jaw)


def value_at(performance: Performance, curve: np.ndarray, moment: float) -> float:
    """A curve's value at a moment in seconds."""
    return float(np.interp(moment, performance.time, curve))
