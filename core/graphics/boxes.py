# SPDX-License-Identifier: GPL-3.0-or-later
"""Rectangles of a picture, and where among others one stands best."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.film.cut import Faces
from core.graphics.theme import Size

FACE_ROOM = 0.06  # of a face's size, that stays free around it


@dataclass(frozen=True)
class Box:
    """In pixels, origin in the picture's upper left corner."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return max(self.width, 0.0) * max(self.height, 0.0)

    def grow(self, by: float, down: float | None = None) -> Box:
        """Larger by as many pixels on every side."""
        down = by if down is None else down
        return Box(self.left - by, self.top - down, self.right + by, self.bottom + down)

    def shift(self, across: float, down: float) -> Box:
        return Box(self.left + across, self.top + down, self.right + across, self.bottom + down)

    def meet(self, other: Box) -> Box:
        """What both have in common; of no area where they have nothing."""
        return Box(max(self.left, other.left), max(self.top, other.top),
                   min(self.right, other.right), min(self.bottom, other.bottom))  # fmt: skip

    def overlap(self, other: Box) -> float:
        """Pixels of area in common."""
        return self.meet(other).area

    def round_out(self) -> tuple[int, int, int, int]:
        return math.floor(self.left), math.floor(self.top), math.ceil(self.right), math.ceil(self.bottom)


@dataclass(frozen=True)
class Taken:
    """A place that something has for a time. weight: how bad it is to stand there."""

    box: Box
    start: float
    end: float
    weight: float


def find_faces(
    faces: Faces, size: Size, fps: int, start: float, end: float, hidden: Sequence[tuple[float, float]] = ()
) -> tuple[Box, ...]:
    """Each face's box over all its frames between two times, with some room around it; but for hidden times."""
    first, last = max(math.floor(start * fps), 0), math.ceil(end * fps)
    found = []
    for boxes in faces.boxes.values():
        seen = boxes[first : max(last, first + 1)]
        times = (first + np.arange(len(seen))) / fps
        kept = ~np.isnan(seen).any(axis=1)
        for begin, until in hidden:
            kept &= (times < begin) | (times >= until)
        seen = seen[kept]
        if len(seen):
            low, high = seen.min(axis=0), seen.max(axis=0)
            box = Box(low[0] * size[0], low[1] * size[1], high[2] * size[0], high[3] * size[1])
            room = FACE_ROOM * min(box.width, box.height)
            found.append(box.grow(room))
    return tuple(found)


def choose_place(candidates: Iterable[Box], taken: Sequence[Taken], start: float, end: float) -> Box:
    """The candidate that covers least of what is there between two times; of equals the first."""
    there = [one for one in taken if one.start < end and one.end > start]

    def cost(box: Box) -> float:
        return sum(one.weight * box.overlap(one.box) / max(min(box.area, one.box.area), 1.0) for one in there)

    best, least = None, math.inf
    for box in candidates:
        found = cost(box)
        if found < least - 1e-6:
            best, least = box, found
        if least <= 1e-6:
            break
    if best is None:
        raise ValueError("no candidate")
    return best
