# SPDX-License-Identifier: GPL-3.0-or-later
"""Captions as SubRip (.srt) and WebVTT (.vtt).

Lines of languages that run from right to left stand between RLI and PDI, the isolates of Unicode's bidirectional
algorithm: a full stop then stands at their left end, and Latin names within them run as they should.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from core.captions.captions import Caption
from core.errors import LikenessError
from core.storage import write_file

_ISOLATE, _POP = "\u2067", "\u2069"


def write_captions(captions: Sequence[Caption], out: Path) -> Path:
    """Write captions in the format that the name ends with.

    Raises LikenessError ``captions_format``, ``captions_empty`` and ``output_unwritable``.
    """
    out = Path(out)
    form = FORMATS.get(out.suffix.lower())
    if form is None:
        raise LikenessError(
            "captions_format", f"{out.name} is no file of captions.", f"Call it NAME{' or NAME'.join(FORMATS)}."
        )
    if not captions:
        raise LikenessError(
            "captions_empty", "The words of this speech are not known.", "Make it of a script, or give its script."
        )
    return write_file(out, form(captions).encode())


def _srt(captions: Sequence[Caption]) -> str:
    blocks = (
        f"{number}\n{_clock(one.start, ',')} --> {_clock(one.end, ',')}\n{caption_text(one)}\n"
        for number, one in enumerate(captions, 1)
    )
    return "\n".join(blocks)


def _vtt(captions: Sequence[Caption]) -> str:
    blocks = (
        f"{_clock(one.start, '.')} --> {_clock(one.end, '.')}\n{_escape(caption_text(one))}\n" for one in captions
    )
    return "\n".join(["WEBVTT\n", *blocks])


def caption_text(caption: Caption) -> str:
    """Its lines, between isolates where they run from right to left."""
    lines = caption.lines
    return "\n".join(f"{_ISOLATE}{line}{_POP}" for line in lines) if caption.right_to_left else "\n".join(lines)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(seconds: float, mark: str) -> str:
    total = round(seconds * 1000)
    return f"{total // 3_600_000:02}:{total // 60_000 % 60:02}:{total // 1000 % 60:02}{mark}{total % 1000:03}"


FORMATS: Mapping[str, Callable[[Sequence[Caption]], str]] = {".srt": _srt, ".vtt": _vtt}
