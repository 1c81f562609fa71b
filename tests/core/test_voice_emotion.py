# SPDX-License-Identifier: GPL-3.0-or-later
"""A synthetic voice follows what its sentences feel like, a little, and what its direction says, on top."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest

from core.direction import NONE, Direction
from core.emotion.text import NAMES
from core.errors import LikenessError
from core.jobs import check_params
from core.script import parse_script
from core.speech import Speech
from core.voice import speak
from core.voice.manipulation import find_melody
from core.voice.mood import PLAIN, Mood, balanced, blend, read_moods
from core.voice.prosody import divide

PLAIN_TEXT = "The invoice is due within thirty days."
SAD = "She passed away last night. I miss her every single day. The house has been so empty since the funeral."
EXCITED = "This is amazing, come and see! We are going to win this, let's go! I can't wait to show you everything!"


def _say(text: str, tmp_path: Path, emotion: str) -> Speech:
    return speak(parse_script(text), tmp_path / f"{emotion}.speech", emotion=emotion)


def _inner_pauses(speech: Speech) -> float:
    return sum(phone.end - phone.start for phone in speech.phones[1:-1] if not phone.phone)


def _odds(*names: str) -> np.ndarray:
    return np.array([[float(name == one) for one in NAMES] for name in names])


def test_no_feeling_changes_a_voice_more_than_is_natural() -> None:
    for name in NAMES:
        for mood in blend(_odds(name, name, name)):
            assert 0.88 <= mood.rate <= 1.12
            assert abs(12 * np.log2(mood.pitch)) <= 1.5 + 1e-9
            assert 0.75 - 1e-9 <= mood.range <= 1.35 + 1e-9


def test_what_is_only_guessed_changes_nothing() -> None:
    unsure = np.full((3, len(NAMES)), 1 / len(NAMES))
    assert blend(unsure) == [PLAIN] * 3
    assert blend(_odds("neutral")) == [PLAIN] and blend(np.zeros((0, len(NAMES)))) == []


def test_feelings_pass_into_each_other() -> None:
    moods = blend(_odds("neutral", "neutral", "sadness", "neutral"))
    rates = [mood.rate for mood in moods]
    assert rates[0] == 1.0 and 1.0 > rates[1] > rates[2] and rates[2] < rates[3] < 1.0


def test_a_wanted_length_keeps_only_the_differences_of_pace() -> None:
    moods = balanced([Mood(rate=0.9), Mood(rate=1.1, pitch=1.05)])
    assert moods[0].rate * moods[1].rate == pytest.approx(1.0)
    assert moods[1].rate / moods[0].rate == pytest.approx(11 / 9)
    assert moods[1].pitch == 1.05 and balanced([Mood(rate=0.9)])[0].rate == 1.0 and balanced([]) == []


def test_plain_text_is_said_as_without_feelings(tmp_path: Path) -> None:
    assert read_moods(parse_script(PLAIN_TEXT)) == [PLAIN]
    read, none = (_say(PLAIN_TEXT, tmp_path, emotion) for emotion in ("read", "none"))
    assert np.array_equal(read.wave, none.wave) and read.phones == none.phones


def test_sad_sentences_are_slower_lower_and_further_apart(tmp_path: Path) -> None:
    read, none = (_say(SAD, tmp_path, emotion) for emotion in ("read", "none"))
    assert 1.03 < read.duration / none.duration < 1.25
    assert _inner_pauses(read) > 1.15 * _inner_pauses(none)
    medians = [find_melody(one.wave, one.rate).median for one in (read, none)]
    assert 0.91 < medians[0] / medians[1] < 0.98


def test_excited_sentences_are_quicker_higher_livelier_and_nearer(tmp_path: Path) -> None:
    read, none = (_say(EXCITED, tmp_path, emotion) for emotion in ("read", "none"))
    assert read.duration < 0.97 * none.duration
    assert _inner_pauses(read) < 0.95 * _inner_pauses(none)
    melodies = [find_melody(one.wave, one.rate) for one in (read, none)]
    assert 1.03 < melodies[0].median / melodies[1].median < 1.10
    assert melodies[0].range > melodies[1].range


def test_the_direction_comes_on_top_and_all_factors_multiply() -> None:
    script = parse_script("One sentence. Another one.")
    moods = [Mood(rate=0.9, pitch=0.95, range=0.8, pause=1.3), PLAIN]
    directed = Direction(moves={"tempo": 1.0, "pitch": 1.0, "energy": 1.0})
    alone, both = divide(script, directed), divide(script, directed, moods=moods)
    assert both[0].speed == pytest.approx(0.9 * alone[0].speed) and alone[0].speed > 1.1
    assert both[0].pitch == pytest.approx(0.95 * alone[0].pitch)
    assert both[0].range == pytest.approx(0.8 * alone[0].range) and alone[0].range > 1.0
    assert both[0].rest == 1.3 and both[1] == alone[1]
    assert divide(script, NONE)[0].speed == divide(script, NONE)[0].range == 1.0


def test_without_the_model_that_reads_it_is_said_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(script: object) -> list[Mood]:
        raise LikenessError("model_missing", "The model file is not on this computer.", "Fetch it.")

    monkeypatch.setattr(importlib.import_module("core.voice.speak"), "read_moods", missing)
    speech = speak(parse_script(PLAIN_TEXT), tmp_path / "a.speech")
    assert any("does not follow" in warning for warning in speech.warnings)


def test_a_word_between_asterisks_stands_out(tmp_path: Path) -> None:
    plain, marked = (
        speak(parse_script(text), tmp_path / f"{at}.speech", emotion="none")
        for at, text in enumerate(("I said the blue one.", "I said the *blue* one."))
    )
    lengths = [next(w.end - w.start for w in one.words if w.text.strip("*") == "blue") for one in (plain, marked)]
    assert 1.04 < lengths[1] / lengths[0] < 1.35


def test_the_job_knows_whether_feelings_are_read() -> None:
    asked = {"script": "Hi.", "out": "a.speech"}
    assert check_params("speak", asked)["emotion"] == "read"
    with pytest.raises(LikenessError):
        check_params("speak", asked | {"emotion": "maybe"})
