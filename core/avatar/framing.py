# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras from which an avatar's likeness is judged. Needs numpy alone: Blender's own benches use it too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

YAWS = (0, -15, 15, -30, 30, -45, 45)  # degrees
FILL = 2 / 3  # share of the picture's height that the head takes
DISTANCE = 1.0  # metres from the eyes to the lens in the views that are not the photo's
CHIN_BELOW_EYES = 0.125  # metres; below it neck, shoulders and long hair begin


@dataclass(frozen=True)
class View:
    """A pinhole camera: camera_point = rotation @ world + translation (OpenCV axes).

    focal, cx, cy in pixels of a square picture; size: its side.
    """

    rotation: np.ndarray
    translation: np.ndarray
    focal: float
    cx: float
    cy: float
    size: int

    def project(self, points: np.ndarray) -> np.ndarray:
        """Pixels (N, 2) of world points (N, 3)."""
        local = points @ self.rotation.T + self.translation
        return self.focal * local[:, :2] / local[:, 2:] + [self.cx, self.cy]


@dataclass(frozen=True)
class Window:
    """A square of a picture, in its pixels."""

    left: float
    top: float
    side: float

    def to(self, size: int) -> np.ndarray:
        """Affine matrix (2, 3) that takes the picture's pixels to those of the window scaled to ``size``."""
        scale = size / self.side
        return np.array([[scale, 0, -scale * self.left], [0, scale, -scale * self.top]])


def head_part(points: np.ndarray, eyes: np.ndarray) -> np.ndarray:
    """Of the points (N, 3) of head and hair those above the neck; eyes: (3,) between them."""
    return points[points[:, 2] > eyes[2] - CHIN_BELOW_EYES]


def photo_view(camera: Mapping[str, Any], head: np.ndarray, size: int) -> tuple[View, Window]:
    """The photo's own camera (``camera`` of avatar.json), cut to the window that the head's points (N, 3) fill."""
    rotation, translation = np.array(camera["rotation"]), np.array(camera["translation"])
    whole = View(rotation, translation, camera["focal"], camera["cx"], camera["cy"], camera["width"])
    return _cut(whole, head, size)


def yaw_view(yaw: float, head: np.ndarray, eyes: np.ndarray, size: int) -> View:
    """The head seen as if it had turned by ``yaw`` degrees to the subject's left, filling `FILL` of the picture.

    The camera walks the other way about the skull's middle.
    """
    pivot = np.array([eyes[0], (head[:, 1].min() + head[:, 1].max()) / 2, eyes[2]])
    angle = np.radians(yaw)
    forward = np.array([np.sin(angle), np.cos(angle), 0.0])
    rotation = np.array([[np.cos(angle), -np.sin(angle), 0.0], [0.0, 0.0, -1.0], forward])
    origin = pivot - forward * (DISTANCE + pivot[1] - eyes[1])
    return _cut(View(rotation, -rotation @ origin, 1000.0, 0.0, 0.0, 1), head, size)[0]


def view_name(yaw: int) -> str:
    """``yaw-15``, ``yaw+00``."""
    return f"yaw{yaw:+03d}"


def _cut(view: View, points: np.ndarray, size: int) -> tuple[View, Window]:
    """The same camera, its picture cut to the square in which the points fill `FILL` of the height."""
    flat = view.project(points)
    low, high = flat.min(axis=0), flat.max(axis=0)
    side = float(high[1] - low[1]) / FILL
    left, top = (low + high) / 2 - side / 2
    scale = size / side
    cx, cy = (view.cx - left) * scale, (view.cy - top) * scale
    return (
        View(view.rotation, view.translation, view.focal * scale, cx, cy, size),
        Window(float(left), float(top), side),
    )
