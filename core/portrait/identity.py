# SPDX-License-Identifier: GPL-3.0-or-later
"""How alike two pictures of a face are: YuNet finds and aligns it, SFace describes it.

Zhong et al., SFace: Sigmoid-constrained hypersphere loss for robust face recognition, 2021. Same person 0.86 to
0.98, different people below 0.17 (measured on the portraits), the authors' threshold is 0.363.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

from core.models import model_path
from core.portrait.detect import Window

FOUND = 0.5  # confidence; renders of unusual heads are found with less certainty than photos
WORK_SIDE = 512  # pixels of the longer side at which the face is looked for
SAME_PERSON = 0.363  # the authors' threshold
FACE_ROOM = 2.0  # of the landmarks' extent: what is cut out around one face
PAD = 0.25  # of the longer side: a face that fills the whole picture is found only with room about it


class IdentityReader:
    """Describes faces by unit vectors whose product is their likeness."""

    def __init__(self) -> None:
        self._detector = cv2.FaceDetectorYN.create(str(model_path("face_boxes")), "", (WORK_SIDE, WORK_SIDE), FOUND)
        self._recogniser = cv2.FaceRecognizerSF.create(str(model_path("face_identity")), "")

    def describe(self, image: np.ndarray) -> np.ndarray | None:
        """Unit vector (128,) of the largest face in (H, W, 3) uint8 sRGB; None where no face is found."""
        height, width = image.shape[:2]
        scale = WORK_SIDE / max(height, width)
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        small = cv2.resize(image[..., ::-1], (round(width * scale), round(height * scale)), interpolation=how)
        edge = round(PAD * WORK_SIDE)
        small = cv2.copyMakeBorder(small, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
        self._detector.setInputSize(small.shape[1::-1])
        _, faces = self._detector.detect(small)
        if faces is None or not len(faces):
            return None
        largest = faces[np.argmax(faces[:, 2] * faces[:, 3])]
        feature = self._recogniser.feature(self._recogniser.alignCrop(small, largest))[0]
        return feature / max(float(np.linalg.norm(feature)), 1e-9)


@cache
def shared_reader() -> IdentityReader:
    """The one reader of this process, whose networks are loaded once; for one thread at a time."""
    return IdentityReader()


def cut_face(image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """The photo (H, W, 3) around the face with landmarks (N, 2 or 3), where no other face is larger."""
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    x, y = (low + high) / 2
    return Window.around(float(x), float(y), FACE_ROOM * float((high - low).max())).cut(image, WORK_SIDE)


def likeness(one: np.ndarray | None, other: np.ndarray | None) -> float:
    """Cosine of two descriptions; NaN where either is missing."""
    return float("nan") if one is None or other is None else float(one @ other)
