# SPDX-License-Identifier: GPL-3.0-or-later
"""Photos that are accepted although something is odd about them still become whole avatars."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from core.avatar import build_avatar
from core.avatar.build import DOUBTFUL_FIT, judge
from core.avatar.cloth_mask import find_cloth
from core.avatar.fit import Fit, fit_portrait, normalise
from core.avatar.hair_region import find_hair_region
from core.avatar.settings import AvatarSettings
from core.avatar.skin import paint_skin
from core.avatar.template import load_template
from core.portrait import Portrait


def save(path: Path, image: np.ndarray) -> Path:
    cv2.imwrite(str(path), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    return path


def grey(image: np.ndarray) -> np.ndarray:
    return np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)


def far_away(image: np.ndarray) -> np.ndarray:
    """The person small in a large photo: with the default lens the head stands more than 10 m away."""
    frame = np.full((2400, 3200, 3), 150, np.uint8)
    frame[900 : 900 + 512, 1300 : 1300 + 512] = image
    return frame


def cut_at_the_top(image: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(image[45:])


def head_only(image: np.ndarray) -> np.ndarray:
    return cv2.resize(image[8:200, 130:325], None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)


@pytest.mark.parametrize("change", [grey, far_away, cut_at_the_top, head_only])
def test_an_odd_photo_becomes_a_whole_avatar(change, tmp_path: Path) -> None:
    folder = tmp_path / "odd.avatar"
    photo = save(tmp_path / "odd.png", change(skimage.data.astronaut()))
    build_avatar(photo, folder, name="odd", settings=AvatarSettings(texture=512))
    document = json.loads((folder / "avatar.json").read_text(encoding="utf-8"))
    meshes = {mesh["name"] for mesh in document["meshes"]}
    assert meshes == {"head", "eyes", "cornea", "tears", "teeth", "tongue", "lashes", "clothes", "hair"}
    with np.load(folder / "geometry.npz", allow_pickle=False) as arrays:
        assert all(np.isfinite(arrays[name]).all() for name in arrays.files)
    for picture in ("skin.png", "body.png"):
        assert cv2.imread(str(folder / picture)).mean() > 20, f"{picture} is black"


def test_a_matte_that_found_nobody_leaves_no_black_texture(nasa_portrait: Portrait) -> None:
    portrait = replace(nasa_portrait, matte=np.zeros_like(nasa_portrait.matte))
    template = load_template()
    fit = normalise(fit_portrait(portrait, template), template)
    with np.errstate(invalid="raise"):
        region = find_hair_region(portrait)
        cloth = find_cloth(portrait, region).cloth
        painted = paint_skin(portrait, fit, template, AvatarSettings(), fit.neutral, region, cloth)
    skin, body, _ = painted.materials
    assert painted.scores["texture_coverage"] == 0
    assert skin.image is not None and body.image is not None
    assert skin.image.mean() > 20 and body.image.mean() > 20


def test_a_fit_that_does_not_follow_the_face_says_so(nasa_fit: Fit) -> None:
    assert judge(nasa_fit) == []
    warnings = judge(replace(nasa_fit, warped_error=2 * DOUBTFUL_FIT))
    assert len(warnings) == 1 and "may not look like the person" in warnings[0]
