# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the lips of who speaks move in a film's pictures, where the renderer says that faces are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from core.film.cut import Cut
from core.film.film import Film
from core.storage import read_npz

# Shares of a face's box, across and down, in which the mouth is, and in which nothing moves by itself.
_MOUTH, _BROW = ((0.28, 0.72), (0.60, 0.95)), ((0.28, 0.72), (0.02, 0.25))
_SIDE = 24  # pixels to which both are brought
_SMALLEST = 16  # pixels of a face's height below which nothing is to be seen
_STEP = 2  # frames from one look to the next
# Of 255: how much of a mouth that moves changes at least, beyond what the brow changes.
_MOVES, _BEYOND = 1.0, 0.5


@dataclass
class Mouths:
    """The mouths of a film in one format, looked at frame by frame.

    looked: frame of the film -> (shot, performer) and the face's box in shares of the picture.
    """

    looked: Mapping[int, list[tuple[tuple[str, str], np.ndarray]]]
    _before: dict[tuple[str, str], tuple[int, np.ndarray, np.ndarray]] = field(default_factory=dict)
    _changes: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))

    def look(self, number: int, frame: np.ndarray) -> None:
        """See a frame, (H, W) uint8."""
        for who, box in self.looked.get(number, ()):
            mouth, brow = _cut(frame, box, _MOUTH), _cut(frame, box, _BROW)
            if mouth is None or brow is None:
                continue
            last, mouth_before, brow_before = self._before.get(who, (-9, mouth, brow))
            if number - last <= 2 * _STEP:
                change = np.abs(mouth - mouth_before).mean() - _BEYOND * np.abs(brow - brow_before).mean()
                self._changes[who].append(float(change))
            self._before[who] = (number, mouth, brow)

    def movements(self) -> dict[tuple[str, str], float]:
        """(shot, performer) -> how much their mouth changes as they speak; who is hardly seen is left out."""
        return {who: float(np.percentile(changes, 75)) for who, changes in self._changes.items() if len(changes) >= 3}


def find_movement(movement: float) -> bool:
    """Whether a mouth that changes so much moves."""
    return movement >= _MOVES


def find_mouths(film: Film, form: str) -> Mouths:
    """Where the mouths of all who are seen while they speak are."""
    looked: dict[int, list[tuple[tuple[str, str], np.ndarray]]] = defaultdict(list)
    first = 0
    for cut, plate in zip(film.cuts, film.plates.get(form, ()), strict=False):
        boxes = _read_boxes(plate)
        for said in cut.said:
            track = boxes.get(said.line.performer)
            if track is None or not said.words:
                continue
            frames = range(int(said.words[0].start * cut.fps), min(int(said.words[-1].end * cut.fps), cut.frames))
            for number in frames[::_STEP]:
                if number < len(track) and not np.isnan(track[number]).any() and not _is_covered(cut, number):
                    looked[first + number].append(((cut.shot.name, said.line.performer), track[number]))
        first += cut.frames
    return Mouths(looked)


def _read_boxes(plate: Path) -> Mapping[str, np.ndarray]:
    path = plate / "faces.npz"
    return read_npz(path) if path.is_file() else {}


def _is_covered(cut: Cut, number: int) -> bool:
    """Whether an insert fills the picture then."""
    second = number / cut.fps
    return any(one.what.place == "full" and one.start <= second < one.end for one in cut.inserts)


def _cut(frame: np.ndarray, box: np.ndarray, part: tuple[tuple[float, float], ...]) -> np.ndarray | None:
    """A part of a face, float32, always of one size; None where it is too small or not in the picture."""
    height, width = frame.shape
    left, top, right, bottom = box * (width, height, width, height)
    if bottom - top < _SMALLEST:
        return None
    across = [left + share * (right - left) for share in part[0]]
    down = [top + share * (bottom - top) for share in part[1]]
    if across[0] < 0 or down[0] < 0 or across[1] > width or down[1] > height:
        return None
    # To fractions of a pixel: a face that glides along does not flicker.
    scale = ((across[1] - across[0]) / _SIDE, (down[1] - down[0]) / _SIDE)
    matrix = np.array([[scale[0], 0, across[0] + scale[0] / 2 - 0.5], [0, scale[1], down[0] + scale[1] / 2 - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    if max(scale) > 1.5:  # many pixels into one: smoothed before
        frame = cv2.blur(frame, (max(round(scale[0]), 1), max(round(scale[1]), 1)))
    return cv2.warpAffine(frame, matrix, (_SIDE, _SIDE), flags=flags).astype(np.float32)
