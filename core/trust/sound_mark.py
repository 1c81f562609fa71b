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

CODE = ShiftCode(seed=1996, lowest=5)  # slower and wider changes are those of speech itself
PERIOD = 2.0  # seconds after which the tile repeats: its fastest wave, of 71 ms, is longer than the window
# Hz between which tiles lie, side by side: where speech is, and what AAC at 64 kbit/s keeps. Sounds of less than 20 kHz
# hold a part of it.
LOWEST, HIGHEST, BAND = 250.0, 10250.0, 2500.0
# dB, standard deviation of the mark: at least, at most, and per dB by which the sound itself fluctuates. A steady tone
# is heard to tremble from about 0.5 dB; speech fluctuates by 4 to 6 dB, and is changed by less than AAC changes it.
_LEAST_DEPTH, _MOST_DEPTH, _PER_FLUCTUATION = 0.4, 1.5, 0.3
_WINDOW = 0.048  # seconds: resolves 40 Hz, half a cell

_PIECE, _MARGIN = 20.0, 1.0  # seconds that are marked at once, and that are looked at before and after

_READ_RATE = 24000
_READ_SECONDS = 120.0  # at once: of more, nothing is gained
_LEAST_SECONDS = 1.0  # of less, no mark can be told
ENOUGH = 4.0  # seconds in which something is heard, of which the mark is read also after AAC at 96 kbit/s
_HEARD, _MOMENT = 10 ** (-50 / 20), 0.05  # of full scale: softer moments, of so many seconds, count as silent
_FLOOR = 0.02  # of the power around: dips below it are chance and encoding


def mark_sound(wave: np.ndarray, rate: int, payload: int) -> np.ndarray:
    """The float wave, (N,) or (N, 2), with the mark of 32 bits; rate: Hz, 16000 or more.

    Raises ValueError where the payload does not fit in 32 bits.
    """
    tile = CODE.make_tile(payload)
    transform = _make_transform(rate)
    channels = wave.reshape(len(wave), -1)
    marked = channels.copy()
    # Pieces begin where a window does, so that they and their margins are cut up like the whole.
    piece, margin = (round(seconds * rate / transform.hop) * transform.hop for seconds in (_PIECE, _MARGIN))
    for start in range(0, len(wave), piece):
        first, last = max(0, start - margin), min(len(wave), start + piece + margin)
        if last - first >= transform.m_num:
            added = _make_addition(channels[first:last], first / rate, transform, tile)
            stop = min(start + piece, last)
            marked[start:stop] += added[start - first : stop - first].astype(wave.dtype)
    return marked.reshape(wave.shape)


def _make_addition(wave: np.ndarray, start: float, transform: signal.ShortTimeFFT, tile: np.ndarray) -> np.ndarray:
    """What marks a wave (N, channels) that begins after start seconds."""
    spectra = transform.stft(np.asarray(wave, float).T)
    bands = (transform.f - LOWEST) / BAND * TILE
    slots = (transform.t(len(wave)) + start) / PERIOD * TILE
    depth = ndimage.map_coordinates(tile, np.meshgrid(slots, bands), order=1, mode="grid-wrap")
    depth[(transform.f < LOWEST) | (transform.f > HIGHEST)] = 0
    _, fluctuation = _find_fine((np.abs(spectra) ** 2).sum(axis=0).T, transform)
    gain = 10 ** (depth * np.clip(_PER_FLUCTUATION * fluctuation.T, _LEAST_DEPTH, _MOST_DEPTH) / 20) - 1
    return transform.istft(spectra * gain, k1=len(wave)).T


def measure_heard(wave: np.ndarray, rate: int) -> float:
    """Seconds of a float wave, (N,) or (N, 2), in which something is heard: silence holds no mark."""
    mono = wave if wave.ndim == 1 else wave.mean(axis=1)
    length = max(round(_MOMENT * rate), 1)
    moments = mono[: len(mono) // length * length].reshape(-1, length)
    return float((np.sqrt(np.mean(np.square(moments, dtype=np.float64), axis=1)) > _HEARD).sum() * length / rate)


def find_sound_mark(wave: np.ndarray, rate: int) -> Mark | None:
    """The mark of a float wave, (N,) or (N, 2); None where there is none. rate: Hz.

    3 to 4 s of speech are enough after AAC at 96 kbit/s; of 2 s, two in three are read.
    """
    mono = wave if wave.ndim == 1 else wave.mean(axis=1)
    length = int(_READ_SECONDS * rate)
    pieces = (mono[start : start + length] for start in range(0, len(mono), length))
    return next((mark for piece in pieces if (mark := _find_in(piece, rate)) is not None), None)


def _find_in(mono: np.ndarray, rate: int) -> Mark | None:
    if len(mono) < rate * _LEAST_SECONDS:
        return None
    step = np.gcd(rate, _READ_RATE)
    mono = signal.resample_poly(np.asarray(mono, float), _READ_RATE // step, rate // step)
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
    return signal.ShortTimeFFT(np.asarray(signal.get_window("hann", window)), window // 4, rate)


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
