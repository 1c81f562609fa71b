# SPDX-License-Identifier: GPL-3.0-or-later
"""Glasses: found when worn and only then, taken off without a trace, put on as an object that touches nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from made_glasses import STYLES, draw_glasses
from PIL import Image

from core.avatar.build import build_avatar
from core.avatar.fit import Fit, project
from core.avatar.glasses import ARM_AT_EAR, wear_glasses, without_glasses
from core.avatar.parts import Material, PartMesh
from core.avatar.rays import RayScene, triangulate
from core.avatar.settings import AvatarSettings
from core.avatar.template import Template, eyeball, load_template
from core.errors import LikenessError
from core.portrait import Portrait, load_portrait
from core.portrait.glasses_mask import find_glasses, take_off

WEARERS = ("underwood", "underwood_lowres", "adams", "mceachin")


@pytest.fixture(scope="module")
def astronaut(nasa_portrait: Portrait) -> Portrait:
    """Eileen Collins (NASA, public domain), who wears none."""
    return nasa_portrait


@pytest.fixture(scope="module")
def template() -> Template:
    return load_template()


@pytest.fixture(scope="module")
def fit(nasa_fit: Fit) -> Fit:
    return nasa_fit


@dataclass(frozen=True)
class Worn:
    fit: Fit
    frame: PartMesh
    lenses: PartMesh
    materials: dict[str, Material]
    skin: RayScene
    rest: np.ndarray


def wearing(portrait: Portrait, style: str) -> Portrait:
    return replace(portrait, image=draw_glasses(portrait.image, portrait.landmarks, STYLES[style]).image)


@pytest.fixture(scope="module", params=("thick black", "thin metal", "tinted"))
def worn(request: pytest.FixtureRequest, astronaut: Portrait, fit: Fit, template: Template) -> Worn:
    glasses = find_glasses(wearing(astronaut, request.param))
    meshes, materials = wear_glasses(glasses, fit, template, fit.neutral)
    skin = RayScene(fit.neutral, triangulate(template.faces[template.region <= 1]))
    return Worn(fit, meshes[0], meshes[1], {m.name: m for m in materials}, skin, fit.neutral)


def inside_skin(skin: RayScene, points: np.ndarray) -> np.ndarray:
    """Whether points (N, 3) lie in the head: a ray to the front meets its skin from behind."""
    front = np.tile([0.0, -1.0, 0.0], (len(points), 1))
    ahead = skin.cast(points, front).distance
    return np.isfinite(ahead)


def test_bare_faces_wear_no_glasses(astronaut: Portrait) -> None:
    assert find_glasses(astronaut) is None


def test_noise_and_hard_processing_are_no_glasses(astronaut: Portrait) -> None:
    image = astronaut.image.astype(float)
    noise = np.random.default_rng(1).normal(0, 6, image.shape)
    sharp = image + 1.5 * (image - cv2.GaussianBlur(image, (0, 0), 1.5))
    for spoilt in (image + noise, 0.4 * image, 1.5 * (image - 128) + 128, sharp):
        assert find_glasses(replace(astronaut, image=np.clip(spoilt, 0, 255).astype(np.uint8))) is None


def test_real_photos_are_told_apart(portraits: Path, shared: Path) -> None:
    photos = [*sorted(portraits.glob("*.jpg")), *sorted((shared / "data" / "heads").glob("*/*.jpg"))]
    found = {}
    for photo in photos:
        try:
            found[photo.stem if photo.parent == portraits else str(photo)] = find_glasses(load_portrait(photo))
        except LikenessError:
            continue
    assert sorted(name for name, glasses in found.items() if glasses is not None) == sorted(WEARERS)
    assert len(found) > 25


@pytest.mark.parametrize("style", STYLES)
def test_glasses_are_found(astronaut: Portrait, style: str) -> None:
    glasses = find_glasses(wearing(astronaut, style))
    assert glasses is not None
    assert glasses.tint == pytest.approx(STYLES[style].tint, abs=0.2)
    rims = np.median((glasses.outer - glasses.inner)[glasses.present > 0.5]) * 63 / 128
    assert rims == pytest.approx(STYLES[style].width, abs=1.2)  # mm


def test_half_rims_end_at_the_lens(astronaut: Portrait) -> None:
    glasses = find_glasses(wearing(astronaut, "half-rimmed"))
    assert glasses is not None
    below = np.sin(np.arange(glasses.present.shape[1]) * 2 * np.pi / glasses.present.shape[1]) > 0.8
    assert glasses.present[:, below].mean() < 0.3
    assert glasses.present[:, ~below].mean() > 0.6


@pytest.mark.parametrize("style", STYLES)
def test_taken_off_nothing_of_the_frame_is_left(astronaut: Portrait, style: str) -> None:
    drawn = draw_glasses(astronaut.image, astronaut.landmarks, STYLES[style])
    wearer = replace(astronaut, image=drawn.image)
    glasses = find_glasses(wearer)
    assert glasses is not None
    bare = take_off(drawn.image, glasses)
    away, before = (np.abs(image.astype(float) - astronaut.image).mean(axis=2) for image in (bare, drawn.image))
    face = np.zeros(bare.shape[:2], np.uint8)
    cv2.fillConvexPoly(face, cv2.convexHull(np.round(astronaut.landmarks[:468, :2]).astype(np.int32)), 1)
    frame = (drawn.frame > 0.5) & (face > 0)
    assert away[frame].mean() < 0.3 * before[frame].mean()
    assert (away[frame] > 0.5 * before[frame]).mean() < 0.2
    assert away[(drawn.frame < 0.01) & (drawn.lenses < 0.01)].mean() < 1.0


def test_the_photo_is_untouched_away_from_the_glasses(astronaut: Portrait) -> None:
    wearer = wearing(astronaut, "thick black")
    glasses = find_glasses(wearer)
    bare = without_glasses(wearer, glasses)
    below = int(astronaut.landmarks[152, 1])
    assert np.array_equal(bare.image[below:], wearer.image[below:])
    assert without_glasses(astronaut, None) is astronaut


def test_the_frame_covers_what_it_covers_in_the_photo(worn: Worn, astronaut: Portrait, request) -> None:
    style = request.node.callspec.params["worn"]
    drawn = draw_glasses(astronaut.image, astronaut.landmarks, STYLES[style])
    pixels = project(worn.frame.positions, worn.fit.rotation, worn.fit.translation, worn.fit.camera)
    mask = np.zeros(astronaut.image.shape[:2], np.uint8)
    for triangle in pixels[triangulate(worn.frame.faces)]:
        cv2.fillConvexPoly(mask, np.round((triangle - 0.5) * 16).astype(np.int32), 1, shift=4)
    assert (mask[drawn.frame > 0.8] > 0).mean() > 0.7


def test_nothing_of_the_glasses_is_in_the_skin(worn: Worn) -> None:
    arms = worn.frame.positions[:, 1] > worn.rest[:, 1].min() + 0.05
    assert not inside_skin(worn.skin, worn.frame.positions[~arms]).any()
    assert not inside_skin(worn.skin, worn.lenses.positions).any()


def test_the_lenses_face_the_viewer(worn: Worn) -> None:
    corners = worn.lenses.positions[triangulate(worn.lenses.faces)]
    assert (np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 1] < 0).all()


def test_the_lenses_leave_room_for_lashes(worn: Worn, template: Template) -> None:
    for side in ("left", "right"):
        centre, radius = eyeball(template, worn.rest, side)
        ahead = centre[1] - radius - worn.lenses.positions[:, 1].max()
        near = np.abs(worn.lenses.positions[:, 0] - centre[0]) < 0.01
        assert 0.008 < centre[1] - radius - np.median(worn.lenses.positions[near, 1]) < 0.03
        assert ahead > -0.012  # bent back about the face


def test_the_bridge_rests_near_the_nose(worn: Worn) -> None:
    middle = worn.frame.positions[np.abs(worn.frame.positions[:, 0]) < 0.004]
    start = middle - [0.0, 0.1, 0.0]
    gap = worn.skin.cast(start, np.tile([0.0, 1.0, 0.0], (len(start), 1))).distance - 0.1
    assert gap.min() < 0.012


def test_the_arms_reach_the_ears(worn: Worn, template: Template) -> None:
    for side, letter in ((1, "l"), (-1, "r")):
        delta = template.slider_deltas[template.slider_names.index(f"{letter}-ear-wing-decr|incr")]
        moved = np.linalg.norm(delta.astype(float), axis=1)
        ear = worn.rest[moved > 0.2 * moved.max()]
        arm = worn.frame.positions[side * worn.frame.positions[:, 0] > 0.04]
        assert arm[:, 1].max() > ear[:, 1].min()
        distance = np.linalg.norm(arm[:, None] - ear[None], axis=2).min()
        assert distance < ARM_AT_EAR


def test_the_frame_moves_with_the_head_alone(worn: Worn, template: Template) -> None:
    for mesh in (worn.frame, worn.lenses):
        assert (mesh.weights[:, template.bone_names.index("head")] == 1).all()
        assert not mesh.keys


def test_the_frame_has_thickness(worn: Worn) -> None:
    corners = worn.frame.positions[triangulate(worn.frame.faces)]
    area = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert np.abs(area[:, 0]).sum() > 0.25 * np.abs(area[:, 1]).sum()  # seen from the side as well
    volume = np.einsum("nd,nd->n", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert volume > 0  # faces look outward


@pytest.mark.parametrize(("choice", "record"), [("keep", "kept"), ("remove", "removed")])
def test_the_choice_decides(astronaut: Portrait, tmp_path: Path, choice, record: str) -> None:
    photo = tmp_path / "wearer.png"
    Image.fromarray(wearing(astronaut, "thick black").image).save(photo)
    settings = AvatarSettings(texture=512, glasses=choice)
    summary = build_avatar(photo, tmp_path / "a.avatar", name="A", settings=settings)
    assert any("wears glasses" in warning for warning in summary.warnings)
    meshes = np.load(tmp_path / "a.avatar" / "geometry.npz")
    assert ("glasses.positions" in meshes) == (choice == "keep")
    assert (tmp_path / "a.avatar" / "glasses.png").exists() == (choice == "keep")
    assert f'"glasses": "{record}"' in (tmp_path / "a.avatar" / "avatar.json").read_text(encoding="utf-8")


def test_the_same_photo_gives_the_same_glasses(astronaut: Portrait, fit: Fit, template: Template) -> None:
    def make() -> tuple[PartMesh, Material]:
        meshes, materials = wear_glasses(find_glasses(wearing(astronaut, "thin metal")), fit, template, fit.neutral)
        return meshes[0], materials[0]

    (mesh, material), (again, picture) = make(), make()
    assert np.array_equal(mesh.positions, again.positions)
    assert np.array_equal(material.image, picture.image)
