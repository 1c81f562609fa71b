# SPDX-License-Identifier: GPL-3.0-or-later
"""Colours of hair, linear RGB: at the root, in full, and at the tips that light has bleached."""

from __future__ import annotations

import numpy as np

from core.people.sliders import Looks

# Seen on photographs of hair in even light, which are lighter than its pigment: light goes through it.
HAIR: dict[str, tuple[float, float, float]] = {
    "black": (0.022, 0.018, 0.016), "dark_brown": (0.038, 0.025, 0.017), "brown": (0.068, 0.041, 0.025),
    "light_brown": (0.135, 0.083, 0.047), "blond": (0.300, 0.205, 0.115), "red": (0.175, 0.062, 0.024),
    "grey": (0.200, 0.190, 0.180), "white": (0.480, 0.465, 0.440),
}  # fmt: skip
SPREAD = 0.12  # by which one person's differs from another's of that name (log)
# Brows and beard are darker than light hair, and not quite as grey.
BROWS: dict[str, tuple[float, float, float]] = {
    "blond": (0.145, 0.093, 0.052), "light_brown": (0.098, 0.060, 0.034), "red": (0.105, 0.045, 0.022),
    "grey": (0.075, 0.068, 0.062), "white": (0.160, 0.150, 0.140),
}  # fmt: skip


def hair_colour(looks: Looks) -> np.ndarray:
    """Linear RGB (3,) of the hair."""
    return np.array(HAIR[looks.choices["hair_colour"]]) * _own(looks)


def brow_colour(looks: Looks) -> np.ndarray:
    """Linear RGB (3,) of brows and beard."""
    name = looks.choices["hair_colour"]
    return 0.65 * np.array(BROWS.get(name, HAIR[name])) * _own(looks)


def _own(looks: Looks) -> np.ndarray:
    random = looks.random("hair colour")
    warmth = SPREAD * random.uniform(-1, 1)
    return np.exp(SPREAD * random.uniform(-1, 1) + warmth * np.array([0.5, 0.0, -0.5]))
