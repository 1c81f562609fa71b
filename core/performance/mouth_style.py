# SPDX-License-Identifier: GPL-3.0-or-later
"""How somebody speaks: clearly or mumbling, with the jaw or the lips, smiling."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from core.errors import LikenessError

RANGES = {"articulation": (0.0, 2.0), "jaw_lips": (-1.0, 1.0), "smile": (0.0, 1.0)}


@dataclass(frozen=True)
class MouthStyle:
    """articulation: 0 mumbled, 1 natural, 2 over-clear. jaw_lips: what opens the mouth, from -1, the lips alone, over
    0, as usual, to 1, the jaw alone. smile: 0 none, 1 broad, all the while.

    Lips close on p b m in every style. Raises LikenessError ``style_out_of_range``.
    """

    articulation: float = 1.0
    jaw_lips: float = 0.0
    smile: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value, (low, high) = getattr(self, field.name), RANGES[field.name]
            if not (math.isfinite(value) and low <= value <= high):
                raise LikenessError(
                    "style_out_of_range",
                    f"{field.name} is {value:g}.",
                    f"Choose a value from {low:g} to {high:g}; {field.default:g} is natural.",
                )


NATURAL = MouthStyle()
