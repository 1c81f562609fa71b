# SPDX-License-Identifier: GPL-3.0-or-later
"""Films as pictures and sound, also those that others made."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.video.reformatter import ColorRange, Colorspace

from core.delivery.encode import EXACT
from core.delivery.sequence import list_pictures, read_document, read_picture
from core.errors import LikenessError

RATE = 48_000  # Hz, of the sound of films
_HIGH = 720  # lines from which on a film that does not say its matrix has BT.709's, as is custom
_UNSAID = (0, 2, 3)  # matrices of FFmpeg that say nothing of how YUV becomes RGB


@dataclass(frozen=True)
class Chapter:
    """start: seconds."""

    start: float
    title: str


@dataclass(frozen=True)
class Media:
    """What a film is made of. seconds: of the pictures, or of the sound where there are none. codec and sound_codec:
    FFmpeg's names, empty where there is none. captions: languages of its tracks (ISO 639-2)."""

    size: tuple[int, int]
    fps: Fraction
    frames: int
    seconds: float
    codec: str
    sound_codec: str
    rate: int
    has_alpha: bool
    chapters: tuple[Chapter, ...]
    captions: tuple[str, ...]
    title: str

    @property
    def has_sound(self) -> bool:
        return bool(self.sound_codec)


def probe(path: Path) -> Media:
    """Raises LikenessError ``file_missing`` and ``film_unreadable``."""
    path = Path(path)
    if path.is_dir():
        return _probe_sequence(path)
    with opened(path) as film:
        video, sound = _first(film.streams.video), _first(film.streams.audio)
        if video is None and sound is None:
            raise _unreadable(path, "it has neither pictures nor sound")
        frames = (video.frames or sum(packet.pts is not None for packet in film.demux(video))) if video else 0
        fps = Fraction(video.average_rate or 0) if video else Fraction(0)
        return Media(
            size=(video.width, video.height) if video else (0, 0),
            fps=fps,
            frames=frames,
            seconds=float(frames / fps) if fps else _length(sound or video, film),
            codec=_codec_name(video),
            sound_codec=_codec_name(sound),
            rate=sound.rate if sound else 0,
            has_alpha=video is not None and any(part.is_alpha for part in video.format.components),
            chapters=tuple(
                Chapter(float(one["start"] * (one["time_base"] or 0)), one["metadata"].get("title", ""))
                for one in film.chapters()
            ),
            captions=tuple(stream.language or "und" for stream in film.streams.subtitles),
            title=film.metadata.get("title", ""),
        )


def read_frames(
    path: Path, fps: float | Fraction | None = None, start: float = 0.0, seconds: float | None = None
) -> Iterator[np.ndarray]:
    """The pictures of a film or of a folder of pictures: (H, W, 3), or with alpha (H, W, 4), uint8 sRGB.

    Those of OpenEXR are float32, as they are there. fps: what is seen at every 1 / fps of a second, from start on, so
    that it goes as fast in a film of that rate; None: all there are. seconds: how long; it may end earlier. Pictures
    stand upright, also those of a phone that was turned.

    Raises LikenessError ``file_missing`` and ``film_unreadable``.
    """
    path = Path(path)
    timed = _read_sequence(path) if path.is_dir() else _read_film(path, start)
    end = None if seconds is None else start + seconds - 1e-6
    if fps is None:
        pictures = (picture for time, until, picture in timed if until > start + 1e-6 and (end is None or time < end))
        yield from map(_as_array, pictures)
        return
    count, tick = 0, 1 / float(fps)
    for _, until, picture in timed:
        frame = None
        while start + count * tick < until - 1e-6:
            if end is not None and start + count * tick >= end:
                return
            frame = _as_array(picture) if frame is None else frame
            yield frame
            count += 1


def read_sound(path: Path, rate: int = RATE) -> tuple[np.ndarray, int]:
    """The sound of a film or a sound file: (N, 2) float32 in -1..1, and the rate. What is mono is in both channels.

    Raises LikenessError ``file_missing``, ``film_unreadable`` and ``film_silent`` (it has no sound).
    """
    path = Path(path)
    if path.is_dir():
        name = read_document(path).get("sound", "")
        if not name:
            raise _silent(path)
        path = path / name
    with opened(path) as film:
        stream = _first(film.streams.audio)
        if stream is None:
            raise _silent(path)
        resampler = av.AudioResampler("fltp", "stereo", rate)
        blocks: list[np.ndarray] = []
        first: float | None = None
        for frame in film.decode(stream):
            first = float(frame.time or 0.0) if first is None else first
            frame.pts = None
            blocks.extend(part.to_ndarray() for part in resampler.resample(frame))
        blocks.extend(part.to_ndarray() for part in resampler.resample(None))
    late = np.zeros((2, round(max(first or 0.0, 0.0) * rate)), np.float32)
    return np.ascontiguousarray(np.concatenate([late, *blocks], axis=1).T), rate


@contextlib.contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """A film that is closed afterwards; what goes wrong within becomes LikenessError ``film_unreadable``.

    Raises LikenessError ``file_missing`` too.
    """
    if not path.exists():
        raise LikenessError("file_missing", f"There is no file {path}.", "Check its path.")
    try:
        with av.open(str(path), metadata_errors="replace") as film:
            yield film
    except (av.error.FFmpegError, OSError) as error:
        raise _unreadable(path, (getattr(error, "strerror", "") or str(error)).rstrip(".").lower()) from error


# A picture, and from when until when it is seen.
_Timed = tuple[float, float, Any]


def _read_film(path: Path, start: float) -> Iterator[_Timed]:
    with opened(path) as film:
        stream = _first(film.streams.video)
        if stream is None:
            raise _unreadable(path, "it has no pictures")
        stream.thread_type = "AUTO"
        if start > 0 and stream.time_base:
            origin = stream.start_time or 0
            film.seek(origin + int(start / stream.time_base), stream=stream)
        begin = float((stream.start_time or 0) * (stream.time_base or 0))
        tick = float(1 / (stream.average_rate or 25))
        before: Any = None
        for picture in film.decode(stream):
            time = (picture.time if picture.time is not None else begin) - begin
            if before is not None:
                yield before[0], max(time, before[0]), before[1]
            before = (time, picture)
        if before is not None:
            yield before[0], before[0] + tick, before[1]


def _read_sequence(folder: Path) -> Iterator[_Timed]:
    tick = float(1 / _sequence_rate(folder))
    for number, path in enumerate(list_pictures(folder)):
        yield number * tick, (number + 1) * tick, path


def _as_array(picture: Any) -> np.ndarray:
    if isinstance(picture, Path):
        return read_picture(picture)
    is_alpha = any(part.is_alpha for part in picture.format.components) or picture.format.name == "pal8"
    width, height = _display_size(picture)
    matrix = None
    if int(picture.colorspace) in _UNSAID:
        matrix = Colorspace.ITU709 if picture.height >= _HIGH else Colorspace.ITU601
    shown = picture.reformat(
        width, height, "rgba" if is_alpha else "rgb24", matrix, dst_color_range=ColorRange.JPEG, interpolation=EXACT
    )
    turns = round(picture.rotation / 90)
    pixels = shown.to_ndarray()
    return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels


def _display_size(picture: av.VideoFrame) -> tuple[int, int]:
    """Width and height with square pixels."""
    aspect = getattr(picture, "sample_aspect_ratio", None)
    return round(picture.width * float(aspect)) if aspect else picture.width, picture.height


def _probe_sequence(folder: Path) -> Media:
    pictures = list_pictures(folder)
    if not pictures:
        raise _unreadable(folder, "there are no pictures in it")
    document, first = read_document(folder), read_picture(pictures[0])
    fps = _sequence_rate(folder)
    return Media(
        size=(first.shape[1], first.shape[0]),
        fps=fps,
        frames=len(pictures),
        seconds=float(len(pictures) / fps),
        codec=pictures[0].suffix[1:].lower(),
        sound_codec="pcm" if document.get("sound") else "",
        rate=RATE if document.get("sound") else 0,
        has_alpha=first.shape[2] == 4,
        chapters=tuple(Chapter(*one) for one in document.get("chapters", ())),
        captions=(),
        title=document.get("title", ""),
    )


def _sequence_rate(folder: Path) -> Fraction:
    return Fraction(*read_document(folder).get("fps", (25, 1)))


def _first(streams: Any) -> Any:
    return streams[0] if streams else None


def _codec_name(stream: Any) -> str:
    return stream.codec_context.codec.canonical_name if stream else ""


def _length(stream: Any, film: InputContainer) -> float:
    if stream is not None and stream.duration:
        return float(stream.duration * stream.time_base)
    return (film.duration or 0) / av.time_base


def _silent(path: Path) -> LikenessError:
    return LikenessError("film_silent", f"{path.name} has no sound.", "Choose a file with sound.")


def _unreadable(path: Path, reason: str) -> LikenessError:
    return LikenessError(
        "film_unreadable", f"{path.name} cannot be read: {reason}.", "Choose an MP4, MOV, WebM or MKV file."
    )
