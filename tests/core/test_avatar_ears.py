# SPDX-License-Identifier: GPL-3.0-or-later
"""Ears laid on a picture of the head whose ears are elsewhere, and left where the picture shows none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.avatar.ears import EAR, ear_motion, fit_ears
from core.avatar.fit import Fit, project
from core.avatar.hair_canvas import CANVAS_IOD, Canvas
from core.avatar.hair_region import HairRegion
from core.avatar.template import EYE_HEIGHT, Template, load_template
from core.portrait import Camera

IOD = 0.09  # metres between the template's outer eye corners, about
SIZE, MIDDLE = (520, 420), np.array([210.0, 200.0])
SKIN = (190, 140, 120)


@pytest.fixture(scope="module")
def template() -> Template:
    return load_template()


def straight(template: Template) -> Fit:
    """The average head seen from the front, from so far that the canvas is its own photo."""
    distance, focal = 3.0, CANVAS_IOD / IOD * 3.0
    rotation = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    translation = -rotation @ np.array([0.0, -distance, EYE_HEIGHT])
    camera = Camera(focal, *MIDDLE, SIZE[1], SIZE[0], "default")
    head = template.positions.astype(float)
    return Fit(camera, rotation, translation, np.zeros(1), {}, head, head, 0.0, 0.0)


def picture(template: Template, fit: Fit, positions: np.ndarray, hair: float = 0.0) -> HairRegion:
    """A canvas that shows the head at ``positions`` before a blue wall; hair: share that covers its ears."""
    pixels = project(positions, fit.rotation, fit.translation, fit.camera)
    matte = np.zeros(SIZE, np.uint8)
    for quad in np.rint(pixels[template.faces[template.region <= 1]] * 16).astype(np.int32):
        cv2.fillConvexPoly(matte, quad, 1, shift=4)
    image = np.full((*SIZE, 3), (40, 60, 140), np.uint8)
    image[matte > 0] = SKIN
    x = np.arange(SIZE[1])[None]
    landmarks = np.tile(MIDDLE, (478, 1)) + 60 * np.stack([np.cos(np.arange(478)), np.sin(np.arange(478))], axis=1)
    canvas = Canvas(image, matte.astype(np.float32), landmarks, np.zeros(2), 1.0)
    return HairRegion(canvas, (hair * (np.abs(x - MIDDLE[0]) > 75) * np.ones(SIZE)).astype(np.float32))


def test_ears_go_up_and_out_where_the_photo_shows_them(template: Template) -> None:
    fit = straight(template)
    share = np.clip(ear_motion(template) / EAR, 0, 1)[:, None]
    side = np.sign(template.positions[:, :1])
    true = fit.posed + share * (np.array([[0.0, 0, 0.008]]) + side * np.array([[0.004, 0, 0]]))
    found = fit_ears(fit, template, picture(template, fit, true))
    ear = ear_motion(template) > EAR
    before = np.linalg.norm((fit.posed - true)[ear][:, [0, 2]], axis=1).mean()
    after = np.linalg.norm((found.posed - true)[ear][:, [0, 2]], axis=1).mean()
    assert after < 0.4 * before, f"{1000 * after:.1f} mm off, {1000 * before:.1f} mm before"
    assert np.allclose(found.neutral - fit.neutral, found.posed - fit.posed), "the expression moved the ears"
    face = ear_motion(template) < 0.02
    assert np.abs(found.posed - fit.posed)[face].max() < 1e-6, "the face came along"


def test_ears_in_their_place_and_ears_under_hair_stay(template: Template) -> None:
    fit = straight(template)
    same = fit_ears(fit, template, picture(template, fit, fit.posed))
    assert np.abs(same.posed - fit.posed).max() < 0.0015
    hidden = fit_ears(fit, template, picture(template, fit, 1.05 * fit.posed, hair=1.0))
    assert np.array_equal(hidden.posed, fit.posed)
