# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the photo lies in a view through its own camera. No bpy here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

# Places of a picture's file at the upright picture's bottom left, bottom right, top right, top left corner, by EXIF
# orientation; (0, 0) is the bottom left of the file, as textures count.
ORIENTATIONS: Mapping[int, tuple[tuple[int, int], ...]] = {
    1: ((0, 0), (1, 0), (1, 1), (0, 1)),
    2: ((1, 0), (0, 0), (0, 1), (1, 1)),
    3: ((1, 1), (0, 1), (0, 0), (1, 0)),
    4: ((0, 1), (1, 1), (1, 0), (0, 0)),
    5: ((1, 1), (1, 0), (0, 0), (0, 1)),
    6: ((1, 0), (1, 1), (0, 1), (0, 0)),
    7: ((0, 0), (0, 1), (1, 1), (1, 0)),
    8: ((0, 1), (0, 0), (1, 0), (1, 1)),
}
TURNED = (5, 6, 7, 8)  # orientations in which width and height change places


@dataclass(frozen=True)
class PhotoCamera:
    """camera_point = rotation @ world_point + translation (OpenCV axes); focal, cx, cy in pixels."""

    focal: float
    cx: float
    cy: float
    width: int
    height: int
    rotation: np.ndarray
    translation: np.ndarray


def make_camera(record: Mapping[str, Any]) -> PhotoCamera:
    """The camera of an entry ``camera`` (docs/architecture.md). Raises KeyError, TypeError, ValueError."""
    return PhotoCamera(
        *(record[name] for name in ("focal", "cx", "cy", "width", "height")),
        np.array(record["rotation"], np.float64).reshape(3, 3),
        np.array(record["translation"], np.float64).reshape(3),
    )


def photo_corners(seen: PhotoCamera, camera: np.ndarray, view: np.ndarray, region: tuple[int, int]) -> np.ndarray:
    """(4, 2) pixels in a region of the photo's corners: bottom left, bottom right, top right, top left.

    camera: (4, 4) world matrix of Blender's camera that stands for the photo's. view: (4, 4) perspective matrix of
    the region. region: its width and height in pixels.
    """
    left, right = -seen.cx / seen.focal, (seen.width - seen.cx) / seen.focal
    top, bottom = seen.cy / seen.focal, (seen.cy - seen.height) / seen.focal
    corners = np.array([(left, bottom), (right, bottom), (right, top), (left, top)])
    points = np.column_stack([corners, np.full(4, -1.0), np.ones(4)]) @ (view @ camera).T
    return (points[:, :2] / points[:, 3:] + 1.0) / 2.0 * np.array(region)


def left_part(corners: np.ndarray, share: float) -> np.ndarray:
    """Of four corners (4, N), those of the left share (0..1)."""
    low, high = corners[0] + share * (corners[1] - corners[0]), corners[3] + share * (corners[2] - corners[3])
    return np.stack([corners[0], low, high, corners[3]])


def share_at(corners: np.ndarray, x: float) -> float:
    """Which share of the photo lies left of a column of the region, 0..1."""
    left, right = (float(corners[list(rows), 0].mean()) for rows in ((0, 3), (1, 2)))
    return min(max((x - left) / max(right - left, 1e-6), 0.0), 1.0)
