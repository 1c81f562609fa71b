# SPDX-License-Identifier: GPL-3.0-or-later
"""Colour between files and light."""

from __future__ import annotations

import numpy as np

from core.colour import smoothstep, to_linear, to_srgb


def test_every_srgb_value_survives_the_way_to_light_and_back() -> None:
    values = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_srgb(to_linear(values)), values)


def test_middle_grey_is_a_fifth_of_white_and_what_is_too_bright_is_white() -> None:
    assert abs(to_linear(np.array([119], np.uint8))[0] - 0.184) < 1e-3
    np.testing.assert_array_equal(to_srgb(np.array([-1.0, 0.0, 1.0, 7.0])), [0, 0, 255, 255])


def test_a_soft_step_is_level_at_both_ends_and_keeps_small_floats() -> None:
    step = smoothstep(np.linspace(0, 4, 401, dtype=np.float32), 1.0, 3.0)
    assert step.dtype == np.float32
    np.testing.assert_array_equal(step[[0, 100, 200, 300, 400]], [0, 0, 0.5, 1, 1])
    assert step[101] < 1e-3 and step[299] > 1 - 1e-3 and (np.diff(step) >= 0).all()
