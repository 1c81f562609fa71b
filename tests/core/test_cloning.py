# SPDX-License-Identifier: GPL-3.0-or-later
"""Cloned voices, by fakes of the engines' documented interfaces in a Python of its own."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.cloning import environment
from core.cloning.engines import ENGINES, Engine
from core.cloning.environment import install
from core.consent import Consent
from core.errors import Cancelled, LikenessError
from core.jobs import check_params, run_job
from core.progress import silent
from core.script import parse_script
from core.voice import cloned, find_voice, kokoro, list_voices, speak
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
_FAKE_POCKET = '''
"""As pocket-tts 4.0.1 is asked: load_model, get_state_for_audio_prompt, generate_audio, and what a model tells."""
import os
import pathlib
import wave

import torch


class TTSModel:
    sample_rate = 24_000
    has_voice_cloning = not os.environ.get("FAKE_REFUSED")

    @classmethod
    def load_model(cls, language=None, config=None):
        print("loading", language)
        if os.environ.get("HF_HOME"):
            open(os.path.join(os.environ["HF_HOME"], language), "w").close()
        model = cls()
        model.base = {"spanish": 150, "english": 250}[language] if language in ("spanish", "english") else 350
        return model

    def get_state_for_audio_prompt(self, audio_conditioning, truncate=False):
        assert isinstance(audio_conditioning, pathlib.Path) and truncate
        with wave.open(str(audio_conditioning)) as file:
            return {"frames": file.getnframes()}

    def generate_audio(self, model_state, text_to_generate, max_tokens=50, frames_after_eos=None, copy_state=True):
        base = self.base * (1 if model_state["frames"] < 30_000 else 2)
        seconds = torch.arange(int(24_000 * 0.08 * len(text_to_generate))) / 24_000
        return 0.3 * torch.sin(2 * torch.pi * base * seconds) + 0.01 * torch.randn(len(seconds))
'''
CHATTERBOX, POCKET = ENGINES["chatterbox"], ENGINES["pocket"]
AGREED = Consent(speaker="Ann", basis="written", date="2026-05-01", uses=("public", "languages", "sample"))
pytestmark = pytest.mark.skipif(os.name != "posix", reason="the fake Python is a shell script")


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This Python with the fake packages, as the one that clones."""
    package = tmp_path / "fake" / "chatterbox"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "mtl_tts.py").write_text(_FAKE, encoding="utf-8")
    (package.parent / "pocket_tts.py").write_text(_FAKE_POCKET, encoding="utf-8")
    python = tmp_path / "environment" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{package.parent}" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    for engine in ENGINES.values():
        monkeypatch.setenv(engine.variable, str(python))
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


def test_what_it_asks_ends_with_this_process(python: Path, profile: Path):
    """Though it is in the middle of its sentence."""
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
    step = environment._Step("Writing", (sys.executable, "-c", command), 1.0)
    running = environment._run(step, tmp_path / "part", CHATTERBOX)
    while not (tmp_path / "1").exists():
        next(running)
    running.close()
    written = len(list(tmp_path.iterdir()))
    time.sleep(0.3)
    assert len(list(tmp_path.iterdir())) == written


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
    _save(profile, seconds=1.0)
    assert not np.array_equal(cloned._say(POCKET, "Hello.", "spanish", sample)[0], waves[0])


def test_pocket_asks_for_the_same_consent(profile: Path):
    _rewrite(profile, consent={"speaker": "Ann", "basis": "self"})
    with pytest.raises(LikenessError) as caught:
        find_voice(f"pocket:{profile}", "es")
    assert caught.value.code == "consent_missing"


def test_networks_that_do_not_clone_are_not_taken(
    python: Path, profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Of Pocket TTS anybody gets such; its terms have to be accepted for the others."""
    monkeypatch.setenv("FAKE_REFUSED", "1")
    with pytest.raises(LikenessError) as caught:
        install(silent, _offline(POCKET, tmp_path), tmp_path / "cloning_pocket")
    assert caught.value.code == "terms_not_accepted" and "hf auth login" in caught.value.hint
    assert not (tmp_path / "cloning_pocket").exists()
    cloned._child.cache_clear()
    with pytest.raises(LikenessError) as caught:
        cloned._say(POCKET, "Hello.", "spanish", profile / "sample.wav")
    assert caught.value.code == "cloning_failed" and "terms" in caught.value.message


def test_each_engine_has_its_own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert len({environment.environment_folder(engine) for engine in ENGINES.values()}) == len(ENGINES)
    monkeypatch.setenv(POCKET.variable, str(tmp_path / "python"))
    monkeypatch.delenv(CHATTERBOX.variable, raising=False)
    told = run_job("cloning_state", check_params("cloning_state", {"engine": "pocket"}), silent)
    sizes = {"gigabytes_fetched": POCKET.fetched, "gigabytes_on_disk": POCKET.on_disk}
    assert str(tmp_path / "python") in told.pop("summary")
    assert told == {"python": str(tmp_path / "python"), **sizes}
    with pytest.raises(LikenessError):
        check_params("install_cloning", {"engine": "another"})


def test_a_long_sentence_is_said_in_pieces():
    text = "and then a boy was there " * 40
    pieces = cloned._pieces(text.strip())
    assert " ".join(pieces) == text.strip() and max(map(len, pieces)) <= 300
    assert "".join(cloned._pieces("你好" * 400)) == "你好" * 400


def _wheel(folder: Path, engine: Engine) -> Path:
    """An engine's fake package as a wheel that pip installs without a network."""
    name, version = engine.requirement[0].split("==")
    stem = f"{name.replace('-', '_')}-{version}"
    path, info = folder / f"{stem}-py3-none-any.whl", f"{stem}.dist-info"
    files = {
        "chatterbox/__init__.py": "",
        "chatterbox/mtl_tts.py": _FAKE,
        "pocket_tts/__init__.py": _FAKE_POCKET,
        "torch.py": "class cuda:\n    is_available = staticmethod(lambda: False)\nclass backends:\n    mps = cuda\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{file},sha256={digest},{len(text)}\n"
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return path


def _offline(engine: Engine, folder: Path) -> Engine:
    """The engine by its fake wheel, as if the disk had enough space."""
    return replace(engine, requirement=(str(_wheel(folder, engine)),), on_disk=0.0)


@pytest.mark.parametrize(
    ("engine", "networks"),
    [
        (CHATTERBOX, {"networks"}),
        (POCKET, {"english", "french", "german", "portuguese", "italian", "spanish", "dutch"}),
    ],
)
def test_the_environment_is_made_whole(engine: Engine, networks: set[str], tmp_path: Path):
    told: list[tuple[float, str]] = []
    target = tmp_path / "cloning"
    python = install(lambda fraction, text: told.append((fraction, text)), _offline(engine, tmp_path), target)
    assert python == target / "bin" / "python" and python.is_file()
    assert {path.name for path in (target / "models").iterdir()} == networks
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    assert "GB are fetched" in told[0][1]
    environ = environment.child_environ(python)
    assert environ["HF_HOME"] == str(target / "models")
    assert not Path(environ["HF_TOKEN_PATH"]).is_relative_to(target), "a login is where the person has it"
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["cloning"]


def test_cancelling_leaves_nothing_half_made(tmp_path: Path):
    target = tmp_path / "cloning"
    target.mkdir()
    (target / "previous").touch()
    begin = time.monotonic()

    def cancel(fraction: float, text: str) -> None:
        if time.monotonic() - begin > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        install(cancel, _offline(CHATTERBOX, tmp_path), target)
    assert (target / "previous").is_file()
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["cloning"]


def test_a_package_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(LikenessError) as caught:
        install(silent, replace(CHATTERBOX, on_disk=0.0), tmp_path / "cloning")
    assert caught.value.code == "package_missing"
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_before_anything_is_fetched(tmp_path: Path):
    with pytest.raises(LikenessError) as caught:
        install(silent, replace(CHATTERBOX, on_disk=1e9), tmp_path / "cloning")
    assert caught.value.code == "disk_full"
    assert list(tmp_path.iterdir()) == []
