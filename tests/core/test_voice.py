# SPDX-License-Identifier: GPL-3.0-or-later
"""What is heard: sound, words and phones."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core.errors import Cancelled, LikenessError
from core.pronunciation.attribution import attribute_words
from core.script import parse_script
from core.speech import Speech, load_speech
from core.voice import speak, voices
from core.voice.loudness import LOUDNESS, PEAK, measure_loudness, normalise, true_peak

TEXT = "Hello. My mother bought 12 big apples at 10:30 pm — didn't she? Yes!"
LONG = "The birch canoe slid on the smooth planks, and the boy was there when the sun rose. " * 7  # 119 words


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Speech:
    return speak(parse_script(TEXT), tmp_path_factory.mktemp("voice") / "a.speech")


def _say(text: str, tmp_path: Path, **options: object) -> Speech:
    return speak(parse_script(text), tmp_path / "said.speech", **options)  # type: ignore[arg-type]


def _assert_tiles(speech: Speech) -> None:
    starts = np.array([phone.start for phone in speech.phones])
    ends = np.array([phone.end for phone in speech.phones])
    assert starts[0] == 0.0
    assert ends[-1] == pytest.approx(speech.duration, abs=1e-5)
    np.testing.assert_allclose(starts[1:], ends[:-1], atol=1e-6)
    assert (ends - starts).min() > 0.01


def test_phones_tile_the_whole_duration(speech: Speech):
    _assert_tiles(speech)


def test_words_cover_the_text(speech: Speech):
    assert " ".join(word.text for word in speech.words) == speech.text


def test_words_follow_each_other_and_hold_their_phones(speech: Speech):
    assert all(a.end <= b.start for a, b in pairwise(speech.words))
    for phone in speech.phones:
        assert (phone.word == -1) == (phone.phone == "")
        if phone.word >= 0:
            word = speech.words[phone.word]
            assert word.start <= phone.start < phone.end <= word.end
    assert {phone.word for phone in speech.phones} == {-1, *range(len(speech.words))}


def test_a_number_is_one_word_with_all_its_sounds(speech: Speech):
    index = next(i for i, word in enumerate(speech.words) if word.text == "12")
    assert "".join(phone.phone for phone in speech.phones if phone.word == index) == "twɛlv"


def test_the_dictionary_knows_which_vowel_is_stressed(speech: Speech):
    index = next(i for i, word in enumerate(speech.words) if word.text == "mother")
    stressed = [phone.phone for phone in speech.phones if phone.word == index and phone.stress == 2]
    assert stressed == ["ʌ"]


def test_sound_is_where_the_phones_are_and_silence_where_they_are_not(speech: Speech):
    level = np.abs(speech.wave)
    sounding, silent = [], []
    for phone in speech.phones:
        part = level[round(phone.start * speech.rate) : round(phone.end * speech.rate)]
        (sounding if phone.phone else silent).append(part)
    loud, quiet = (np.sqrt(np.mean(np.concatenate(parts) ** 2)) for parts in (sounding, silent))
    assert quiet < 0.03 * loud


def test_phone_times_meet_the_sound(tmp_path: Path):
    """A stop is silent while the lips are shut: on average within 20 ms of where the phones say."""
    text = "My mother probably bought a big brown puppy. Maybe Bob jumped above Peter's paper."
    speech = _say(text, tmp_path)
    offsets = np.arange(-0.12, 0.121, 0.01)
    power = np.convolve(speech.wave.astype(float) ** 2, np.ones(240) / 240, mode="same")
    middles = [
        0.6 * phone.start + 0.4 * phone.end
        for before, phone in pairwise(speech.phones)
        if phone.phone in ("p", "b") and before.phone
    ]
    levels = [10 * np.log10(power[((middle + offsets) * 24_000).astype(int)] + 1e-9) for middle in middles]
    assert len(levels) >= 10
    mean = np.mean(levels, axis=0)
    assert abs(offsets[mean.argmin()]) <= 0.025
    assert mean.min() < np.median(mean) - 10.0


def test_sentences_are_parted_by_natural_pauses(speech: Speech):
    inner = [phone for phone in speech.phones[1:-1] if not phone.phone]
    after_hello = next(phone for phone in inner if phone.start >= speech.words[0].end - 1e-6)
    assert 0.2 <= after_hello.end - after_hello.start <= 0.6


def test_a_clip_begins_and_ends_in_silence(speech: Speech):
    assert speech.phones[0].phone == "" and speech.phones[0].end == pytest.approx(0.20, abs=0.01)
    assert speech.phones[-1].phone == "" and speech.phones[-1].end - speech.phones[-1].start >= 0.3
    assert np.abs(speech.wave[:100]).max() == 0.0


def test_no_click_where_sentences_meet(speech: Speech):
    silences = [phone for phone in speech.phones if not phone.phone]
    for phone in silences:
        part = speech.wave[round(phone.start * speech.rate) : round(phone.end * speech.rate)]
        assert np.abs(np.diff(part)).max() < 0.02


def test_sound_with_high_peaks_becomes_as_loud_all_the_same():
    rate = 24_000
    draw = np.random.default_rng(3)
    wave = 0.05 * draw.standard_normal(4 * rate)
    wave[:: rate // 20] += 0.9  # clicks that a limiter has to hold down, and much around them
    levelled = normalise(wave.astype(np.float32), rate)
    assert measure_loudness(levelled, rate) == pytest.approx(LOUDNESS, abs=0.5)
    assert 20 * np.log10(true_peak(levelled)) <= PEAK + 0.01


def test_speech_is_as_loud_as_broadcast_and_does_not_clip(speech: Speech):
    assert measure_loudness(speech.wave, speech.rate) == pytest.approx(LOUDNESS, abs=0.5)
    assert 20 * np.log10(true_peak(speech.wave)) <= PEAK + 0.01


def test_loudness_of_a_full_scale_sine_is_the_standards():
    """ITU-R BS.1770-4: 997 Hz at 0 dBFS in one channel reads -3.01 LUFS."""
    sine = np.sin(2 * np.pi * 997 * np.arange(48_000 * 3) / 48_000)
    assert measure_loudness(sine, 48_000) == pytest.approx(-3.01, abs=0.02)


def test_levelling_leaves_silence_silent():
    assert not normalise(np.zeros(10_000, np.float32), 24_000).any()


def test_two_runs_write_the_same_bytes(tmp_path: Path):
    for name in ("a.speech", "b.speech"):
        speak(parse_script(TEXT), tmp_path / name)
    for file in ("speech.wav", "speech.json"):
        assert (tmp_path / "a.speech" / file).read_bytes() == (tmp_path / "b.speech" / file).read_bytes()


def test_a_written_speech_is_read_back(speech: Speech, tmp_path: Path):
    speak(parse_script(TEXT), tmp_path / "a.speech")
    read = load_speech(tmp_path / "a.speech")
    assert (read.phones, read.words) == (speech.phones, speech.words)
    assert (read.text, read.voice) == (speech.text, "heart")
    np.testing.assert_array_equal(read.wave, speech.wave)


def test_a_very_short_text_is_spoken(tmp_path: Path):
    speech = _say("Hi.", tmp_path)
    _assert_tiles(speech)
    assert [phone.phone for phone in speech.phones] == ["", "h", "a", "ɪ", ""]
    assert 0.5 < speech.duration < 1.5


def test_a_long_text_is_spoken_whole(tmp_path: Path):
    speech = _say(LONG, tmp_path)
    _assert_tiles(speech)
    assert len(speech.words) == 119
    assert 25.0 < speech.duration < 60.0


def test_a_sentence_without_punctuation_or_end_is_spoken_whole(tmp_path: Path):
    speech = _say("the boy was there when the sun rose " * 30, tmp_path)
    _assert_tiles(speech)
    assert len(speech.words) == 240


def test_speed_changes_the_pace(tmp_path: Path):
    text = "The birch canoe slid on the smooth planks."
    slow, fast = (_say(text, tmp_path, speed=speed).words for speed in (0.8, 1.25))
    assert slow[-1].end - slow[0].start > 1.3 * (fast[-1].end - fast[0].start)


@pytest.mark.parametrize("seconds", [3.2, 4.0])
def test_a_wanted_length_is_met(seconds: float, tmp_path: Path):
    speech = _say("The birch canoe slid on the smooth planks, said Bob.", tmp_path, seconds=seconds)
    _assert_tiles(speech)
    assert speech.duration == pytest.approx(seconds, rel=0.02)
    assert speech.warnings == ()


def test_a_text_too_long_for_the_wanted_length_is_not_cut(tmp_path: Path):
    speech = _say(LONG, tmp_path, seconds=5.0)
    assert len(speech.words) == 119
    assert speech.duration > 20.0
    assert any("5 s" in warning for warning in speech.warnings)


def test_a_text_too_short_for_the_wanted_length_ends_in_silence(tmp_path: Path):
    speech = _say("Hi.", tmp_path, seconds=4.0)
    _assert_tiles(speech)
    assert speech.duration == pytest.approx(4.0, abs=1e-3)
    assert speech.words[-1].end < 1.0
    assert speech.warnings


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"voice": "nobody"}, "voice_unknown"),
        ({"voice": "emma"}, "voice_unknown"),  # hibari would download it
        ({"speed": 0.0}, "speed_out_of_range"),
        ({"speed": float("nan")}, "speed_out_of_range"),
        ({"seconds": -1.0}, "seconds_out_of_range"),
    ],
)
def test_wrong_arguments_are_refused_and_write_nothing(options: dict, code: str, tmp_path: Path):
    with pytest.raises(LikenessError) as caught:
        _say("Hi.", tmp_path, **options)
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_voice_is_told_which_there_are(tmp_path: Path):
    with pytest.raises(LikenessError) as caught:
        _say("Hi.", tmp_path, voice="nobody")
    assert "heart" in caught.value.hint and " more" in caught.value.hint
    assert len(voices()) > 500


def test_output_that_cannot_be_written_is_said_at_once(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    told: list[str] = []
    with pytest.raises(LikenessError) as caught:
        _say("Hi.", tmp_path / "file", progress=lambda fraction, text: told.append(text))
    assert caught.value.code == "output_unwritable"
    assert told == []  # before any work


def test_cancelling_keeps_the_previous_speech(tmp_path: Path):
    out = tmp_path / "a.speech"
    speak(parse_script("The first one."), out)
    before = (out / "speech.json").read_bytes()

    def cancel(fraction: float, text: str) -> None:
        if fraction > 0.3:
            raise Cancelled()

    with pytest.raises(Cancelled):
        speak(parse_script("One. Two. Three. Four."), out, progress=cancel)
    assert (out / "speech.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.speech"]


def test_progress_rises_to_one(tmp_path: Path):
    fractions: list[float] = []
    _say(TEXT, tmp_path, progress=lambda fraction, text: fractions.append(fraction))
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


@pytest.mark.parametrize(
    ("written", "spoken", "owners"),
    [
        ("a b", "a b", [0, 1]),
        ("at 10:30 pm ok", "at ten thirty P.M. ok", [0, 1, 1, 2, 3]),
        ("5km away", "five kilometers away", [0, 0, 1]),
        ("Dr. No", "Doctor No", [0, 1]),
        ("$9 *** x", "nine dollars x", [0, 0, 2]),
    ],
)
def test_spoken_words_belong_to_the_written_ones_they_read(written: str, spoken: str, owners: list[int]):
    assert attribute_words(written.split(), spoken.split()) == owners
