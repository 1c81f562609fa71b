# SPDX-License-Identifier: GPL-3.0-or-later
"""A photo becomes an avatar folder: NASA's portrait that scikit-image ships."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from built_avatar import AGREED, Built

from core.avatar import build_avatar
from core.avatar.fit import EYE_DISTANCE
from core.avatar.keys import key_values
from core.avatar.landmarks import LIP_INNER_LOWER, LIP_INNER_UPPER, eye_distance, load_landmark_points
from core.avatar.rays import RayScene, triangle_faces, triangulate
from core.avatar.rings import lip_rings
from core.avatar.template import load_template
from core.channels import ARKIT_CHANNELS, BASE_CHANNELS, VISEMES
from core.errors import Cancelled, LikenessError
from core.portrait import Portrait


@pytest.fixture
def avatar(nasa_built: Built) -> Path:
    return nasa_built.folder


@pytest.fixture(scope="module")
def document(nasa_built: Built) -> dict:
    return json.loads((nasa_built.folder / "avatar.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def geometry(nasa_built: Built) -> dict[str, np.ndarray]:
    with np.load(nasa_built.folder / "geometry.npz", allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_the_same_photo_gives_the_same_avatar_bit_for_bit(nasa_photo: Path, avatar: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.avatar"
    build_avatar(nasa_photo, again, name="nasa", consent=AGREED)
    assert digests(again) == digests(avatar)


def test_every_mesh_fits_the_contract(document: dict, geometry: dict[str, np.ndarray]) -> None:
    names = [mesh["name"] for mesh in document["meshes"]]
    assert names[:8] == ["head", "eyes", "cornea", "tears", "teeth", "tongue", "lashes", "clothes"]
    channels = {channel["name"] for channel in document["channels"]}
    assert channels == {*ARKIT_CHANNELS, *VISEMES, *BASE_CHANNELS}
    for mesh in document["meshes"]:
        part = {kind: geometry[f"{mesh['name']}.{kind}"] for kind in
                ("positions", "faces", "uv", "material", "weights", "deltas")}  # fmt: skip
        count = len(part["positions"])
        assert part["faces"].max() < count and part["faces"][:, :3].min() >= 0
        assert part["uv"].shape == (len(part["faces"]), 4, 2)
        assert part["material"].max() < len(mesh["materials"])
        assert part["weights"].shape == (count, len(document["bones"]))
        np.testing.assert_allclose(part["weights"].sum(axis=1), 1.0, atol=1e-4)
        assert part["deltas"].shape == (len(mesh["keys"]), count, 3)
        assert all(np.isfinite(array).all() for array in part.values())
        assert set(mesh["keys"]) <= channels | set(document["drivers"])
        assert set(mesh["materials"]) <= set(document["materials"])


def test_head_has_all_channels_that_bones_do_not_do(document: dict) -> None:
    head = next(mesh for mesh in document["meshes"] if mesh["name"] == "head")
    missing = {*ARKIT_CHANNELS, *VISEMES, *BASE_CHANNELS} - set(head["keys"])
    assert missing <= {"tongueOut", "viseme_sil"}


def face(document: dict, geometry: dict[str, np.ndarray], channels: dict[str, float]) -> np.ndarray:
    """Positions of the head's vertices under channel values, as the rig's drivers would have them."""
    keys = next(mesh["keys"] for mesh in document["meshes"] if mesh["name"] == "head")
    weights = key_values(document["drivers"], keys, channels)
    moves = np.einsum("k,kvd->vd", list(weights.values()), geometry["head.deltas"].astype(float))
    return geometry["head.positions"].astype(float) + moves


def template_rows(geometry: dict[str, np.ndarray]) -> np.ndarray:
    """Row of the template (V,) under each of the head's vertices, -1 on the bust, of which clothes hide a part."""
    template = load_template()
    rows = np.full(len(geometry["head.positions"]), -1)
    rows[geometry["head.faces"][geometry["head.material"] != 1]] = template.faces[template.region != 1]
    return rows


def landmarks_on(geometry: dict[str, np.ndarray], positions: np.ndarray) -> np.ndarray:
    """The face's landmarks (478, 3) on the head's vertices; those that the template lacks are NaN."""
    points, rows = load_landmark_points(), template_rows(geometry)
    everywhere = np.full((len(load_template().positions), 3), np.nan)
    everywhere[rows[rows >= 0]] = positions[rows >= 0]
    found = np.full((478, 3), np.nan)
    found[points.index] = points.on(everywhere)
    return found


def cavity_seen(document: dict, geometry: dict[str, np.ndarray], positions: np.ndarray) -> float:
    """Share of the mouth's surroundings, seen from the front, in which the mouth's lining shows."""
    head = next(mesh for mesh in document["meshes"] if mesh["name"] == "head")
    faces = geometry["head.faces"]
    triangles, owner = triangulate(faces), triangle_faces(faces)
    cavity = geometry["head.material"] == head["materials"].index("mouth")
    eye = next(bone for bone in document["bones"] if bone["name"] == "eye_left")["head"]
    x, z = np.meshgrid(np.linspace(-0.03, 0.03, 120), np.linspace(eye[2] - 0.11, eye[2] - 0.04, 160))
    origins = np.stack([x.ravel(), np.full(x.size, -1.0), z.ravel()], axis=1)
    hits = RayScene(positions, triangles).cast(origins, np.tile([0.0, 1.0, 0.0], (x.size, 1)))
    return float(cavity[owner[hits.triangle[hits.triangle >= 0]]].mean())


@pytest.mark.parametrize("base", [{}, {"neutral": 1.0}])
def test_lips_meet_at_rest_and_in_the_neutral_and_part_with_the_jaw(
    document: dict, geometry: dict[str, np.ndarray], base: dict[str, float]
) -> None:
    """Seen from the front: between the lips there is skin, and a hole when the jaw is open."""
    shut = face(document, geometry, base)
    assert cavity_seen(document, geometry, shut) < 0.001
    upper, lower = landmarks_on(geometry, shut)[[13, 14]]
    assert abs(upper[2] - lower[2]) < 0.02 * EYE_DISTANCE
    assert cavity_seen(document, geometry, face(document, geometry, base | {"jawOpen": 1.0})) > 0.05


def test_the_photos_expression_put_back_lies_on_the_photos_landmarks(
    nasa_portrait: Portrait, document: dict, geometry: dict[str, np.ndarray]
) -> None:
    landmarks = nasa_portrait.landmarks
    camera = document["camera"]
    shown = landmarks_on(geometry, face(document, geometry, document["photo_expression"]))
    local = shown @ np.array(camera["rotation"]).T
    local += camera["translation"]
    pixels = camera["focal"] * local[:, :2] / local[:, 2:] + [camera["cx"], camera["cy"]]
    away = np.linalg.norm(pixels - landmarks[:, :2], axis=1) / eye_distance(landmarks)
    assert np.nanmean(away) < document["scores"]["warped_landmark_error"] + 0.001
    lips = away[list(LIP_INNER_UPPER + LIP_INNER_LOWER)]
    assert np.nanmax(lips) < 0.03, "the mouth is as open as in the photo"


def test_the_rest_pose_keeps_a_little_of_the_photos_smile_and_the_neutral_nothing(
    document: dict, geometry: dict[str, np.ndarray]
) -> None:
    def width(channels: dict[str, float]) -> float:
        left, right = landmarks_on(geometry, face(document, geometry, channels))[[291, 61]]
        return float(np.linalg.norm(left - right))

    neutral, rest, smile = width({"neutral": 1.0}), width({}), width(document["photo_expression"])
    assert 0.05 < (rest - neutral) / (smile - neutral) <= 0.35
    assert document["photo_expression"]["photo"] == 1.0


def test_shut_lids_of_the_neutral_are_those_of_the_rest_pose(document: dict, geometry: dict[str, np.ndarray]) -> None:
    shut = {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}
    there = landmarks_on(geometry, face(document, geometry, shut))[[159, 145, 386, 374]]
    here = landmarks_on(geometry, face(document, geometry, shut | {"neutral": 1.0}))[[159, 145, 386, 374]]
    assert np.abs(here - there)[:, 2].max() < 0.0008


def test_lips_wear_no_teeth(avatar: Path, document: dict, geometry: dict[str, np.ndarray]) -> None:
    """The portrait smiles: no texel of the lips is as bright and as grey as the teeth that it shows."""
    rows = template_rows(geometry)
    ring = np.where(rows >= 0, lip_rings(load_template())[rows], -1)
    faces = geometry["head.faces"]
    inside = ((ring[faces] >= 0) & (ring[faces] <= 6)).all(axis=1)
    lips = np.flatnonzero(inside & (geometry["head.material"] == 0))
    skin = cv2.cvtColor(cv2.imread(str(avatar / "skin.png")), cv2.COLOR_BGR2RGB)
    uv = geometry["head.uv"][lips].reshape(-1, 2)
    texel = np.clip((uv * [1, -1] + [0, 1]) * skin.shape[1::-1], 0, np.array(skin.shape[1::-1]) - 1).astype(int)
    lab = cv2.cvtColor(skin[texel[:, 1], texel[:, 0]][None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
    teeth = (lab[:, 0] > np.median(lab[:, 0]) + 15) & (lab[:, 1] < np.median(lab[:, 1]) - 5)
    assert not teeth.any()


def test_texture_shows_skin_where_the_face_is(avatar: Path) -> None:
    skin = cv2.cvtColor(cv2.imread(str(avatar / "skin.png")), cv2.COLOR_BGR2LAB).astype(float)
    size = skin.shape[0]
    cheeks = skin[int(0.35 * size) : int(0.6 * size), int(0.35 * size) : int(0.65 * size)].reshape(-1, 3)
    lightness, redness = np.median(cheeks[:, 0]) / 2.55, np.median(cheeks[:, 1]) - 128
    assert 45 < lightness < 90
    assert 4 < redness < 30


def test_avatar_says_that_it_is_synthetic_and_who_agreed(document: dict) -> None:
    consent = dict(document["consent"])
    given_for = consent.pop("given_for")
    assert consent == {"statement": "public domain portrait, test", "synthetic": True}
    assert given_for["ids"] == [document["id"], document["photo"]["sha256"]] and "geometry.npz" in given_for["files"]
    assert document["photo"]["file"] == "portrait.png"
    assert any("pixels between the outer eye corners" in warning for warning in document["warnings"])


def test_a_photo_without_face_leaves_the_previous_avatar_as_it_was(avatar: Path, tmp_path: Path) -> None:
    avatar = Path(shutil.copytree(avatar, tmp_path / "nasa.avatar"))
    before = digests(avatar)
    empty = tmp_path / "coffee.png"
    cv2.imwrite(str(empty), skimage.data.coffee())
    with pytest.raises(LikenessError) as raised:
        build_avatar(empty, avatar, name="nasa")
    assert raised.value.code == "face_not_found"
    assert digests(avatar) == before


def test_cancelling_leaves_nothing_half_written(nasa_photo: Path, tmp_path: Path) -> None:
    def stop(fraction: float, text: str) -> None:
        if fraction > 0.45:
            raise Cancelled

    with pytest.raises(Cancelled):
        build_avatar(nasa_photo, tmp_path / "never.avatar", name="never", progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_saved_numbers_lie_on_grids_and_weights_still_sum_to_one():
    from core.avatar.store import POSITION_GRID, WEIGHT_GRID, _settle, _settle_weights

    generator = np.random.default_rng(1)
    points = generator.normal((0.0, 0.0, 1.6), 1.0, (500, 3))
    settled = _settle(points, POSITION_GRID)
    assert np.abs(settled - points).max() <= POSITION_GRID
    assert (settled.astype(np.float64) / POSITION_GRID % 1 == 0).all()
    weights = generator.dirichlet(np.full(6, 0.4), 500)
    held = _settle_weights(weights, WEIGHT_GRID)
    np.testing.assert_array_equal(held.sum(axis=1), 1.0)
    assert np.abs(held - weights).max() < 3 * WEIGHT_GRID and held.min() >= 0.0
