# SPDX-License-Identifier: GPL-3.0-or-later
"""The Avatar and its folder ``NAME.avatar`` (layout: docs/architecture.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.avatar.parts import Material, PartMesh
from core.avatar.skeleton import Bone
from core.channels import ARKIT_CHANNELS, BASE_CHANNELS, VISEMES
from core.errors import LikenessError
from core.formats import bring_up
from core.storage import read_json, write_folder, write_json, write_npz
from core.trust.binding import bind

BACKGROUND = "background.png"
# Numbers are laid on grids of binary fractions, whose last bits are all 0, so that files of them pack. Positions: 15 µm
# (on vertices 1.4 mm apart 0.3° of their normals), finer for what mirrors a light, for the moves of keys twice as
# coarse. Texture coordinates: an eighth of a texel of 4096. Weights: of a neck turned by 45° a tenth of a millimetre,
# on skin, whose shading tells more, an eighth of that.
POSITION_GRID, UV_GRID, WEIGHT_GRID = 2.0**-16, 2.0**-15, 2.0**-8
FINE_GRIDS: Mapping[str, float] = dict.fromkeys(("eyes", "cornea", "tears", "lenses"), 2.0**-18)
SKIN, SKIN_WEIGHT_GRID = "head", 2.0**-11
MEETING = "eyeBlink"  # lids that meet have no play: these keys are as fine as the positions


@dataclass(frozen=True)
class Avatar:
    """Everything in the folder. header: the facts of avatar.json that describe, not build, the avatar.

    background: (h, w, 3) uint8, the photo without the person, or None.
    """

    header: Mapping[str, Any]
    bones: Sequence[Bone]
    meshes: Sequence[PartMesh]
    materials: Sequence[Material]
    drivers: Mapping[str, str]
    background: np.ndarray | None = None


def save_avatar(avatar: Avatar, folder: Path) -> None:
    """Write the folder whole or not at all; the previous avatar of that name stays on failure."""

    def write(target: Path) -> None:
        with ThreadPoolExecutor(max_workers=2) as writers:  # packing lets go of the interpreter
            jobs = [writers.submit(_write_image, target / name, image) for name, image in _pictures(avatar).items()]
            write_npz(target / "geometry.npz", _arrays(avatar.meshes))
            for job in jobs:
                job.result()
        write_json(target / "avatar.json", _document(avatar) | _consent(avatar.header, target))

    write_folder(folder, write)


def _consent(header: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The entry of the consent, bound to what it was given for: its shapes are in the folder already."""
    if "consent" not in header:
        return {}
    ids = (header.get("id"), header.get("photo", {}).get("sha256"))
    return {"consent": bind("avatar", header["consent"], [one for one in ids if one], folder)}


_SHAPE = ("positions", "faces", "uv", "material", "weights")  # of a mesh, as arrays of geometry.npz


def load_avatar(folder: Path) -> Avatar:
    """The avatar in a folder that `save_avatar` wrote, with its shapes and without its pictures: no materials.

    These are `load_materials`'.
    """
    document = _read_document(folder)
    with np.load(folder / "geometry.npz", allow_pickle=False) as arrays:
        meshes = [
            PartMesh(
                name=entry["name"],
                **{part: arrays[f"{entry['name']}.{part}"] for part in _SHAPE},
                materials=tuple(entry["materials"]),
                keys=dict(zip(entry["keys"], arrays[f"{entry['name']}.deltas"], strict=True)),
                smooth=entry["smooth"],
                subdivision=entry["subdivision"],
            )
            for entry in document["meshes"]
        ]
    bones = [
        Bone(bone["name"], bone["parent"], np.array(bone["head"]), np.array(bone["tail"])) for bone in document["bones"]
    ]
    return Avatar(document, bones, meshes, [], document["drivers"])


def _read_document(folder: Path) -> dict[str, Any]:
    """avatar.json of any earlier version. Raises LikenessError ``too_new`` and as `read_json` does."""
    try:
        return bring_up("avatar", read_json(folder / "avatar.json"), folder.name)
    except ValueError as error:
        raise LikenessError(
            "file_damaged", f"The avatar {folder.name} cannot be read: {error}.", "Build the avatar again."
        ) from error


def load_materials(folder: Path) -> list[Material]:
    """The materials of an avatar's folder with their pictures, without the maps that only a shader knows."""
    document = _read_document(folder)
    return [
        Material(name, entry["kind"], image=_read_image(folder / entry["image"]))
        if "image" in entry
        else Material(name, entry["kind"], color=tuple(entry["color"]))
        for name, entry in document["materials"].items()
    ]


def _pictures(avatar: Avatar) -> dict[str, np.ndarray]:
    """File name -> picture of all materials and the background."""
    pictures: dict[str, np.ndarray] = {}
    for material in avatar.materials:
        if material.image is not None:
            pictures[f"{material.name}.png"] = material.image
        pictures |= {f"{material.name}_{kind}.png": picture for kind, picture in material.maps.items()}
    return pictures if avatar.background is None else pictures | {BACKGROUND: avatar.background}


def _arrays(meshes: Sequence[PartMesh]) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    for mesh in meshes:
        count = len(mesh.positions)
        grid = FINE_GRIDS.get(mesh.name, POSITION_GRID)
        deltas = [_settle(key, grid if name.startswith(MEETING) else 2 * grid) for name, key in mesh.keys.items()]
        arrays |= {
            f"{mesh.name}.positions": _settle(mesh.positions, grid),
            f"{mesh.name}.faces": mesh.faces.astype(np.int32),
            f"{mesh.name}.uv": _settle(mesh.uv, UV_GRID),
            f"{mesh.name}.material": mesh.material.astype(np.int32),
            f"{mesh.name}.weights": _settle_weights(
                mesh.weights, SKIN_WEIGHT_GRID if mesh.name == SKIN else WEIGHT_GRID
            ),
            f"{mesh.name}.deltas": np.array(deltas, np.float32).reshape(len(deltas), count, 3),
        }
    return arrays


def _settle(values: np.ndarray, grid: float) -> np.ndarray:
    """float32 multiples of the grid nearest to the values."""
    return (np.round(values / grid) * grid).astype(np.float32)


def _settle_weights(weights: np.ndarray, grid: float) -> np.ndarray:
    """Multiples of the grid (V, B) whose rows still sum to 1: the largest weight takes what is left."""
    settled = _settle(weights, grid)
    settled[np.arange(len(settled)), settled.argmax(axis=1)] += 1.0 - settled.sum(axis=1)
    return settled


def _write_image(path: Path, image: np.ndarray) -> None:
    if image.ndim == 3:
        image = cv2.cvtColor(
            np.ascontiguousarray(image), cv2.COLOR_RGBA2BGRA if image.shape[2] == 4 else cv2.COLOR_RGB2BGR
        )
    encoded, data = cv2.imencode(".png", image)
    if not encoded:
        raise LikenessError("image_encode", f"The texture {path.name} cannot be encoded.", "Report this as a bug.")
    path.write_bytes(data.tobytes())


def _read_image(path: Path) -> np.ndarray:
    """(H, W, 3 or 4) uint8. Raises LikenessError ``file_damaged``."""
    image = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if image is None:
        raise LikenessError("file_damaged", f"{path} is no picture.", "Build the avatar again.")
    return cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA if image.shape[2] == 4 else cv2.COLOR_BGR2RGB)


def _document(avatar: Avatar) -> dict[str, Any]:
    return {
        **avatar.header,
        **({} if avatar.background is None else {"background": {"file": BACKGROUND}}),
        "bones": [
            {"name": b.name, "parent": b.parent, "head": _numbers(b.head), "tail": _numbers(b.tail)}
            for b in avatar.bones
        ],
        "channels": [
            {"name": name, "kind": kind, "description": describe(name)}
            for kind, names in (("arkit", ARKIT_CHANNELS), ("viseme", VISEMES), ("base", BASE_CHANNELS))
            for name in names
        ],
        "drivers": dict(avatar.drivers),
        "meshes": [
            {
                "name": mesh.name,
                "materials": list(mesh.materials),
                "keys": list(mesh.keys),
                "smooth": mesh.smooth,
                "subdivision": mesh.subdivision,
            }
            for mesh in avatar.meshes
        ],
        "materials": {
            material.name: {"kind": material.kind}
            | (
                {"image": f"{material.name}.png"}
                if material.image is not None
                else {"color": [round(float(c), 4) for c in material.color]}
            )
            | ({"maps": {k: f"{material.name}_{k}.png" for k in material.maps}} if material.maps else {})
            | ({"painted": True} if material.painted else {})
            for material in avatar.materials
        },
    }


def _numbers(vector: np.ndarray) -> list[float]:
    return [round(float(x), 6) for x in vector]


# Words of a channel's name -> what an artist calls them, for tooltips.
_PARTS = {
    "brow": "Brow", "cheek": "Cheek", "eye": "Eye", "jaw": "Jaw", "mouth": "Mouth", "nose": "Nose", "tongue": "Tongue",
}  # fmt: skip


# Channels that are no part of the face but a face of their own.
_BASES = {
    "neutral": "The strict neutral: no expression, lips closed; 0 is the person's habitual face",
    "photo": "What is left of the photo's own expression when the other channels have its values",
}


def describe(channel: str) -> str:
    """One line for a tooltip: ``mouthSmileLeft`` -> ``Mouth: smile, the subject's left``."""
    if channel.startswith("viseme_"):
        return f"Mouth shape of the viseme {channel.removeprefix('viseme_')}"
    if channel in _BASES:
        return _BASES[channel]
    side = next((s for s in ("Left", "Right") if channel.endswith(s)), "")
    stem = channel.removesuffix(side)
    part = next(p for p in _PARTS if stem.startswith(p))
    words = "".join(" " + c.lower() if c.isupper() else c for c in stem.removeprefix(part)).strip()
    if not words:  # jawLeft, mouthRight: the side is the movement
        return f"{_PARTS[part]}: to the subject's {side.lower()}"
    return f"{_PARTS[part]}: {words}" + (f", the subject's {side.lower()}" if side else "")
