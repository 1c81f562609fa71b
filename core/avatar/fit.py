# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit the template to a Portrait: pose, sliders and expression at once, then a warp for what is left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
import scipy.linalg
from scipy.interpolate import RBFInterpolator
from scipy.optimize import lsq_linear
from threadpoolctl import threadpool_limits

from core.avatar.landmarks import (
    EYE_RING_LEFT,
    EYE_RING_RIGHT,
    FACE_OVAL,
    LIP_INNER_LOWER,
    LIP_INNER_UPPER,
    LIP_OUTER,
    LandmarkPoints,
    eye_distance,
    load_landmark_points,
)
from core.avatar.rays import triangulate, vertex_normals
from core.avatar.template import EYE_HEIGHT, Template, eyeball
from core.channels import ARKIT_CHANNELS
from core.portrait import Camera, Portrait

# Weights of the residuals, all in units of the inter-ocular distance (IOD), chosen on heads of known geometry
# (build.py bench likeness).
SLIDER_RIDGE = 0.06
# Sliders that the landmarks hardly see (neck) or that should explain little (asymmetry): start of the name -> ridge.
SLIDER_RIDGES = {
    "asym": 0.25, "neck": 0.2, "measure-neck": 0.2, "macro-child": 0.08, "head-back": 0.15, "head-scale": 0.12,
    "l-ear": 0.1, "r-ear": 0.1,
}  # fmt: skip
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
# Left and right sliders of one feature differ only where the photo insists.
PAIR_RIDGE = 0.3
DEPTH_WEIGHT = 0.08
STEPS = 30
# The outlines of eyes and lips carry likeness; the face oval slides along the cheek when the head turns.
LANDMARK_WEIGHTS: tuple[tuple[tuple[int, ...], float], ...] = (
    (FACE_OVAL, 0.5),
    (EYE_RING_LEFT + EYE_RING_RIGHT, 1.6),
    (LIP_OUTER + LIP_INNER_UPPER + LIP_INNER_LOWER, 1.4),
)
# The warp: share of the landmarks' own (weak) depth that it takes, and the reach of the mouth in IOD.
WARP_DEPTH_SHARE = 0.5
MOUTH_REACH = 0.55
WARP_SMOOTHING = 2e-3
# Weight of the mirrored landmark's shift where both sides face the camera: asymmetry is kept, halved noise.
MIRROR_SHARE = 0.4
EYE_DISTANCE = 0.063  # metres between the eyes' centres


@dataclass(frozen=True)
class Fit:
    """What was found. Arrays over the template's vertices are in metres, Blender axes.

    rotation, translation: world -> camera (camera_point = rotation @ world + translation).
    sliders: (S,); expression: ARKit channel -> 0..1, the photo's own.
    neutral: (V, 3) the identity without expression.
    posed: (V, 3) as in the photo, laid exactly on its landmarks (for reading the texture).
    error, warped_error: mean 2D landmark distance in IOD before and after the warp.
    """

    camera: Camera
    rotation: np.ndarray
    translation: np.ndarray
    sliders: np.ndarray
    expression: Mapping[str, float]
    neutral: np.ndarray
    posed: np.ndarray
    error: float
    warped_error: float


def fit_portrait(portrait: Portrait, template: Template) -> Fit:
    """Fit the template to the portrait's landmarks (0.4 to 1.2 s on one core)."""
    points = load_landmark_points()
    problem = _Problem(portrait, template, points)
    # Many small systems: more threads than one only wait for each other (measured 1 s against 3 to 20 s).
    with threadpool_limits(1):
        solution = problem.solve()
        neutral, posed, error, warped = _warp(problem, solution, template)
    rotation, translation, sliders, expression = problem.unpack(solution)
    return Fit(
        portrait.camera,
        rotation,
        translation,
        sliders,
        dict(zip(ARKIT_CHANNELS, (float(e) for e in expression), strict=True)),
        neutral,
        posed,
        error,
        warped,
    )


def normalise(fit: Fit, template: Template) -> Fit:
    """Scale and move the avatar so that its eyes are EYE_DISTANCE apart at EYE_HEIGHT over the origin's axis.

    One photo says nothing about size: every head gets the eye distance of the average adult
    (Dodgson, Variation and extrema of human interpupillary distance, 2004). The camera moves along.
    """
    left, right = (eyeball(template, fit.neutral, side)[0] for side in ("left", "right"))
    scale = EYE_DISTANCE / float(np.linalg.norm(left - right))
    middle = (left + right) / 2
    shift = np.array([-scale * middle[0], 0.0, EYE_HEIGHT - scale * middle[2]])
    return replace(
        fit,
        neutral=scale * fit.neutral + shift,
        posed=scale * fit.posed + shift,
        translation=scale * fit.translation - fit.rotation @ shift,
    )


def project(points: np.ndarray, rotation: np.ndarray, translation: np.ndarray, camera: Camera) -> np.ndarray:
    """Pixels (N, 2) of world points (N, 3)."""
    local = points @ rotation.T + translation
    return local[:, :2] / local[:, 2:] * camera.focal + [camera.cx, camera.cy]


def fitted_depth(model: np.ndarray, landmark: np.ndarray) -> np.ndarray:
    """The landmarks' depth (N,), scaled and shifted to the model's (N,): its scale is not to be trusted."""
    centred = landmark - landmark.mean()
    return model.mean() + centred * float(centred @ (model - model.mean())) / float(centred @ centred)


def _by_prefix(table: Mapping[str, float], name: str, otherwise: float) -> float:
    return next((value for prefix, value in table.items() if name.startswith(prefix)), otherwise)


class _Problem:
    """Residuals and their Jacobian over x = rotation vector, translation, sliders, expression."""

    def __init__(self, portrait: Portrait, template: Template, points: LandmarkPoints) -> None:
        self.camera, self.points = portrait.camera, points
        self.target = portrait.landmarks[points.index]
        self.scale = eye_distance(portrait.landmarks)
        self.base = points.on(template.positions)
        self.basis = np.concatenate(
            [points.on(template.slider_deltas.astype(float)), points.on(template.key_deltas.astype(float))]
        )  # (S + 52, N, 3)
        self.count = len(template.slider_names)
        self.prior = np.array(
            [portrait.scores.get(name, 0.0) * _by_prefix(SCORE_SCALE, name, 1.0) for name in ARKIT_CHANNELS]
        )
        self.ridge = np.array(
            [_by_prefix(SLIDER_RIDGES, name, SLIDER_RIDGE) for name in template.slider_names]
            + [_by_prefix(EXPRESSION_PRIORS, name, EXPRESSION_PRIOR) for name in ARKIT_CHANNELS]
        )
        self.rest = np.concatenate([np.zeros(self.count), self.prior])
        names = list(template.slider_names)
        left = [k for k, name in enumerate(names) if name.startswith("l-")]
        self.pairs = np.array([[k, names.index("r-" + names[k][2:])] for k in left])
        self.low = np.concatenate([np.full(6, -np.inf), template.slider_low, np.full(52, -0.02)])
        self.high = np.concatenate([np.full(6, np.inf), template.slider_high, np.full(52, 1.0)])
        weight = np.ones(478)
        for group, value in LANDMARK_WEIGHTS:
            weight[list(group)] = value
        self.weight = weight[points.index] / np.sqrt(len(points.index) / 100.0)

    def start(self) -> np.ndarray:
        """Pose by PnP on the neutral template, sliders 0, expression from the landmarker's scores."""
        x = np.concatenate([np.zeros(6 + self.count), np.clip(self.prior, 0.0, 0.98)])
        intrinsics = np.array(
            [[self.camera.focal, 0, self.camera.cx], [0, self.camera.focal, self.camera.cy], [0, 0, 1.0]]
        )
        shape = self._shape(x)
        _, rotation, translation = cv2.solvePnP(
            shape, np.ascontiguousarray(self.target[:, :2]), intrinsics, None, flags=cv2.SOLVEPNP_SQPNP
        )
        x[:3], x[3:6] = rotation[:, 0], translation[:, 0]
        return x

    def solve(self) -> np.ndarray:
        """The bounded minimum, by Levenberg-Marquardt whose steps are bounded least squares.

        scipy's own bounded trust region takes 5-10 times as long on this problem.
        """
        x = np.clip(self.start(), self.low, self.high)
        residuals, damping = self.residuals(x), 1e-4
        for _ in range(STEPS):
            jacobian = self.jacobian(x)
            normal = jacobian.T @ jacobian
            normal[np.diag_indices_from(normal)] *= 1.0 + damping
            root = np.linalg.cholesky(normal + 1e-10 * np.eye(len(normal))).T
            wanted = -scipy.linalg.solve_triangular(root, jacobian.T @ residuals, trans=1)
            step = lsq_linear(root, wanted, (self.low - x - 1e-9, self.high - x + 1e-9), method="bvls", tol=1e-6).x
            tried = self.residuals(x + step)
            cost, new_cost = float(residuals @ residuals), float(tried @ tried)
            if new_cost >= cost:
                damping *= 20.0
                continue
            x, residuals, damping = np.clip(x + step, self.low, self.high), tried, damping * 0.3
            if cost - new_cost < 1e-5 * cost:
                break
        return x

    def unpack(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Rotation (3, 3), translation (3,), sliders (S,), expression (52,)."""
        return (
            np.asarray(cv2.Rodrigues(x[:3])[0]),
            x[3:6],
            x[6 : 6 + self.count],
            np.clip(x[6 + self.count :], 0, 1),
        )

    def _shape(self, x: np.ndarray) -> np.ndarray:
        return self.base + np.einsum("k,knd->nd", x[6:], self.basis)

    def _local(self, x: np.ndarray) -> np.ndarray:
        return self._shape(x) @ cv2.Rodrigues(x[:3])[0].T + x[3:6]

    def residuals(self, x: np.ndarray) -> np.ndarray:
        local = self._local(x)
        pixels = local[:, :2] / local[:, 2:] * self.camera.focal + [self.camera.cx, self.camera.cy]
        flat = self.weight[:, None] * (pixels - self.target[:, :2]) / self.scale
        depth = (local[:, 2] - local[:, 2].mean()) * self.camera.focal / x[5]
        deep = DEPTH_WEIGHT * self.weight * (depth - fitted_depth(depth, self.target[:, 2])) / self.scale
        sides = PAIR_RIDGE * (x[6 + self.pairs[:, 0]] - x[6 + self.pairs[:, 1]])
        return np.concatenate([flat.ravel(), deep, self.ridge * (x[6:] - self.rest), sides])

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        rotation, by_vector = cv2.Rodrigues(x[:3])
        shape, local = self._shape(x), self._local(x)
        n, parameters = len(shape), len(x)
        move = np.zeros((parameters, n, 3))  # d local / d parameter
        move[:3] = np.einsum("pij,nj->pni", by_vector.reshape(3, 3, 3), shape)
        move[3:6] = np.eye(3)[:, None, :]
        move[6:] = self.basis @ rotation.T
        focal, z = self.camera.focal, local[:, 2]
        flat = (focal / z)[None, :, None] * (
            move[..., :2] - local[None, :, :2] / z[None, :, None] * move[..., 2:]
        )
        flat = flat * self.weight[None, :, None] / self.scale
        depth = move[..., 2] * focal / x[5]
        depth[5] -= local[:, 2] * focal / x[5] ** 2
        deep = DEPTH_WEIGHT * self.weight * (depth - depth.mean(axis=1, keepdims=True)) / self.scale
        prior = np.zeros((parameters - 6, parameters))
        prior[np.arange(parameters - 6), np.arange(6, parameters)] = self.ridge
        sides = np.zeros((len(self.pairs), parameters))
        rows = np.arange(len(self.pairs))
        sides[rows, 6 + self.pairs[:, 0]], sides[rows, 6 + self.pairs[:, 1]] = PAIR_RIDGE, -PAIR_RIDGE
        return np.concatenate([flat.reshape(parameters, -1).T, deep.T, prior, sides])


def _warp(
    problem: _Problem, x: np.ndarray, template: Template
) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Neutral and posed vertices after a thin-plate warp that takes the landmarks' remaining distance.

    What lies near the mouth is expression that the 52 keys cannot say: it goes to ``posed`` only.
    """
    rotation, translation, sliders, expression = problem.unpack(x)
    neutral = template.positions + np.einsum("k,kvd->vd", sliders, template.slider_deltas)
    posed = neutral + np.einsum("k,kvd->vd", expression, template.key_deltas)
    at, camera = problem.points, problem.camera
    here = at.on(posed)
    local = here @ rotation.T + translation
    wanted = problem.target[:, :2]
    shift = np.zeros_like(local)
    shift[:, :2] = (wanted - project(here, rotation, translation, camera)) * local[:, 2:] / camera.focal
    relief = local[:, 2] - local[:, 2].mean()
    deeper = fitted_depth(relief, problem.target[:, 2]) - relief
    # A depth error that grows across the face is a wrong turn of the landmarks' depth, not a shape.
    plane = np.concatenate([local[:, :2], np.ones((len(local), 1))], axis=1)
    shift[:, 2] = WARP_DEPTH_SHARE * (deeper - plane @ np.linalg.lstsq(plane, deeper, rcond=None)[0])
    error = float(np.linalg.norm(shift[:, :2], axis=1).mean() / local[:, 2].mean() * camera.focal / problem.scale)
    world = shift @ rotation  # camera -> world directions
    facing = _facing(template, posed, at, -rotation.T @ translation)
    even = _share_sides(at.on(template.positions), world, np.clip((facing - 0.1) / 0.4, 0.02, 1.0))

    iod = float(problem.scale * local[:, 2].mean() / camera.focal)
    resting = at.on(neutral)
    mouth = resting[np.isin(at.index, LIP_OUTER)].mean(axis=0)
    near_mouth = np.clip(1.5 - np.linalg.norm(resting - mouth, axis=1) / (MOUTH_REACH * iod), 0, 1)
    anchors = _anchors(template, neutral, resting, iod)
    centres = np.concatenate([resting, anchors])
    identity = _thin_plate(centres, even * (1 - near_mouth)[:, None], iod)
    everything = _thin_plate(centres, world, iod)
    warped_neutral = neutral + identity(neutral / iod)
    warped_posed = posed + everything(neutral / iod)
    left = np.linalg.norm(wanted - project(at.on(warped_posed), rotation, translation, camera), axis=1)
    return warped_neutral, warped_posed, error, float(left.mean() / problem.scale)


def _facing(template: Template, posed: np.ndarray, at: LandmarkPoints, eye: np.ndarray) -> np.ndarray:
    """Cosine (N,) between the surface at each landmark and the direction to the camera at ``eye``."""
    normals = at.on(vertex_normals(posed, triangulate(template.faces)))
    towards = eye - at.on(posed)
    lengths = np.linalg.norm(normals, axis=1) * np.linalg.norm(towards, axis=1)
    return np.einsum("nd,nd->n", normals, towards) / lengths


def _share_sides(resting: np.ndarray, shift: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """Shifts (N, 3) in which a side that turns away takes the mirror image of the side that is seen.

    Landmarks on the far cheek lie on its outline, wherever that falls, not on the anatomical point.
    """
    mirrored = resting * [-1.0, 1.0, 1.0]
    partner = np.linalg.norm(resting[:, None] - mirrored[None], axis=2).argmin(axis=1)
    other = MIRROR_SHARE * trust[partner][:, None]
    return (trust[:, None] * shift + other * shift[partner] * [-1.0, 1.0, 1.0]) / (trust[:, None] + other)


def _anchors(template: Template, neutral: np.ndarray, resting: np.ndarray, iod: float) -> np.ndarray:
    """Skin vertices far from every landmark (skull, ears, neck, chest), which the warp leaves where they are."""
    skin = np.unique(template.faces[template.region <= 1])
    distance = np.linalg.norm(neutral[skin][:, None] - resting[None], axis=2).min(axis=1)
    return neutral[skin[distance > 1.0 * iod]][::12]


def _thin_plate(centres: np.ndarray, shift: np.ndarray, iod: float):
    """Smooth 3D displacement field through ``shift`` at the first centres and zero at the rest."""
    values = np.zeros_like(centres)
    values[: len(shift)] = shift
    # Points of the two lips coincide in the neutral; a little smoothing keeps the system regular.
    return RBFInterpolator(centres / iod, values, kernel="thin_plate_spline", smoothing=WARP_SMOOTHING)
