# SPDX-License-Identifier: GPL-3.0-or-later
"""Voices of other packages, by their entry points."""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.script import parse_script
from core.voice import catalogue, list_voices, speak

_PACKAGE = '''
"""A package of somebody else."""
import numpy as np

from core.speech import Phone
from core.voice import Utterance, Voice


class Beeps:
    name = "beeps"
    reach = 0.0

    def voices(self):
        return (Voice("beeps:one", "One", ("en", "es"), "", "beeps", "CC0-1.0"),)

    def prepare(self, voice, progress):
        progress(1.0, "Nothing to do")

    def utter(self, line, voice, delivery):
        count = len(line.words)
        wave = 0.3 * np.sin(np.arange(24_000 * count) * 0.05).astype(np.float32)
        return Utterance(wave, 24_000, tuple(Phone(i, i + 1, "a", "viseme_aa", i, 2) for i in range(count)))


class Broken:
    name = "broken"
    reach = 0.0

    def voices(self):
        raise RuntimeError("no voices today")
'''


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed package with three providers, two of which fail."""
    site = tmp_path / "site"
    info = site / "somebodys_voices-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "somebodys_voices.py").write_text(_PACKAGE, encoding="utf-8")
    (site / "fails_to_import.py").write_text("raise OSError('a library is missing')", encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: somebodys-voices\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(
        "[speaking_likeness.voices]\nbeeps = somebodys_voices:Beeps\nbroken = somebodys_voices:Broken\n"
        "gone = fails_to_import:Provider\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    catalogue._added.cache_clear()
    yield site
    catalogue._added.cache_clear()
    for name in ("somebodys_voices", "fails_to_import"):
        sys.modules.pop(name, None)


def test_a_provider_is_found_and_speaks(package: Path, tmp_path: Path):
    assert "beeps:one" in [voice.id for voice in list_voices("es")]
    speech = speak(parse_script("Hola, ¿qué tal?", "es"), tmp_path / "a.speech", "beeps:one")
    assert speech.voice == "beeps:one"
    assert [word.text for word in speech.words] == ["Hola,", "¿qué", "tal?"]


def test_those_that_fail_are_left_out_and_told(package: Path, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.ERROR):
        names = {voice.provider for voice in list_voices()}
    assert "beeps" in names and "broken" not in names
    told = "\n".join(record.getMessage() for record in caplog.records)
    assert "fails_to_import:Provider" in told and "somebodys_voices:Broken" in told


def test_ours_come_first(package: Path):
    assert list_voices("en")[0].id == "heart"
    assert list_voices("en")[-1].id == "beeps:one"
