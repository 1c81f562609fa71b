# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of MediaPipe's 478 face landmarks is which: mirror partners and the outlines of the parts.

Indices 0..467 are the vertices of MediaPipe's canonical face mesh, 468..477 the irises (centre, +x, top, -x,
bottom of each, in an upright photo). Left and right below are the subject's own.
"""

from __future__ import annotations

import functools
import re
import zipfile
from pathlib import Path

import numpy as np
from scipy.spatial import KDTree

EYE_OUTER = (33, 263)  # right, left
CHIN = 152
EYE_RIGHT = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
EYE_LEFT = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
BROW_RIGHT = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46)
BROW_LEFT = (300, 293, 334, 296, 336, 285, 295, 282, 283, 276)
LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip

IRISES = 10  # the last landmarks
_IRIS_MIRROR = (473, 476, 475, 474, 477, 468, 471, 470, 469, 472)
_VERTICES = 468


@functools.cache
def canonical_face(task: Path) -> np.ndarray:
    """(468, 3) float64 vertices in cm (x to the subject's left, y up, z forward) of the landmarker's mesh.

    task: the ``face_landmarker.task`` archive. The mesh lies inside as a protobuf message whose vertex
    buffer is a run of 468 x 5 floats (x, y, z, u, v), each behind the tag byte 0x1d.
    """
    with zipfile.ZipFile(task) as archive:
        message = archive.read("geometry_pipeline_metadata_landmarks.binarypb")
    run = re.search(rb"(?:\x1d.{4}){%d}" % (_VERTICES * 5), message, re.DOTALL)
    if run is None:
        raise ValueError(f"{task.name} holds no canonical face mesh")
    floats = np.frombuffer(run.group(), np.uint8).reshape(-1, 5)[:, 1:].copy().view("<f4")
    return floats.reshape(_VERTICES, 5)[:, :3].astype(np.float64)


@functools.cache
def mirror_partners(task: Path) -> np.ndarray:
    """(478,) int: landmark i of a mirrored photo is landmark ``mirror_partners[i]`` of the photo itself."""
    vertices = canonical_face(task)
    _, partners = KDTree(vertices).query(vertices * (-1.0, 1.0, 1.0))
    return np.concatenate([partners, _IRIS_MIRROR])
