# SPDX-License-Identifier: GPL-3.0-or-later
"""What the mouth network's training does to sounds and shows of itself."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "addon_models" / "lipsync"))

from coding import CODECS, Codec, encode, pass_codec
from figures import draw_confusion, draw_curves

from core.speech.features import RATE
from core.speech.inventory import CLASSES


@pytest.fixture(scope="module")
def wave() -> np.ndarray:
    """Two seconds of bursts of noise below 2 kHz, which every codec keeps."""
    draw = np.random.default_rng(5)
    spectrum = np.fft.rfft(draw.normal(size=2 * RATE))
    spectrum[4000:] = 0.0
    bursts = np.repeat(draw.uniform(0.0, 1.0, 40) > 0.4, 2 * RATE // 40)
    noise = np.fft.irfft(spectrum)
    return (0.3 * noise / np.abs(noise).max() * bursts).astype(np.float32)


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.subtype)
def test_a_codec_changes_a_sound_but_not_its_times(codec: Codec, wave: np.ndarray) -> None:
    for compression in codec.compression or (None,):
        heard = encode(wave, codec, compression)
        assert heard.shape == wave.shape and heard.dtype == np.float32
        assert 0.001 < np.abs(heard - wave).mean() < 0.05
        outlines = [np.sqrt(np.convolve(sound**2, np.ones(80) / 80, "same")) for sound in (wave, heard)]
        shifts = range(-160, 161, 16)
        likeness = [np.corrcoef(outlines[0], np.roll(outlines[1], -shift))[0, 1] for shift in shifts]
        assert abs(shifts[int(np.argmax(likeness))]) <= 16  # a millisecond


def test_silence_and_a_drawn_codec_are_no_trouble(wave: np.ndarray) -> None:
    for seed in range(6):
        draw = np.random.default_rng(seed)
        assert np.isfinite(pass_codec(wave, draw)).all()
        assert np.abs(pass_codec(np.zeros(RATE, np.float32), draw)).max() < 1e-3


def test_pictures_of_a_training_are_drawn(tmp_path: Path) -> None:
    names = ("classes", "phones", "lips", "blendshapes", "correlation", "piper_balanced", "piper_phones")
    history = [{"step": step, "minutes": 1.0, **{name: 1 / step for name in names}} for step in (1, 2)]
    draw_curves(history, tmp_path / "a.png")
    tables = {"piper": np.eye(len(CLASSES), dtype=np.int64), "espeak": np.zeros((11, 11), np.int64)}
    draw_confusion(tables, tmp_path / "b.png")
    assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG") for name in ("a.png", "b.png"))
