# SPDX-License-Identifier: GPL-3.0-or-later
"""A voice that fails halfway: what it has said is kept, and used when it is asked again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import Cancelled, LikenessError
from core.progress import Progress
from core.script import parse_script
from core.speech import Phone
from core.voice import catalogue, speak
from core.voice.line import Line
from core.voice.parts import Parts, key_of, parts_beside
from core.voice.provider import Delivery, Utterance, Voice

TEXT = "One is here. Two is there. Three is away. Four is back."
VOICE = Voice("test:slow", "Slow", ("en",), "", "test", "CC0-1.0", is_slow=True)


class Provider:
    """Speaks tones; fails once at the third sentence."""

    name = "test"
    reach = 0.0

    def __init__(self, voice: Voice = VOICE) -> None:
        self.said: list[str] = []
        self.is_failing = True
        self._voice = voice

    def voices(self) -> tuple[Voice, ...]:
        return (self._voice,)

    def prepare(self, voice: Voice, progress: Progress) -> None: ...

    def utter(self, line: Line, voice: Voice, delivery: Delivery) -> Utterance:
        if line.words[0] == "Three" and self.is_failing:
            self.is_failing = False
            raise LikenessError("voice_failed", "The voice is tired.", "Try again.")
        self.said.append(line.words[0])
        wave = 0.3 * np.sin(np.arange(24_000) * 0.02 * (1 + len(self.said))).astype(np.float32)
        count = len(line.words)
        phones = tuple(Phone(i / count, (i + 1) / count, "a", "viseme_aa", i, 2) for i in range(count))
        return Utterance(wave, 24_000, phones)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    provider = Provider()
    monkeypatch.setattr(catalogue, "PROVIDERS", (*catalogue.PROVIDERS, provider))
    return provider


def test_what_is_said_is_kept_and_the_next_try_goes_on(provider: Provider, tmp_path: Path):
    out = tmp_path / "a.speech"
    with pytest.raises(LikenessError) as caught:
        speak(parse_script(TEXT), out, VOICE.id)
    assert (caught.value.code, caught.value.message) == ("voice_failed", "The voice is tired.")
    assert "2 of 4 sentences are kept" in caught.value.hint and "Try again." in caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == [".a.speech.parts"]
    speech = speak(parse_script(TEXT), out, VOICE.id)
    assert provider.said == ["One", "Two", "Three", "Four"]
    assert [path.name for path in tmp_path.iterdir()] == ["a.speech"]
    whole = speak(parse_script(TEXT), tmp_path / "b.speech", VOICE.id)
    assert whole.words == speech.words


def test_another_script_voice_or_pace_begins_anew(provider: Provider, tmp_path: Path):
    out = tmp_path / "a.speech"
    with pytest.raises(LikenessError):
        speak(parse_script(TEXT), out, VOICE.id)
    speak(parse_script("One is here. Two was there."), out, VOICE.id)
    assert provider.said == ["One", "Two", "Two"]
    provider.is_failing = True
    with pytest.raises(LikenessError):
        speak(parse_script(TEXT), out, VOICE.id)
    speak(parse_script(TEXT), out, VOICE.id, 1.2)
    assert provider.said[-4:] == ["One", "Two", "Three", "Four"]


def test_another_voice_that_succeeds_leaves_none_of_the_first(provider: Provider, tmp_path: Path):
    with pytest.raises(LikenessError):
        speak(parse_script(TEXT), tmp_path / "a.speech", VOICE.id)
    speak(parse_script("One is here."), tmp_path / "a.speech", "heart")
    assert [path.name for path in tmp_path.iterdir()] == ["a.speech"]


def test_parts_that_are_given_stay(provider: Provider, tmp_path: Path):
    provider.is_failing = False
    parts = Parts(tmp_path / "parts")
    for name in ("a.speech", "b.speech"):
        speak(parse_script(TEXT), tmp_path / name, VOICE.id, parts=parts)
    assert provider.said == ["One", "Two", "Three", "Four"]
    parts.remove()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.speech", "b.speech"]


def test_damaged_parts_are_said_again(provider: Provider, tmp_path: Path):
    out = tmp_path / "a.speech"
    with pytest.raises(LikenessError):
        speak(parse_script(TEXT), out, VOICE.id)
    for index, path in enumerate(sorted((tmp_path / ".a.speech.parts").iterdir())):
        path.write_bytes(path.read_bytes()[: 20 + index])
    speak(parse_script(TEXT), out, VOICE.id)
    assert provider.said == ["One", "Two", "One", "Two", "Three", "Four"]


def test_cancelling_keeps_them_too(provider: Provider, tmp_path: Path):
    provider.is_failing = False

    def cancel(fraction: float, text: str) -> None:
        if "sentence 4" in text:
            raise Cancelled

    with pytest.raises(Cancelled):
        speak(parse_script(TEXT), tmp_path / "a.speech", VOICE.id, progress=cancel)
    speak(parse_script(TEXT), tmp_path / "a.speech", VOICE.id)
    assert provider.said == ["One", "Two", "Three", "Four"]


def test_a_quick_voice_on_this_computer_keeps_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    provider = Provider(replace(VOICE, is_slow=False))
    monkeypatch.setattr(catalogue, "PROVIDERS", (*catalogue.PROVIDERS, provider))
    with pytest.raises(LikenessError) as caught:
        speak(parse_script(TEXT), tmp_path / "a.speech", VOICE.id)
    assert caught.value.hint == "Try again."
    assert list(tmp_path.iterdir()) == []


def test_a_part_is_read_as_it_was_kept(tmp_path: Path):
    line, provider = Line("One", "en", ("One",), (0,), {0: (("w", 0), ("ʌ", 2))}), Provider()
    utterance = provider.utter(line, VOICE, Delivery())
    parts, key = parts_beside(tmp_path / "a.speech"), key_of(line, VOICE, Delivery())
    assert parts.load(key) is None
    parts.save(key, utterance)
    kept = parts.load(key)
    assert kept is not None and kept.phones == utterance.phones and kept.rate == utterance.rate
    np.testing.assert_array_equal(kept.wave, utterance.wave)
    assert key_of(line, replace(VOICE, version="2"), Delivery()) != key
    assert key_of(line, VOICE, Delivery(style="x")) != key != key_of(replace(line, given={}), VOICE, Delivery())
