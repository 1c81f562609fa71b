# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from a picture or a sound that carries an invisible mark."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.trust.shift_code import LEAST_SCORE, Reading

_SURE_SCORE = 20.0  # twice what chance gives: no picture or sound without a mark is near it


@dataclass(frozen=True)
class Mark:
    """payload: 32 bits. confidence: 0 where the mark only just stands out from chance, 1 where beyond doubt.

    scale: 1 where the whole picture is seen, at whatever size; 1.25 where a crop to 0.8 of it is seen; 1 for sounds.
    """

    payload: int
    confidence: float
    scale: float = 1.0


def make_mark(reading: Reading, scale: float = 1.0) -> Mark:
    """A reading of a tile as a Mark."""
    confidence = (reading.score - LEAST_SCORE) / (_SURE_SCORE - LEAST_SCORE)
    return Mark(reading.payload, float(np.clip(confidence, 0, 1)), scale)
