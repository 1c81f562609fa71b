# SPDX-License-Identifier: GPL-3.0-or-later
"""A film as a folder of pictures: ``frame.000001.png`` and so on, ``sound.wav``, and ``sequence.json``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import cv2
import numpy as np

from core.delivery.codecs import CODECS, Codec
from core.errors import LikenessError
from core.storage import read_json, write_folder, write_json

PICTURES = (".png", ".exr", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp")
_DOCUMENT = "sequence.json"
_PLANES = (2, 0, 1, 3)  # FFmpeg keeps floats as green, blue, red, alpha


SOUND = "sound.wav"


def picture_name(number: int, suffix: str) -> str:
    """What the picture of a number, from 1, is called, wherever its folder goes."""
    return f"frame.{number:06}{suffix}"


def write_picture(frame: np.ndarray, path: Path) -> None:
    """(H, W, 3 or 4): uint8 sRGB as PNG, float32 as OpenEXR of half floats. Raises OSError and av.FFmpegError."""
    path.write_bytes(_exr(frame) if path.suffix == ".exr" else _png(frame))


def read_picture(path: Path) -> np.ndarray:
    """(H, W, 3 or 4): uint8 sRGB, or float32 as it is in an OpenEXR file. Raises LikenessError ``film_unreadable``."""
    try:
        with av.open(str(path)) as file:
            picture = next(file.decode(video=0))
    except (av.error.FFmpegError, OSError, StopIteration, IndexError) as error:
        raise LikenessError(
            "film_unreadable", f"{path.name} is no picture that can be read.", "Save it anew as PNG or OpenEXR."
        ) from error
    name = picture.format.name
    if "f16" in name or "f32" in name:
        return _floats(picture)
    has_alpha = any(part.is_alpha for part in picture.format.components) or name == "pal8"
    return picture.to_ndarray(format="rgba" if has_alpha else "rgb24")


def list_pictures(folder: Path) -> list[Path]:
    """The pictures of a sequence, in the order of their names."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES and path.name[0] != ".")


def write_sequence(
    folder: Path,
    pictures: Sequence[Path],
    codec: Codec,
    fps: Fraction,
    size: tuple[int, int],
    add: Callable[[Path], dict[str, Any]] = lambda staging: {},
) -> Path:
    """Make a folder of pictures, which are linked or else copied.

    add: puts more into the folder that it is called with, and returns what ``sequence.json`` says of it.

    Raises LikenessError ``output_unwritable``.
    """

    def fill(staging: Path) -> None:
        for number, picture in enumerate(pictures, 1):
            _link(picture, staging / picture_name(number, codec.picture))
        write_json(
            staging / _DOCUMENT,
            {
                "codec": codec.name,
                "fps": [fps.numerator, fps.denominator],
                "size": list(size),
                "frames": len(pictures),
                **add(staging),
            },
        )

    return write_folder(folder, fill)


def read_document(folder: Path) -> dict[str, Any]:
    """What ``sequence.json`` says, or {} where there is none. Raises LikenessError ``file_damaged``."""
    path = folder / _DOCUMENT
    return read_json(path) if path.exists() else {}


def _link(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:  # another disk, or one that has no links
        target.write_bytes(source.read_bytes())


def _png(frame: np.ndarray) -> bytes:
    order = cv2.COLOR_RGBA2BGRA if frame.shape[2] == 4 else cv2.COLOR_RGB2BGR
    return cv2.imencode(".png", cv2.cvtColor(frame, order), [cv2.IMWRITE_PNG_COMPRESSION, 3])[1].tobytes()


def _exr(frame: np.ndarray) -> bytes:
    codec = CODECS["exr"]
    context: Any = av.CodecContext.create(codec.encoder, "w")
    context.height, context.width = frame.shape[:2]
    context.pix_fmt = codec.alpha_pixels if frame.shape[2] == 4 else codec.pixels
    context.time_base, context.options = Fraction(1, 25), dict(codec.options["final"])
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame, np.float32), context.pix_fmt)
    picture.pts = 0
    return b"".join(bytes(packet) for packet in [*context.encode(picture), *context.encode(None)])


def _floats(picture: av.VideoFrame) -> np.ndarray:
    kind = np.dtype(np.float16 if "f16" in picture.format.name else np.float32)
    planes = [
        np.frombuffer(bytes(plane), kind).reshape(plane.height, -1)[:, : plane.width].astype(np.float32)
        for plane in picture.planes
    ]
    if len(planes) == 1:
        planes *= 3  # grey
    else:
        planes = [planes[index] for index in _PLANES[: len(planes)]]
    return np.stack(planes, axis=2)
