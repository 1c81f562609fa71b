# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said about a photo's faults, and that a good photo is left in peace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from core.errors import LikenessError
from core.portrait import Portrait, load_portrait
from core.portrait.quality import REMARKS, judge_photo
from core.portrait.topology import LIPS, OVAL

LOWER_FACE = (93, 4, 323, 361, 397, 152, 172, 132)


@pytest.fixture(scope="module")
def astronaut(tmp_path_factory: pytest.TempPathFactory) -> Portrait:
    """Eileen Collins (NASA, public domain), the picture enlarged twice."""
    photo = tmp_path_factory.mktemp("photos") / "astronaut.png"
    Image.fromarray(data.astronaut()).resize((1024, 1024), Image.Resampling.LANCZOS).save(photo)
    return load_portrait(photo)


def codes(portrait: Portrait) -> list[str]:
    return [remark.code for remark in judge_photo(portrait)]


def relit(portrait: Portrait, gain: np.ndarray | float) -> Portrait:
    return replace(portrait, image=np.clip(portrait.image * gain + 0.5, 0, 255).astype(np.uint8))


def painted(portrait: Portrait, part: tuple[int, ...], color: tuple[int, int, int]) -> Portrait:
    image = portrait.image.copy()
    hull = cv2.convexHull(np.round(portrait.landmarks[list(part), :2]).astype(np.int32))
    cv2.fillConvexPoly(image, hull, color)
    return replace(portrait, image=image)


def acting(portrait: Portrait, **scores: float) -> Portrait:
    acted: Mapping[str, float] = {**portrait.scores, **scores}
    return replace(portrait, scores=acted)


def turned(portrait: Portrait, degrees: float) -> Portrait:
    angle, pose = np.radians(degrees * 0.87), portrait.pose.copy()
    pose[:3, :3] = [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    return replace(portrait, pose=pose)


def test_a_good_photo_is_left_in_peace(astronaut: Portrait) -> None:
    assert codes(astronaut) == []
    assert astronaut.warnings == ()


def test_a_blurred_face_is_told(astronaut: Portrait) -> None:
    blurred = cv2.GaussianBlur(astronaut.image, (0, 0), 5.0)
    assert codes(replace(astronaut, image=blurred)) == ["blurred"]


def test_light_from_one_side_is_told(astronaut: Portrait) -> None:
    x = astronaut.landmarks[list(OVAL), 0]
    share = np.clip((np.arange(astronaut.image.shape[1]) - x.min()) / np.ptp(x), 0, 1)
    assert codes(relit(astronaut, (0.75 + 0.25 * share)[None, :, None])) == []
    darker = np.where(share < 0.5, 0.35, 1.0)
    assert codes(relit(astronaut, darker[None, :, None])) == ["side_light"]


def test_darkness_and_too_much_light_are_told(astronaut: Portrait) -> None:
    assert codes(relit(astronaut, 0.15)) == ["dark"]
    assert "burnt" in codes(relit(astronaut, 2.5))


@pytest.mark.parametrize("color", [(120, 170, 215), (235, 235, 238), (25, 25, 28)])
def test_a_mask_over_the_mouth_is_told(astronaut: Portrait, color: tuple[int, int, int]) -> None:
    assert codes(painted(astronaut, LOWER_FACE, color)) == ["mouth_covered"]


def test_a_hand_of_the_skins_colour_over_the_mouth_is_told(astronaut: Portrait) -> None:
    cheek = astronaut.landmarks[205, :2].astype(int)
    skin = tuple(int(c) for c in astronaut.image[cheek[1], cheek[0]])
    assert codes(painted(astronaut, (*LIPS, 164, 200, 201, 421, 18, 83, 313, 167, 393), skin)) == ["mouth_covered"]


@pytest.mark.parametrize(
    ("scores", "code"),
    [({"jawOpen": 0.5}, "mouth_open"), ({"eyeBlinkLeft": 0.8, "eyeBlinkRight": 0.8}, "eyes_shut")],
)
def test_what_the_face_does_is_told(astronaut: Portrait, scores: dict[str, float], code: str) -> None:
    assert codes(acting(astronaut, **scores)) == [code]


def test_a_wink_is_no_closed_pair_of_eyes(astronaut: Portrait) -> None:
    assert codes(acting(astronaut, eyeBlinkLeft=0.9)) == []


@pytest.mark.parametrize(("degrees", "told"), [(15, []), (-15, []), (25, ["turned"]), (-25, ["turned"]), (40, [])])
def test_a_turned_head_is_told_once(astronaut: Portrait, degrees: float, told: list[str]) -> None:
    assert codes(turned(astronaut, degrees)) == told  # from 35 degrees on, choice.py says it


def test_a_tight_crop_is_told(astronaut: Portrait) -> None:
    low, high = astronaut.landmarks[list(OVAL), :2].min(axis=0), astronaut.landmarks[list(OVAL), :2].max(axis=0)
    left, top, right, bottom = *(low - 8).astype(int), *(high + 8).astype(int)
    cut = astronaut.landmarks - [left, top, 0]
    image = np.ascontiguousarray(astronaut.image[top:bottom, left:right])
    assert codes(replace(astronaut, image=image, landmarks=cut)) == ["tight"]


def test_remarks_reach_the_portraits_warnings(astronaut: Portrait, tmp_path: Path) -> None:
    Image.fromarray(relit(astronaut, 0.15).image).save(tmp_path / "dark.png")
    warnings = load_portrait(tmp_path / "dark.png").warnings
    assert any("very dark" in warning and "more light" in warning for warning in warnings)


def test_every_remark_has_a_code_of_its_own_a_sentence_and_advice() -> None:
    assert len({remark.code for remark in REMARKS}) == len(REMARKS)
    for remark in REMARKS:
        assert remark.sentence.endswith(".") and remark.advice.endswith(".")


def test_official_portraits_are_left_in_peace(portraits: Path) -> None:
    told = {}
    for photo in sorted(portraits.glob("*.jpg")):
        try:
            told[photo.stem] = codes(load_portrait(photo))
        except LikenessError:
            continue
    faults = {name: said for name, said in told.items() if said}
    assert faults == {"biden_gray_dark": ["dark"], "obama_speech": ["mouth_open"], "raskin": ["side_light"]}
