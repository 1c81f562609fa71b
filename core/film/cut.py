# SPDX-License-Identifier: GPL-3.0-or-later
"""A shot with all its times known: what is drawn over its pictures, what is heard, and who is seen where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from core.captions import Caption
from core.storyboard.storyboard import Insert, Line, Shot, Text

T = TypeVar("T")


@dataclass(frozen=True)
class SaidWord:
    """One word in the shot's own seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Said:
    """A line where it is said: speech and performance are folders, start in the shot's seconds, words too."""

    line: Line
    start: float
    end: float
    speech: Path
    performance: Path
    language: str
    words: tuple[SaidWord, ...]
    captions: tuple[Caption, ...]


@dataclass(frozen=True)
class Faces:
    """Where faces are in the rendered frames, as the renderer wrote it into ``faces.npz``.

    boxes: performer -> (frames, 4) float32: left, top, right, bottom as shares of the picture, origin in its upper left
    corner; NaN where the face is not in the picture. ends: how high above the picture's lower edge one sees where a
    body ends, as a share; 0 where one does not.
    """

    boxes: Mapping[str, np.ndarray]
    ends: float = 0.0


@dataclass(frozen=True)
class Timed(Generic[T]):
    """An insert or a text with its times in the shot's seconds."""

    what: T
    start: float
    end: float


@dataclass(frozen=True)
class Cut:
    """All that is drawn over the plate of a shot. frames: how many at fps. burned: captions are drawn."""

    shot: Shot
    frames: int
    fps: int
    said: tuple[Said, ...]
    inserts: tuple[Timed[Insert], ...]
    texts: tuple[Timed[Text], ...]
    burned: bool
    label: str  # what the visible mark says; "" for none
    logo: Path | None
    is_draft: bool  # a large mark over the whole picture
