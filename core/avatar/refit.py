# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit again to pins, quickly: what Blender shows between one drag and the next, long before the avatar is rebuilt."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.avatar.fit import Fit, describe_camera
from core.avatar.hair_region import HairRegion, find_hair_region
from core.avatar.hold import fit_head
from core.avatar.template import Template, load_template
from core.portrait import Portrait, load_portrait
from core.portrait.pins import PIN_NAMES, name_landmark, pin_portrait, read_pins
from core.portrait.sides import add_sides
from core.progress import Progress, silent
from core.storage import write_folder, write_json, write_npz

NAMED = tuple(PIN_NAMES.values())
PICTURE_QUALITY = 92  # of the JPEG that stands behind the pins


@dataclass(frozen=True)
class Subject:
    """One person, read from the photos once and kept: template, portrait without pins, its hair, its fit."""

    template: Template
    portrait: Portrait
    region: HairRegion
    fit: Fit


def refit_avatar(
    photo: Path,
    out: Path,
    *,
    face: int | None = None,
    photo_left: Path | None = None,
    photo_right: Path | None = None,
    pins: Path | None = None,
    picture: bool = False,
    progress: Progress = silent,
) -> Fit:
    """Fit the head to the photo with its pins and write the folder ``out`` (docs/architecture.md, ``NAME.refit``).

    The photos are read once and kept in memory as long as they are asked for; from then on a call is one fit.
    picture: whether to add the upright photo. Raises LikenessError as `build_avatar` does.
    """
    progress(0.0, "Reading the photo")
    photos = (photo, photo_left, photo_right)
    subject = read_subject(photos, face, tuple(map(_digest, photos)))
    progress(0.3, "Fitting the head")
    portrait = pin_portrait(subject.portrait, read_pins(pins)) if pins else subject.portrait
    fit = refit(subject, portrait)
    rows = np.unique(subject.template.faces)  # as `build_head` numbers them

    def write(folder: Path) -> None:
        write_npz(folder / "refit.npz", {"head": fit.posed[rows].astype(np.float32)})
        write_json(folder / "refit.json", _describe(subject, portrait, fit))
        if picture:
            _write_picture(folder / "picture.jpg", portrait.image)

    write_folder(out, write)
    progress(1.0, "The head is fitted")
    return fit


def refit(subject: Subject, portrait: Portrait) -> Fit:
    """The fit to the subject's portrait with pins in it."""
    if not portrait.pinned:
        return subject.fit
    return fit_head(portrait, subject.template, subject.region)


@functools.lru_cache(maxsize=1)
def read_subject(photos: tuple[Path, Path | None, Path | None], face: int | None, digests: tuple[str, ...]) -> Subject:
    """Photo, left and right side photo as a Subject. digests: sha256 of the files, so that a changed one is read."""
    photo, left, right = photos
    portrait = add_sides(load_portrait(photo, face), {"left": left, "right": right})
    template = load_template()
    region = find_hair_region(portrait)
    return Subject(template, portrait, region, fit_head(portrait, template, region))


def _digest(path: Path | None) -> str:
    """sha256 of a file, empty for one that is not there: reading it says what is wrong."""
    if path is None or not path.is_file():
        return ""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _describe(subject: Subject, portrait: Portrait, fit: Fit) -> dict[str, Any]:
    camera = fit.camera
    return {
        "format": 1,
        "photo": {"sha256": portrait.sha256, "width": camera.width, "height": camera.height},
        "camera": describe_camera(fit),
        "error": round(fit.warped_error, 5),
        "marks": [
            {
                "landmark": number,
                "name": name_landmark(number),
                "place": portrait.landmarks[number, :2],
                "found": subject.portrait.landmarks[number, :2],
                "pinned": number in portrait.pinned,
            }
            for number in (*NAMED, *(n for n in portrait.pinned if n not in NAMED))
        ],
    }


def _write_picture(path: Path, image: np.ndarray) -> None:
    _, data = cv2.imencode(".jpg", image[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, PICTURE_QUALITY))
    path.write_bytes(data.tobytes())
