# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether lips meet where sounds ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.speech import Phone
from core.speech.inventory import CLASS_OF, CLASSES, nearest

SHUT = 0.4e-3  # metres: lips at rest lie that near
REACH = 0.04  # seconds around a sound in which they may meet
_LEAST_OPENING = 1e-3  # metres: lips that part less than that all the while are shut


@dataclass(frozen=True)
class LipCurve:
    """time: (T,) seconds. gap: (T,) metres between the inner lips of the evaluated mesh, 0 where they touch."""

    time: np.ndarray
    gap: np.ndarray

    @property
    def opening(self) -> np.ndarray:
        """(T,) 0..1 of the curve's own maximum."""
        return self.gap / max(float(self.gap.max()), _LEAST_OPENING)


def class_of(phone: str) -> str:
    """The fine class of an IPA phone: that of its first sound."""
    return CLASSES[CLASS_OF[nearest(phone)[0]]]


def closures(phones: Sequence[Phone]) -> list[Phone]:
    """Every p, b and m."""
    return [phone for phone in phones if phone.phone and class_of(phone.phone) == "CLOSED"]


def contact(curve: LipCurve, phone: Phone) -> float | None:
    """When the lips meet for a phone (the middle, in seconds), up to `REACH` around it; None where they do not."""
    near = (curve.time >= phone.start - REACH) & (curve.time <= phone.end + REACH) & (curve.gap <= SHUT)
    return float(curve.time[near].mean()) if near.any() else None
