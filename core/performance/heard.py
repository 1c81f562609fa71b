# SPDX-License-Identifier: GPL-3.0-or-later
"""What is heard of the lips, mixed with what the phones ask for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.performance.mouth_shape import Mouth
from core.speech.lip_track import ROUNDING_AT_REST, WIDTH_AT_REST, LipTrack

MILLIMETRES = 14.0  # between the lips where the track's opening is 1
TRUST = 0.70  # share of the opening that is heard; the rest is the phones'
JAW_SHARE = 0.7  # of what is heard beyond the phones' opening
LIPS_ALONE = 3.0  # millimetres that lips part by themselves in an opening that is heard
MOST_MOVED = 0.040  # seconds that a contact may be off its phone
RELUCTANCE = 0.03  # of the track's opening, that a contact so far off must win
ROUND_TRUST, SPREAD_TRUST = 0.5, 0.5


def move_contact(start: float, end: float, heard: LipTrack) -> float:
    """Seconds, at most MOST_MOVED, by which a contact fits the sound best: to where the lips are heard to be closest.

    Phones begin and end where their sound does, and the silent beginning of a p may be anywhere.
    """
    shifts = np.linspace(-MOST_MOVED, MOST_MOVED, 9)
    inside = heard.at((start + shifts[:, None] + np.linspace(0.0, end - start, 7)).ravel()).opening
    openings = inside.reshape(len(shifts), -1).mean(axis=1) + RELUCTANCE * np.abs(shifts) / MOST_MOVED
    return float(shifts[openings.argmin()])


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
    opening = mouth.opening + more
    return replace(
        mouth,
        opening=opening,
        jaw=np.maximum(np.maximum(mouth.jaw + JAW_SHARE * more, opening - LIPS_ALONE), 0.0),
        rounding=mouth.rounding + ROUND_TRUST * rounder,
        spreading=mouth.spreading + SPREAD_TRUST * (speaking * wide - mouth.spreading),
    )
