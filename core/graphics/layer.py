# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures with times and places, and how they are laid over a frame."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import skia

from core.graphics.boxes import Box
from core.graphics.over import OVER

_CLOSE = 1e-6  # seconds: frames' times are no whole numbers


@dataclass(frozen=True)
class Picture:
    """pixels: (height, width, 4) uint8, premultiplied RGBA; its upper left corner stands at left, top."""

    pixels: np.ndarray
    left: int
    top: int

    @property
    def box(self) -> Box:
        height, width = self.pixels.shape[:2]
        return Box(self.left, self.top, self.left + width, self.top + height)


@dataclass(frozen=True)
class Motion:
    """How a layer comes and goes: faded over seconds, from and to an offset in pixels."""

    enter: float = 0.0
    leave: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Layer:
    """What is seen from start until before end, in the shot's seconds.

    kind: what it is (``caption``, ``label``...), for those who look. picture: or what draws it for a time, None for
    nothing. box: all that it ever covers.
    """

    kind: str
    start: float
    end: float
    picture: Picture | Callable[[float], Picture | None]
    box: Box
    motion: Motion = Motion()

    def find_picture(self, seconds: float) -> Picture | None:
        """What is seen of it at a time."""
        if not self.start - _CLOSE <= seconds < self.end - _CLOSE:
            return None
        picture = self.picture if isinstance(self.picture, Picture) else self.picture(seconds)
        return _move(picture, self.motion, seconds - self.start, self.end - seconds) if picture else None


def surface_of(pixels: np.ndarray) -> skia.Surface:
    """What draws into premultiplied pixels (height, width, 4) uint8."""
    return skia.Surface(pixels, colorType=skia.kRGBA_8888_ColorType, alphaType=skia.kPremul_AlphaType)


def paint(box: Box, painter: Callable[[skia.Canvas], None]) -> Picture:
    """A picture of a box, which the painter draws in the frame's coordinates."""
    left, top, right, bottom = box.round_out()
    pixels = np.zeros((max(bottom - top, 1), max(right - left, 1), 4), np.uint8)
    with surface_of(pixels) as canvas:
        canvas.translate(-left, -top)
        painter(canvas)
    return Picture(pixels, left, top)


def compose(frame: np.ndarray, layers: Sequence[Layer], seconds: float) -> np.ndarray:
    """A frame (height, width, 3 or 4) with all layers that are seen at a time over it, the last uppermost.

    uint8 is sRGB, with straight alpha as the fourth channel; float32 is linear light, with premultiplied alpha, as
    OpenEXR has it. The given frame stays as it is.
    """
    out = frame
    over = OVER[frame.dtype.kind, frame.shape[2]]
    for layer in layers:
        picture = layer.find_picture(seconds)
        crop = _crop(picture, frame.shape[1], frame.shape[0]) if picture else None
        if crop is None:
            continue
        out = frame.copy() if out is frame else out
        source, rows, columns = crop
        over(out[rows, columns], source)
    return out


def ease(fraction: float) -> float:
    """0..1, fast first and then gently to rest."""
    return 1.0 - (1.0 - min(max(fraction, 0.0), 1.0)) ** 3


def fade(pixels: np.ndarray, opacity: float) -> np.ndarray:
    """Premultiplied pixels with their opacity lessened."""
    if opacity >= 1.0:
        return pixels
    factor = np.uint16(round(max(opacity, 0.0) * 256))
    return (pixels * factor >> np.uint16(8)).astype(np.uint8)


def _move(picture: Picture, motion: Motion, since: float, left: float) -> Picture | None:
    coming = ease((since + 1e-9) / motion.enter) if motion.enter else 1.0
    going = ease(left / motion.leave) if motion.leave else 1.0
    share = min(coming, going)
    if share >= 1.0:
        return picture
    pixels = fade(picture.pixels, share)
    across, down = ((1.0 - share) * way for way in motion.shift)
    whole = math.floor(across), math.floor(down)
    part = across - whole[0], down - whole[1]
    if max(part) > 0.02:
        pixels = _nudge(pixels, *part)
    return Picture(pixels, picture.left + whole[0], picture.top + whole[1])


def _nudge(pixels: np.ndarray, across: float, down: float) -> np.ndarray:
    """Moved by a part of a pixel to the right and down; a pixel larger."""
    import cv2

    height, width = pixels.shape[:2]
    matrix = np.array([[1, 0, across], [0, 1, down]], np.float64)
    return cv2.warpAffine(pixels, matrix, (width + 1, height + 1), flags=cv2.INTER_LINEAR)


def _crop(picture: Picture, width: int, height: int) -> tuple[np.ndarray, slice, slice] | None:
    """The part of a picture that lies in the frame."""
    high, wide = picture.pixels.shape[:2]
    left, top = max(picture.left, 0), max(picture.top, 0)
    right, bottom = min(picture.left + wide, width), min(picture.top + high, height)
    if left >= right or top >= bottom:
        return None
    source = picture.pixels[top - picture.top : bottom - picture.top, left - picture.left : right - picture.left]
    return source, slice(top, bottom), slice(left, right)
