# SPDX-License-Identifier: GPL-3.0-or-later
"""Resampling and filters say what scipy's say, without its weight."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import lfilter, resample_poly

from core.voice.filters import filter_biquad, resample
from core.voice.loudness import _STAGES


@pytest.mark.parametrize(("up", "down"), [(4, 1), (2, 1), (3, 3), (160, 147), (320, 147), (1, 2), (147, 160)])
@pytest.mark.parametrize("shape", [(1,), (7,), (3000,), (3000, 2)])
@pytest.mark.parametrize(("kind", "near"), [(np.float64, 1e-13), (np.float32, 2e-6)])
def test_a_wave_is_resampled(up: int, down: int, shape: tuple[int, ...], kind: type, near: float) -> None:
    wave = np.random.default_rng(1).normal(size=shape).astype(kind)
    made, expected = resample(wave, up, down), resample_poly(wave, up, down)
    assert made.dtype == expected.dtype
    np.testing.assert_allclose(made, expected, rtol=0, atol=near * np.abs(expected).max())


@pytest.mark.parametrize("stage", _STAGES)
@pytest.mark.parametrize("shape", [(1,), (2,), (3,), (16_385,), (40_000, 2)])
def test_a_wave_is_filtered_in_pieces(stage: tuple, shape: tuple[int, ...]) -> None:
    """Piece by piece it is as at once: the state says all about what came before."""
    generator = np.random.default_rng(2)
    wave, state = generator.normal(size=shape), generator.normal(size=(2, *shape[1:]))
    expected, left = lfilter(*stage, wave, axis=0, zi=state)
    made = []
    for piece in np.array_split(wave, 3):
        if len(piece):
            heard, state = filter_biquad(*stage, piece, state)
            made.append(heard)
    np.testing.assert_allclose(np.concatenate(made), expected, rtol=0, atol=1e-9 * np.abs(expected).max())
    np.testing.assert_allclose(state, left, rtol=0, atol=1e-9 * np.abs(expected).max())


def test_speaking_needs_no_scipy_signal(repository: Path) -> None:
    """It drags all of scipy.stats in, a second of every process that speaks, performs or reads a recording."""
    code = "import sys, core.voice, core.recording, core.performance, core.dubbing; print(*sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    assert not {"scipy.signal", "scipy.stats", "librosa", "torch", "mediapipe"} & set(said.stdout.split())
