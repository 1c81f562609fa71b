# SPDX-License-Identifier: GPL-3.0-or-later
"""Our YIN hears what librosa's hears, without the seconds that librosa takes to load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import librosa
import numpy as np
import pytest
import soxr

from core.emotion.pitch import find_pitch, find_power
from core.speech import Speech

RATE, PITCHES, FRAME, HOP = 8000, (65.0, 500.0), 512, 160


def sweep() -> np.ndarray:
    phase = 2 * np.pi * np.cumsum(np.linspace(70.0, 480.0, 2 * RATE)) / RATE
    return (0.3 * np.sin(phase) + 0.1 * np.sin(2 * phase)).astype(np.float32)


def noise() -> np.ndarray:
    return np.random.default_rng(1).normal(0.0, 0.1, 20_001).astype(np.float32)


def require_the_same(wave: np.ndarray) -> None:
    pitch, power = find_pitch(wave, RATE, PITCHES, FRAME, HOP), find_power(wave, FRAME, HOP)
    expected = librosa.yin(wave, fmin=PITCHES[0], fmax=PITCHES[1], sr=RATE, frame_length=FRAME, hop_length=HOP)
    np.testing.assert_allclose(12 * np.log2(pitch / expected), 0.0, atol=1e-3)
    loud = librosa.feature.rms(y=wave, frame_length=FRAME, hop_length=HOP)[0]
    np.testing.assert_allclose(power, loud, rtol=0, atol=1e-6)


@pytest.mark.parametrize("make", [sweep, noise])
def test_made_sounds_are_as_high_and_as_loud(make) -> None:
    require_the_same(make())


def test_a_voice_is_as_high_and_as_loud(speeches: list[Speech]) -> None:
    require_the_same(soxr.resample(speeches[0].wave, speeches[0].rate, RATE, quality="LQ"))


def test_a_tone_has_its_pitch() -> None:
    wave = sweep()
    found = find_pitch(wave, RATE, PITCHES, FRAME, HOP)[4:-4]
    expected = np.linspace(70.0, 480.0, len(wave))[::HOP][4 : 4 + len(found)]
    assert np.median(np.abs(12 * np.log2(found / expected))) < 0.1


def test_performing_loads_no_librosa(repository: Path) -> None:
    code = (
        "import sys, numpy as np\n"
        "from core.emotion.voice import _pitch_track\n"
        "from types import SimpleNamespace as Said\n"
        "print(len(_pitch_track(Said(wave=np.zeros(24000, np.float32), rate=24000))), 'librosa' in sys.modules)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["51", "False"]
