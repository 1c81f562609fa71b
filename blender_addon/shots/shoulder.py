# SPDX-License-Identifier: GPL-3.0-or-later
"""A view over somebody's shoulder, with a head in front that leaves the face to be seen."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from .aiming import level_axes, wrap_angle
from .faces import PerformedFace
from .framing import Composition, Subjects, View, around, boxes, compose

# Metres behind who is seen from behind, and degrees beside the line between the two.
BEHIND, BESIDE = 0.8, range(10, 48, 2)
# Of the picture's width: what who is seen from behind takes, what lies between both heads, and
# what is seen of the one in front at least.
IN_FRONT, BETWEEN, LEAST_SEEN = 0.28, 0.04, 0.08
SMALLER = (1.0, 0.85, 0.7, 0.55, 0.45)


def frame_past(
    subjects: Subjects,
    face: PerformedFace,
    other: PerformedFace,
    front: float,
    wanted: Composition,
    size: tuple[int, int],
) -> tuple[View, float]:
    """Past somebody's shoulder: as near to the line between both as the head in front lets the face be seen."""
    line = (face.eyes.mean(axis=0) - other.eyes.mean(axis=0))[:2]
    along = math.atan2(-line[0], line[1])
    sign = math.copysign(1.0, wrap_angle(front - along))
    distance = float(np.linalg.norm(line)) + BEHIND
    for smaller in SMALLER:  # in a narrow picture there is room for both only where both are small
        sized = replace(wanted, share=wanted.share * smaller)
        for beside in BESIDE:
            axes = level_axes(along + sign * math.radians(beside))
            shown, heads = _sides(subjects, face, other, axes, size, sized, distance)
            hiding = around(heads)
            if hiding[2] < shown[0] - BETWEEN or hiding[0] > shown[2] + BETWEEN:
                break
        is_right = hiding[0] > shown[0]
        inner = hiding[0] if is_right else hiding[2]
        move = (1.0 - IN_FRONT if is_right else IN_FRONT) - inner  # who is seen from behind fills the picture's edge
        middle = (shown[0] + shown[2]) / 2 + move
        placed = replace(sized, free=np.array((middle - 0.5, wanted.free[1], middle + 0.5, wanted.free[3])))
        _, heads = _sides(subjects, face, other, axes, size, placed, distance)
        if (heads[:, 0] < 1.0 - LEAST_SEEN if is_right else heads[:, 2] > LEAST_SEEN).all():
            break
    return compose(subjects, axes, 0.0, size, placed, distance)


def _sides(
    subjects: Subjects,
    face: PerformedFace,
    other: PerformedFace,
    axes: np.ndarray,
    size: tuple[int, int],
    wanted: Composition,
    distance: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Where, past a shoulder, the face is, (4,), and the head before it in each frame, (F, 4)."""
    view, _ = compose(subjects, axes, 0.0, size, wanted, distance)
    return around(boxes(view, face.face)), boxes(view, other.hair)
