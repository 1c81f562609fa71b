# SPDX-License-Identifier: GPL-3.0-or-later
"""The matte holds the chosen person whole, and nobody and nothing else."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from core.portrait import Portrait, load_portrait
from core.portrait.edge import solve_alpha


def load(folder: Path, image: np.ndarray, **options: int) -> Portrait:
    path = folder / "photo.png"
    Image.fromarray(np.ascontiguousarray(image)).save(path)
    return load_portrait(path, **options)


@pytest.fixture(scope="module")
def astronaut(nasa_portrait: Portrait) -> Portrait:
    return nasa_portrait


def test_the_matte_has_the_photo_s_size_and_range(astronaut: Portrait) -> None:
    assert astronaut.matte.shape == (512, 512)
    assert astronaut.matte.dtype == np.float32
    assert astronaut.matte.min() == 0.0
    assert astronaut.matte.max() == 1.0


# Places in scikit-image's astronaut, read off the photo: name -> (x, y).
PERSON = {
    "hair on top": (225, 24), "hair at her right": (168, 100), "hair at her left": (280, 85),
    "forehead": (222, 75), "neck": (225, 180), "collar ring": (130, 190), "suit": (200, 300),
    "sleeve": (70, 290),
}  # fmt: skip
REST = {
    "flag behind the shoulder": (30, 60), "flag's red stripe": (60, 170), "shuttle": (385, 150),
    "tank": (418, 60), "table": (450, 300), "wall beside the hair": (320, 60), "wall above": (225, 5),
    "wall under the ear": (140, 150),
}  # fmt: skip


@pytest.mark.parametrize("place", PERSON)
def test_the_person_is_whole(astronaut: Portrait, place: str) -> None:
    x, y = PERSON[place]
    assert astronaut.matte[y - 3 : y + 4, x - 3 : x + 4].min() > 0.9


@pytest.mark.parametrize("place", REST)
def test_the_background_is_gone(astronaut: Portrait, place: str) -> None:
    x, y = REST[place]
    assert astronaut.matte[y - 3 : y + 4, x - 3 : x + 4].max() < 0.05


def test_nothing_floats_and_nothing_has_holes(astronaut: Portrait) -> None:
    assert cv2.connectedComponents((astronaut.matte > 0.5).astype(np.uint8))[0] == 2
    outside = cv2.connectedComponentsWithStats((astronaut.matte <= 0.5).astype(np.uint8))[2]
    assert (outside[1:, cv2.CC_STAT_AREA] > 2).sum() == 1


def test_the_hair_s_edge_is_soft_but_thin(astronaut: Portrait) -> None:
    around = astronaut.matte[10:120, 140:310]
    soft = ((around > 0.05) & (around < 0.95)).mean()
    assert 0.03 < soft < 0.12  # a hard outline has .017


def test_a_larger_photo_has_the_same_outline(astronaut: Portrait, tmp_path: Path) -> None:
    large = load(tmp_path, cv2.resize(data.astronaut(), (1536, 1536), interpolation=cv2.INTER_CUBIC))
    small = cv2.resize(large.matte, (512, 512), interpolation=cv2.INTER_AREA) > 0.5
    same = astronaut.matte > 0.5
    assert (small & same)[:330].sum() / (small | same)[:330].sum() > 0.97


def test_a_small_person_in_a_large_frame_has_the_same_outline(astronaut: Portrait, tmp_path: Path) -> None:
    frame = np.full((1600, 2400, 3), (150, 160, 140), np.uint8)
    frame[1088:, 1500:2012] = data.astronaut()
    whole = load(tmp_path, frame).matte
    small, same = whole[1088:1418, 1500:2012] > 0.5, astronaut.matte[:330] > 0.5
    assert (small & same).sum() / (small | same).sum() > 0.97
    assert whole[:, :1400].max() == 0.0


def test_of_two_people_only_the_chosen_one_is_kept(tmp_path: Path) -> None:
    astronaut = data.astronaut()
    pair = np.concatenate([astronaut[:, :350], astronaut[:, 349::-1]], axis=1)  # sleeve against sleeve
    for number in (1, 2):
        portrait = load(tmp_path, pair, face=number)
        mine_is_left = portrait.landmarks[1, 0] < 350
        left, right = portrait.matte[:330, :350].mean(), portrait.matte[:330, 350:].mean()
        mine, other = (left, right) if mine_is_left else (right, left)
        assert mine > 0.4
        assert other < 0.1 * mine


def test_a_cut_out_photo_keeps_its_own_transparency(astronaut: Portrait, tmp_path: Path) -> None:
    alpha = np.zeros((512, 512), np.uint8)
    cv2.ellipse(alpha, (225, 200), (150, 190), 0, 0, 360, 255, -1, cv2.LINE_AA)
    cut_out = load(tmp_path, np.dstack([data.astronaut(), alpha]))
    assert np.abs(cut_out.matte - alpha / 255.0).max() < 1e-6


def test_loading_twice_gives_the_same_bits(astronaut: Portrait, tmp_path: Path) -> None:
    assert np.array_equal(load(tmp_path, data.astronaut()).matte, astronaut.matte)


def test_the_edge_solver_finds_the_share_of_two_blended_colours() -> None:
    """Between pure colours the closed form has an exact answer: the mixture itself."""
    share = np.clip((np.arange(60) - 20) / 20.0, 0.0, 1.0)[None].repeat(40, axis=0)
    colours = share[..., None] * (230, 40, 30) + (1 - share[..., None]) * (20, 60, 200)
    unknown = (share > 0.0) & (share < 1.0)
    alpha = solve_alpha(np.rint(colours).astype(np.uint8), share >= 0.5, unknown)
    assert np.abs(alpha - share).max() < 0.03


def test_likely_pixels_are_drawn_towards_the_person() -> None:
    flat = np.full((40, 60, 3), 128, np.uint8)
    person = np.zeros((40, 60), bool)
    person[:, 30:] = True
    unknown = np.zeros_like(person)
    unknown[:, 20:40] = True
    plain, drawn = solve_alpha(flat, person, unknown), solve_alpha(flat, person, unknown, person)
    assert drawn[:, 30:40].mean() > plain[:, 30:40].mean() + 0.04
    assert drawn[:, 20:30].mean() < 0.4


def test_the_edge_solver_leaves_what_is_known(astronaut: Portrait) -> None:
    person = astronaut.matte > 0.5
    assert np.array_equal(solve_alpha(astronaut.image, person, np.zeros_like(person)), person)


@pytest.mark.parametrize("head", ["id00/front", "id00/smile", "id01/front", "id01/side"])
def test_before_an_even_backdrop_nothing_of_it_is_kept(head: str) -> None:
    photo = Path(__file__).parents[3] / "shared" / "data" / "heads" / f"{head}.jpg"
    if not photo.exists():
        pytest.skip("the project's shared heads are not here")
    portrait = load_portrait(photo)
    image = portrait.image.astype(int)
    away = np.abs(image - np.median(image[:8].reshape(-1, 3), axis=0)).max(axis=2) <= 10
    _, pieces = cv2.connectedComponents(away.astype(np.uint8))
    person = pieces != pieces[0, 0]
    matte = portrait.matte > 0.5
    assert (person & matte).sum() / (person | matte).sum() > 0.98
