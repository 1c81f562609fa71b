# SPDX-License-Identifier: GPL-3.0-or-later
"""Where MediaPipe's face landmarks lie on the head template (table made by addon_models/face_landmarks)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

TABLE = Path(__file__).parents[2] / "addon_models" / "face_landmarks" / "landmarks.json"

# Numbers of MediaPipe's face mesh topology (the subject's right is the picture's left in a frontal photo).
EYE_OUTER_RIGHT, EYE_INNER_RIGHT, EYE_INNER_LEFT, EYE_OUTER_LEFT = 33, 133, 362, 263
MOUTH_CORNERS = (61, 291)
IRIS_RIGHT = (468, 469, 470, 471, 472)  # centre, then four points of the rim
IRIS_LEFT = (473, 474, 475, 476, 477)
LIP_INNER_UPPER = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
LIP_INNER_LOWER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
LIP_OUTER = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
EYE_RING_RIGHT = (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7)
EYE_RING_LEFT = (263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380, 374, 373, 390, 249)
FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip


@dataclass(frozen=True)
class LandmarkPoints:
    """Points on the template's surface. index: (N,) landmark numbers; vertices, weights: (N, 3)."""

    index: np.ndarray
    vertices: np.ndarray
    weights: np.ndarray

    def on(self, values: np.ndarray) -> np.ndarray:
        """Interpolate per-vertex values (..., V, 3) at the points: (..., N, 3)."""
        return np.einsum("...nkd,nk->...nd", values[..., self.vertices, :], self.weights)


def load_landmark_points() -> LandmarkPoints:
    """The table's points that were found on the template."""
    table = np.array(json.loads(TABLE.read_text(encoding="utf-8"))["points"])
    found = table[:, 3:].sum(axis=1) > 0.5
    weights = table[found, 3:] / table[found, 3:].sum(axis=1, keepdims=True)
    return LandmarkPoints(np.flatnonzero(found), table[found, :3].astype(int), weights)


def eye_distance(landmarks: np.ndarray) -> float:
    """Inter-ocular distance in pixels: between the middles of the two eyes' corners."""
    right = (landmarks[EYE_OUTER_RIGHT, :2] + landmarks[EYE_INNER_RIGHT, :2]) / 2
    left = (landmarks[EYE_OUTER_LEFT, :2] + landmarks[EYE_INNER_LEFT, :2]) / 2
    return float(np.linalg.norm(left - right))
