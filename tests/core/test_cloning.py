# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloned voices, by a fake of Chatterbox's documented interface in a Python of its own."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.cloning import environment
from core.cloning.environment import FETCHED, ON_DISK, PYTHON, install
from core.consent import Consent
from core.errors import Cancelled, LikenessError
from core.jobs import check_params, run_job
from core.progress import silent
from core.script import parse_script
from core.voice import chatterbox, find_voice, kokoro, list_voices, speak
from core.voice.profile import VoiceProfile, save_profile

_FAKE = '''
"""As mtl_tts.py of chatterbox-tts 0.1.7 is asked: from_pretrained, generate, sr."""
import os
import wave

import torch


class ChatterboxMultilingualTTS:
    sr = 24_000

    @classmethod
    def from_pretrained(cls, device):
        print("loading on", device)  # the package prints to stdout
        if os.environ.get("HF_HOME"):
            open(os.path.join(os.environ["HF_HOME"], "networks"), "w").close()
        return cls()

    def generate(self, text, language_id, audio_prompt_path=None, exaggeration=0.5, cfg_weight=0.5, temperature=0.8):
        if language_id == "sw":
            raise ValueError("Unsupported language_id")
        if language_id == "fi":
            os._exit(3)
        with wave.open(audio_prompt_path) as file:
            base = 100 if file.getnframes() < 30_000 else 200
        print("generating", text)
        seconds = torch.arange(int(24_000 * 0.08 * len(text))) / 24_000
        sound = 0.3 * torch.sin(2 * torch.pi * base * seconds) + 0.01 * torch.randn(len(seconds))
        return sound.unsqueeze(0)
'''
AGREED = Consent(speaker="Ann", basis="written", date="2026-05-01", uses=("public", "languages", "sample"))
pytestmark = pytest.mark.skipif(os.name != "posix", reason="the fake Python is a shell script")


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This Python with the fake package, as the one that clones."""
    package = tmp_path / "fake" / "chatterbox"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "mtl_tts.py").write_text(_FAKE, encoding="utf-8")
    python = tmp_path / "environment" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{package.parent}" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    monkeypatch.setenv(PYTHON, str(python))
    return python


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A voice profile with consent."""
    return _save(tmp_path / "Ann.voice")


def _save(folder: Path, consent: Consent = AGREED, heard: float | None = 0.9, seconds: float = 2.0) -> Path:
    styles, measured = np.zeros(kokoro.STYLES, np.float32), {"blend": 0.8}
    made = VoiceProfile(
        "Ann", "es", {"af_sky": 1.0}, styles, 200.0, 1.0, 6.0, 1.0, measured, "blend", consent, heard, "0"
    )
    return save_profile(made, folder, np.zeros(round(24_000 * seconds)), 24_000)


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
    chatterbox._child(python).close()
    chatterbox._remembered.cache_clear()
    speak(parse_script("Hello, my mother. Bob bought a puppy."), out, f"chatterbox:{profile}")
    assert (out / "speech.wav").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_pace_and_pitch_are_made(python: Path, profile: Path, tmp_path: Path):
    text, asked = parse_script("Hello, my mother, Bob bought a puppy."), chatterbox._remembered.cache_info().misses
    plain, quick = (speak(text, tmp_path / f"{speed}.speech", _id(profile), speed) for speed in (1.0, 1.5))
    assert chatterbox._remembered.cache_info().misses - asked == 1  # the network is asked once
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
    folder = _save(tmp_path / "Robot.voice", Consent(speaker="a robot", basis="synthetic"), None)
    assert {"es", "en", "de"} <= set(find_voice(f"chatterbox:{folder}", "es")[1].languages)


def test_who_did_not_agree_to_other_languages_is_cloned_in_one(tmp_path: Path):
    folder = _save(tmp_path / "Ann.voice", Consent(speaker="Ann", basis="self", uses=("private", "sample")))
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
    _save(profile, seconds=1.0)
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
    monkeypatch.delenv(PYTHON, raising=False)
    monkeypatch.setattr(environment, "environment_folder", lambda: tmp_path / "none")
    with pytest.raises(LikenessError) as caught:
        speak(parse_script("Hello."), tmp_path / "a.speech", _id(profile))
    assert caught.value.code == "voice_missing"
    assert "cloning install" in caught.value.hint and f"{FETCHED:g} GB" in caught.value.hint
    told = run_job("cloning_state", check_params("cloning_state", {}), silent)
    assert told == {"python": None, "gigabytes_fetched": FETCHED, "gigabytes_on_disk": ON_DISK}


def test_what_the_program_cannot_do_is_told_and_it_goes_on(python: Path, profile: Path, tmp_path: Path):
    for language, reason in (("sw", "Unsupported language_id"), ("fi", "it ended")):
        with pytest.raises(LikenessError) as caught:
            speak(parse_script("Mama Tina.", language), tmp_path / "a.speech", _id(profile))
        assert caught.value.code == "cloning_failed" and reason in caught.value.message
    assert speak(parse_script("Mama Tina.", "es"), tmp_path / "a.speech", _id(profile)).words


def test_sentences_that_are_said_are_kept(python: Path, profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    say = chatterbox._say

    def fail_once(text: str, language: str, sample: Path) -> tuple[np.ndarray, int]:
        asked.append(text)
        if asked.count("Two.") == 1 and text == "Two.":
            raise LikenessError("cloning_failed", "It failed.", "Try again.")
        return say(text, language, sample)

    monkeypatch.setattr(chatterbox, "_say", fail_once)
    with pytest.raises(LikenessError) as caught:
        speak(parse_script("One. Two."), tmp_path / "a.speech", _id(profile))
    assert "1 of 2 sentences are kept" in caught.value.hint
    speak(parse_script("One. Two."), tmp_path / "a.speech", _id(profile))
    assert asked == ["One.", "Two.", "Two."]


def test_what_it_asks_ends_with_this_process(python: Path, profile: Path):
    """Though it is in the middle of its sentence."""
    code = (
        "import threading, time, pathlib, sys\n"
        "from core.child import ChildFailed\n"
        "from core.voice import chatterbox\n"
        f"child = chatterbox._child(pathlib.Path({str(python)!r}))\n"
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


def test_nothing_is_fetched_while_it_speaks(python: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    assert environment.child_environ(python)["HF_HUB_OFFLINE"] == "1"
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    assert environment.child_environ(python)["HF_HUB_OFFLINE"] == "0"


def test_what_a_command_started_ends_with_it(tmp_path: Path):
    """As pip's and ensurepip's children, which write into the environment."""
    grandchild = (
        "import time, pathlib\n"
        f"for i in range(600): pathlib.Path({str(tmp_path)!r}, str(i)).touch(); time.sleep(0.05)"
    )
    command = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}], stdout=-3)"
    running = environment._run(environment._Step("Writing", (sys.executable, "-c", command), 1.0), tmp_path / "part")
    while not (tmp_path / "1").exists():
        next(running)
    running.close()
    written = len(list(tmp_path.iterdir()))
    time.sleep(0.3)
    assert len(list(tmp_path.iterdir())) == written


def test_a_long_sentence_is_said_in_pieces():
    text = "and then a boy was there " * 40
    pieces = chatterbox._pieces(text.strip())
    assert " ".join(pieces) == text.strip() and max(map(len, pieces)) <= 300
    assert "".join(chatterbox._pieces("你好" * 400)) == "你好" * 400


def _wheel(folder: Path) -> Path:
    """The fake package as a wheel that pip installs without a network."""
    path = folder / "chatterbox_tts-0.1.7-py3-none-any.whl"
    info = "chatterbox_tts-0.1.7.dist-info"
    files = {
        "chatterbox/__init__.py": "",
        "chatterbox/mtl_tts.py": _FAKE,
        "torch.py": "class cuda:\n    is_available = staticmethod(lambda: False)\nclass backends:\n    mps = cuda\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: chatterbox-tts\nVersion: 0.1.7\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{name},sha256={digest},{len(text)}\n"
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return path


@pytest.fixture
def space(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the disk had enough of it."""
    monkeypatch.setattr(environment, "ON_DISK", 0.0)


@pytest.mark.usefixtures("space")
def test_the_environment_is_made_whole(tmp_path: Path):
    told: list[tuple[float, str]] = []
    target = tmp_path / "cloning"
    python = install(lambda fraction, text: told.append((fraction, text)), str(_wheel(tmp_path)), target)
    assert python == target / "bin" / "python" and python.is_file()
    assert (target / "models" / "networks").is_file()
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    assert "GB are fetched" in told[0][1]
    assert environment.child_environ(python)["HF_HOME"] == str(target / "models")
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["cloning"]


@pytest.mark.usefixtures("space")
def test_cancelling_leaves_nothing_half_made(tmp_path: Path):
    target = tmp_path / "cloning"
    target.mkdir()
    (target / "previous").touch()
    begin = time.monotonic()

    def cancel(fraction: float, text: str) -> None:
        if time.monotonic() - begin > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        install(cancel, str(_wheel(tmp_path)), target)
    assert (target / "previous").is_file()
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["cloning"]


@pytest.mark.usefixtures("space")
def test_a_package_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(LikenessError) as caught:
        install(silent, "chatterbox-tts==0.1.7", tmp_path / "cloning")
    assert caught.value.code == "package_missing"
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_before_anything_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(environment, "ON_DISK", 1e9)
    with pytest.raises(LikenessError) as caught:
        install(silent, target=tmp_path / "cloning")
    assert caught.value.code == "disk_full"
    assert list(tmp_path.iterdir()) == []
