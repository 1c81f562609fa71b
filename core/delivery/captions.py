# SPDX-License-Identifier: GPL-3.0-or-later
"""The captions of a whole film."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from core.captions import FORMATS, Caption, write_captions

_SHORTEST = 0.3  # seconds that a caption still stands when another one begins


def join_captions(shots: Iterable[tuple[float, Sequence[Caption]]]) -> tuple[Caption, ...]:
    """The captions of shots in the film's seconds, in order, none over another. shots: where each begins, and its own.

    Where two speak at once, the earlier caption goes when the later one comes; one that would hardly be seen then is
    shown together with it.
    """
    moved = sorted(
        (replace(one, start=start + one.start, end=start + one.end) for start, captions in shots for one in captions),
        key=lambda one: one.start,
    )
    joined: list[Caption] = []
    for caption in moved:
        last = joined[-1] if joined else None
        if last is None or last.end <= caption.start:
            joined.append(caption)
        elif caption.start - last.start >= _SHORTEST:
            joined[-1] = replace(last, end=caption.start)
            joined.append(caption)
        else:
            both = last.lines + caption.lines
            joined[-1] = replace(last, end=max(last.end, caption.end), lines=both)
    return tuple(joined)


def write_caption_files(captions: Sequence[Caption], film: Path) -> tuple[Path, ...]:
    """``NAME.srt`` and ``NAME.vtt`` beside a film; none where there are no captions.

    Raises LikenessError ``output_unwritable``.
    """
    if not captions:
        return ()
    return tuple(write_captions(captions, Path(film).with_suffix(suffix)) for suffix in FORMATS)
