# SPDX-License-Identifier: GPL-3.0-or-later
"""Silence is alive: who listens and who waits, for as long as one likes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.signal import find_peaks

from core.direction import GESTURES, SLIDERS
from core.errors import LikenessError
from core.performance import Performance, perform
from core.performance.behaviours import BEHAVIOURS
from core.speech import load_speech
from core.speech.silence import keep_silent


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Performance]:
    folder = tmp_path_factory.mktemp("silence")
    return {name: perform(keep_silent(120.0, folder / f"{name}.speech", name), 3) for name in BEHAVIOURS}


def test_behaviours_fit_the_tables() -> None:
    for behaviour in BEHAVIOURS.values():
        assert set(behaviour.moves) <= set(SLIDERS)
        assert set(behaviour.gestures) <= set(GESTURES)


def test_nothing_is_said_and_the_behaviour_is_kept(tmp_path: Path) -> None:
    keep_silent(2.5, tmp_path / "a.speech", "idle")
    speech = load_speech(tmp_path / "a.speech")
    assert speech.duration == pytest.approx(2.5)
    assert speech.behaviour == "idle"
    assert not speech.words and not speech.wave.any()


def test_every_ten_seconds_something_moves(takes: dict[str, Performance]) -> None:
    """Eyes, lids, head and chest; the lips stay closed."""
    for take in takes.values():
        for channel in ("eyeLeftYaw", "headYaw", "chestPitch", "headPitch"):
            parts = take.total(channel)[:-1].reshape(12, -1)
            assert np.ptp(parts, axis=1).min() > np.radians(0.3), channel
        assert take.total("eyeBlinkLeft")[: 60 * 20].max() > 0.9
        assert take.total("jawOpen").max() < 0.05


def test_it_does_not_repeat_itself(takes: dict[str, Performance]) -> None:
    """No stretch of ten seconds is like another one."""
    for take in takes.values():
        curve = take.total("headYaw") + take.total("neckYaw")
        parts = np.stack([curve[at : at + 600] for at in range(0, len(curve) - 600, 30)])
        parts = parts - parts.mean(axis=1, keepdims=True)
        parts /= np.linalg.norm(parts, axis=1, keepdims=True)
        alike = parts @ parts.T
        far = np.abs(np.subtract.outer(np.arange(len(parts)), np.arange(len(parts)))) >= 20
        assert alike[far].max() < 0.95


def test_it_begins_and_ends_at_rest_so_that_loops_close(takes: dict[str, Performance]) -> None:
    for take in takes.values():
        for channel in ("headPitch", "headYaw", "headRoll", "chestPitch", "shoulderLeftLift", "mouthSmileLeft"):
            assert np.abs(take.total(channel)[[0, -1]]).max() < 2e-3, channel


def test_a_listener_looks_and_nods_more_than_one_who_waits(takes: dict[str, Performance]) -> None:
    def away(take: Performance) -> float:
        yaw = sum(take.total(channel) for channel in ("eyeLeftYaw", "headYaw", "neckYaw"))
        return float(np.mean(np.abs(yaw) > np.radians(4.0)))

    assert away(takes["listening"]) < 0.6 * away(takes["idle"])
    nods = {
        name: len(find_peaks(-take.layers["gesture"]["headPitch"], prominence=0.015, width=(3, 25))[0])
        for name, take in takes.items()
    }
    assert nods["listening"] >= 8
    assert nods["idle"] <= 2


def test_lengths_that_make_no_sense_are_said(tmp_path: Path) -> None:
    for seconds in (0.0, float("nan"), 1e6):
        with pytest.raises(LikenessError, match="seconds is"):
            keep_silent(seconds, tmp_path / "a.speech")
    assert not (tmp_path / "a.speech").exists()
