# SPDX-License-Identifier: GPL-3.0-or-later
"""Kokoro's voices: what they read, when each sound is said, and what is told where something is missing."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core import model_sources, models
from core.errors import LikenessError
from core.models import fetch_models, missing_bytes, model_path
from core.progress import silent
from core.pronunciation.own import read_own
from core.script import parse_script
from core.voice import kokoro, speak
from core.voice.catalogue import find_voice, list_voices
from core.voice.kana import write_kana
from core.voice.kokoro import MODELS, KokoroProvider, load_styles, speak_styles
from core.voice.labels import Symbol, divide, sounding
from core.voice.line import Line, make_line
from core.voice.misaki import ALPHABET, LANGUAGE_OF, SOUNDS, read_line, write_phones
from core.voice.pinyin import write_numbers, write_syllable
from core.voice.provider import Delivery, Utterance, Voice


@pytest.fixture(scope="module")
def fetched() -> None:
    """The optional models; where they cannot be fetched, what needs them is left out and says so."""
    try:
        fetch_models(MODELS)
    except LikenessError as failure:
        pytest.skip(f"Kokoro is not on this computer: {failure}")


def _line(text: str, language: str, own: dict[str, str] | None = None, stressed: frozenset[int] = frozenset()) -> Line:
    return make_line(parse_script(text, language).sentences[0], own or {}, stressed)


def _read(text: str, letter: str) -> str:
    return "".join(symbol.character for symbol in read_line(_line(text, LANGUAGE_OF[letter]), letter)).strip()


@pytest.mark.parametrize(
    ("text", "letter", "symbols"),
    [
        ("Good morning, doctor.", "a", "ɡˈʊd mˈɔɹnɪŋ, dˈɑktəɹ."),
        ("Good morning.", "b", "ɡˈʊd mˈɔːnɪŋ."),
        ("¿Cómo estás, perro?", "e", "kˈomo estˈas, pˈero?"),
        ("Un bon vin blanc !", "f", "œ̃ bˈɔ̃ vˈɛ̃ blˈɑ̃!"),
        ("नमस्ते, आप।", "h", "nəmˈʌsteː, ˈaːp."),
        ("La pizza è buona.", "i", "la pˈiʦa e bʊˈɔna."),
        ("Bom dia, gente.", "p", "bˈoŋ ʤˈiæ, ʒˈAŋʧy."),
        ("東京へ行って、コーヒーを飲みました。", "j", "toːkʲoː e iʔte, koːçiː o nomʲi maɕita."),
        ("你好，我今天很高兴。", "z", "ni↓xau↓, wo↓ ʨi→ntʰjɛ→n xə↓n kau→ɕi↘ŋ."),
    ],
)
def test_each_language_is_read_in_the_symbols_that_kokoro_learned(text: str, letter: str, symbols: str) -> None:
    assert _read(text, letter) == symbols


def test_the_alphabet_is_that_of_the_network() -> None:
    assert set(kokoro._ids()) == ALPHABET


@pytest.mark.parametrize("letter", sorted(LANGUAGE_OF))
def test_symbols_belong_to_the_written_words(letter: str) -> None:
    texts = {"j": "今日は25人来ました。", "z": "今天来了25个人。", "h": "आज 25 लोग आए।"}
    line = _line(texts.get(letter, "Ana 25 Leo."), LANGUAGE_OF[letter])
    words = [symbol.word for symbol in read_line(line, letter) if symbol.character.isalpha()]
    assert words == sorted(words)
    assert set(words) == set(range(len(line.words)))


def test_a_number_is_said_in_mandarin() -> None:
    words = ("25", "12.5%", "1,005", "10:30", "2", "010", "2024", "20000", "100010000")
    following = ("", "", "", "", "个", "", "年", "", "")
    assert [write_numbers(*pair) for pair in zip(words, following, strict=True)] == [
        "二十五", "百分之十二点五", "一千零五", "十点三十分", "两", "零一零", "二零二四", "二万", "一亿零一万",
    ]  # fmt: skip


def test_syllables_of_mandarin_carry_their_tone() -> None:
    parts = (("zh", "ong1"), ("", "van2"), ("s", "i4"), ("", "de5"), ("", "o2"))
    assert [write_syllable(*pair) for pair in parts] == ["\uab67ʊ→ŋ", "ɥɛ↗n", "sɨ↘", "", "ɔ↗"]


def test_kana_keep_their_length() -> None:
    assert [write_kana(kana) for kana in ("こんばんは", "がっこう", "きゃく", "シャツ", "ふぁん")] == [
        "kombaɴha", "ɡaʔkoː", "kʲakɯ", "ɕaʦɨ", "ɸaɴ"]  # fmt: skip


@pytest.mark.parametrize("letter", ["a", "e", "j", "z"])
def test_what_the_person_gave_is_said(letter: str, tmp_path: Path) -> None:
    names = {"j": ("阮", "阮。"), "z": ("阮", "我叫阮。")}
    name, text = names.get(letter, ("Nguyen", "Nguyen, Nguyen."))
    (tmp_path / "own.txt").write_text(f"{name} = ˈwɪn\n", encoding="utf-8")
    line = _line(text, LANGUAGE_OF[letter], read_own(tmp_path / "own.txt"))
    said = "".join(symbol.character for symbol in read_line(line, letter))
    assert said.count("wˈɪn") == text.count(name)


def test_phones_that_the_voice_lacks_are_said_as_near_ones() -> None:
    assert ALPHABET.issuperset(write_phones([(phone, 2) for phone in ("ʐ", "ɝ", "oʊ", "ɑ̃", "ʏ", "ħ", "ɬ")]))
    assert write_phones([("tʃ", 0), ("aɪ", 2)]) == "ʧˈI"


def test_a_word_that_stands_out_is_stressed() -> None:
    line = _line("Vino de la casa.", "es", stressed=frozenset({1}))
    assert "ðˈe" in "".join(symbol.character for symbol in read_line(line, "e"))


def test_long_lines_part_after_commas_then_words() -> None:
    symbols = [Symbol(character, 0) for character in "aa, bb cc " * 3]
    parts = ["".join(symbol.character for symbol in part) for part in divide(symbols, 12)]
    assert "".join(parts) == "aa, bb cc " * 3
    assert max(map(len, parts)) <= 12 and parts[0] == "aa, "
    assert [len(part) for part in divide([Symbol("a", 0)] * 25, 12)] == [12, 12, 1]


def test_labels_lose_their_lag_and_marks_their_share() -> None:
    symbols = [Symbol(character, 0) for character in "aˈʔɔ\u0303ː, ʧ"]
    starts = np.arange(len(symbols)) * 0.1
    spoken = sounding(symbols, starts, 0.06, 0.02, SOUNDS["j"])
    assert [one.phone for one in spoken] == ["a", "ɔ\u0303", "tʃ"]
    assert [round(one.label, 3) for one in spoken] == [-0.06, 0.06, 0.66]
    assert [one.stress for one in spoken] == [0, 2, 0]
    assert [one.after_mark for one in spoken] == [False, False, True]


def test_the_catalogue_has_all_voices_behind_the_built_in_one() -> None:
    english = list_voices("en")
    assert english[0].id == "heart" and english[1].id == "kokoro:af_heart"
    every = [voice for voice in list_voices() if voice.provider == "kokoro"]
    assert len(every) == 54 and len({voice.id for voice in every}) == 54
    assert {voice.languages[0] for voice in every} == {"en", "es", "fr", "hi", "it", "ja", "pt-BR", "zh"}
    emma = next(voice for voice in every if voice.id == "kokoro:bf_emma")
    assert (emma.name, emma.sex, emma.licence, emma.about) == ("Emma", "female", "Apache-2.0", "British")
    assert {voice.size for voice in every} == {missing_bytes(MODELS)}


def _voice(name: str) -> Voice:
    return next(voice for voice in KokoroProvider().voices() if voice.id == f"kokoro:{name}")


def _utter(text: str, name: str, delivery: Delivery = Delivery()) -> Utterance:  # noqa: B008
    return KokoroProvider().utter(_line(text, LANGUAGE_OF[name[0]]), _voice(name), delivery)


def _assert_contiguous(said: Utterance) -> None:
    for before, after in pairwise(said.phones):
        assert before.end == pytest.approx(after.start)
    assert 0.0 <= said.phones[0].start < said.phones[-1].end <= said.seconds + 1e-6


@pytest.mark.usefixtures("fetched")
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Good morning.", "bm_george"), ("Buenos días.", "ef_dora"), ("Bonjour.", "ff_siwis"), ("नमस्ते।", "hm_psi"),
        ("Buongiorno.", "im_nicola"), ("Bom dia.", "pm_alex"), ("おはよう。", "jf_alpha"), ("早上好。", "zm_yunxi"),
    ],
)  # fmt: skip
def test_every_language_is_spoken(text: str, name: str) -> None:
    said = _utter(text, name)
    assert said.wave.dtype == np.float32 and 0.3 < said.seconds < 3.0
    assert np.abs(said.wave).max() > 0.05
    _assert_contiguous(said)
    words = {phone.word for phone in said.phones if phone.phone}
    assert words == set(range(len(_line(text, LANGUAGE_OF[name[0]]).words)))
    assert any(phone.stress for phone in said.phones)


@pytest.mark.usefixtures("fetched")
def test_the_same_line_has_the_same_samples() -> None:
    first, second = (_utter("Same again.", "af_bella") for _ in range(2))
    np.testing.assert_array_equal(first.wave, second.wave)
    assert first.phones == second.phones


@pytest.mark.usefixtures("fetched")
def test_delivery_changes_pace_and_pitch() -> None:
    plain, quick, high = (
        _utter("One and the same sentence.", "af_sky", delivery)
        for delivery in (Delivery(), Delivery(speed=1.5), Delivery(pitch=1.2))
    )
    assert quick.seconds < 0.8 * plain.seconds
    assert abs(high.seconds - plain.seconds) < 0.15 * plain.seconds
    _assert_contiguous(high)


@pytest.mark.usefixtures("fetched")
def test_styles_may_be_blended() -> None:
    one, other = load_styles("af_heart"), load_styles("am_adam")
    assert one.shape == (510, 256) and one.dtype == np.float32 and one.flags.writeable
    said = speak_styles(_line("Half of each.", "en"), (one + other) / 2, "a", Delivery())
    assert said.phones and not np.array_equal(said.wave, _utter("Half of each.", "af_heart").wave)


@pytest.mark.usefixtures("fetched")
@pytest.mark.parametrize("text", ["...", "—", "!?"])
def test_a_line_without_a_sound_is_nothing(text: str) -> None:
    said = KokoroProvider().utter(Line(text, "en", (text,), (0,)), _voice("af_heart"), Delivery())
    assert said.phones == () and len(said.wave) == 0


@pytest.mark.usefixtures("fetched")
def test_an_endless_sentence_is_spoken_whole() -> None:
    text = "the boat was there and then the sun rose over it " * 12
    said = _utter(text, "af_heart", Delivery(2.0))
    assert {phone.word for phone in said.phones if phone.phone} == set(range(len(text.split())))
    _assert_contiguous(said)


@pytest.mark.usefixtures("fetched")
def test_phones_are_said_when_they_are_heard() -> None:
    from core.pronunciation.words import spoken_words
    from core.recording.recogniser import align, recognise
    from core.speech.features import RATE
    from core.speech.net import hear

    soxr = pytest.importorskip("soxr")
    script = parse_script("El viejo pescador arregla su barco antes de la cena.", "es")
    said = _utter(script.text, "em_alex")
    hearing = hear(soxr.resample(said.wave, said.rate, RATE))
    found = align(hearing, recognise(hearing, said.seconds), spoken_words(script))
    assert found is not None
    heard = [phone.start for phone in found.phones if phone.phone][1:]
    told = [phone.start for phone in said.phones if phone.phone][1:]
    assert len(heard) == len(told)
    assert np.median(np.abs(np.subtract(told, heard))) <= 0.020


@pytest.mark.usefixtures("fetched")
def test_speak_takes_the_voice_of_the_language(tmp_path: Path) -> None:
    script = parse_script("Hola. ¿Qué tal?", "es")
    speech = speak(script, tmp_path / "a.speech")
    assert speech.voice == "kokoro:ef_dora" and [word.text for word in speech.words] == ["Hola.", "¿Qué", "tal?"]


def test_an_unknown_voice_is_told(tmp_path: Path) -> None:
    with pytest.raises(LikenessError) as caught:
        speak(parse_script("Hi."), tmp_path / "a.speech", voice="kokoro:af_nobody")
    assert caught.value.code == "voice_unknown"
    with pytest.raises(LikenessError) as caught:
        load_styles("nobody")
    assert caught.value.code == "voice_unknown" and "af_heart" in caught.value.hint
    with pytest.raises(LikenessError) as caught:
        find_voice("kokoro:ef_dora", "en")
    assert caught.value.code == "voice_speaks_another"


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder for models, and no source that answers."""
    folder = tmp_path / "models"
    monkeypatch.setenv("SPEAKING_LIKENESS_MODELS", str(folder))
    monkeypatch.setattr(models, "fetch_source", _unanswered)
    yield folder


def _unanswered(source: model_sources.Source, *_: object) -> bool:
    raise model_sources.unreachable(source, "there is no network")


def test_offline_the_missing_model_is_told_and_the_built_in_voice_speaks(offline: Path, tmp_path: Path) -> None:
    voice = _voice("af_heart")
    assert voice.size == 120_562_231
    with pytest.raises(LikenessError) as caught:
        load_styles("af_heart")
    assert caught.value.code == "model_missing" and "models fetch kokoro_voices" in caught.value.hint
    with pytest.raises(LikenessError) as caught:
        speak(parse_script("Hi."), tmp_path / "a.speech", voice="kokoro:af_heart")
    assert caught.value.code == "online_not_allowed" and "MB" in caught.value.message
    with pytest.raises(LikenessError) as caught:
        speak(parse_script("Hi."), tmp_path / "a.speech", voice="kokoro:af_heart", online=True)
    assert caught.value.code == "model_unreachable"
    assert not (tmp_path / "a.speech").exists()
    assert speak(parse_script("Hi."), tmp_path / "a.speech").voice == "heart"
    with pytest.raises(LikenessError) as caught:
        speak(parse_script("Привет.", "ru"), tmp_path / "b.speech", voice="kokoro:af_heart")
    assert caught.value.code == "voice_speaks_another"


def test_a_damaged_style_file_is_noticed(offline: Path) -> None:
    offline.mkdir()
    (offline / "kokoro_voices.bin").write_bytes(b"\0" * 28_200_960)
    with pytest.raises(LikenessError) as caught:
        load_styles("af_heart")
    assert caught.value.code == "model_mismatch" and "fetch kokoro_voices" in caught.value.hint


def test_a_full_disk_is_told(offline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*_: object) -> bool:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(models, "fetch_source", fill)
    with pytest.raises(LikenessError) as caught:
        KokoroProvider().prepare(_voice("af_heart"), silent)
    assert caught.value.code == "output_unwritable" and "No space left" in caught.value.message


@pytest.mark.usefixtures("fetched")
def test_the_styles_are_one_file_of_all_voices() -> None:
    assert model_path("kokoro_voices").stat().st_size == 54 * 510 * 256 * 4
    assert load_styles("af_alloy").shape == load_styles("zm_yunyang").shape
