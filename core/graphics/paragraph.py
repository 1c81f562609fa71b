# SPDX-License-Identifier: GPL-3.0-or-later
"""Text of any writing system laid out in lines, and where its words stand."""

from __future__ import annotations

import dataclasses
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import skia

from core.graphics.boxes import Box
from core.graphics.fonts import Fonts
from core.graphics.layer import surface_of
from core.graphics.theme import Color
from core.pronunciation.languages import find_language

_ISOLATE, _POP = "\u2067", "\u2069"  # of Unicode's bidirectional algorithm: skia's paragraphs begin from left to right
_SEEN = 48  # alpha of a pixel from which its shade is told well enough
_SMALLEST = 0.6  # of the size that was asked for
_UNICODE = skia.Unicodes.ICU.Make()
_ALIGN = {
    ("start", False): skia.textlayout.TextAlign.kLeft,
    ("start", True): skia.textlayout.TextAlign.kRight,
    ("center", False): skia.textlayout.TextAlign.kCenter,
    ("center", True): skia.textlayout.TextAlign.kCenter,
}


@dataclass(frozen=True)
class Style:
    """size: pixels of the em. spacing: between letters, in ems. leading: height of a line in ems. language: BCP 47."""

    size: float
    weight: int = 500
    color: Color = (255, 255, 255)
    alpha: float = 1.0
    align: str = "start"
    leading: float = 1.25
    spacing: float = 0.0
    language: str = "en"


@dataclass(frozen=True)
class Block:
    """A text with its lines. width, height: pixels. line: height of one."""

    paragraph: skia.textlayout.Paragraph
    width: int
    height: int
    line: float
    style: Style
    is_right_to_left: bool

    @property
    def lines(self) -> int:
        return max(round(self.height / self.line), 1)

    def paint(self, canvas: skia.Canvas, x: float, y: float) -> None:
        self.paragraph.paint(canvas, x, y)


def runs_right_to_left(text: str) -> bool:
    """By the first letter that has a direction."""
    strong = (unicodedata.bidirectional(letter) for letter in text)
    return next((kind != "L" for kind in strong if kind in ("L", "R", "AL")), False)


def lay_out(text: str, style: Style, width: float, fonts: Fonts, is_right_to_left: bool | None = None) -> Block:
    """A text broken to a width in pixels, its box as narrow as its longest line."""
    return _build([(text, style)], style, width, fonts, is_right_to_left)


def fit(text: str, style: Style, width: float, lines: int, fonts: Fonts) -> Block:
    """A text in at most so many lines of about the same length; smaller where that is needed."""
    block = lay_out(text, style, width, fonts)
    while (block.lines > lines or block.width > math.ceil(width)) and block.style.size > _SMALLEST * style.size:
        smaller = dataclasses.replace(block.style, size=block.style.size * 0.94)
        block = lay_out(text, smaller, width, fonts)
    return _balance(text, block, width, fonts)


def find_words(words: Sequence[str], gap: str, block: Block, fonts: Fonts) -> list[Box | None]:
    """Where each word's ink is in a block of one line; None of one without ink.

    skia-python tells no positions: each word is drawn in a shade of its own and found again.
    """
    style = dataclasses.replace(block.style, color=(0, 0, 0))
    pieces: list[tuple[str, Style]] = []
    step = 255 // (len(words) + 1)
    for number, word in enumerate(words, 1):
        shade = dataclasses.replace(style, color=(number * step, 0, 0))
        pieces.append((word + (gap if number < len(words) else ""), shade))
    drawn = _build(pieces, style, math.inf, fonts, block.is_right_to_left)
    pad = math.ceil(block.line)
    pixels = np.zeros((block.height + 2 * pad, block.width + 2 * pad, 4), np.uint8)
    drawn.paint(surface_of(pixels).getCanvas(), pad, pad)
    alpha = pixels[..., 3].astype(np.float32)
    shades = np.divide(pixels[..., 0] * np.float32(255), alpha, out=np.zeros_like(alpha), where=alpha > _SEEN)
    number_of = np.rint(shades / step).astype(int)
    boxes: list[Box | None] = []
    for number in range(1, len(words) + 1):
        rows, columns = np.nonzero((number_of == number) & (alpha > _SEEN))
        if not len(rows):
            boxes.append(None)
            continue
        left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
        boxes.append(Box(float(left), float(top), float(right), float(bottom)).shift(-pad, -pad))
    return boxes


def _balance(text: str, block: Block, width: float, fonts: Fonts) -> Block:
    """The narrowest box that needs no more lines, so that no line is left with one word."""
    if block.lines == 1:
        return block
    low, high, best = block.width / block.lines, float(block.width), block
    for _ in range(7):
        middle = (low + high) / 2
        tried = lay_out(text, block.style, middle, fonts)
        if tried.lines <= block.lines and tried.width <= math.ceil(middle):
            high, best = middle, tried
        else:
            low = middle
    return best


def _build(
    pieces: Sequence[tuple[str, Style]], style: Style, width: float, fonts: Fonts, is_right_to_left: bool | None
) -> Block:
    text = "".join(piece for piece, _ in pieces)
    fonts.prepare(text)
    turned = runs_right_to_left(text) if is_right_to_left is None else is_right_to_left
    paragraph_style = skia.textlayout.ParagraphStyle()
    paragraph_style.setTextAlign(_ALIGN[style.align, turned])
    paragraph_style.setTextStyle(_text_style(style, fonts))
    builder = skia.textlayout.ParagraphBuilder.make(paragraph_style, fonts.collection, _UNICODE)
    for number, (piece, own) in enumerate(pieces):
        builder.pushStyle(_text_style(own, fonts))
        start = _ISOLATE if turned and number == 0 else ""
        builder.addText(start + piece + (_POP if turned and number == len(pieces) - 1 else ""))
        builder.pop()
    paragraph = builder.Build()
    paragraph.layout(min(width, 1e5))
    tight, high = math.ceil(paragraph.LongestLine + 0.01), paragraph.Height
    paragraph.layout(tight)
    while paragraph.Height > high and tight < width:  # where letters stand closer the longest line is told too short
        tight += 1
        paragraph.layout(tight)
    if tight > width:  # a word longer than the line
        tight = max(tight, math.ceil(paragraph.MinIntrinsicWidth))
    line = style.size * style.leading
    return Block(paragraph, tight, math.ceil(paragraph.Height), line, style, turned)


def _text_style(style: Style, fonts: Fonts) -> skia.textlayout.TextStyle:
    made = skia.textlayout.TextStyle()
    made.setFontFamilies(fonts.families)
    made.setFontSize(style.size)
    made.setFontStyle(skia.FontStyle(style.weight, skia.FontStyle.kNormal_Width, skia.FontStyle.kUpright_Slant))
    made.setColor(skia.Color(*style.color, round(255 * style.alpha)))
    made.setHeight(style.leading)
    made.setHeightOverride(True)
    made.setHalfLeading(True)
    if not find_language(style.language).is_right_to_left:  # whose letters are joined
        made.setLetterSpacing(style.spacing * style.size)
    made.setLocale(style.language)
    return made
