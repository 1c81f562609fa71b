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
from core.graphics.theme import THEME, Color, Size, Sizes, Theme, find_sizes

# How bad it is to stand over each: a face or a caption never, another text hardly, a picture rather not.
FACE, CAPTION, MARK, TEXT, INSERT, HAIR = 100.0, 100.0, 60.0, 40.0, 8.0, 4.0
_HAIR = (0.25, 0.4)  # of a face's size: how far hair goes beside and above it, and ends above its lower end
ROW = 3.0  # of the label's type: the row at the top that it may have for itself


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
    has_logo: bool = False
    list_room: float = 0.0  # share of the shorter side that a list has below an insert
    caption_lines: int = 2  # of a page
    captions_above: bool = False  # the face
    title_room: float = 0.0  # share of the shorter side that a title has above such captions
    label_below: bool = False  # the face, since an insert is above it
    taken: list[Taken] = field(default_factory=list)
    hidden: list[tuple[float, float]] = field(default_factory=list)  # times when an insert covers everything

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
    def room(self) -> Box:
        """Where texts of the shot may stand: below what is in the upper corners."""
        safe = self.safe
        row = find_row(self.sizes, self.has_logo)
        return Box(safe.left, safe.top + self.px(row), safe.right, safe.bottom)

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

    def choose(self, candidates: Iterable[Box], start: float, end: float, hair: float = HAIR) -> Box:
        """The candidate that hides least of the faces, of the hair around them and of what is drawn so far."""
        return choose_place(candidates, self._find_taken(start, end, hair), start, end)

    def is_free(self, box: Box, start: float, end: float) -> bool:
        """Whether a box hides no face, no text and no insert between two times."""
        there = [one for one in self._find_taken(start, end, 0.0) if one.start < end and one.end > start]
        return not any(one.box.overlap(box) > 0 for one in there if one.weight >= INSERT)

    def find_shelf(self, height: float, start: float, end: float) -> float:
        """The upper edge of what stands above a face between two times: below inserts and their list; else as near
        to the highest head as hair allows."""
        inserts = [one.box.bottom + self.px(self.list_room) for one in self.taken if one.weight == INSERT]
        if inserts:
            return max(inserts)
        faces = find_faces(self.faces, self.size, self.fps, start, end, self.hidden)
        crown = min((face.top - _HAIR[1] * face.height for face in faces), default=0.0)
        return max(self.room.top + self.px(self.title_room), crown - self.px(self.theme.gap) - height)

    def _find_taken(self, start: float, end: float, hair: float) -> list[Taken]:
        faces = find_faces(self.faces, self.size, self.fps, start, end, self.hidden)
        seen = [Taken(face, start, end, FACE) for face in faces]
        for face in faces:
            across, up = _HAIR[0] * face.width, _HAIR[1] * face.height
            head = Box(face.left - across, face.top - up, face.right + across, face.bottom - up)
            seen.append(Taken(head, start, end, hair))
        return seen + self.taken

    def take(self, box: Box, start: float, end: float, weight: float) -> None:
        self.taken.append(Taken(box.grow(self.px(self.theme.gap) * 0.8), start, end, weight))


def find_row(sizes: Sizes, has_logo: bool) -> float:
    """How high the row of label and logo at the top is, as a share of the shorter side."""
    return max(ROW * sizes.label, sizes.logo + THEME.gap if has_logo else 0.0)


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


def ladder(width: float, height: float, safe: Box, lefts: Iterable[float], steps: int = 24) -> Iterable[Box]:
    """Boxes of a size from the bottom of an area upwards, for each left edge in turn at every height."""
    lefts = list(lefts)
    low, high = safe.bottom - height, min(safe.top, safe.bottom - height)
    for step in range(steps):
        top = low + (high - low) * step / (steps - 1)
        for left in lefts:
            yield Box(left, top, left + width, top + height)
