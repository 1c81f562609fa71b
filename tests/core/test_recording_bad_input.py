# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings that are hard to hear, and scripts that do not belong to them: a warning or doubt, never a sure guess."""

from __future__ import annotations

from pathlib import Path

import espeak_voice
import numpy as np
import pytest
import soundfile
import soxr

from core.errors import LikenessError
from core.performance import perform
from core.recording import record
from core.recording.sound import RATE
from core.script import parse_script
from core.speech import Speech
from core.speech.lip_track import hear_lips
from core.voice import speak

TEXT = "Maybe the plumber can mend the broken pump before supper. Every few years a comet passes above the village."
OTHER = "She sells fresh bread, plum jam, and warm apple pie."
GERMAN = "Morgen früh bringt Bob die große Mappe mit. Der kleine Hund frisst Brot auf dem Platz."


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Speech:
    """TEXT as the voice speaks it, with the voice's own times."""
    return speak(parse_script(TEXT), tmp_path_factory.mktemp("said") / "said.speech")


@pytest.fixture(scope="module")
def clean(said: Speech, tmp_path_factory: pytest.TempPathFactory) -> Speech:
    return _record(tmp_path_factory.mktemp("clean"), said.wave, RATE, TEXT)


def _record(folder: Path, wave: np.ndarray, rate: int, text: str | None = None, language: str = "en") -> Speech:
    soundfile.write(folder / "sound.wav", wave, rate, subtype="PCM_16")
    script = parse_script(text, language) if text is not None else None
    return record(folder / "sound.wav", folder / "recorded.speech", script)


def _confidence(speech: Speech) -> float:
    """Mean over the time of the phones."""
    sounds = [phone for phone in speech.phones if phone.phone]
    lengths = [phone.end - phone.start for phone in sounds]
    return float(np.average([phone.confidence for phone in sounds], weights=lengths)) if sounds else 0.0


def _telephone(wave: np.ndarray) -> tuple[np.ndarray, int]:
    """300 to 3400 Hz, 8 kHz, 8 bits of mu-law."""
    spectrum = np.fft.rfft(soxr.resample(wave, RATE, 8000))
    hertz = np.fft.rfftfreq(2 * len(spectrum) - 2, 1 / 8000)
    narrow = np.fft.irfft(np.where((hertz > 300) & (hertz < 3400), spectrum, 0.0))
    narrow = 0.9 * narrow / np.abs(narrow).max()
    law = np.round(127 * np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256)) / 127
    return np.sign(law) * np.expm1(np.abs(law) * np.log(256)) / 255, 8000


def _studio(wave: np.ndarray) -> tuple[np.ndarray, int]:
    """96 kHz, two channels, of which one is far quieter."""
    fine = soxr.resample(wave, RATE, 96_000)
    return np.stack([fine, 0.2 * fine], axis=1), 96_000


def _clipped(wave: np.ndarray) -> tuple[np.ndarray, int]:
    """A quarter of the loud samples cut off."""
    most = float(np.quantile(np.abs(wave[np.abs(wave) > 0.05]), 0.75))
    return np.clip(wave, -most, most), RATE


def _noisy(wave: np.ndarray) -> tuple[np.ndarray, int]:
    """A room in which something hisses 15 dB below the voice."""
    level = float(np.sqrt(np.mean(wave.astype(np.float64) ** 2))) * 10 ** (-15 / 20)
    return wave + level * np.random.default_rng(0).standard_normal(len(wave)), RATE


@pytest.mark.parametrize("spoil", [_telephone, _studio, _clipped, _noisy])
def test_words_are_found_in_a_poor_recording(spoil, said: Speech, tmp_path: Path):
    """Every word, where it begins: 30 ms off in the mean at most."""
    speech = _record(tmp_path, *spoil(said.wave), TEXT)
    assert speech.warnings == ()
    assert [word.text for word in speech.words] == [word.text for word in said.words]
    late = np.subtract([word.start for word in speech.words], [word.start for word in said.words])
    assert np.abs(late).mean() <= 0.030


def test_a_clean_recording_of_its_script_is_sure(clean: Speech):
    assert clean.warnings == ()
    assert _confidence(clean) > 0.6


def test_another_script_is_said_and_its_phones_are_not_shown(said: Speech, clean: Speech, tmp_path: Path):
    speech = _record(tmp_path, said.wave, RATE, OTHER)
    assert any("script was not found" in warning for warning in speech.warnings)
    assert speech.words == ()
    assert {phone.word for phone in speech.phones} == {-1}
    assert all(0.0 <= phone.confidence <= 1.0 for phone in speech.phones)


@pytest.mark.parametrize("stated", ["es", "fi", "hu"])
def test_english_is_not_sure_as_another_language(stated: str, said: Speech, clean: Speech, tmp_path: Path):
    """The words are read by the wrong rules: it is told, or the phones are in more doubt than by the right ones."""
    wrong = _record(tmp_path, said.wave, RATE, TEXT, stated)
    assert wrong.warnings or _confidence(wrong) < 0.95 * _confidence(clean)


def test_german_is_not_sure_as_english(tmp_path: Path):
    espeak_voice.speak("de", GERMAN, tmp_path / "a.wav")
    right, wrong = (
        record(tmp_path / "a.wav", tmp_path / "a.speech", parse_script(GERMAN, language)) for language in ("de", "en")
    )
    assert right.warnings == ()
    assert wrong.warnings or _confidence(wrong) < 0.9 * _confidence(right)


def _steady(kind: str) -> np.ndarray:
    """Four seconds of what nobody says."""
    draw = np.random.default_rng(1)
    time = np.arange(4 * RATE) / RATE
    if kind == "hiss":
        return 0.1 * draw.standard_normal(len(time))
    if kind == "rumble":
        return np.cumsum(draw.standard_normal(len(time))) * 1e-3
    if kind == "hum":
        return 0.2 * sum(np.sin(2 * np.pi * 50 * n * time) / n for n in range(1, 6))
    return 0.3 * np.sin(2 * np.pi * 440 * time)


@pytest.mark.parametrize("kind", ["hiss", "rumble", "hum", "tone"])
@pytest.mark.parametrize("text", [None, TEXT])
def test_what_is_no_speech_leaves_the_mouth_still(kind: str, text: str | None, tmp_path: Path):
    wave = _steady(kind)
    speech = _record(tmp_path, 0.5 * wave / np.abs(wave).max(), RATE, text)
    assert speech.warnings
    assert [phone.phone for phone in speech.phones] == [""]
    performance = perform(speech, heard=hear_lips(speech.wave, speech.rate))
    assert performance.total("jawOpen").max() < 0.02


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_file_that_breaks_off_is_read_as_far_as_it_goes_or_refused(said: Speech, share: float, tmp_path: Path):
    soundfile.write(tmp_path / "a.flac", said.wave, RATE)
    data = (tmp_path / "a.flac").read_bytes()
    (tmp_path / "a.flac").write_bytes(data[: int(share * len(data))])
    try:
        speech = record(tmp_path / "a.flac", tmp_path / "a.speech")
    except LikenessError as error:
        assert error.code == "sound_unreadable"
        assert error.hint
    else:
        assert speech.duration < 0.99 * said.duration


def test_a_file_of_rubbish_with_a_right_beginning_is_refused(said: Speech, tmp_path: Path):
    soundfile.write(tmp_path / "a.flac", said.wave, RATE)
    data = bytearray((tmp_path / "a.flac").read_bytes())
    data[200:] = np.random.default_rng(0).bytes(len(data) - 200)
    (tmp_path / "a.flac").write_bytes(data)
    with pytest.raises(LikenessError) as caught:
        record(tmp_path / "a.flac", tmp_path / "a.speech")
    assert caught.value.code in ("sound_unreadable", "sound_empty", "sound_silent", "sound_too_short")
    assert not (tmp_path / "a.speech").exists()


@pytest.mark.parametrize("text", ["", "?!", "... — ...", "😀🎉", "“ ”", "* * *"])
def test_a_text_without_words_is_refused(text: str):
    with pytest.raises(LikenessError) as caught:
        parse_script(text)
    assert caught.value.code == "script_empty"
    assert caught.value.hint
