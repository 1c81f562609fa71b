# SPDX-License-Identifier: GPL-3.0-or-later
"""espeak-ng as a voice: what it says in which language, and when."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core.errors import LikenessError
from core.pronunciation import espeak
from core.pronunciation.codes import write_codes
from core.pronunciation.japanese import write_kana
from core.pronunciation.languages import LANGUAGES, SPOKEN_ONLY, find_language, require_heard
from core.pronunciation.symbols import read_ipa, read_symbols
from core.script import parse_script
from core.speech.align import align
from core.speech.features import RATE
from core.speech.net import hear
from core.voice import find_voice, list_voices, speak
from core.voice.espeak import EspeakProvider, _bases
from core.voice.hearing import time_by_ear
from core.voice.line import Line, make_line
from core.voice.provider import Delivery, Utterance

PROVIDER, PLAIN = EspeakProvider(), Delivery()


def _utter(
    text: str, language: str, voice: str = "", own: dict[str, str] | None = None, delivery: Delivery = PLAIN
) -> tuple[Line, Utterance]:
    line = make_line(parse_script(text, language).sentences[0], own or {})
    return line, PROVIDER.utter(line, find_voice(voice or f"espeak:{language}", language)[1], delivery)


def _said(line: Line, utterance: Utterance) -> dict[str, str]:
    """Word -> its phones."""
    said = {word: "" for word in line.words}
    for phone in utterance.phones:
        if phone.word >= 0:
            said[line.words[phone.word]] += phone.phone
    return said


def test_more_than_a_hundred_languages_have_voices_of_both_sexes():
    voices = list_voices()
    spoken = {code for voice in voices for code in voice.languages}
    assert len(spoken) > 110
    assert len({voice.id for voice in voices}) == len(voices)
    for code in spoken:
        assert {voice.sex for voice in PROVIDER.voices() if code in voice.languages} == {"male", "female"}


@pytest.mark.parametrize("name", sorted(set(_bases().values())))
def test_every_language_says_something(name: str):
    units = espeak.say("mama 25 один", name)
    assert len([phone for unit in units for phone in read_symbols(unit.symbols, name)]) > 4


def test_what_can_only_be_spoken_is_not_for_recordings():
    assert not set(LANGUAGES) & set(SPOKEN_ONLY)
    with pytest.raises(LikenessError) as caught:
        require_heard(find_language("th"))
    assert caught.value.code == "language_unheard"
    require_heard(find_language("es"))


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("es", "Tengo 25 gatos.", {"Tengo": "tɛŋɡo", "25": "βeɪntiθinko", "gatos.": "ɣatos"}),
        ("zh", "我有15个。", {"我": "wo", "有": "joʊ", "15": "ʂɨwu", "个。": "kɤ"}),
        ("ar", "اسمي من Google في الرياض.",
         {"اسْمِي": "asmi", "مِن": "min", "Google": "ɡuɡəl", "في": "fi", "الرِيَاضِ.": "ʔariadi"}),
        ("he", "אני מ Google.", {"אני": "ani", "מ": "mem", "Google.": "ɡuɡəl"}),
        ("ja", "今日は東京へ行きます。", {"今日は": "kjowa", "東京へ": "tokjoe", "行きます。": "ikimasɯ"}),
        ("fr", "Les amis ont.", {"Les": "lez", "amis": "ami", "ont.": "ɔ̃"}),
        ("en", "He has some of the.", {"He": "hi", "has": "hɐz", "some": "sʌm", "of": "ʌv", "the.": "ðə"}),
    ],
)  # fmt: skip
def test_phones_belong_to_the_words_that_they_say(language: str, text: str, said: dict[str, str]):
    assert _said(*_utter(text, language)) == said


def test_a_latin_name_in_japanese_is_said_as_a_name():
    assert _said(*_utter("Googleで買いました。", "ja"))["Googleで"] == "ɡɯɡəlde"


def test_kana_are_written_as_they_sound():
    assert write_kana(("今日は", "東京へ", "行きます。")) == ("きょーわ", "とーきょーえ", "いきます。")


@pytest.mark.parametrize("voice", ["espeak:en", "espeak:en+m3", "espeak:en+f1", "espeak:en+f2"])
def test_phones_are_where_the_network_hears_them(voice: str):
    line, said = _utter("My mother probably bought a big brown puppy, and Bob took it.", "en", voice)
    assert all(a.end == pytest.approx(b.start, abs=1e-6) for a, b in pairwise(said.phones))
    heard = time_by_ear(said.wave, said.rate, line)
    bursts = [[phone.start for phone in phones if phone.phone in ("p", "b")] for phones in (said.phones, heard)]
    assert len(bursts[0]) == len(bursts[1])
    assert np.median(np.abs(np.subtract(*bursts))) < 0.02


def test_the_same_line_gives_the_same_samples():
    first, second = (_utter("Hello, my mother.", "en", "espeak:en+f2")[1] for _ in range(2))
    np.testing.assert_array_equal(first.wave, second.wave)
    assert first.phones == second.phones


def test_pace_and_pitch_are_the_engines_own():
    plain, quick, high = (
        _utter("The smooth planks were long.", "en", delivery=delivery)[1]
        for delivery in (Delivery(), Delivery(speed=1.5), Delivery(pitch=1.5))
    )
    assert quick.seconds < 0.75 * plain.seconds
    assert high.seconds == pytest.approx(plain.seconds, rel=0.03)
    assert 1.3 < _pitch(high) / _pitch(plain) < 1.7


def _pitch(utterance: Utterance) -> float:
    """Hertz of the loudest quarter of a second."""
    return utterance.rate / (_alike(utterance)[1])


def _voicing(utterance: Utterance) -> float:
    """How much of the loudest quarter of a second repeats itself, at most 1."""
    return _alike(utterance)[0]


def _alike(utterance: Utterance) -> tuple[float, int]:
    """The highest autocorrelation of the loudest quarter of a second, and the samples of its period."""
    size = utterance.rate // 4
    loudest = int(np.convolve(utterance.wave**2, np.ones(size), "valid").argmax())
    part = utterance.wave[loudest : loudest + size]
    alike = np.correlate(part, part, "full")[size - 1 :]
    low, high = utterance.rate // 350, utterance.rate // 60
    period = low + int(alike[low:high].argmax())
    return float(alike[period] / alike[0]), period


def test_whisper_has_no_voice_and_croak_is_another():
    plain, whisper, croak = (
        _utter("My mother was long away.", "en", "espeak:en+f1", delivery=Delivery(style=style))[1]
        for style in ("", "whisper", "croak")
    )

    assert _voicing(whisper) < 0.6 < 0.7 < _voicing(plain)
    assert not np.array_equal(croak.wave[: len(plain.wave)], plain.wave[: len(croak.wave)])


def test_what_a_person_wants_to_hear_is_said():
    line, said = _utter("Mr. Nguyen, hello.", "en", own={"Nguyen": "ˈwɪn"})
    assert _said(line, said)["Nguyen,"] == "wɪn"
    _, spanish = _utter("El señor Nguyen habla.", "es", own={"Nguyen": "ˈwɪn"})
    assert "win" in "".join(phone.phone for phone in spanish.phones)  # the language has no other


@pytest.mark.parametrize("voice", ["en-us", "es", "cmn", "ar", "de", "sw"])
def test_phones_as_codes_are_said_as_told(voice: str):
    for ipa in ("ˈtʃisa", "kaˈpofi", "ʃaˈmeno"):
        units = espeak.say(write_codes(read_ipa(ipa), voice), voice, coded=True)
        heard = [phone for phone, _ in read_symbols([s for unit in units for s in unit.symbols], voice)]
        wanted = [phone for phone, _ in read_ipa(ipa)]
        assert [a for a in heard if a not in "aæäɑ"] == [a for a in wanted if a != "a"]


def test_brackets_of_a_script_are_no_codes():
    line = Line("a [[b]] c", "en", ("a", "[[b]]", "c"), (0, 1, 2))
    said = PROVIDER.utter(line, find_voice("espeak:en", "en")[1], Delivery())
    assert _said(line, said)["[[b]]"] == "bi"


def test_a_sentence_without_end_and_one_without_sound():
    _, said = _utter("the boy was there when the sun rose " * 30, "en")
    assert {phone.word for phone in said.phones if phone.phone} == set(range(240))
    assert PROVIDER.utter(Line("…", "en", ("…",), (0,)), PROVIDER.voices()[0], Delivery()).phones == ()


def test_any_language_is_spoken_without_asking_for_a_voice(tmp_path: Path):
    speech = speak(parse_script("Ninapenda kusoma vitabu. Habari ya asubuhi?", "sw"), tmp_path / "a.speech")
    assert speech.voice == "espeak:sw"
    assert " ".join(word.text for word in speech.words) == speech.text
    assert speech.phones[-1].end == pytest.approx(speech.duration, abs=1e-5)


def test_the_network_can_hear_it(tmp_path: Path):
    """What is said is speech: the words are found in it."""
    line, said = _utter("El perro de mi primo come queso.", "es")
    from soxr import resample

    from core.pronunciation.words import pronounce

    words = pronounce(line.sentence, find_language("es"))
    found = align(hear(resample(said.wave, said.rate, RATE)), words)
    assert {one.word for one in found} == set(range(len(words)))
