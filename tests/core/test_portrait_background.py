# SPDX-License-Identifier: GPL-3.0-or-later
"""The background plate: the photo's frame without its person."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.models import model_path
from core.portrait import Portrait
from core.portrait.background import LONG_SIDE, complete_background
from core.portrait.face import FaceReader


@pytest.fixture(scope="module")
def portrait(nasa_portrait: Portrait) -> Portrait:
    return nasa_portrait


def test_nobody_is_left_and_the_rest_is_the_photo(portrait: Portrait) -> None:
    plate = complete_background(portrait)
    assert plate.shape == portrait.image.shape and plate.dtype == np.uint8
    with FaceReader(model_path("face_landmarker")) as reader:
        assert reader.read(plate)[0] == []
    far = cv2.erode((portrait.matte < 0.01).astype(np.uint8), np.ones((31, 31), np.uint8)) > 0
    assert far.any() and np.abs(plate[far].astype(int) - portrait.image[far]).max() <= 1


def test_the_hole_has_the_colours_of_what_lies_beside_it(portrait: Portrait) -> None:
    image = portrait.image.copy()
    image[portrait.matte < 0.9] = (40, 120, 200)
    plate = complete_background(replace(portrait, image=image))
    assert np.abs(plate.astype(int) - (40, 120, 200)).max() <= 3


def test_a_photo_that_shows_only_the_person_still_gives_a_plate(portrait: Portrait) -> None:
    plate = complete_background(replace(portrait, matte=np.ones_like(portrait.matte)))
    assert plate.shape == portrait.image.shape and np.ptp(plate.reshape(-1, 3), axis=0).max() < 60


def test_a_large_photo_gives_a_smaller_plate(portrait: Portrait) -> None:
    times = 5
    large = replace(
        portrait,
        image=cv2.resize(portrait.image, None, fx=times, fy=times),
        matte=cv2.resize(portrait.matte, None, fx=times, fy=times),
        landmarks=portrait.landmarks * times,
    )
    assert max(complete_background(large).shape) == LONG_SIDE


def test_the_same_photo_gives_the_same_plate(portrait: Portrait) -> None:
    assert np.array_equal(complete_background(portrait), complete_background(portrait))
