# SPDX-License-Identifier: GPL-3.0-or-later
"""Resampling and filters of sound, of numpy and BLAS.

scipy.signal has the same, but drags scipy.stats in, a second of every process that speaks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.linalg.blas import dtbsv

_REACH = 10  # samples of the slower of both rates, to each side
_BETA = 5.0  # of the Kaiser window
_BLOCK = 1 << 14  # samples filtered at a time


def resample(wave: np.ndarray, up: int, down: int) -> np.ndarray:
    """A (N,) or (N, channels) wave at up/down times its rate, beyond whose ends there is silence.

    Sample ``n`` lies at ``n * down / up`` of the wave's: nothing is shifted.
    """
    common = math.gcd(up, down)
    up, down = up // common, down // common
    if up == down:
        return wave.copy()
    taps, first = _low_pass(up, down)
    taps = taps.astype(np.result_type(wave.dtype, np.float32))
    made = np.empty((-(-len(wave) * up // down), *wave.shape[1:]), taps.dtype)
    wide = -(-len(taps) // up)
    before = wide + 1
    padded = np.concatenate([np.zeros((before, *wave.shape[1:]), wave.dtype), wave,
                             np.zeros((wide + first // up + 2, *wave.shape[1:]), wave.dtype)])  # fmt: skip
    for phase in range(min(up, len(made))):
        # Of the wave with up - 1 zeros between its samples only every up-th is something.
        at, tap = divmod(phase * down + first, up)
        own = taps[tap::up]
        count = -(-(len(made) - phase) // up)
        begin = before + at - len(own) + 1
        heard = np.lib.stride_tricks.sliding_window_view(padded[begin:], len(own), axis=0)[: count * down : down]
        made[phase::up] = heard @ own[::-1]
    return made


@lru_cache(maxsize=8)
def _low_pass(up: int, down: int) -> tuple[np.ndarray, int]:
    """Taps of a windowed sinc that passes what both rates hold, at ``up`` times the wave's; the middle one's index."""
    most = max(up, down)
    middle = _REACH * most
    away = np.arange(-middle, middle + 1)
    taps = np.sinc(away / most) * np.kaiser(2 * middle + 1, _BETA)
    return up * taps / taps.sum(), middle


def filter_biquad(
    numerator: Sequence[float], denominator: Sequence[float], wave: np.ndarray, state: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A (N,) or (N, channels) wave through a filter of second order, and the state in which it leaves the filter.

    denominator begins with 1. state: (2, ...), zeros at first, and what the wave before it left.
    """
    b0, b1, b2 = numerator
    _, a1, a2 = denominator
    made = np.empty(wave.shape)
    band = _band(a1, a2)
    for begin in range(0, len(wave), _BLOCK):
        piece = wave[begin : begin + _BLOCK]
        fed = b0 * piece
        fed[1:] += b1 * piece[:-1]
        fed[2:] += b2 * piece[:-2]
        fed[:2] += state[: len(fed)]
        heard = made[begin : begin + _BLOCK]
        for channel in np.ndindex(wave.shape[1:]):
            line = (slice(None), *channel)
            heard[line] = dtbsv(2, band[:, : len(fed)], fed[line], lower=1, diag=1)
        state = np.stack([
            b1 * piece[-1] - a1 * heard[-1] + (b2 * piece[-2] - a2 * heard[-2] if len(piece) > 1 else state[1]),
            b2 * piece[-1] - a2 * heard[-1],
        ])  # fmt: skip
    return made, state


@lru_cache(maxsize=4)
def _band(a1: float, a2: float) -> np.ndarray:
    """(3, _BLOCK): the filter's feedback as a triangular matrix, its diagonals as BLAS wants them."""
    return np.asfortranarray(np.tile(np.array([[1.0], [a1], [a2]]), _BLOCK))
