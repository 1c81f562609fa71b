# SPDX-License-Identifier: GPL-3.0-or-later
"""A Speech in which nothing is said: what a listener, or somebody who waits, is performed to."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from core.errors import LikenessError
from core.speech.phones import viseme_of
from core.speech.speech import Phone, Speech, save_speech

RATE = 16000
SECONDS = (1.0, 7200.0)


def keep_silent(seconds: float, out: Path, behaviour: str = "listening", direction: str = "") -> Speech:
    """Write a speech folder of so many seconds of silence. behaviour: of core/performance/behaviours.py.

    Raises LikenessError ``seconds_out_of_range`` or ``output_unwritable``.
    """
    if not (math.isfinite(seconds) and SECONDS[0] <= seconds <= SECONDS[1]):
        raise LikenessError(
            "seconds_out_of_range",
            f"seconds is {seconds:g}.",
            f"Choose a value from {SECONDS[0]:g} to {SECONDS[1]:g}.",
        )
    wave = np.zeros(round(seconds * RATE), np.float32)
    phones = (Phone(0.0, len(wave) / RATE, "", viseme_of(""), -1),)
    speech = Speech("", "en", "", RATE, wave, phones, (), direction=direction, behaviour=behaviour)
    save_speech(speech, out)
    return speech
