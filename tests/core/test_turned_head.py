# SPDX-License-Identifier: GPL-3.0-or-later
"""A head that turns, nods and leans: what the neck, the hair and the clothes do meanwhile."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from fitted_person import shared_person
from scipy.spatial import ConvexHull, cKDTree

from core.avatar.parts import PartMesh
from core.avatar.posing import bone_moves, carried, turned
from core.avatar.rays import RayScene, triangulate, vertex_normals
from core.avatar.store import Avatar
from core.avatar.template import eyeball

NECKS_SHARE = 0.35  # of every rotation (core/performance/posture.py)
POSES = {
    "yaw 45": (0, 45, 0), "yaw -45": (0, -45, 0), "pitch 30": (30, 0, 0), "pitch -30": (-30, 0, 0),
    "roll 25": (0, 0, 25), "roll -25": (0, 0, -25),
}  # fmt: skip
LEVELS = np.arange(0.03, 0.085, 0.01)  # metres over the neck's joint
POKES = 0.003  # metres that skin may stand out of what covers it


@pytest.fixture
def avatar(nasa_avatar: Avatar) -> Avatar:
    return nasa_avatar


def mesh(avatar: Avatar, name: str) -> PartMesh:
    return next(found for found in avatar.meshes if found.name == name)


def pose(avatar: Avatar, degrees: tuple[float, float, float]) -> dict[str, np.ndarray]:
    """Positions of every mesh with neck and head turned."""
    angles = np.radians(degrees)
    turns = {"neck": turned(*(NECKS_SHARE * angles)), "head": turned(*((1 - NECKS_SHARE) * angles))}
    moves = bone_moves(avatar.bones, turns)
    return {part.name: carried(part.positions.astype(float), part.weights, moves) for part in avatar.meshes}


def outer_skin(head: PartMesh) -> np.ndarray:
    return triangulate(head.faces[np.isin(head.material, (0, 1))])


def girth(head: PartMesh, moved: np.ndarray, neck: np.ndarray, level: float) -> float:
    """Girth in metres of the ring of skin that lies at a level over the neck's joint in the rest pose."""
    rest, triangles = head.positions, outer_skin(head)
    edges = np.unique(np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)
    low, high = (rest[edges[:, k], 2] - neck[2] - level for k in (0, 1))
    crossed = low * high < 0
    edges, share = edges[crossed], (low / (low - high))[crossed][:, None]
    at, now = ((1 - share) * where[edges[:, 0]] + share * where[edges[:, 1]] for where in (rest, moved))
    near = (np.abs(at[:, 0]) < 0.075) & (np.abs(at[:, 1] - neck[1]) < 0.075)
    ring = now[near] - now[near].mean(axis=0)
    flat = ring @ np.linalg.svd(ring, full_matrices=False)[2][:2].T
    return float(ConvexHull(flat).area)  # of a flat hull the length of its outline


def stand_out(head: PartMesh, cover: PartMesh, now: Mapping[str, np.ndarray]) -> np.ndarray:
    """Metres that skin stands out of what lies on it in the rest pose."""
    triangles, over = outer_skin(head), triangulate(cover.faces)
    rows = np.unique(triangles)

    def look(skin: np.ndarray, cloth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        normals = vertex_normals(skin, triangles)[rows]
        scene = RayScene(cloth, over)
        return tuple(scene.cast(skin[rows] + way * 1e-5 * normals, way * normals).distance for way in (1, -1))  # type: ignore[return-value]

    covered = look(head.positions.astype(float), cover.positions.astype(float))[0] < 0.012
    out, below = look(now["head"], now[cover.name])
    return np.where(covered & ~(out < 0.04) & (below < 0.02), below, 0.0)


def test_bones_turn_as_the_document_says() -> None:
    ahead, up = np.array([0.0, -1.0, 0.0]), np.array([0.0, 0.0, 1.0])
    assert (turned(0.3, 0, 0) @ ahead)[2] > 0.2, "pitch looks up"
    assert (turned(0, 0.3, 0) @ ahead)[0] > 0.2, "yaw turns to the subject's left"
    assert (turned(0, 0, 0.3) @ up)[0] > 0.2, "roll leans to the left shoulder"


@pytest.mark.parametrize("name", POSES)
def test_the_neck_keeps_its_girth_and_no_face_turns_over(avatar: Avatar, name: str) -> None:
    head = mesh(avatar, "head")
    neck = next(bone.head for bone in avatar.bones if bone.name == "neck")
    now = pose(avatar, POSES[name])["head"]
    for level in LEVELS:
        kept = girth(head, now, neck, level) / girth(head, head.positions, neck, level)
        assert kept > 0.9, f"{1e3 * level:.0f} mm over the joint {100 * kept:.0f} % of the girth are left"
    triangles = outer_skin(head)
    bare = head.positions[triangles].mean(axis=1)[:, 2] > neck[2] + LEVELS[0]
    corners = now[triangles[bare]]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    smooth = vertex_normals(now, triangles)[triangles[bare]].mean(axis=1)
    before = head.positions[triangles[bare]]
    there = np.cross(before[:, 1] - before[:, 0], before[:, 2] - before[:, 0])
    sharp = np.einsum("td,td->t", there, vertex_normals(head.positions, triangles)[triangles[bare]].mean(axis=1)) < 0
    assert not ((np.einsum("td,td->t", normals, smooth) < 0) & ~sharp).any()


@pytest.mark.parametrize("name", POSES)
def test_no_skin_comes_out_of_hair_or_clothes_when_the_head_turns(avatar: Avatar, name: str) -> None:
    now = pose(avatar, POSES[name])
    for cover in ("clothes", "hair"):
        out = stand_out(mesh(avatar, "head"), mesh(avatar, cover), now)
        # Beside the edge of hair a ray may find the hair behind it: one vertex is no hole.
        assert np.sort(out)[-3] < POKES, f"skin comes {1e3 * np.sort(out)[-3]:.1f} mm out of the {cover}"


def test_the_scalp_goes_with_short_hair_and_the_neck_below_bends(avatar: Avatar) -> None:
    head, hair = mesh(avatar, "head"), mesh(avatar, "hair")
    bones = [bone.name for bone in avatar.bones]
    assert (hair.weights[:, bones.index("head")] == 1).all(), "short hair hangs on one bone, which costs no frame time"
    away = cKDTree(hair.positions).query(head.positions)[0]
    rows = np.unique(outer_skin(head))
    moved = head.weights[:, [bones.index("neck"), bones.index("chest")]].sum(axis=1)
    assert moved[rows][away[rows] < 0.006].max() < 1e-6
    neck = next(bone.head for bone in avatar.bones if bone.name == "neck")
    low = rows[(away[rows] > 0.05) & (np.abs(head.positions[rows, 2] - neck[2] - 0.03) < 0.01)]
    assert len(low) > 10 and moved[low].mean() > 0.4


def test_long_hair_on_the_nape_goes_with_the_skin_under_it() -> None:
    person = shared_person("portraits/haaland")
    names = person.template.bone_names
    weights, points = person.hair.weights, person.hair.positions
    skin = np.unique(person.template.faces[person.template.region <= 1])
    away, near = cKDTree(person.rest[skin]).query(points)
    under = person.template.weights[skin[near], names.index("neck")]
    chin = eyeball(person.template, person.rest, "left")[0][2] - 0.11
    nape = (away < 0.006) & (points[:, 2] > chin) & (under > 0.4)
    assert nape.sum() > 20
    assert np.abs(weights[nape, names.index("neck")] - under[nape]).max() < 0.3
