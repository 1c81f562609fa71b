# SPDX-License-Identifier: GPL-3.0-or-later
"""The edge of the hair about a face: no two run alike, and none is straight."""

from __future__ import annotations

import numpy as np

from core.avatar.template import Template
from core.colour import smoothstep
from core.people.noise import Space
from core.people.regions import from_eyes
from core.people.sliders import Looks

SLIDER = 0.010  # metres by which the slider's end moves it
# Metres by which it lies further back in the middle and at its corners, of the most masculine and the most feminine:
# mean and deviation. And how far aside the corners are, and how broad, in metres.
MIDDLE = ((-0.001, 0.0035), (0.0015, 0.0035))
CORNERS = ((0.0065, 0.0030), (0.0010, 0.0020))
ASIDE, BROAD = 0.043, 0.016
PEAK, PEAKED = 0.010, (0.45, 0.0055)  # metres of a widow's peak's reach aside; how many have one, and its depth
UNEVEN = ((0.026, 0.0020), (0.011, 0.0020))  # metres between its bumps, and how far they go


def set_back(looks: Looks, template: Template) -> np.ndarray:
    """Metres (V,) by which this person's hairline lies further back than the template's; negative: further out."""
    random, at = looks.random("hairline"), from_eyes(template)
    man = (looks.numbers["masculine"] + 1) / 2

    def drawn(ends: tuple[tuple[float, float], tuple[float, float]]) -> float:
        mean, spread = man * np.array(ends[0]) + (1 - man) * np.array(ends[1])
        return float(mean + spread * np.clip(random.standard_normal(), -1.6, 1.6))

    middle, corners = drawn(MIDDLE), drawn(CORNERS)
    peak = PEAKED[1] * float(random.uniform(0.3, 1.0)) * (random.random() < PEAKED[0])
    aside, slider = np.abs(at[:, 0]), SLIDER * looks.numbers["hairline"]
    corner = np.exp(-(((aside - ASIDE) / BROAD) ** 2))
    back = slider * (0.6 + 0.9 * corner) + middle * np.exp(-((aside / 0.03) ** 2)) + corners * corner
    back = back - peak * np.exp(-((aside / PEAK) ** 2))
    above = smoothstep(at[:, 2], 0.03, 0.05) * smoothstep(-at[:, 1], -0.06, -0.02)
    space = Space(random)
    ragged = sum(far * space.at(at.astype(np.float32), size) for size, far in UNEVEN)
    # Before the ears it is even again: what is ear and what is scalp is told by it.
    return back * above + ragged * smoothstep(-at[:, 1], -0.055, -0.030)
