# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces in a photo: landmarks, expression scores and pose, and whether each is a photographed face at all.

The bounds were measured on 36 photographs and renders of faces against 90 other pictures (cats, coins, stars,
textures, 60 drawn faces); the figures stand beside the constants.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import mediapipe as mp
import numpy as np
from mediapipe.tasks import python as tasks
from mediapipe.tasks.python import vision

from core.channels import ARKIT_CHANNELS
from core.portrait import topology
from core.portrait.detect import SURE, FaceDetector, Sighting, Window

CROP_WIDTH = 3.0  # of the face's; of 1.6, 2, 2.5, 3 and 4 the steadiest between two views of one head
CROP_PIXELS = 512
# Largest rms distance to the mirrored photo's landmarks, in eye distances. Faces within 50 degrees: up to
# .05; what is none: .09 and above.
STEADY = 0.08
# Largest share of perfectly even skin. Photographs: up to .05, up to .23 with heavy JPEG compression or
# smoothing filters; drawings: .36 and above.
SHADED = 0.3
OVEREXPOSED = 249.0
PROFILE = 0.6  # Sighting.turn beyond which the landmarks can't be expected to hold
YAW_READING = 0.87  # MediaPipe reads 30 to 32 degrees where the rendered heads turn by 35 to 36, 42 at 47

Doubt = Literal["cut", "turned", "unsteady", "drawn"]


def yaw_of(pose: np.ndarray) -> float:
    """Radians by which a face with this pose (4, 4) turns to the subject's left, MediaPipe's low reading undone."""
    return float(np.arctan2(pose[0, 2], pose[2, 2])) / YAW_READING


@dataclass(frozen=True)
class Face:
    """One face that was read.

    landmarks: (478, 3) float64 pixels of the image (x right, y down, a pixel's own area spans i..i+1); z in
        pixels too, smaller is nearer.
    scores: ARKit channel -> 0..1.
    pose: (4, 4) float64, rigid, cm, of MediaPipe's canonical face in an OpenGL camera (x right, y up, z to
        the viewer) that looks straight at the face.
    width: of the detector's box, pixels.
    confidence, unsteadiness: see SURE and STEADY.
    """

    landmarks: np.ndarray
    scores: Mapping[str, float]
    pose: np.ndarray
    width: float
    confidence: float
    unsteadiness: float

    @property
    def eyes(self) -> float:
        """Distance between the outer eye corners in pixels of the image."""
        right, left = self.landmarks[list(topology.EYE_OUTER), :2]
        return float(np.linalg.norm(left - right))

    @property
    def size(self) -> float:
        """The same in 3D, so that a turned head does not count as a smaller one."""
        right, left = self.landmarks[list(topology.EYE_OUTER)]
        return float(np.linalg.norm(left - right))

    @property
    def yaw(self) -> float:
        """Radians; positive turns to the subject's left. Corrected for MediaPipe's low reading."""
        return yaw_of(self.pose)

    @property
    def roll(self) -> float:
        """Radians by which the line of the eyes is turned clockwise in the image."""
        right, left = self.landmarks[list(topology.EYE_OUTER), :2]
        return float(np.arctan2(left[1] - right[1], left[0] - right[0]))

    def outside(self, width: int, height: int) -> float:
        """The share of the face mesh that lies beyond the border of a photo of that size."""
        points = self.landmarks[: -topology.IRISES, :2]
        return float(((points < 0.0) | (points > (width, height))).any(axis=1).mean())

    @property
    def sighting(self) -> Sighting:
        """Where it was seen, from its landmarks."""
        x, y = self.landmarks[: -topology.IRISES, :2].mean(axis=0)
        return Sighting(float(x), float(y), self.width, self.confidence, 0.0)


@dataclass(frozen=True)
class Doubtful:
    """A sure sighting that is no usable face, and why."""

    reason: Doubt
    sighting: Sighting


@dataclass(frozen=True)
class _Reading:
    landmarks: np.ndarray
    scores: dict[str, float]
    pose: np.ndarray


class FaceReader:
    """Finds and reads all faces of a photo. Use as a context: MediaPipe's graphs want to be closed."""

    def __init__(self, task: Path) -> None:
        self._stack = ExitStack()
        self._partners = topology.mirror_partners(task)
        self._detector = self._stack.enter_context(FaceDetector(task))
        self._landmarker = self._stack.enter_context(
            vision.FaceLandmarker.create_from_options(
                vision.FaceLandmarkerOptions(
                    base_options=tasks.BaseOptions(model_asset_buffer=task.read_bytes()),
                    num_faces=4,
                    min_face_detection_confidence=0.2,
                    min_face_presence_confidence=0.1,
                    output_face_blendshapes=True,
                    output_facial_transformation_matrixes=True,
                )
            )
        )

    def __enter__(self) -> FaceReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def read(self, image: np.ndarray) -> tuple[list[Face], list[Doubtful]]:
        """All faces of an (H, W, 3) uint8 image, the largest first, and the sure sightings that are none."""
        faces: list[Face] = []
        doubtful: list[Doubtful] = []
        for sighting in self._detector.find(image):
            near = self._detector.look_closely(image, sighting)
            if near.confidence < SURE:
                continue
            face = self._read_one(image, near)
            (faces if isinstance(face, Face) else doubtful).append(face)  # type: ignore[arg-type]
        faces.sort(key=lambda face: (-face.size, face.landmarks[0, 0]))
        doubtful.sort(key=lambda doubt: -doubt.sighting.width)
        return faces, doubtful

    def _read_one(self, image: np.ndarray, sighting: Sighting) -> Face | Doubtful:
        """The mean of the face and its mirror image.

        On the exact heads of three rendered people this lowers the mean distance between the surface points
        that two views give from 4.12 to 4.00 mm, and the shift under a 0.7x reduction from .0062 to .0051 eye
        distances; further scales, shifts and rotations gain at most .0008 for two to eight times the work.
        """
        window = Window.around(sighting.x, sighting.y, CROP_WIDTH * sighting.width)
        plain, flipped = self._landmarks(image, window, False), self._landmarks(image, window, True)
        face = _mean(plain, flipped, sighting) if plain is not None and flipped is not None else None
        if face is None or face.unsteadiness > STEADY:
            return Doubtful(_why_unsteady(sighting, image), sighting)
        if even_share(image, face.landmarks) > SHADED:
            return Doubtful("drawn", sighting)
        return face

    def _landmarks(self, image: np.ndarray, window: Window, mirrored: bool) -> _Reading | None:
        """The face nearest to the window's centre, in pixels of the image and not mirrored any more."""
        pixels = window.cut(image, CROP_PIXELS)
        if mirrored:
            pixels = np.ascontiguousarray(pixels[:, ::-1])
        result = self._landmarker.detect(mp.Image(image_format=mp.ImageFormat.SRGB, data=pixels))
        meshes = [np.array([(p.x, p.y, p.z) for p in mesh]) for mesh in result.face_landmarks]
        off = [float(np.linalg.norm(mesh[:, :2].mean(axis=0) - 0.5)) for mesh in meshes]
        if not off or min(off) > 0.5 / CROP_WIDTH:
            return None
        nearest = int(np.argmin(off))
        points = meshes[nearest]
        pose = np.asarray(result.facial_transformation_matrixes[nearest], dtype=np.float64)
        scores = {score.category_name: float(score.score) for score in result.face_blendshapes[nearest]}
        if mirrored:
            flip = np.diag([-1.0, 1.0, 1.0, 1.0])
            points = (points * (-1.0, 1.0, 1.0) + (1.0, 0.0, 0.0))[self._partners]
            pose = flip @ pose @ flip
            scores = {_other_side(name): score for name, score in scores.items()}
        points = points * window.side + (window.left, window.top, 0.0)
        return _Reading(points, scores, pose)


def even_share(image: np.ndarray, landmarks: np.ndarray) -> float:
    """The share of the bare skin of a face whose brightness does not change at all: a drawing's flat paint.

    Skin is the face oval without eyes, brows and lips; even is what changes by less than 0.2 % a pixel in
    every channel that is not overexposed, after scaling the eye distance to 128 px and a blur of 3 px.
    Drawings that are shaded like a photo pass.
    """
    side, eyes = 448, float(np.linalg.norm(np.diff(landmarks[list(topology.EYE_OUTER)], axis=0)))
    scale = 128.0 / eyes
    centre = landmarks[: -topology.IRISES, :2].mean(axis=0)
    warp = np.column_stack([np.eye(2) * scale, side / 2 - scale * centre])
    source = cv2.GaussianBlur(image, (0, 0), 0.45 / scale) if scale < 1.0 else image
    crop = cv2.warpAffine(source, warp, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    skin = _skin_mask(landmarks[:, :2] * scale + warp[:, 2], side)
    smooth = cv2.GaussianBlur(crop.astype(np.float32), (0, 0), 3.0)
    slope = np.hypot(*(cv2.Sobel(np.log(smooth + 1.0), cv2.CV_32F, dx, 1 - dx, scale=1 / 8) for dx in (1, 0)))
    exposed = smooth < OVEREXPOSED
    skin &= exposed.any(axis=2)
    steepest = np.where(exposed, slope, 0.0).max(axis=2)
    return float((steepest[skin] < 0.002).mean()) if skin.any() else 1.0


def _why_unsteady(sighting: Sighting, image: np.ndarray) -> Doubt:
    height, width = image.shape[:2]
    reach = 0.4 * sighting.width  # a tenth of the face's box beyond the border
    inside = reach <= sighting.x <= width - reach and reach <= sighting.y <= height - reach
    if not inside:
        return "cut"
    return "turned" if abs(sighting.turn) > PROFILE else "unsteady"


def _skin_mask(points: np.ndarray, side: int) -> np.ndarray:
    mask = np.zeros((side, side), np.uint8)
    cv2.fillPoly(mask, [np.rint(points[list(topology.OVAL)]).astype(np.int32)], 1)
    mask = cv2.erode(mask, np.ones((17, 17), np.uint8))
    parts = (topology.EYE_RIGHT, topology.EYE_LEFT, topology.BROW_RIGHT, topology.BROW_LEFT, topology.LIPS)
    for part in parts:
        hole = np.zeros_like(mask)
        cv2.fillConvexPoly(hole, cv2.convexHull(np.rint(points[list(part)]).astype(np.int32)), 1)
        mask[cv2.dilate(hole, np.ones((15, 15), np.uint8)) > 0] = 0
    return mask > 0


def _mean(plain: _Reading, flipped: _Reading, sighting: Sighting) -> Face:
    landmarks = (plain.landmarks + flipped.landmarks) / 2.0
    eyes = float(np.linalg.norm(np.diff(landmarks[list(topology.EYE_OUTER)], axis=0)))
    apart = np.linalg.norm((plain.landmarks - flipped.landmarks)[:, :2], axis=1)
    pose = (plain.pose + flipped.pose) / 2.0
    left, _, right = np.linalg.svd(pose[:3, :3])
    pose[:3, :3] = left @ right
    a, b = plain.scores, flipped.scores
    scores = {name: (a.get(name, 0.0) + b.get(name, 0.0)) / 2.0 for name in ARKIT_CHANNELS}
    unsteadiness = float(np.sqrt((apart**2).mean())) / eyes
    return Face(landmarks, scores, pose, sighting.width, sighting.confidence, unsteadiness)


def _other_side(name: str) -> str:
    if name.endswith("Left"):
        return name.removesuffix("Left") + "Right"
    return name.removesuffix("Right") + "Left" if name.endswith("Right") else name
