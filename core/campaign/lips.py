# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the lips of who speaks move in a film's pictures, where the renderer says that faces are."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from core.film.cut import Cut, Said
from core.film.film import Film
from core.storage import read_npz
from core.storyboard.check import seen

# Shares of a face's box, across and down, in which the mouth is, and in which nothing moves by itself.
_MOUTH, _BROW = ((0.28, 0.72), (0.60, 0.95)), ((0.28, 0.72), (0.02, 0.25))
_SIDE = 24  # pixels to which both are brought
_SMALLEST = 16  # pixels of a face's height below which nothing is to be seen
_STEP = 2  # frames from one look to the next
_LEAST_SECONDS, _LEAST_CHANGES = 0.5, 3  # of speech that is seen: two or three syllables, in which any mouth moves
# Of 255: how much of a mouth that moves changes at least, beyond what the brow changes.
_MOVES, _BEYOND = 1.0, 0.5


Who = tuple[str, str]  # shot, performer


@dataclass(frozen=True)
class Seen:
    """How the mouth of somebody who is seen to speak in a shot moves.

    movement: how much it changes; None where that cannot be told. why: it cannot. is_meant: that is as the shot is
    planned: a word or two, or a camera that is on somebody else.
    """

    movement: float | None
    why: str = ""
    is_meant: bool = False


@dataclass
class Mouths:
    """The mouths of a film in one format, looked at frame by frame.

    looked: frame of the film -> who, and the face's box in shares of the picture. spoken: who -> at how many frames one
    could look while they speak, their face in the picture or not. needed: changes from which on is told.
    """

    looked: Mapping[int, list[tuple[Who, np.ndarray]]]
    spoken: Mapping[Who, int] = field(default_factory=dict)
    needed: int = _LEAST_CHANGES
    _before: dict[Who, tuple[int, np.ndarray, np.ndarray]] = field(default_factory=dict)
    _changes: dict[Who, list[float]] = field(default_factory=lambda: defaultdict(list))

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

    def movements(self) -> dict[Who, Seen]:
        """Of all who speak in a shot that shows them."""
        in_picture = {who for found in self.looked.values() for who, _ in found}
        return {who: self._measure(who, count, who in in_picture) for who, count in self.spoken.items()}

    def _measure(self, who: Who, count: int, is_in_picture: bool) -> Seen:
        changes = self._changes.get(who, ())
        if len(changes) >= self.needed:
            return Seen(float(np.percentile(changes, 75)))
        if count <= self.needed:
            return Seen(None, "too little is said", is_meant=True)
        if not is_in_picture:
            return Seen(None, "the face is not in the picture", is_meant=True)
        return Seen(None, "the face is seen too briefly, or too small")


def find_movement(movement: float) -> bool:
    """Whether a mouth that changes so much moves."""
    return movement >= _MOVES


def find_mouths(film: Film, form: str) -> Mouths:
    """Where the mouths of all are who speak in shots that show them."""
    looked: dict[int, list[tuple[Who, np.ndarray]]] = defaultdict(list)
    spoken: dict[Who, int] = defaultdict(int)
    fps = film.cuts[0].fps if film.cuts else 25
    first = 0
    plates = film.plates.get(form, ())
    for cut, plate in zip(film.cuts, (*plates, *[None] * (len(film.cuts) - len(plates))), strict=True):
        boxes = _read_boxes(plate)
        for said in cut.said:
            name = said.line.performer
            if not said.words or name not in seen(cut.shot):
                continue
            track = boxes.get(name, np.zeros((0, 4), np.float32))
            for number in _spoken_frames(cut, said):
                spoken[cut.shot.name, name] += 1
                if number < len(track) and not np.isnan(track[number]).any():
                    looked[first + number].append(((cut.shot.name, name), track[number]))
        first += cut.frames
    return Mouths(looked, spoken, max(math.ceil(_LEAST_SECONDS * fps / _STEP), _LEAST_CHANGES))


def _spoken_frames(cut: Cut, said: Said) -> list[int]:
    """The frames of a shot to look at while somebody speaks and the picture is not covered."""
    last = min(int(said.words[-1].end * cut.fps), cut.frames)
    numbers = range(int(said.words[0].start * cut.fps), last)[::_STEP]
    return [number for number in numbers if not _is_covered(cut, number)]


def _read_boxes(plate: Path | None) -> Mapping[str, np.ndarray]:
    path = plate / "faces.npz" if plate is not None else None
    return read_npz(path) if path is not None and path.is_file() else {}


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
