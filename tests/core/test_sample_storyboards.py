# SPDX-License-Identifier: GPL-3.0-or-later
"""The storyboards that come along: their music, and how much of a phone's picture their faces have."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from core.delivery import RATE, SoundPart, mix_sound, picture_size, read_sound
from core.film.film import FilmOptions, choose
from core.graphics import clear_shares
from core.storyboard import read_storyboard
from core.storyboard.storyboard import Shot, Storyboard
from core.voice.loudness import measure_loudness, true_peak

BOARDS = Path(__file__).parents[2] / "sample_scenes" / "storyboards"


def _read(name: str, folder: Path) -> Storyboard:
    """A storyboard beside what it needs, as the demo lays it out."""
    shutil.copytree(BOARDS, folder, dirs_exist_ok=True)
    (folder / "presenter.avatar").mkdir(exist_ok=True)
    told = {"format": 1, "id": "presenter", "name": "presenter", "consent": {"basis": "synthetic"}}
    (folder / "presenter.avatar" / "avatar.json").write_text(json.dumps(told), encoding="utf-8")
    return choose(read_storyboard(folder / f"{name}.md"), FilmOptions(fps=5))


def test_the_music_goes_on_evenly_where_it_begins_anew_and_makes_way_for_speech(tmp_path: Path):
    music = _read("explainer", tmp_path).music
    assert music is not None and music.file.stat().st_size < 300_000
    bed = read_sound(music.file)[0]
    assert 10 * np.log10(np.mean(bed.mean(axis=1) ** 2) / np.mean(bed**2)) > -2.0, "one speaker plays it too"
    spectrum = np.abs(np.fft.rfft(bed.mean(axis=1))) ** 2
    pitch = np.fft.rfftfreq(len(bed), 1 / RATE)
    assert spectrum[pitch > 1800].sum() < 0.01 * spectrum.sum(), "consonants have their band for themselves"

    random, times = np.random.default_rng(1), np.arange(6 * RATE) / RATE
    voice = random.normal(size=len(times)) * (0.1 + 0.1 * np.sin(2 * np.pi * 4 * times)) * 0.5
    soundfile.write(tmp_path / "voice.wav", voice, RATE)
    parts = [SoundPart(tmp_path / "voice.wav", start) for start in (5.0, 11.3, 17.6)]
    mixed, rate = mix_sound(parts, 30.0, music)
    only, _ = mix_sound(parts, 30.0)
    assert measure_loudness(mixed, rate) == pytest.approx(-16.0, abs=0.2) and true_peak(mixed) <= 10 ** (-1 / 20)

    def level(wave: np.ndarray, start: float, length: float = 3.0) -> float:
        return measure_loudness(wave[round(start * rate) : round((start + length) * rate)], rate)

    longer, _ = mix_sound((), 70.0, music)
    alone = [level(longer, start) for start in np.arange(1.0, 64.0, 3.0)]
    assert max(alone) - min(alone) < 3.0, "also about the 28th second, where it begins anew"
    spoken = level(mixed, 12.0)
    assert spoken - level(mixed, 1.0) == pytest.approx(-music.level, abs=1.5)
    heard = slice(12 * RATE, 15 * RATE)
    gain = np.sum(mixed[heard] * only[heard]) / np.sum(only[heard] ** 2)
    assert spoken - level(mixed - gain * only, 12.0) == pytest.approx(-music.level - music.ducked, abs=2.0)


@pytest.mark.parametrize("name", ["explainer", "conversation"])
@pytest.mark.parametrize("form", ["9:16", "1:1", "4:5"])
def test_faces_beside_slides_have_a_fifth_of_an_upright_picture_and_others_more(name: str, form: str, tmp_path: Path):
    least = {True: 0.2, False: 0.27}
    for shot in _read(name, tmp_path).shots:
        clear = _clear(shot, form)
        is_shown = bool(shot.inserts)
        assert 1 - clear["top"] - max(clear["bottom"], {"9:16": 0.22}.get(form, 0.05)) > least[is_shown], shot.name


def _clear(shot: Shot, form: str) -> dict[str, float]:
    return clear_shares(shot.inserts, True, picture_size(form, "720p"), shot.texts, True)
