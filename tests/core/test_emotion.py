# SPDX-License-Identifier: GPL-3.0-or-later
"""What sentences feel like, by words and by voice. None of these sentences was learned from."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core.emotion import CATEGORIES, read_feelings
from core.emotion.text import NAMES, read_sentences
from core.emotion.voice import listen
from core.script import parse_script
from core.voice import speak

UNSEEN = (
    ("My brother hugged me and we both burst out laughing.", "joy"),
    ("I'm delighted with how the cake turned out.", "joy"),
    ("This is going to blow your mind, so let's dive in!", "enthusiasm"),
    ("Oh wow, we did it, what a finish!", "enthusiasm"),
    ("We are all thinking of you and send a hug.", "warmth"),
    ("Thank you, dear neighbours, for looking after us.", "warmth"),
    ("Hold on, that was you the whole time?", "surprise"),
    ("Out of the blue, the wall opened.", "surprise"),
    ("He passed away before I could tell him goodbye.", "sadness"),
    ("The nursery has been empty since the accident.", "sadness"),
    ("Stop lying to my face!", "anger"),
    ("They robbed us and then had the nerve to laugh.", "anger"),
    ("Somebody is breathing behind the curtain.", "fear"),
    ("I am afraid that we will not make it out alive.", "fear"),
    ("The toilet overflowed and the smell was unbearable.", "disgust"),
    ("There were worms in the cheese.", "disgust"),
    ("Let your eyelids grow heavy and breathe out.", "calm"),
    ("The meadow is quiet under the evening sun.", "calm"),
    ("Could it be that we never really choose?", "thoughtful"),
    ("I keep asking myself what I would have done.", "thoughtful"),
    ("The invoice is due within thirty days.", "neutral"),
    ("Iron melts at about fifteen hundred degrees.", "neutral"),
)


def test_unseen_sentences_are_read_as_people_read_them() -> None:
    """Measured: see addon_models/emotion/README.md; chance is one in eleven."""
    odds = read_sentences([text for text, _ in UNSEEN], "en")
    assert odds.shape == (len(UNSEEN), len(CATEGORIES))
    np.testing.assert_allclose(odds.sum(axis=1), 1.0)
    right = [NAMES[int(row.argmax())] == name for row, (_, name) in zip(odds, UNSEEN, strict=True)]
    assert np.mean(right) >= 0.6


def test_capitals_are_no_feeling() -> None:
    text = "The invoice is due within thirty days."
    small, large = read_sentences([text, text.upper()], "en")
    np.testing.assert_allclose(small, large, atol=1e-3)


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [("es", "Estoy muy triste, ella murió ayer.", "sadness"), ("de", "Das ist großartig, los geht's!", "enthusiasm"),
     ("fr", "J'ai peur, il y a un danger.", "fear"), ("zh", "我很生气，够了！", "anger"), ("ar", "أنا سعيد جدا", "joy"),
     ("ja", "とても悲しいです", "sadness"), ("ru", "Мне страшно", "fear"), ("fi", "Olen iloinen.", "neutral")],
)  # fmt: skip
def test_other_languages_are_read_by_their_words(language: str, text: str, name: str) -> None:
    assert NAMES[int(read_sentences([text], language)[0].argmax())] == name


def test_every_lexicon_has_every_feeling_but_none() -> None:
    path = Path(__file__).resolve().parents[2] / "core" / "emotion" / "lexicon.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    assert len(table) >= 12
    assert all(set(rows) == set(CATEGORIES) - {"neutral"} for rows in table.values())


def test_a_speech_is_read_sentence_by_sentence(tmp_path: Path) -> None:
    text = "I miss her every day. The train leaves at ten. This is amazing, come and see!"
    speech = speak(parse_script(text), tmp_path / "a.speech")
    feelings = read_feelings(speech)
    assert [feeling.text for feeling in feelings] == [
        "I miss her every day.", "The train leaves at ten.", "This is amazing, come and see!",
    ]  # fmt: skip
    assert feelings[0].category == "sadness" and feelings[2].category == "enthusiasm"
    assert feelings[0].valence < 0 < feelings[2].valence
    assert feelings[0].arousal < feelings[2].arousal
    assert all(a.end <= b.start for a, b in pairwise(feelings))


def test_a_voice_alone_tells_how_stirred_somebody_is(tmp_path: Path) -> None:
    speech = speak(parse_script("We went down to the harbour and looked at the boats."), tmp_path / "a.speech")
    wordless = replace(speech, text="", words=())
    assert all(feeling.text == "" and 0 <= feeling.confidence <= 1 for feeling in read_feelings(wordless))
    later = [replace(p, start=p.start + speech.duration, end=p.end + speech.duration) for p in wordless.phones]
    twice = replace(
        wordless, wave=np.concatenate([0.1 * speech.wave, speech.wave]), phones=(*wordless.phones, *later)
    )
    quiet, loud = listen(twice, [(0.2, speech.duration - 0.3), (speech.duration + 0.2, 2 * speech.duration - 0.3)])
    assert loud.level - quiet.level > 10.0 and loud.arousal > quiet.arousal


def test_silence_has_no_tone(tmp_path: Path) -> None:
    speech = speak(parse_script("Hello."), tmp_path / "a.speech")
    silent = replace(speech, wave=np.zeros_like(speech.wave))
    assert not listen(silent, [(0.0, 0.5)])[0].is_heard
