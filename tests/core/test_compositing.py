# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers over frames: exact in bytes, straight alpha and linear light, gone outside of their time."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_shots import grey

from core.colour import to_linear
from core.graphics import Layer, Picture, compose
from core.graphics.layer import Motion

STILL = Motion()


def _layer(pixels: np.ndarray, left: int = 0, top: int = 0, motion: Motion = STILL) -> Layer:
    picture = Picture(pixels, left, top)
    return Layer("test", 1.0, 2.0, picture, picture.box, motion)


def _random_pixels(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    alpha = random.integers(0, 256, (20, 30, 1))
    return np.concatenate([random.integers(0, 256, (20, 30, 3)) * alpha // 255, alpha], axis=2).astype(np.uint8)


def test_composing_is_exact_on_opaque_frames():
    source, frame = _random_pixels(1), np.random.default_rng(2).integers(0, 256, (24, 40, 3)).astype(np.uint8)
    kept = frame.copy()
    seen = compose(frame, [_layer(source, 5, 3)], 1.0)
    expected = source[..., :3] + frame[3:23, 5:35] * (1 - source[..., 3:] / 255.0)
    assert np.abs(seen[3:23, 5:35] - expected).max() <= 0.51
    assert np.array_equal(frame, kept)
    outside = np.ones(frame.shape[:2], bool)
    outside[3:23, 5:35] = False
    assert np.array_equal(seen[outside], frame[outside])


def test_composing_keeps_straight_alpha():
    source = _random_pixels(3)
    frame = np.random.default_rng(4).integers(0, 256, (20, 30, 4)).astype(np.uint8)
    seen = compose(frame, [_layer(source)], 1.5)
    above, below = source[..., 3:] / 255.0, frame[..., 3:] / 255.0
    total = above + below * (1 - above)
    color = (source[..., :3] + frame[..., :3] * below * (1 - above)) / np.maximum(total, 1e-9)
    assert np.abs(seen[..., 3:] - total * 255).max() <= 0.51
    assert np.abs(seen[..., :3] - color)[np.broadcast_to(total > 0, color.shape)].max() <= 0.6
    bare = compose(np.zeros((20, 30, 4), np.uint8), [_layer(np.full((20, 30, 4), 128, np.uint8))], 1.0)
    assert bare[0, 0].tolist() == [255, 255, 255, 128]


def test_composing_over_linear_light():
    frame = np.full((20, 30, 4), 0.25, np.float32)
    source = np.zeros((20, 30, 4), np.uint8)
    source[..., :] = (100, 50, 0, 255)
    source[:5] = 0
    seen = compose(frame, [_layer(source)], 1.0)
    assert seen[10, 10, :3] == pytest.approx(to_linear(np.array([100, 50, 0])), abs=1e-6)
    assert seen[10, 10, 3] == 1.0
    assert np.array_equal(seen[:5], frame[:5])


def test_nothing_is_seen_outside_of_its_time_or_of_the_frame():
    frame = grey((30, 20))
    layers = [_layer(_random_pixels(5)), _layer(_random_pixels(6), 500, 3), _layer(_random_pixels(6), -40, 3)]
    assert compose(frame, layers, 0.99) is frame
    assert compose(frame, layers, 2.0) is frame
    assert compose(frame, layers[1:], 1.5) is frame
    assert not np.array_equal(compose(frame, [_layer(_random_pixels(6), -10, -5)], 1.5), frame)


def test_a_layer_comes_and_goes_gently():
    frame, pixels = grey((60, 60), 0), np.full((20, 20, 4), 255, np.uint8)
    layer = _layer(pixels, 20, 20, Motion(0.4, 0.4, (0.0, 10.0)))
    sums = [int(compose(frame, [layer], seconds).sum()) for seconds in (1.0, 1.04, 1.2, 1.5, 1.9, 1.98)]
    assert sums[0] == 0 < sums[1] < sums[2] < sums[3] == 20 * 20 * 3 * 255
    assert sums[3] > sums[4] > sums[5] > 0
    rows = np.nonzero(compose(frame, [layer], 1.04).sum(axis=(1, 2)))[0]
    assert rows.max() > 39  # from below
