# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture or a spectrogram folded to one tile: how strong each of a tile's harmonics is in it, against its noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from core.trust.shift_code import HARMONICS_ACROSS, HARMONICS_DOWN

# Part of all frequencies over which the noise is averaged: wide enough to look past the lines that a mark makes.
_SMOOTH = 1 / 40


@dataclass(frozen=True)
class Foldable:
    """values: (rows, columns) float32 of mean about 0, equally strong everywhere."""

    values: np.ndarray

    def fold(self, rows: float, columns: float) -> np.ndarray:
        """(57, 29) complex: harmonics of a tile of so many rows and columns, as multiples of the noise there."""
        height, width = self.values.shape
        down = _make_waves(HARMONICS_DOWN, height, rows)
        across = _make_waves(HARMONICS_ACROSS, width, columns)
        # Real times real twice, where complex numbers would have the values copied as such.
        part = self.values @ np.real(across).T + 1j * (self.values @ np.imag(across).T)
        x, y = np.meshgrid((HARMONICS_ACROSS * width / columns + width // 2).astype(np.float32),
                           (HARMONICS_DOWN * height / rows + height // 2).astype(np.float32))
        noise = cv2.remap(self._noise, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return (down @ part) * np.exp(-noise / 2)

    @cached_property
    def _noise(self) -> np.ndarray:
        """The logarithm of the power at each frequency, smoothed, frequency 0 in the middle."""
        power = np.log(np.abs(np.fft.fftshift(np.fft.fft2(self.values))) ** 2 + 1e-6).astype(np.float32)
        height, width = power.shape
        smooth = cv2.GaussianBlur(power, (0, 0), width * _SMOOTH, sigmaY=height * _SMOOTH)
        # A logarithm's mean hardly sees the few sharp lines of a mark; it lies below the mean's logarithm by Euler's
        # constant.
        return smooth + np.float32(np.euler_gamma)


def _make_waves(harmonics: np.ndarray, length: int, period: float) -> np.ndarray:
    # Cosine and sine of 32 bits, several times as fast as the exponential, are right to 1e-4 here.
    angle = np.outer(harmonics, np.arange(length) * (-2 * np.pi / period)).astype(np.float32)
    return np.cos(angle) + 1j * np.sin(angle)
