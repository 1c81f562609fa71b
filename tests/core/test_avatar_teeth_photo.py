# SPDX-License-Identifier: GPL-3.0-or-later
"""A photo's smile on the teeth: they reach as far, wear its colours, and take nothing of its lips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.avatar.dentition import LOWER, UPPER, Arch, Row, build_row
from core.avatar.fit import Fit, project
from core.avatar.landmarks import (
    EYE_INNER_LEFT,
    EYE_INNER_RIGHT,
    EYE_OUTER_LEFT,
    EYE_OUTER_RIGHT,
    LIP_INNER_LOWER,
    LIP_INNER_UPPER,
    LIP_OUTER,
)
from core.avatar.shown_teeth import ShownTeeth, find_shown_teeth
from core.avatar.teeth_photo import CELL, CROWNS, Mouth, lay_teeth, place_cells
from core.avatar.teeth_pose import MOST_ASIDE, WIDTH_RANGE, stand_as_shown
from core.colour import to_linear
from core.portrait import Camera, Portrait

FACING = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
CAMERA = Camera(2400.0, 300.0, 200.0, 600, 400, "default")
SKIN, LIP, IVORY = (190, 140, 120), (170, 70, 70), (225, 215, 200)
NO_SKIN = np.array([[9.0, 9.0, 9.0], [9.1, 9.0, 9.0], [9.0, 9.1, 9.0]])
FIT = Fit(CAMERA, FACING, np.array([0.0, 0.0, 0.6]), np.zeros(1), {}, NO_SKIN, NO_SKIN, 0.0, 0.0)
PAINTED = np.full((*CELL, 3), 0.5)


def smile(half: float, middle: float = 0.0, teeth: tuple[int, int, int] = IVORY) -> Portrait:
    """A mouth 110 pixels to either side of the picture's middle whose teeth show ``half`` about ``middle``."""
    y, x = np.mgrid[:400, :600] + 0.5
    x, y = x - 300, y - 200
    picture = np.full((400, 600, 3), SKIN, np.uint8)
    bow = 1 - np.clip(np.abs(x) / 110, 0, 1) ** 2
    picture[(np.abs(y) < 16 + 24 * bow) & (np.abs(x) < 130)] = LIP
    opening = (np.abs(y) < 20 * bow) & (np.abs(x) < 110)
    picture[opening] = (25, 8, 8)
    picture[opening & (np.abs(x - middle) < half)] = teeth
    landmarks = np.zeros((478, 3))
    landmarks[:, :2] = (300, 200)
    along = np.linspace(-1, 1, 11)
    for row, side in ((LIP_INNER_UPPER, -1), (LIP_INNER_LOWER, 1)):
        landmarks[list(row), 0] = 300 + 110 * along
        landmarks[list(row), 1] = 200 + side * 20 * (1 - along**2)
    turn = np.linspace(-np.pi, np.pi, len(LIP_OUTER), endpoint=False)
    landmarks[list(LIP_OUTER), 0] = 300 + 125 * np.cos(turn)
    landmarks[list(LIP_OUTER), 1] = 200 + 36 * np.sin(turn)
    for index, at in ((EYE_OUTER_RIGHT, 150), (EYE_INNER_RIGHT, 230), (EYE_INNER_LEFT, 370), (EYE_OUTER_LEFT, 450)):
        landmarks[index, :2] = (at, 40)
    return Portrait(Path("made.png"), "0" * 64, picture, landmarks, {}, np.eye(4), np.ones((400, 600)), CAMERA, ())


def rows() -> tuple[Row, Row]:
    outer, inner = Arch(0.062, 0.045, 0.0, 0.0), Arch(0.058, 0.042, 0.003, 0.0)
    return build_row(UPPER, outer, -0.005, 1.0), build_row(LOWER, inner, -0.004, -1.0)


def shown_in(portrait: Portrait) -> ShownTeeth:
    shown = find_shown_teeth(portrait)
    assert shown is not None
    return shown


def lay(portrait: Portrait) -> np.ndarray:
    upper, lower = rows()
    mouth = Mouth((upper, lower), (upper.positions, lower.positions), NO_SKIN, np.array([[0, 1, 2]]))
    return lay_teeth(PAINTED, portrait, FIT, shown_in(portrait), mouth)


def reach(positions: np.ndarray) -> np.ndarray:
    """Pixels at which the first five crowns on either side end, the subject's right first."""
    size = len(positions[: 129 * CROWNS]) // CROWNS
    crowns = positions[: size * CROWNS].reshape(CROWNS, size, 3)
    seen = project(crowns[[0, 1, 2, 3, 4, 7, 8, 9, 10, 11]].reshape(-1, 3), FIT.rotation, FIT.translation, CAMERA)
    return np.array([seen[:, 0].min(), seen[:, 0].max()])


@pytest.mark.parametrize(("half", "middle"), [(95.0, 0.0), (100.0, 0.0), (88.0, 8.0), (88.0, -8.0)])
def test_teeth_reach_as_far_as_the_photo_shows_them(half: float, middle: float) -> None:
    upper = rows()[0].positions
    stand = stand_as_shown(upper, shown_in(smile(half, middle)), FIT)
    assert WIDTH_RANGE[0] <= stand.width <= WIDTH_RANGE[1] and abs(stand.aside) <= MOST_ASIDE
    wanted = 300 + middle + np.array([-half, half])
    there = reach(stand.moved(upper, upper=True))
    assert np.abs(there - wanted).max() < 14, "no more than a tooth"
    assert np.abs(there - wanted).max() <= np.abs(reach(upper) - wanted).max() + 1


def test_teeth_go_to_the_side_on_which_the_photo_shows_them() -> None:
    upper = rows()[0].positions
    left, right = (reach(stand_as_shown(upper, shown_in(smile(85.0, way)), FIT).moved(upper, upper=True)).mean()
                   for way in (14.0, -14.0))  # fmt: skip
    assert left - right > 12


def test_a_wider_smile_has_wider_teeth() -> None:
    upper = rows()[0].positions
    narrow, wide = (np.ptp(reach(stand_as_shown(upper, shown_in(smile(half)), FIT).moved(upper, upper=True)))
                    for half in (70.0, 108.0))  # fmt: skip
    assert wide - narrow > 20


def test_a_mouth_far_open_moves_no_row_to_a_side() -> None:
    shown = replace(shown_in(smile(95.0)), ends=None)
    stand = stand_as_shown(rows()[0].positions, shown, FIT)
    assert (stand.width, stand.aside, stand.pitch, stand.roll) == (1.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("teeth", [IVORY, (200, 200, 200), (222, 200, 150)])
def test_teeth_wear_the_photos_colour_wherever_they_are(teeth: tuple[int, int, int]) -> None:
    picture = to_linear(lay(smile(95.0, teeth=teeth)))
    tint = to_linear(np.array(teeth, np.uint8))
    for crown in (1, 6, 7, 12):
        mean = picture[:, crown * CELL[1] : (crown + 1) * CELL[1]].mean(axis=(0, 1))
        assert np.allclose(mean / mean.sum(), tint / tint.sum(), atol=0.02), crown


def test_nothing_of_lips_or_the_mouths_dark_gets_on_the_teeth() -> None:
    picture = to_linear(lay(smile(95.0)))
    assert (picture[..., 0] / picture[..., 1]).max() < 1.4, "no red"
    assert picture.min() > 0.2, "no dark"


def test_dark_teeth_stay_dark() -> None:
    portrait = smile(95.0)
    dark = replace(portrait, image=(portrait.image * 0.4).astype(np.uint8))
    assert to_linear(lay(dark)).mean() < 0.35 * to_linear(lay(portrait)).mean()


def test_what_the_photo_shows_of_a_tooth_is_on_that_tooth() -> None:
    portrait = smile(95.0)
    upper = rows()[0]
    middle = upper.positions[: 129 * 2].reshape(2, 129, 3)[1, :-1].reshape(8, 16, 3)[4, 4]
    spot = project(middle[None], FIT.rotation, FIT.translation, CAMERA)[0]
    cv2.circle(portrait.image, (round(spot[0]), round(spot[1])), 5, (150, 160, 190), -1)
    blue = to_linear(lay(portrait))
    high, wide = CELL
    share = (blue[..., 2] / blue[..., 0])[:high].reshape(high, CROWNS, wide).max(axis=(0, 2))
    assert share.argmax() == 8, "the subject's left lateral incisor"
    assert share[8] > 1.2 > np.delete(share, 8).max()


@pytest.mark.parametrize("below", [False, True])
def test_every_crown_has_a_cell_of_its_own(below: bool) -> None:
    row = rows()[int(below)]
    uv = place_cells(row, below)
    crowns = uv[row.material == 0].reshape(CROWNS, -1, 2)
    low, high = crowns.min(axis=1), crowns.max(axis=1)
    assert (np.sort(high[:, 0])[:-1] < np.sort(low[:, 0])[1:]).all()
    assert low[:, 1].min() > (0.0 if below else 0.5) and high[:, 1].max() < (0.5 if below else 1.0)


@pytest.mark.parametrize("light", [1.0, 0.2])
def test_teeth_show_in_a_photo_without_colours(light: float) -> None:
    portrait = smile(95.0)
    image = (light * cv2.cvtColor(portrait.image, cv2.COLOR_RGB2GRAY)).astype(np.uint8)
    grey = replace(portrait, image=np.repeat(image[..., None], 3, axis=2))
    assert np.abs(shown_in(grey).ends - shown_in(portrait).ends).max() < 8
    assert np.ptp(lay(grey).astype(int), axis=2).max() < 3
