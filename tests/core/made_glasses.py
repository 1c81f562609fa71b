# SPDX-License-Identifier: GPL-3.0-or-later
"""Glasses drawn onto a portrait: what is to be found is known, and no picture of anybody has to be shipped."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.colour import to_linear, to_srgb
from core.portrait.glasses import MIDDLE, MM, SIZE, Plane, glasses_plane

FINE = 3  # drawn this much larger, for soft edges


@dataclass(frozen=True)
class Style:
    """color: sRGB; width: mm of rims; lens: half width and half height, mm; power: 2 an ellipse, 4 nearly a box.

    tint: share of light that the lenses take; half: no rim below.
    """

    color: tuple[int, int, int]
    width: float
    lens: tuple[float, float] = (26.0, 19.0)
    power: float = 3.0
    tint: float = 0.0
    half: bool = False


STYLES = {
    "thick black": Style((18, 16, 16), 3.4),
    "thin metal": Style((70, 66, 64), 1.2, (25.0, 17.0), 4.0),
    "round blue": Style((30, 40, 110), 2.2, (23.0, 22.0), 2.1),
    "tinted": Style((20, 20, 22), 2.2, (26.0, 20.0), 2.6, tint=0.6),
    "half-rimmed": Style((25, 22, 20), 2.2, half=True),
}


@dataclass(frozen=True)
class Drawn:
    """A photo with glasses: image (H, W, 3) uint8; frame, lenses (H, W) 0..1 where they were drawn."""

    image: np.ndarray
    frame: np.ndarray
    lenses: np.ndarray


def draw_glasses(image: np.ndarray, landmarks: np.ndarray, style: Style) -> Drawn:
    """Glasses of that style on a face (landmarks (478, 3)) in the photo (H, W, 3)."""
    plane: Plane = glasses_plane(landmarks)
    y, x = (np.mgrid[: SIZE[1] * FINE, : SIZE[0] * FINE] + 0.5) / FINE
    x, y = (x - MIDDLE[0]) / MM, (y - MIDDLE[1]) / MM  # mm
    wide, high = style.lens
    middle, down, bridge = 9.0 + wide, 4.0, 9.0
    ratio = np.abs((np.abs(x) - middle) / wide) ** style.power + np.abs((y - down) / high) ** style.power
    ratio = ratio ** (1 / style.power)
    slope = np.hypot(*np.gradient(ratio, 1 / FINE / MM))
    outside = (ratio - 1) / np.maximum(slope, 1e-3)
    line = style.width / 2 - np.abs(outside)
    if style.half:
        line = np.minimum(line, down + 2 - y)
    across = np.where(np.abs(x) < bridge, style.width / 2 - np.abs(y - (down - 0.5 * high)), -9.0)
    aside = np.abs(x) - middle - wide
    arm = np.where((aside > -0.5) & (aside < 14), style.width / 2 - np.abs(y - (down - 0.5 * high)), -9.0)
    drawn = np.maximum.reduce([line, across, arm])
    frame, lenses = (_place(plane, np.clip(v * FINE * MM + 0.5, 0, 1), image) for v in (drawn, -outside))
    light = float(np.clip(image.mean() / 110, 0.2, 1.2))
    shadow = cv2.GaussianBlur(np.roll(frame, round(4 * plane.scale), axis=0), (0, 0), max(0.5, 3 * plane.scale))
    seen = to_srgb(to_linear(image) * (1 - style.tint * lenses)[..., None]).astype(float)
    picture = seen * (1 - 0.15 * shadow)[..., None]
    picture = picture + frame[..., None] * (np.array(style.color) * light - picture)
    return Drawn(np.clip(picture + 0.5, 0, 255).astype(np.uint8), frame, lenses)


def _place(plane: Plane, mask: np.ndarray, image: np.ndarray) -> np.ndarray:
    small = cv2.resize(mask.astype(np.float32), SIZE, interpolation=cv2.INTER_AREA)
    return plane.spread(small, image.shape)
