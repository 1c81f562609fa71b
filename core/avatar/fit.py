# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit the template to photos of one person: poses, focal lengths, expressions and shape at once, then a warp."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.linalg
from threadpoolctl import threadpool_limits

from core.avatar.hair_region import HairRegion, find_hair_region
from core.avatar.landmarks import load_landmark_points
from core.avatar.observation import POSE, Observation, Pose, by_prefix
from core.avatar.template import EYE_HEIGHT, Template, eyeball
from core.avatar.warp import warp
from core.channels import ARKIT_CHANNELS
from core.portrait import Camera, Portrait

SLIDER_RIDGE = 0.06
# Sliders that the landmarks hardly see (neck) or that should explain little (asymmetry): start of the name -> ridge.
SLIDER_RIDGES = {
    "asym": 0.1, "neck": 0.2, "measure-neck": 0.2, "macro-child": 0.08, "head-back": 0.15, "head-scale": 0.12,
    "l-ear": 0.1, "r-ear": 0.1,
}  # fmt: skip
# Left and right sliders of one feature differ only where the photo insists.
PAIR_RIDGE = 0.3
# Looks at what faces the camera and what is outline, steps of descent after each, tries of a step, and the share of
# the cost below which a gain is none.
LOOKS, STEPS, TRIES, ENOUGH = 3, 12, 6, 1e-3
EYE_DISTANCE = 0.063  # metres between the eyes' centres


@dataclass(frozen=True)
class FitView:
    """How the head stands in one photo, with its own expression.

    expression: ARKit channel -> 0..1; posed: (V, 3) laid exactly on the photo's landmarks.
    error, warped_error: mean 2D landmark distance in IOD before and after the warp.
    """

    camera: Camera
    rotation: np.ndarray
    translation: np.ndarray
    expression: Mapping[str, float]
    posed: np.ndarray
    error: float
    warped_error: float


@dataclass(frozen=True)
class Fit:
    """What was found. Arrays over the template's vertices are in metres, Blender axes.

    rotation, translation: world -> camera (camera_point = rotation @ world + translation).
    sliders: (S,); expression: ARKit channel -> 0..1, the photo's own.
    neutral: (V, 3) the identity without expression.
    posed: (V, 3) as in the photo, laid exactly on its landmarks (for reading the texture).
    error, warped_error: mean 2D landmark distance in IOD before and after the warp.
    views: the same of the photos of the sides, in the order of Portrait.sides.
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
    views: tuple[FitView, ...] = ()


def fit_portrait(portrait: Portrait, template: Template, region: HairRegion | None = None) -> Fit:
    """Fit one head to a portrait and to the photos of its sides (0.3 to 0.7 s on one core for each photo).

    region: the portrait's hair, found here when it is not at hand.
    """
    photos = (portrait, *portrait.sides.values())
    regions = [find_hair_region(photo) if k or region is None else region for k, photo in enumerate(photos)]
    points = load_landmark_points()
    # Many small systems: more threads than one only wait for each other (measured 1 s against 3 to 20 s).
    with threadpool_limits(1):
        observations = [
            Observation(photo, template, points, region) for photo, region in zip(photos, regions, strict=True)
        ]
        problem = _Problem(observations, template)
        sliders, unknowns = problem.split(problem.solve())
        poses = [seen.pose(x) for seen, x in zip(observations, unknowns, strict=True)]
        expressions = [seen.expression(x) for seen, x in zip(observations, unknowns, strict=True)]
        neutral, posed, errors = warp(observations, poses, expressions, slid(template, sliders))
    views = [
        FitView(
            pose.camera,
            pose.rotation,
            pose.translation,
            dict(zip(ARKIT_CHANNELS, (float(e) for e in expression), strict=True)),
            place,
            *error,
        )
        for pose, expression, place, error in zip(poses, expressions, posed, errors, strict=True)
    ]
    first = views[0]
    return Fit(
        first.camera,
        first.rotation,
        first.translation,
        sliders,
        first.expression,
        neutral,
        first.posed,
        first.error,
        first.warped_error,
        tuple(views[1:]),
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

    def moved(view):
        return replace(
            view,
            posed=scale * view.posed + shift,
            translation=scale * view.translation - view.rotation @ shift,
        )

    return replace(
        moved(fit),
        neutral=scale * fit.neutral + shift,
        views=tuple(moved(view) for view in fit.views),
    )


def describe_camera(fit: Fit) -> dict[str, Any]:
    """The photo's camera as avatar.json and refit.json hold it."""
    camera = fit.camera
    return {
        "focal": camera.focal,
        "cx": camera.cx,
        "cy": camera.cy,
        "width": camera.width,
        "height": camera.height,
        "rotation": fit.rotation.tolist(),
        "translation": fit.translation.tolist(),
    }


def project(points: np.ndarray, rotation: np.ndarray, translation: np.ndarray, camera: Camera) -> np.ndarray:
    """Pixels (N, 2) of world points (N, 3)."""
    return Pose(rotation, translation, camera).project(points)


class _Problem:
    """All photos' residuals over the shared sliders and each photo's own unknowns, and the sliders' prior.

    The state is the sliders (S,), then POSE + 52 unknowns of each photo.
    """

    def __init__(self, observations: Sequence[Observation], template: Template) -> None:
        self.observations, self.template = observations, template
        self.count = len(template.slider_names)
        self.prior = _slider_prior(template)
        self.low = np.concatenate([template.slider_low, *(o.low for o in observations)])
        self.high = np.concatenate([template.slider_high, *(o.high for o in observations)])

    def solve(self) -> np.ndarray:
        """The state of least cost; what faces the camera and lies on the outline is looked up in between."""
        guess = np.concatenate([np.zeros(self.count), *(seen.start() for seen in self.observations)])
        state = np.clip(guess, self.low, self.high)
        for _ in range(LOOKS):
            sliders, unknowns = self.split(state)
            shape = slid(self.template, sliders)
            for seen, x in zip(self.observations, unknowns, strict=True):
                seen.look(x, shape + np.einsum("k,kvd->vd", seen.expression(x), self.template.key_deltas))
            state = self._descend(state)
        return state

    def split(self, state: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """Sliders (S,) and each photo's unknowns."""
        return state[: self.count], np.split(state[self.count :], len(self.observations))

    def _descend(self, state: np.ndarray) -> np.ndarray:
        """The bounded minimum near a state, by Levenberg-Marquardt."""
        damping, cost = 1e-4, self._cost(state)
        for _ in range(STEPS):
            normal, gradient = self._normal(state)
            for _ in range(TRIES):
                damped = normal + np.diag(damping * np.diag(normal) + 1e-10)
                step = bounded_step(damped, gradient, self.low - state, self.high - state)
                new = self._cost(state + step)
                if new < cost:
                    break
                damping *= 20.0
            else:
                return state
            state, gain, cost, damping = state + step, cost - new, new, damping * 0.3
            if gain < ENOUGH * cost:
                break
        return state

    def _cost(self, state: np.ndarray) -> float:
        sliders, unknowns = self.split(state)
        residuals = [seen.residuals(x, sliders) for seen, x in zip(self.observations, unknowns, strict=True)]
        return float(sum(r @ r for r in [self.prior @ sliders, *residuals]))

    def _normal(self, state: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Gauss and Newton's normal matrix and half the cost's gradient."""
        sliders, unknowns = self.split(state)
        count, own = self.count, POSE + len(ARKIT_CHANNELS)
        normal, gradient = np.zeros((len(state), len(state))), np.zeros(len(state))
        normal[:count, :count] = self.prior.T @ self.prior
        gradient[:count] = self.prior.T @ (self.prior @ sliders)
        for k, (seen, x) in enumerate(zip(self.observations, unknowns, strict=True)):
            jacobian = seen.jacobian(x, sliders)
            index = np.concatenate([count + k * own + np.arange(own), np.arange(count)])
            normal[np.ix_(index, index)] += jacobian.T @ jacobian
            gradient[index] += jacobian.T @ seen.residuals(x, sliders)
        return normal, gradient


def bounded_step(normal: np.ndarray, gradient: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Near the minimum of a convex quadratic within bounds: unknowns that would leave them stay on them."""
    step, free = np.zeros(len(gradient)), np.ones(len(gradient), bool)
    while True:
        rest = gradient[free] + normal[np.ix_(free, ~free)] @ step[~free]
        step[free] = -scipy.linalg.solve(normal[np.ix_(free, free)], rest, assume_a="pos")
        outside = free & ((step < low) | (step > high))
        step = np.clip(step, low, high)
        if not outside.any():
            return step
        free &= ~outside


def slid(template: Template, sliders: np.ndarray) -> np.ndarray:
    """The template's positions (V, 3) with sliders (S,)."""
    return template.positions + np.einsum("k,kvd->vd", sliders, template.slider_deltas)


def _slider_prior(template: Template) -> np.ndarray:
    """(R, S) rows whose products with the sliders are the residuals of the prior."""
    names = list(template.slider_names)
    ridge = np.diag([by_prefix(SLIDER_RIDGES, name, SLIDER_RIDGE) for name in names])
    left = [k for k, name in enumerate(names) if name.startswith("l-")]
    sides = np.zeros((len(left), len(names)))
    sides[np.arange(len(left)), left] = PAIR_RIDGE
    sides[np.arange(len(left)), [names.index("r-" + names[k][2:]) for k in left]] = -PAIR_RIDGE
    return np.concatenate([ridge, sides])
