# SPDX-License-Identifier: GPL-3.0-or-later
"""What films are written as: a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.errors import LikenessError

QUALITIES = ("draft", "final")


@dataclass(frozen=True)
class Codec:
    """One kind of file.

    suffix: of the file; empty where it is a folder of pictures, each of which ends with picture. encoder: as FFmpeg
    calls it. pixels and alpha_pixels: FFmpeg's formats without and with alpha; the latter empty where there is none.
    container: FFmpeg's. sound: FFmpeg's encoder for it. options: of the encoder, for each of QUALITIES.
    """

    name: str
    label: str
    suffix: str
    encoder: str
    pixels: str
    options: Mapping[str, Mapping[str, str]]
    alpha_pixels: str = ""
    container: str = "mp4"
    tag: str = ""
    sound: str = "aac"
    picture: str = ""

    @property
    def has_alpha(self) -> bool:
        return bool(self.alpha_pixels)


def _both(draft: str, final: str) -> dict[str, dict[str, str]]:
    return {
        quality: dict(pair.split("=", 1) for pair in text.split())
        for quality, text in zip(QUALITIES, (draft, final), strict=True)
    }


# Groups of pictures are closed, so that segments join as they are. The numbers of threads stand here and not with the
# machine: x264 and x265 write other bytes with another number.
_X265 = "x265-params=open-gop=0:frame-threads=2:info=0:log-level=none"
CODECS: Mapping[str, Codec] = {
    one.name: one
    for one in (
        Codec(
            "h264", "MP4 (H.264)", ".mp4", "libx264", "yuv420p",
            _both("preset=veryfast crf=26 flags=+cgop", "preset=medium crf=18 aq-mode=3 flags=+cgop"),
        ),
        Codec(
            "h265", "MP4 (H.265)", ".mp4", "libx265", "yuv420p",
            _both(f"preset=ultrafast crf=28 {_X265}", f"preset=medium crf=20 {_X265}"), tag="hvc1",
        ),
        Codec(
            "av1", "MP4 (AV1)", ".mp4", "libsvtav1", "yuv420p",
            _both("preset=11 crf=38 svtav1-params=lp=3", "preset=6 crf=26 svtav1-params=lp=3"),
        ),
        Codec(
            "prores", "QuickTime (ProRes 4444)", ".mov", "prores_ks", "yuv444p10le",
            _both("profile=4 vendor=apl0", "profile=4 vendor=apl0"), "yuva444p10le", "mov", sound="pcm_s24le",
        ),
        Codec("png", "PNG Pictures", "", "png", "rgb24", _both("", ""), "rgba", sound="pcm_s24le", picture=".png"),
        Codec(
            "exr", "OpenEXR Pictures", "", "exr", "gbrpf32le",
            _both("compression=zip16 format=half", "compression=zip16 format=half"), "gbrapf32le",
            sound="pcm_s24le", picture=".exr",
        ),
    )
}  # fmt: skip


def find_codec(name: str, alpha: bool = False) -> Codec:
    """Raises LikenessError ``codec_unknown``, and ``alpha_unsupported`` where it can hold no alpha but should."""
    if name not in CODECS:
        raise LikenessError("codec_unknown", f"There is no codec {name!r}.", f"Use {' or '.join(CODECS)}.")
    codec = CODECS[name]
    if alpha and not codec.has_alpha:
        others = " or ".join(one.name for one in CODECS.values() if one.has_alpha)
        raise LikenessError("alpha_unsupported", f"{codec.label} holds no transparency.", f"Use {others}.")
    return codec
