# SPDX-License-Identifier: GPL-3.0-or-later
"""An invisible mark in pictures that outlives encoding, resizing and crops, read without the original.

A noise-like tile (core/trust/shift_code.py) lies side by side over the whole picture, in its luminance, weak where
the picture is flat and stronger where texture hides it, and the same in every frame, so that a reader may average.
A tile is a share of the picture, not a number of pixels: a picture of another size has the same tiles, and only crops
and borders change how many of them there are, which the reader finds by trying.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import cv2
import numpy as np

from core.trust.mark import Mark
from core.trust.shift_code import HARMONICS_ACROSS, HARMONICS_DOWN, TILE, ShiftCode

LEAST_SIDE = 256  # pixels of the shorter side
CODE = ShiftCode(seed=1997, lowest=6)
CELLS = 256  # cells along a picture's shorter side
# Standard deviation of the mark in levels of 255: where the picture is flat, per level of texture, and at most.
_FLAT, _PER_TEXTURE, _MOST = 0.8, 0.25, 3.0

_READ_SIDE = 512  # pixels of the shorter side at which pictures are read
_MIN_SCORE = 10.2
_SURE_SCORE = 20.0
_LIKELY = (1.0, 1.25, 1.111)  # scales that are tried first: the whole picture, 10 % and 5 % off each side
_LEAST_SCALE, _MOST_SCALE, _STEP = 0.5, 2.0, 1.003


class PictureMarker:
    """Marks pictures of one size with one payload."""

    def __init__(self, size: tuple[int, int], payload: int) -> None:
        """size: width and height in pixels, 256 or more. payload: 32 bits.

        Raises ValueError where either is not so.
        """
        width, height = size
        if min(size) < LEAST_SIDE:
            raise ValueError(f"A picture of {width} x {height} is too small for a mark.")
        cell = min(size) / CELLS
        self._size = (width, height)
        self._cells = (max(1, round(width / cell)), max(1, round(height / cell)))
        across, down = self._cells
        tile = CODE.make_tile(payload)
        self._pattern = np.tile(tile, (-(-down // TILE), -(-across // TILE)))[:down, :across].copy()

    def mark(self, frame: np.ndarray) -> np.ndarray:
        """The uint8 (H, W, 3) or (H, W, 4) frame with the mark; alpha stays, and only opaque pixels are marked."""
        if frame.shape[1::-1] != self._size or frame.dtype != np.uint8:
            raise ValueError(f"A frame of {frame.shape} {frame.dtype} is not what this marker is for.")
        small = cv2.resize(frame, self._cells, interpolation=cv2.INTER_AREA)
        delta = self._pattern * _measure_room(cv2.cvtColor(small[..., :3], cv2.COLOR_RGB2GRAY))
        delta = cv2.resize(delta, self._size, interpolation=cv2.INTER_CUBIC)
        if frame.shape[2] == 4:
            delta[frame[..., 3] < 255] = 0
        # To unsigned bytes, cut at 0: what is added and what is taken away.
        more, less = cv2.multiply(delta, 1.0, dtype=cv2.CV_8U), cv2.multiply(delta, -1.0, dtype=cv2.CV_8U)
        none = [np.zeros_like(more)] * (frame.shape[2] - 3)
        return cv2.subtract(cv2.add(frame, cv2.merge([more] * 3 + none)), cv2.merge([less] * 3 + none))


def _measure_room(gray: np.ndarray) -> np.ndarray:
    """How strong the mark may be in each cell, in levels."""
    gray = gray.astype(np.float32)
    detail = gray - cv2.GaussianBlur(gray, (0, 0), 2)
    texture = cv2.sqrt(cv2.GaussianBlur(detail * detail, (0, 0), 2))
    # Beside an edge is no texture: the least of the surroundings counts.
    texture = cv2.erode(texture, np.ones((5, 5), np.uint8))
    return cv2.GaussianBlur(cv2.min(_FLAT + _PER_TEXTURE * texture, _MOST), (0, 0), 1)


def find_picture_mark(frames: Iterable[np.ndarray]) -> Mark | None:
    """The mark of uint8 (H, W, 3) or (H, W, 4) frames of one film, all of one size; None where there is none.

    One frame is enough where it is of high quality; up to 50, spread over a film, make up for strong compression.
    """
    residual = _gather(frames)
    if residual is None:
        return None
    cells = [CELLS / scale for scale in _LIKELY]
    best, best_scale = _try(residual, _LIKELY)
    if best is None:
        count = int(np.log(_MOST_SCALE / _LEAST_SCALE) / np.log(_STEP))
        best, best_scale = _try(residual, tuple(_LEAST_SCALE * _STEP**n for n in range(count + 1)))
    del cells
    if best is None:
        return None
    confidence = float(np.clip((best.score - _MIN_SCORE) / (_SURE_SCORE - _MIN_SCORE), 0, 1))
    return Mark(best.payload, confidence, round(best_scale, 3))


def _gather(frames: Iterable[np.ndarray]) -> np.ndarray | None:
    """What is fine in the frames, evened out, their mean; None of no frames."""
    total, count = None, 0
    for frame in frames:
        gray = cv2.cvtColor(np.ascontiguousarray(frame[..., :3]), cv2.COLOR_RGB2GRAY)
        shrink = min(1.0, _READ_SIDE / min(gray.shape))
        if shrink < 1:
            size = (round(gray.shape[1] * shrink), round(gray.shape[0] * shrink))
            gray = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
        even = _even_out(gray.astype(np.float32))
        total = even if total is None else total + even
        count += 1
    return None if total is None else total / count


def _even_out(gray: np.ndarray) -> np.ndarray:
    """What is fine in a picture, equally strong everywhere, so that no edge outweighs the rest."""
    cell = min(gray.shape) / CELLS
    fine = gray - cv2.GaussianBlur(gray, (0, 0), 2 * cell)
    spread = cv2.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), 4 * cell)) + 0.3
    return np.clip(fine / spread, -2.0, 2.0)


def _try(residual: np.ndarray, scales: tuple[float, ...]):
    best, best_scale = None, 1.0
    for scale in scales:
        found = CODE.read(CODE.correlate(_fold(residual, scale)))
        if found is not None and found.score >= _MIN_SCORE and (best is None or found.score > best.score):
            best, best_scale = found, scale
    return best, best_scale


def _fold(residual: np.ndarray, scale: float) -> np.ndarray:
    """The tile's harmonics in the residual."""
    height, width = residual.shape
    period = TILE * min(height, width) / CELLS * scale
    down, across = _waves(height, period, True), _waves(width, period, False)
    return down @ (residual @ across.T)


@lru_cache(maxsize=64)
def _waves(length: int, period: float, both: bool) -> np.ndarray:
    harmonics = HARMONICS_DOWN if both else HARMONICS_ACROSS
    window = np.hanning(length + 2)[1:-1] ** 0.1
    return (window * np.exp(-2j * np.pi * np.outer(harmonics, np.arange(length)) / period)).astype(np.complex64)
