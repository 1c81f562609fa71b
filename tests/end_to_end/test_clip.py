# SPDX-License-Identifier: GPL-3.0-or-later
"""Photo and script in, clip out: what a viewer sees and hears agrees with what is said."""

from __future__ import annotations

import aud
import bpy
import numpy as np
import pytest

# How far each viseme opens the mouth, 0..1, from the articulation of its sounds alone: nothing of ours.
OPENING = {
    "viseme_sil": 0.0, "viseme_PP": 0.0, "viseme_FF": 0.1, "viseme_TH": 0.25, "viseme_DD": 0.25,
    "viseme_kk": 0.3, "viseme_CH": 0.25, "viseme_SS": 0.2, "viseme_nn": 0.25, "viseme_RR": 0.25,
    "viseme_aa": 1.0, "viseme_E": 0.6, "viseme_I": 0.4, "viseme_O": 0.7, "viseme_U": 0.3,
}  # fmt: skip
CLOSED = ("p", "b", "m")
SHUFFLES = 500


def phones_like(film, wanted, least: float = 0.0) -> list[tuple[float, float]]:
    """(start, end) of the phones that ``wanted`` holds for, at least so many seconds long."""
    return [
        (phone["start"], phone["end"])
        for phone in film.speech["phones"]
        if wanted(phone) and phone["end"] - phone["start"] >= least
    ]


def gaps_within(film, start: float, end: float) -> list[float]:
    return [frame.gap for frame in film.frames if start <= frame.seconds <= end]


def expected_opening(film, visemes: list[str]) -> np.ndarray:
    """Opening at every frame if the phones had these visemes, as slow as lips are (80 ms window)."""
    times = np.array([frame.seconds for frame in film.frames])
    ends = np.array([phone["end"] for phone in film.speech["phones"]])
    opening = np.array([OPENING[viseme] for viseme in visemes])
    around = times[:, None] + np.linspace(-0.04, 0.04, 9)
    return opening[np.minimum(np.searchsorted(ends, around), len(ends) - 1)].mean(axis=1)


def test_every_frame_shows_a_face_and_none_is_black_or_empty(film):
    assert len(film.frames) > 40
    for frame in film.frames:
        assert frame.mean > 25 and frame.spread > 15, f"empty at {frame.seconds:.2f} s"
        assert frame.gap is not None, f"no face at {frame.seconds:.2f} s"


def test_the_mouths_opening_follows_the_phones_and_not_their_shuffle(film):
    gaps = np.array([frame.gap for frame in film.frames])
    visemes = [phone["viseme"] for phone in film.speech["phones"]]
    fit = np.corrcoef(gaps, expected_opening(film, visemes))[0, 1]
    random = np.random.default_rng(0)
    chance = [
        np.corrcoef(gaps, expected_opening(film, random.permutation(visemes).tolist()))[0, 1] for _ in range(SHUFFLES)
    ]
    assert fit > 0.6
    assert fit > np.percentile(chance, 99) + 0.05


def test_lips_close_on_p_b_m_and_open_on_wide_vowels(film):
    open_gaps = [
        max(gaps_within(film, start - 0.02, end + 0.02))
        for start, end in phones_like(film, lambda phone: phone["viseme"] == "viseme_aa", 0.06)
    ]
    closures = [
        min(gaps_within(film, start - 0.03, end + 0.03))
        for start, end in phones_like(film, lambda phone: phone["phone"] in CLOSED, 0.04)
    ]
    assert len(open_gaps) >= 2 and len(closures) >= 6
    rest = np.median([frame.gap for frame in film.frames[:3]])
    wide = np.median(open_gaps) - rest
    assert wide > 0.04
    assert np.mean([gap - rest < 0.35 * wide for gap in closures]) > 0.8


def test_the_mouth_is_still_in_silence(film):
    gaps = np.array([frame.gap for frame in film.frames])
    pauses = phones_like(film, lambda phone: phone["viseme"] == "viseme_sil", 0.15)
    assert pauses
    moved = [np.ptp(gaps_within(film, start + 0.06, end - 0.06) or [0.0]) for start, end in pauses]
    assert max(moved) < 0.12 * np.ptp(gaps)


def test_the_clip_is_as_long_as_the_speech_and_sounds_like_it(film):
    movie = bpy.data.movieclips.load(str(film.clip))
    assert movie.frame_duration / movie.fps == pytest.approx(film.speech["duration"], abs=2 / movie.fps)
    sound = aud.Sound(str(film.clip))
    samples, rate = sound.data(), sound.specs[0]
    assert len(samples) / rate == pytest.approx(film.speech["duration"], abs=0.1)
    width = int(0.04 * rate)
    heard = np.array(
        [
            np.sqrt((samples[at : at + width] ** 2).mean())
            for at in (np.array([f.seconds for f in film.frames]) * rate).astype(int)
        ]
    )
    pauses = phones_like(film, lambda phone: phone["viseme"] == "viseme_sil", 0.15)
    quiet = np.array([any(start + 0.04 < f.seconds < end - 0.08 for start, end in pauses) for f in film.frames])
    assert np.median(heard[~quiet]) > 0.01
    assert np.median(heard[~quiet]) > 10 * np.median(heard[quiet])
