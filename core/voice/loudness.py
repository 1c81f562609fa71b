# SPDX-License-Identifier: GPL-3.0-or-later
"""Loudness of speech as broadcasters measure it (ITU-R BS.1770-4)."""

from __future__ import annotations

import math
from collections.abc import Iterator

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
_TRIES, _NEAR = 4, 0.1  # how often, and LU
_LOOKAHEAD = 0.005  # seconds before and after a peak in which the limiter moves
_BLOCK, _HOP = 0.400, 0.100  # seconds
_STRETCH, _FILTER = 1_000_000, 1_000  # samples worked on at a time, and more than `resample_poly` looks around
_ABSOLUTE_GATE, _RELATIVE_GATE = -70.0, -10.0  # LUFS; LU below the loudness of what passes the first


def normalise(wave: np.ndarray, rate: int, target: float = LOUDNESS, peak: float = PEAK) -> np.ndarray:
    """A (N,) or (N, channels) wave at the target (LUFS), its peaks held below peak (dBTP). Silence stays silence."""
    loudness = measure_loudness(wave, rate)
    if math.isinf(loudness):
        return wave
    gain, levelled = target - loudness, wave
    for _ in range(_TRIES):  # what the limiter takes away is given back
        levelled = _limit(wave, 10 ** (gain / 20), rate, 10 ** (peak / 20))
        levelled *= min(10 ** (peak / 20) / true_peak(levelled), 1.0)
        missing = target - measure_loudness(levelled, rate)
        if missing < _NEAR:
            break
        gain += missing
    return levelled


def _limit(wave: np.ndarray, factor: float, rate: int, ceiling: float) -> np.ndarray:
    """float32: the wave times a factor, the gain turned down smoothly around each peak that is above the ceiling.

    It begins before the peak, and is the same for all channels.
    """
    reach = 2 * round(_LOOKAHEAD * rate) + 1
    window = np.hanning(reach + 2)[1:-1]
    limited = np.empty(wave.shape, np.float32)
    for part, around in _stretches(len(wave), 2 * reach + _FILTER):
        piece = wave[around] * factor
        peaks = np.abs(resample_poly(piece, 4, 1)).reshape(len(piece), -1).max(axis=1)
        gain = ceiling / np.maximum(peaks, ceiling)
        gain = convolve1d(minimum_filter1d(gain, reach), window / window.sum(), mode="nearest")
        piece = piece * gain.reshape(-1, *np.ones(piece.ndim - 1, int))
        limited[part] = piece[part.start - around.start : part.stop - around.start]
    return limited


def measure_loudness(wave: np.ndarray, rate: int) -> float:
    """Integrated loudness (LUFS) of a (N,) or (N, channels) wave; -inf for silence."""
    hop = round(_HOP * _RATE)
    energies: list[np.ndarray] = []
    rest = np.zeros((0, *wave.shape[1:]))
    for weighted in _weighted(wave, rate):
        rest = np.concatenate((rest, weighted))
        whole = len(rest) // hop * hop
        squares = rest[:whole].reshape(-1, hop, *wave.shape[1:]) ** 2
        energies.append(squares.sum(axis=tuple(range(1, squares.ndim))))
        rest = rest[whole:]
    hops = np.concatenate([*energies, np.zeros(0)])
    count = round(_BLOCK / _HOP)
    if len(hops) < count:  # shorter than a block: what there is, and silence
        hops = np.append(hops, [(rest**2).sum(), *np.zeros(count)])[:count]
    power = np.lib.stride_tricks.sliding_window_view(hops, count).sum(axis=1) / (count * hop)
    power = power[_lufs(power) > _ABSOLUTE_GATE]
    if not len(power):
        return -math.inf
    power = power[_lufs(power) > float(_lufs(power.mean())) + _RELATIVE_GATE]
    return float(_lufs(power.mean()))


def _weighted(wave: np.ndarray, rate: int) -> Iterator[np.ndarray]:
    """The K-weighted wave at 48 kHz, piece by piece."""
    common = math.gcd(rate, _RATE)
    up, down = _RATE // common, rate // common
    states = [np.zeros((2, *wave.shape[1:])) for _ in _STAGES]
    for part, around in _stretches(len(wave), _FILTER, down):
        piece = resample_poly(wave[around].astype(np.float64), up, down)
        first = (part.start - around.start) // down * up
        piece = piece[first : first + -(-(part.stop - part.start) * up // down)]
        for index, (numerator, denominator) in enumerate(_STAGES):
            piece, states[index] = lfilter(numerator, denominator, piece, axis=0, zi=states[index])
        yield piece


def _stretches(length: int, margin: int, step: int = 1) -> Iterator[tuple[slice, slice]]:
    """Parts that follow each other up to ``length``, each also with a margin to both sides.

    Both begin at multiples of ``step``. An hour of sound at once would take gigabytes.
    """
    size, margin = (-(-count // step) * step for count in (_STRETCH, margin))
    for start in range(0, length, size):
        stop = min(start + size, length)
        yield slice(start, stop), slice(max(start - margin, 0), min(stop + margin, length))


def level_track(wave: np.ndarray, rate: int) -> np.ndarray:
    """Decibels of a (N,) wave against its own loud part, every ``LEVEL_STEP`` seconds, in windows of two steps."""
    hop = round(LEVEL_STEP * rate)
    tail = np.append(wave[len(wave) // hop * hop :], np.zeros(-len(wave) % hop, wave.dtype)).reshape(-1, hop)
    blocks = (wave[: len(wave) // hop * hop].reshape(-1, hop), tail)
    power = np.concatenate([np.einsum("ij,ij->i", part, part, dtype=np.float64) for part in blocks]) / hop
    power = (power + np.append(power[1:], power[-1])) / 2
    return 10 * np.log10(np.maximum(power, 1e-12) / max(float(np.percentile(power, 95)), 1e-12))


def true_peak(wave: np.ndarray) -> float:
    """Highest magnitude on and between the samples of any channel, by fourfold oversampling (BS.1770-4, annex 2)."""
    peaks = [0.0]
    for part, around in _stretches(len(wave), _FILTER):
        first, last = 4 * (part.start - around.start), 4 * (part.stop - around.start)
        between = resample_poly(wave[around], 4, 1)[first:last]
        peaks.append(float(max(np.abs(between).max(), np.abs(wave[part]).max())))
    return max(peaks)


def _lufs(power: np.ndarray) -> np.ndarray:
    return -0.691 + 10.0 * np.log10(np.maximum(power, 1e-30))
