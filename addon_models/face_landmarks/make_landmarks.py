# SPDX-License-Identifier: GPL-3.0-or-later
"""Find where MediaPipe's 468 face landmarks lie on the head template; writes landmarks.json beside this file.

Run with the core's Python from the repository's root: ``python addon_models/face_landmarks/make_landmarks.py``.
The template is drawn with skin, lip, brow and eye colours from several sides, mouth closed and open; the
landmarker runs on the drawings; rays through its points give triangles and barycentric weights.
"""

from __future__ import annotations

import json
from pathlib import Path

import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision
from scipy.optimize import linear_sum_assignment
from trimesh.triangles import closest_point, points_to_barycentric

from core.avatar.rays import Hits, RayScene, triangle_faces, triangulate, vertex_normals
from core.avatar.rings import lip_rings
from core.avatar.template import Template, load_template
from core.channels import ARKIT_CHANNELS
from core.models import model_path

SIZE = 1024
WIDTH = 0.34  # metres across the picture at the face
DISTANCE = 1.5
CENTRE = np.array([0.0, -0.09, 1.585])
CLOSED_YAWS = (-0.4, -0.2, 0.0, 0.2, 0.4)
OPEN_YAWS = (-0.15, 0.0, 0.15)
# Landmarks of the inner lip contour (mediapipe FACEMESH_LIPS, inner): seen only when the mouth is open.
INNER_LIPS = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
SKIN, LIP, BROW, CAVITY, WHITE, IRIS, PUPIL = range(7)
PALETTE = np.array(
    [[224, 180, 158], [176, 92, 88], [92, 66, 52], [90, 32, 32], [240, 240, 240], [90, 60, 40], [10, 10, 10]],
    float,
)
LIGHT = np.array([0.2, -0.85, 0.5]) / np.linalg.norm([0.2, -0.85, 0.5])


def paint(template: Template) -> tuple[np.ndarray, np.ndarray]:
    """Quads of everything drawn and the colour index of each."""
    ring = lip_rings(template)
    lip = (ring[template.faces] >= 0).all(axis=1)
    lowered = sum(
        np.linalg.norm(template.key_deltas[ARKIT_CHANNELS.index(f"browDown{side}")], axis=1)
        for side in ("Left", "Right")
    )
    brow = np.asarray(lowered)[template.faces].mean(axis=1)
    colour = np.where(template.region >= 2, CAVITY, SKIN)
    colour[(template.region == 0) & (brow > 0.88 * brow.max())] = BROW
    colour[(template.region == 0) & lip] = LIP
    parts = [template.faces]
    colours = [colour]
    for name, kind in (("eye_left", WHITE), ("eye_right", WHITE), ("tongue", CAVITY), ("teeth_upper", WHITE)):
        parts.append(template.parts[name])
        colours.append(np.full(len(template.parts[name]), kind))
    return np.concatenate(parts), np.concatenate(colours)


def draw(template: Template, positions: np.ndarray, yaw: float) -> tuple[np.ndarray, Hits, np.ndarray]:
    """Picture (SIZE, SIZE, 3) uint8 from a camera turned by yaw, what each pixel hit, and the triangles."""
    quads, colours = paint(template)
    triangles = triangulate(quads)
    forward = np.array([-np.sin(yaw), np.cos(yaw), 0.0])
    right = np.array([np.cos(yaw), np.sin(yaw), 0.0])
    y, x = (np.mgrid[:SIZE, :SIZE] + 0.5 - SIZE / 2) * (WIDTH / SIZE / DISTANCE)
    rays = forward + x[..., None] * right - y[..., None] * np.array([0.0, 0.0, 1.0])
    rays = (rays / np.linalg.norm(rays, axis=2, keepdims=True)).reshape(-1, 3)
    origins = np.tile(CENTRE - DISTANCE * forward, (len(rays), 1))
    hits = RayScene(positions, triangles).cast(origins, rays)
    seen = hits.triangle >= 0
    corners = triangles[hits.triangle[seen]]
    normals = np.einsum("nk,nkd->nd", hits.barycentric[seen], vertex_normals(positions, triangles)[corners])
    points = np.einsum("nk,nkd->nd", hits.barycentric[seen], positions[corners])
    kind = colours[triangle_faces(quads)[hits.triangle[seen]]]
    for side in ("left", "right"):
        eye = positions[np.unique(template.parts[f"eye_{side}"])]
        centre, radius = (eye.max(0) + eye.min(0)) / 2, np.ptp(eye, axis=0).max() / 2
        away = points - centre
        near = (kind == WHITE) & (np.linalg.norm(away, axis=1) < 1.2 * radius) & (away[:, 1] < 0)
        kind[near & (np.hypot(away[:, 0], away[:, 2]) < 0.47 * radius)] = IRIS
        kind[near & (np.hypot(away[:, 0], away[:, 2]) < 0.18 * radius)] = PUPIL
    picture = np.full((SIZE * SIZE, 3), 150.0)
    picture[seen] = PALETTE[kind] * (0.45 + 0.55 * np.clip(normals @ LIGHT, 0, 1))[:, None]
    return picture.reshape(SIZE, SIZE, 3).clip(0, 255).astype(np.uint8), hits, triangles


def find(landmarker: vision.FaceLandmarker, picture: np.ndarray) -> np.ndarray:
    """Landmark pixels (468, 2)."""
    found = landmarker.detect(mp.Image(image_format=mp.ImageFormat.SRGB, data=np.ascontiguousarray(picture)))
    return np.array([[p.x, p.y] for p in found.face_landmarks[0]][:468]) * SIZE


def locate(template: Template) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (468, 3) and weights (468, 3) on the skin's triangles."""
    options = vision.FaceLandmarkerOptions(
        base_options=BaseOptions(model_asset_path=str(model_path("face_landmarker"))), num_faces=1
    )
    opened = template.positions + 0.5 * template.key_deltas[ARKIT_CHANNELS.index("jawOpen")]
    views = [(template.positions, yaw) for yaw in CLOSED_YAWS] + [(opened, yaw) for yaw in OPEN_YAWS]
    samples = np.full((len(views), 468, 3), np.nan)
    with vision.FaceLandmarker.create_from_options(options) as landmarker:
        for view, (positions, yaw) in enumerate(views):
            picture, hits, triangles = draw(template, positions, yaw)
            pixels = find(landmarker, picture)
            if yaw == 0.0 and positions is template.positions:
                partner = mirror_partners(pixels)
            column, row = np.clip(pixels.astype(int), 0, SIZE - 1).T
            pixel = row * SIZE + column
            triangle = hits.triangle[pixel]
            on_face = (triangle >= 0) & (triangle < 2 * len(template.faces))
            on_face &= template.region[np.minimum(triangle // 2, len(template.faces) - 1)] == 0
            corners = triangles[np.maximum(triangle, 0)]
            inner = np.isin(np.arange(468), INNER_LIPS)
            seen = on_face & (_facing(positions, corners, yaw) > 0.25) & (inner == (positions is opened))
            where = np.einsum("nk,nkd->nd", hits.barycentric[pixel], template.positions[corners])
            samples[view, seen] = where[seen]
    both = np.concatenate([samples, samples[:, partner] * [-1.0, 1.0, 1.0]])
    found = np.isfinite(both[..., 0]).any(axis=0)
    print("landmarks seen nowhere:", np.flatnonzero(~found).tolist())
    points = np.zeros((468, 3))
    points[found] = np.nanmedian(both[:, found], axis=0)
    return _snap(template, points, found)


def mirror_partners(frontal: np.ndarray) -> np.ndarray:
    """The landmark (468,) that is each landmark's mirror image, from pixels (468, 2) on a symmetric face."""
    x_mirrored = SIZE - frontal[:, 0]
    distance = np.hypot(frontal[:, :1] - x_mirrored[None], frontal[:, 1:] - frontal[None, :, 1])
    return linear_sum_assignment(distance)[1]


def _facing(positions: np.ndarray, corners: np.ndarray, yaw: float) -> np.ndarray:
    tri = positions[corners]
    normal = np.cross(tri[:, 1] - tri[:, 0], tri[:, 2] - tri[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    return normal @ np.array([np.sin(yaw), -np.cos(yaw), 0.0])


def _snap(template: Template, points: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nearest points on the skin, as triangle corners and barycentric weights (weights 0: not found)."""
    triangles = triangulate(template.faces[template.region == 0])
    corners = template.positions[triangles]
    index = np.empty(len(points), int)
    nearest = np.empty_like(points)
    for number, point in enumerate(points):
        candidates = closest_point(corners, np.broadcast_to(point, (len(corners), 3)))
        index[number] = np.linalg.norm(candidates - point, axis=1).argmin()
        nearest[number] = candidates[index[number]]
    weights = points_to_barycentric(corners[index], nearest)
    return triangles[index], np.where(found[:, None], np.clip(weights, 0, 1), 0.0)


def main() -> None:
    vertices, weights = locate(load_template())
    rows = [
        [*(int(v) for v in corner), *(round(float(w), 4) for w in weight)]
        for corner, weight in zip(vertices, weights, strict=True)
    ]
    target = Path(__file__).with_name("landmarks.json")
    lines = ",\n ".join(json.dumps(row) for row in rows)
    target.write_text(
        '{"columns": "three rows of Template.positions, their barycentric weights", "points": [\n '
        + lines
        + "\n]}\n"
    )


if __name__ == "__main__":
    main()
