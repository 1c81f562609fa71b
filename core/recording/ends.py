# SPDX-License-Identifier: GPL-3.0-or-later
"""Silence before and after what is said in a recording."""

from __future__ import annotations

import numpy as np

from core.recording.quiet import quiet_runs
from core.voice.loudness import LEVEL_STEP

LONGEST, KEPT = 0.5, 0.3  # seconds: silence at an end that stays as it is, and what is left of a longer one
_FADE = 0.010  # seconds


def shorten_ends(wave: np.ndarray, rate: int) -> np.ndarray:
    """A (N,) float32 wave whose silence at either end, where it lasts longer than `LONGEST`, lasts `KEPT` seconds.

    Where it is cut it fades in or out. One in which nothing but silence is stays as it is.
    """
    runs = list(quiet_runs(wave, rate))
    duration = len(wave) / rate
    lead = runs[0][1] if runs and runs[0][0] == 0.0 else 0.0
    tail = duration - runs[-1][0] if runs and runs[-1][1] >= duration - LEVEL_STEP else 0.0
    if lead >= duration - LEVEL_STEP:
        return wave
    first = round((lead - KEPT) * rate) if lead > LONGEST else 0
    last = len(wave) - round((tail - KEPT) * rate) if tail > LONGEST else len(wave)
    cut = wave[first:last].copy()
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(round(_FADE * rate)) / round(_FADE * rate), dtype=np.float32)
    if first:
        cut[: len(ramp)] *= ramp
    if last < len(wave):
        cut[-len(ramp) :] *= ramp[::-1]
    return cut
