# SPDX-License-Identifier: GPL-3.0-or-later
"""A performed speech said in other words: what is carried along, how it is timed, and what is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core.direction import direct
from core.dubbing import Dubbed, dub
from core.dubbing.clock import compare_clocks, find_spans
from core.dubbing.dub import PACES
from core.dubbing.layers import find_blinks, find_saccades
from core.emotion import Feeling
from core.errors import LikenessError
from core.jobs import check_params, run_job
from core.performance import Performance, load_performance, perform, save_performance
from core.progress import Progress, silent
from core.script import parse_script
from core.speech import Phone, Speech, load_speech
from core.speech.phones import viseme_of
from core.voice import AUTOMATIC, Delivery, Line, Utterance, Voice, catalogue, speak

TEXT = (
    "[smiles] Hello, and welcome to the tour — everybody. This is the plan, [whispering] and it is a secret. "
    "[pause 0.8s] We shall begin at nine. Why would five very brave people move up the map? [nods] Yes."
)
OTHER = (
    "[smiles] Hi, and welcome to our tour, everyone. Here is our plan, [whispering] which is secret. [pause 0.8s] At "
    "nine we are going to begin, all of us together, and nobody may be late. Why would several rather courageous "
    "persons wander up the map? [nods] Yes."
)
SPANISH = (
    "[smiles] Hola y bienvenidos. Este es el plan, [asiente] y es secreto. [pause 0.8s] Empezamos a las nueve. "
    "¿Por qué subiría la gente valiente? [nods] Sí."
)


@dataclass(frozen=True)
class Original:
    """A speech and a performance with the folders that hold them."""

    speech: Speech
    performance: Performance
    speech_folder: Path
    performance_folder: Path


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Original:
    folder = tmp_path_factory.mktemp("original")
    script = parse_script(TEXT)
    direction = direct("friendly", script.tags)
    speech = speak(script, folder / "a.speech", direction=direction)
    feelings = tuple(
        Feeling(span.start, span.end, "joy", 0.5, 0.7, 0.2, 0.9, span.text) for span in find_spans(speech)
    )
    moves = replace(direction, moves={"smile": 0.6, "nods": 0.2})
    made = perform(speech, 3, 0.9, direction=moves, feelings=feelings, seeds={"blink": 8})
    save_performance(made, folder / "a.performance", folder / "a.speech")
    performance = load_performance(folder / "a.performance")
    return Original(speech, performance, folder / "a.speech", folder / "a.performance")


@pytest.fixture(scope="module")
def dubbed(original: Original, tmp_path_factory: pytest.TempPathFactory) -> tuple[Dubbed, Path]:
    folder = tmp_path_factory.mktemp("dubbed")
    return _dub(original, OTHER, folder), folder


def _dub(original: Original, text: str, folder: Path, language: str = "en", voice: str = AUTOMATIC) -> Dubbed:
    script = parse_script(text, language)
    return dub(original.speech, original.performance, script, folder / "b.speech", folder / "b.performance", voice)


class Beeps:
    """A voice of another language: a tone a word, 0.06 s a letter at its own pace."""

    name, reach = "beeps", 0.0

    def voices(self) -> tuple[Voice, ...]:
        return (Voice("pita", "Pita", ("es",), "", self.name, "CC0-1.0"),)

    def find(self, voice: str) -> Voice | None:
        """A voice that is found but not listed, as one's own is."""
        return replace(self.voices()[0], id=voice, styles=("calm",)) if voice.startswith("mine:") else None

    def prepare(self, voice: Voice, progress: Progress) -> None:
        pass

    def utter(self, line: Line, voice: Voice, delivery: Delivery) -> Utterance:
        rate, phones, at = 16_000, [], 0.0
        for index, word in enumerate(line.words):
            end = at + 0.06 * max(sum(map(str.isalpha, word)), 1) / delivery.speed
            phones.append(Phone(at, end, "a", viseme_of("a"), index, 2))
            at = end
        wave = 0.3 * np.sin(2 * np.pi * 220 * np.arange(round(at * rate)) / rate)
        return Utterance(wave.astype(np.float32), rate, tuple(phones))


@pytest.fixture
def beeps(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(catalogue, "PROVIDERS", (Beeps(),))
    return "pita"


def test_the_same_words_give_the_same_layers(original: Original, tmp_path: Path) -> None:
    made = _dub(original, TEXT, tmp_path)
    assert made.speech.phones == original.speech.phones
    assert {sentence.pace for sentence in made.sentences} == {1.0}
    assert made.warnings == ()
    for layer in original.performance.layers.keys() - {"speech"}:
        for channel, curve in original.performance.layers[layer].items():
            np.testing.assert_allclose(made.performance.layers[layer][channel], curve, atol=1e-6)


def test_paces_draw_sentences_towards_the_originals_length(
    original: Original, dubbed: tuple[Dubbed, Path], tmp_path: Path
) -> None:
    sentences = dubbed[0].sentences
    script = parse_script(OTHER)
    plain = find_spans(speak(script, tmp_path / "c.speech", direction=direct("friendly", script.tags)))
    assert [sentence.was for sentence in sentences] == [span.seconds for span in find_spans(original.speech)]
    for sentence, free in zip(sentences, plain, strict=True):
        assert sentence.pace == pytest.approx(free.seconds / sentence.seconds)
        assert 0.99 * PACES[0] <= sentence.pace <= 1.01 * PACES[1]
        assert abs(sentence.seconds - sentence.was) <= abs(free.seconds - sentence.was)
    assert abs(plain[1].seconds / sentences[1].was - 1.0) > 0.05
    assert sentences[1].seconds == pytest.approx(sentences[1].was, rel=0.03)
    assert sentences[2].pace > 1.05


def test_what_does_not_fit_makes_the_clip_longer_and_is_told(original: Original, dubbed: tuple[Dubbed, Path]) -> None:
    made = dubbed[0]
    longer = made.speech.duration - original.speech.duration
    grown = sum(sentence.seconds - sentence.was for sentence in made.sentences)
    assert longer == pytest.approx(grown, abs=0.5)
    assert longer > 2.0
    (warning,) = made.warnings
    assert f"the clip is {longer:.1f} s longer" in warning and "“At nine we are going to begin" in warning


def test_both_folders_are_whole_and_belong_together(dubbed: tuple[Dubbed, Path]) -> None:
    made, folder = dubbed
    speech, performance = load_speech(folder / "b.speech"), load_performance(folder / "b.performance")
    assert speech.phones == made.speech.phones == performance.phones
    assert performance.duration == pytest.approx(speech.duration)
    data = json.loads((folder / "b.performance" / "performance.json").read_text(encoding="utf-8"))
    assert data["sound"] == "../b.speech/speech.wav"
    assert len(performance.time) == int(speech.duration * performance.rate) + 1
    assert all(len(curve) == len(performance.time) for layer in performance.layers.values() for curve in layer.values())
    assert sorted(path.name for path in folder.iterdir()) == ["b.performance", "b.speech"]


def test_seed_settings_and_feelings_are_the_originals(original: Original, dubbed: tuple[Dubbed, Path]) -> None:
    was, now = original.performance, dubbed[0].performance
    assert (now.seed, now.rate) == (was.seed, was.rate) == (3, 60)
    for name in ("strength", "moves", "seeds", "articulation", "jaw_lips", "smile", "direction"):
        assert now.settings[name] == was.settings[name], name
    spans = find_spans(dubbed[0].speech)
    assert [feeling.text for feeling in now.feelings] == [span.text for span in spans]
    for feeling, span in zip(now.feelings, spans, strict=True):
        assert (feeling.start, feeling.end) == pytest.approx((span.start, span.end), abs=1e-4)
        assert feeling.category == "joy"


def test_layers_happen_at_the_same_place_of_the_same_sentence(original: Original, dubbed: tuple[Dubbed, Path]) -> None:
    was, now = original.performance, dubbed[0].performance
    pairs = list(zip(find_spans(original.speech), find_spans(dubbed[0].speech), strict=True))
    for layer, channel in (("head", "headPitch"), ("expression", "browInnerUp"), ("breath", "chestPitch")):
        reach = float(np.ptp(was.layers[layer][channel]))
        assert reach > 0.0
        for old, new in pairs:
            for share in (0.0, 0.3, 0.7, 1.0):
                before = np.interp(old.start + share * old.seconds, was.time, was.layers[layer][channel])
                after = np.interp(new.start + share * new.seconds, now.time, now.layers[layer][channel])
                assert after == pytest.approx(before, abs=0.04 * reach), (layer, old.text, share)


def test_the_mouth_says_the_new_words(dubbed: tuple[Dubbed, Path]) -> None:
    made = dubbed[0]
    jaw = made.performance.layers["speech"]["jawOpen"]
    open_at = [(phone.start + phone.end) / 2 for phone in made.speech.phones if phone.phone in ("a", "ɑ", "æ", "ʌ")]
    pauses = [phone for phone in made.speech.phones if not phone.phone and phone.end - phone.start > 0.4]
    shut_at = [(phone.start + phone.end) / 2 for phone in pauses]
    heights = [np.interp(moments, made.performance.time, jaw).mean() for moments in (open_at, shut_at)]
    assert heights[0] > 3 * heights[1]


@pytest.mark.parametrize(("layer", "find"), [("blink", find_blinks), ("gaze", find_saccades)])
def test_blinks_and_jumps_of_the_eyes_keep_their_own_pace(
    layer: str, find: object, original: Original, dubbed: tuple[Dubbed, Path]
) -> None:
    made = (original.performance, dubbed[0].performance)
    was, now = (find(each.layers[layer], each.time) for each in made)  # type: ignore[operator]
    spans = [find_spans(each) for each in (original.speech, dubbed[0].speech)]
    clock = compare_clocks(*spans, original.speech.duration, dubbed[0].speech.duration)
    missed = []
    for start, end in was:
        middle = float(clock.to_new((start + end) / 2))
        after = min(now, key=lambda event: abs(sum(event) / 2 - middle))
        is_there = abs(sum(after) / 2 - middle) < 2.1 / 60 and abs(after[1] - after[0] - end + start) < 2.1 / 60
        missed += [] if is_there else [(start, end)]
    assert len(was) > 3
    assert len(missed) <= len(was) // 10, missed  # a jump may be just fast enough to be found


def test_directions_of_the_original_are_understood_in_its_language(
    original: Original, beeps: str, tmp_path: Path
) -> None:
    made = _dub(original, SPANISH, tmp_path, "es", beeps)
    assert (made.speech.language, made.speech.voice) == ("es", "pita")
    assert [tag.text for tag in made.speech.tags] == ["smiles", "asiente", "pause 0.8s", "nods"]
    assert not any("not understood" in warning for warning in made.warnings)
    third, second = find_spans(made.speech)[2], find_spans(made.speech)[1]
    assert third.start - second.end == pytest.approx(0.8, abs=0.05)
    assert made.performance.settings["language"] == "es"
    assert set(made.performance.layers) == set(original.performance.layers)
    fits = [sentence.seconds == pytest.approx(sentence.was, rel=0.03) for sentence in made.sentences]
    limited = [abs(sentence.pace - 1.0) > 0.12 for sentence in made.sentences]
    assert all(fit or at_limit for fit, at_limit in zip(fits, limited, strict=True)) and any(fits)


def test_a_slow_voice_says_nothing_twice_though_a_dub_fails(
    original: Original, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One voice's sentences are kept for all takes, and for the next try."""
    asked: list[tuple[str, float]] = []

    class Slow(Beeps):
        def voices(self) -> tuple[Voice, ...]:
            return tuple(replace(voice, is_slow=True) for voice in super().voices())

        def utter(self, line: Line, voice: Voice, delivery: Delivery) -> Utterance:
            if len(asked) == 7:
                asked.append(("", 0.0))
                raise LikenessError("voice_failed", "The voice is tired.", "Try again.")
            asked.append((line.text, delivery.speed))
            return super().utter(line, voice, delivery)

    monkeypatch.setattr(catalogue, "PROVIDERS", (Slow(),))
    with pytest.raises(LikenessError) as caught:
        _dub(original, SPANISH, tmp_path, "es", "pita")
    assert caught.value.code == "voice_failed" and "are kept" in caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == [".b.speech.parts"]
    made = _dub(original, SPANISH, tmp_path, "es", "pita")
    assert made.speech.voice == "pita" and len(asked) == len(set(asked))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.performance", "b.speech"]


def test_another_language_needs_a_voice_that_speaks_it(original: Original, tmp_path: Path) -> None:
    with pytest.raises(LikenessError) as caught:
        _dub(original, SPANISH, tmp_path, "es", "heart")
    assert caught.value.code == "voice_speaks_another"
    assert list(tmp_path.iterdir()) == []


def test_a_voice_that_is_only_found_says_the_dub_too(original: Original, beeps: str, tmp_path: Path) -> None:
    mine = replace(original, speech=replace(original.speech, voice="mine:PATH"))
    made = _dub(mine, SPANISH, tmp_path, "es")
    assert made.speech.voice == "mine:PATH"
    assert not any("says it" in warning for warning in made.warnings)


@pytest.mark.parametrize(
    ("voice", "why"),
    [
        ("gone", "There is no voice “gone” here. “pita” says it in Spanish."),
        ("recording", "The speech is a recording. “pita” says it in Spanish."),
        ("heart", "The voice “heart” speaks English, and the script is in Spanish. “pita” says it in Spanish."),
    ],
)
def test_another_voice_than_the_takes_own_is_told(
    voice: str, why: str, original: Original, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "PROVIDERS", (Beeps(), *catalogue.PROVIDERS))
    other = replace(original, speech=replace(original.speech, voice=voice))
    made = _dub(other, SPANISH, tmp_path, "es")
    assert made.speech.voice == "pita"
    assert made.warnings[0] == why


def test_pronunciations_and_style_reach_the_voice(
    original: Original, beeps: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[dict[int, str], str]] = []
    utter = Beeps.utter

    def listen(self: Beeps, line: Line, voice: Voice, delivery: Delivery) -> Utterance:
        asked.append((dict(line.given), delivery.style))
        return utter(self, line, voice, delivery)

    monkeypatch.setattr(Beeps, "utter", listen)
    (tmp_path / "own.txt").write_text("plan = /plan/\n", encoding="utf-8")
    params = {
        "speech": str(original.speech_folder), "performance": str(original.performance_folder), "script": SPANISH,
        "language": "es", "out": str(tmp_path / "n"), "voice": "mine:PATH", "style": "calm",
        "pronunciations": str(tmp_path / "own.txt"),
    }  # fmt: skip
    run_job("dub", check_params("dub", params), silent)
    assert {style for _, style in asked} == {"calm"}
    assert any(given for given, _ in asked)


@pytest.mark.parametrize(
    ("text", "words"),
    [("Hello. This.", "We shall begin at nine."), (f"{TEXT} And more.", "“And more.”")],
)
def test_another_number_of_sentences_is_refused(text: str, words: str, original: Original, tmp_path: Path) -> None:
    with pytest.raises(LikenessError) as caught:
        _dub(original, text, tmp_path)
    assert caught.value.code == "sentence_count_differs"
    assert words in caught.value.message
    assert list(tmp_path.iterdir()) == []


def test_a_speech_without_words_or_with_another_performance_is_refused(original: Original, tmp_path: Path) -> None:
    silence = replace(original, speech=replace(original.speech, words=()))
    other = replace(original, performance=replace(original.performance, words=original.performance.words[1:]))
    for wrong, code in ((silence, "speech_wordless"), (other, "performance_of_another")):
        with pytest.raises(LikenessError) as caught:
            _dub(wrong, TEXT, tmp_path)
        assert caught.value.code == code


def test_paragraphs_without_full_stops_are_counted_as_the_speech_has_them(tmp_path: Path) -> None:
    """A speech does not keep its paragraphs: both are counted the same way."""
    speech = speak(parse_script("The plan\n\nWe begin. Yes."), tmp_path / "a.speech")
    made = Original(speech, perform(speech), tmp_path / "a.speech", tmp_path)
    result = _dub(made, "Our plan\n\nWe go on. Yes.", tmp_path)
    assert [sentence.text for sentence in result.sentences] == ["Our plan We go on.", "Yes."]


def test_two_dubs_write_the_same_bytes(original: Original, dubbed: tuple[Dubbed, Path], tmp_path: Path) -> None:
    _dub(original, OTHER, tmp_path)
    speech, performance = ("speech.wav", "speech.json"), ("performance.npz", "performance.json")
    for file in (*(f"b.speech/{name}" for name in speech), *(f"b.performance/{name}" for name in performance)):
        assert (tmp_path / file).read_bytes() == (dubbed[1] / file).read_bytes(), file


def test_the_job_dubs_and_never_replaces_the_original(original: Original, tmp_path: Path) -> None:
    asked = {"speech": str(original.speech_folder), "performance": str(original.performance_folder), "language": "en"}
    script = f"# Shot 1\n{TEXT}"
    result = run_job("dub", check_params("dub", {**asked, "script": script, "out": str(tmp_path / "n")}), silent)
    assert (result["speech"], result["performance"]) == (str(tmp_path / "n.speech"), str(tmp_path / "n.performance"))
    assert [sentence["pace"] for sentence in result["sentences"]] == [1.0] * 5
    wrong = {**asked, "script": script, "out": str(original.speech_folder.with_suffix(""))}
    with pytest.raises(LikenessError) as caught:
        run_job("dub", check_params("dub", wrong), silent)
    assert caught.value.code == "bad_params"


def test_sentences_are_found_though_words_without_sound_join_others(original: Original) -> None:
    spans = find_spans(original.speech)
    assert [span.text for span in spans] == [sentence.text for sentence in parse_script(TEXT).sentences]
    texts = [word.text for word in original.speech.words]
    assert any("—" in text for text in texts)
    for span, following in pairwise(spans):
        assert span.start < span.end < following.start
        assert span.end in {word.end for word in original.speech.words}
