# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain words understood: manners by meaning, gestures and pauses in brackets, and what is not understood said so."""

from __future__ import annotations

import numpy as np
import pytest

from core.direction import GESTURES, SLIDERS, STYLES, direct, understand
from core.direction.direct import pause_of
from core.direction.tables import WORDS
from core.script import parse_script


def test_the_tables_fit_each_other() -> None:
    assert len(STYLES) >= 40
    for style in STYLES.values():
        assert set(style.moves) <= set(SLIDERS)
        assert all(SLIDERS[name].least <= value <= 1.0 for name, value in style.moves.items())
    for language, table in WORDS.items():
        assert set(table) <= {*STYLES, *GESTURES}, language
    assert not set(STYLES) & set(GESTURES)


@pytest.mark.parametrize(
    ("prompt", "names"),
    [
        ("speak with confidence", ["confident"]),
        ("appear thoughtful", ["thoughtful"]),
        ("like telling a secret", ["secretive"]),
        ("tired but friendly", ["tired", "friendly"]),
        ("very sad", ["sad"]),
    ],
)
def test_the_prompts_of_the_guide_are_understood(prompt: str, names: list[str]) -> None:
    understood = understand(prompt)
    assert [match.name for match in understood.matches] == names
    assert understood.warnings == ()
    assert understood.moves


# None of these stands in a table: slider and direction that anybody would expect.
PARAPHRASES = (
    ("as if the whole world belonged to you", "posture", 1),
    ("you have been awake for two nights", "lids", -1),
    ("your grandmother passed away yesterday", "smile", -1),
    ("like announcing the best news of the year", "smile", 1),
    ("a child hiding behind her mother's skirt", "contact", -1),
    ("you just spotted a burglar in your kitchen", "lids", 1),
    ("someone scratched your new car on purpose", "brows", -1),
    ("the patience of a yoga instructor", "energy", -1),
    ("keep your voice down, people are asleep", "lean", 1),
    ("you don't trust a single thing he promises", "squint", 1),
)


def test_paraphrases_move_what_anybody_would_expect() -> None:
    """Most of them: what stands in no table is understood by what is near it. `bench performance` has more."""
    known = {text for style in STYLES.values() for text in style.like}
    assert not known & {prompt for prompt, _, _ in PARAPHRASES}
    right = [sign * understand(prompt).moves.get(slider, 0.0) > 0.05 for prompt, slider, sign in PARAPHRASES]
    assert np.mean(right) >= 0.7


def test_strength_is_heard() -> None:
    slight, plain, strong = (understand(f"{word} angry").moves["brows"] for word in ("slightly", "", "extremely"))
    assert 0 > slight > plain > strong or (plain == strong == -1.0 and slight > plain)
    assert understand("angry 50%").moves["brows"] == pytest.approx(0.5 * plain, abs=0.01)


def test_what_is_denied_moves_the_other_way() -> None:
    assert understand("not sad").moves["smile"] > 0.1
    assert understand("don't smile").moves.get("smile", 0.0) < 0.0


def test_what_means_nothing_says_so_and_the_rest_stays() -> None:
    understood = understand("cheerful, zxqv wplk")
    assert [match.name for match in understood.matches] == ["cheerful"]
    assert understood.unknown == ("zxqv wplk",)
    assert "“zxqv wplk” is not understood" in understood.warnings[0]


def test_contradictions_are_told() -> None:
    assert any("pull against each other" in warning for warning in understand("cheerful and very sad").warnings)


@pytest.mark.parametrize(
    ("language", "prompt", "name"),
    [("de", "nachdenklich", "thoughtful"), ("es", "muy triste", "sad"), ("fr", "en chuchotant", "whispering"),
     ("zh", "自信地说", "confident"), ("ja", "優しく", "caring"), ("ar", "بحزن", "sad"), ("ru", "устало", "tired")],
)  # fmt: skip
def test_other_languages_ask_by_their_words(language: str, prompt: str, name: str) -> None:
    assert [match.name for match in understand(prompt, language).matches] == [name]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("pause 0.8s", 0.8), ("pause", 0.6), ("long pause", 1.2), ("short pause", 0.3), ("Pause 500 ms", 0.5),
     ("break of 2 seconds", 2.0), ("pausa 1,5", 1.5), ("pause 99", 10.0), ("paused machine", 0.0), ("nods", 0.0)],
)  # fmt: skip
def test_pauses_are_read(text: str, seconds: float) -> None:
    assert pause_of(text) == pytest.approx(seconds)


def test_a_script_is_directed_word_by_word() -> None:
    text = "Hello. [nods] I know. [whispering] But they do not. [pause 0.8s] [no blinking] Boom. [drinks petrol quux]"
    script = parse_script(text)
    direction = direct("speak with confidence", script.tags)
    said = {cue.said: cue for cue in direction.cues}
    assert said["nods"].gesture == "nod" and script.words[said["nods"].word] == "I"
    assert said["whispering"].moves == STYLES["whispering"].moves
    assert said["pause 0.8s"].pause == pytest.approx(0.8)
    assert said["no blinking"].no_blink
    assert direction.moves == understand("speak with confidence").moves
    assert direction.warnings[-1].endswith("at line 1, column 86.")


def test_manners_at_one_word_are_told() -> None:
    script = parse_script("[shouting] [whispering] Hello.")
    assert any("overruled" in warning for warning in direct("", script.tags).warnings)
