# SPDX-License-Identifier: GPL-3.0-or-later
"""Invisible marks: read again after what happens to films and sounds, and never where there is none."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

sys.path.append(str(Path(__file__).resolve().parents[1] / "benchmarks"))

import marks_measures as measures

from core.trust.picture_mark import LEAST_SIDE, PictureMarker, find_picture_mark
from core.trust.sound_mark import find_sound_mark, mark_sound

PAYLOAD, OTHER = 0x2F9C41D7, 0xFFFFFFFF
SIZE = (960, 540)
RATE = measures.RATE


@pytest.fixture(scope="module")
def film() -> list[np.ndarray]:
    """What a renderer makes: a face before a smooth background."""
    return measures.render(SIZE, 10)


@pytest.fixture(scope="module")
def marked(film: list[np.ndarray]) -> list[np.ndarray]:
    marker = PictureMarker(SIZE, PAYLOAD)
    return [marker.mark(frame) for frame in film]


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return measures.make_babble(0)


@pytest.fixture(scope="module")
def marked_speech(speech: np.ndarray) -> np.ndarray:
    return mark_sound(speech, RATE, PAYLOAD)


def test_mark_is_faint(film: list[np.ndarray], marked: list[np.ndarray]) -> None:
    assert cv2.PSNR(film[0], marked[0]) >= 45
    grass = measures.cover(measures.load_picture("grass"), SIZE)
    assert cv2.PSNR(grass, PictureMarker(SIZE, PAYLOAD).mark(grass)) >= 42
    gray = np.full((540, 960, 3), 128, np.uint8)
    change = PictureMarker(SIZE, PAYLOAD).mark(gray).astype(int) - gray
    assert np.abs(change).max() <= 2 and np.abs(change).mean() < 0.5


def test_is_read_from_one_picture(marked: list[np.ndarray]) -> None:
    found = find_picture_mark(marked[:1])
    assert found is not None
    assert (found.payload, found.scale) == (PAYLOAD, 1.0)
    assert found.confidence > 0.9


def test_other_payload_is_read_as_such(film: list[np.ndarray]) -> None:
    for payload in (0, 1, OTHER):
        found = find_picture_mark([PictureMarker(SIZE, payload).mark(film[0])])
        assert found is not None and found.payload == payload


@pytest.mark.parametrize("crf", [18, 23, 28])
def test_outlives_encoding(marked: list[np.ndarray], crf: int) -> None:
    found = find_picture_mark(measures.encode(marked, crf, "veryfast"))
    assert found is not None and found.payload == PAYLOAD


def test_outlives_half_size_and_crop(marked: list[np.ndarray]) -> None:
    harmed = {
        "half": measures.resize(marked, 0.5),
        "crop": measures.crop(marked),
        "crop and half": measures.resize(measures.crop(marked), 0.5),
        "sharper and brighter": measures.sharpen(marked),
    }
    read = {name: find_picture_mark(measures.encode(frames, 23, "veryfast")) for name, frames in harmed.items()}
    assert {name: mark and mark.payload for name, mark in read.items()} == dict.fromkeys(harmed, PAYLOAD)


def test_any_crop_is_found(marked: list[np.ndarray]) -> None:
    found = find_picture_mark([frame[31:497, 100:960] for frame in marked[:2]])
    assert found is not None and found.payload == PAYLOAD
    assert found.scale == pytest.approx(540 / 466, rel=0.004)


def test_alpha_stays_and_only_what_is_opaque_is_marked(film: list[np.ndarray]) -> None:
    alpha = np.zeros((540, 960), np.uint8)
    alpha[:, 200:] = 128
    alpha[:, 300:] = 255
    frame = np.dstack([film[0], alpha])
    marked = PictureMarker(SIZE, PAYLOAD).mark(frame)
    assert np.array_equal(marked[..., 3], alpha)
    assert np.array_equal(marked[:, :300], frame[:, :300])
    found = find_picture_mark([marked])
    assert found is not None and found.payload == PAYLOAD


def test_least_picture() -> None:
    picture = measures.cover(data.astronaut(), (LEAST_SIDE, LEAST_SIDE))
    found = find_picture_mark([PictureMarker((LEAST_SIDE, LEAST_SIDE), PAYLOAD).mark(picture)])
    assert found is not None and found.payload == PAYLOAD
    with pytest.raises(ValueError, match="too small"):
        PictureMarker((LEAST_SIDE - 1, 400), PAYLOAD)
    with pytest.raises(ValueError, match="32 bits"):
        PictureMarker(SIZE, 1 << 32)


def test_no_mark_where_there_is_none(film: list[np.ndarray]) -> None:
    assert find_picture_mark([]) is None
    assert find_picture_mark(film[:1]) is None
    assert [find_picture_mark([picture]) for picture in measures.make_plain_pictures(3)] == [None] * 3


def test_sound_mark_is_faint(speech: np.ndarray, marked_speech: np.ndarray) -> None:
    assert measures.measure_snr(speech, marked_speech) > 18
    assert not mark_sound(np.zeros((RATE * 3, 2)), RATE, PAYLOAD).any()
    assert mark_sound(np.zeros(10), RATE, PAYLOAD).shape == (10,)


@pytest.mark.parametrize("harm", [harm for harm in measures.SOUND_HARMS if harm not in measures.SOUND_HINTS])
def test_sound_mark_outlives(marked_speech: np.ndarray, harm: str) -> None:
    found = find_sound_mark(*measures.SOUND_HARMS[harm](marked_speech))
    assert found is not None and found.payload == PAYLOAD


def test_long_stereo_is_marked_throughout(speech: np.ndarray) -> None:
    wave = np.tile(speech, 4)
    wave = np.stack([wave, 0.5 * wave], axis=1).astype(np.float32)
    marked = mark_sound(wave, RATE, OTHER)
    assert (marked.shape, marked.dtype) == (wave.shape, wave.dtype)
    found = find_sound_mark(marked[17 * RATE : 23 * RATE], RATE)  # over the end of a piece
    assert found is not None and found.payload == OTHER


def test_no_mark_in_sounds_without(speech: np.ndarray) -> None:
    assert find_sound_mark(np.zeros(100), RATE) is None
    assert [find_sound_mark(wave, RATE) for wave in (speech, *measures.make_plain_sounds(8))] == [None] * 9
