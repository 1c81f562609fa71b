# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in the core's Python: look at every frame of a clip and print what is seen as one line of JSON.

python watch_clip.py CLIP.mp4
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import mediapipe
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from core.models import model_path

# MediaPipe's face mesh: middle of the upper and of the lower inner lip, outer corners of the eyes.
UPPER_LIP, LOWER_LIP = 13, 14
EYE_CORNERS = (33, 263)


def watch(clip: Path) -> list[dict[str, float | None]]:
    """One entry per frame: seconds, gap (see `Seen` in conftest.py), mean and spread of the grey values."""
    video = cv2.VideoCapture(str(clip))
    fps = video.get(cv2.CAP_PROP_FPS)
    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model_path("face_landmarker"))),
        running_mode=vision.RunningMode.IMAGE,
    )
    seen: list[dict[str, float | None]] = []
    with vision.FaceLandmarker.create_from_options(options) as landmarker:
        while True:
            more, frame = video.read()
            if not more:
                return seen
            grey = frame.mean(axis=2)
            seen.append(
                {
                    "seconds": len(seen) / fps,
                    "gap": measure_gap(landmarker, frame),
                    "mean": float(grey.mean()),
                    "spread": float(grey.std()),
                }
            )


def measure_gap(landmarker: vision.FaceLandmarker, frame: np.ndarray) -> float | None:
    """Height between the inner lips over the distance of the outer eye corners; None without a face."""
    rgb = np.ascontiguousarray(frame[..., ::-1])
    result = landmarker.detect(mediapipe.Image(image_format=mediapipe.ImageFormat.SRGB, data=rgb))
    if not result.face_landmarks:
        return None
    height, width = frame.shape[:2]
    points = np.array([(point.x * width, point.y * height) for point in result.face_landmarks[0]])
    across = np.linalg.norm(points[EYE_CORNERS[0]] - points[EYE_CORNERS[1]])
    return float(np.linalg.norm(points[LOWER_LIP] - points[UPPER_LIP]) / across)


if __name__ == "__main__":
    print(json.dumps(watch(Path(sys.argv[1]))))
