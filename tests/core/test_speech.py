# SPDX-License-Identifier: GPL-3.0-or-later
"""Phones, visemes and the speech folder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from core.channels import ARKIT_CHANNELS, VISEMES
from core.errors import LikenessError
from core.speech import Phone, Speech, Word, load_speech, save_speech
from core.speech.phones import CLOSED_PHONES, DIPHTHONGS, PHONE_VISEMES, viseme_of
from core.speech.visemes import VISEME_SHAPES


def _speech() -> Speech:
    wave = (0.1 * np.sin(np.arange(2400) / 10)).astype(np.float32)
    phones = (Phone(0.0, 0.05, "", "viseme_sil", -1), Phone(0.05, 0.1, "m", "viseme_PP", 0))
    return Speech("M", "en", "heart", 24_000, wave, phones, (Word(0.05, 0.1, "M"),), ("a warning",))


def test_every_viseme_has_a_shape_in_arkit_channels():
    assert tuple(VISEME_SHAPES) == VISEMES
    for shape in VISEME_SHAPES.values():
        assert set(shape) <= set(ARKIT_CHANNELS)
        assert all(0.0 < weight <= 1.0 for weight in shape.values())


def test_silence_is_a_mouth_at_rest():
    assert not VISEME_SHAPES["viseme_sil"]


def test_only_the_bilabial_viseme_shuts_the_lips():
    for viseme, shape in VISEME_SHAPES.items():
        gap = shape.get("jawOpen", 0.0) - shape.get("mouthClose", 0.0)
        assert gap >= 0.0  # the rig clamps what is more
        assert (gap == 0.0) == (viseme in ("viseme_PP", "viseme_sil"))


def test_open_visemes_open_more_than_consonants():
    jaw = {viseme: shape.get("jawOpen", 0.0) for viseme, shape in VISEME_SHAPES.items()}
    consonants = max(jaw["viseme_" + name] for name in ("PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR"))
    assert jaw["viseme_aa"] > jaw["viseme_E"] > consonants
    assert jaw["viseme_O"] > jaw["viseme_U"]


def test_every_viseme_but_silence_has_phones():
    assert set(PHONE_VISEMES.values()) == set(VISEMES) - {"viseme_sil"}


def test_both_halves_of_a_diphthong_have_a_viseme():
    assert all(part in PHONE_VISEMES for first, second, _ in DIPHTHONGS.values() for part in (first, second))


def test_closed_phones_show_closed_lips():
    assert {viseme_of(phone) for phone in CLOSED_PHONES} == {"viseme_PP"}


@pytest.mark.parametrize(
    ("phone", "viseme"),
    [
        ("", "sil"), ("b", "PP"), ("pʰ", "PP"), ("t͡ʃ", "CH"), ("dʒ", "CH"), ("g", "kk"), ("ɡʷ", "kk"),
        ("aː", "aa"), ("ãː", "aa"), ("ˈɑ", "aa"), ("ç", "SS"), ("y", "U"), ("n̩", "nn"), ("k͡p", "PP"),
    ],
)  # fmt: skip
def test_phones_with_marks_show_like_their_letters(phone: str, viseme: str):
    assert viseme_of(phone) == "viseme_" + viseme


def test_a_speech_survives_its_folder(tmp_path: Path):
    speech = _speech()
    read = load_speech(save_speech(speech, tmp_path / "m.speech"))
    assert read.phones == speech.phones
    assert read.words == speech.words
    assert read.warnings == speech.warnings
    assert read.duration == speech.duration


def test_nothing_in_a_speech_folder_depends_on_its_place(tmp_path: Path):
    first, second = (save_speech(_speech(), tmp_path / name) for name in ("one.speech", "two.speech"))
    for file in ("speech.wav", "speech.json"):
        assert (first / file).read_bytes() == (second / file).read_bytes()
        assert b"one.speech" not in (first / file).read_bytes()


def test_a_missing_speech_is_said():
    with pytest.raises(LikenessError) as caught:
        load_speech(Path("nowhere.speech"))
    assert caught.value.code == "file_missing"


@pytest.mark.parametrize("damage", ["json", "field", "format", "wave", "no wave"])
def test_a_damaged_speech_is_said(damage: str, tmp_path: Path):
    folder = save_speech(_speech(), tmp_path / "m.speech")
    file = folder / "speech.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    if damage == "json":
        file.write_text("{", encoding="utf-8")
    elif damage == "field":
        del data["phones"][0]["end"]
        file.write_text(json.dumps(data), encoding="utf-8")
    elif damage == "format":
        file.write_text(json.dumps({**data, "format": 99}), encoding="utf-8")
    elif damage == "wave":
        (folder / "speech.wav").write_bytes(b"RIFF no sound")
    else:
        (folder / "speech.wav").unlink()
    with pytest.raises(LikenessError) as caught:
        load_speech(folder)
    codes = {"no wave": "file_missing", "format": "too_new"}  # 99 is what a later version may write
    assert caught.value.code == codes.get(damage, "file_damaged")


def test_a_phone_written_without_its_viseme_shows_its_own(tmp_path: Path):
    folder = save_speech(_speech(), tmp_path / "m.speech")
    file = folder / "speech.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    data["phones"][0] |= {"phone": "f", "viseme": ""}
    file.write_text(json.dumps(data), encoding="utf-8")
    assert load_speech(folder).phones[0].viseme == "viseme_FF"
