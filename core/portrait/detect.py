# SPDX-License-Identifier: GPL-3.0-or-later
"""Where faces may be in a photo: BlazeFace over a pyramid of square windows."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import mediapipe as mp
import numpy as np
from mediapipe.tasks import python as tasks
from mediapipe.tasks.python import vision
from mediapipe.tasks.python.components.containers.detections import Detection

WINDOW_PIXELS = 256  # BlazeFace looks at 128 x 128; twice that keeps its own bilinear reduction clean
LEVELS = 3  # windows of the whole photo, a half and a quarter; finer ones only while no face was found
SMALLEST_WINDOW = 64  # pixels
FINEST_WINDOW = 160  # pixels; a face of 20 px between the eye corners is a fifth of it
SIGHTING = 0.5  # confidence from which on a window's find is looked at closely
SURE = 0.7  # mean confidence of a face. Photographs: .83 and above; cats, flags, coins, stars: .66 and below
CLOSE_VIEWS = (2.0, 3.0)  # widths of the close views, in widths of the face


@dataclass(frozen=True)
class Sighting:
    """Something that looks like a face: centre and width in pixels of the image.

    turn: how far the nose stands off the middle of the eyes, in eye distances along the line of the eyes;
        0 from the front, about 0.4 at 35 degrees of yaw, above 0.6 beyond 50.
    """

    x: float
    y: float
    width: float
    confidence: float
    turn: float


@dataclass(frozen=True)
class Window:
    """A square cut out of an image, in pixels; it may reach over the border."""

    left: int
    top: int
    side: int

    @classmethod
    def around(cls, x: float, y: float, side: float) -> Window:
        whole = max(2, round(side))
        return cls(round(x - whole / 2), round(y - whole / 2), whole)

    def cut(self, image: np.ndarray, pixels: int) -> np.ndarray:
        """(pixels, pixels, 3) uint8; what lies outside repeats the border."""
        height, width = image.shape[:2]
        right, bottom = self.left + self.side, self.top + self.side
        inside = image[max(0, self.top) : max(0, bottom), max(0, self.left) : max(0, right)]
        edges = (max(0, -self.top), max(0, bottom - height), max(0, -self.left), max(0, right - width))
        square = cv2.copyMakeBorder(inside, *edges, borderType=cv2.BORDER_REPLICATE)
        shrinks = self.side > pixels
        return cv2.resize(square, (pixels, pixels), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


class FaceDetector:
    """MediaPipe's short-range face detector, taken out of the landmarker's archive. Use as a context."""

    def __init__(self, task: Path) -> None:
        with zipfile.ZipFile(task) as archive:
            weights = archive.read("face_detector.tflite")
        self._detector = vision.FaceDetector.create_from_options(
            vision.FaceDetectorOptions(
                base_options=tasks.BaseOptions(model_asset_buffer=weights), min_detection_confidence=0.3
            )
        )

    def __enter__(self) -> FaceDetector:
        return self

    def __exit__(self, *_: object) -> None:
        self._detector.close()

    def find(self, image: np.ndarray) -> list[Sighting]:
        """Everything face-like in an (H, W, 3) uint8 image, each once, the most certain first."""
        height, width = image.shape[:2]
        side = float(max(height, width))
        found: list[Sighting] = []
        level = 0
        while (
            level == 0
            or (level < LEVELS and side >= SMALLEST_WINDOW)
            or (side >= FINEST_WINDOW and not any(sighting.confidence >= SURE for sighting in found))
        ):
            for window in _windows(width, height, side):
                found += [face for face in self._look(image, window) if face.confidence >= SIGHTING]
            side, level = side / 2.0, level + 1
        return _merge(found)

    def look_closely(self, image: np.ndarray, sighting: Sighting) -> Sighting:
        """The same face centred anew; confidence is the mean of near, far and mirrored views, 0 where missed.

        A real face is seen in all of them; what only resembles one is lost in some.
        """
        views = [self._nearest(image, sighting, scale, flip) for scale in CLOSE_VIEWS for flip in (False, True)]
        seen = [view for view in views if view is not None]
        if not seen:
            return Sighting(sighting.x, sighting.y, sighting.width, 0.0, sighting.turn)
        mean = np.mean([(view.x, view.y, view.width, view.turn) for view in seen], axis=0)
        confidence = sum(view.confidence for view in seen) / len(views)
        return Sighting(float(mean[0]), float(mean[1]), float(mean[2]), confidence, float(mean[3]))

    def _nearest(self, image: np.ndarray, face: Sighting, scale: float, mirrored: bool) -> Sighting | None:
        window = Window.around(face.x, face.y, scale * face.width)
        near = [view for view in self._look(image, window, mirrored) if _same(view, face, 0.5)]
        return max(near, key=lambda view: view.confidence, default=None)

    def _look(self, image: np.ndarray, window: Window, mirrored: bool = False) -> list[Sighting]:
        pixels = window.cut(image, WINDOW_PIXELS)
        if mirrored:
            pixels = np.ascontiguousarray(pixels[:, ::-1])
        result = self._detector.detect(mp.Image(image_format=mp.ImageFormat.SRGB, data=pixels))
        return [_sighting(detection, window, mirrored) for detection in result.detections]


def _sighting(detection: Detection, window: Window, mirrored: bool) -> Sighting:
    """In pixels of the image. The detector's first three key points: right eye, left eye, nose."""
    box, scale = detection.bounding_box, window.side / WINDOW_PIXELS
    x, y = box.origin_x + box.width / 2.0, box.origin_y + box.height / 2.0
    right, left, nose = (np.array([point.x, point.y]) for point in (detection.keypoints or [])[:3])
    line = left - right
    turn = float((nose - (left + right) / 2.0) @ line / max(1e-9, float(line @ line)))
    return Sighting(
        x=window.left + scale * (WINDOW_PIXELS - x if mirrored else x),
        y=window.top + scale * y,
        width=scale * box.width,
        confidence=float(detection.categories[0].score),
        turn=-turn if mirrored else turn,
    )


def _windows(width: int, height: int, side: float) -> Iterator[Window]:
    """Squares of one size over the whole image, half overlapping; one that is larger than it is centred."""
    for top in _starts(height, side):
        for left in _starts(width, side):
            yield Window(round(left), round(top), max(2, round(side)))


def _starts(length: int, side: float) -> np.ndarray:
    if side >= length:
        return np.array([(length - side) / 2.0])
    return np.linspace(0.0, length - side, int(np.ceil((length - side) / (side / 2.0))) + 1)


def _same(a: Sighting, b: Sighting, apart: float) -> bool:
    return float(np.hypot(a.x - b.x, a.y - b.y)) < apart * max(a.width, b.width)


def _merge(found: list[Sighting]) -> list[Sighting]:
    kept: list[Sighting] = []
    for sighting in sorted(found, key=lambda face: (-face.confidence, face.x, face.y)):
        if not any(_same(sighting, other, 0.5) for other in kept):
            kept.append(sighting)
    return kept
