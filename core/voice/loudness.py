# SPDX-License-Identifier: GPL-3.0-or-later
"""Loudness of speech as broadcasters measure it (ITU-R BS.1770-4)."""

from __future__ import annotations

import math

import numpy as np
from scipy.ndimage import convolve1d, minimum_filter1d
from scipy.signal import lfilter, resample_poly

LOUDNESS = -16.0  # LUFS integrated; the usual target for speech on the web
PEAK = -1.0  # dBTP
SILENCE_DB = -40.0  # of `level_track`: quieter is silence
LEVEL_STEP = 0.005  # seconds, hop of `level_track`

# The two stages of the K-weighting at 48 kHz: the head's high shelf, and a high pass. BS.1770-4, tables 1-2.
_RATE = 48_000
_STAGES = (
    ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)
_LOOKAHEAD = 0.005  # seconds before and after a peak in which the limiter moves
_BLOCK, _HOP = 0.400, 0.100  # seconds
_ABSOLUTE_GATE, _RELATIVE_GATE = -70.0, -10.0  # LUFS; LU below the loudness of what passes the first


def normalise(wave: np.ndarray, rate: int) -> np.ndarray:
    """A (N,) wave at LOUDNESS with its peaks held below PEAK. Silence stays silence."""
    loudness = measure_loudness(wave, rate)
    if math.isinf(loudness):
        return wave
    levelled = _limit(wave * 10 ** ((LOUDNESS - loudness) / 20), rate)
    return (levelled * min(10 ** (PEAK / 20) / true_peak(levelled), 1.0)).astype(np.float32)


def _limit(wave: np.ndarray, rate: int) -> np.ndarray:
    """Turn the gain down smoothly around each peak that is too high, beginning before it."""
    ceiling = 10 ** (PEAK / 20)
    peaks = np.abs(resample_poly(wave, 4, 1)).reshape(-1, 4).max(axis=1)
    gain = ceiling / np.maximum(peaks, ceiling)
    reach = 2 * round(_LOOKAHEAD * rate) + 1
    window = np.hanning(reach + 2)[1:-1]
    return wave * convolve1d(minimum_filter1d(gain, reach), window / window.sum(), mode="nearest")


def measure_loudness(wave: np.ndarray, rate: int) -> float:
    """Integrated loudness (LUFS) of a (N,) mono wave; -inf for silence."""
    common = math.gcd(rate, _RATE)
    weighted = resample_poly(wave.astype(np.float64), _RATE // common, rate // common)
    for numerator, denominator in _STAGES:
        weighted = np.asarray(lfilter(numerator, denominator, weighted))
    block, hop = round(_BLOCK * _RATE), round(_HOP * _RATE)
    weighted = np.pad(weighted, (0, max(block - len(weighted), 0)))
    squares = np.concatenate(([0.0], np.cumsum(weighted**2)))
    starts = np.arange(0, len(weighted) - block + 1, hop)
    power = (squares[starts + block] - squares[starts]) / block
    power = power[_lufs(power) > _ABSOLUTE_GATE]
    if not len(power):
        return -math.inf
    power = power[_lufs(power) > float(_lufs(power.mean())) + _RELATIVE_GATE]
    return float(_lufs(power.mean()))


def level_track(wave: np.ndarray, rate: int) -> np.ndarray:
    """Decibels of a (N,) wave against its own loud part, every ``LEVEL_STEP`` seconds, in windows of two steps."""
    hop = round(LEVEL_STEP * rate)
    blocks = np.append(wave, np.zeros(-len(wave) % hop, wave.dtype)).reshape(-1, hop).astype(np.float64)
    power = (blocks**2).mean(axis=1)
    power = (power + np.append(power[1:], power[-1])) / 2
    return 10 * np.log10(np.maximum(power, 1e-12) / max(float(np.percentile(power, 95)), 1e-12))


def true_peak(wave: np.ndarray) -> float:
    """Highest magnitude on and between the samples, by fourfold oversampling (BS.1770-4, annex 2)."""
    if not len(wave):
        return 0.0
    return float(max(np.abs(resample_poly(wave, 4, 1)).max(), np.abs(wave).max()))


def _lufs(power: np.ndarray) -> np.ndarray:
    return -0.691 + 10.0 * np.log10(np.maximum(power, 1e-30))
