# SPDX-License-Identifier: GPL-3.0-or-later
"""From an English script to lips and captions in other languages, on what a computer without internet has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.captions import make_captions
from core.performance import perform
from core.progress import silent
from core.script import parse_script
from core.speech.inventory import CLASS_OF, CLASSES, nearest
from core.translation import Choices, find_translator, translate_script
from core.voice import speak

ENGLISH = "Hello! This is a synthetic demonstration, made from one photo."
# Language -> voice (None: whichever is best), and how captions run.
LANGUAGES = {"en": ("heart", False), "es": ("espeak:es", False), "zh": ("espeak:zh", False), "ar": ("espeak:ar", True)}


@pytest.fixture(scope="module")
def table(repository: Path) -> Path:
    return repository / "sample_scenes" / "demo_script.csv"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_script_is_translated_spoken_and_seen_on_the_lips(language: str, table: Path, tmp_path: Path):
    voice, runs_left = LANGUAGES[language]
    text = ENGLISH
    if language != "en":
        translator = find_translator("table", Choices(table, "", ""))
        text = translate_script(ENGLISH, "en", language, translator, (), silent).text
    script = parse_script(text, language)
    assert len(script.sentences) == 2 and not script.warnings
    speech = speak(script, tmp_path / "a.speech", voice=voice)
    assert [word.text for word in speech.words] == list(script.words)
    assert 3.0 < speech.duration < 9.0

    performance = perform(speech)
    jaw, closed = performance.total("jawOpen"), performance.total("mouthClose")
    times = performance.time
    shut = [phone for phone in speech.phones if phone.phone and CLASSES[CLASS_OF[nearest(phone.phone)[0]]] == "CLOSED"]
    assert shut, "every one of these sentences has a p, b or m"
    for phone in shut:
        near = (times >= phone.start - 0.02) & (times <= phone.end + 0.02)
        assert (jaw - closed)[near].min() < 0.25 * jaw.max()
    pauses = [phone for phone in speech.phones if not phone.phone and phone.end - phone.start > 0.2]
    assert all(np.median(jaw[(times > p.start + 0.1) & (times < p.end - 0.05)]) < 0.3 * jaw.max() for p in pauses)

    captions = make_captions(speech)
    assert all(caption.right_to_left == runs_left for caption in captions)
    assert "".join(line for caption in captions for line in caption.lines).replace(" ", "") == text.replace(
        " ", ""
    ).replace("\n", "")
