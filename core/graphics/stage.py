# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture that is drawn over: its size, its faces, its type, and which places are taken when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import skia

from core.film.cut import Faces
from core.graphics.boxes import Box, Taken, choose_place, find_faces
from core.graphics.fonts import Fonts
from core.graphics.paragraph import Style
from core.graphics.theme import Color, Size, Sizes, Theme, find_sizes

# How bad it is to stand over each: a face or a caption never, another text hardly, a picture rather not.
FACE, CAPTION, MARK, TEXT, INSERT = 100.0, 100.0, 60.0, 40.0, 8.0


@dataclass
class Stage:
    """What the parts of `draw_cut` share; taken grows with what they draw. seconds: length of the shot."""

    size: Size
    fps: int
    seconds: float
    faces: Faces
    fonts: Fonts
    theme: Theme
    language: str
    taken: list[Taken] = field(default_factory=list)

    @property
    def sizes(self) -> Sizes:
        return find_sizes(self.size)

    @property
    def safe(self) -> Box:
        """Where text may stand."""
        left, top, right, bottom = self.sizes.margin
        width, height = self.size
        return Box(left * width, top * height, (1 - right) * width, (1 - bottom) * height)

    @property
    def whole(self) -> Box:
        return Box(0.0, 0.0, float(self.size[0]), float(self.size[1]))

    def px(self, share: float) -> float:
        """Pixels of a share of the shorter side."""
        return share * min(self.size)

    def snap(self, seconds: float) -> float:
        """The time of the nearest frame, within the shot."""
        return min(max(round(seconds * self.fps) / self.fps, 0.0), self.seconds)

    def style(self, share: float, weight: int, color: Color, **more: object) -> Style:
        return replace(Style(self.px(share), weight, color, language=self.language), **more)  # type: ignore[arg-type]

    def choose(self, candidates: Iterable[Box], start: float, end: float) -> Box:
        """The candidate that hides least of the faces and of what is drawn so far."""
        faces = [Taken(box, start, end, FACE) for box in find_faces(self.faces, self.size, self.fps, start, end)]
        return choose_place(candidates, faces + self.taken, start, end)

    def take(self, box: Box, start: float, end: float, weight: float) -> None:
        self.taken.append(Taken(box.grow(self.px(self.theme.gap) / 2), start, end, weight))


def pen(color: Color, alpha: float = 1.0) -> skia.Paint:
    """A paint that fills with smooth edges."""
    return skia.Paint(Color=skia.Color(*color, round(255 * alpha)), AntiAlias=True)


def rounded(box: Box, radius: float) -> skia.RRect:
    return skia.RRect.MakeRectXY(skia.Rect(box.left, box.top, box.right, box.bottom), radius, radius)


def soft_shadow(canvas: skia.Canvas, box: Box, radius: float, blur: float, alpha: float) -> None:
    """Below a box, a little lower than it."""
    paint = pen((0, 0, 0), alpha)
    paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.BlurStyle.kNormal_BlurStyle, blur / 2))
    canvas.drawRRect(rounded(box.shift(0, blur / 3), radius), paint)


def ladder(width: float, height: float, safe: Box, lefts: Iterable[float], steps: int = 14) -> Iterable[Box]:
    """Boxes of a size from the bottom of an area upwards, for each left edge in turn at every height."""
    lefts = list(lefts)
    low, high = safe.bottom - height, min(safe.top, safe.bottom - height)
    for step in range(steps):
        top = low + (high - low) * step / (steps - 1)
        for left in lefts:
            yield Box(left, top, left + width, top + height)
