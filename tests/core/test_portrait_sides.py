# SPDX-License-Identifier: GPL-3.0-or-later
"""Side photos show the same person from the side that was named, or are refused in words."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from core.avatar import build_avatar
from core.avatar.refit import refit_avatar
from core.avatar.settings import AvatarSettings
from core.errors import LikenessError
from core.portrait import Portrait, load_portrait
from core.portrait.sides import add_sides
from core.storage import read_json


@pytest.fixture(scope="module")
def heads(shared: Path) -> Path:
    """Synthetic heads: id00 turns to its left in side.jpg, id02 to its right."""
    return shared / "data" / "heads"


@pytest.fixture(scope="module")
def front(heads: Path) -> Portrait:
    return load_portrait(heads / "id00" / "front.jpg")


def test_a_head_turned_to_its_left_shows_its_right_side(front: Portrait, heads: Path) -> None:
    portrait = add_sides(front, {"left": None, "right": heads / "id00" / "side.jpg"})
    assert list(portrait.sides) == ["right"]
    assert math.degrees(portrait.sides["right"].yaw) == pytest.approx(36, abs=3)
    assert add_sides(front, {"left": None, "right": None}).sides == {}


@pytest.mark.parametrize(
    ("side", "photo", "code", "hint"),
    [
        ("left", "id00/side.jpg", "side_swapped", "right side"),
        ("left", "id00/smile.jpg", "side_not_turned", "20 to 45 degrees"),
        ("left", "../portraits/schilling.jpg", "side_other_person", "one person"),
        ("left", "none.jpg", "photo_missing", "exists"),
    ],
)
def test_what_is_no_photo_of_that_side_is_refused_in_words(
    front: Portrait, heads: Path, side: str, photo: str, code: str, hint: str
) -> None:
    with pytest.raises(LikenessError) as caught:
        add_sides(front, {side: heads / photo})
    assert caught.value.code == code
    assert f"photo of the {side} side" in caught.value.message
    assert hint in caught.value.hint


def test_an_avatar_is_built_from_the_front_and_a_side_photo(heads: Path, tmp_path: Path) -> None:
    settings = AvatarSettings(photo_right=heads / "id00" / "side.jpg")
    build_avatar(heads / "id00" / "front.jpg", tmp_path / "a.avatar", name="a", settings=settings)
    avatar = read_json(tmp_path / "a.avatar" / "avatar.json")
    assert list(avatar["settings"]["sides"]) == ["right"]
    assert avatar["scores"]["texture_coverage"] > 0.5
    refit_avatar(heads / "id00" / "front.jpg", tmp_path / "a.refit", photo_right=settings.photo_right)
    camera = read_json(tmp_path / "a.refit" / "refit.json")["camera"]
    assert camera["focal"] == pytest.approx(avatar["camera"]["focal"], rel=1e-6)
