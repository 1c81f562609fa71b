# SPDX-License-Identifier: GPL-3.0-or-later
"""Captions burned into the picture: one or two lines, and a mark that goes from word to word as they are said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.film.cut import Cut, Said, SaidWord
from core.graphics.boxes import Box
from core.graphics.layer import Layer, Picture, paint
from core.graphics.paragraph import Block, Style, find_words, lay_out, runs_right_to_left
from core.graphics.stage import CAPTION, Stage, ladder, pen, rounded
from core.pronunciation.languages import find_language

_BRIDGED = 0.4  # seconds to the next word over which the mark stays
# Seconds that a caption stays behind its last word, and that must be left without one then: less would be a flicker
# before the next, or before the cut.
_LINGER, _LEAST_BLANK = 0.35, 0.35
_PARTS = tuple(",;:.!?،؛。、，；：！？—–")
_AROUND = (0.62, 0.3)  # of the type's size: the panel around its lines, across and down
_LEADING = 1.32  # height of a line, in the type's size
HEIGHT = 2 * _LEADING + 2 * _AROUND[1]  # of a page of two lines, in the type's size


@dataclass(frozen=True)
class _Page:
    """What is seen at once: lines of words, from the first one's beginning until end."""

    lines: tuple[tuple[SaidWord, ...], ...]
    end: float
    gap: str
    language: str

    @property
    def words(self) -> tuple[SaidWord, ...]:
        return tuple(word for line in self.lines for word in line)


@dataclass(frozen=True)
class _Line:
    words: tuple[SaidWord, ...]
    block: Block
    box: Box  # of the text, from 0, 0 of the page


def draw_captions(cut: Cut, stage: Stage) -> list[Layer]:
    """Layers ``caption`` (a page) and ``caption_word`` (the mark over the word being said)."""
    pages = _find_pages(cut, stage)
    if not pages:
        return []
    laid = [_lay_page(page, stage) for page in pages]
    width = max(size[0] for _, size in laid)
    height = max(size[1] for _, size in laid)
    start, end = pages[0].words[0].start, max(page.end for page in pages)
    middle = (stage.size[0] - width) / 2
    place = stage.choose(_find_places(width, height, middle, stage), start, end)
    stage.take(place, start, end, CAPTION)
    is_low = (place.top + place.bottom) / 2 > stage.size[1] / 2
    layers: list[Layer] = []
    for page, (lines, size) in zip(pages, laid, strict=True):
        top = place.bottom - size[1] if is_low else place.top
        left = (stage.size[0] - size[0]) / 2
        layers += _draw_page(page, lines, Box(left, top, left + size[0], top + size[1]), stage)
    return layers


def _find_places(width: float, height: float, left: float, stage: Stage) -> Iterator[Box]:
    """At the bottom, else above below what is in the corners, else wherever it hides least."""
    safe = stage.safe
    for top in (safe.bottom - height, stage.room.top):
        yield Box(left, top, left + width, top + height)
    yield from ladder(width, height, safe, [left])


def _find_pages(cut: Cut, stage: Stage) -> list[_Page]:
    pages = [page for said in cut.said for page in _divide_said(said, stage)]
    pages.sort(key=lambda page: page.words[0].start)
    following = [*(page.words[0].start for page in pages[1:]), stage.seconds]
    return [replace(page, end=_until(page, following[number])) for number, page in enumerate(pages)]


def _until(page: _Page, following: float) -> float:
    spoken = page.words[-1].end
    return following if following - spoken < _LINGER + _LEAST_BLANK else spoken + _LINGER


def _divide_said(said: Said, stage: Stage) -> list[_Page]:
    """The words of each caption as pages that fit the format's width."""
    words = [word for word in said.words if word.text.strip()]
    starts = [caption.start for caption in said.captions[1:]]
    groups: list[list[SaidWord]] = [[]]
    for word in words:
        if starts and word.start >= starts[0] - 1e-3:
            starts = [start for start in starts if start > word.start + 1e-3]
            groups.append([])
        groups[-1].append(word)
    language = find_language(said.language)
    gap = " " if language.is_spaced else ""
    style = _style(stage, said.language)
    lines = (pages for group in groups if group for pages in _break_page(group, gap, style, stage))
    return [_Page(one, one[-1][-1].end, gap, said.language) for one in lines]


def _break_page(
    words: list[SaidWord], gap: str, style: Style, stage: Stage
) -> list[tuple[tuple[SaidWord, ...], ...]]:
    """Words as pages of one or two lines, each as wide as fits, cut rather where the sense parts."""
    wide = _find_width(style, stage)

    def measure(part: Sequence[SaidWord]) -> float:
        return lay_out(gap.join(word.text for word in part), style, float("inf"), stage.fonts).width

    if measure(words) <= wide or len(words) == 1:
        return [(tuple(words),)]
    cuts = range(1, len(words))
    halves = {cut: (measure(words[:cut]), measure(words[cut:])) for cut in cuts}
    fitting = [cut for cut in cuts if max(halves[cut]) <= wide]

    def oddness(cut: int) -> float:
        return abs(halves[cut][0] - halves[cut][1]) - (0.35 * wide if words[cut - 1].text.endswith(_PARTS) else 0.0)

    if fitting:
        cut = min(fitting, key=oddness)
        return [(tuple(words[:cut]), tuple(words[cut:]))]
    cut = min(cuts, key=oddness)
    return _break_page(words[:cut], gap, style, stage) + _break_page(words[cut:], gap, style, stage)


def _style(stage: Stage, language: str) -> Style:
    return replace(stage.style(stage.sizes.caption, 600, stage.theme.paper), language=language, leading=_LEADING)


def _find_width(style: Style, stage: Stage) -> float:
    """How wide a line may be within its panel."""
    return stage.sizes.caption_width * stage.size[0] - 2 * _AROUND[0] * style.size


def _lay_page(page: _Page, stage: Stage) -> tuple[list[_Line], tuple[float, float]]:
    """The lines within their panel, and the panel's size."""
    style = _style(stage, page.language)
    across, down = _AROUND[0] * style.size, _AROUND[1] * style.size
    turned = find_language(page.language).is_right_to_left or runs_right_to_left(page.words[0].text)
    wide = _find_width(style, stage)
    blocks = []
    for line in page.lines:
        text = page.gap.join(word.text for word in line)
        block = lay_out(text, style, float("inf"), stage.fonts, turned)
        if block.width > wide:  # a single long word
            smaller = replace(style, size=style.size * wide / block.width)
            block = lay_out(text, smaller, float("inf"), stage.fonts, turned)
        blocks.append(block)
    width = max(block.width for block in blocks)
    lines, y = [], down
    for words, block in zip(page.lines, blocks, strict=True):
        x = across + (width - block.width) / 2
        lines.append(_Line(words, block, Box(x, y, x + block.width, y + block.line)))
        y += block.line
    return lines, (width + 2 * across, y + down)


def _draw_page(page: _Page, lines: list[_Line], place: Box, stage: Stage) -> list[Layer]:
    theme, start, end = stage.theme, stage.snap(page.words[0].start), stage.snap(page.end)

    def panel(canvas) -> None:  # type: ignore[no-untyped-def]
        canvas.drawRRect(rounded(place, stage.px(theme.radius)), pen(theme.ink, theme.panel))
        for line in lines:
            line.block.paint(canvas, place.left + line.box.left, place.top + line.box.top)

    layers = [Layer("caption", start, end, paint(place, panel), place)]
    spoken = page.words
    marks = [mark for line in lines for mark in _draw_marks(page, line, place, stage)]
    for index, (word, picture) in enumerate(zip(spoken, marks, strict=True)):
        following = spoken[index + 1].start if index + 1 < len(spoken) else page.end
        until = following if following - word.end < _BRIDGED else word.end
        first, last = stage.snap(word.start), stage.snap(until)
        if picture and last > first:
            layers.append(Layer("caption_word", first, min(last, end), picture, picture.box))
    return layers


def _draw_marks(page: _Page, line: _Line, place: Box, stage: Stage) -> list[Picture | None]:
    """For each word of a line a pill with the word in it."""
    theme, size = stage.theme, line.block.style.size
    boxes = find_words([word.text for word in line.words], page.gap, line.block, stage.fonts)
    x, y = place.left + line.box.left, place.top + line.box.top
    room = 0.13 * size if page.gap else 0.04 * size
    own = replace(line.block.style, color=theme.on_accent)
    text = page.gap.join(word.text for word in line.words)
    dark = lay_out(text, own, float("inf"), stage.fonts, line.block.is_right_to_left)
    drawn: list[Picture | None] = []
    for box in boxes:
        if box is None:
            drawn.append(None)
            continue
        top, bottom = min(0.07 * line.block.line, box.top - 1), max(0.95 * line.block.line, box.bottom + 1)
        pill = Box(x + box.left - room, y + top, x + box.right + room, y + bottom)

        def painter(canvas, pill: Box = pill) -> None:  # type: ignore[no-untyped-def]
            shape = rounded(pill, 0.17 * size)
            canvas.drawRRect(shape, pen(theme.accent))
            canvas.clipRRect(shape, True)
            dark.paint(canvas, x, y)

        drawn.append(paint(pill, painter))
    return drawn
