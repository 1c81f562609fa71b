# SPDX-License-Identifier: GPL-3.0-or-later
"""Pins: a landmark that was set by hand lies where it was set, its neighbours follow, the rest stays."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from scipy.spatial import cKDTree

from core.avatar import build_avatar
from core.avatar.build import _header
from core.avatar.fit import project
from core.avatar.landmarks import eye_distance, load_landmark_points
from core.avatar.refit import read_subject, refit, refit_avatar
from core.avatar.settings import AvatarSettings
from core.consent import UNKNOWN
from core.errors import LikenessError
from core.portrait import Portrait
from core.portrait.pins import PIN_NAMES, Pins, apply_pins, list_pins, name_landmark, pin_portrait, read_pins
from core.storage import read_json, read_npz

CORNER, OTHER_CORNER = PIN_NAMES["right mouth corner"], PIN_NAMES["left mouth corner"]
UPPER, LOWER = PIN_NAMES["upper lip edge"], PIN_NAMES["lower lip edge"]
PUPIL = PIN_NAMES["right pupil"]


@pytest.fixture(scope="module")
def portrait(nasa_portrait: Portrait) -> Portrait:
    return nasa_portrait


def moved_pin(portrait: Portrait, landmark: int, dx: float, dy: float) -> dict[int, tuple[float, float]]:
    """A pin that is moved by parts of the eye distance."""
    x, y = portrait.landmarks[landmark, :2] + eye_distance(portrait.landmarks) * np.array([dx, dy])
    return {landmark: (float(x), float(y))}


def write_pins(path: Path, portrait: Portrait, places: dict[int, tuple[float, float]]) -> Path:
    pins = [{"landmark": number, "x": x, "y": y} for number, (x, y) in places.items()]
    path.write_text(json.dumps({"photo_sha256": portrait.sha256, "pins": pins}), encoding="utf-8")
    return path


def test_a_pinned_landmark_lies_where_it_was_set_and_takes_its_neighbours_along(portrait: Portrait) -> None:
    before, iod = portrait.landmarks, eye_distance(portrait.landmarks)
    places = moved_pin(portrait, CORNER, -0.1, 0.05)
    after = apply_pins(before, places)
    np.testing.assert_array_equal(after[CORNER, :2], places[CORNER])
    way = np.linalg.norm((after - before)[:, :2], axis=1)
    near = np.linalg.norm((before - before[CORNER])[:, :2], axis=1) / iod
    assert way.max() == way[CORNER]
    assert 0.6 * way[CORNER] < np.median(way[near < 0.1]), "the lips' ends come along"
    assert way[near > 0.36].max() == 0, "what is farther stays"
    np.testing.assert_array_equal(after[:, 2], before[:, 2])


def test_the_two_sides_and_the_two_lips_are_independent(portrait: Portrait) -> None:
    before = portrait.landmarks
    corner = apply_pins(before, moved_pin(portrait, CORNER, -0.1, 0.0))
    np.testing.assert_array_equal(corner[OTHER_CORNER], before[OTHER_CORNER])
    lip = apply_pins(before, moved_pin(portrait, UPPER, 0.0, -0.1))
    np.testing.assert_array_equal(lip[LOWER], before[LOWER])


def test_other_pins_hold_what_a_moved_one_would_take_along(portrait: Portrait) -> None:
    before, top = portrait.landmarks, PIN_NAMES["upper lip top"]
    moved = moved_pin(portrait, UPPER, 0.0, -0.1)
    assert apply_pins(before, moved)[top, 1] < before[top, 1]
    held = apply_pins(before, moved | moved_pin(portrait, top, 0.0, 0.0))
    np.testing.assert_array_equal(held[top, :2], before[top, :2])


def test_many_pins_close_together_all_hold_and_nothing_runs_away(portrait: Portrait) -> None:
    before, iod = portrait.landmarks, eye_distance(portrait.landmarks)
    noise = np.random.default_rng(3).uniform(-0.05 * iod, 0.05 * iod, (478, 2))
    places = {number: tuple(before[number, :2] + noise[number]) for number in range(0, 478, 2)}
    after = apply_pins(before, places)
    np.testing.assert_array_equal(after[::2, :2], before[::2, :2] + noise[::2])
    assert np.linalg.norm((after - before)[:, :2], axis=1).max() < 0.1 * iod


def test_the_iris_moves_with_its_pupil(portrait: Portrait) -> None:
    after = apply_pins(portrait.landmarks, moved_pin(portrait, PUPIL, 0.03, 0.0))
    way = (after - portrait.landmarks)[PUPIL : PUPIL + 5, :2]
    np.testing.assert_allclose(way, np.tile(way[0], (5, 1)), atol=1e-9)


def test_every_name_is_a_landmark_of_its_own() -> None:
    assert len(set(PIN_NAMES.values())) == len(PIN_NAMES) >= 28
    for name, number in PIN_NAMES.items():
        if name.startswith("right "):
            assert f"left {name.removeprefix('right ')}" in PIN_NAMES
        assert name_landmark(number) == name


def test_pins_are_read_by_name_and_by_number(portrait: Portrait, tmp_path: Path) -> None:
    path = tmp_path / "pins.json"
    pins = [{"landmark": "chin", "x": 10, "y": 20.5}, {"landmark": 61, "x": 1, "y": 2}]
    path.write_text(json.dumps({"photo_sha256": portrait.sha256, "pins": pins}), encoding="utf-8")
    pinned = pin_portrait(portrait, read_pins(path))
    assert pinned.pinned == (61, 152)
    assert list_pins(pinned) == [{"landmark": 61, "x": 1.0, "y": 2.0}, {"landmark": 152, "x": 10.0, "y": 20.5}]


@pytest.mark.parametrize(
    ("document", "code", "words"),
    [
        ("{", "file_damaged", "cannot be read"),
        ([1], "pins_invalid", "photo_sha256"),
        ({"pins": []}, "pins_invalid", "photo_sha256"),
        ({"photo_sha256": "a"}, "pins_invalid", '"pins"'),
        ({"photo_sha256": "a", "pins": [7]}, "pins_invalid", "Pin 1"),
        ({"photo_sha256": "a", "pins": [{"landmark": 478, "x": 1, "y": 1}]}, "pins_invalid", "0 to 477"),
        ({"photo_sha256": "a", "pins": [{"landmark": True, "x": 1, "y": 1}]}, "pins_invalid", "True"),
        ({"photo_sha256": "a", "pins": [{"landmark": "left ear", "x": 1, "y": 1}]}, "pins_invalid", "left ear"),
        ({"photo_sha256": "a", "pins": [{"landmark": 1, "x": "1", "y": 1}]}, "pins_invalid", "numbers"),
        ({"photo_sha256": "a", "pins": [{"landmark": 1, "x": float("nan"), "y": 1}]}, "pins_invalid", "finite"),
        ({"photo_sha256": "a", "pins": 2 * [{"landmark": 1, "x": 1, "y": 1}]}, "pins_invalid", "second time"),
    ],
)
def test_what_is_no_pins_file_is_refused_in_words(tmp_path: Path, document: Any, code: str, words: str) -> None:
    path = tmp_path / "pins.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    with pytest.raises(LikenessError) as caught:
        read_pins(path)
    assert caught.value.code == code
    assert words in caught.value.message
    assert caught.value.hint


def test_pins_belong_to_one_photo_and_lie_inside_of_it(portrait: Portrait) -> None:
    with pytest.raises(LikenessError) as caught:
        pin_portrait(portrait, Pins("0" * 64, {61: (1.0, 1.0)}))
    assert caught.value.code == "pins_other_photo"
    with pytest.raises(LikenessError) as caught:
        pin_portrait(portrait, Pins(portrait.sha256, {61: (1.0, 5000.0)}))
    assert caught.value.code == "pins_outside"
    assert "right mouth corner" in caught.value.message


def test_a_quick_refit_gives_the_head_of_the_whole_build(nasa_photo: Path, portrait: Portrait, tmp_path: Path) -> None:
    pins = write_pins(tmp_path / "pins.json", portrait, moved_pin(portrait, CORNER, -0.06, 0.02))
    refit_avatar(nasa_photo, tmp_path / "a.refit", pins=pins, picture=True)
    document = read_json(tmp_path / "a.refit" / "refit.json")
    build_avatar(nasa_photo, tmp_path / "a.avatar", name="a", settings=AvatarSettings(pins=pins))
    avatar = read_json(tmp_path / "a.avatar" / "avatar.json")
    assert [pin["landmark"] for pin in avatar["settings"]["pins"]] == [CORNER]
    np.testing.assert_allclose(document["camera"]["rotation"], avatar["camera"]["rotation"], atol=2e-3)
    np.testing.assert_allclose(document["camera"]["translation"], avatar["camera"]["translation"], atol=2e-3)
    head = read_npz(tmp_path / "a.refit" / "refit.npz")["head"]
    worn = read_npz(tmp_path / "a.avatar" / "geometry.npz")["head.positions"]
    distance, _ = cKDTree(head).query(worn[worn[:, 2] > 1.55])
    assert np.median(distance) < 0.002, "it lies where the avatar's head lies, but for the expression"
    mark = next(mark for mark in document["marks"] if mark["landmark"] == CORNER)
    assert mark["pinned"] and mark["place"] != mark["found"]
    picture = cv2.imread(str(tmp_path / "a.refit" / "picture.jpg"))
    assert picture.shape == portrait.image.shape


@pytest.mark.parametrize("name", ["right mouth corner", "left brow peak", "left jaw angle", "upper lip edge", "chin"])
def test_the_fitted_head_has_its_landmark_at_the_pin(nasa_photo: Path, portrait: Portrait, name: str) -> None:
    subject = read_subject((nasa_photo, None, None), None, ("x", "", ""))
    number = PIN_NAMES[name]
    places = moved_pin(portrait, number, 0.06, -0.05)
    fit = refit(subject, pin_portrait(portrait, Pins(portrait.sha256, places)))
    points = load_landmark_points()
    seen = project(points.on(fit.posed), fit.rotation, fit.translation, fit.camera)[points.index == number][0]
    assert np.linalg.norm(seen - places[number]) < 0.01 * eye_distance(portrait.landmarks)
    moved = points.on(fit.neutral)[points.index == number] - points.on(subject.fit.neutral)[points.index == number]
    assert np.linalg.norm(moved) > 0.0005, "the person's own shape changes, not only the expression"
    away = np.linalg.norm(points.on(fit.posed) - points.on(subject.fit.posed), axis=1)
    assert np.median(away) < 0.002, "the rest of the face stays"


def test_pins_that_lie_close_together_are_all_held(nasa_photo: Path, portrait: Portrait) -> None:
    subject = read_subject((nasa_photo, None, None), None, ("x", "", ""))
    places = (
        moved_pin(portrait, 61, 0.03, 0.0) | moved_pin(portrait, 146, 0.03, 0.02) | moved_pin(portrait, 91, 0.0, 0.02)
    )
    fit = refit(subject, pin_portrait(portrait, Pins(portrait.sha256, places)))
    points = load_landmark_points()
    seen = project(points.on(fit.posed), fit.rotation, fit.translation, fit.camera)
    for number, place in places.items():
        assert np.linalg.norm(seen[points.index == number] - place) < 0.01 * eye_distance(portrait.landmarks)


def test_no_pins_leave_the_fit_as_it_is_and_one_changes_the_head(nasa_photo: Path, portrait: Portrait) -> None:
    subject = read_subject((nasa_photo, None, None), None, ("x", "", ""))
    assert refit(subject, subject.portrait) is subject.fit
    pinned = pin_portrait(portrait, Pins(portrait.sha256, moved_pin(portrait, PIN_NAMES["chin"], 0.0, 0.1)))
    assert not np.allclose(refit(subject, pinned).neutral, subject.fit.neutral, atol=1e-3)


def test_pins_sides_glasses_and_texture_are_recorded_and_change_the_identifier(
    nasa_photo: Path, portrait: Portrait
) -> None:
    subject = read_subject((nasa_photo, None, None), None, ("x", "", ""))
    pinned = pin_portrait(portrait, Pins(portrait.sha256, moved_pin(portrait, PIN_NAMES["chin"], 0.0, 0.1)))
    chosen = [
        (portrait, AvatarSettings()),
        (pinned, AvatarSettings()),
        (replace(portrait, sides={"left": pinned}), AvatarSettings()),
        (portrait, AvatarSettings(glasses="remove")),
        (portrait, AvatarSettings(texture=4096)),
    ]
    headers = [_header(shown, subject.fit, "a", None, UNKNOWN, settings) for shown, settings in chosen]
    assert len({header["id"] for header in headers}) == len(chosen)
    assert headers[1]["settings"]["pins"] == list_pins(pinned)
    assert headers[2]["settings"]["sides"] == {"left": portrait.sha256}
