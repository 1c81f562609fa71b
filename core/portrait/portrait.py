# SPDX-License-Identifier: GPL-3.0-or-later
"""The Portrait and how a photo file becomes one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from core.models import model_path
from core.portrait.camera import Camera, estimate_camera
from core.portrait.choice import choose_face
from core.portrait.decode import Photo, read_photo
from core.portrait.face import Doubtful, Face, FaceReader, yaw_of
from core.portrait.matte import matte_person
from core.portrait.quality import judge_photo
from core.portrait.topology import OVAL
from core.progress import Progress, silent, span

Side = Literal["left", "right"]
LYING = math.radians(50.0)  # roll beyond which the photo is taken to lie on its side

__all__ = ["Camera", "Portrait", "Side", "load_portrait"]


@dataclass(frozen=True)
class Portrait:
    """One photo of one person, ready to be fitted.

    image: (H, W, 3) uint8 sRGB, upright.
    landmarks: (478, 3) float64; x, y in pixels of image (y down; pixel i spans i..i+1), z in pixels, smaller
        is nearer (MediaPipe's own weak depth). The mean of the photo's and of its mirror image's.
    scores: ARKit channel -> 0..1, the landmarker's expression scores (tongueOut is 0).
    pose: (4, 4) float64, MediaPipe's facial transformation matrix (cm): from its canonical face to an OpenGL
        camera (x right, y up, z towards the viewer) that looks straight at the face.
    matte: (H, W) float32, 1 where the person is.
    sides: further photos of the same person, by the side of the head that they show (core/portrait/sides.py).
    pinned: numbers of the landmarks that a person has set by hand (core/portrait/pins.py).
    """

    path: Path
    sha256: str
    image: np.ndarray
    landmarks: np.ndarray
    scores: Mapping[str, float]
    pose: np.ndarray
    matte: np.ndarray
    camera: Camera
    warnings: tuple[str, ...]
    sides: Mapping[Side, Portrait] = field(default_factory=dict)
    pinned: tuple[int, ...] = ()

    @property
    def yaw(self) -> float:
        """Radians; positive turns to the subject's left."""
        return yaw_of(self.pose)


def load_portrait(path: Path, face: int | None = None, progress: Progress = silent) -> Portrait:
    """Read a photo and find the person in it.

    face: which of several faces, 1 being the largest, by the distance between the eye corners; None takes the
    largest and warns. Same file, same Portrait, bit for bit, on one machine.

    Raises LikenessError ``photo_missing``, ``photo_empty``, ``photo_unreadable``, ``photo_too_large``,
    ``photo_too_small``, ``face_not_found``, ``face_implausible``, ``face_index``, ``face_too_small``,
    ``face_cut``, ``face_turned``, and those of `core.models.model_path`.
    """
    progress(0.0, "Reading the photo")
    photo = read_photo(path)
    progress(0.1, "Finding the face")
    with FaceReader(model_path("face_landmarker")) as reader:
        photo, faces, doubtful = _read_upright(reader, photo)
    height, width = photo.image.shape[:2]
    chosen, warnings = choose_face(faces, doubtful, face, width, height)
    others = [other.sighting for other in (*faces, *doubtful) if other is not chosen]
    part = span(progress, 0.25, 0.95)
    matte = matte_person(photo.image, chosen, others, model_path("selfie_segmenter"), photo.alpha, part)
    camera = estimate_camera(photo.exif, photo.scale, width, height, chosen.size)
    progress(1.0, "The photo is read")
    portrait = Portrait(
        path=path,
        sha256=photo.sha256,
        image=photo.image,
        landmarks=chosen.landmarks,
        scores=chosen.scores,
        pose=chosen.pose,
        matte=matte,
        camera=camera,
        warnings=photo.warnings + warnings + _border_warnings(matte, chosen),
    )
    return replace(portrait, warnings=portrait.warnings + tuple(remark.text for remark in judge_photo(portrait)))


def _read_upright(reader: FaceReader, photo: Photo) -> tuple[Photo, list[Face], list[Doubtful]]:
    """Photos that lost their EXIF orientation lie on their side: try quarter turns where that may be so."""
    faces, doubtful = reader.read(photo.image)
    if faces and abs(faces[0].roll) <= LYING:
        return photo, faces, doubtful
    for quarters in (1, 3, 2):
        turned = np.ascontiguousarray(np.rot90(photo.image, quarters))
        found, unsure = reader.read(turned)
        if found and abs(found[0].roll) <= LYING:
            alpha = None if photo.alpha is None else np.ascontiguousarray(np.rot90(photo.alpha, quarters))
            said = (*photo.warnings, "The photo lay on its side or upside down and was turned upright.")
            return replace(photo, image=turned, alpha=alpha, warnings=said), found, unsure
    return photo, faces, doubtful


def _border_warnings(matte: np.ndarray, face: Face) -> tuple[str, ...]:
    oval = face.landmarks[list(OVAL), 0]
    columns = slice(max(0, int(oval.min())), int(oval.max()) + 1)
    if float(matte[:2, columns].mean()) > 0.3:
        return ("The top of the head is outside the photo; the rest is guessed.",)
    return ()
