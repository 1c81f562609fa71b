# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloned voices, by fakes of the engines' documented interfaces in a Python of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from fake_engines import make_python, save_voice, take_python

from core.cloning import environment
from core.cloning.engines import ENGINES, Engine
from core.consent import Consent
from core.errors import LikenessError
from core.jobs import check_params, run_job
from core.progress import silent
from core.script import parse_script
from core.voice import cloned, find_voice, list_voices, speak

CHATTERBOX, POCKET = ENGINES["chatterbox"], ENGINES["pocket"]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="the fake Python is a shell script")


@pytest.fixture(scope="module")
def shared_python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The Python that clones: what it has loaded (torch, which takes seconds) is asked by test after test."""
    yield make_python(tmp_path_factory.mktemp("cloning"))
    cloned._child.cache_clear()


@pytest.fixture
def python(shared_python: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    take_python(shared_python, monkeypatch)
    return shared_python


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A voice profile with consent."""
    return save_voice(tmp_path / "Ann.voice")


def _rewrite(folder: Path, **entries: object) -> None:
    told = json.loads((folder / "voice.json").read_text(encoding="utf-8"))
    (folder / "voice.json").write_text(json.dumps(told | entries), encoding="utf-8")


def _id(profile: Path) -> str:
    return f"chatterbox:{profile / 'sample.wav'}"


def test_a_script_is_said_in_a_cloned_voice(python: Path, profile: Path, tmp_path: Path):
    out = tmp_path / "a.speech"
    speech = speak(parse_script("Hello, my mother. Bob bought a puppy."), out, _id(profile))
    assert speech.voice == _id(profile)
    assert speech.consent.speaker == "Ann"
    assert " ".join(word.text for word in speech.words) == speech.text
    assert speech.duration > 2.0
    before = (out / "speech.wav").read_bytes()
    cloned._child(python, "chatterbox").close()
    cloned._remembered.cache_clear()
    speak(parse_script("Hello, my mother. Bob bought a puppy."), out, f"chatterbox:{profile}")
    assert (out / "speech.wav").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_pace_and_pitch_are_made(python: Path, profile: Path, tmp_path: Path):
    text, asked = parse_script("Hello, my mother, Bob bought a puppy."), cloned._remembered.cache_info().misses
    plain, quick = (speak(text, tmp_path / f"{speed}.speech", _id(profile), speed) for speed in (1.0, 1.5))
    assert cloned._remembered.cache_info().misses - asked == 1  # the network is asked once
    assert quick.duration - 0.55 == pytest.approx((plain.duration - 0.55) / 1.5, rel=0.05)


def test_the_profiles_language_comes_first(python: Path, profile: Path):
    provider, voice = find_voice(_id(profile), "pt")
    assert provider.name == "chatterbox" and voice.is_slow and not voice.is_online
    assert voice.languages[0] == "es" and voice.name == "Ann"
    assert not any(voice.provider == "chatterbox" for voice in list_voices())


@pytest.mark.parametrize(
    ("consent", "code"),
    [
        (None, "consent_unreadable"),
        ("Ann agrees", "consent_unreadable"),
        ({}, "consent_needed"),
        ({"statement": "x"}, "consent_needed"),
        ({"speaker": "Ann"}, "consent_needed"),
        ({"speaker": "Ann", "basis": "self"}, "consent_missing"),
        ({"speaker": "Ann", "basis": "self", "uses": ["private"]}, "consent_missing"),
    ],
)
def test_nobody_is_cloned_without_consent(
    consent: object, code: str, python: Path, profile: Path, tmp_path: Path
):
    _rewrite(profile, consent=consent)
    with pytest.raises(LikenessError) as caught:
        speak(parse_script("Hello."), tmp_path / "a.speech", _id(profile))
    assert caught.value.code == code
    if code == "consent_missing":
        assert "“sample”" in caught.value.hint
    assert not (tmp_path / "a.speech").exists()


@pytest.mark.parametrize("heard", [None, 0.4, True, "yes", float("nan")])
def test_a_person_was_heard_to_agree(heard: object, profile: Path):
    _rewrite(profile, consent_heard=heard)
    with pytest.raises(LikenessError) as caught:
        find_voice(f"chatterbox:{profile}", "es")
    assert caught.value.code == "consent_recording_needed"


def test_a_synthetic_voice_is_asked_nothing(tmp_path: Path):
    folder = save_voice(tmp_path / "Robot.voice", Consent(speaker="a robot", basis="synthetic"), None)
    assert {"es", "en", "de"} <= set(find_voice(f"chatterbox:{folder}", "es")[1].languages)


def test_who_did_not_agree_to_other_languages_is_cloned_in_one(tmp_path: Path):
    folder = save_voice(tmp_path / "Ann.voice", Consent(speaker="Ann", basis="self", uses=("private", "sample")))
    assert find_voice(f"chatterbox:{folder}", "es")[1].languages == ("es",)
    with pytest.raises(LikenessError) as caught:
        find_voice(f"chatterbox:{folder}", "en")
    assert caught.value.code == "voice_speaks_another"
    _rewrite(folder, language="is")
    with pytest.raises(LikenessError) as caught:
        find_voice(f"chatterbox:{folder}", "is")
    assert caught.value.code == "voice_speaks_another"


def test_another_sound_does_not_get_the_profiles_consent(profile: Path):
    other = profile / "celebrity.wav"
    soundfile.write(other, np.ones(48_000) * 0.1, 24_000)
    with pytest.raises(LikenessError) as caught:
        find_voice(f"chatterbox:{other}", "es")
    assert caught.value.code == "consent_missing"
    other.replace(profile / "sample.wav")
    for voice in (f"chatterbox:{profile}", _id(profile)):
        with pytest.raises(LikenessError) as caught:
            find_voice(voice, "es")
        assert caught.value.code == "sample_changed"
    _rewrite(profile, sample={"sha256": "0", "file": "sample.wav"})
    with pytest.raises(LikenessError) as caught:
        find_voice(f"chatterbox:{profile}", "es")
    assert caught.value.code == "sample_changed"
    (profile / "sample.wav").unlink()
    with pytest.raises(LikenessError) as caught:
        find_voice(f"chatterbox:{profile}", "es")
    assert caught.value.code == "file_missing"


def test_a_profile_made_anew_is_another_voice(profile: Path):
    first = find_voice(f"chatterbox:{profile}", "es")[1]
    assert find_voice(f"chatterbox:{profile}", "es")[1] == first
    save_voice(profile, seconds=1.0)
    assert find_voice(f"chatterbox:{profile}", "es")[1].version != first.version


def test_a_sample_outside_of_a_profile_is_refused(python: Path, profile: Path, tmp_path: Path):
    elsewhere = tmp_path / "elsewhere"
    profile.rename(elsewhere)
    (tmp_path / "Bob.voice").mkdir()
    (tmp_path / "Bob.voice" / "sample.wav").symlink_to(elsewhere / "sample.wav")
    for sample in (elsewhere / "sample.wav", tmp_path / "Bob.voice" / "sample.wav"):
        with pytest.raises(LikenessError) as caught:
            find_voice(f"chatterbox:{sample}", "en")
        assert caught.value.code == "consent_missing"
    with pytest.raises(LikenessError) as caught:
        find_voice(f"chatterbox:{tmp_path / 'nothing.wav'}", "en")
    assert caught.value.code == "file_missing"


def test_without_its_environment_it_says_how_to_get_it(
    profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv(CHATTERBOX.variable, raising=False)
    monkeypatch.setattr(environment, "environment_folder", lambda engine: tmp_path / "none")
    with pytest.raises(LikenessError) as caught:
        speak(parse_script("Hello."), tmp_path / "a.speech", _id(profile))
    assert caught.value.code == "voice_missing"
    assert "cloning install" in caught.value.hint and f"{CHATTERBOX.fetched:g} GB" in caught.value.hint
    told = run_job("cloning_state", check_params("cloning_state", {}), silent)
    assert "is not set up" in told.pop("summary")
    assert told == {"python": None, "gigabytes_fetched": CHATTERBOX.fetched, "gigabytes_on_disk": CHATTERBOX.on_disk}


def test_what_the_program_cannot_do_is_told_and_it_goes_on(python: Path, profile: Path, tmp_path: Path):
    for language, reason in (("sw", "Unsupported language_id"), ("fi", "it ended")):
        with pytest.raises(LikenessError) as caught:
            speak(parse_script("Mama Tina.", language), tmp_path / "a.speech", _id(profile))
        assert caught.value.code == "cloning_failed" and reason in caught.value.message
    assert speak(parse_script("Mama Tina.", "es"), tmp_path / "a.speech", _id(profile)).words


def test_sentences_that_are_said_are_kept(python: Path, profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    say = cloned._say

    def fail_once(engine: Engine, text: str, language: str, sample: Path) -> tuple[np.ndarray, int]:
        asked.append(text)
        if asked.count("Two.") == 1 and text == "Two.":
            raise LikenessError("cloning_failed", "It failed.", "Try again.")
        return say(engine, text, language, sample)

    monkeypatch.setattr(cloned, "_say", fail_once)
    with pytest.raises(LikenessError) as caught:
        speak(parse_script("One. Two."), tmp_path / "a.speech", _id(profile))
    assert "1 of 2 sentences are kept" in caught.value.hint
    speak(parse_script("One. Two."), tmp_path / "a.speech", _id(profile))
    assert asked == ["One.", "Two.", "Two."]


def test_what_it_asks_ends_with_this_process(tmp_path: Path):
    """Though it is in the middle of its sentence."""
    python = make_python(tmp_path)
    code = (
        "import threading, time, pathlib, sys\n"
        "from core.child import ChildFailed\n"
        "from core.voice import cloned\n"
        f"child = cloned._child(pathlib.Path({str(python)!r}), 'chatterbox')\n"
        "def ask():\n"
        "    try: child.ask({}, 60.0)\n"
        "    except ChildFailed: pass\n"
        "threading.Thread(target=ask, daemon=True).start()\n"
        "while child.pid is None: time.sleep(0.01)\n"
        "print(child.pid)\n"
    )
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "import time; time.sleep(60)"\n')
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    with pytest.raises(ProcessLookupError):
        os.kill(int(told.stdout), 0)


def test_pocket_says_it_in_its_languages(python: Path, profile: Path, tmp_path: Path):
    voice = f"pocket:{profile}"
    found = find_voice(voice, "de")[1]
    assert found.provider == "pocket" and "zh" not in found.languages and "without a watermark" in found.about
    speech = speak(parse_script("Hola, mi madre.", "es"), tmp_path / "a.speech", voice)
    assert speech.voice == voice and speech.consent.speaker == "Ann" and speech.words
    with pytest.raises(LikenessError) as caught:
        find_voice(voice, "zh")
    assert caught.value.code == "voice_speaks_another"
    sample = profile / "sample.wav"
    waves = [cloned._say(POCKET, "Hello.", name, sample)[0] for name in ("spanish", "english", "spanish")]
    assert np.array_equal(waves[0], waves[2]) and not np.array_equal(waves[0], waves[1])
    save_voice(profile, seconds=1.0)
    assert not np.array_equal(cloned._say(POCKET, "Hello.", "spanish", sample)[0], waves[0])


def test_pocket_asks_for_the_same_consent(profile: Path):
    _rewrite(profile, consent={"speaker": "Ann", "basis": "self"})
    with pytest.raises(LikenessError) as caught:
        find_voice(f"pocket:{profile}", "es")
    assert caught.value.code == "consent_missing"


def test_a_long_sentence_is_said_in_pieces():
    text = "and then a boy was there " * 40
    pieces = cloned._pieces(text.strip())
    assert " ".join(pieces) == text.strip() and max(map(len, pieces)) <= 300
    assert "".join(cloned._pieces("你好" * 400)) == "你好" * 400
