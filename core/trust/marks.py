# SPDX-License-Identifier: GPL-3.0-or-later
"""The invisible marks of a file that is at hand: its pictures and its sound, looked into as they are played."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.trust.mark import Mark

FRAMES = 50  # spread over a film, of which the mark is read
SECONDS = 120.0  # of its sound
STILLS = frozenset((".png", ".jpg", ".jpeg"))
PLAYED = frozenset((".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi"))
SOUNDS = frozenset((".wav", ".mp3", ".m4a", ".aac", ".flac", ".ogg", ".opus"))


@dataclass(frozen=True)
class Marks:
    """What was found. looked: in which of ``picture`` and ``sound`` there was something to look into."""

    picture: Mark | None = None
    sound: Mark | None = None
    looked: tuple[str, ...] = ()


def find_marks(path: Path) -> Marks:
    """The marks of a film, a still or a sound, which may have been encoded anew; none where it cannot be decoded."""
    from core.trust.picture_mark import find_picture_mark
    from core.trust.sound_mark import find_sound_mark

    suffix = path.suffix.lower()
    frames = list(_read_frames(path)) if suffix in STILLS | PLAYED else []
    wave, rate = _read_sound(path) if suffix in SOUNDS | PLAYED else (None, 0)
    return Marks(
        find_picture_mark(frames) if frames else None,
        find_sound_mark(wave, rate) if wave is not None else None,
        (*(("picture",) if frames else ()), *(("sound",) if wave is not None else ())),
    )


def find_sound(path: Path) -> Mark | None:
    """The mark of the sound of a film, or of a sequence's folder; None where there is none."""
    from core.trust.sound_mark import find_sound_mark

    wave, rate = _read_sound(path / "sound.wav" if path.is_dir() else path)
    return find_sound_mark(wave, rate) if wave is not None else None


def find_frame_marks(paths: Iterable[Path]) -> Marks:
    """The mark of several pictures of one film, all of one size."""
    from core.trust.picture_mark import find_picture_mark

    frames = [frame for path in paths for frame in _read_frames(path)]
    of_a_size = [frame for frame in frames if frame.shape == frames[0].shape]
    return Marks(find_picture_mark(of_a_size), None, ("picture",)) if frames else Marks()


def _read_frames(path: Path) -> Iterator[np.ndarray]:
    """Up to `FRAMES` frames as RGB, evenly spread."""
    import av
    import av.error

    try:
        with av.open(str(path)) as file:
            if not file.streams.video:
                return
            stream = file.streams.video[0]
            stream.thread_type = "AUTO"
            step = max(1, -(-(stream.frames or 1) // FRAMES))
            count = 0
            for number, frame in enumerate(file.decode(stream)):
                if number % step == 0:
                    count += 1
                    yield frame.to_ndarray(format="rgb24")
                if count == FRAMES:
                    return
    except (av.error.FFmpegError, OSError, ValueError):
        return


def _read_sound(path: Path) -> tuple[np.ndarray | None, int]:
    """Mono, (N,) float in -1..1, and its rate; None where there is none."""
    import av
    import av.error

    pieces, rate, length = [], 0, 0
    try:
        with av.open(str(path)) as file:
            if not file.streams.audio:
                return None, 0
            stream = file.streams.audio[0]
            rate = stream.rate
            resampler = av.AudioResampler(format="flt", layout="mono", rate=rate)
            for frame in file.decode(stream):
                for piece in resampler.resample(frame):
                    pieces.append(piece.to_ndarray()[0])
                    length += pieces[-1].shape[-1]
                if length > SECONDS * rate:
                    break
    except (av.error.FFmpegError, OSError, ValueError):
        pass
    return (np.concatenate(pieces), rate) if pieces else (None, 0)
