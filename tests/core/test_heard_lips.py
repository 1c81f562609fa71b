# SPDX-License-Identifier: GPL-3.0-or-later
"""The sound moves the mouth too: what is heard of the lips, mixed with the phones."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from performed import lip_gap, require_stillness, value_at
from test_performance_lips import _middle, _spell

from core.avatar import lip_gap as mesh
from core.avatar.store import Avatar
from core.performance import Performance, perform
from core.performance.lips import contact_span, find_contacts
from core.progress import Progress
from core.recording.record import record
from core.script import parse_script
from core.speech import Speech, lip_track
from core.speech.lip_track import OPENING, RATE, ROUNDING_AT_REST, WIDTH_AT_REST, LipTrack
from core.speech.net import Heard, hear
from core.speech.phones import CLOSED_PHONES


def track(
    speech: Speech, opening: np.ndarray | float, width: float = WIDTH_AT_REST, rounding: float = ROUNDING_AT_REST
) -> LipTrack:
    """What is heard of a speech: an opening, and the rest the same all the while."""
    count = round(speech.duration * RATE) + 1
    curves = (np.broadcast_to(np.float32(value), count) for value in (opening, width, rounding, 0.0))
    return LipTrack(RATE, *curves)


def heard(speech: Speech, track_: LipTrack) -> Performance:
    return perform(speech, layer="speech", heard=track_)


def test_what_is_heard_loud_is_wide_and_what_is_whispered_small() -> None:
    speech = _spell("t ɑ s ɛ t i n ɑ")
    whispered, loud = (heard(speech, track(speech, level)) for level in (0.15, 0.9))
    vowels = [_middle(speech.phones[i]) for i in (2, 4, 6, 8)]
    for moment in vowels:
        assert value_at(loud, lip_gap(loud), moment) > 1.6 * value_at(whispered, lip_gap(whispered), moment) > 0.02


def test_the_mesh_opens_as_it_is_heard(speeches: list[Speech], nasa_avatar: Avatar) -> None:
    """Away from the phones' own contacts, the gap follows a slow wave that has nothing to do with the phones."""
    speech = speeches[0]
    wave = 0.5 - 0.4 * np.cos(2 * np.pi * 1.3 * np.arange(round(speech.duration * RATE) + 1) / RATE)
    plain, moved = perform(speech, layer="speech"), heard(speech, track(speech, wave))
    gaps = [mesh.lip_gap(nasa_avatar, one.layers["speech"]) for one in (plain, moved)]
    asked = np.interp(plain.time, np.arange(len(wave)) / RATE, wave)
    free = np.ones(len(plain.time), bool)
    for phone in speech.phones:
        if not phone.phone or phone.viseme in ("viseme_PP", "viseme_FF"):
            free &= (plain.time < phone.start - 0.12) | (plain.time > phone.end + 0.12)
    assert free.sum() > 40
    assert np.corrcoef(gaps[1][free], asked[free])[0, 1] > np.corrcoef(gaps[0][free], asked[free])[0, 1] + 0.4


def test_lips_close_on_p_b_m_whatever_is_heard(speeches: list[Speech]) -> None:
    for speech in speeches:
        performance = heard(speech, track(speech, 1.0))
        for phone in speech.phones:
            if phone.phone in CLOSED_PHONES:
                moment = sum(contact_span(phone)) / 2
                assert value_at(performance, lip_gap(performance), moment) < 0.005, phone


def test_music_and_noise_in_a_pause_leave_the_mouth_still(speeches: list[Speech]) -> None:
    checked = 0
    for speech in speeches:
        checked += require_stillness(heard(speech, track(speech, 0.8, width=1.0, rounding=0.7)))
    assert checked > 10


def test_rounding_is_never_less_than_the_phones_own() -> None:
    speech = _spell("t u t ɑ t")
    flat, rounded = (heard(speech, track(speech, 0.4, rounding=level)) for level in (0.0, 1.0))
    plain = perform(speech, layer="speech")
    at_u, at_a = (_middle(speech.phones[i]) for i in (2, 4))
    pucker = {name: one.total("mouthPucker") for name, one in (("flat", flat), ("round", rounded), ("plain", plain))}
    assert value_at(plain, pucker["flat"], at_u) > 0.95 * value_at(plain, pucker["plain"], at_u) > 0.25
    assert value_at(plain, pucker["round"], at_a) > value_at(plain, pucker["flat"], at_a) + 0.15


def test_a_contact_is_where_the_lips_are_heard_to_be_closest() -> None:
    """By at most 40 ms: a dip that is further off belongs to something else."""
    speech = _spell("ɑ p ɑ t ɑ", 0.12)
    own = contact_span(speech.phones[2])
    for late in (-0.03, 0.0, 0.03):
        time = (np.arange(round(speech.duration * RATE) + 1) + 0.5) / RATE
        dip = np.exp(-(((time - sum(own) / 2 - late) / 0.04) ** 2))
        (contact,) = find_contacts(speech.phones, track(speech, 0.8 - 0.8 * dip))
        assert contact.start - own[0] == contact.end - own[1]
        assert abs(contact.start - own[0] - late) <= 0.0101
    (contact,) = find_contacts(speech.phones, track(speech, 0.5))
    assert contact.start == own[0]


def test_with_what_a_camera_saw_the_mesh_moves_as_the_person_did(
    shared: Path, nasa_avatar: Avatar, tmp_path: Path
) -> None:
    """GRID sentences, their phones by the script: correlation with the lip gap between first and last word, no lag."""
    folder, lags, found = shared / "data" / "speech" / "grid_dev", (-0.04, 0.0, 0.04), []
    for sound in sorted(folder.glob("*.flac"))[::50]:
        speech = record(sound, tmp_path / f"{sound.stem}.speech", parse_script(sound.with_suffix(".txt").read_text()))
        table = np.genfromtxt(sound.with_suffix(".lips.tsv"), names=True)
        seen, camera = table["t_s"] + 0.02, table["inner_gap"]
        time = (np.arange(round(speech.duration * RATE) + 1) + 0.5) / RATE
        opening = (np.interp(time, seen, camera) / OPENING[1]).clip(0.0, 1.0).astype(np.float32)
        performance = heard(speech, replace(track(speech, 0.0), opening=opening[: round(speech.duration * RATE) + 1]))
        gap = mesh.lip_gap(nasa_avatar, performance.layers["speech"])
        inside = (seen > speech.words[0].start) & (seen < speech.words[-1].end)
        shifted = [np.interp(seen[inside] + lag, performance.time, gap) for lag in lags]
        found.append([np.corrcoef(curve, camera[inside])[0, 1] for curve in shifted])
    early, r, late = np.mean(found, axis=0)
    assert r > 0.9 and r > early and r > late


def test_the_same_sound_is_heard_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def listen(wave: np.ndarray, progress: Progress) -> Heard:
        calls.append(len(wave))
        return hear(wave)

    monkeypatch.setattr(lip_track, "hear", listen)
    monkeypatch.setattr(lip_track, "_REMEMBERED", {})
    draw = np.random.default_rng(2)
    first, second = (draw.normal(0, 0.1, 8_000).astype(np.float32) for _ in range(2))
    assert lip_track.hear_lips(first, 16_000) is lip_track.hear_lips(first.copy(), 16_000)
    assert len(calls) == 1
    other = lip_track.hear_lips(second, 16_000)
    assert len(calls) == 2
    np.testing.assert_array_equal(other.opening, hear(second).lips[:, 0])
