# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders that earlier versions wrote are read and worked on; those of later ones are refused in a sentence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from blender_addon import formats as blender_formats
from core.avatar.store import load_avatar, load_materials
from core.errors import LikenessError
from core.formats import FORMATS, bring_up
from core.performance import load_performance
from core.performance.perform import perform
from core.performance.performance import save_performance
from core.speech import load_speech, save_speech
from core.voice.profile import load_profile

EARLIER = Path(__file__).resolve().parent.parent / "earlier"
DATES = sorted(path.name for path in EARLIER.iterdir() if path.is_dir() and path.name[:2] == "20")


@pytest.fixture(params=DATES)
def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return Path(shutil.copytree(EARLIER / request.param, tmp_path / "earlier"))


def test_an_earlier_speech_is_performed_and_saved_as_a_new_one(earlier, tmp_path):
    before = (earlier / "hello.speech" / "speech.json").read_bytes()
    speech = load_speech(earlier / "hello.speech")
    assert (speech.text, speech.behaviour, speech.tags) == ("Hi.", "listening", ())
    assert all(phone.confidence == 1.0 for phone in speech.phones)
    acted = perform(speech, seed=3)
    assert {"speech", "body", "breath", "micro"} <= set(acted.layers)
    assert (earlier / "hello.speech" / "speech.json").read_bytes() == before, "reading writes nothing"
    save_speech(speech, tmp_path / "new.speech")
    again = load_speech(tmp_path / "new.speech")
    assert (again.phones, again.words, again.consent) == (speech.phones, speech.words, speech.consent)


def test_an_earlier_performance_is_read_with_fewer_layers(earlier, tmp_path):
    acted = load_performance(earlier / "hello.performance")
    assert list(acted.layers)[:1] == ["speech"] and "body" not in acted.layers and acted.feelings == ()
    save_performance(acted, tmp_path / "new.performance", earlier / "hello.speech")
    assert load_performance(tmp_path / "new.performance").phones == acted.phones


def test_an_earlier_avatar_is_read_with_its_pictures(earlier):
    avatar = load_avatar(earlier / "Small.avatar")
    assert {mesh.name for mesh in avatar.meshes} >= {"head", "eyes"}
    assert avatar.header["settings"] is not None and avatar.header["consent"]["synthetic"]
    assert {material.name for material in load_materials(earlier / "Small.avatar")} >= {"skin", "hair"}


def test_an_earlier_voice_is_read():
    profile = load_profile(EARLIER / "2026-11-26" / "ada.voice")
    assert profile.consent.speaker == "Ada" and profile.kept_sha256 == "" and profile.sample is not None


READERS = {
    "avatar": ("Small.avatar/avatar.json", load_avatar),
    "speech": ("hello.speech/speech.json", load_speech),
    "performance": ("hello.performance/performance.json", load_performance),
    "voice": ("ada.voice/voice.json", load_profile),
}


@pytest.mark.parametrize("kind", READERS)
def test_what_a_newer_version_wrote_is_refused_and_stays(kind, tmp_path):
    name, read = READERS[kind]
    path = Path(shutil.copytree(EARLIER / "2026-11-26", tmp_path / "new")) / name
    path.write_text(json.dumps({**json.loads(path.read_text()), "format": FORMATS[kind] + 1}))
    before = path.read_bytes()
    with pytest.raises(LikenessError, match="newer version of Speaking Likeness") as caught:
        read(path.parent)
    assert caught.value.code == "too_new" and "Update the add-on" in caught.value.hint
    assert path.read_bytes() == before


@pytest.mark.parametrize("found", [None, "1", 0, True, 1.5])
def test_a_document_without_a_format_is_none(found):
    with pytest.raises(ValueError, match="format"):
        bring_up("speech", {"format": found}, "x.speech")


def test_both_halves_know_the_same_formats():
    assert all(FORMATS[kind] == number for kind, number in blender_formats.FORMATS.items())
    document = {"format": 1}
    for kind in blender_formats.FORMATS:
        assert bring_up(kind, document, "x") == blender_formats.bring_up(kind, document, "x")
