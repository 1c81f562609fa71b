# SPDX-License-Identifier: GPL-3.0-or-later
"""A photo becomes an avatar folder: NASA's portrait that scikit-image ships."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from core.avatar import build_avatar
from core.channels import ARKIT_CHANNELS, VISEMES
from core.errors import Cancelled, LikenessError


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "portrait.png"
    cv2.imwrite(str(path), cv2.cvtColor(skimage.data.astronaut(), cv2.COLOR_RGB2BGR))
    return path


@pytest.fixture(scope="module")
def avatar(photo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("avatars") / "nasa.avatar"
    build_avatar(photo, folder, name="nasa", consent="public domain portrait, test")
    return folder


@pytest.fixture(scope="module")
def document(avatar: Path) -> dict:
    return json.loads((avatar / "avatar.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def geometry(avatar: Path) -> dict[str, np.ndarray]:
    with np.load(avatar / "geometry.npz", allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_the_same_photo_gives_the_same_avatar_bit_for_bit(photo: Path, avatar: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.avatar"
    build_avatar(photo, again, name="nasa", consent="public domain portrait, test")
    assert digests(again) == digests(avatar)


def test_every_mesh_fits_the_contract(document: dict, geometry: dict[str, np.ndarray]) -> None:
    names = [mesh["name"] for mesh in document["meshes"]]
    assert names[:7] == ["head", "eyes", "cornea", "teeth", "tongue", "lashes", "clothes"]
    channels = {channel["name"] for channel in document["channels"]}
    assert channels == {*ARKIT_CHANNELS, *VISEMES}
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
    missing = {*ARKIT_CHANNELS, *VISEMES} - set(head["keys"])
    assert missing <= {"tongueOut", "viseme_sil"}


def test_lips_meet_at_rest_and_part_with_the_jaw(document: dict, geometry: dict[str, np.ndarray]) -> None:
    """Seen from the front: between the lips there is skin at rest, and a hole when the jaw is open."""
    from core.avatar.rays import RayScene, triangle_faces, triangulate

    head = next(mesh for mesh in document["meshes"] if mesh["name"] == "head")
    faces, rest = geometry["head.faces"], geometry["head.positions"].astype(float)
    triangles, owner = triangulate(faces), triangle_faces(faces)
    cavity = geometry["head.material"] == head["materials"].index("mouth")
    jaw = geometry["head.deltas"][head["keys"].index("jawOpen")]
    bones = {bone["name"]: bone for bone in document["bones"]}
    eyes = np.array(bones["eye_left"]["head"])

    def cavity_seen(positions: np.ndarray) -> float:
        x, z = np.meshgrid(np.linspace(-0.03, 0.03, 120), np.linspace(eyes[2] - 0.11, eyes[2] - 0.04, 160))
        origins = np.stack([x.ravel(), np.full(x.size, -1.0), z.ravel()], axis=1)
        hits = RayScene(positions, triangles).cast(origins, np.tile([0.0, 1.0, 0.0], (x.size, 1)))
        return float(cavity[owner[hits.triangle[hits.triangle >= 0]]].mean())

    assert cavity_seen(rest) < 0.001
    assert cavity_seen(rest + jaw) > 0.05


def test_texture_shows_skin_where_the_face_is(avatar: Path) -> None:
    skin = cv2.cvtColor(cv2.imread(str(avatar / "skin.png")), cv2.COLOR_BGR2LAB).astype(float)
    size = skin.shape[0]
    cheeks = skin[int(0.35 * size) : int(0.6 * size), int(0.35 * size) : int(0.65 * size)].reshape(-1, 3)
    lightness, redness = np.median(cheeks[:, 0]) / 2.55, np.median(cheeks[:, 1]) - 128
    assert 45 < lightness < 90
    assert 4 < redness < 30


def test_avatar_says_that_it_is_synthetic_and_who_agreed(document: dict) -> None:
    assert document["consent"] == {"statement": "public domain portrait, test", "synthetic": True}
    assert document["photo"]["file"] == "portrait.png"
    assert any("pixels between the outer eye corners" in warning for warning in document["warnings"])


def test_a_photo_without_face_leaves_the_previous_avatar_as_it_was(avatar: Path, tmp_path: Path) -> None:
    before = digests(avatar)
    empty = tmp_path / "coffee.png"
    cv2.imwrite(str(empty), skimage.data.coffee())
    with pytest.raises(LikenessError) as raised:
        build_avatar(empty, avatar, name="nasa")
    assert raised.value.code == "face_not_found"
    assert digests(avatar) == before


def test_cancelling_leaves_nothing_half_written(photo: Path, tmp_path: Path) -> None:
    def stop(fraction: float, text: str) -> None:
        if fraction > 0.45:
            raise Cancelled

    with pytest.raises(Cancelled):
        build_avatar(photo, tmp_path / "never.avatar", name="never", progress=stop)
    assert list(tmp_path.iterdir()) == []
