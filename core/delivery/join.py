# SPDX-License-Identifier: GPL-3.0-or-later
"""Segments and sound to one film, without encoding the pictures anew."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.codec.context import Flags

from core.captions import Caption, caption_text
from core.delivery.codecs import Codec, find_codec
from core.delivery.files import open_film, part_of, remove, telling
from core.delivery.languages import three_letters
from core.delivery.read import Chapter, Media, opened, probe
from core.delivery.sequence import SOUND, list_pictures, write_sequence
from core.errors import LikenessError
from core.storage import write_wave

_AAC_RATE = 160_000  # bits a second
_BLOCK = 1024  # samples, of an AAC frame
_MILLISECOND = Fraction(1, 1000)
# What FFmpeg's encoder of MP4 captions wants to know of how they look; players use their own way.
_STYLE = b"""[Script Info]
ScriptType: v4.00+
[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, Alignment
Style: Default,Arial,16,&Hffffff,2
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


@dataclass(frozen=True)
class Joined:
    """frames: of all segments. seconds: of the film."""

    path: Path
    frames: int
    seconds: float


def join_film(
    segments: Sequence[Path],
    wave: np.ndarray | None,
    rate: int,
    out: Path,
    codec: str,
    chapters: Sequence[Chapter] = (),
    captions: Sequence[Caption] = (),
    title: str = "",
    language: str = "",
) -> Joined:
    """One film of segments that Encoder wrote with the same settings, whole or not at all.

    wave: (N, channels) of the whole film, or None for a silent one; it is cut or lengthened to the pictures. captions:
    a track that the viewer turns on, in MP4 only. language: of sound and captions, BCP 47. A film of pictures is a
    folder with its sound as a WAV file in it.

    Raises LikenessError ``codec_unknown``, ``film_empty``, ``segments_differ``, ``encode_failed``, and what `probe`
    raises of a segment.
    """
    kind, out = find_codec(codec), Path(out)
    if not segments:
        raise LikenessError("film_empty", f"{out.name} would have no segment.", "Add a shot to the storyboard.")
    found = [probe(segment) for segment in segments]
    _require_same(segments, found)
    frames, fps = sum(one.frames for one in found), found[0].fps
    sound = None if wave is None else _fit(wave, round(frames / fps * rate))
    paths = tuple(map(Path, segments))
    plan = _Plan(paths, tuple(found), sound, rate, tuple(chapters), tuple(captions), title, language)
    with telling(out):
        (_join_pictures if kind.picture else _join_video)(plan, out, kind)
    return Joined(out, frames, float(frames / fps))


@dataclass(frozen=True)
class _Plan:
    segments: tuple[Path, ...]
    found: tuple[Media, ...]
    sound: np.ndarray | None
    rate: int
    chapters: tuple[Chapter, ...]
    captions: tuple[Caption, ...]
    title: str
    language: str

    @property
    def fps(self) -> Fraction:
        return self.found[0].fps

    @property
    def seconds(self) -> float:
        return float(sum(one.frames for one in self.found) / self.fps)


def _require_same(segments: Sequence[Path], found: Sequence[Media]) -> None:
    for path, one in zip(segments, found, strict=True):
        first = found[0]
        for what in ("size", "fps", "codec", "has_alpha"):
            if getattr(one, what) != getattr(first, what):
                raise LikenessError(
                    "segments_differ",
                    f"{Path(path).name} differs in {what} from {Path(segments[0]).name}.",
                    "Render all shots anew with the same settings.",
                )


def _fit(wave: np.ndarray, count: int) -> np.ndarray:
    """(count, channels) float32, cut or with silence after it."""
    wave = wave[:, None] if wave.ndim == 1 else wave
    fitted = np.zeros((count, wave.shape[1]), np.float32)
    fitted[: len(wave)] = wave[:count]
    return fitted


def _join_pictures(plan: _Plan, out: Path, codec: Codec) -> None:
    pictures = [picture for segment in plan.segments for picture in list_pictures(segment)]

    def add(staging: Path) -> dict[str, Any]:
        more: dict[str, Any] = {"title": plan.title, "language": plan.language}
        more["chapters"] = [[one.start, one.title] for one in plan.chapters]
        if plan.sound is not None:
            more["sound"] = SOUND
            write_wave(staging / more["sound"], plan.sound, plan.rate)
        return more

    write_sequence(out, pictures, codec, plan.fps, plan.found[0].size, add)


def _join_video(plan: _Plan, out: Path, codec: Codec) -> None:
    part = part_of(out)
    try:
        with open_film(part, codec) as film:
            _fill(film, plan, codec)
        part.replace(out)
    finally:
        remove(part)


def _fill(film: Any, plan: _Plan, codec: Codec) -> None:
    with opened(plan.segments[0]) as first:
        video = film.add_stream_from_template(first.streams.video[0], opaque=True)
        setup = bytes(first.streams.video[0].codec_context.extradata or b"")
    language = three_letters(plan.language)
    sound = None if plan.sound is None else _add_sound(film, plan, codec, language)
    text = _add_captions(film, language) if plan.captions and codec.container == "mp4" else None
    if plan.title:
        film.metadata["title"] = plan.title
    film.set_chapters(_as_chapters(plan))
    heard, read = _encode(sound, plan), iter(plan.captions if text else ())
    film.start_encoding()
    until, caption, block = 0.0, next(read, None), next(heard, None)
    for packet in _copy(plan, setup):
        packet.stream = video
        until = float((packet.dts or 0) / plan.fps)
        while block is not None and _time(block) <= until:
            film.mux(block)
            block = next(heard, None)
        while caption is not None and caption.start <= until:
            film.mux(_as_packet(caption, text))
            caption = next(read, None)
        film.mux(packet)
    for rest in ((block,) if block is not None else ()), heard:
        for packet in rest:
            film.mux(packet)
    for one in ((caption, *read) if caption is not None else ()):
        film.mux(_as_packet(one, text))


def _time(packet: av.Packet) -> float:
    return float((packet.dts or 0) * (packet.time_base or 0))


def _copy(plan: _Plan, setup: bytes) -> Iterator[av.Packet]:
    """The packets of all segments one after the other, in ticks of 1 / fps."""
    late = max(map(_delay, plan.segments))
    begin = count = 0
    for path, media in zip(plan.segments, plan.found, strict=True):
        with opened(path) as segment:
            stream = segment.streams.video[0]
            if bytes(stream.codec_context.extradata or b"") != setup:
                raise LikenessError(
                    "segments_differ",
                    f"{path.name} was encoded in another way than {plan.segments[0].name}.",
                    "Render all shots anew with the same settings.",
                )
            for packet in segment.demux(stream):
                if packet.pts is None:
                    continue
                packet.pts = begin + _tick(packet, plan.fps)
                packet.dts = count - late
                packet.duration, packet.time_base = 1, 1 / plan.fps
                count += 1
                yield packet
        begin += media.frames


def _delay(path: Path) -> int:
    """How many frames later than its turn a segment's picture may be shown."""
    with opened(path) as segment:
        stream = segment.streams.video[0]
        fps = Fraction(stream.average_rate or 1)
        order = [_tick(packet, fps) for packet in segment.demux(stream) if packet.pts is not None]
    return max((number - shown for number, shown in enumerate(order)), default=0)


def _tick(packet: av.Packet, fps: Fraction) -> int:
    return round((packet.pts or 0) * (packet.time_base or Fraction(1)) * fps)


def _add_sound(film: Any, plan: _Plan, codec: Codec, language: str) -> Any:
    stream = film.add_stream(codec.sound, rate=plan.rate)
    assert plan.sound is not None
    context = stream.codec_context
    context.layout = "stereo" if plan.sound.shape[1] == 2 else "mono"
    context.format = "fltp" if codec.sound == "aac" else "s32"
    context.flags |= Flags.bitexact
    if codec.sound == "aac":
        context.bit_rate = _AAC_RATE
    stream.time_base = Fraction(1, plan.rate)
    stream.metadata["language"] = language
    return stream


def _encode(stream: Any, plan: _Plan) -> Iterator[av.Packet]:
    if stream is None or plan.sound is None:
        return
    for first in range(0, len(plan.sound), _BLOCK):
        block = np.ascontiguousarray(plan.sound[first : first + _BLOCK].T)
        if stream.codec_context.format.name == "s32":
            block = (np.clip(block, -1, 1) * (2**31 - 256)).astype(np.int32).T.reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(block), stream.codec_context.format.name, stream.codec_context.layout.name
        )
        frame.sample_rate, frame.pts, frame.time_base = plan.rate, first, Fraction(1, plan.rate)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _add_captions(film: Any, language: str) -> Any:
    stream = film.add_stream("mov_text")
    stream.codec_context.subtitle_header = _STYLE
    stream.codec_context.time_base = stream.time_base = _MILLISECOND
    stream.metadata["language"] = language
    return stream


def _as_packet(caption: Caption, stream: Any) -> av.Packet:
    text = caption_text(caption).encode()
    packet = av.Packet(struct.pack(">H", len(text)) + text)
    packet.pts = packet.dts = round(caption.start * 1000)
    packet.duration, packet.time_base = round(caption.end * 1000) - packet.pts, _MILLISECOND
    packet.stream = stream
    return packet


def _as_chapters(plan: _Plan) -> list[Any]:
    """Chapters as FFmpeg has them: each until the next one; the first one at the beginning, as players want it."""
    starts = [0.0 if number == 0 else one.start for number, one in enumerate(plan.chapters)]
    return [
        {
            "id": number,
            "start": round(start * 1000),
            "end": round(end * 1000),
            "time_base": _MILLISECOND,
            "metadata": {"title": one.title},
        }
        for number, (one, start, end) in enumerate(
            zip(plan.chapters, starts, [*starts, plan.seconds][1:], strict=True), 1
        )
    ]
