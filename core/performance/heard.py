# SPDX-License-Identifier: GPL-3.0-or-later
"""What is heard of the lips, mixed with what the phones ask for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.performance.mouth_shape import Mouth
from core.speech.lip_track import ROUNDING_AT_REST, WIDTH_AT_REST, LipTrack

MILLIMETRES = 14.0  # between the lips where the track's opening is 1
TRUST = 0.60  # share of the opening that is heard; the rest is the phones'
JAW_SHARE = 0.7  # of what is heard beyond the phones' opening
ROUND_TRUST, SPREAD_TRUST = 0.5, 0.5


def mix(mouth: Mouth, speaking: np.ndarray, heard: LipTrack) -> Mouth:
    """The mouth that the phones ask for, as wide and as small as it is heard.

    speaking: (T,) 0..1, where the phones are sounds: whatever is heard elsewhere is not speech. heard: at the same
    times. Rounding is never less than the phones'. The track's jaw is left aside: what is heard of it is less sure than
    that teeth are together on an s.
    """
    more = TRUST * (speaking * MILLIMETRES * heard.opening - mouth.opening)
    wide, narrow = (
        np.maximum(curve - rest, 0.0) / (1.0 - rest)
        for curve, rest in ((heard.width, WIDTH_AT_REST), (heard.rounding, ROUNDING_AT_REST))
    )
    rounder = np.maximum(speaking * narrow - mouth.rounding, 0.0)
    return replace(
        mouth,
        opening=mouth.opening + more,
        jaw=np.maximum(mouth.jaw + JAW_SHARE * more, 0.0),
        rounding=mouth.rounding + ROUND_TRUST * rounder,
        spreading=mouth.spreading + SPREAD_TRUST * (speaking * wide - mouth.spreading),
    )
