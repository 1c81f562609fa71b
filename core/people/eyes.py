# SPDX-License-Identifier: GPL-3.0-or-later
"""A synthetic person's irises and whites."""

from __future__ import annotations

import cv2
import numpy as np

from core.avatar.eye_texture import WHITE, paint_eye
from core.people.sliders import Looks

IRIS_RADIUS = 5.85e-3  # metres
# Linear RGB, as eye_texture.NATURAL.
IRISES = {
    "dark_brown": (0.045, 0.022, 0.012), "brown": (0.105, 0.050, 0.022), "hazel": (0.140, 0.090, 0.040),
    "green": (0.115, 0.125, 0.070), "blue": (0.105, 0.155, 0.215), "grey": (0.140, 0.155, 0.165),
}  # fmt: skip
SPREAD = 0.12  # by which one person's iris differs from another's of that name (log)
YELLOWING = np.array([-0.01, -0.03, -0.10])  # of the white with age


def paint_eyes(looks: Looks) -> np.ndarray:
    """Picture (IMAGE, 2 * IMAGE, 3) uint8 sRGB, the left eye first."""
    random = looks.random("eyes")
    iris = np.array(IRISES[looks.choices["eyes"]]) * np.exp(SPREAD * random.uniform(-1, 1, 3))
    painted = paint_eye(iris, WHITE * (0.80 - 0.14 * looks.numbers["skin"]) * (1 + YELLOWING * looks.numbers["age"]))
    # No two irises have the same fibres: the other one is turned a little.
    size = len(painted)
    turn = cv2.getRotationMatrix2D((size / 2 - 0.5, size / 2 - 0.5), float(random.uniform(8, 25)), 1.0)
    turned = cv2.warpAffine(painted, turn, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    y, x = np.mgrid[:size, :size] - (size / 2 - 0.5)
    inside = np.clip((0.37 * size - np.hypot(x, y)) / 6, 0, 1)[..., None]
    other = np.round(painted + (turned.astype(np.float32) - painted) * inside).astype(np.uint8)
    return np.concatenate([painted, other], axis=1)
