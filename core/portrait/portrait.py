# SPDX-License-Identifier: GPL-3.0-or-later
"""The Portrait and how a photo file becomes one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.progress import Progress, silent


@dataclass(frozen=True)
class Camera:
    """A pinhole camera in the OpenCV convention (x right, y down, z forward; pixels).

    source: ``exif`` when the focal length was read from the photo, else ``default``.
    """

    focal: float
    cx: float
    cy: float
    width: int
    height: int
    source: str


@dataclass(frozen=True)
class Portrait:
    """One photo of one person, ready to be fitted.

    image: (H, W, 3) uint8 sRGB, upright.
    landmarks: (478, 3) float64; x, y in pixels of image (y down), z in pixels, smaller is nearer
        (MediaPipe's own weak depth).
    scores: ARKit channel -> 0..1, the landmarker's expression scores (tongueOut is 0).
    pose: (4, 4) float64, MediaPipe's facial transformation matrix (cm).
    matte: (H, W) float32, 1 where the person is.
    """

    path: Path
    sha256: str
    image: np.ndarray
    landmarks: np.ndarray
    scores: Mapping[str, float]
    pose: np.ndarray
    matte: np.ndarray
    camera: Camera
    warnings: tuple[str, ...]


def load_portrait(path: Path, face: int | None = None, progress: Progress = silent) -> Portrait:
    """Read a photo and find the person in it."""
    raise NotImplementedError
