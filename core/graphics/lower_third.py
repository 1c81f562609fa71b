# SPDX-License-Identifier: GPL-3.0-or-later
"""Who speaks: a name and a role on a panel that opens out of a bar, and closes into it."""

from __future__ import annotations

from dataclasses import dataclass

import skia

from core.film.cut import Timed
from core.graphics.boxes import Box
from core.graphics.layer import Layer, Picture, ease, paint
from core.graphics.paragraph import Block, fit
from core.graphics.stage import TEXT, Stage, ladder, pen, rounded, soft_shadow
from core.storyboard.storyboard import Text

_BAR, _OPEN, _WRITE, _CLOSE = 0.28, 0.6, 0.45, 0.4  # seconds: the bar grows, the panel opens, a line comes, all goes
_AFTER = (0.12, 0.24, 0.34)  # seconds: when the panel, the first and the second line begin


@dataclass(frozen=True)
class _Plate:
    """box: of panel and bar together; first and second stand at x from its edge of the bar."""

    box: Box
    first: Block
    second: Block | None
    bar: float
    inset: float
    down: float
    between: float

    @property
    def is_turned(self) -> bool:
        return self.first.is_right_to_left


def draw_lower_third(timed: Timed[Text], stage: Stage) -> list[Layer]:
    """One layer ``lower_third``, low and to the side where the text begins."""
    start, end = stage.snap(timed.start), stage.snap(timed.end)
    if end <= start:
        return []
    plate = _lay(timed.what, stage, start, end)
    stage.take(plate.box, start, end, TEXT)
    room = plate.box.grow(stage.px(stage.theme.shadow) * 1.6)
    still = paint(room, lambda canvas: _paint(canvas, plate, stage, 1.0, 1.0, (1.0, 1.0)))
    entered = _AFTER[2] + _WRITE

    def draw(seconds: float) -> Picture:
        since, left = seconds - start, end - seconds
        if since >= entered and left >= _CLOSE:
            return still
        bar, panel = ease(since / _BAR), ease((since - _AFTER[0]) / _OPEN)
        lines = ease((since - _AFTER[1]) / _WRITE), ease((since - _AFTER[2]) / _WRITE)
        going = 1.0 - ease(1.0 - left / _CLOSE) if left < _CLOSE else 1.0
        panel, lines = min(panel, going), (min(lines[0], going), min(lines[1], going))
        bar = min(bar, min(left / (0.45 * _CLOSE), 1.0))
        return paint(room, lambda canvas: _paint(canvas, plate, stage, bar, panel, lines))

    return [Layer("lower_third", start, end, draw, plate.box)]


def _lay(text: Text, stage: Stage, start: float, end: float) -> _Plate:
    theme, sizes = stage.theme, stage.sizes
    widest = (0.8 if sizes.is_stacked else 0.46) * stage.size[0]
    bar, gap = stage.px(theme.bar), stage.px(theme.gap)
    inset, down = bar + gap, 0.8 * gap
    room = min(widest, stage.safe.width) - inset - 1.25 * gap
    style = stage.style(sizes.name, 600, theme.paper, leading=1.22, spacing=-0.008)
    first = fit(text.text, style, room, 1, stage.fonts)
    second = None
    if text.second:
        second = fit(text.second, stage.style(sizes.role, 400, theme.quiet, leading=1.3), room, 2, stage.fonts)
    between = 0.12 * gap
    width = inset + max(first.width, second.width if second else 0) + 1.25 * gap
    height = 2 * down + first.height + (between + second.height if second else 0)
    near, far = stage.safe.left, stage.safe.right - width
    sides = [far, near] if first.is_right_to_left else [near, far]
    box = stage.choose(ladder(width, height, stage.room, sides), start, end)
    return _Plate(box, first, second, bar, inset, down, between)


def _paint(
    canvas: skia.Canvas, plate: _Plate, stage: Stage, bar: float, panel: float, lines: tuple[float, float]
) -> None:
    """bar, panel, lines: how far each has come, 0..1."""
    theme, box, turned = stage.theme, plate.box, plate.is_turned
    radius = stage.px(theme.radius)
    width = plate.bar + (box.width - plate.bar) * panel
    seen = Box(box.right - width, box.top, box.right, box.bottom) if turned else Box(
        box.left, box.top, box.left + width, box.bottom)  # fmt: skip
    if panel > 0.01:
        soft_shadow(canvas, seen, radius, stage.px(theme.shadow), 0.35 * panel)
        canvas.save()
        canvas.clipRRect(rounded(seen, min(radius, seen.width / 2)), True)
        canvas.drawRect(_rect(seen), pen(theme.ink, min(theme.panel + 0.06, 1.0)))
        y = box.top + plate.down
        for block, share in ((plate.first, lines[0]), (plate.second, lines[1])):
            if block and share > 0:
                _write(canvas, block, plate, y, share, stage)
            y += block.height + plate.between if block else 0.0
        canvas.restore()
    high = box.height * bar
    middle = (box.top + box.bottom) / 2
    left = box.right - plate.bar if turned else box.left
    strip = Box(left, middle - high / 2, left + plate.bar, middle + high / 2)
    canvas.save()
    if panel > 0.01:
        canvas.clipRRect(rounded(seen, min(radius, seen.width / 2)), True)
    canvas.drawRect(_rect(strip), pen(theme.accent))
    canvas.restore()


def _write(canvas: skia.Canvas, block: Block, plate: _Plate, y: float, share: float, stage: Stage) -> None:
    """A line that slides out from the bar."""
    way = (1.0 - share) * stage.px(0.03)
    box = plate.box
    x = box.right - plate.inset - block.width + way if plate.is_turned else box.left + plate.inset - way
    if share >= 1.0:
        block.paint(canvas, x, y)
        return
    canvas.saveLayer(None, skia.Paint(Alphaf=share))
    block.paint(canvas, x, y)
    canvas.restore()


def _rect(box: Box) -> skia.Rect:
    return skia.Rect(box.left, box.top, box.right, box.bottom)
