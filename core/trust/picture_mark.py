# SPDX-License-Identifier: GPL-3.0-or-later
"""An invisible mark in pictures that outlives encoding, resizing and crops, read without the original.

A noise-like tile (core/trust/shift_code.py) lies side by side over the whole picture, in its luminance, weak where
the picture is flat and stronger where texture hides it, and the same in every frame, so that a reader may average.
A tile is a share of the picture, not a number of pixels: a picture of another size has the same tiles, and only crops
and borders change how many of them there are, which the reader finds by trying.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from core.trust.folded import Foldable
from core.trust.mark import Mark, make_mark
from core.trust.shift_code import TILE, Reading, ShiftCode

# Pixels of the shorter side. Of so few, a mark outlives H.264 at crf 23; of 512, at crf 28; of 720, also halved before.
LEAST_SIDE = 256
# Below the sixth harmonic waves are longer than 11 cells, where pictures are loudest and eyes see blotches.
CODE = ShiftCode(seed=1997, lowest=6)
# Along a picture's shorter side: waves of 13 to 60 pixels at 1080 lines, which a film of half the size at crf 28 keeps.
CELLS = 192
# Standard deviation of the mark in levels of 255: where the picture is flat (one level, here and there), per level of
# texture, and at most, which keeps any picture above 42 dB.
_FLAT, _PER_TEXTURE, _MOST = 0.55, 0.2, 1.9

_READ_SIDE = 400  # pixels of the shorter side at which pictures are read: the tile's finest wave is 4.8 of them
_LIKELY = (1.0, 1.25, 1.111)  # scales that are tried first: the whole picture, 10 % and 5 % off each side
# Crops to half of the shorter side (9:16 out of 16:9 leaves 0.56 of it), and borders that double it. With steps of
# 0.4 % the tile fits to a quarter of a cell as far as the corners.
_LEAST_SCALE, _MOST_SCALE, _STEP = 0.5, 2.0, 1.004
_NEARBY = (0.998, 0.999, 1.0, 1.001, 1.002)  # of the best of those, what is tried
_BEST = 4


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
        self._cells = (round(width / cell), round(height / cell))
        across, down = self._cells
        tile = CODE.make_tile(payload)
        self._pattern = np.tile(tile, (-(-down // TILE), -(-across // TILE)))[:down, :across].copy()

    def mark(self, frame: np.ndarray) -> np.ndarray:
        """The uint8 (H, W, 3) or (H, W, 4) frame with the mark; alpha stays, and only opaque pixels are marked.

        Raises ValueError where the frame is of another size or kind.
        """
        if frame.shape[1::-1] != self._size or frame.dtype != np.uint8 or frame.ndim != 3:
            raise ValueError(f"A frame of {frame.shape} {frame.dtype} is not what this marker is for.")
        delta = cv2.resize(self._pattern * self._measure_room(frame), self._size, interpolation=cv2.INTER_CUBIC)
        if frame.shape[2] == 4:
            delta[frame[..., 3] < 255] = 0
        # What is added and what is taken away, as unsigned bytes: four times as fast as signed ones.
        more, less = _spread(delta, cv2.THRESH_TOZERO, frame), _spread(delta, cv2.THRESH_TOZERO_INV, frame)
        return cv2.subtract(cv2.add(frame, more), less)

    def _measure_room(self, frame: np.ndarray) -> np.ndarray:
        """How strong the mark may be in each cell, in levels."""
        half = (self._size[0] // 2, self._size[1] // 2)  # in two steps, which is faster
        if half[0] > self._cells[0] * 1.5:
            frame = cv2.resize(frame, half, interpolation=cv2.INTER_AREA)
        frame = cv2.resize(frame, self._cells, interpolation=cv2.INTER_AREA)
        gray = cv2.cvtColor(frame, cv2.COLOR_RGBA2GRAY if frame.shape[2] == 4 else cv2.COLOR_RGB2GRAY)
        gray = gray.astype(np.float32)
        detail = gray - cv2.GaussianBlur(gray, (0, 0), 2)
        texture = cv2.sqrt(cv2.GaussianBlur(detail * detail, (0, 0), 2))
        # Beside an edge is no texture: the least of the surroundings counts.
        texture = cv2.erode(texture, np.ones((7, 7), np.uint8))
        return cv2.GaussianBlur(np.minimum(_FLAT + _PER_TEXTURE * texture, _MOST), (0, 0), 1)


def _spread(delta: np.ndarray, side: int, frame: np.ndarray) -> np.ndarray:
    """How far delta lies to one side of 0, rounded, in each channel of colour."""
    part = cv2.convertScaleAbs(cv2.threshold(delta, 0, 0, side)[1])
    if frame.shape[2] == 3:
        return cv2.cvtColor(part, cv2.COLOR_GRAY2RGB)
    return cv2.merge([part, part, part, np.zeros_like(part)])


def find_picture_mark(frames: Iterable[np.ndarray], is_whole: bool = False) -> Mark | None:
    """The mark of uint8 (H, W, 3) or (H, W, 4) frames of one film, all of one size; None where there is none.

    is_whole: nothing was cut off, so that no other scales are tried, which takes long where there is no mark.
    One frame is enough where it is of high quality; up to 50, spread over a film, make up for strong compression.
    """
    view = _look_at(frames)
    if view is None:
        return None
    with threadpool_limits(1):  # products of small matrices, which threads only slow down
        found = _read(view, _LIKELY) or (None if is_whole else _search(view))
    if found is None:
        return None
    scale, reading = found
    return make_mark(reading, round(float(scale), 3))


def _search(view: Foldable) -> tuple[float, Reading] | None:
    count = int(np.log(_MOST_SCALE / _LEAST_SCALE) / np.log(_STEP))
    scales = _LEAST_SCALE * _STEP ** np.arange(count + 1)
    looks = [CODE.look(_correlate(view, scale)) for scale in scales]
    best = scales[np.argsort(looks)[-_BEST:]]
    return _read(view, [scale * factor for scale in best for factor in _NEARBY])


def _correlate(view: Foldable, scale: float) -> np.ndarray:
    """The patterns' correlations with tiles of a scale."""
    period = TILE * min(view.values.shape) / CELLS * scale
    return CODE.correlate(view.fold(period, period))


def _read(view: Foldable, scales: Sequence[float]) -> tuple[float, Reading] | None:
    """The scale with the best reading, and the reading; None where no mark stands out."""
    readings = [(scale, CODE.read(_correlate(view, scale))) for scale in scales]
    found = [(scale, reading) for scale, reading in readings if reading is not None]
    return max(found, key=lambda pair: pair[1].score, default=None)


def _look_at(frames: Iterable[np.ndarray]) -> Foldable | None:
    """What is fine in the frames, evened out, their mean; None of no frames, or of pictures too small to tell."""
    total, count = np.zeros((0, 0), np.float32), 0
    for frame in frames:
        gray = cv2.cvtColor(np.ascontiguousarray(frame[..., :3]), cv2.COLOR_RGB2GRAY)
        shrink = min(1.0, _READ_SIDE / min(gray.shape))
        if shrink < 1:
            size = (round(gray.shape[1] * shrink), round(gray.shape[0] * shrink))
            gray = cv2.resize(gray, size, interpolation=cv2.INTER_AREA)
        even = _even_out(gray.astype(np.float32))
        total = even if count == 0 else total + even
        count += 1
    if not count or min(total.shape) < TILE:
        return None
    return Foldable(total)


def _even_out(gray: np.ndarray) -> np.ndarray:
    """What is fine in a picture, equally strong everywhere, so that no edge outweighs the rest."""
    cell = min(gray.shape) / CELLS
    fine = gray - cv2.GaussianBlur(gray, (0, 0), 2 * cell)
    spread = cv2.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), 4 * cell)) + 0.3  # levels: below is rounding
    return np.clip(fine / spread, -2.0, 2.0)
