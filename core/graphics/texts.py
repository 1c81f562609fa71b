# SPDX-License-Identifier: GPL-3.0-or-later
"""Titles, lists whose bullets come one by one, and notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import skia

from core.film.cut import Timed
from core.graphics.boxes import Box
from core.graphics.layer import Layer, Motion, paint
from core.graphics.paragraph import Block, fit
from core.graphics.stage import INSERT, TEXT, Stage, ladder, pen, rounded, soft_shadow
from core.storyboard.storyboard import Text

_ENTER, _LEAVE, _STAGGER = 0.6, 0.35, 0.12  # seconds
_FOOT, _FOOT_DARK = 0.12, 0.97  # how high a shade rises above the end of a body, of the picture's height; its opacity

# How far a title's shade reaches beyond the text, in the text's own reach: above or below a face, and beside one; and
# the steps in which it falls, as softly as light does.
_REACH, _STEPS = (1.6, 1.75), tuple(step / 8 for step in range(9))


def draw_title(timed: Timed[Text], stage: Stage) -> list[Layer]:
    """A shade from one side of the picture, and over it large type with a short bar; the second line follows."""
    theme, sizes, text = stage.theme, stage.sizes, timed.what
    start, end = stage.snap(timed.start), stage.snap(timed.end)
    if end <= start:
        return []
    room = stage.safe.width * (1.0 if sizes.is_stacked else 0.52)
    style = stage.style(sizes.title, 700, theme.paper, leading=1.08, spacing=-0.02)
    first = fit(text.text, style, room, 3, stage.fonts)
    second = None
    if text.second:
        style = stage.style(sizes.subtitle, 400, theme.quiet, leading=1.3)
        second = fit(text.second, style, room, 3, stage.fonts)
    bar, gap = stage.px(theme.bar * 1.3), stage.px(theme.gap)
    width = max(first.width, second.width if second else 0)
    height = bar + 1.1 * gap + first.height + (0.7 * gap + second.height if second else 0)
    place = stage.choose(_title_places(width, height, stage, first.is_right_to_left), start, end)
    stage.take(place, start, end, TEXT)
    shift = (0.0, stage.px(0.035))
    layers = [_draw_shade(place, start, end, stage)]
    long = stage.px(0.075)
    x = place.right - long if first.is_right_to_left else place.left
    strip = Box(x, place.top, x + long, place.top + bar)
    layers.append(Layer("title", start, end, paint(strip, lambda canvas: canvas.drawRRect(
        rounded(strip, bar / 2), pen(theme.accent))), strip, Motion(_ENTER, _LEAVE, shift)))  # fmt: skip
    y = place.top + bar + 1.1 * gap
    for number, block in enumerate(block for block in (first, second) if block):
        left = _edge(block, place, 0.0, first.is_right_to_left)
        layers.append(_write(block, left, y, start + (number + 1) * _STAGGER, end, stage, shift))
        y += block.height + 0.7 * gap
    return layers


def draw_bullets(timed: Sequence[Timed[Text]], stage: Stage) -> list[Layer]:
    """A list: each bullet on a panel of its own that comes at its time, below those before it; or in their place, where
    an insert above a face leaves room for one."""
    is_single = stage.sizes.is_stacked and stage.list_room > 0
    timed = _take_turns(timed) if is_single else timed
    timed = [one for one in timed if stage.snap(one.end) > stage.snap(one.start)]
    if not timed:
        return []
    theme, sizes = stage.theme, stage.sizes
    for scale in (1.0, 0.92, 0.85, 0.78, 0.72):
        gap = stage.px(theme.gap) * scale
        dot = stage.px(sizes.bullet) * 0.36 * scale
        width = min(sizes.list_width * stage.size[0], stage.safe.width)
        style = stage.style(sizes.bullet * scale, 500, theme.paper, leading=1.25)
        inset = gap + dot + 0.8 * gap
        room = width - inset - 1.1 * gap
        blocks = [fit(one.what.text, style, room, 3, stage.fonts) for one in timed]
        lesser = stage.style(sizes.note * scale, 400, theme.quiet)
        seconds = [fit(one.what.second, lesser, room, 3, stage.fonts) if one.what.second else None for one in timed]
        heights = [block.height + (second.height if second else 0) + 1.3 * gap
                   for block, second in zip(blocks, seconds, strict=True)]  # fmt: skip
        width = inset + max(block.width for block in blocks + [second for second in seconds if second]) + 1.1 * gap
        between = 0.45 * gap
        total = max(heights) if is_single else sum(heights) + between * (len(heights) - 1)
        if total <= (stage.px(stage.list_room) or sizes.list_height * stage.size[1]):
            break
    turned = any(block.is_right_to_left for block in blocks)  # a Latin name may be a bullet among Arabic ones
    start, end = stage.snap(timed[0].start), max(stage.snap(one.end) for one in timed)
    place = stage.choose(_list_places(width, total, stage, turned), start, end)
    stage.take(place, start, end, TEXT)
    layers, y = [], place.top
    for one, block, second, height in zip(timed, blocks, seconds, heights, strict=True):
        box = Box(place.left, y, place.right, y + height)
        layers.append(_draw_bullet(one, (block, second), box, (gap, inset, dot), turned, stage))
        y += 0.0 if is_single else height + between
    return layers


def _take_turns(timed: Sequence[Timed[Text]]) -> list[Timed[Text]]:
    """Each until the next one comes."""
    timed = sorted(timed, key=lambda one: one.start)
    ends = [min(one.end, after.start) for one, after in pairwise(timed)]
    return [replace(one, end=end) for one, end in zip(timed, [*ends, *(one.end for one in timed[-1:])], strict=True)]


def draw_foot(stage: Stage) -> list[Layer]:
    """Where one would see that bodies end a shade rises from the picture's foot, as below the captions of phones."""
    if stage.faces.ends <= 0:
        return []
    width, height = stage.size
    end = (1.0 - stage.faces.ends) * height
    area = Box(0.0, max(end - _FOOT * height, 0.0), width, height)
    solid = (height - end - 0.02 * height) / area.height
    shader = _make_fall(_FOOT_DARK, (0, area.bottom), (0, area.top), max(solid, 0.0), stage)
    picture = paint(area, lambda canvas: canvas.drawPaint(skia.Paint(Shader=shader, Dither=True)))
    return [Layer("shade", 0.0, stage.seconds, picture, area)]


def draw_note(timed: Timed[Text], stage: Stage) -> list[Layer]:
    """A remark in small type, where it hides least."""
    theme, sizes, text = stage.theme, stage.sizes, timed.what
    start, end = stage.snap(timed.start), stage.snap(timed.end)
    if end <= start:
        return []
    across, down = 0.85 * stage.px(theme.gap), 0.6 * stage.px(theme.gap)
    room = min((0.74 if sizes.is_stacked else 0.34) * stage.size[0], stage.safe.width) - 2 * across
    first = fit(text.text, stage.style(sizes.note, 500, theme.paper, leading=1.34), room, 4, stage.fonts)
    second = None
    if text.second:
        style = stage.style(sizes.note * 0.86, 400, theme.quiet, leading=1.34)
        second = fit(text.second, style, room, 2, stage.fonts)
    width = max(first.width, second.width if second else 0) + 2 * across
    height = first.height + (second.height if second else 0) + 2 * down
    near, far = stage.safe.left, stage.safe.right - width
    sides = [near, far] if first.is_right_to_left else [far, near]
    box = stage.choose(ladder(width, height, stage.room, sides), start, end)
    stage.take(box, start, end, TEXT)

    def painter(canvas: skia.Canvas) -> None:
        canvas.drawRRect(rounded(box, stage.px(theme.radius)), pen(theme.ink, theme.panel))
        y = box.top + down
        for block in (first, second):
            if block:
                block.paint(canvas, _edge(block, box, across, first.is_right_to_left), y)
                y += block.height

    return [Layer("note", start, end, paint(box, painter), box, Motion(0.4, 0.3, (0.0, stage.px(0.012))))]


def _write(
    block: Block, x: float, y: float, start: float, end: float, stage: Stage, shift: tuple[float, float]
) -> Layer:
    box = Box(x, y, x + block.width, y + block.height)
    style = block.style
    room = box.grow(0.15 * style.size)
    picture = paint(room, lambda canvas: block.paint(canvas, x, y))
    return Layer("title", min(stage.snap(start), end), end, picture, box, Motion(_ENTER, _LEAVE, shift))


def _edge(block: Block, box: Box, inset: float, is_turned: bool) -> float:
    """Where a block's left edge is when it begins at the left of a box, or at the right."""
    return box.right - inset - block.width if is_turned else box.left + inset


def _draw_shade(place: Box, start: float, end: float, stage: Stage) -> Layer:
    """Dark at the side of the picture where the text is, gone where it ends."""
    width, height = stage.size
    is_side = not stage.sizes.is_stacked
    reach = _REACH[is_side]
    if is_side and place.left < width / 2 - place.width / 2:
        points, area = ((0, 0), (place.right * reach, 0)), Box(0, 0, place.right * reach, height)
    elif is_side:
        far = width - (width - place.left) * reach
        points, area = ((width, 0), (far, 0)), Box(far, 0, width, height)
    elif place.top + place.bottom > height:
        far = height - (height - place.top) * reach
        points, area = ((0, height), (0, far)), Box(0, far, width, height)
    else:
        points, area = ((0, 0), (0, place.bottom * reach)), Box(0, 0, width, place.bottom * reach)
    area = area.meet(stage.whole)
    shader = _make_fall(min(stage.theme.scrim + 0.2, 1.0), *points, 0.0, stage)
    picture = paint(area, lambda canvas: canvas.drawPaint(skia.Paint(Shader=shader, Dither=True)))
    return Layer("shade", start, end, picture, area, Motion(0.5, 0.4))


def _make_fall(
    opacity: float, start: tuple[float, float], end: tuple[float, float], solid: float, stage: Stage
) -> skia.Shader:
    """From dark to clear between two points, level at both ends. solid: share of the way that is dark."""
    falls = [1.0 - share**2 * (3.0 - 2.0 * share) for share in _STEPS]
    colors = [skia.Color(*stage.theme.ink, round(255 * opacity * fall)) for fall in falls]
    places = [solid + (1.0 - solid) * share for share in _STEPS]
    return skia.GradientShader.MakeLinear([skia.Point(*start), skia.Point(*end)], colors, places)


def _title_places(width: float, height: float, stage: Stage, is_turned: bool) -> Iterator[Box]:
    safe = stage.room
    middle = safe.top + (safe.height - height) / 2
    if stage.sizes.is_stacked:
        left = safe.right - width if is_turned else safe.left
        if stage.title_room:
            yield Box(left, safe.top, left + width, safe.top + height)
        elif not stage.captions_above:
            yield Box(left, middle, left + width, middle + height)
        yield from ladder(width, height, safe, [left])
        return
    sides = [safe.right - width, safe.left] if is_turned else [safe.left, safe.right - width]
    for top in (middle, safe.bottom - height, safe.top):
        for left in sides:
            yield Box(left, top, left + width, top + height)


def _list_places(width: float, height: float, stage: Stage, is_turned: bool) -> Iterator[Box]:
    safe = stage.room
    for insert in [one.box for one in stage.taken if one.weight == INSERT] if stage.list_room else []:
        gap = 0.8 * stage.px(stage.theme.gap)  # as `take` leaves around it
        left = insert.right - gap - width if is_turned else insert.left + gap
        left = (insert.left + insert.right - width) / 2 if stage.sizes.is_stacked else left
        yield Box(left, insert.bottom, left + width, insert.bottom + height)
    if stage.sizes.is_stacked:
        yield from ladder(width, height, safe, [safe.left + (safe.width - width) / 2])
        return
    sides = [safe.left, safe.right - width] if is_turned else [safe.right - width, safe.left]
    middle = safe.top + (safe.height - height) / 2
    for top in (middle, max(safe.top, middle - 0.08 * stage.size[1]), safe.top):
        for left in sides:
            yield Box(left, top, left + width, top + height)


def _draw_bullet(
    timed: Timed[Text],
    blocks: tuple[Block, Block | None],
    box: Box,
    insets: tuple[float, float, float],
    turned: bool,
    stage: Stage,
) -> Layer:
    theme, (gap, inset, dot), (block, second) = stage.theme, insets, blocks
    start, end = stage.snap(timed.start), stage.snap(timed.end)
    top = box.top + 0.65 * gap

    def painter(canvas: skia.Canvas) -> None:
        radius = stage.px(theme.radius)
        soft_shadow(canvas, box, radius, stage.px(theme.shadow), 0.25)
        canvas.drawRRect(rounded(box, radius), pen(theme.ink, theme.panel))
        x = box.right - gap - dot if turned else box.left + gap
        y = top + block.line / 2 - dot / 2
        canvas.drawRRect(rounded(Box(x, y, x + dot, y + dot), 0.25 * dot), pen(theme.accent))
        block.paint(canvas, _edge(block, box, inset, turned), top)
        if second:
            second.paint(canvas, _edge(second, box, inset, turned), top + block.height)

    picture = paint(box.grow(1.6 * stage.px(theme.shadow)), painter)
    across = stage.px(0.03) * (1 if turned else -1)
    return Layer("bullet", start, end, picture, box, Motion(0.5, 0.3, (across, 0.0)))
