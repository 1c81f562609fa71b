# SPDX-License-Identifier: GPL-3.0-or-later
"""An inaudible mark in sounds that outlives encoding, resampling and crops, read without the original.

A noise-like tile of time and frequency (core/trust/shift_code.py) makes each spot of the spectrogram a little louder
or softer, over and over. What is silent stays silent: the mark is a share of what sounds, and smaller where a sound is
steady and would let it be heard. This is the patchwork method (Bender, Gruhl, Morimoto, Lu: "Techniques for Data
Hiding", 1996) in the logarithm of the spectrum.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy import ndimage, signal
from threadpoolctl import threadpool_limits

from core.trust.folded import Foldable
from core.trust.mark import Mark, make_mark
from core.trust.shift_code import TILE, ShiftCode

CODE = ShiftCode(seed=1996, lowest=5)
PERIOD = 2.56  # seconds after which the tile repeats
LOWEST, HIGHEST = 250.0, 8250.0  # Hz between which tiles lie: what every codec keeps, and where speech is
BAND = 4000.0  # Hz after which the tile repeats
# dB, standard deviation of the mark: at least, at most, and per dB by which the sound itself fluctuates.
_LEAST_DEPTH, _MOST_DEPTH, _PER_FLUCTUATION = 0.4, 1.5, 0.3
_WINDOW = 0.04  # seconds

_READ_RATE = 24000
_LEAST_SECONDS = 1.0
_FLOOR = 0.1


def mark_sound(wave: np.ndarray, rate: int, payload: int) -> np.ndarray:
    """The float wave, (N,) or (N, 2), with the mark of 32 bits; rate: Hz, 16000 or more.

    Raises ValueError where the payload does not fit in 32 bits.
    """
    tile = CODE.make_tile(payload)
    transform = _make_transform(rate)
    channels = wave[:, None] if wave.ndim == 1 else wave
    spectra = [transform.stft(one) for one in channels.T]
    bands = (transform.f - LOWEST) / BAND * TILE
    slots = transform.t(len(wave)) / PERIOD * TILE
    depth = ndimage.map_coordinates(tile, np.meshgrid(slots, bands), order=1, mode="grid-wrap")
    depth[(transform.f < LOWEST) | (transform.f > HIGHEST)] = 0
    _, fluctuation = _find_fine(sum(np.abs(spectrum) ** 2 for spectrum in spectra).T, transform)
    gain = 10 ** (depth * np.clip(_PER_FLUCTUATION * fluctuation.T, _LEAST_DEPTH, _MOST_DEPTH) / 20) - 1
    marked = [one + transform.istft(spectrum * gain, k1=len(one))
              for one, spectrum in zip(channels.T, spectra, strict=True)]
    return np.stack(marked, axis=1).reshape(wave.shape).astype(wave.dtype)


def find_sound_mark(wave: np.ndarray, rate: int) -> Mark | None:
    """The mark of a float wave, (N,) or (N, 2); None where there is none. rate: Hz."""
    mono = wave if wave.ndim == 1 else wave.mean(axis=1)
    step = np.gcd(rate, _READ_RATE)
    mono = signal.resample_poly(np.asarray(mono, float), _READ_RATE // step, rate // step)
    if len(mono) < _READ_RATE * _LEAST_SECONDS:
        return None
    transform = _make_transform(_READ_RATE)
    kept = (transform.f >= LOWEST) & (transform.f <= HIGHEST)
    fine, spread = _find_fine(np.abs(transform.stft(mono).T[:, kept]) ** 2, transform)
    with threadpool_limits(1):  # products of small matrices, which threads only slow down
        view = Foldable(np.clip(fine / (spread + 0.5), -2, 2).astype(np.float32))
        tile = view.fold(PERIOD / transform.delta_t, BAND / transform.delta_f)
        reading = CODE.read(CODE.correlate(tile))
    return None if reading is None else make_mark(reading)


def _make_transform(rate: int) -> signal.ShortTimeFFT:
    window = 4 * round(_WINDOW * rate / 4)
    return signal.ShortTimeFFT(signal.windows.hann(window, sym=False), window // 4, rate)


def _find_fine(power: np.ndarray, transform: signal.ShortTimeFFT) -> tuple[np.ndarray, np.ndarray]:
    """Of a power spectrogram (times, bands): its fine differences of level in dB, and how large they are around."""
    power = power.astype(np.float32)
    wide = (0.12 / transform.delta_t, 300 / transform.delta_f)  # seconds and Hz
    around = _blur(power, *wide)
    level = 10 * np.log10(power + _FLOOR * around + 1e-10 * power.max() + 1e-30)
    fine = level - _blur(level, *wide)
    return fine, np.sqrt(_blur(fine * fine, *wide))


def _blur(values: np.ndarray, down: float, across: float) -> np.ndarray:
    return cv2.GaussianBlur(values, (0, 0), across, sigmaY=down)
