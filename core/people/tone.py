# SPDX-License-Identifier: GPL-3.0-or-later
"""The colour of skin: a base from light to dark, and what more or less melanin and blood make of it."""

from __future__ import annotations

import cv2
import numpy as np

# Base colours (CIE Lab, D65) of foreheads by the slider: individual typology angles from 58 to -50 degrees
# (Chardon, Cretois, Hourseau, Skin colour typology and suntanning pathways, 1991).
BASE_AT = (0.0, 0.2, 0.4, 0.55, 0.7, 0.85, 1.0)
BASE_LAB = (
    (75.0, 8.0, 13.5), (71.0, 10.0, 16.5), (65.0, 11.0, 18.5), (57.0, 12.0, 19.5), (47.5, 12.5, 18.0),
    (38.5, 11.5, 15.5), (31.0, 9.0, 11.5),
)  # fmt: skip
# How much a unit of melanin and of haemoglobin takes of red, green and blue (log of linear light).
MELANIN, BLOOD = np.array([0.38, 0.62, 0.92]), np.array([0.10, 0.52, 0.44])
VEILED = 0.55  # share of the blood's colour that the darkest skin hides


def base_colour(skin: float) -> np.ndarray:
    """Linear RGB (3,) of bare skin at the slider's value."""
    lab = np.array([np.interp(skin, BASE_AT, column) for column in zip(*BASE_LAB, strict=True)], np.float32)
    srgb = cv2.cvtColor(lab[None, None], cv2.COLOR_LAB2RGB)[0, 0].astype(np.float64)
    return ((srgb + 0.055) / 1.055) ** 2.4


def shade(skin: float, melanin: np.ndarray, blood: np.ndarray) -> np.ndarray:
    """Linear RGB (..., 3) of skin with more or less (..., ) of both than the base has."""
    seen = blood * (1 - VEILED * skin)
    log = -(melanin[..., None] * MELANIN.astype(np.float32) + seen[..., None] * BLOOD.astype(np.float32))
    return (base_colour(skin).astype(np.float32) * np.exp(log)).astype(np.float32)
