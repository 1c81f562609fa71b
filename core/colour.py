# SPDX-License-Identifier: GPL-3.0-or-later
"""Colour between files and light: the sRGB transfer, and the soft step with which pictures are blended."""

from __future__ import annotations

import numpy as np

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # of linear sRGB, by ITU-R BT.709


_STEPS = np.arange(256) / 255
_LINEAR = np.where(_STEPS <= 0.04045, _STEPS / 12.92, ((_STEPS + 0.055) / 1.055) ** 2.4)


def to_linear(srgb: np.ndarray) -> np.ndarray:
    """Linear light (...) float64 0..1 of uint8 sRGB (...), by IEC 61966-2-1."""
    return _LINEAR[srgb]


def encode_srgb(linear: np.ndarray) -> np.ndarray:
    """sRGB (...) 0..1 of linear light (...), which is clipped to 0..1; by IEC 61966-2-1."""
    value = np.clip(linear, 0, 1)
    return np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)


def to_srgb(linear: np.ndarray) -> np.ndarray:
    """The uint8 sRGB (...) nearest to linear light (...), which is clipped to 0..1."""
    return (encode_srgb(linear) * 255 + 0.5).astype(np.uint8)


def smoothstep(value: np.ndarray, low: float | np.ndarray = 0.0, high: float | np.ndarray = 1.0) -> np.ndarray:
    """0 up to ``low``, 1 from ``high`` on, and between them Hermite's 3t^2 - 2t^3, level at both ends."""
    share = np.clip((value - low) / (high - low), 0, 1)
    return share * share * (3 - 2 * share)
