# SPDX-License-Identifier: GPL-3.0-or-later
"""A voice's melody drawn anew: as high, as wide and as stressed as was asked, and at the right times."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from core.script import parse_script
from core.speech import Phone
from core.speech.phones import VOWEL_VISEMES
from core.speech.refine import refine
from core.voice import Delivery, Utterance, find_voice
from core.voice.line import make_line
from core.voice.manipulation import Shape, find_melody, reshape

SENTENCES = (
    "The birch canoe slid on the smooth planks, and nobody in the house knew what it was.",
    "The source of the huge river is the clear spring, my dear.",
    "Did you really think that I would never come home again?",
)
STRESSED = 2  # the word "canoe"


@pytest.fixture(scope="module")
def said() -> list[Utterance]:
    provider, voice = find_voice("heart", "en")
    lines = [make_line(parse_script(text).sentences[0]) for text in SENTENCES]
    return [provider.utter(line, voice, Delivery()) for line in lines]


def _word(utterance: Utterance, word: int) -> list[Phone]:
    return [phone for phone in utterance.phones if phone.word == word]


def _vowel(utterance: Utterance, word: int) -> Phone:
    return max((phone for phone in _word(utterance, word) if phone.viseme in VOWEL_VISEMES), key=lambda p: p.stress)


def _peak(utterance: Utterance, phone: Phone) -> float:
    melody = find_melody(utterance.wave, utterance.rate)
    inside = (melody.times >= phone.start) & (melody.times <= phone.end)
    return float(np.percentile(melody.hertz[inside], 90))


def _level(utterance: Utterance, phone: Phone) -> float:
    part = utterance.wave[round(phone.start * utterance.rate) : round(phone.end * utterance.rate)]
    return float(10 * np.log10(np.mean(part.astype(float) ** 2)))


def test_where_nothing_is_asked_the_sound_is_the_same(said: list[Utterance]) -> None:
    assert reshape(said[0], Shape()) is said[0]
    assert reshape(said[0], Shape(stressed=frozenset({99}))) is said[0]


@pytest.mark.parametrize("factor", [0.85, 1.2])
def test_the_voice_is_as_high_as_was_asked_and_lasts_as_long(said: list[Utterance], factor: float) -> None:
    for before in said:
        after = reshape(before, Shape(pitch=factor))
        medians = [find_melody(one.wave, one.rate).median for one in (before, after)]
        assert medians[1] / medians[0] == pytest.approx(factor, abs=0.03)
        assert len(after.wave) == len(before.wave) and after.phones == before.phones


@pytest.mark.parametrize("factor", [0.75, 1.5])
def test_the_melody_is_as_wide_as_was_asked(said: list[Utterance], factor: float) -> None:
    for before in said:
        after = reshape(before, Shape(range=factor))
        melodies = [find_melody(one.wave, one.rate) for one in (before, after)]
        assert melodies[1].range / melodies[0].range == pytest.approx(factor, abs=0.15)
        assert melodies[1].median / melodies[0].median == pytest.approx(1.0, abs=0.03)


def test_a_stressed_word_is_longer_higher_and_louder_and_the_others_stay(said: list[Utterance]) -> None:
    before = said[0]
    after = reshape(before, Shape(stressed=frozenset({STRESSED})))
    old, new = _vowel(before, STRESSED), _vowel(after, STRESSED)
    assert (new.end - new.start) / (old.end - old.start) == pytest.approx(1.18, abs=0.03)
    assert 1.5 < 12 * np.log2(_peak(after, new) / _peak(before, old)) < 3.5
    assert _level(after, new) - _level(before, old) == pytest.approx(3.0, abs=1.0)
    lengths = [np.array([p.end - p.start for p in one.phones if p.word != STRESSED]) for one in (before, after)]
    np.testing.assert_allclose(*lengths, atol=1e-9)
    assert all(a.end == pytest.approx(b.start) for a, b in pairwise(after.phones))
    longer = after.phones[-1].end - before.phones[-1].end
    assert (len(after.wave) - len(before.wave)) / after.rate == pytest.approx(longer, abs=0.001)


def test_phone_times_meet_what_the_network_hears_as_well_as_before(said: list[Utterance]) -> None:
    def off(one: Utterance) -> float:
        heard = refine(one.phones, one.wave, one.rate, 0.040, pauses=False)
        return float(np.mean([abs(a.start - b.start) for a, b in zip(one.phones, heard, strict=True)]))

    shape = Shape(1.1, 1.3, frozenset({STRESSED, 5}))
    assert np.mean([off(reshape(one, shape)) for one in said]) < np.mean([off(one) for one in said]) + 0.001


def test_hisses_stay_as_they_are(said: list[Utterance]) -> None:
    before = said[0]
    after = reshape(before, Shape(pitch=1.15))
    middles = [(p.start + p.end) / 2 for p in before.phones if p.phone in ("s", "ʃ", "k", "tʃ")]
    parts = [slice(round((m - 0.008) * before.rate), round((m + 0.008) * before.rate)) for m in middles]
    alike = [np.allclose(before.wave[part], after.wave[part], atol=1e-4) for part in parts]
    assert len(alike) >= 4 and np.mean(alike) >= 0.6


def test_a_whisper_has_no_melody_to_change(said: list[Utterance]) -> None:
    noise = 0.05 * np.random.default_rng(0).standard_normal(len(said[0].wave)).astype(np.float32)
    whisper = replace(said[0], wave=noise)
    assert np.array_equal(reshape(whisper, Shape(1.2, 1.4)).wave, noise)
    assert reshape(replace(said[0], wave=noise[:100]), Shape(1.2)).wave.shape == (100,)


def test_the_same_shape_gives_the_same_samples(said: list[Utterance]) -> None:
    shape = Shape(1.1, 1.2, frozenset({STRESSED}))
    first, second = (reshape(said[0], shape) for _ in range(2))
    assert np.array_equal(first.wave, second.wave) and first.phones == second.phones
