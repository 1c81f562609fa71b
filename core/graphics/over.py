# SPDX-License-Identifier: GPL-3.0-or-later
"""Premultiplied pixels laid over a frame's, in loops that numba compiles: a film has thousands of frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numba import njit

from core.colour import to_linear

_LIGHT = to_linear(np.arange(256)).astype(np.float32)


@njit(cache=True)
def _over(target: np.ndarray, source: np.ndarray) -> None:
    """Onto an opaque picture (height, width, 3) uint8: source + target (1 - alpha), rounded."""
    for y in range(target.shape[0]):
        for x in range(target.shape[1]):
            rest = 255 - np.int32(source[y, x, 3])
            if rest == 255:
                continue
            if rest == 0:
                for channel in range(3):
                    target[y, x, channel] = source[y, x, channel]
                continue
            for channel in range(3):
                under = np.int32(target[y, x, channel]) * rest
                target[y, x, channel] = min((under + 127) // 255 + np.int32(source[y, x, channel]), 255)


@njit(cache=True)
def _over_straight(target: np.ndarray, source: np.ndarray) -> None:
    """Onto a picture (height, width, 4) uint8 with straight alpha."""
    for y in range(target.shape[0]):
        for x in range(target.shape[1]):
            alpha = np.float32(source[y, x, 3]) / np.float32(255)
            if alpha == 0:
                continue
            rest = np.float32(target[y, x, 3]) / np.float32(255) * (np.float32(1) - alpha)
            total = alpha + rest
            for channel in range(3):
                color = (np.float32(source[y, x, channel]) + np.float32(target[y, x, channel]) * rest) / total
                target[y, x, channel] = np.uint8(min(color + np.float32(0.5), np.float32(255)))
            target[y, x, 3] = np.uint8(min(total * np.float32(255) + np.float32(0.5), np.float32(255)))


@njit(cache=True)
def _over_linear(target: np.ndarray, source: np.ndarray, light: np.ndarray) -> None:
    """Onto linear light (height, width, 3 or 4) float32, whose alpha is premultiplied. light: of each sRGB value."""
    for y in range(target.shape[0]):
        for x in range(target.shape[1]):
            alpha = np.float32(source[y, x, 3]) / np.float32(255)
            if alpha == 0:
                continue
            for channel in range(3):
                straight = np.int32(np.float32(source[y, x, channel]) / alpha + np.float32(0.5))
                above = light[min(straight, 255)] * alpha
                target[y, x, channel] = above + target[y, x, channel] * (np.float32(1) - alpha)
            if target.shape[2] == 4:
                target[y, x, 3] = alpha + target[y, x, 3] * (np.float32(1) - alpha)


def _over_light(target: np.ndarray, source: np.ndarray) -> None:
    _over_linear(target, source, _LIGHT)


# By the frame's kind of number and its channels.
OVER: Mapping[tuple[str, int], Callable[[np.ndarray, np.ndarray], None]] = {
    ("u", 3): _over,
    ("u", 4): _over_straight,
    ("f", 3): _over_light,
    ("f", 4): _over_light,
}
