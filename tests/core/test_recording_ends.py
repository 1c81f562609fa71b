# SPDX-License-Identifier: GPL-3.0-or-later
"""Silence at the ends of a recording, shortened where that is wanted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.errors import LikenessError
from core.recording import record
from core.recording.ends import KEPT, shorten_ends
from core.script import parse_script
from core.voice import speak

RATE = 24_000


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    """A sentence without silence around it."""
    spoken = speak(parse_script("My mother bought apples."), tmp_path_factory.mktemp("ends") / "a.speech")
    first, last = spoken.phones[0].end, spoken.phones[-1].start
    return spoken.wave[round(first * RATE) : round(last * RATE)]


def _room(seconds: float, seed: int = 1) -> np.ndarray:
    """The noise of a quiet room."""
    return (np.random.default_rng(seed).normal(size=round(seconds * RATE)) * 2e-4).astype(np.float32)


def _within(speech: np.ndarray, lead: float, tail: float) -> np.ndarray:
    """The sentence in a room, which is heard throughout."""
    wave = np.concatenate([np.zeros(round(lead * RATE)), speech, np.zeros(round(tail * RATE))]).astype(np.float32)
    return wave + _room(len(wave) / RATE)


def test_long_silence_is_shortened_and_all_that_is_said_stays(speech: np.ndarray):
    wave = _within(speech, 2.0, 3.0)
    cut = shorten_ends(wave, RATE)
    assert len(cut) / RATE == pytest.approx(len(speech) / RATE + 2 * KEPT, abs=0.1)
    place = int(np.correlate(cut, speech[4000:8000], "valid").argmax()) - 4000
    assert place / RATE == pytest.approx(KEPT, abs=0.06)
    np.testing.assert_array_equal(cut[place : place + len(speech)], wave[2 * RATE : 2 * RATE + len(speech)])


def test_it_does_not_click(speech: np.ndarray):
    cut = shorten_ends(_within(speech, 2.0, 3.0), RATE)
    assert cut[0] == 0.0 and abs(cut[-1]) < 1e-5
    assert np.abs(np.diff(np.append(0.0, cut[:240]))).max() < 1e-3


@pytest.mark.parametrize(("lead", "tail"), [(0.0, 0.0), (0.2, 0.4), (0.4, 0.0)])
def test_short_silence_stays(lead: float, tail: float, speech: np.ndarray):
    wave = _within(speech, lead, tail)
    np.testing.assert_array_equal(shorten_ends(wave, RATE), wave)


def test_one_end_alone(speech: np.ndarray):
    wave = _within(speech, 0.2, 2.0)
    cut = shorten_ends(wave, RATE)
    np.testing.assert_array_equal(cut[: RATE // 2], wave[: RATE // 2])
    assert len(cut) < len(wave) - RATE


def test_nothing_but_silence_stays():
    for wave in (_room(3.0), np.zeros(RATE, np.float32)):
        np.testing.assert_array_equal(shorten_ends(wave, RATE), wave)


def test_a_recording_is_trimmed_only_where_that_is_asked_for(speech: np.ndarray, tmp_path: Path):
    wave = _within(speech, 2.0, 3.0)
    soundfile.write(tmp_path / "a.wav", wave, RATE)
    whole = record(tmp_path / "a.wav", tmp_path / "a.speech", parse_script("My mother bought apples."))
    short = record(tmp_path / "a.wav", tmp_path / "b.speech", parse_script("My mother bought apples."), trim=True)
    assert whole.duration == pytest.approx(len(wave) / RATE, abs=0.01)
    assert short.duration < whole.duration - 3.5
    assert [word.text for word in short.words] == [word.text for word in whole.words]
    assert whole.words[0].start - short.words[0].start == pytest.approx(2.0 - KEPT, abs=0.1)


def test_a_script_in_a_language_that_can_only_be_spoken_is_refused(speech: np.ndarray, tmp_path: Path):
    soundfile.write(tmp_path / "a.wav", speech, RATE)
    with pytest.raises(LikenessError) as caught:
        record(tmp_path / "a.wav", tmp_path / "a.speech", parse_script("Aloha.", "haw"))
    assert caught.value.code == "language_unheard"
