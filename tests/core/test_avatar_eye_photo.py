# SPDX-License-Identifier: GPL-3.0-or-later
"""A photo's eye on the painted one: seen parts as they are, hidden ones carried on, small ones left alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.avatar.eye_photo import lay_photo
from core.avatar.eye_texture import IMAGE, LIMBUS_UV, paint_eye
from core.avatar.landmarks import EYE_RING_LEFT, IRIS_LEFT
from core.colour import to_linear
from core.portrait import Camera, Portrait

BLUE, BROWN, PALE = (70, 110, 160), np.array([0.10, 0.05, 0.02]), (205, 190, 180)
SIDE, MIDDLE = 240, 120.0


def photo(radius: float, opening: float, glint: bool = False) -> Portrait:
    """A blue iris of ``radius`` pixels in a pale white, between lids ``opening`` radii high and five wide."""
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5 - MIDDLE
    picture = np.full((SIDE, SIDE, 3), PALE, np.uint8)
    picture[np.hypot(x, y) < radius] = BLUE
    if glint:
        picture[np.hypot(x + 0.65 * radius, y) < 0.12 * radius] = 255
    landmarks = np.zeros((478, 3))
    landmarks[:, :2] = MIDDLE
    turn = np.linspace(0, 2 * np.pi, len(EYE_RING_LEFT), endpoint=False)
    landmarks[list(EYE_RING_LEFT), 0] += 2.5 * radius * np.cos(turn)
    landmarks[list(EYE_RING_LEFT), 1] += opening * radius * np.sin(turn)
    landmarks[list(IRIS_LEFT), :2] += radius * np.array([[0, 0], [1, 0], [0, -1], [-1, 0], [0, 1]])
    camera = Camera(900.0, MIDDLE, MIDDLE, SIDE, SIDE, "default")
    return Portrait(Path("made.png"), "0" * 64, picture, landmarks, {}, np.eye(4), np.ones((SIDE, SIDE)), camera, ())


def lay(portrait: Portrait, radius: float) -> np.ndarray:
    """The eye's picture (IMAGE, IMAGE, 3), linear, when the photo looks straight at it in full light."""
    grid = ((np.arange(IMAGE) + 0.5) / IMAGE - 0.5) / LIMBUS_UV * radius + MIDDLE
    places = np.stack([*(axis.ravel() for axis in np.meshgrid(grid, grid)), np.zeros(IMAGE**2)], axis=1)
    painted = paint_eye(BROWN, np.array([0.6, 0.55, 0.5]))
    return to_linear(lay_photo(painted, portrait, "left", places, np.ones((IMAGE, IMAGE)), lambda p: p[:, :2]))


def at(picture: np.ndarray, across: float, down: float) -> np.ndarray:
    """Mean colour about a place given in radii of the iris."""
    x, y = (round((share * LIMBUS_UV + 0.5) * IMAGE) for share in (across, down))
    return picture[y - 6 : y + 7, x - 6 : x + 7].mean(axis=(0, 1))


def test_between_the_lids_lies_the_photo() -> None:
    eye = lay(photo(30.0, 1.3), 30.0)
    seen = to_linear(np.array(BLUE, np.uint8))
    for place in ((0.6, 0.0), (-0.6, 0.0), (0.0, 0.6), (0.0, -0.6)):
        assert np.allclose(at(eye, *place), seen, atol=0.03), place
    assert np.allclose(at(eye, 1.15, 0.0), to_linear(np.array(PALE, np.uint8)), atol=0.05)


def test_what_the_lids_hide_of_an_iris_has_its_own_colour() -> None:
    eye = lay(photo(30.0, 0.5), 30.0)
    hidden = at(eye, 0.0, -0.75)
    assert hidden[2] > hidden[1] > hidden[0], "a blue iris is brown under the lid"
    assert np.allclose(hidden, to_linear(np.array(BLUE, np.uint8)), rtol=0.45, atol=0.02)


def test_a_small_iris_stays_as_painted() -> None:
    painted = to_linear(paint_eye(BROWN, np.array([0.6, 0.55, 0.5])))
    assert np.allclose(lay(photo(3.0, 1.0), 3.0), painted, atol=1e-3)


def test_half_of_a_catchlight_goes() -> None:
    light = at(lay(photo(30.0, 1.3, glint=True), 30.0), -0.65, 0.0).mean()
    plain = at(lay(photo(30.0, 1.3), 30.0), -0.65, 0.0).mean()
    assert plain + 0.1 < light < 0.75, "the cornea would make a second one beside it"
