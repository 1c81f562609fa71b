# SPDX-License-Identifier: GPL-3.0-or-later
"""Where clothes end around the neck: in front as the photo says, and calm where it says nothing."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from core.avatar.neckline import AXIS, cloth_around, level_out, turn_from_front

AROUND, UP, RADIUS = 144, 61, 0.06
ANGLE = np.repeat(np.arange(AROUND) / AROUND * 360, UP)
HEIGHT = np.tile(np.linspace(-0.03, 0.09, UP), AROUND)
NECK = np.stack(
    [RADIUS * np.sin(np.radians(ANGLE)), AXIS - RADIUS * np.cos(np.radians(ANGLE)), HEIGHT], axis=1
)  # a cylinder, the front towards -Y
TURN = np.minimum(ANGLE, 360 - ANGLE)
TOP = np.arange(AROUND) * UP + UP - 1


def links() -> csr_array:
    number = np.arange(AROUND * UP).reshape(AROUND, UP)
    up = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1)
    on = np.stack([number.ravel(), np.roll(number, -1, axis=0).ravel()], axis=1)
    ends = np.concatenate([up, on])
    both = np.concatenate([ends, ends[:, ::-1]])
    return csr_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(len(NECK),) * 2)


def ends_at(share: np.ndarray) -> np.ndarray:
    """Heights (AROUND,) of the highest cloth."""
    cloth = share.reshape(AROUND, UP) > 0.5
    return np.where(cloth, HEIGHT.reshape(AROUND, UP), -1).max(axis=1)


def around(wanted: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Heights at which cloth ends that is ``wanted`` (N,) high where it is ``seen`` (N,)."""
    share = (wanted > HEIGHT).astype(float)
    return ends_at(cloth_around(links(), NECK, np.where(seen, share, 0.0), seen, seen.astype(float), TOP)[0])


def test_a_collar_is_the_photos_in_front_and_runs_on_evenly_behind() -> None:
    wanted = 0.02 + 0.02 * np.clip(TURN / 60, 0, 1)
    height = around(wanted, TURN < 70)
    front = TURN.reshape(AROUND, UP)[:, 0] < 65
    assert np.abs(height - wanted.reshape(AROUND, UP)[:, 0])[front].max() < 0.004
    assert np.abs(height[~front] - 0.04).max() < 0.006
    assert np.abs(np.diff(height[~front])).max() <= 0.0021  # a row of the grid


def test_a_side_that_is_not_seen_is_the_other_sides_mirror_image() -> None:
    wanted = 0.01 + 0.03 * np.clip(TURN / 60, 0, 1)
    height = around(wanted, (TURN < 10) | (ANGLE < 100))
    mirrored = np.roll(wanted.reshape(AROUND, UP)[:, 0][::-1], 1)
    hidden = np.arange(AROUND) / AROUND * 360 > 265
    assert np.abs(height - mirrored)[hidden].max() < 0.01


def test_cloth_that_hides_all_skin_ends_above_what_is_seen_of_it() -> None:
    # On the left side a standing collar reaches up to where the photo shows nothing more.
    standing = (ANGLE > 50) & (ANGLE < 100) & (HEIGHT < 0.06)
    front = (TURN < 40) & (HEIGHT < 0.05)
    wanted = np.where(TURN < 40, 0.01, 0.1)
    height = around(wanted, standing | front)
    column = ANGLE.reshape(AROUND, UP)[:, 0]
    assert height[(column > 60) & (column < 90)].min() > 0.052
    assert height[(column > 140) & (column < 180)].min() > 0.02


def test_a_hidden_border_leaves_room_for_its_roll_below_the_surfaces_upper_edge() -> None:
    high = TURN < 70
    height = around(np.full(len(NECK), 0.1), high)
    behind = TURN.reshape(AROUND, UP)[:, 0] > 90
    assert 0.07 < height[behind].min() <= height[behind].max() < 0.086


def test_where_no_cloth_is_seen_there_is_none() -> None:
    share, below, _ = cloth_around(links(), NECK, np.zeros(len(NECK)), TURN < 60, np.ones(len(NECK)), TOP)
    assert not share.any() and (below < 0).all()


def test_a_dip_of_a_hidden_border_is_levelled_and_a_seen_one_stays() -> None:
    dip = 0.008 * (np.exp(-(((ANGLE - 120) / 12) ** 2)) + np.exp(-((TURN / 12) ** 2)))
    height, edge = HEIGHT - dip, 0.04 - HEIGHT
    trust = (TURN < 60).astype(float)
    moved = height + level_out(NECK, height, edge, trust)
    border = np.abs(edge) < 1e-3
    behind = moved[border & (ANGLE > 70) & (ANGLE < 290)]
    assert np.ptp(height[border & (ANGLE > 70) & (ANGLE < 290)]) > 0.0075
    assert np.ptp(behind) < 0.004
    assert np.array_equal(moved[TURN < 60], height[TURN < 60])
    assert np.abs(moved - height)[np.abs(edge) > 0.04].max() < 1e-4  # far from the border nothing moves


def test_turns_are_counted_from_the_front_to_both_sides() -> None:
    assert np.allclose(turn_from_front(NECK), TURN, atol=1e-6)


def test_a_hidden_border_climbs_a_shelf_up_to_the_neck_and_nothing_else_moves() -> None:
    seen = TURN < 60
    share = np.where(seen & (HEIGHT < 0.02), 1.0, 0.0)
    shelf = (ANGLE > 200) & (ANGLE < 250) & (HEIGHT < 0.05)
    plain, level = (
        cloth_around(links(), NECK, share, seen, seen.astype(float), TOP, flat) for flat in (None, shelf)
    )
    assert np.abs(plain[2]).max() == 0
    column = ANGLE.reshape(AROUND, UP)[:, 0]
    before, after = ends_at(plain[0]), ends_at(level[0])
    beside = (column > 210) & (column < 240)
    assert after[beside].min() > before[beside].max() + 0.01
    assert np.array_equal(after[column < 180], before[column < 180])
    assert (level[2].reshape(AROUND, UP)[beside] > 0.01).all()
