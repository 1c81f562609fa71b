# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts to draw, without speech or plates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import skia

from core.captions import Caption
from core.film.cut import Cut, Faces, Said, SaidWord, Timed
from core.storyboard.storyboard import Insert, Line, Shot, Text

FPS = 25
SIZES = {"16:9": (640, 360), "9:16": (360, 640), "1:1": (360, 360), "4:5": (360, 450)}


def say(text: str, language: str = "en", start: float = 0.31, each: float = 0.37, gap: str = " ") -> Said:
    """Words one after the other, at times that are no frames' times, all in one caption."""
    words = tuple(
        SaidWord(start + each * number, start + each * (number + 0.9), word)
        for number, word in enumerate(text.split(gap))
    )
    caption = Caption(words[0].start, words[-1].end, (text,))
    return Said(Line("anna", text), 0.0, words[-1].end, Path(), Path(), language, words, (caption,))


def cut_of(
    said: Sequence[Said] = (),
    texts: Sequence[Timed[Text]] = (),
    inserts: Sequence[Timed[Insert]] = (),
    seconds: float = 6.0,
    label: str = "AI-generated",
    logo: Path | None = None,
    is_draft: bool = False,
) -> Cut:
    return Cut(Shot("shot"), round(seconds * FPS), FPS, tuple(said), tuple(inserts), tuple(texts), True, label, logo,
               is_draft)  # fmt: skip


def faces_at(*boxes: Sequence[float], seconds: float = 6.0) -> Faces:
    """Still faces: left, top, right, bottom in shares."""
    count = round(seconds * FPS)
    return Faces({str(number): np.tile(np.float32(box), (count, 1)) for number, box in enumerate(boxes)})


NOBODY = Faces({})


def write_slides(path: Path, colors: Sequence[int]) -> Path:
    """A PDF of pages of 16:9, each of one colour (0xAARRGGBB) with a black square in the upper left quarter."""
    stream = skia.FILEWStream(str(path))
    with skia.PDF.MakeDocument(stream) as document:
        for color in colors:
            with document.page(960, 540) as canvas:
                canvas.clear(color)
                canvas.drawRect(skia.Rect(100, 60, 300, 260), skia.Paint(Color=0xFF000000))
    stream.flush()
    return path


def grey(size: tuple[int, int], value: int = 128, channels: int = 3) -> np.ndarray:
    """A frame (h, w, channels) uint8 of one shade."""
    return np.full((size[1], size[0], channels), value, np.uint8)
