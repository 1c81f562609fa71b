# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin's maps: how they are laid out, what of the photo gets onto them, and what is told from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest

from core.avatar.cloth_mask import find_cloth
from core.avatar.completion import light_gain, membrane
from core.avatar.fit import Fit
from core.avatar.hair_region import find_hair_region
from core.avatar.landmarks import FACE_OVAL, load_landmark_points
from core.avatar.light import LIGHT_SCALE, estimate_light
from core.avatar.parts import Material
from core.avatar.rays import triangulate, vertex_normals
from core.avatar.repair import find_places
from core.avatar.settings import AvatarSettings
from core.avatar.skin import Skin, find_views, paint_skin
from core.avatar.template import Template, load_template
from core.avatar.texture import View
from core.avatar.unwrap import HEAD_CHART, rasterise, unwrap
from core.portrait import Portrait


@dataclass(frozen=True)
class Person:
    portrait: Portrait
    fit: Fit
    skin: Skin

    def material(self, name: str) -> Material:
        return next(material for material in self.skin.materials if material.name == name)


def paint(portrait: Portrait, fit: Fit, texture: int = 2048) -> Skin:
    template = load_template()
    settings, region = AvatarSettings(texture=texture), find_hair_region(portrait)
    cloth = find_cloth(portrait, region).cloth
    return paint_skin(portrait, fit, template, settings, fit.neutral, region, cloth)


@pytest.fixture(scope="module")
def person(nasa_portrait: Portrait, nasa_fit: Fit) -> Person:
    return Person(nasa_portrait, nasa_fit, paint(nasa_portrait, nasa_fit))


@pytest.fixture(scope="module")
def template() -> Template:
    return load_template()


@pytest.fixture(scope="module")
def chart(template: Template) -> np.ndarray:
    """UV (F, 4, 2) of the head chart's faces."""
    return unwrap(template)[template.region == HEAD_CHART]


def areas(corners: np.ndarray) -> np.ndarray:
    """Signed areas (N,) of polygons (N, K, 2)."""
    after = np.roll(corners, -1, axis=1)
    return (corners[..., 0] * after[..., 1] - corners[..., 1] * after[..., 0]).sum(axis=1) / 2


def lab(picture: np.ndarray) -> np.ndarray:
    return cv2.cvtColor((picture / 255.0).astype(np.float32), cv2.COLOR_RGB2LAB)


def test_no_faces_of_the_head_overlap_on_the_map(template: Template, chart: np.ndarray) -> None:
    assert chart.min() >= 0 and chart.max() <= 1
    for corners in ([0, 1, 2], [0, 2, 3], [1, 2, 3], [1, 3, 0]):
        assert (areas(chart[:, corners]) > 0).all(), "a face is folded over"
    # What all faces cover together is as large as their sum, up to their ragged edges.
    covered = np.zeros((4096, 4096), np.uint8)
    cv2.fillPoly(covered, list(np.round(chart * 4096 * 16).astype(np.int32)), 1, shift=4)
    assert areas(chart).sum() == pytest.approx((covered > 0).mean(), rel=0.01)


def test_the_map_is_symmetric(template: Template, chart: np.ndarray) -> None:
    points = template.positions[template.faces[template.region == HEAD_CHART]]
    middle = np.abs(points[..., 0]) < 1e-6
    front = middle & (points[..., 1] < -0.06)
    np.testing.assert_allclose(chart[front][:, 0], 0.5, atol=1e-6)
    mirrored = {tuple(p) for p in np.round((chart * [-1, 1] + [1, 0]).reshape(-1, 2), 5)}
    here = {tuple(p) for p in np.round(chart.reshape(-1, 2), 5)}
    assert len(here & mirrored) > 0.99 * len(here)


def test_the_face_has_two_fifths_of_the_map(template: Template, chart: np.ndarray) -> None:
    """The face: what lies inside the landmarks' oval as seen from the front."""
    marks = load_landmark_points()
    at = marks.on(template.positions)
    oval = np.array([at[np.flatnonzero(marks.index == number)[0]][[0, 2]] for number in FACE_OVAL])
    centres = template.positions[template.faces[template.region == HEAD_CHART]].mean(axis=1)
    outline = (cv2.convexHull((oval * 1e4).astype(np.float32))).reshape(-1, 1, 2)
    inside = [
        y < -0.03 and cv2.pointPolygonTest(outline, (1e4 * x, 1e4 * z), False) > 0 for x, y, z in centres.tolist()
    ]
    assert areas(chart)[inside].sum() >= 0.40


def test_map_size_is_a_choice(person: Person) -> None:
    image = person.material("skin").image
    assert image is not None and image.shape == (2048, 2048, 3)
    large = paint(person.portrait, person.fit, 4096).materials[0].image
    assert large is not None and large.shape == (4096, 4096, 3)
    small = cv2.resize(large, (2048, 2048), interpolation=cv2.INTER_AREA)
    assert np.abs(lab(small) - lab(image)).mean() < 3


def test_nothing_outside_the_matte_gets_onto_the_skin(person: Person) -> None:
    assert person.skin.scores["texels_outside_matte"] == 0
    half = person.portrait.matte.copy()
    nose = int(person.portrait.landmarks[1, 0])
    half[:, nose:] = 0
    magenta = person.portrait.image.copy()
    magenta[half < 0.5] = (255, 0, 255)
    skin = paint(replace(person.portrait, matte=half, image=magenta), person.fit)
    assert skin.scores["texels_outside_matte"] == 0
    assert skin.scores["texture_coverage"] < 0.6 * person.skin.scores["texture_coverage"]
    for material in skin.materials[:2]:
        assert material.image is not None
        red, green, blue = np.moveaxis(material.image.astype(int), -1, 0)
        assert ((red > green + 120) & (blue > green + 120)).mean() < 1e-4


def test_no_colour_is_taken_beside_clothes_where_theirs_bleeds_into_the_skin(person: Person) -> None:
    portrait, template = person.portrait, load_template()
    cloth = np.zeros(portrait.image.shape[:2], np.float32)
    cloth[200:] = 1
    (view,) = find_views(portrait, person.fit, template, person.fit.neutral, find_hair_region(portrait), cloth)
    assert view.blocked[199:].min() == 1 and view.blocked[190:196, :100].max() == 0


def test_a_photo_of_the_side_gives_what_the_first_lacks_in_the_firsts_light(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first photo's matte ends at the nose; the second, a darker print of it, shows the whole face."""
    matte = person.portrait.matte.copy()
    matte[:, int(person.portrait.landmarks[1, 0]) + 15 :] = 0
    half = replace(person.portrait, matte=matte)
    dark = replace(person.portrait, image=(person.portrait.image * 0.7).astype(np.uint8))
    alone = paint(half, person.fit)

    def two(portrait: Portrait, *rest) -> list[View]:
        return [*find_views(portrait, *rest), *find_views(dark, *rest)]

    monkeypatch.setattr("core.avatar.skin.find_views", two)
    both = paint(half, person.fit)
    assert both.scores["texels_outside_matte"] == 0
    assert both.scores["texture_coverage"] > alone.scores["texture_coverage"] + 0.15
    whole, image = person.material("skin").image, both.materials[0].image
    assert whole is not None and image is not None
    cheek = np.s_[1050:1300, 1350:1550]  # the subject's left, which only the second photo shows
    assert np.abs(np.median(lab(image)[cheek] - lab(whole)[cheek], axis=(0, 1))).max() < 5


def test_most_of_a_face_seen_from_the_front_is_the_photo(person: Person) -> None:
    assert 0.55 < person.skin.scores["texture_coverage"] < 1


def test_unseen_skin_has_the_persons_colour_and_grain(person: Person, template: Template) -> None:
    """Behind the jaw, where a photo from the front shows nothing."""
    image = person.material("skin").image
    assert image is not None
    places = find_places(template)
    texels = rasterise(template, unwrap(template), HEAD_CHART, 512)
    back, up = template.positions[:, 1], places.height
    behind = (back > -0.03) & (up < -0.03) & (up > -0.08) & ~places.ear & (np.abs(template.positions[:, 0]) > 0.04)
    full = cv2.resize(texels.paint(behind.astype(float)), (2048, 2048)) > 0.99
    plain = places.inner & ~places.lids & ~places.lips & ~places.brows
    cheek = cv2.resize(texels.paint(plain.astype(float)), (2048, 2048)) > 0.99
    colours = lab(image)
    near, far = np.median(colours[cheek], axis=0), np.median(colours[full], axis=0)
    assert abs(near[0] - far[0]) < 25 and np.abs(near[1:] - far[1:]).max() < 10
    fine = colours[..., 0] - cv2.GaussianBlur(colours[..., 0], (0, 0), 6)
    assert fine[full].std() > 0.3 * fine[cheek].std() > 0


def test_a_mirrored_side_takes_this_sides_light(template: Template) -> None:
    """One half of a face is seen fully and lit twice as brightly; the gain is read where both halves are seen."""
    springs = membrane(template)
    left = template.positions[:, 0] > 0
    colour = np.where(left[:, None], 0.6, 0.3) * np.ones((1, 3))
    trust = np.where(np.abs(template.positions[:, 0]) < 0.04, 1.0, 0.0)
    turned = springs.mirror
    gain = light_gain(springs, (colour, trust), (colour[turned], trust[turned]))
    cheek = (np.abs(template.positions[:, 0]) > 0.05) & (template.positions[:, 1] < -0.06)
    assert np.median(gain[cheek & left]) == pytest.approx(2.0, rel=0.2)
    assert np.median(gain[cheek & ~left]) == pytest.approx(0.5, rel=0.2)


@pytest.mark.parametrize("strength", [0.0, 0.3])
def test_light_from_a_side_is_told_from_the_skins_colour(template: Template, strength: float) -> None:
    places, springs = find_places(template), membrane(template)
    normals = vertex_normals(template.positions, triangulate(template.faces))
    true = np.exp(strength * normals @ [0.8, -0.4, 0.45])
    albedo = np.array([0.35, 0.22, 0.16]) * np.where(places.brows | places.lips, 0.4, 1.0)[:, None]
    linear = albedo * true[:, None]
    seen = 1.055 * linear ** (1 / 2.4) - 0.055
    trust = (places.face & (normals[:, 1] < -0.2)).astype(float)
    light = estimate_light(seen, trust, normals, springs, places)
    face = trust > 0
    ratio = np.log(light[face]) - np.log(true[face])
    assert ratio.std() < 0.25 * max(np.log(true[face]).std(), 0.16)


def test_maps_of_relief_gloss_and_light_are_there(person: Person) -> None:
    maps = person.material("skin").maps
    assert set(maps) == {"light", "normal", "roughness"}
    normal = maps["normal"].reshape(-1, 3).astype(float)
    np.testing.assert_allclose(normal[:, :2].mean(axis=0), 128, atol=1.5)
    assert normal[:, :2].std() > 0.5, "the relief is flat"
    length = np.linalg.norm(normal / 127.5 - 1, axis=1)
    assert (np.abs(length - 1) < 0.02).all()
    assert maps["roughness"].min() > 60 and np.ptp(maps["roughness"]) > 20
    assert maps["light"].mean() == pytest.approx(LIGHT_SCALE, rel=0.3)


def test_the_same_photo_gives_the_same_skin(person: Person) -> None:
    again = paint(person.portrait, person.fit)
    for one, other in zip(person.skin.materials, again.materials, strict=True):
        if one.image is not None and other.image is not None:
            assert np.array_equal(one.image, other.image)
        assert all(np.array_equal(one.maps[kind], other.maps[kind]) for kind in one.maps)
