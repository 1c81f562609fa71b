# SPDX-License-Identifier: GPL-3.0-or-later
"""How the words of a text are said, and pronunciations that a person gives."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.jobs import check_params, run_job
from core.progress import silent
from core.pronunciation.listing import list_words
from core.pronunciation.symbols import read_ipa, write_ipa
from core.script import parse_script
from core.voice import speak

OWN = {"Nguyen": "wɪn", "Siobhan": "shi-vawn"}


def test_names_are_marked_and_own_ones_told():
    listed = {word.text: word for word in list_words(parse_script("Mr Nguyen and Siobhan met Kayleigh."), OWN)}
    assert list(listed) == ["Mr", "Nguyen", "and", "Siobhan", "met", "Kayleigh"]
    assert (listed["Nguyen"].ipa, listed["Nguyen"].is_own) == ("ˈwɪn", True)
    assert listed["Siobhan"].is_own and not listed["met"].is_own
    assert [word.text for word in listed.values() if not word.is_known] == ["Kayleigh"]


@pytest.mark.parametrize(
    ("language", "text", "unknown"),
    [
        ("ru", "Меня зовут Борис, а это John.", ["Борис", "John"]),
        ("es", "Ayer vi a Nguyen en la ONU.", ["Nguyen"]),
        ("de", "Der Hund kennt Nguyen.", []),
        ("zh", "我是John。", ["John"]),
    ],
)
def test_names_are_told_by_their_letters(language: str, text: str, unknown: list[str]):
    listed = list_words(parse_script(text, language), {})
    assert [word.text for word in listed if not word.is_known] == unknown


def test_a_word_that_is_said_in_two_ways_is_listed_twice():
    listed = list_words(parse_script("Read it now. I read it, and she read it."), {})
    assert sum(word.text.lower() == "read" for word in listed) == 2
    assert sum(word.text == "it" for word in listed) == 1


def test_written_ipa_is_read_back():
    for ipa in ("noʊˈvɛmbəɹ", "ˈwɪn", "kæˈfeɪ", "ˈziˌbɪɡ", "strˈiæ"):
        assert read_ipa(write_ipa(read_ipa(ipa))) == read_ipa(ipa)
    assert write_ipa(read_ipa("əwˈeɪ")) == "əˈweɪ"


def test_the_voice_says_what_the_person_gives(tmp_path: Path):
    speech = speak(parse_script("Mr Nguyen and Siobhan."), tmp_path / "x.speech", own=OWN)
    said = [[phone.phone for phone in speech.phones if phone.word == index] for index in range(4)]
    assert said[1] == ["w", "ɪ", "n"]
    assert said[3] == ["ʃ", "i", "v", "ɔ", "n"]
    assert max(phone.stress for phone in speech.phones if phone.word == 1) == 2


def test_the_job_and_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "own.txt"
    file.write_text("Nguyen = wɪn\n", encoding="utf-8")
    params = check_params("pronounce", {"text": "Mr Nguyen.", "pronunciations": str(file)})
    result = run_job("pronounce", params, silent)
    assert json.loads(json.dumps(result))["words"][1] == {"text": "Nguyen", "ipa": "ˈwɪn", "known": True, "own": True}
    assert main(["pronounce", "Mr Nguyen.", "--pronunciations", str(file)]) == 0
    assert "ˈwɪn" in capsys.readouterr().out
    assert main(["pronounce", "Mr Nguyen.", "--pronunciations", str(tmp_path / "none.txt")]) == 2
