# SPDX-License-Identifier: GPL-3.0-or-later
"""Rims of light and background along a face's edge: what is dropped, and what stays."""

from __future__ import annotations

import numpy as np
import pytest

from core.avatar.completion import Membrane, membrane
from core.avatar.repair import Belief, Places, SkinColour, find_places
from core.avatar.rim import doubt_rims, oddness
from core.avatar.template import Template, load_template
from core.avatar.texture import Sight
from core.avatar.unwrap import HEAD_CHART, Texels, rasterise, unwrap

SKIN = np.array([0.75, 0.55, 0.45])
SIZE = 256


@pytest.mark.parametrize(
    ("colour", "odd"),
    [
        ((0.75, 0.55, 0.45), False),
        ((0.55, 0.40, 0.33), False),  # shade
        ((0.40, 0.34, 0.31), False),  # a beard: darker, and greyer for it
        ((0.95, 0.90, 0.85), True),  # light from behind
        ((0.50, 0.55, 0.65), True),  # blue background
        ((0.75, 0.65, 0.30), True),  # a yellow one
        ((0.02, 0.02, 0.02), True),  # an outline drawn by a dark background
    ],
)
def test_what_is_no_shade_of_the_skin_is_odd(colour: tuple[float, float, float], odd: bool) -> None:
    picture = np.tile(np.array(colour, np.float32), (1, 1, 1))
    assert (float(oddness(picture, SKIN[None, None])[0, 0]) > 0.5) == odd


@pytest.fixture(scope="module")
def head() -> tuple[Template, Texels, Places, Membrane]:
    template = load_template()
    texels = rasterise(template, unwrap(template), HEAD_CHART, SIZE)
    return template, texels, find_places(template), membrane(template)


def doubted(head: tuple[Template, Texels, Places, Membrane], facing_of_patch: float) -> tuple[float, float]:
    """Trust that is left in a white patch on the cheek, seen at the given angle, and in the skin on the other side."""
    template, texels, places, springs = head
    at = texels.paint(template.positions)
    cheek = (np.abs(at[..., 2] - (at[..., 2][SIZE // 2, SIZE // 2])) < 0.03) & (at[..., 1] < 0.0)
    patch, other = cheek & (at[..., 0] > 0.04), cheek & (at[..., 0] < -0.04)
    assert patch.sum() > 200 and other.sum() > 200
    colour = np.tile(SKIN.astype(np.float32), (SIZE, SIZE, 1))
    colour[patch] = 0.95
    facing = np.ones((SIZE, SIZE), np.float32)
    facing[patch | other] = facing_of_patch
    full = np.ones((SIZE, SIZE), np.float32)
    sight = Sight(None, np.zeros((SIZE, SIZE, 2)), colour, facing, full, full * 0, full > 0)  # type: ignore[arg-type]
    skin = SkinColour(np.zeros(3), np.ones(2), 1.0, SKIN)
    (belief,) = doubt_rims([(texels, sight, Belief(full, full, full * 0))], springs, places, skin)
    return float(np.median(belief.trust[patch])), float(np.median(belief.trust[other]))


def test_a_bright_rim_is_dropped_and_skin_at_the_same_angle_kept(
    head: tuple[Template, Texels, Places, Membrane],
) -> None:
    patch, skin = doubted(head, 0.3)
    assert patch < 0.1 and skin > 0.9


def test_what_faces_the_camera_is_what_it_looks_like(head: tuple[Template, Texels, Places, Membrane]) -> None:
    patch, skin = doubted(head, 0.9)
    assert patch > 0.9 and skin > 0.9
