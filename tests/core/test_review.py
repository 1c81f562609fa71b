# SPDX-License-Identifier: GPL-3.0-or-later
"""The quality card of a take: what people do is good, and each fault is found at its time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.avatar.keys import key_curves
from core.avatar.store import Avatar
from core.errors import LikenessError
from core.jobs import check_params, run_job
from core.performance import Performance, save_performance
from core.progress import silent
from core.review import Motion, Review, motion_of, read_motion, review_take
from core.review.lips import closures
from core.speech import Phone, Speech, Word, save_speech
from core.storage import write_npz

RATE = 60.0


def motion(seconds: float = 20.0, **channels: np.ndarray) -> Motion:
    """Somebody who breathes and blinks every three seconds, and does what is given besides."""
    time = np.arange(round(seconds * RATE)) / RATE
    blink = sum(np.exp(-(((time - at) / 0.05) ** 2)) for at in np.arange(1.5, seconds, 3.0))
    sway = 0.02 * np.sin(2 * np.pi * 0.3 * time)
    head = channels.pop("head", np.column_stack([sway, sway, np.zeros_like(time)]))
    face = {"eyeBlinkLeft": blink, "eyeBlinkRight": blink, **channels}
    return Motion(RATE, face, np.column_stack([sway, sway]), head, face.pop("gap", None))


def grades(review: Review) -> dict[str, str]:
    return {measure.key: measure.grade for measure in review.measures}


def kinds(review: Review) -> set[str]:
    return {remark.kind for remark in review.warnings}


def test_a_take_as_it_is_performed_is_good(
    nasa_avatar: Avatar, performances: list[Performance], speeches: list[Speech]
) -> None:
    for performance, speech in zip(performances, speeches, strict=True):
        review = review_take(
            motion_of(performance, nasa_avatar), speech.phones, speech.words, speech.wave, speech.rate
        )
        assert grades(review)["lips"] == "good" and "poor" not in grades(review).values(), review
        assert kinds(review) <= {"clipped", "phones"}, review.warnings


def test_lips_that_do_not_meet_are_told_with_word_and_time(
    nasa_avatar: Avatar, performances: list[Performance], speeches: list[Speech]
) -> None:
    performance, speech = performances[1], speeches[1]
    asked = closures(speech.phones)
    number = len(asked) // 2
    near = np.abs(performance.time - (asked[number].start + asked[number].end) / 2) < 0.15
    speech_layer = dict(performance.layers["speech"])
    speech_layer["mouthClose"] = np.where(near, 0.0, speech_layer["mouthClose"]).astype(np.float32)
    speech_layer["jawOpen"] = np.where(near, 0.3, speech_layer["jawOpen"]).astype(np.float32)
    broken = replace(performance, layers={**performance.layers, "speech": speech_layer})
    review = review_take(motion_of(broken, nasa_avatar), speech.phones, speech.words)
    found = [remark for remark in review.warnings if remark.kind == "lips"]
    assert found and any(abs(remark.start - asked[number].start) < 1e-3 for remark in found)
    word = speech.words[asked[number].word].text
    assert any(f"“{asked[number].phone}” in “{word}”" in remark.text for remark in found)


def test_blinks_are_counted_and_eyes_that_stay_shut_are_found() -> None:
    review = review_take(motion())
    assert {m.key: m.value for m in review.measures}["blinks"] == pytest.approx(21.0)
    assert not review.warnings
    time = motion().time
    asleep = np.where((time > 4.0) & (time < 5.2), 1.0, 0.0)
    review = review_take(motion(eyeBlinkLeft=asleep, eyeBlinkRight=asleep))
    (remark,) = review.warnings
    assert remark.kind == "blinks" and remark.start == pytest.approx(4.0, abs=0.05) and "1.2 s" in remark.text
    assert grades(review)["blinks"] == "poor"


def test_short_takes_are_not_judged_by_what_needs_time() -> None:
    assert grades(review_take(motion(4.0)))["blinks"] == "none"


@pytest.mark.parametrize("fault", ["speed", "trembling", "clipped", "stillness"])
def test_each_fault_of_motion_is_found_where_it_is(fault: str) -> None:
    time = motion().time
    sway = 0.02 * np.sin(2 * np.pi * 0.3 * time)
    near = (time > 8.0) & (time < 9.0)
    still = np.zeros_like(time)
    turns = {
        "speed": np.column_stack([sway, sway + 1.0 / (1 + np.exp(-(time - 8.5) * 13)), still]),
        "trembling": np.column_stack([sway + near * 0.012 * np.sin(2 * np.pi * 9 * time), sway, still]),
        "stillness": np.column_stack([np.where(time < 8.0, sway, sway[479]), *([np.full_like(time, 0.1)] * 2)]),
    }
    made = motion(head=turns[fault]) if fault in turns else motion(mouthSmileLeft=np.where(near, 1.4, 0.2))
    if fault == "stillness":  # and no blink
        made = replace(made, channels={})
    review = review_take(made)
    assert kinds(review) == {fault}, review.warnings
    assert review.warnings[0].start == pytest.approx(8.25, abs=0.4)
    assert grades(review)[fault] != "good"


def test_doubtful_sounds_are_told_by_their_word() -> None:
    phones = [
        Phone(0.0, 0.1, "h", "viseme_sil", 0, 0, 0.9),
        Phone(0.1, 0.2, "ə", "viseme_E", 0, 0, 0.3),
        Phone(0.2, 0.3, "l", "viseme_nn", 0, 0, 0.2),
        Phone(0.3, 0.5, "", "viseme_sil", -1, 0, 0.1),
    ]
    review = review_take(motion(), phones, [Word(0.0, 0.3, "hello")])
    (remark,) = review.warnings
    assert (remark.kind, remark.start, remark.end) == ("phones", 0.1, 0.3) and "“ə l” in “hello”" in remark.text


def test_clipped_sound_is_told_at_its_time() -> None:
    rate = 16000
    time = np.arange(3 * rate) / rate
    wave = 0.3 * np.sin(2 * np.pi * 220 * time)
    assert not review_take(motion(), wave=wave, rate=rate).warnings
    loud = np.where((time > 1.0) & (time < 1.1), np.sign(wave), wave)
    review = review_take(motion(), wave=loud, rate=rate)
    assert kinds(review) == {"loudness"} and review.warnings[0].start == pytest.approx(1.0, abs=0.03)


def test_what_blender_samples_measures_the_same_lips(
    nasa_avatar: Avatar, performances: list[Performance], tmp_path: Path
) -> None:
    """The file that the add-on writes: evaluated weights and heights of the mouth instead of the avatar."""
    performance = performances[0]
    wanted = motion_of(performance, nasa_avatar)
    head = next(mesh for mesh in nasa_avatar.meshes if mesh.name == "head")
    totals = {name: performance.total(name) for name in wanted.channels}
    weights = key_curves(nasa_avatar.drivers, list(head.keys), totals)
    names = {*weights, "jawOpen"}
    still = np.zeros(len(performance.time))
    mouth = {"mouth/positions": head.positions, "mouth/faces": head.faces, "mouth/material": head.material}
    mouth |= {f"mouth/height/{name}": head.keys[name][:, 2] for name in names}
    mouth |= {f"mouth/weight/{name}": weights.get(name, still) for name in names}
    channels = {f"channel/{name}": curve for name, curve in wanted.channels.items()}
    turns = {"rate": np.array(60.0), "gaze": wanted.gaze, "head": wanted.head}
    write_npz(tmp_path / "motion.npz", {**turns, **channels, **mouth})
    gap = read_motion(tmp_path / "motion.npz").gap
    assert gap is not None and wanted.gap is not None
    np.testing.assert_allclose(gap, wanted.gap, atol=1e-6)


def test_the_job_measures_a_performance_and_says_what_it_lacks(
    performances: list[Performance], speeches: list[Speech], tmp_path: Path
) -> None:
    save_speech(speeches[0], tmp_path / "a.speech")
    folder = save_performance(performances[0], tmp_path / "a.performance", tmp_path / "a.speech")
    asked = {"performance": str(folder), "speech": str(tmp_path / "a.speech")}
    result = run_job("review", check_params("review", asked), silent)
    assert {measure["key"] for measure in result["measures"]} >= {"blinks", "gaze", "speed", "loudness"}
    with pytest.raises(LikenessError) as caught:
        run_job("review", check_params("review", {}), silent)
    assert caught.value.code == "nothing_to_review"
    np.savez(tmp_path / "broken.npz", rate=np.float64(24), head=np.zeros((4, 3)), gaze=np.zeros((3, 2)))
    with pytest.raises(LikenessError) as caught:
        run_job("review", check_params("review", {"motion": str(tmp_path / "broken.npz")}), silent)
    assert caught.value.code == "file_damaged"
