# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder ``NAME.refit/`` read, and a pins file written (docs/architecture.md, "Pins"). No bpy here."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import LikenessError
from ..photo.placement import PhotoCamera, make_camera
from ..words import tell

Places = Mapping[int, tuple[float, float]]  # landmark -> (x, y) in pixels of the upright photo, y down


@dataclass(frozen=True)
class Mark:
    """A landmark that can be pinned: where it lies now, and where the landmarker saw it (pixels)."""

    landmark: int
    name: str
    place: tuple[float, float]
    found: tuple[float, float]
    pinned: bool


@dataclass(frozen=True)
class Refit:
    """head: (V, 3) float32, the vertices of the mesh ``head`` as the photo shows them. picture: file or None."""

    photo_sha256: str
    camera: PhotoCamera
    head: np.ndarray
    marks: tuple[Mark, ...]
    picture: Path | None


def read_refit(folder: Path) -> Refit:
    """Read what the core's ``refit_avatar`` wrote. Raises LikenessError ``refit_unreadable``."""
    try:
        document = json.loads((folder / "refit.json").read_text(encoding="utf-8"))
        with np.load(folder / "refit.npz", allow_pickle=False) as arrays:
            head = np.ascontiguousarray(arrays["head"], dtype=np.float32)
        picture = folder / "picture.jpg"
        return Refit(
            document["photo"]["sha256"],
            make_camera(document["camera"]),
            head,
            tuple(
                Mark(mark["landmark"], mark["name"], tuple(mark["place"]), tuple(mark["found"]), mark["pinned"])
                for mark in document["marks"]
            ),
            picture if picture.is_file() else None,
        )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise LikenessError(
            "refit_unreadable", tell("{name} cannot be read: {error}.", name=folder.name, error=error), "Try again."
        ) from error


def write_pins(path: Path, photo_sha256: str, places: Places) -> Path:
    """Write a pins file."""
    pins = [{"landmark": landmark, "x": x, "y": y} for landmark, (x, y) in sorted(places.items())]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"photo_sha256": photo_sha256, "pins": pins}, indent=1) + "\n", encoding="utf-8")
    return path
