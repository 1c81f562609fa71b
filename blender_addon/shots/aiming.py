# SPDX-License-Identifier: GPL-3.0-or-later
"""From which side a camera sees whom. No bpy here.

A side is a yaw in radians: 0 looks along +Y, so that it sees who looks along -Y from the front; positive turns left.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .faces import PerformedFace

# A face turned further aside than this is walked around to.
ASIDE = math.radians(35.0)


def level_axes(yaw: float, pitch: float = 0.0) -> np.ndarray:
    """(3, 3) right, up and backwards of a camera without roll; pitch is positive upwards."""
    ahead = np.array((-math.sin(yaw) * math.cos(pitch), math.cos(yaw) * math.cos(pitch), math.sin(pitch)))
    right = np.array((math.cos(yaw), math.sin(yaw), 0.0))
    return np.stack([right, np.cross(right, ahead), -ahead], axis=1)


def front_of(faces: Sequence[PerformedFace]) -> float:
    """The side from which a camera sees several performers from the front: where their bodies point, on average.

    Of two who stand straight face to face it is one of the two sides beside them: the one on which -Y lies.
    """
    sum_of = np.sum([face.body[:2] for face in faces], axis=0)
    if np.linalg.norm(sum_of) < 0.2 * len(faces):
        line = faces[-1].eyes.mean(axis=0)[:2] - faces[0].eyes.mean(axis=0)[:2]
        sum_of = np.array((line[1], -line[0]))
        sum_of = sum_of if sum_of[1] <= 0 else -sum_of
    return side_of(sum_of)


def side_of(ahead: np.ndarray) -> float:
    """The side from which somebody who looks ahead, (x, y), is seen from the front."""
    return math.atan2(ahead[0], -ahead[1])


def side_for(face: PerformedFace, front: float) -> float:
    """The side for one face: the front, walked around as far as the face is turned away from it too far."""
    turned = wrap_angle(side_of(face.ahead.mean(axis=0)[:2]) - front)
    return front + math.copysign(max(abs(turned) - ASIDE, 0.0), turned)


def wrap_angle(angle: float) -> float:
    """The same angle between -pi and pi."""
    return (angle + math.pi) % (2.0 * math.pi) - math.pi
