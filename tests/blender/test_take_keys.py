# SPDX-License-Identifier: GPL-3.0-or-later
"""Few keys, and the curve is still the curve."""

from __future__ import annotations

import numpy as np
import pytest

from blender_addon.takes.keys import SAMPLES, Keys, fit_keys

TOLERANCE = 0.005


def busy_mouth(seconds: float, fps: float, seed: int = 0) -> np.ndarray:
    """(SAMPLES * N + 1,) something like a jaw in talk: about four openings a second, rests in between."""
    generator = np.random.default_rng(seed)
    time = np.arange(SAMPLES * round(seconds * fps) + 1) / SAMPLES / fps
    curve = np.zeros(len(time))
    moment = 0.3
    while moment < seconds - 0.3:
        curve += generator.uniform(0.1, 0.5) * np.exp(-(((time - moment) / generator.uniform(0.10, 0.14)) ** 2))
        moment += generator.uniform(0.2, 0.33) if generator.random() < 0.9 else 0.8
    return curve


def at_frames(keys: Keys, frames: np.ndarray) -> np.ndarray:
    """Hermite's cubics between the keys, written out anew."""
    left = np.clip(np.searchsorted(keys.frames, frames, side="right") - 1, 0, len(keys.frames) - 2)
    length = (keys.frames[left + 1] - keys.frames[left]).astype(float)
    t = (frames - keys.frames[left]) / length
    rising, falling = t * t * (3 - 2 * t), (1 - t) ** 2 * (1 + 2 * t)
    turns = t * (1 - t) ** 2 * length * keys.after[left] - t * t * (1 - t) * length * keys.before[left + 1]
    return falling * keys.values[left] + rising * keys.values[left + 1] + turns


@pytest.mark.parametrize("fps", [24, 25, 30, 60])
def test_a_mouth_in_talk_needs_a_quarter_of_the_frames_at_most(fps):
    curves = np.stack([busy_mouth(20, fps, seed) for seed in range(6)])
    found = fit_keys(list(curves), np.full(6, TOLERANCE))
    frames = np.arange(20 * fps + 1)
    for keys, curve in zip(found, curves, strict=True):
        assert np.abs(at_frames(keys, frames) - curve[::SAMPLES]).max() <= TOLERANCE + 1e-9
    assert sum(len(keys.frames) for keys in found) <= 6 * len(frames) / 4


def test_between_frames_nothing_swings_out():
    curve = busy_mouth(20, 24)
    (keys,) = fit_keys(curve[None], np.array([TOLERANCE]))
    fine = np.arange(0, 20 * 24, 0.1)
    truth = np.interp(fine * SAMPLES, np.arange(len(curve)), curve)
    assert np.abs(at_frames(keys, fine) - truth).max() < 0.06


def test_most_keys_are_smooth():
    (keys,) = fit_keys(busy_mouth(20, 24)[None], np.array([TOLERANCE]))
    assert np.mean(keys.before == keys.after) > 0.5


def test_a_slow_curve_needs_few_keys_and_a_rest_two():
    frames = np.arange(SAMPLES * 1000 + 1) / SAMPLES
    slow, still = 0.5 - 0.5 * np.cos(frames / 100), np.full(len(frames), 0.3)
    slow_keys, still_keys = fit_keys(np.stack([slow, still]), np.full(2, TOLERANCE))
    assert len(slow_keys.frames) < 25
    assert still_keys.frames.tolist() == [0, 1000] and still_keys.values.tolist() == [0.3, 0.3]


@pytest.mark.parametrize("length", [1, 2, 95, 96, 97, 200])
def test_keys_begin_and_end_with_the_curve(length):
    curve = np.sin(np.arange(SAMPLES * length + 1) / 7.0)
    (keys,) = fit_keys(curve[None], np.array([TOLERANCE]))
    assert keys.frames[0] == 0 and keys.frames[-1] == length
    assert (np.diff(keys.frames) > 0).all()
    np.testing.assert_allclose(keys.values, curve[::SAMPLES][keys.frames])


def test_a_step_stays_a_step():
    curve = np.where(np.arange(SAMPLES * 50 + 1) < SAMPLES * 20, 0.0, 1.0)
    (keys,) = fit_keys(curve[None], np.array([TOLERANCE]))
    found = at_frames(keys, np.arange(51))
    assert np.abs(found - curve[::SAMPLES]).max() <= TOLERANCE
