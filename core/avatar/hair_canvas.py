# SPDX-License-Identifier: GPL-3.0-or-later
"""The window of the photo, at one size of the face, in which hair is looked for."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.avatar.landmarks import (
    EYE_INNER_LEFT,
    EYE_INNER_RIGHT,
    EYE_OUTER_LEFT,
    EYE_OUTER_RIGHT,
    eye_distance,
)
from core.portrait import Portrait

# How far the window reaches, in inter-ocular distances (IOD) from the point between the eyes.
REACH_SIDE, REACH_UP, REACH_DOWN = 2.9, 3.4, 4.6
CANVAS_IOD = 96.0  # pixels of the canvas


@dataclass(frozen=True)
class Canvas:
    """A window of the photo at a fixed face size. canvas pixel = (photo pixel - origin) * scale, both (x, y).

    image: (h, w, 3) uint8 sRGB; matte: (h, w) float32; landmarks: (478, 2) canvas pixels; iod: canvas pixels.
    """

    image: np.ndarray
    matte: np.ndarray
    landmarks: np.ndarray
    origin: np.ndarray
    scale: float

    @property
    def iod(self) -> float:
        return CANVAS_IOD

    @property
    def shape(self) -> tuple[int, int]:
        return self.matte.shape[0], self.matte.shape[1]

    def to_photo(self, points: np.ndarray) -> np.ndarray:
        return points / self.scale + self.origin

    def from_photo(self, points: np.ndarray) -> np.ndarray:
        return (points - self.origin) * self.scale

    def axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Between the eyes (2,), and the head's right-hand and downward directions in the picture (unit, (2,))."""
        right = self.landmarks[[EYE_OUTER_RIGHT, EYE_INNER_RIGHT]].mean(axis=0)
        left = self.landmarks[[EYE_OUTER_LEFT, EYE_INNER_LEFT]].mean(axis=0)
        across = (left - right) / np.linalg.norm(left - right)
        return (left + right) / 2, across, np.array([-across[1], across[0]])


def open_canvas(portrait: Portrait) -> Canvas:
    """Cut the head and shoulders out of the photo; beyond the photo's border lies nobody (matte 0)."""
    iod = eye_distance(portrait.landmarks)
    scale = CANVAS_IOD / iod
    corners = [EYE_OUTER_RIGHT, EYE_INNER_RIGHT, EYE_INNER_LEFT, EYE_OUTER_LEFT]
    middle = portrait.landmarks[corners, :2].mean(axis=0)
    origin = middle - np.array([REACH_SIDE, REACH_UP]) * iod
    width, height = round(2 * REACH_SIDE * CANVAS_IOD), round((REACH_UP + REACH_DOWN) * CANVAS_IOD)
    # Pixel centres lie at +0.5 in both frames.
    shift = 0.5 * (scale - 1) - origin * scale
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    blur = 0.45 / scale if scale < 1 else 0.0

    def cut(picture: np.ndarray, border: int) -> np.ndarray:
        source = cv2.GaussianBlur(picture, (0, 0), blur) if blur > 0.5 else picture
        return np.asarray(cv2.warpAffine(source, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=border))

    return Canvas(
        cut(portrait.image, cv2.BORDER_REPLICATE),
        np.clip(cut(np.ascontiguousarray(portrait.matte, np.float32), cv2.BORDER_CONSTANT), 0, 1),
        (portrait.landmarks[:, :2] - origin) * scale,
        origin,
        scale,
    )
