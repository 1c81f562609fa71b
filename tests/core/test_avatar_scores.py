# SPDX-License-Identifier: GPL-3.0-or-later
"""The avatar's own scores: a picture of it without Blender, and how alike it and the photo are."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import imageio.v3
import numpy as np
import pytest
import skimage.data
from built_avatar import Built

from core.avatar.framing import Window, photo_view, yaw_view
from core.avatar.scores import eyes_of, head_of, measure_scores, silhouette_overlap, turned
from core.avatar.store import Avatar, load_materials
from core.avatar.view import over, posed_meshes, render
from core.portrait import Portrait
from core.portrait.identity import IdentityReader, likeness


@pytest.fixture
def built(nasa_built: Built, nasa_portrait: Portrait) -> tuple[Portrait, Avatar, Path]:
    return nasa_portrait, nasa_built.made, nasa_built.folder


def test_scores_stand_in_the_folder(built: tuple[Portrait, Avatar, Path]) -> None:
    scores = json.loads((built[2] / "avatar.json").read_text(encoding="utf-8"))["scores"]
    assert {"landmark_error", "sface_photo_view", "sface_yaw0", "sface_yaw15", "sface_yaw30", "silhouette_iou"} <= set(
        scores
    )
    assert 0.7 < scores["sface_yaw30"] < scores["sface_photo_view"] <= 1.0
    assert 0.85 < scores["silhouette_iou"] <= 1.0


def test_the_folder_gives_the_pictures_back(built: tuple[Portrait, Avatar, Path]) -> None:
    read = load_materials(built[2])
    assert [(one.name, one.kind) for one in read] == [(one.name, one.kind) for one in built[1].materials]
    for one, made in zip(read, built[1].materials, strict=True):
        if made.image is None:
            assert one.image is None
            np.testing.assert_allclose(one.color, made.color, atol=1e-4)
        else:
            np.testing.assert_array_equal(one.image, made.image)


def test_a_worse_texture_scores_lower(built: tuple[Portrait, Avatar, Path]) -> None:
    portrait, avatar, _ = built
    flat = [
        dataclasses.replace(m, image=np.full_like(m.image, 128)) if m.name == "skin" and m.image is not None else m
        for m in avatar.materials
    ]
    worse = measure_scores(portrait, dataclasses.replace(avatar, materials=flat))
    assert worse["sface_yaw0"] < measure_scores(portrait, avatar)["sface_yaw0"] - 0.2


def test_the_photo_view_lies_over_the_photo(built: tuple[Portrait, Avatar, Path]) -> None:
    portrait, avatar, _ = built
    positions = posed_meshes(avatar, avatar.header["photo_expression"])
    view, window = photo_view(avatar.header["camera"], head_of(avatar, positions), 200)
    picture = render(avatar, view, positions)
    eyes = view.project(eyes_of(avatar)[None])[0]
    there = portrait.landmarks[[33, 133, 362, 263], :2].mean(axis=0)
    expected = window.to(200) @ np.append(there, 1.0)
    assert np.linalg.norm(eyes - expected) < 3.0
    assert picture[..., 3].max() == 255 and picture[0, 0, 3] == 0


def test_a_turned_head_turns_to_its_left(built: tuple[Portrait, Avatar, Path]) -> None:
    _, avatar, _ = built
    eyes, rest = eyes_of(avatar), posed_meshes(avatar, {})
    head = head_of(avatar, rest)
    nose = rest[0][rest[0][:, 1].argmin()][None]
    left, right = (yaw_view(yaw, head, eyes, 100) for yaw in (30, -30))
    # The subject's left is the picture's right.
    assert left.project(nose)[0, 0] > 55 and right.project(nose)[0, 0] < 45


def test_another_face_is_not_alike(built: tuple[Portrait, Avatar, Path]) -> None:
    shared = Path(__file__).resolve().parents[3] / "shared" / "data" / "portraits" / "lieu.jpg"
    if not shared.is_file():
        pytest.skip("the portraits are not beside this checkout")
    reader = IdentityReader()
    other = reader.describe(imageio.v3.imread(shared))
    mine = reader.describe(over(turned(built[1], 0)))
    assert likeness(mine, other) < 0.3
    assert likeness(mine, reader.describe(skimage.data.astronaut())) > 0.7


def test_no_face_has_no_likeness() -> None:
    reader = IdentityReader()
    assert reader.describe(np.full((200, 300, 3), 128, np.uint8)) is None
    assert np.isnan(likeness(None, np.ones(128)))


def test_overlap_counts_only_inside_the_photo() -> None:
    matte = np.zeros((100, 100), np.float32)
    matte[:, :50] = 1.0
    picture = np.zeros((100, 100, 4), np.uint8)
    picture[:, :50, 3] = 255
    assert silhouette_overlap(picture, matte, Window(0, 0, 100)) == 1.0
    shifted = silhouette_overlap(np.roll(picture, 10, axis=1), matte, Window(0, 0, 100))
    assert shifted == pytest.approx(40 / 60, abs=0.02)
    # The left half of this window lies outside the photo, where the picture may show what it likes.
    picture[:, :, 3] = 255
    assert silhouette_overlap(picture, np.ones((100, 100), np.float32), Window(-50, 0, 100)) == 1.0
