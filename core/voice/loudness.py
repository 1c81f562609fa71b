# SPDX-License-Identifier: GPL-3.0-or-later
"""Loudness of speech as broadcasters measure it."""

from __future__ import annotations

import warnings

import numpy as np

LOUDNESS = -16.0  # LUFS integrated (ITU-R BS.1770-4); the usual target for speech on the web
PEAK = -1.0  # dBTP, true peak


def normalise(wave: np.ndarray, rate: int) -> np.ndarray:
    """A (N,) wave at LOUDNESS, or as near to it as PEAK allows. Silence stays silence."""
    from pyloudnorm import Meter

    shortest = round(0.4 * rate)  # one gating block
    padded = np.pad(wave, (0, max(shortest - len(wave), 0))).astype(np.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # log of zero for silence
        loudness = float(Meter(rate).integrated_loudness(padded))
    peak = true_peak(wave)
    if not np.isfinite(loudness) or peak == 0.0:
        return wave
    gain = min(10 ** ((LOUDNESS - loudness) / 20), 10 ** (PEAK / 20) / peak)
    return (wave * gain).astype(np.float32)


def true_peak(wave: np.ndarray) -> float:
    """Highest magnitude between and on the samples, by fourfold oversampling (ITU-R BS.1770-4, annex 2)."""
    from scipy.signal import resample_poly

    if not len(wave):
        return 0.0
    return float(max(np.abs(resample_poly(wave, 4, 1)).max(), np.abs(wave).max()))
