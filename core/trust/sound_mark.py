# SPDX-License-Identifier: GPL-3.0-or-later
"""An inaudible mark in sounds that outlives encoding, resampling and crops, read without the original.

A noise-like tile of time and frequency (core/trust/shift_code.py) makes each spot of the spectrogram a little louder
or softer, over and over. What is silent stays silent: the mark is a share of what sounds. This is the patchwork method
(Bender, Gruhl, Morimoto, Lu: "Techniques for Data Hiding", 1996) in the logarithm of the spectrum.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage, signal

from core.trust.mark import Mark
from core.trust.shift_code import HARMONICS_ACROSS, HARMONICS_DOWN, TILE, ShiftCode

CODE = ShiftCode(seed=1996, lowest=6)
PERIOD = 2.56  # seconds after which the tile repeats
LOWEST, HIGHEST = 300.0, 6700.0  # Hz between which the tile lies: what every codec keeps, and where speech is
_DEPTH = 1.0  # dB, standard deviation of the mark
_WINDOW = 0.04  # seconds

_READ_RATE = 16000
_MIN_SCORE = 10.2
_SURE_SCORE = 20.0


def mark_sound(wave: np.ndarray, rate: int, payload: int) -> np.ndarray:
    """The float wave, (N,) or (N, 2), with the mark of 32 bits; rate: Hz, 16000 or more.

    Raises ValueError where the payload does not fit in 32 bits.
    """
    tile = CODE.make_tile(payload)
    window = 4 * round(_WINDOW * rate / 4)
    transform = signal.ShortTimeFFT(signal.windows.hann(window, sym=False), window // 4, rate, scale_to="magnitude")
    times, pitches = transform.t(len(wave)), transform.f
    bands = (pitches - LOWEST) / (HIGHEST - LOWEST) * TILE
    places = np.meshgrid(bands, times / PERIOD * TILE, indexing="ij")
    depth = ndimage.map_coordinates(tile.T, places, order=1, mode="grid-wrap")
    depth[(bands < 0) | (bands > TILE)] = 0
    gain = 10 ** (_DEPTH * depth / 20) - 1
    channels = wave[:, None] if wave.ndim == 1 else wave
    marked = np.stack([one + transform.istft(transform.stft(one) * gain, k1=len(one)) for one in channels.T], axis=1)
    return marked.reshape(wave.shape).astype(wave.dtype)


def find_sound_mark(wave: np.ndarray, rate: int) -> Mark | None:
    """The mark of a float wave, (N,) or (N, 2); None where there is none. rate: Hz."""
    mono = wave if wave.ndim == 1 else wave.mean(axis=1)
    step = np.gcd(rate, _READ_RATE)
    mono = signal.resample_poly(np.asarray(mono, float), _READ_RATE // step, rate // step)
    if len(mono) < _READ_RATE * 1:
        return None
    levels, times, bands = _even_out(mono)
    down = np.exp(-2j * np.pi * np.outer(HARMONICS_DOWN, times) / PERIOD)
    across = np.exp(-2j * np.pi * np.outer(HARMONICS_ACROSS, bands) / TILE)
    reading = CODE.read(CODE.correlate(down @ levels.T @ across.T))
    if reading is None or reading.score < _MIN_SCORE:
        return None
    confidence = float(np.clip((reading.score - _MIN_SCORE) / (_SURE_SCORE - _MIN_SCORE), 0, 1))
    return Mark(reading.payload, confidence)


def _even_out(mono: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fine differences of level, (bands, times), with the times in seconds and the bands in cells."""
    window = round(_WINDOW * _READ_RATE)
    transform = signal.ShortTimeFFT(signal.windows.hann(window, sym=False), window // 4, _READ_RATE)
    kept = (transform.f >= LOWEST) & (transform.f <= HIGHEST)
    power = np.abs(transform.stft(mono)[kept]) ** 2
    levels = 10 * np.log10(power + 1e-9 * power.max() + 1e-30)
    fine = levels - ndimage.gaussian_filter(levels, (6, 12))
    spread = np.sqrt(ndimage.gaussian_filter(fine**2, (8, 16))) + 0.5
    bands = (transform.f[kept] - LOWEST) / (HIGHEST - LOWEST) * TILE
    return np.clip(fine / spread, -2, 2), transform.t(len(mono)), bands
