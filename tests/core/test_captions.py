# SPDX-License-Identifier: GPL-3.0-or-later
"""Captions: when words are heard, short enough to be read, in the direction of the language."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from core.captions import make_captions, write_captions
from core.captions.captions import LINE, LINE_UNSPACED, LONGEST
from core.errors import LikenessError
from core.script import parse_script
from core.speech import Speech, Word
from core.speech.sentences import find_said
from core.voice import speak

TEXT = (
    "Good morning. Today we look at the plan, which is new to most of you, and at the bridges that we want to build "
    "over the river before the winter comes. Yes!"
)


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Speech:
    return speak(parse_script(TEXT), tmp_path_factory.mktemp("captions") / "a.speech")


def _said(text: str, language: str, seconds: float = 0.4) -> Speech:
    words = parse_script(text, language).words
    times = [Word(seconds * index, seconds * (index + 1), word) for index, word in enumerate(words)]
    wave = np.zeros(round(16_000 * seconds * len(words)), np.float32)
    return Speech(text, language, "", 16_000, wave, (), tuple(times))


def test_all_words_stand_in_captions_when_they_are_heard(speech: Speech):
    captions = make_captions(speech)
    assert " ".join(line for caption in captions for line in caption.lines) == TEXT
    starts = {word.start for word in speech.words}
    assert all(caption.start in starts for caption in captions), "to the word, not to the frame"
    assert captions[0].start == speech.words[0].start
    for one, following in pairwise(captions):
        assert one.start < one.end <= following.start


def test_captions_can_be_read(speech: Speech):
    captions = make_captions(speech)
    assert len(captions) >= 4
    for caption in captions:
        assert len(caption.lines) <= 2
        assert all(len(line) <= LINE for line in caption.lines)
        assert 0.3 < caption.end - caption.start <= LONGEST + 0.5


def test_a_caption_ends_with_its_sentence_and_parts_behind_a_comma(speech: Speech):
    captions = make_captions(speech)
    assert captions[0].lines == ("Good morning.",)
    assert captions[-1].lines == ("Yes!",)
    assert any(caption.lines[-1].endswith(",") for caption in captions[1:-1])


def test_abbreviations_end_no_caption_and_their_sentences_do():
    text = "Dr. Smith lives in the U.S. and works at 3 p.m. daily with Mr. Jones. He is “fine.” And we?"
    captions = make_captions(_said(text, "en"))
    assert [" ".join(caption.lines) for caption in captions] == [text[:69], "He is “fine.”", "And we?"]
    assert not captions[0].lines[0].endswith("Dr.")


def test_a_word_of_quotes_alone_ends_nothing():
    captions = make_captions(_said("We say \" yes \" to that.", "en"))
    assert [caption.lines for caption in captions] == [("We say \" yes \" to that.",)]


def test_words_that_nobody_says_leave_the_sentences_of_the_others():
    whole = _said("Good morning, Dr. Smith. We begin at nine. Yes, now.", "en")
    speech = replace(whole, words=tuple(word for word in whole.words if word.text not in ("morning,", "nine.", "Yes,")))
    lines = [caption.lines for caption in make_captions(speech)]
    assert lines == [("Good Dr. Smith.",), ("We begin at",), ("now.",)]
    assert [len(said.words) for said in find_said(speech)] == [3, 3, 1]
    foreign = replace(whole, words=(Word(0.0, 1.0, "Else"),))
    assert [len(said.words) for said in find_said(foreign)] == [1, 0, 0]
    unwritten = make_captions(replace(whole, text=""))
    assert [caption.lines[0] for caption in unwritten] == ["Good morning, Dr. Smith.", "We begin at nine.", "Yes, now."]


def test_signs_that_are_words_make_shorter_lines():
    captions = make_captions(_said("今天我们介绍一张新的城市地图，请把那本蓝色的大书翻到第十页。非常感谢。", "zh"))
    assert "".join(line for caption in captions for line in caption.lines).startswith("今天我们介绍")
    assert all(len(line) <= LINE_UNSPACED for caption in captions for line in caption.lines)
    assert all(" " not in line for caption in captions for line in caption.lines)


def test_arabic_runs_from_right_to_left_with_latin_names_in_it(tmp_path: Path):
    captions = make_captions(_said("مرحبا يا Siobhan، هذا هو Blender.", "ar"))
    text = write_captions(captions, tmp_path / "a.vtt").read_text(encoding="utf-8")
    line = text.splitlines()[3]
    assert line[0] == "\u2067" and line[-1] == "\u2069"
    assert "Siobhan" in line and line[1:-1] == captions[0].lines[0], "in the order in which it is read"


def test_both_formats_tell_the_same_times(speech: Speech, tmp_path: Path):
    captions = [replace(one, start=one.start + 3599.0, end=one.end + 3600.0) for one in make_captions(speech)]
    srt = write_captions(captions, tmp_path / "a.srt").read_text(encoding="utf-8")
    vtt = write_captions(captions, tmp_path / "a.vtt").read_text(encoding="utf-8")
    assert srt.startswith("1\n00:59:59,200 --> 01:00:0")
    assert vtt.startswith("WEBVTT\n\n00:59:59.200 --> 01:00:0")
    assert srt.count("-->") == vtt.count("-->") == len(captions)


def test_signs_that_mean_something_in_a_file_are_written_as_such(tmp_path: Path):
    captions = make_captions(_said("Ask R&D.", "en"))
    assert "R&amp;D" in write_captions(captions, tmp_path / "a.vtt").read_text(encoding="utf-8")
    assert "R&D" in write_captions(captions, tmp_path / "a.srt").read_text(encoding="utf-8")


def test_what_cannot_be_written_is_told_and_leaves_the_file(speech: Speech, tmp_path: Path):
    target = tmp_path / "a.srt"
    target.write_text("before")
    with pytest.raises(LikenessError) as caught:
        write_captions((), target)
    assert caught.value.code == "captions_empty"
    with pytest.raises(LikenessError) as caught:
        write_captions(make_captions(speech), tmp_path / "a.txt")
    assert caught.value.code == "captions_format" and ".vtt" in caught.value.hint
    with pytest.raises(LikenessError) as caught:
        write_captions(make_captions(speech), target / "b.srt")
    assert caught.value.code == "output_unwritable"
    assert target.read_text() == "before"
