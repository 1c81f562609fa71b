# SPDX-License-Identifier: GPL-3.0-or-later
"""How good an avatar is, measured on quick pictures of it: kept in avatar.json, shown in the panel.

The identity network says how alike avatar and photo are; `build.py bench likeness` measures the same on Blender's
pictures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from core.avatar.framing import View, Window, head_part, photo_view, yaw_view
from core.avatar.store import Avatar
from core.avatar.view import Studio, over, posed_meshes, render
from core.portrait import Portrait
from core.portrait.identity import cut_face, likeness, shared_reader

SIZE = 224  # pixels of the pictures; the identity network itself looks at 112
# Name of the score -> the turns of the head whose mean it is, degrees.
TURNS: Mapping[str, tuple[int, ...]] = {
    "sface_yaw0": (0,),
    "sface_yaw15": (-15, 15),
    "sface_yaw30": (-30, 30),
}


def measure_scores(portrait: Portrait, avatar: Avatar) -> dict[str, float]:
    """``sface_photo_view``, ``sface_yaw0`` .. ``sface_yaw30`` (cosines) and ``silhouette_iou``.

    A view in which no face is found scores 0.
    """
    reader = shared_reader()
    photo = reader.describe(cut_face(portrait.image, portrait.landmarks))

    def alike(picture: np.ndarray) -> float:
        score = likeness(photo, reader.describe(over(picture)))
        return 0.0 if math.isnan(score) else score

    expressed, rest = posed_meshes(avatar, avatar.header["photo_expression"]), posed_meshes(avatar, {})
    view, window = photo_view(avatar.header["camera"], head_of(avatar, expressed), SIZE)
    head, eyes, studio = head_of(avatar, rest), eyes_of(avatar), Studio(avatar, rest)
    with ThreadPoolExecutor(max_workers=1) as other:
        # Drawn one ahead of the reader.
        drawn = other.submit(render, avatar, view, expressed)
        turns = {
            yaw: other.submit(studio.render, yaw_view(yaw, head, eyes, SIZE)) for yaws in TURNS.values() for yaw in yaws
        }
        picture = drawn.result()
        overlap = silhouette_overlap(picture, portrait.matte, window)
        scores = {"sface_photo_view": alike(picture), "silhouette_iou": overlap}
        for name, yaws in TURNS.items():
            scores[name] = float(np.mean([alike(turns[yaw].result()) for yaw in yaws]))
    return {name: round(value, 4) for name, value in scores.items()}


def turned(avatar: Avatar, yaw: float, size: int = SIZE) -> np.ndarray:
    """Picture (size, size, 4) of the rest pose turned by ``yaw`` degrees."""
    rest = posed_meshes(avatar, {})
    view: View = yaw_view(yaw, head_of(avatar, rest), eyes_of(avatar), size)
    return render(avatar, view, rest)


def eyes_of(avatar: Avatar) -> np.ndarray:
    """The point (3,) between the eyes' centres."""
    return np.mean([bone.head for bone in avatar.bones if bone.name.startswith("eye_")], axis=0)


def head_of(avatar: Avatar, positions: list[np.ndarray]) -> np.ndarray:
    """Points (N, 3) of head and hair above the neck; positions: as `posed_meshes` gives them."""
    named = zip(avatar.meshes, positions, strict=True)
    points = np.concatenate([where for mesh, where in named if mesh.name in ("head", "hair")])
    return head_part(points, eyes_of(avatar))


def silhouette_overlap(picture: np.ndarray, matte: np.ndarray, window: Window) -> float:
    """Intersection over union of the picture's alpha (N, N, 4) and the matte (H, W) in the window of the photo.

    Only what lies inside the photo counts.
    """
    size = len(picture)
    matrix = window.to(size)
    person = cv2.warpAffine(matte, matrix, (size, size), flags=cv2.INTER_AREA) > 0.5
    inside = cv2.warpAffine(np.ones(matte.shape, np.uint8), matrix, (size, size), flags=cv2.INTER_NEAREST) > 0
    drawn = picture[..., 3] > 127
    union = ((person | drawn) & inside).sum()
    return float((person & drawn & inside).sum() / max(int(union), 1))
