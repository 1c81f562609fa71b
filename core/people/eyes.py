# SPDX-License-Identifier: GPL-3.0-or-later
"""A synthetic person's irises and whites."""

from __future__ import annotations

import cv2
import numpy as np

from core.avatar.eye_texture import LIMBUS_UV, PUPIL_SHARE, WHITE, paint_eye
from core.colour import smoothstep, to_linear, to_srgb
from core.people.sliders import Looks

IRIS_RADIUS = 5.85e-3  # metres
# Linear RGB, as eye_texture.NATURAL.
IRISES = {
    "dark_brown": (0.050, 0.024, 0.013), "brown": (0.115, 0.056, 0.024), "hazel": (0.150, 0.100, 0.045),
    "green": (0.125, 0.135, 0.078), "blue": (0.108, 0.150, 0.200), "grey": (0.140, 0.155, 0.165),
}  # fmt: skip
SPREAD = 0.12  # by which one person's iris differs from another's of that name (log)
YELLOWING = np.array([-0.01, -0.03, -0.10])  # of the white with age
WHITE_LIGHT, WHITE_DARKER = 1.0, 0.16  # of eye_texture.WHITE, and how much less with the darkest skin
WHITE_TINT = np.array([1.05, 1.0, 0.98])  # the red of skin beside it makes an even white look green
# The ring round the iris: how dark it is (least and most), its inner edge in shares of the iris; age thins it.
LIMBAL, LIMBAL_FROM, LIMBAL_FADES = (0.35, 0.75), (0.70, 0.82), 0.5
FIBRE_CONTRAST, FIBRE_BLUR = 1.9, 0.022  # of the iris' light and dark about its rings, and the blur that makes those
# A lighter, warmer ring about the pupil of one in so many light irises, and how warm.
SUNNY, SUN = 0.6, np.array([0.40, 0.16, -0.30])
SUNLIT = {"hazel": 1.0, "green": 0.9, "blue": 0.3, "grey": 0.5}
# Specks in the iris: how many at most, radius in shares of the iris, how dark.
SPECKS, SPECK, SPECK_DARK = 9, (0.012, 0.035), (0.2, 0.6)
VESSELS, VESSEL_RED = (9, 20), np.array([0.05, 0.30, 0.28])  # of each eye: how many, and what one takes of the white


def paint_eyes(looks: Looks) -> np.ndarray:
    """Picture (IMAGE, 2 * IMAGE, 3) uint8 sRGB, the left eye first."""
    random, age = looks.random("eyes"), looks.numbers["age"]
    iris = np.array(IRISES[looks.choices["eyes"]]) * np.exp(SPREAD * random.uniform(-1, 1, 3))
    white = WHITE * WHITE_TINT * (WHITE_LIGHT - WHITE_DARKER * looks.numbers["skin"]) * (1 + YELLOWING * age)
    painted = to_linear(paint_eye(iris, white)).astype(np.float32)
    size = len(painted)
    y, x = (np.mgrid[:size, :size] + 0.5) / size - 0.5
    share = np.hypot(x, y) / LIMBUS_UV
    ring, inside = _ring(looks, share), 1 - smoothstep(share, 0.98, 1.03)[..., None]
    first, both = float(random.uniform(0, 360)), []
    # No two irises have the same fibres: each one is turned its own way.
    for turn in (first, first + float(random.uniform(60, 150))):
        own = _own_iris(_turned(painted, turn), x, y, random) * ring
        both.append(own * inside + painted * _vessels(share, age, random) * (1 - inside))
    return to_srgb(np.concatenate(both, axis=1))


def _ring(looks: Looks, share: np.ndarray) -> np.ndarray:
    """Factors (n, n, 3) of the iris' colours: the dark rim at its edge, and the warm one about the pupil."""
    random = looks.random("iris")
    dark = float(random.uniform(*LIMBAL)) * (1 - LIMBAL_FADES * looks.numbers["age"])
    start = float(random.uniform(*LIMBAL_FROM))
    rim = 1 - dark * smoothstep(share, start, 0.98)
    sunny = SUNLIT.get(looks.choices["eyes"], 0.0) * (random.random() < SUNNY)
    near = 1 - smoothstep(share, PUPIL_SHARE + 0.10, PUPIL_SHARE + float(random.uniform(0.2, 0.34)))
    return rim[..., None] * (1 + float(random.uniform(0.5, 1.0)) * sunny * near[..., None] * SUN)


def _turned(picture: np.ndarray, degrees: float) -> np.ndarray:
    size = len(picture)
    turn = cv2.getRotationMatrix2D((size / 2 - 0.5, size / 2 - 0.5), degrees, 1.0)
    return cv2.warpAffine(picture, turn, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _own_iris(picture: np.ndarray, x: np.ndarray, y: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """The picture (n, n, 3) with an iris whose fibres stand out more, and with specks of its own."""
    light, share = np.log(np.maximum(picture, 1e-4)), np.hypot(x, y) / LIMBUS_UV
    about = cv2.GaussianBlur(light, (0, 0), FIBRE_BLUR * len(picture))
    fibrous = smoothstep(share, PUPIL_SHARE + 0.02, PUPIL_SHARE + 0.10) * (1 - smoothstep(share, 0.86, 0.96))
    light = light + (FIBRE_CONTRAST - 1) * fibrous[..., None] * (light - about)
    for _ in range(int(random.integers(SPECKS + 1))):
        turn, far = random.uniform(0, 2 * np.pi), random.uniform(PUPIL_SHARE + 0.12, 0.85)
        radius, dark = random.uniform(*SPECK), random.uniform(*SPECK_DARK)
        away = np.hypot(x / LIMBUS_UV - far * np.cos(turn), y / LIMBUS_UV - far * np.sin(turn)) / radius
        light = light - (dark * np.exp(-(away**2)))[..., None]
    return np.exp(light)


def _vessels(share: np.ndarray, age: float, random: np.random.Generator) -> np.ndarray:
    """Factors (n, n, 3) of the white: fine red lines from both corners towards the iris, which they do not reach."""
    size = len(share)
    drawn = np.zeros((size, size), np.float32)
    count = round(float(random.uniform(*VESSELS)) * (0.7 + 0.8 * age))
    reach = np.linspace(0.5, 1.04 * LIMBUS_UV, 24)
    for _ in range(count):
        side = 0.0 if random.random() < 0.5 else np.pi
        turn = side + random.normal(0, 0.45) + np.cumsum(random.normal(0, 0.006, len(reach)))
        last = int(random.integers(10, len(reach)))
        line = np.stack([reach * np.cos(turn), reach * np.sin(turn)], axis=1)[:last]
        points = np.round((line + 0.5) * size * 16).astype(np.int32)
        layer = np.zeros((size, size), np.float32)
        cv2.polylines(layer, [points], False, float(random.uniform(0.4, 1.0)), 2, cv2.LINE_AA, 4)
        drawn = np.maximum(drawn, layer)
    drawn = cv2.GaussianBlur(drawn, (0, 0), 1.0) * smoothstep(share, 1.02, 1.12)
    return 1 - drawn[..., None] * VESSEL_RED
