# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures to a film without sound, or to a folder of pictures: one segment, or all of it."""

from __future__ import annotations

import contextlib
import os
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import av.error
import numpy as np
from av.codec.context import Flags
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, Interpolation

from core.colour import to_linear, to_srgb
from core.delivery.codecs import QUALITIES, Codec, find_codec
from core.delivery.files import open_film, part_of, remove, telling
from core.delivery.matte import spread_colour
from core.delivery.sequence import picture_name, write_picture, write_sequence
from core.errors import LikenessError

os.environ.setdefault("SVT_LOG", "1")  # SVT-AV1 tells all its settings on stderr otherwise

THREADS = 4  # of an encoder: with another number x264 writes other bytes
_GROUP = 2  # seconds from one key frame to the next, at most
# Fewer pictures than this are stored in the order in which they are shown; their decoding times x265 4.2 leaves unset,
# as was measured with films of 1 to 8 frames, and the file is refused.
_REORDERED = 3
# Rounded as exactly as swscale can, the same on every machine.
EXACT = int(
    Interpolation.BICUBIC
    | Interpolation.FULL_CHR_H_INT
    | Interpolation.FULL_CHR_H_INP
    | Interpolation.ACCURATE_RND
    | Interpolation.BITEXACT
)


class Encoder:
    """Write frames of one size as one file, or as a folder of pictures, whole or not at all.

    ``with Encoder(path, "h264", (1920, 1080), 25) as film: film.write(frame)``. Equal frames give equal bytes. Segments
    of the same codec, size, fps, alpha and quality can be joined (`join_film`).

    codec: of CODECS. size: width and height in pixels, even. alpha: frames have a fourth channel; colour is straight,
    as in PNG (in OpenEXR it is written associated, as is custom there). quality: of QUALITIES.

    Raises LikenessError ``codec_unknown``, ``alpha_unsupported``, ``size_odd``, ``film_empty`` (no frame was written),
    ``frame_mismatch`` and ``encode_failed``.
    """

    def __init__(
        self,
        path: Path,
        codec: str,
        size: tuple[int, int],
        fps: int | Fraction,
        alpha: bool = False,
        quality: str = "final",
    ) -> None:
        self.path, self.size, self.fps, self.alpha = Path(path), size, Fraction(fps), alpha
        self.codec = find_codec(codec, alpha)
        self.frames = 0
        if quality not in QUALITIES:
            raise LikenessError("quality_unknown", f"There is no quality {quality!r}.", "Use draft or final.")
        if any(side < 2 or side % 2 for side in size):
            raise LikenessError(
                "size_odd", f"A film of {size[0]} × {size[1]} pixels cannot be written.", "Use even numbers of pixels."
            )
        self._quality = quality
        self._sink: _Video | _Pictures | None = None

    def __enter__(self) -> Encoder:
        self._sink = _Pictures(self) if self.codec.picture else _Video(self, self._quality)
        return self

    def write(self, frame: np.ndarray) -> None:
        """Add a frame: (H, W, 3) or, with alpha, (H, W, 4) uint8 sRGB; or float32 linear light.

        Floats are meant for OpenEXR, with associated alpha, and become sRGB elsewhere.
        """
        if self._sink is None:
            raise RuntimeError("an Encoder is used by `with`")
        shape = (self.size[1], self.size[0], 4 if self.alpha else 3)
        if frame.shape != shape:
            raise LikenessError(
                "frame_mismatch",
                f"A frame is {' × '.join(map(str, frame.shape))}, not {' × '.join(map(str, shape))}.",
                "This is a mistake in the program: report it.",
            )
        with telling(self.path):
            self._sink.write(frame)
        self.frames += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sink, self._sink = self._sink, None
        if sink is None:
            return
        try:
            if error is None and not self.frames:
                raise LikenessError("film_empty", f"{self.path.name} would have no frame.", "Make it longer.")
            if error is None:
                with telling(self.path):
                    sink.finish()
        finally:
            sink.discard()


class _Video:
    def __init__(self, encoder: Encoder, quality: str) -> None:
        codec = encoder.codec
        self._path, self._alpha, self._frames = encoder.path, encoder.alpha, 0
        self._pixels = codec.alpha_pixels if encoder.alpha else codec.pixels
        self._tick = 1 / encoder.fps
        with telling(encoder.path):
            self._part = part_of(encoder.path)
            self._film = open_film(self._part, codec)
            self._stream: Any = self._film.add_stream(codec.encoder, encoder.fps, dict(codec.options[quality]))
        self._set_up(codec, encoder)

    def _set_up(self, codec: Codec, encoder: Encoder) -> None:
        stream = self._stream
        stream.width, stream.height = encoder.size
        stream.pix_fmt, stream.time_base = self._pixels, self._tick
        context = stream.codec_context
        context.thread_count = THREADS
        context.gop_size = max(round(_GROUP * encoder.fps), 1)
        context.colorspace, context.color_range = int(Colorspace.ITU709), int(ColorRange.MPEG)
        context.color_primaries, context.color_trc = int(ColorPrimaries.BT709), int(ColorTrc.BT709)
        context.flags |= Flags.bitexact
        if codec.tag:
            context.codec_tag = codec.tag

    def write(self, frame: np.ndarray) -> None:
        pixels = _to_bytes(frame)
        if self._alpha:
            pixels = spread_colour(pixels)
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), "rgba" if self._alpha else "rgb24")
        picture = picture.reformat(
            format=self._pixels,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
            dst_colorspace=Colorspace.ITU709,
            interpolation=EXACT,
        )
        picture.pts, picture.time_base = self._frames, self._tick
        self._frames += 1
        self._film.mux(self._stream.encode(picture))

    def finish(self) -> None:
        packets = self._stream.encode(None)
        if self._frames < _REORDERED:
            for packet in packets:
                packet.dts = packet.pts
        self._film.mux(packets)
        self._film.close()
        self._part.replace(self._path)

    def discard(self) -> None:
        with contextlib.suppress(av.error.FFmpegError, OSError):
            self._film.close()
        remove(self._part)


class _Pictures:
    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        with telling(encoder.path):
            self._part = part_of(encoder.path)
            self._part.mkdir()
        self._written: list[Path] = []

    def write(self, frame: np.ndarray) -> None:
        suffix = self._encoder.codec.picture
        path = self._part / picture_name(len(self._written) + 1, suffix)
        write_picture(_to_light(frame) if suffix == ".exr" else _to_bytes(frame), path)
        self._written.append(path)

    def finish(self) -> None:
        encoder = self._encoder
        write_sequence(encoder.path, self._written, encoder.codec, encoder.fps, encoder.size)

    def discard(self) -> None:
        remove(self._part)


def _to_bytes(frame: np.ndarray) -> np.ndarray:
    """uint8 sRGB with straight alpha."""
    if frame.dtype == np.uint8:
        return frame
    if frame.shape[2] == 3:
        return to_srgb(frame)
    alpha = np.clip(frame[..., 3:], 0, 1)
    colour = frame[..., :3] / np.maximum(alpha, 1e-6)
    return np.concatenate((to_srgb(colour), (alpha * 255 + 0.5).astype(np.uint8)), axis=2)


def _to_light(frame: np.ndarray) -> np.ndarray:
    """float32 linear light with associated alpha."""
    if frame.dtype != np.uint8:
        return frame.astype(np.float32)
    light = to_linear(frame[..., :3]).astype(np.float32)
    if frame.shape[2] == 3:
        return light
    alpha = frame[..., 3:].astype(np.float32) / 255
    return np.concatenate((light * alpha, alpha), axis=2)
