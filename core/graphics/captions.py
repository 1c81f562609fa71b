# SPDX-License-Identifier: GPL-3.0-or-later
"""Captions burned into the picture: one or two lines, and a mark that goes from word to word as they are said."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from core.film.cut import Cut, Said, SaidWord
from core.graphics.boxes import Box
from core.graphics.layer import Layer, Picture, paint
from core.graphics.paragraph import Block, Style, find_words, lay_out, runs_right_to_left
from core.graphics.stage import CAPTION, HAIR, Stage, ladder, pen, rounded
from core.graphics.theme import Sizes
from core.pronunciation.languages import find_language

_BRIDGED = 0.4  # seconds to the next word over which the mark stays
# Seconds that a caption stays behind its last word, and that must be left without one then: less would be a flicker
# before the next, or before the cut.
_LINGER, _LEAST_BLANK = 0.35, 0.35
_PARTS = tuple(",;:.!?،؛。、，；：！？—–")
_SHORT = 3  # letters of a word that belongs to the next, as articles, prepositions and pronouns do
# What it costs to break behind a word where the sense parts, behind any other, and behind one that belongs to the next;
# that there is one more page; that it is nearly empty; and that it is seen for no more than a moment.
_PARTED, _PLAIN, _TORN, _PAGE, _EMPTY, _HURRIED = 0.0, 0.5, 1.0, 0.7, 0.9, 1.2
_READABLE = 0.9  # seconds that a page should be seen
_AROUND = (0.62, 0.3)  # of the type's size: the panel around its lines, across and down
_LEADING = 1.32  # height of a line, in the type's size


@dataclass(frozen=True)
class Page:
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


def caption_lines(places: Iterable[str], sizes: Sizes) -> int:
    """How many lines a page has at most: one where an insert stands above the face, which then needs the height."""
    return 1 if is_beside(places, sizes) else 2


def is_beside(places: Iterable[str], sizes: Sizes) -> bool:
    """Whether an insert that would stand beside the face stands above it."""
    return sizes.is_stacked and not {"left", "right"}.isdisjoint(places)


def stands_above(places: Iterable[str], sizes: Sizes) -> bool:
    """Whether captions stand above the face, below what else is there: below an insert, and where the apps of phones
    cover the foot of the picture; so that the face comes low enough for its body to go on to the picture's edge."""
    return sizes.captions_above or is_beside(places, sizes)


def caption_height(lines: int) -> float:
    """Of a page of so many lines, in the type's size."""
    return lines * _LEADING + 2 * _AROUND[1]


def draw_captions(cut: Cut, stage: Stage) -> list[Layer]:
    """Layers ``caption`` (a page) and ``caption_word`` (the mark over the word being said)."""
    pages = find_pages(cut, stage)
    if not pages:
        return []
    laid = [_lay_page(page, stage) for page in pages]
    width = max(size[0] for _, size in laid)
    height = max(size[1] for _, size in laid)
    start, end = pages[0].words[0].start, max(page.end for page in pages)
    middle = (stage.size[0] - width) / 2
    hair = 0.0 if stage.captions_above else HAIR  # it is better than a list that is parted from its slide
    place = stage.choose(_find_places(width, height, middle, stage, start, end), start, end, hair)
    stage.take(place, start, end, CAPTION)
    is_low = (place.top + place.bottom) / 2 > stage.size[1] / 2
    layers: list[Layer] = []
    for page, (lines, size) in zip(pages, laid, strict=True):
        top = place.bottom - size[1] if is_low else place.top
        left = (stage.size[0] - size[0]) / 2
        layers += _draw_page(page, lines, Box(left, top, left + size[0], top + size[1]), stage)
    return layers


def _find_places(
    width: float, height: float, left: float, stage: Stage, start: float, end: float
) -> Iterator[Box]:
    """At the bottom, else above below what is in the corners, or the other way; else wherever it hides least."""
    safe = stage.safe
    tops = (safe.bottom - height, stage.room.top)
    for top in (stage.find_shelf(height, start, end), *tops) if stage.captions_above else tops:
        yield Box(left, top, left + width, top + height)
    yield from ladder(width, height, safe, [left])


def find_pages(cut: Cut, stage: Stage) -> list[Page]:
    """What is seen of all captions of a shot, one after the other."""
    pages = [page for said in cut.said for page in _divide_said(said, stage)]
    pages.sort(key=lambda page: page.words[0].start)
    following = [*(page.words[0].start for page in pages[1:]), stage.seconds]
    return [replace(page, end=_until(page, following[number])) for number, page in enumerate(pages)]


def _until(page: Page, following: float) -> float:
    spoken = page.words[-1].end
    return following if following - spoken < _LINGER + _LEAST_BLANK else spoken + _LINGER


def _divide_said(said: Said, stage: Stage) -> list[Page]:
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
    return [Page(one, one[-1][-1].end, gap, said.language) for one in lines]


def _break_page(
    words: list[SaidWord], gap: str, style: Style, stage: Stage
) -> list[tuple[tuple[SaidWord, ...], ...]]:
    """Words as pages of as many lines as there may be, as wide as fits: few, full, cut where the sense parts."""
    wide = _find_width(style, stage)

    @functools.cache
    def measure(first: int, last: int) -> float:
        """In widths of a line."""
        return lay_out(gap.join(word.text for word in words[first:last]), style, math.inf, stage.fonts).width / wide

    def find_cost(first: int, last: int, cuts: Sequence[int]) -> float:
        lasts = (words[last].start if last < len(words) else words[-1].end) - words[first].start
        filled = min(measure(first, last) / (1 + len(cuts)), 1.0)
        broken = _find_break(words[last - 1].text, gap) if last < len(words) else 0.0
        return _PAGE + broken + _EMPTY * (1 - filled) ** 2 + _HURRIED * max(1 - lasts / _READABLE, 0.0)

    costs: list[float] = [0.0]  # of the best pages up to each word
    pages: list[tuple[int, tuple[tuple[SaidWord, ...], ...]]] = [(0, ())]  # the last of them, and where it begins
    for last in range(1, len(words) + 1):
        found = []
        for first in range(last):
            cuts = _break_lines(words, first, last, gap, measure, stage.caption_lines)
            if cuts is not None:
                found.append((costs[first] + find_cost(first, last, cuts), first, cuts))
        cost, first, cuts = min(found)
        costs.append(cost)
        pages.append((first, tuple(tuple(words[one:other]) for one, other in pairwise((first, *cuts, last)))))
    chosen, last = [], len(words)
    while last:
        last, page = pages[last]
        chosen.append(page)
    return chosen[::-1]


def _break_lines(
    words: Sequence[SaidWord], first: int, last: int, gap: str, measure: Callable[[int, int], float], lines: int
) -> tuple[int, ...] | None:
    """Where lines of a page break; None where it does not fit."""
    if measure(first, last) <= 1.0 or last - first == 1:
        return ()
    fitting = [cut for cut in range(first + 1, last) if max(measure(first, cut), measure(cut, last)) <= 1.0]
    if lines < 2 or not fitting:
        return None
    return (
        min(fitting, key=lambda cut: abs(measure(first, cut) - measure(cut, last))
            + 0.5 * _find_break(words[cut - 1].text, gap)),
    )  # fmt: skip


def _find_break(word: str, gap: str) -> float:
    """What it costs to break behind a word."""
    if word.endswith(_PARTS):
        return _PARTED
    return _TORN if gap and len(word) <= _SHORT else _PLAIN


def _style(stage: Stage, language: str) -> Style:
    return replace(stage.style(stage.sizes.caption, 600, stage.theme.paper), language=language, leading=_LEADING)


def _find_width(style: Style, stage: Stage) -> float:
    """How wide a line may be within its panel."""
    return stage.sizes.caption_width * stage.size[0] - 2 * _AROUND[0] * style.size


def _lay_page(page: Page, stage: Stage) -> tuple[list[_Line], tuple[float, float]]:
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


def _draw_page(page: Page, lines: list[_Line], place: Box, stage: Stage) -> list[Layer]:
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


def _draw_marks(page: Page, line: _Line, place: Box, stage: Stage) -> list[Picture | None]:
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
