# SPDX-License-Identifier: GPL-3.0-or-later
"""Directions in brackets: they are not said, and stand where they were written."""

from __future__ import annotations

import pytest

from core.script import parse_script


def _before(text: str, language: str = "en") -> list[tuple[str, str]]:
    """Of each direction its text and the word that it stands before."""
    script = parse_script(text, language)
    words = (*script.words, "END")
    return [(tag.text, words[tag.word]) for tag in script.tags]


def test_directions_are_not_said_and_keep_their_place() -> None:
    text = "[smiles] I know. [whispering] But they, [nods], do not.\n\n“Well” [pause 0.8s] – we shall see [sighs]"
    script = parse_script(text)
    assert script.text == "I know. But they,, do not. “Well” – we shall see"
    assert script.warnings == ()
    assert _before(text) == [
        ("smiles", "I"), ("whispering", "But"), ("nods", "do"), ("pause 0.8s", "we"), ("sighs", "END"),
    ]  # fmt: skip


def test_a_direction_within_a_word_stands_before_the_next() -> None:
    assert _before("Never [nods]again, un[blinks]believable story.") == [("nods", "again,"), ("blinks", "believable")]


def test_languages_without_spaces_keep_theirs() -> None:
    assert _before("你好[微笑]世界。", "zh") == [("微笑", "世")]
    assert parse_script("你好[微笑]世界。", "zh").text == parse_script("你好世界。", "zh").text


def test_places_are_told_as_an_editor_shows_them() -> None:
    tags = parse_script("One two.\nThree [nods] four\n[sighs] five.").tags
    assert [(tag.line, tag.column) for tag in tags] == [(2, 7), (3, 1)]
    assert tags[0].place == "line 2, column 7"


@pytest.mark.parametrize(
    ("text", "said", "warning"),
    [
        ("Hello [nods world.", "Hello nods world.", "The bracket [ without a ] at line 1, column 7 is left out."),
        ("Hello nods] world.", "Hello nods world.", "The bracket ] without a [ at line 1, column 11 is left out."),
        ("Hello [ ] world.", "Hello world.", "The empty direction at line 1, column 7 is left out."),
        ("Hi [" + "very " * 30 + "sad].", "Hi.", "The direction of 153 characters, more than 120, at line 1, column 4"),
    ],
)
def test_what_is_no_direction_is_named_and_the_rest_stays(text: str, said: str, warning: str) -> None:
    script = parse_script(text)
    assert script.text == said
    assert script.tags == ()
    assert script.warnings[0].startswith(warning)
