# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder ``NAME.avatar/`` read and checked, before anything is made of it (docs/architecture.md).

No bpy here: what Blender makes of the folder is in the other files of this folder.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import LikenessError
from ..formats import bring_up
from ..words import tell

MATERIAL_KINDS = ("skin", "mouth", "eye", "cornea", "teeth", "tongue", "lash", "hair", "cloth", "glasses")
HINT_REBUILD = "Build the avatar again from its photo."


@dataclass(frozen=True)
class Bone:
    """One bone in rest pose; head and tail in metres, world space."""

    name: str
    parent: str | None
    head: tuple[float, float, float]
    tail: tuple[float, float, float]


@dataclass(frozen=True)
class Channel:
    """One value that can be animated; kind is ``arkit``, ``viseme`` or ``base``."""

    name: str
    kind: str
    description: str


@dataclass(frozen=True)
class Material:
    """kind: one of MATERIAL_KINDS. image: absolute file or None, then color (linear RGB) stands.

    maps: what the picture is (``normal``, ``roughness``, ``light``) -> absolute file.
    painted: whether the picture holds no sheen, as a photo's colours do.
    """

    name: str
    kind: str
    image: Path | None
    color: tuple[float, float, float]
    maps: Mapping[str, Path] = field(default_factory=dict)
    painted: bool = False


@dataclass(frozen=True)
class Part:
    """One mesh.

    positions (V, 3) float32 metres; faces (F, 4) int32, -1 last for triangles; uv (F, 4, 2) float32 per
    corner; material (F,) int32 into ``materials``; weights (V, B) float32 over the bones; deltas (K, V, 3)
    float32 for ``keys``. subdivision: levels at render time.
    """

    name: str
    materials: tuple[str, ...]
    keys: tuple[str, ...]
    smooth: bool
    subdivision: int
    positions: np.ndarray
    faces: np.ndarray
    uv: np.ndarray
    material: np.ndarray
    weights: np.ndarray
    deltas: np.ndarray


@dataclass(frozen=True)
class Avatar:
    """All of a ``NAME.avatar/``; description is the whole of ``avatar.json``."""

    folder: Path
    id: str
    name: str
    bones: tuple[Bone, ...]
    channels: tuple[Channel, ...]
    drivers: Mapping[str, str]
    materials: Mapping[str, Material]
    parts: tuple[Part, ...]
    description: Mapping[str, Any]


def read_avatar(folder: Path) -> Avatar:
    """Read and check a whole avatar folder.

    Raises LikenessError: ``avatar_missing``, ``avatar_unreadable``, ``too_new``, ``avatar_incomplete``.
    """
    description = _read_description(folder)
    try:
        description = bring_up("avatar", description, folder.name)
        bones = tuple(Bone(b["name"], b["parent"], tuple(b["head"]), tuple(b["tail"])) for b in description["bones"])
        channels = tuple(Channel(c["name"], c["kind"], c["description"]) for c in description["channels"])
        materials = {name: _read_material(folder, name, entry) for name, entry in description["materials"].items()}
        parts = _read_parts(folder, description["meshes"])
        avatar = Avatar(
            folder=folder,
            id=description["id"],
            name=description["name"],
            bones=bones,
            channels=channels,
            drivers=dict(description["drivers"]),
            materials=materials,
            parts=parts,
            description=description,
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _incomplete(folder, tell("avatar.json does not hold what it should ({error})", error=error)) from error
    _check(avatar)
    return avatar


def _read_description(folder: Path) -> dict[str, Any]:
    path = folder / "avatar.json"
    if not path.is_file():
        raise LikenessError(
            "avatar_missing",
            tell("There is no avatar in {name}.", name=folder.name),
            "Choose a folder NAME.avatar, or build one.",
        )
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LikenessError(
            "avatar_unreadable",
            tell("The file avatar.json of {name} cannot be read: {error}.", name=folder.name, error=error),
            HINT_REBUILD,
        ) from error
    if not isinstance(description, dict):
        raise _incomplete(folder, "avatar.json is no JSON object")
    return description


def _read_material(folder: Path, name: str, entry: Mapping[str, Any]) -> Material:
    image = folder / entry["image"] if entry.get("image") else None
    if image is not None and not image.is_file():
        raise _incomplete(folder, tell("the image {name} is missing", name=image.name))
    maps = {kind: folder / file for kind, file in entry.get("maps", {}).items()}
    missing = next((path for path in maps.values() if not path.is_file()), None)
    if missing is not None:
        raise _incomplete(folder, tell("the image {name} is missing", name=missing.name))
    if entry["kind"] not in MATERIAL_KINDS:
        raise _incomplete(
            folder, tell("the material {name} is of the unknown kind {kind}", name=name, kind=entry["kind"])
        )
    color = entry["color"] if image is None else entry.get("color", (0.8, 0.8, 0.8))
    return Material(name, entry["kind"], image, tuple(color), maps, bool(entry.get("painted", False)))


def _read_parts(folder: Path, entries: list[Mapping[str, Any]]) -> tuple[Part, ...]:
    path = folder / "geometry.npz"
    if not path.is_file():
        raise _incomplete(folder, "the file geometry.npz is missing")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return tuple(_read_part(folder, arrays, entry) for entry in entries)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise LikenessError(
            "avatar_unreadable",
            tell("The file geometry.npz of {name} cannot be read: {error}.", name=folder.name, error=error),
            HINT_REBUILD,
        ) from error


def _read_part(folder: Path, arrays: Mapping[str, np.ndarray], entry: Mapping[str, Any]) -> Part:
    name = entry["name"]

    def array(field: str, dtype: type) -> np.ndarray:
        key = f"{name}.{field}"
        if key not in arrays:
            raise _incomplete(folder, tell("geometry.npz does not hold {key}", key=key))
        return np.ascontiguousarray(arrays[key], dtype=dtype)

    return Part(
        name=name,
        materials=tuple(entry["materials"]),
        keys=tuple(entry["keys"]),
        smooth=bool(entry["smooth"]),
        subdivision=int(entry["subdivision"]),
        positions=array("positions", np.float32),
        faces=array("faces", np.int32),
        uv=array("uv", np.float32),
        material=array("material", np.int32),
        weights=array("weights", np.float32),
        deltas=array("deltas", np.float32),
    )


def _check(avatar: Avatar) -> None:
    """Names that are referred to exist, arrays fit together."""
    seen: set[str] = set()
    for bone in avatar.bones:
        if bone.parent is not None and bone.parent not in seen:
            raise _incomplete(
                avatar.folder,
                tell("the bone {name} comes before its parent {parent}", name=bone.name, parent=bone.parent),
            )
        if not bone.tail[2] > bone.head[2]:
            raise _incomplete(avatar.folder, tell("the bone {name} does not point up", name=bone.name))
        seen.add(bone.name)
    channels = {channel.name for channel in avatar.channels}
    for part in avatar.parts:
        for material in part.materials:
            if material not in avatar.materials:
                raise _incomplete(
                    avatar.folder,
                    tell("the mesh {name} lacks its material {material}", name=part.name, material=material),
                )
        for key in part.keys:
            if key not in avatar.drivers and key not in channels:
                raise _incomplete(avatar.folder, tell("nothing moves the key {key} of {name}", key=key, name=part.name))
        _check_arrays(avatar, part)


def _check_arrays(avatar: Avatar, part: Part) -> None:
    vertices, faces = len(part.positions), len(part.faces)
    shapes = (
        ("positions", part.positions, (vertices, 3)),
        ("faces", part.faces, (faces, 4)),
        ("uv", part.uv, (faces, 4, 2)),
        ("material", part.material, (faces,)),
        ("weights", part.weights, (vertices, len(avatar.bones))),
        ("deltas", part.deltas, (len(part.keys), vertices, 3)),
    )
    for name, array, shape in shapes:
        if array.shape != shape:
            raise _incomplete(
                avatar.folder,
                tell(
                    "{part}.{name} has the shape {shape} instead of {wanted}",
                    part=part.name,
                    name=name,
                    shape=array.shape,
                    wanted=shape,
                ),
            )
        if array.dtype == np.float32 and not np.isfinite(array).all():
            raise _incomplete(
                avatar.folder, tell("{part}.{name} holds values that are no numbers", part=part.name, name=name)
            )
    corners = part.faces[:, :3]
    last = part.faces[:, 3]
    if faces and (corners.min() < 0 or part.faces.max() >= vertices or last.min() < -1):
        raise _incomplete(avatar.folder, tell("{name}.faces points at vertices that do not exist", name=part.name))
    if faces and not 0 <= part.material.min() <= part.material.max() < max(len(part.materials), 1):
        raise _incomplete(avatar.folder, tell("{name}.material points at materials that do not exist", name=part.name))


def _incomplete(folder: Path, reason: str) -> LikenessError:
    return LikenessError(
        "avatar_incomplete",
        tell("The avatar {name} is damaged: {reason}.", name=folder.name, reason=reason),
        HINT_REBUILD,
    )
