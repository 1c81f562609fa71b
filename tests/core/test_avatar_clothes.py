# SPDX-License-Identifier: GPL-3.0-or-later
"""Clothes: a garment over the bust where the photo shows clothes, and its picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.avatar.cloth_mask import ClothMask, find_cloth
from core.avatar.cloth_texture import paint_clothes
from core.avatar.clothes import Garment, cut_garment, garment_mesh, subdivide, undress
from core.avatar.fit import Fit, fit_portrait, normalise, project
from core.avatar.hair_region import HairRegion, find_hair_region
from core.avatar.head import build_head
from core.avatar.landmarks import eye_distance
from core.avatar.parts import Material
from core.avatar.rays import RayScene, triangulate, vertex_normals
from core.avatar.template import Template, load_template
from core.avatar.torso import shape_torso
from core.avatar.unwrap import rasterise_faces, unwrap
from core.avatar.view import MASK_RANGE
from core.portrait import Portrait, load_portrait

CHIN = 152


@dataclass(frozen=True)
class Dressed:
    portrait: Portrait
    fit: Fit
    template: Template
    region: HairRegion
    rest: np.ndarray
    garment: Garment
    picture: np.ndarray


def dress(portrait: Portrait, fit: Fit) -> Dressed:
    template, region = load_template(), find_hair_region(portrait)
    rest = shape_torso(portrait, fit, template, fit.neutral, region)
    garment = cut_garment(portrait, fit, template, rest, unwrap(template), region, find_cloth(portrait, region))
    skin = Material("body", "skin", np.full((1024, 1024, 3), 150, np.uint8))
    picture = paint_clothes(portrait, fit, garment, skin).image
    assert picture is not None
    return Dressed(portrait, fit, template, region, rest, garment, picture)


@pytest.fixture(scope="module")
def astronaut(nasa_portrait: Portrait, nasa_fit: Fit) -> Dressed:
    return dress(nasa_portrait, nasa_fit)


def test_suit_and_collar_are_cloth_and_face_is_not(astronaut: Dressed) -> None:
    mask = find_cloth(astronaut.portrait, astronaut.region)
    for x, y in ((222, 200), (160, 250), (300, 260), (250, 300)):
        assert mask.cloth[y, x] > 0.9
    for x, y in ((225, 120), (225, 150), (225, 165)):
        assert mask.cloth[y, x] < 0.1 < 0.9 < mask.skin[y, x]
    assert mask.cloth[astronaut.portrait.matte < 0.1].mean() < 0.01


def test_a_collar_rises_beside_the_jaw_and_an_earring_is_none(portraits: Path) -> None:
    portrait = load_portrait(portraits / "gallego.jpg")
    mask = find_cloth(portrait, find_hair_region(portrait))
    chin, iod = portrait.landmarks[CHIN, :2], eye_distance(portrait.landmarks)
    # The jacket's collar on the photo's left stands half an eye distance over the chin, inside the face's width.
    window = mask.cloth[int(chin[1] - 0.5 * iod) : int(chin[1] - 0.1 * iod), int(chin[0] - 1.6 * iod) : int(chin[0])]
    assert (window > 0.9).mean() > 0.1
    assert not mask.cloth[: int(chin[1] - 0.85 * iod)].any()


def test_the_garment_stands_off_the_skin_and_is_nowhere_below_it(astronaut: Dressed) -> None:
    garment, template = astronaut.garment, astronaut.template
    cloth = garment.edge > 0.004
    assert 0.5 < cloth.mean() < 1.0
    bust = triangulate(template.faces[template.region == 1])
    scene = RayScene(astronaut.rest, bust)
    rows = np.flatnonzero(cloth)[::20]
    outward = vertex_normals(garment.positions, triangulate(garment.faces))[rows]
    inward = scene.cast(garment.positions[rows], -outward)
    assert (inward.distance < 0.06).mean() > 0.97


def test_the_picture_runs_out_softly_at_the_lower_edge(astronaut: Dressed) -> None:
    garment, alpha = astronaut.garment, astronaut.picture[..., 3]
    level = garment.positions[:, 2] - garment.positions[:, 2].min()
    assert garment.cover[level < 0.004].max() < 0.2
    assert garment.cover[(level > 0.08) & (garment.edge > 0.01)].min() > 0.9
    assert ((alpha > 30) & (alpha < 180)).mean() > 0.01


def test_what_the_photo_does_not_show_is_the_same_cloth(astronaut: Dressed) -> None:
    garment = astronaut.garment
    size = len(astronaut.picture)
    at = (garment.uv * [size, -size] + [0, size]).astype(int).clip(0, size - 1)
    back = (garment.positions[garment.faces, 1].mean(axis=1) > 0.04) & (garment.edge[garment.faces].min(axis=1) > 0.06)
    colours = astronaut.picture[at[back][..., 1], at[back][..., 0], :3].reshape(-1, 3)
    assert len(colours) > 100
    red, green, blue = np.median(colours, axis=0)  # the suit is orange
    assert red > 1.4 * green and red > 2 * blue
    assert colours.std(axis=0).max() > 3  # and no flat paint


def test_a_hidden_collar_is_one_plain_colour_as_high_all_round(portraits: Path) -> None:
    portrait = load_portrait(portraits / "obama_blueroom_tall.jpg")
    dressed = dress(portrait, normalise(fit_portrait(portrait, load_template()), load_template()))
    garment, picture = dressed.garment, dressed.picture
    size = len(picture)
    texels = rasterise_faces(garment.faces, garment.uv, size)
    fields = texels.paint(np.column_stack([garment.edge, garment.turn, garment.trust, garment.positions]))
    edge, turn, trust, x, _, z = np.moveaxis(fields.reshape(size, size, 6), -1, 0)
    hidden = texels.covered.reshape(size, size) & (turn > 110) & (trust < 0.05)
    collar = picture[hidden & (np.abs(edge) < 0.001)][:, :3].astype(float)
    assert len(collar) > 100
    assert np.median(collar) > 150  # the shirt's, not the suit's
    assert collar.std(axis=0).max() < 12  # woven of the suit's patches it sparkled: 19
    border = hidden & (np.abs(edge) < 0.001)
    way = np.round(turn[border] * np.sign(x[border]) / 5)
    heights = np.array([np.median(z[border][way == k]) for k in np.unique(way)])
    assert len(heights) > 15
    assert np.abs(np.diff(heights)).max() < 0.008


def test_skin_gives_way_under_cloth_and_not_beside_it(astronaut: Dressed) -> None:
    template, garment = astronaut.template, astronaut.garment
    head = build_head(template, astronaut.rest, {}, unwrap(template))
    bare = undress(head, garment, template)
    moved = np.setdiff1d(np.round(bare.positions, 7), np.round(head.positions, 7))
    assert len(moved) > 100
    skin = np.unique(template.faces[template.region == 0])
    kept = {tuple(row) for row in np.round(bare.positions, 7)}
    assert all(tuple(row) in kept for row in np.round(head.positions[skin[::50]], 7))


def test_the_skin_under_the_clothes_is_left_out(astronaut: Dressed) -> None:
    template, garment = astronaut.template, astronaut.garment
    head = build_head(template, astronaut.rest, {"jawOpen": np.ones_like(astronaut.rest)}, unwrap(template))
    bare = undress(head, garment, template)
    assert len(bare.faces) < len(head.faces) - 500
    assert bare.faces.max() + 1 == len(bare.positions) == len(bare.weights) == len(bare.keys["jawOpen"])
    # All of the head is still there.
    assert (bare.material != 1).sum() == (head.material != 1).sum()


def test_the_garment_follows_the_same_bones_as_the_skin(astronaut: Dressed) -> None:
    mesh = garment_mesh(astronaut.template, astronaut.garment)
    assert np.allclose(mesh.weights.sum(axis=1), 1)
    columns = [astronaut.template.bone_names.index(f"shoulder_{side}") for side in ("left", "right")]
    assert mesh.weights[mesh.positions[:, 0] > 0.15, columns[0]].max() > 0.5
    assert mesh.weights[mesh.positions[:, 0] < -0.15, columns[1]].max() > 0.5
    assert mesh.faces.max() + 1 == len(mesh.positions)


def test_each_shoulder_lies_on_its_own_outline(astronaut: Dressed) -> None:
    portrait, fit, garment = astronaut.portrait, astronaut.fit, astronaut.garment
    flat = project(garment.positions[garment.cover > 0.5], fit.rotation, fit.translation, fit.camera)
    for side in (-1, 1):
        misses = []
        for x in portrait.landmarks[CHIN, 0] + side * np.arange(65, 100, 5):
            below = int(portrait.landmarks[CHIN, 1]) + 90
            shoulder = below - int(np.argmax(portrait.matte[below::-1, int(x)] < 0.5))
            misses.append(flat[np.abs(flat[:, 0] - x) < 3, 1].min() - shoulder)
        # Pixels of 1.6 mm. Cloth stands off the drawn outline by its thickness; undrawn shoulders miss by 30 and 17.
        assert np.median(np.abs(misses)) < 6


def test_the_garments_outline_is_the_photos(astronaut: Dressed) -> None:
    portrait, fit, garment = astronaut.portrait, astronaut.fit, astronaut.garment
    mesh = garment_mesh(astronaut.template, garment)
    head = fit.posed, astronaut.template.faces[astronaut.template.region == 0]
    drawn = np.zeros(portrait.matte.shape, np.uint8)
    for points, faces in ((mesh.positions, mesh.faces), head):
        flat = np.round(project(points, fit.rotation, fit.translation, fit.camera) - 0.5).astype(np.int32)
        for quad in flat[faces]:
            cv2.fillConvexPoly(drawn, quad, 1)
    iod = eye_distance(portrait.landmarks)
    chin = portrait.landmarks[CHIN, :2]
    rows = slice(int(chin[1]), int(chin[1] + 1.5 * iod))
    person, mine = portrait.matte[rows] > 0.5, drawn[rows] > 0
    assert (person & mine).sum() > 0.97 * (person | mine).sum()


def test_the_picture_ends_where_the_photos_cloth_does(astronaut: Dressed) -> None:
    portrait, garment = astronaut.portrait, astronaut.garment
    mask, alpha = garment.mask, astronaut.picture[..., 3] > 255 * sum(MASK_RANGE) / 2
    texels = rasterise_faces(garment.faces, garment.uv, alpha.shape[0])
    flat = project(garment.positions, astronaut.fit.rotation, astronaut.fit.translation, astronaut.fit.camera)
    fields = texels.paint(np.column_stack([flat, garment.trust, garment.bare]))
    at = fields[..., :2].astype(int)
    inside = np.all((at >= 0) & (at < np.array(portrait.matte.shape[::-1])), axis=-1) & (fields[..., 3] == 0)
    column, row = np.clip(at, 0, np.array(portrait.matte.shape[::-1]) - 1).transpose(2, 0, 1)
    seen = inside & (fields[..., 2] > 0.5) & texels.covered.reshape(alpha.shape)
    cloth, skin = seen & (mask.cloth[row, column] > 0.9), seen & (mask.skin[row, column] > 0.9)
    assert cloth.sum() > 1000 < skin.sum()
    assert alpha[cloth].mean() > 0.97 and alpha[skin].mean() < 0.03


def test_a_bare_chest_wears_nothing(astronaut: Dressed) -> None:
    portrait, template = astronaut.portrait, astronaut.template
    image = portrait.image.copy()
    image[int(portrait.landmarks[CHIN, 1]) :] = np.median(image[100:130, 200:245], axis=(0, 1))
    bare = replace(portrait, image=image)
    mask = find_cloth(bare, astronaut.region)
    garment = cut_garment(bare, astronaut.fit, template, astronaut.rest, unwrap(template), astronaut.region, mask)
    assert garment.edge.max() < 0
    assert 0.0 < garment.cover.max() <= 1.0  # the lower edge still runs out softly


def test_a_photo_that_ends_at_the_chin_still_gives_a_garment(astronaut: Dressed) -> None:
    nothing = np.zeros_like(astronaut.portrait.matte)
    cut = replace(astronaut.portrait, matte=nothing)
    mask = find_cloth(cut, astronaut.region)
    assert isinstance(mask, ClothMask) and not mask.cloth.any()
    garment = cut_garment(
        cut, astronaut.fit, astronaut.template, astronaut.rest, unwrap(astronaut.template), astronaut.region, mask
    )
    assert np.isfinite(garment.positions).all()


def test_subdividing_keeps_the_surface() -> None:
    faces, uv = np.array([[0, 1, 2, 3]]), np.array([[[0, 0], [1, 0], [1, 1], [0, 1]]], float)
    fine, matrix, fine_uv = subdivide(faces, 4, uv)
    points = matrix @ np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float)
    assert fine.shape == (4, 4) and len(points) == 9
    assert np.allclose(points[fine][..., :2], fine_uv)
