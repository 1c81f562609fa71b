# SPDX-License-Identifier: GPL-3.0-or-later
"""Log-mel spectra: what the network hears of a sound."""

from __future__ import annotations

import numpy as np

RATE = 16_000  # samples a second
HOP = 160  # samples: 100 frames a second
WINDOW = 400  # samples that a frame sees, around its middle
FFT = 512
MELS = 64
BAND = (60.0, 7600.0)  # hertz
FLOOR = 1e-7  # of the power: about what 16 bits can hold
MARGIN = (WINDOW - HOP) // 2  # samples that the first frame sees of the time before it

_TAPER = np.hanning(WINDOW + 1)[:-1].astype(np.float32)


def log_mel(wave: np.ndarray, filters: np.ndarray) -> np.ndarray:
    """(T, MELS) float32 of a wave that has ``MARGIN`` samples more than its frames at both ends.

    wave: (T * HOP + 2 * MARGIN,) float32, -1..1, at ``RATE``. filters: (FFT // 2 + 1, MELS).
    Frame t is about the samples from t * HOP to (t + 1) * HOP.
    """
    frames = np.lib.stride_tricks.sliding_window_view(wave, WINDOW)[::HOP] * _TAPER
    spectrum = np.fft.rfft(frames, FFT).astype(np.complex64)
    power = spectrum.real**2 + spectrum.imag**2
    return np.log(power @ filters + np.float32(FLOOR))
