# SPDX-License-Identifier: GPL-3.0-or-later
"""What one photo says about the head: residuals of its landmarks and their derivatives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np

from core.avatar.hair_region import HairRegion
from core.avatar.landmarks import (
    EYE_RING_LEFT,
    EYE_RING_RIGHT,
    FACE_OVAL,
    LIP_INNER_LOWER,
    LIP_INNER_UPPER,
    LIP_OUTER,
    LandmarkPoints,
    eye_distance,
)
from core.avatar.outline import Pairs, pair_outline, read_outline
from core.avatar.rays import triangulate, vertex_normals
from core.avatar.template import Template
from core.channels import ARKIT_CHANNELS
from core.portrait import Camera, Portrait

# Weights of the residuals, all in units of the inter-ocular distance (IOD), chosen on heads of known geometry
# (build.py bench likeness).
# Channels that the landmarks show plainly follow them; those that trade places with identity (a forward jaw,
# puffed cheeks, a rolled lip) stay nearer to the landmarker's scores.
EXPRESSION_PRIOR = 0.15
EXPRESSION_PRIORS = {
    "mouthSmile": 0.06, "mouthUpperUp": 0.06, "mouthLowerDown": 0.06, "jawOpen": 0.06, "brow": 0.06,
    "eyeSquint": 0.08, "cheekSquint": 0.08, "mouthPucker": 0.08, "mouthFunnel": 0.08,
    "jawForward": 0.3, "jawLeft": 0.3, "jawRight": 0.3, "cheekPuff": 0.3, "tongueOut": 1.0, "eyeLook": 0.5,
}  # fmt: skip
# The template's smile at 1 is broader than the smile for which the landmarker says 1.
SCORE_SCALE = {"mouthSmile": 0.6}
# The outlines of eyes and lips carry likeness; the face oval slides along the cheek when the head turns.
LANDMARK_WEIGHTS: tuple[tuple[tuple[int, ...], float], ...] = (
    (FACE_OVAL, 0.5),
    (EYE_RING_LEFT + EYE_RING_RIGHT, 1.6),
    (LIP_OUTER + LIP_INNER_UPPER + LIP_INNER_LOWER, 1.4),
)
# Weight of the landmarks' own depth, whose slope from brow to chin is not believed (it misses the pitch by 7 degrees).
DEPTH_WEIGHT = 0.1
# Relative error (standard deviation of the logarithm) of a focal length that was assumed or read from the tags,
# and the weight of that prior in IOD.
FOCAL_ERROR = {"exif": 0.03, "default": 0.3}
FOCAL_WEIGHT = 0.04
# Cosine between surface and sight from which on a landmark counts in full; below the least it says little, since
# the landmarker puts points of the far cheek onto the outline.
FACING, FACING_LEAST = (0.1, 0.45), 0.1

# Weight of the outline, and the distance in IOD at which a point of it counts half.
OUTLINE_WEIGHT, OUTLINE_DOUBT = 2.0, 0.08

POSE = 7  # rotation vector, x and y in metres, metres per pixel at the head's depth, logarithm of the focal length


@dataclass(frozen=True)
class Pose:
    """A camera and where it stands. camera_point = rotation @ world_point + translation."""

    rotation: np.ndarray
    translation: np.ndarray
    camera: Camera

    def local(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 3) in the camera's frame."""
        # The product of the transposes is the same, several times as fast for many points.
        return np.ascontiguousarray((self.rotation @ points.T).T) + self.translation

    def project(self, points: np.ndarray) -> np.ndarray:
        """Pixels (N, 2) of world points (N, 3)."""
        local = self.local(points)
        return local[:, :2] / local[:, 2:] * self.camera.focal + [self.camera.cx, self.camera.cy]

    @property
    def centre(self) -> np.ndarray:
        """The camera's place in the world (3,)."""
        return -self.rotation.T @ self.translation


NO_PAIRS = Pairs(np.zeros(0, int), np.zeros((0, 2)), np.zeros((0, 2)))


def by_prefix(table: Mapping[str, float], name: str, otherwise: float) -> float:
    """The table's value for the first key that the name starts with."""
    return next((value for prefix, value in table.items() if name.startswith(prefix)), otherwise)


def facing(template: Template, posed: np.ndarray, at: LandmarkPoints, eye: np.ndarray) -> np.ndarray:
    """Cosine (N,) between the surface at each landmark and the direction to the camera at ``eye``."""
    normals = at.on(vertex_normals(posed, triangulate(template.faces)))
    towards = eye - at.on(posed)
    lengths = np.linalg.norm(normals, axis=1) * np.linalg.norm(towards, axis=1)
    return np.einsum("nd,nd->n", normals, towards) / lengths


class Observation:
    """One photo's residuals over its own unknowns (POSE, then 52 expression weights) and the shared sliders."""

    def __init__(self, portrait: Portrait, template: Template, points: LandmarkPoints, region: HairRegion) -> None:
        self.portrait, self.points, self.template = portrait, points, template
        self.target = portrait.landmarks[points.index, :2]
        self.scale = eye_distance(portrait.landmarks)
        self.base = points.on(template.positions)
        self.basis = np.concatenate(
            [points.on(template.slider_deltas.astype(float)), points.on(template.key_deltas.astype(float))]
        )  # (S + 52, N, 3)
        self.sliders = len(template.slider_names)
        self.scores = np.array(
            [portrait.scores.get(name, 0.0) * by_prefix(SCORE_SCALE, name, 1.0) for name in ARKIT_CHANNELS]
        )
        self.ridge = np.array([by_prefix(EXPRESSION_PRIORS, name, EXPRESSION_PRIOR) for name in ARKIT_CHANNELS])
        self.focal_ridge = FOCAL_WEIGHT / FOCAL_ERROR[portrait.camera.source]
        self.low = np.concatenate([np.full(POSE, -np.inf), np.full(52, -0.02)])
        self.high = np.concatenate([np.full(POSE, np.inf), np.full(52, 1.0)])
        weight = np.ones(478)
        for group, value in LANDMARK_WEIGHTS:
            weight[list(group)] = value
        self.importance = weight[points.index] / np.sqrt(len(points.index) / 100.0)
        self.pinned = np.isin(points.index, portrait.pinned)
        # In pixels of a camera far away; what is linear in y is left to the pose.
        plane = np.column_stack([self.target[:, 1], np.ones(len(self.target))])
        self.flatten = np.eye(len(plane)) - plane @ np.linalg.pinv(plane)
        self.depth = self.flatten @ portrait.landmarks[points.index, 2]
        self.trust = np.ones(len(points.index))
        self.outline = read_outline(region)
        self._set_pairs(NO_PAIRS, np.zeros(0))

    def start(self) -> np.ndarray:
        """Unknowns with the landmarker's expression, and the pose by PnP on the average face."""
        camera, expression = self.portrait.camera, np.clip(self.scores, 0.0, 0.98)
        shape = self.base + np.einsum("k,knd->nd", expression, self.basis[self.sliders :])
        intrinsics = np.array([[camera.focal, 0, camera.cx], [0, camera.focal, camera.cy], [0, 0, 1.0]])
        target = np.ascontiguousarray(self.target)
        _, turn, move = cv2.solvePnP(shape, target, intrinsics, None, flags=cv2.SOLVEPNP_SQPNP)
        pose = [*turn[:, 0], *move[:2, 0], move[2, 0] / camera.focal, np.log(camera.focal)]
        return np.concatenate([pose, expression])

    def pose(self, x: np.ndarray) -> Pose:
        """Of unknowns x (POSE + 52,)."""
        focal = float(np.exp(x[6]))
        return Pose(
            np.asarray(cv2.Rodrigues(x[:3])[0]),
            np.array([x[3], x[4], x[5] * focal]),
            replace(self.portrait.camera, focal=focal),
        )

    def expression(self, x: np.ndarray) -> np.ndarray:
        """(52,) in 0..1."""
        return np.clip(x[POSE:], 0.0, 1.0)

    def look(self, x: np.ndarray, posed: np.ndarray) -> None:
        """Trust landmarks by how far the surface at them faces the camera, and pair up the outline; posed (V, 3)."""
        pose = self.pose(x)
        cosine = facing(self.template, posed, self.points, pose.centre)
        self.trust = np.clip((cosine - FACING[0]) / (FACING[1] - FACING[0]), FACING_LEAST, 1.0)
        pixels = pose.project(posed)
        pairs = pair_outline(self.template, posed, pixels, pose.centre, self.outline, self.scale)
        gap = np.einsum("md,md->m", pixels[pairs.rows] - pairs.points, pairs.normals) / self.scale
        self._set_pairs(pairs, 1.0 / (1.0 + (gap / OUTLINE_DOUBT) ** 2))

    def _set_pairs(self, pairs: Pairs, certainty: np.ndarray) -> None:
        template, rows = self.template, pairs.rows
        self.pairs = pairs
        self.pair_weight = OUTLINE_WEIGHT * np.sqrt(certainty / 100.0) / self.scale
        self.pair_base = template.positions[rows]
        self.pair_basis = np.concatenate([template.slider_deltas[:, rows], template.key_deltas[:, rows]]).astype(float)

    def shape(self, x: np.ndarray, sliders: np.ndarray) -> np.ndarray:
        """Landmark positions (N, 3)."""
        return self.base + np.einsum("k,knd->nd", np.concatenate([sliders, x[POSE:]]), self.basis)

    def residuals(self, x: np.ndarray, sliders: np.ndarray) -> np.ndarray:
        """(3 N + M + 53,)"""
        pose, shape = self.pose(x), self.shape(x, sliders)
        weight = self.importance * self.trust / self.scale
        flat = weight[:, None] * (pose.project(shape) - self.target)
        deep = DEPTH_WEIGHT * weight * (self.flatten @ (pose.local(shape)[:, 2] / x[5]) - self.depth)
        rim = self.pair_base + np.einsum("k,kmd->md", np.concatenate([sliders, x[POSE:]]), self.pair_basis)
        off = np.einsum("md,md->m", pose.project(rim) - self.pairs.points, self.pairs.normals)
        focal = self.focal_ridge * (x[6] - np.log(self.portrait.camera.focal))
        return np.concatenate(
            [flat.ravel(), deep, self.pair_weight * off, self.ridge * (x[POSE:] - self.scores), [focal]]
        )

    def jacobian(self, x: np.ndarray, sliders: np.ndarray) -> np.ndarray:
        """(3 N + M + 53, POSE + 52 + S): derivatives by x, then by the sliders."""
        pose, shape = self.pose(x), self.shape(x, sliders)
        weight = self.importance * self.trust / self.scale
        move, flat = self._moves(x, pose, shape, self.basis)
        deep = move / x[5]
        deep[5] -= pose.local(shape)[:, 2] / x[5] ** 2
        deep = DEPTH_WEIGHT * weight * (deep @ self.flatten.T)
        rim = self.pair_base + np.einsum("k,kmd->md", np.concatenate([sliders, x[POSE:]]), self.pair_basis)
        _, slide = self._moves(x, pose, rim, self.pair_basis)
        off = self.pair_weight * np.einsum("pmd,md->pm", slide, self.pairs.normals)
        prior = np.zeros((53, len(move)))
        prior[np.arange(52), POSE + np.arange(52)] = self.ridge
        prior[52, 6] = self.focal_ridge
        flat = (weight[:, None] * flat).reshape(len(move), -1)
        return np.concatenate([flat.T, deep.T, off.T, prior])

    def _moves(self, x: np.ndarray, pose: Pose, points: np.ndarray, basis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Derivatives of points' (N, 3) depth (P, N) and pixels (P, N, 2) by x and then the sliders."""
        focal, local = pose.camera.focal, pose.local(points)
        move = np.empty((POSE + 52 + self.sliders, len(points), 3))
        move[:3] = np.einsum("pij,nj->pni", cv2.Rodrigues(x[:3])[1].reshape(3, 3, 3), points)
        move[3:POSE] = 0.0
        move[3, :, 0] = move[4, :, 1] = 1.0
        move[5, :, 2], move[6, :, 2] = focal, x[5] * focal
        turned = basis @ pose.rotation.T
        move[POSE : POSE + 52], move[POSE + 52 :] = turned[self.sliders :], turned[: self.sliders]
        z = local[:, 2]
        flat = (focal / z)[:, None] * (move[..., :2] - (local[:, :2] / z[:, None]) * move[..., 2:])
        flat[6] += local[:, :2] / z[:, None] * focal
        return move[..., 2], flat
