# SPDX-License-Identifier: GPL-3.0-or-later
"""Invisible marks: read again after what happens to films and sounds, and never where there is none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from skimage import data

from core.trust.picture_mark import PictureMarker, find_picture_mark
from core.trust.sound_mark import find_sound_mark, mark_sound

PAYLOAD = 0x2F9C41D7


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return cv2.resize(data.astronaut(), (1280, 1280), interpolation=cv2.INTER_CUBIC)[100:820].copy()


def test_picture_is_read(picture: np.ndarray) -> None:
    marked = PictureMarker((1280, 720), PAYLOAD).mark(picture)
    assert cv2.PSNR(picture, marked) >= 42
    found = find_picture_mark([marked])
    assert found is not None and found.payload == PAYLOAD


def test_sound_is_read() -> None:
    wave = 0.1 * np.random.default_rng(1).standard_normal(24000 * 8)
    found = find_sound_mark(mark_sound(wave, 24000, PAYLOAD), 24000)
    assert found is not None and found.payload == PAYLOAD
    assert find_sound_mark(wave, 24000) is None
