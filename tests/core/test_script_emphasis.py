# SPDX-License-Identifier: GPL-3.0-or-later
"""Words between asterisks: out of the text, into the voice's stress and the face's beats."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.direction import NONE
from core.performance import perform
from core.performance.rhythm import Beat, choose_beats, find_beats
from core.pronunciation.dictionary import pronounce, stress_symbols
from core.script import Sentence, parse_script
from core.speech import Phone, load_speech, save_speech
from core.voice import speak
from core.voice.prosody import divide
from core.voice.words import stress_words


@pytest.mark.parametrize(
    ("text", "language", "said", "stressed"),
    [
        ("I said *no*.", "en", "I said no.", ["no."]),
        ("*not at all*, he said", "en", "not at all, he said", ["not", "at", "all,"]),
        ("A **bold** move", "en", "A bold move", ["bold"]),
        ("“*No!*” he said", "en", "“No!” he said", ["“No!”"]),
        ("*[nods] No* way", "en", "No way", ["No"]),
        ("2 * 3 is 6, and 2*3 too", "en", "2 * 3 is 6, and 2*3 too", []),
        ("sh*t", "en", "sh*t", []),
        ("* one\n* two", "en", "one two", []),
        ("¡*No*! ¿*Qué* es?", "es", "¡No! ¿Qué es?", ["¡No!", "¿Qué"]),
        ("我*不*去", "zh", "我不去", ["不"]),
        ("私は*絶対に*行かない", "ja", "私は絶対に行かない", ["絶対に"]),
        ("هذا *ليس* صحيحا", "ar", "هذا ليس صحيحا", ["ليس"]),
    ],
)
def test_asterisks_mark_words_and_are_not_said(text, language, said, stressed):
    script = parse_script(text, language)
    assert script.text == said
    assert [script.words[index] for index in script.stressed] == stressed
    assert not script.warnings


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("It is *open. Yes", ["line 1, column 7"]),
        ("A price* is", ["line 1, column 8"]),
        ("first\n *a *b* c", ["line 2, column 2"]),
        ("one *two\n\nthree* four", ["line 1, column 5", "line 3, column 6"]),
    ],
)
def test_an_asterisk_without_its_other_half_is_told(text, places):
    script = parse_script(text)
    assert "*" not in script.text
    assert [place for place in places if any(place in warning for warning in script.warnings)] == places
    assert len(script.warnings) == len(places)


def test_directions_keep_their_columns_and_may_hold_asterisks():
    script = parse_script("[whispering *x*] yes *and [nods] no*")
    assert [(tag.text, tag.column) for tag in script.tags] == [("whispering *x*", 1), ("nods", 27)]
    assert script.stressed == (1, 2)


def test_parts_count_stressed_words_from_their_own_start():
    script = parse_script("One *two*. Three [pause 1s] *four* five.")
    from core.direction import direct

    parts = divide(script, direct("", script.tags, "en"))
    assert [sorted(part.stressed) for part in parts] == [[1], [], [0]]
    assert [sorted(part.stressed) for part in divide(script, NONE)] == [[1], [1]]


def test_function_words_get_a_primary_stress_and_their_full_form():
    plain = [token.said for token in pronounce(Sentence("This is the end of it", True))]
    marked = [token.said for token in pronounce(Sentence("This is the end of it", True), stressed=frozenset((0, 2, 4)))]
    assert plain[3] == marked[3] == "ˈɛnd"
    assert marked[0] == "ðˈɪs" and marked[2] == "ðˈi" and marked[4] == "ˈʌv"
    assert stress_symbols("fˌɔɹ") == "fˈɔɹ" and stress_symbols("kˈæn") == "kˈæn" and stress_symbols("s") == "ˈs"


def test_a_stressed_word_keeps_its_mark_through_the_speech(tmp_path):
    speech = speak(parse_script("— We *are* the best of all."), tmp_path / "x.speech")
    assert [speech.words[index].text for index in speech.stressed] == ["are"]
    assert max(phone.stress for phone in speech.phones if phone.word == speech.stressed[0]) == 2
    assert load_speech(tmp_path / "x.speech").stressed == speech.stressed
    assert perform(speech).settings["stressed"] == list(speech.stressed)
    beats = [beat for beat in find_beats(speech) if beat.is_asked]
    assert len(beats) == 1 and beats[0].weight == 1.0
    plain = replace(speech, stressed=())
    assert load_speech(save_speech(plain, tmp_path / "y.speech")).stressed == ()


def test_the_vowel_with_most_stress_is_raised():
    phones = (Phone(0, 1, "ɪ", "viseme_I", 0), Phone(1, 3, "æ", "viseme_aa", 0, 1), Phone(3, 4, "t", "viseme_DD", 1))
    raised, heard = stress_words(phones, (0, 1, 7), phones)
    assert [phone.stress for phone in raised] == [0, 2, 0] and heard == (0, 1)


def test_asked_beats_are_chosen_whatever_is_near():
    beats = tuple(Beat(time, 0.9, time, time + 0.1) for time in np.arange(0.0, 2.0, 0.5))
    asked = Beat(1.25, 0.1, 1.2, 1.3, is_asked=True)
    chosen = choose_beats((*beats, asked), least=0.5, apart=0.8)
    assert asked in chosen and all(abs(beat.time - 1.25) >= 0.8 for beat in chosen if beat is not asked)


def test_the_face_underlines_a_stressed_word(tmp_path):
    """Brows and head go further at the word than in the same speech without the mark."""
    script = parse_script("We went to the market on a quiet day and *of* course it rained.")
    marked = speak(script, tmp_path / "x.speech")
    plain = replace(marked, stressed=(), phones=tuple(replace(p, stress=min(p.stress, 1)) for p in marked.phones))
    word = marked.words[marked.stressed[0]]

    def moved(speech):
        shown = perform(speech, seed=3)
        near = (shown.time > word.start - 0.1) & (shown.time < word.end + 0.25)
        brows = shown.layers["expression"]["browInnerUp"][near]
        return float(brows.max()), float(np.ptp(shown.layers["head"]["headPitch"][near]))

    assert moved(marked)[0] > 0.08
    assert moved(marked)[0] > moved(plain)[0] or moved(marked)[1] > moved(plain)[1]
