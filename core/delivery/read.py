# SPDX-License-Identifier: GPL-3.0-or-later
"""Films as pictures and sound, also those that others made."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import cv2
import numpy as np
from av.container import InputContainer
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from core.colour import to_srgb
from core.delivery.encode import EXACT
from core.delivery.sequence import list_pictures, read_document, read_picture
from core.errors import LikenessError

RATE = 48_000  # Hz, of the sound of films
_HIGH = 720  # lines from which on a film that does not say its matrix has BT.709's, as is custom
_UNSAID = (0, 2, 3)  # matrices of FFmpeg that say nothing of how YUV becomes RGB
_ALPHA_DECODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
_BRIGHT = (16, 18)  # transfers of FFmpeg that go beyond white: PQ and HLG
_WIDE = (9, 11, 12)  # primaries of FFmpeg: BT.2020, DCI-P3, Display P3


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
            size=_shown_size(path) if video else (0, 0),
            fps=fps,
            frames=frames,
            seconds=float(frames / fps) if fps else _length(sound or video, film),
            codec=_codec_name(video),
            sound_codec=_codec_name(sound),
            rate=sound.rate if sound else 0,
            has_alpha=video is not None and (_has_hidden_alpha(video) or _is_alpha(video.format)),
            chapters=tuple(
                Chapter(float(one["start"] * (one["time_base"] or 0)), one["metadata"].get("title", ""))
                for one in film.chapters()
            ),
            captions=tuple(stream.language or "und" for stream in film.streams.subtitles),
            title=film.metadata.get("title", ""),
        )


def read_frames(
    path: Path,
    fps: float | Fraction | None = None,
    start: float = 0.0,
    seconds: float | None = None,
    grey: bool = False,
) -> Iterator[np.ndarray]:
    """The pictures of a film or of a folder of pictures: (H, W, 3), or with alpha (H, W, 4), uint8 sRGB.

    Those of OpenEXR are float32, as they are there. fps: what is seen at every 1 / fps of a second, from start on, so
    that it goes as fast in a film of that rate; None: all there are. seconds: how long; it may end earlier. grey: (H,
    W) uint8 instead, which is faster. Pictures stand upright, also those of a phone that was turned.

    Raises LikenessError ``file_missing`` and ``film_unreadable``.
    """
    path = Path(path)
    timed = _read_sequence(path) if path.is_dir() else _read_film(path, start)
    end = None if seconds is None else start + seconds - 1e-6
    if fps is None:
        pictures = (picture for time, until, picture in timed if until > start + 1e-6 and (end is None or time < end))
        yield from (_as_array(picture, grey) for picture in pictures)
        return
    count, tick = 0, 1 / float(fps)
    for _, until, picture in timed:
        frame = None
        while start + count * tick < until - 1e-6:
            if end is not None and start + count * tick >= end:
                return
            frame = _as_array(picture, grey) if frame is None else frame
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


@dataclass(frozen=True)
class _Picture:
    """A frame as it was decoded. aspect: width to height of its pixels."""

    frame: av.VideoFrame
    aspect: float


# From when until when something is seen: what is decoded, or a file.
_Timed = tuple[float, float, "_Picture | Path"]


def _read_film(path: Path, start: float) -> Generator[_Timed, None, None]:
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
        aspect = float(stream.sample_aspect_ratio or 1)
        before: Any = None
        for frame in _decode(film, stream):
            time = (frame.time if frame.time is not None else begin) - begin
            if before is not None:
                yield before[0], max(time, before[0]), before[1]
            before = (time, _Picture(frame, aspect))
        if before is not None:
            yield before[0], before[0] + tick, before[1]


def _decode(film: InputContainer, stream: Any) -> Iterator[av.VideoFrame]:
    """FFmpeg's own decoders of VP8 and VP9 leave out alpha, Google's do not."""
    if not _has_hidden_alpha(stream):
        yield from film.decode(stream)
        return
    decoder: Any = av.CodecContext.create(_ALPHA_DECODERS[_codec_name(stream)], "r")
    for packet in film.demux(stream):
        for frame in decoder.decode(packet if packet.pts is not None else None):
            frame.time_base = stream.time_base
            yield frame


def _has_hidden_alpha(stream: Any) -> bool:
    return stream.metadata.get("alpha_mode", stream.metadata.get("ALPHA_MODE")) == "1" and (
        _codec_name(stream) in _ALPHA_DECODERS
    )


def _read_sequence(folder: Path) -> Iterator[_Timed]:
    tick = float(1 / _sequence_rate(folder))
    for number, path in enumerate(list_pictures(folder)):
        yield number * tick, (number + 1) * tick, path


def _as_array(picture: _Picture | Path, grey: bool) -> np.ndarray:
    if isinstance(picture, Path):
        pixels = read_picture(picture)
        return _as_grey(pixels) if grey else pixels
    frame = picture.frame
    is_alpha = _is_alpha(frame.format)
    matrix = None
    if int(frame.colorspace) in _UNSAID:
        matrix = Colorspace.ITU709 if frame.height >= _HIGH else Colorspace.ITU601
    # Phones record brighter than white and more colourful than screens: brought into what films have here.
    is_wide = int(frame.color_trc) in _BRIGHT or int(frame.color_primaries) in _WIDE
    shown = frame.reformat(
        width=round(frame.width * picture.aspect),
        format="gray" if grey else "rgba" if is_alpha else "rgb24",
        src_colorspace=matrix,
        dst_color_range=ColorRange.JPEG,
        interpolation=EXACT,
        dst_color_trc=ColorTrc.BT709 if is_wide else None,
        dst_color_primaries=ColorPrimaries.BT709 if is_wide else None,
    )
    turns = round(frame.rotation / 90)
    pixels = shown.to_ndarray()
    return np.ascontiguousarray(np.rot90(pixels, turns)) if turns else pixels


def _as_grey(pixels: np.ndarray) -> np.ndarray:
    if pixels.dtype != np.uint8:
        pixels = to_srgb(pixels[..., :3])
    return cv2.cvtColor(np.ascontiguousarray(pixels[..., :3]), cv2.COLOR_RGB2GRAY)


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


def _shown_size(path: Path) -> tuple[int, int]:
    """Width and height as a film is seen: upright, with square pixels."""
    with contextlib.closing(_read_film(path, 0.0)) as timed:
        _, _, first = next(timed, (0.0, 0.0, None))
    if not isinstance(first, _Picture):
        raise _unreadable(path, "it has no picture")
    width, height = round(first.frame.width * first.aspect), first.frame.height
    return (height, width) if round(first.frame.rotation / 90) % 2 else (width, height)


def _is_alpha(form: Any) -> bool:
    return form.name == "pal8" or any(part.is_alpha for part in form.components)


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
