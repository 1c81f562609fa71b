# SPDX-License-Identifier: GPL-3.0-or-later
"""A video insert's pictures by time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.error import FFmpegError

from core.errors import LikenessError


class VideoReader:
    """Reads forwards as times are asked for, and from the beginning again where one lies before the last.

    Raises LikenessError ``video_unreadable``.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._frames = self._read()
        self._time, self._frame = self._next()
        self._coming: tuple[float, np.ndarray] | None = self._peek()

    @property
    def ratio(self) -> float:
        """Width to height."""
        return self._frame.shape[1] / self._frame.shape[0]

    def at(self, seconds: float) -> np.ndarray:
        """The picture (height, width, 3) uint8 that is seen at a time; behind the end the last one."""
        if seconds < self._time - 1e-6:
            self._frames = self._read()
            self._time, self._frame = self._next()
            self._coming = self._peek()
        while self._coming and self._coming[0] <= seconds + 1e-6:
            self._time, self._frame = self._coming
            self._coming = self._peek()
        return self._frame

    def _peek(self) -> tuple[float, np.ndarray] | None:
        return next(self._frames, None)

    def _next(self) -> tuple[float, np.ndarray]:
        first = self._peek()
        if first is None:
            raise LikenessError("video_unreadable", f"{self.path.name} has no pictures.", "Use another video.")
        return first

    def _read(self) -> Iterator[tuple[float, np.ndarray]]:
        try:
            with av.open(str(self.path)) as film:
                first = None
                for frame in film.decode(video=0):
                    time = float(frame.time or 0.0)
                    first = time if first is None else first
                    yield time - first, frame.to_ndarray(format="rgb24")
        except (OSError, FFmpegError, IndexError) as error:
            raise LikenessError(
                "video_unreadable", f"{self.path.name} cannot be read as a video: {error}.", "Convert it to MP4."
            ) from error
