# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings in other languages than English, with their scripts."""

from __future__ import annotations

from pathlib import Path

import espeak_voice
import numpy as np
import pytest

from core.errors import LikenessError
from core.jobs import check_params, run_job
from core.progress import silent
from core.recording import record
from core.script import parse_script
from core.speech import load_speech
from core.voice import speak


@pytest.mark.parametrize(
    ("code", "voice", "text"),
    [
        ("de", "de", "Morgen früh bringt Bob die große Mappe mit. Der kleine Hund frisst Brot auf dem Platz."),
        ("ru", "ru", "Завтра утром Борис пьёт много кофе. Маленькая собака ест хлеб на площади."),
        ("zh", "cmn", "我们今天去北京看朋友。他明天早上喝咖啡，晚上吃面包。"),
    ],
)
def test_words_of_a_script_in_another_language_are_found(tmp_path: Path, code: str, voice: str, text: str):
    """Where each word begins, within 40 ms in the mean; measured 9 to 30 ms. The voice is a formant synthesiser's."""
    begins = espeak_voice.speak(voice, text, tmp_path / "a.wav")
    script = parse_script(text, code)
    speech = record(tmp_path / "a.wav", tmp_path / "a.speech", script)
    assert (speech.language, speech.text, speech.warnings) == (code, text, ())
    assert [word.text for word in speech.words] == list(script.words)
    at, starts = 0, []
    for word in script.words:
        at = text.index(word, at)
        starts.append(at)
        at += len(word)
    true = {start: seconds for start, seconds in reversed(begins)}
    late = [word.start - true[start] for word, start in zip(speech.words, starts, strict=True) if start in true]
    assert len(late) >= 0.8 * len(speech.words)
    assert np.abs(late).mean() <= 0.040
    assert abs(np.median(late)) <= 0.015
    assert any(phone.stress == 2 for phone in speech.phones)


def test_the_phones_are_the_languages_own(tmp_path: Path):
    text = "Morgen früh bringt Bob die große Mappe mit."
    espeak_voice.speak("de", text, tmp_path / "a.wav")
    speech = record(tmp_path / "a.wav", tmp_path / "a.speech", parse_script(text, "de"))
    said = {word.text: [p.phone for p in speech.phones if p.word == i] for i, word in enumerate(speech.words)}
    assert said["früh"] == ["f", "ʁ", "y"]
    assert said["Mappe"] == ["m", "a", "p", "ə"]


def test_the_job_takes_a_language_and_a_file_of_pronunciations(tmp_path: Path):
    text = "Morgen früh bringt Boob die große Mappe mit."
    espeak_voice.speak("de", text, tmp_path / "a.wav")
    (tmp_path / "names.txt").write_text("Xq = boːp\n", encoding="utf-8")
    params = {
        "sound": tmp_path / "a.wav",
        "out": tmp_path / "a.speech",
        "script": text.replace("Boob", "Xq"),
        "language": "de-AT",
        "pronunciations": tmp_path / "names.txt",
    }
    run_job("record", check_params("record", params), silent)
    speech = load_speech(tmp_path / "a.speech")
    assert speech.language == "de"
    name = next(index for index, word in enumerate(speech.words) if word.text == "Xq")
    assert [phone.phone for phone in speech.phones if phone.word == name] == ["b", "o", "p"]


@pytest.mark.parametrize("script", [None, "Hallo."])
def test_a_language_that_is_not_there_is_told(tmp_path: Path, script: str | None):
    espeak_voice.speak("de", "Hallo.", tmp_path / "a.wav")
    params = {"sound": tmp_path / "a.wav", "out": tmp_path / "a.speech", "script": script, "language": "xx"}
    with pytest.raises(LikenessError) as caught:
        run_job("record", check_params("record", params), silent)
    assert caught.value.code == "language_unknown"
    assert not (tmp_path / "a.speech").exists()


def test_an_english_voice_refuses_a_script_in_another_language(tmp_path: Path):
    with pytest.raises(LikenessError) as caught:
        speak(parse_script("Hola, ¿qué tal?", "es"), tmp_path / "a.speech", "heart")
    assert caught.value.code == "voice_speaks_another"
    assert "Spanish" in caught.value.message
