# SPDX-License-Identifier: GPL-3.0-or-later
"""Which invisible marks of a file can be found again, and why others cannot: what cannot be found is not claimed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.trust.marks import find_sound
from core.trust.picture_mark import LEAST_SIDE
from core.trust.sound_mark import ENOUGH, measure_heard

REST = "Its credentials say that it is synthetic, and its visible label where it has one."


def has_sound_mark(path: Path, wave: np.ndarray, rate: int, payload: int) -> bool:
    """Whether the mark is found in the sound of a film, or of a sequence's folder, as it was encoded.

    wave: that was encoded, as long as which is surely enough, nothing is read.
    """
    if measure_heard(wave, rate) >= ENOUGH:
        return True
    mark = find_sound(path)
    return mark is not None and mark.payload == payload


def tell_unmarked(name: str, size: tuple[int, int], is_light: bool = False) -> str:
    """Why there is no mark in the pictures of a film, a sentence; empty where there is one. is_light: OpenEXR."""
    if is_light:
        return f"{name} has no invisible mark in its pictures: they hold light as it is. {REST}"
    if min(size) < LEAST_SIDE:
        why = f"{size[0]} x {size[1]} is too small, {LEAST_SIDE} pixels are needed"
        return f"{name} has no invisible mark in its pictures: {why}. {REST}"
    return ""


def tell_unheard(name: str) -> str:
    """That no mark can be found in a film's sound."""
    return f"The invisible mark in the sound of {name} cannot be found: less than about {ENOUGH:g} s are heard. {REST}"
