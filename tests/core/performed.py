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


def require_stillness(performance: Performance) -> int:
    """No channel of the speech layer moves far from all sounds; how many samples that are."""
    quiet = np.ones(len(performance.time), bool)
    for phone in performance.phones:
        if phone.phone:
            quiet &= (performance.time < phone.start - 0.25) | (performance.time > phone.end + 0.25)
    for channel, curve in performance.layers["speech"].items():
        assert np.abs(curve[quiet]).max(initial=0.0) < 1e-3, channel
    return int(quiet.sum())


def lip_gap(performance: Performance) -> np.ndarray:
    """What is left of the jaw's opening between the lips."""
    jaw = performance.total("jawOpen")
    return jaw - np.minimum(performance.total("mouthClose"), jaw)


def value_at(performance: Performance, curve: np.ndarray, moment: float) -> float:
    """A curve's value at a moment in seconds."""
    return float(np.interp(moment, performance.time, curve))
