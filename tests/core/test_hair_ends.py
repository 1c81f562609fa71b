# SPDX-License-Identifier: GPL-3.0-or-later
"""The lower edge of hair that no photo shows: locks instead of a lip, and only where it stands off the head."""

from __future__ import annotations

import numpy as np

from core.avatar.hair_ends import FREE, locks, over_edge

TURN, UP = (grid.ravel() for grid in np.meshgrid(np.radians(np.arange(0, 360, 2.0)), np.arange(-0.06, 0.1, 0.004)))
BELL = np.stack([0.11 * np.sin(TURN), 0.11 * np.cos(TURN), UP], axis=1)
WHOLE = np.ones(len(BELL), bool)


def test_heights_are_told_from_the_edge_of_hair_that_stands_off_the_head_only() -> None:
    off = np.where(BELL[:, 0] > 0, 0.02, 0.001)
    over = over_edge(BELL, WHOLE, off)
    left, right = BELL[:, 0] > 0.03, BELL[:, 0] < -0.03
    assert np.abs(over[left] - (UP[left] + 0.06)).max() < 1e-6
    assert over[right].min() >= FREE
    assert over_edge(BELL, ~WHOLE, off).min() >= FREE


def test_an_edge_ends_in_locks_and_hair_above_it_is_whole() -> None:
    over = np.tile(np.linspace(0.0, 0.02, 200)[:, None], (1, 600))
    left = locks(over, 0.0006)
    ends = over[np.argmax(left > 0.5, axis=0), 0]
    assert (left[0] == 0).all() and (left[120:] == 1).all()
    assert ends.min() > 0.001 and 0.002 < np.ptp(ends) < 0.011
    # Tips and gaps follow each other every few millimetres.
    assert 40 < (np.diff(np.sign(ends - np.median(ends))) != 0).sum() < 400
    assert np.array_equal(left, locks(over, 0.0006))
    assert (locks(over + FREE, 0.0006) == 1).all()
