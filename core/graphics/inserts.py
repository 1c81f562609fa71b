# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures, slides and videos beside a face or over the whole picture."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from unicodedata import east_asian_width

import cv2
import numpy as np
import skia

from core.film.cut import Timed
from core.graphics.boxes import Box
from core.graphics.captions import caption_height, caption_lines, is_beside, stands_above
from core.graphics.images import read_insert
from core.graphics.layer import Layer, Motion, Picture, paint, surface_of
from core.graphics.marks import draw_image
from core.graphics.stage import INSERT, ROW, Stage, find_row, pen, rounded, soft_shadow
from core.graphics.theme import THEME, Size, Sizes, find_sizes
from core.graphics.video import VideoReader
from core.storyboard.storyboard import Insert, Text

_ENTER, _LEAVE, _RISE = 0.55, 0.3, 0.03  # seconds, seconds, share
_FADE = (0.4, 0.3)  # seconds, of one over the whole picture
_FACE_ROOM = {False: 0.36, True: 0.28}  # of the picture's height, that is left for a face; below captions
_HAIR_ROOM = {False: 0.03, True: 0.01}  # of it, that is left for hair below captions; and below an insert's
# Height of a bullet in its type's size. What a list below an insert takes at most, as a share of the shorter side: of
# the insert's panel beside a face; above one there is one bullet at a time, and the face gives half of its room.
_BULLET, _LIST_BESIDE, _LIST_ABOVE = 2.1, 0.3, 0.12
_LABEL_ROOM = 0.06  # of the picture's width, by which a face makes way for the label beside it
_LETTER = 0.55  # of a title's type, the width of a letter
_COVERED = 0.12  # of a picture's width or height that may be cut off to fill the whole picture


def clear_shares(
    inserts: Sequence[Insert | Timed[Insert]],
    burned: bool,
    size: Size,
    texts: Sequence[Text | Timed[Text]] = (),
    has_label: bool = False,
    has_logo: bool = False,
) -> dict[str, float]:
    """What is drawn covers at each side, in shares of the picture: no face is to be there."""
    sizes, theme, unit = find_sizes(size), THEME, min(size) / size[1]
    shares = {"left": 0.0, "right": 0.0, "top": 0.0, "bottom": 0.0}
    places = [(one.what if isinstance(one, Timed) else one).place for one in inserts]
    shown = [one.what if isinstance(one, Timed) else one for one in texts]
    kinds = [one.kind for one in shown]
    bullets = kinds.count("bullet")
    page = (sizes.caption * caption_height(caption_lines(places, sizes)) + theme.gap) * unit if burned else 0.0
    is_above = stands_above(places, sizes)
    if page and not is_above:
        shares["bottom"] = sizes.margin[3] + page
    if sizes.is_stacked:  # there is no corner beside the face
        title = _find_title_height(shown, sizes)
        high = find_title_room(places, shown, sizes) if is_above else title
        row = find_row(sizes, has_logo) if page and is_above else ROW * sizes.label * has_label
        shares["top"] = _clear_top(places, bullets, size, row + high, has_logo)
        if page and is_above:
            shares["top"] += page + _HAIR_ROOM[is_beside(places, sizes)]
        if has_label and is_beside(places, sizes):  # it is beside the face then
            shares["right"] = sizes.margin[2] + _LABEL_ROOM
        lines = (sizes.name + sizes.role + theme.gap * 3) * ("lower_third" in kinds)
        lines = max(lines, title - high)  # it goes where the lower third does, at another time
        lines += sizes.bullet * 2.7 * bullets * (not find_list_room(places, bullets, sizes))
        lines += (sizes.note * 2.6 + theme.gap * 2) * ("note" in kinds)
        if lines:  # as far as a face of some size is left
            wanted = max(shares["bottom"], sizes.margin[3]) + min(lines * unit, sizes.list_height) + 0.015
            shares["bottom"] = max(shares["bottom"], min(wanted, 1 - _FACE_ROOM[is_above] - shares["top"]))
        return {side: round(share, 4) for side, share in shares.items()}
    for place in places:
        if place in ("left", "right"):
            shares[place] = max(shares[place], 1 - sizes.panel[0] + 0.01)
        elif place == "corner":
            shares["right"] = max(shares["right"], sizes.corner + sizes.margin[2])
    side = "right" if not shares["left"] else "left"
    if bullets:
        shares[side] = max(shares[side], sizes.list_width + sizes.margin[2] + 0.02)
    elif "title" in kinds:
        shares["left"] = max(shares["left"], 0.46)
    return {side: round(share, 4) for side, share in shares.items()}


def _clear_top(places: Sequence[str], bullets: int, size: Size, rows: float, has_logo: bool) -> float:
    """What is covered at the top of a picture with stacked inserts, but for captions. rows: how high what stands there
    without an insert is, as a share of the shorter side."""
    sizes, unit = find_sizes(size), min(size) / size[1]
    below = find_list_room(places, bullets, sizes)
    if is_beside(places, sizes):
        listed = (below / 2 + THEME.gap) * unit if below else 0.0
        return _find_panel(size, has_logo).bottom / size[1] + listed + 0.01
    corner = _corner(size, 16 / 9).bottom / size[1] + 0.07 if "corner" in places else 0.0
    return max(corner, sizes.margin[1] + rows * unit if rows else 0.0)


def find_title_room(places: Sequence[str], texts: Sequence[Text], sizes: Sizes) -> float:
    """How much room a title has above captions that stand above a face, as a share of the shorter side; none where a
    lower third keeps room for it below the face, or an insert is above it."""
    is_low = any(text.kind == "lower_third" for text in texts) or is_beside(places, sizes)
    return 0.0 if is_low or not stands_above(places, sizes) else _find_title_height(texts, sizes)


def _find_title_height(texts: Sequence[Text], sizes: Sizes) -> float:
    """About how high the highest title of a picture with stacked inserts is, as a share of the shorter side."""
    in_line = (1.0 - sizes.margin[0] - sizes.margin[2]) / (_LETTER * sizes.title)
    heights = [0.0]
    for title in (text for text in texts if text.kind == "title"):
        letters = sum(2 if east_asian_width(letter) in "WF" else 1 for letter in title.text)
        lines = min(math.ceil(letters / in_line), 3)
        heights.append(1.1 * lines * sizes.title + 1.5 * sizes.subtitle * bool(title.second) + 2 * THEME.gap)
    return max(heights)


def draw_insert(timed: Timed[Insert], stage: Stage) -> list[Layer]:
    """Layers ``insert``; none of one that is on the set's screen."""
    insert = timed.what
    if insert.place == "screen":
        return []
    start, end = stage.snap(timed.start), stage.snap(timed.end)
    if end <= start:
        return []
    if insert.place == "full":
        stage.hidden.append((start + _FADE[0], end - _FADE[1]))
    if insert.kind == "video":
        reader = VideoReader(insert.file, stage.fps)
        box = _find_box(insert.place, reader.ratio, stage, start, end)
        return _draw_video(insert, reader, box, start, end, stage)
    pixels = read_insert(insert, stage.size)
    box = _find_box(insert.place, pixels.shape[1] / pixels.shape[0], stage, start, end)
    if insert.place == "full":
        return _draw_full(pixels, start, end, stage)
    stage.take(box, start, end, INSERT)

    def painter(canvas: skia.Canvas) -> None:
        _put(canvas, box, stage, lambda: draw_image(canvas, pixels, box), bool((pixels[..., 3] == 255).all()))

    picture = paint(_with_shadow(box, stage), painter)
    return [Layer("insert", start, end, picture, box, Motion(_ENTER, _LEAVE, (0.0, stage.px(_RISE))))]


def _find_box(place: str, ratio: float, stage: Stage, start: float, end: float) -> Box:
    if place == "full":
        return _contain(ratio, stage.whole)
    if place == "corner":
        return stage.choose(_corners(stage, ratio), start, end)
    panel = _find_panel(stage.size, stage.has_logo)
    if place == "left" and not stage.sizes.is_stacked:
        panel = Box(stage.size[0] - panel.right, panel.top, stage.size[0] - panel.left, panel.bottom)
    if not stage.list_room:
        return _contain(ratio, panel)
    given = stage.list_room / 2 if stage.sizes.is_stacked else stage.list_room + stage.theme.gap
    box = _contain(ratio, replace(panel, bottom=panel.bottom - stage.px(given)))
    return box.shift(0, panel.top - box.top)


def _find_panel(size: Size, has_logo: bool) -> Box:
    """Where an insert on the right stands, or above the face; there below the logo."""
    sizes, (width, height) = find_sizes(size), size
    left, top, right, bottom = sizes.panel
    row = (sizes.logo + THEME.gap) * min(size) if sizes.is_stacked and has_logo else 0.0
    return Box(left * width, top * height + row, right * width, bottom * height + row)


def find_list_room(places: Iterable[str], bullets: int, sizes: Sizes) -> float:
    """The share of the shorter side that a list has below an insert; 0 where there are not both."""
    if not bullets or {"left", "right"}.isdisjoint(places):
        return 0.0
    return _LIST_ABOVE if sizes.is_stacked else min(bullets * _BULLET * sizes.bullet, _LIST_BESIDE)


def _corner(size: Size, ratio: float) -> Box:
    sizes, (width, height) = find_sizes(size), size
    wide = sizes.corner * width
    high = min(wide / ratio, 0.4 * height)
    right, top = (1 - sizes.margin[2]) * width, sizes.margin[1] * height
    return Box(right - high * ratio, top, right, top + high)


def _corners(stage: Stage, ratio: float) -> Iterator[Box]:
    box, safe = _corner(stage.size, ratio), stage.safe
    box = box.shift(0, max(stage.room.top - box.top, 0.0) if stage.sizes.is_stacked or stage.has_logo else 0.0)
    yield box
    yield box.shift(safe.left - box.left, 0)
    yield box.shift(0, safe.bottom - box.bottom)
    yield box.shift(safe.left - box.left, safe.bottom - box.bottom)


def _contain(ratio: float, room: Box) -> Box:
    """The largest box of a ratio in the middle of a room."""
    width = min(room.width, room.height * ratio)
    height = width / ratio
    left, top = room.left + (room.width - width) / 2, room.top + (room.height - height) / 2
    return Box(left, top, left + width, top + height)


def _put(canvas: skia.Canvas, box: Box, stage: Stage, draw: Callable[[], None], is_opaque: bool) -> None:
    """A picture with round corners and a shadow; one with holes has neither."""
    if not is_opaque:
        draw()
        return
    radius, blur = stage.px(stage.theme.radius), stage.px(stage.theme.shadow)
    soft_shadow(canvas, box, radius, blur, 0.5)
    canvas.save()
    canvas.clipRRect(rounded(box, radius), True)
    draw()
    canvas.restore()


def _with_shadow(box: Box, stage: Stage) -> Box:
    blur = stage.px(stage.theme.shadow)
    return Box(box.left - 1.5 * blur, box.top - 1.5 * blur, box.right + 1.5 * blur, box.bottom + 2 * blur)


def _draw_full(pixels: np.ndarray, start: float, end: float, stage: Stage) -> list[Layer]:
    picture = fill_whole(pixels, stage.size)
    return [Layer("insert", start, end, picture, stage.whole, Motion(*_FADE))]


def fill_whole(pixels: np.ndarray, size: Size) -> Picture:
    """A picture over the whole frame: cut where little is lost, else before a dark blur of itself."""
    width, height = size
    high, wide = pixels.shape[:2]
    cover, contain = max(width / wide, height / high), min(width / wide, height / high)
    whole = Box(0.0, 0.0, float(width), float(height))

    def painter(canvas: skia.Canvas) -> None:
        canvas.clear(skia.Color(13, 17, 23))
        if contain / cover > 1 - _COVERED:
            draw_image(canvas, pixels, _middle(wide * cover, high * cover, size))
            return
        small = cv2.resize(pixels, (max(wide * 32 // high, 1), 32), interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), 2.0)
        draw_image(canvas, small, _middle(wide * cover * 1.1, high * cover * 1.1, size))
        canvas.drawRect(skia.Rect(0, 0, width, height), pen((13, 17, 23), 0.72))
        draw_image(canvas, pixels, _middle(wide * contain, high * contain, size))

    return paint(whole, painter)


def _middle(width: float, height: float, size: Size) -> Box:
    left, top = (size[0] - width) / 2, (size[1] - height) / 2
    return Box(left, top, left + width, top + height)


def _draw_video(insert: Insert, reader: VideoReader, box: Box, start: float, end: float, stage: Stage) -> list[Layer]:
    if insert.place == "full":
        def whole(seconds: float) -> Picture:
            return fill_whole(_opaque(reader.at(seconds - start)), stage.size)

        return [Layer("insert", start, end, whole, stage.whole, Motion(*_FADE))]
    stage.take(box, start, end, INSERT)
    base = paint(_with_shadow(box, stage), lambda canvas: soft_shadow(
        canvas, box, stage.px(stage.theme.radius), stage.px(stage.theme.shadow), 0.5))  # fmt: skip

    def draw(seconds: float) -> Picture:
        frame = _opaque(reader.at(seconds - start))
        size = max(round(box.width), 1), max(round(box.height), 1)
        small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        pixels = base.pixels.copy()
        with surface_of(pixels) as canvas:
            canvas.translate(-base.left, -base.top)
            canvas.clipRRect(rounded(box, stage.px(stage.theme.radius)), True)
            draw_image(canvas, small, box)
        return Picture(pixels, base.left, base.top)

    return [Layer("insert", start, end, draw, box, Motion(_ENTER, _LEAVE, (0.0, stage.px(_RISE))))]


def _opaque(frame: np.ndarray) -> np.ndarray:
    if frame.shape[2] == 4:
        return frame
    return np.dstack([frame, np.full(frame.shape[:2], 255, np.uint8)])
