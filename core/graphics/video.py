# SPDX-License-Identifier: GPL-3.0-or-later
"""A video insert's pictures by time."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.delivery import read_frames
from core.errors import LikenessError


class VideoReader:
    """Reads forwards as times are asked for, and anew where one lies before the last.

    Raises LikenessError ``video_empty`` and what `core.delivery.read_frames` raises.
    """

    def __init__(self, path: Path, fps: int) -> None:
        self._path, self._fps = path, fps
        self._open(0)

    @property
    def ratio(self) -> float:
        """Width to height."""
        return self._frame.shape[1] / self._frame.shape[0]

    def at(self, seconds: float) -> np.ndarray:
        """The picture (height, width, 3 or 4) uint8 that is seen at a time; behind the end the last one."""
        number = max(round(seconds * self._fps), 0)
        if number < self._number:
            self._open(number)
        while self._number < number and (frame := next(self._frames, None)) is not None:
            self._number, self._frame = self._number + 1, frame
        return self._frame

    def _open(self, number: int) -> None:
        self._frames = read_frames(self._path, self._fps, number / self._fps)
        frame = next(self._frames, None)
        if frame is None:
            raise LikenessError("video_empty", f"{self._path.name} has no pictures.", "Use another video.")
        self._number, self._frame = number, frame
