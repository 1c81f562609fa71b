# SPDX-License-Identifier: GPL-3.0-or-later
"""Put the ears where the photo shows them: no landmark lies on an ear, but it stands out against the background."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from scipy.optimize import minimize

from core.avatar.fit import Fit, project
from core.avatar.hair_canvas import CANVAS_IOD
from core.avatar.hair_region import HairRegion
from core.avatar.outline import off_face
from core.avatar.raster import cover
from core.avatar.template import Template
from core.colour import smoothstep

SIDES = (1.0, -1.0)  # signs of x of the subject's left and right
# Share of the ear sliders' largest motion: what moves more is ear, and the root between the two comes along in part.
EAR, ROOT = 0.45, (0.12, 0.5)
ROOM = 0.3  # IOD around the ear in which the photo is looked at
BARE = 0.35  # share of hair up to which a pixel may be ear
UNLIKE = 34.0  # distance in Lab from the face's median, lightness counting a third, from which on it is no ear
# An ear is looked for when this much of the fit's (IOD squared) stands out beside the head, and this share of that is
# bare in the photo: what peeps out from under hair or a scarf does not tell how the rest lies.
LEAST, LEAST_BARE = 0.02, 0.6
# How far an ear may be from where the fit has it (standard deviations): across and down in IOD, radians, and the
# logarithms of its width and height.
SPREAD = np.array([0.10, 0.14, 0.20, 0.18, 0.14])
PRIOR = 0.05  # weight of these against the share of the ear that does not fit
SOFT = 0.03  # IOD by which both masks are blurred
ROUNDS = 160


def ear_motion(template: Template) -> np.ndarray:
    """How far each vertex (V,) goes with the ear sliders, 0..1."""
    rows = [name[1:6] == "-ear-" for name in template.slider_names]
    moved = np.abs(template.slider_deltas[rows]).sum(axis=(0, 2))
    return moved / moved.max()


def fit_ears(fit: Fit, template: Template, region: HairRegion) -> Fit:
    """The fit with each ear that the photo shows moved, turned and stretched onto it, across the photo only.

    fit: normalised. An ear under hair, or behind a turned head, stays.
    """
    motion = ear_motion(template)
    pixels = region.canvas.from_photo(project(fit.posed, fit.rotation, fit.translation, fit.camera))
    depth = (fit.posed @ fit.rotation.T + fit.translation)[:, 2]
    shown = _shown_ears(region)
    shift = np.zeros_like(fit.posed)
    for sign in SIDES:
        mine = sign * template.positions[:, 0] > 0
        matrix = _fit_ear(template, pixels, shown, mine & (motion > EAR), motion > EAR)
        if matrix is None:
            continue
        share = smoothstep(motion, *ROOT) * mine
        across = np.zeros_like(shift)
        moved = pixels @ matrix[:, :2].T + matrix[:, 2]
        across[:, :2] = (moved - pixels) / region.canvas.scale * depth[:, None] / fit.camera.focal
        shift += share[:, None] * (across @ fit.rotation)
    return replace(fit, posed=fit.posed + shift, neutral=fit.neutral + shift)


def _shown_ears(region: HairRegion) -> np.ndarray:
    """Share (h, w) of the canvas that is of the person, no hair and of a colour that an ear may have."""
    canvas = region.canvas
    unlike = np.linalg.norm(off_face(canvas), axis=-1)
    return ((canvas.matte > 0.5) & (region.hair < BARE) & (unlike < UNLIKE)).astype(np.float32)


def _fit_ear(
    template: Template, pixels: np.ndarray, shown: np.ndarray, mine: np.ndarray, ears: np.ndarray
) -> np.ndarray | None:
    """Affine map (2, 3) of canvas pixels that lays the ear on the one shown, or None where there is none to see.

    pixels: (V, 2); shown: see `_shown_ears`; mine: (V,) this ear's vertices, ears: those of both.
    """
    low = np.floor(pixels[mine].min(axis=0) - ROOM * CANVAS_IOD).astype(int)
    high = np.ceil(pixels[mine].max(axis=0) + ROOM * CANVAS_IOD).astype(int)
    high, low = np.minimum(high, shown.shape[::-1]), np.maximum(low, 0)
    if (high - low < 8).any():
        return None
    quads = template.faces
    ear = mine[quads].all(axis=1) & (template.region == 0)
    head = ~ears[quads].any(axis=1) & (template.region <= 1)
    shape = (int(high[1] - low[1]), int(high[0] - low[0]))
    drawn = cover((pixels - low)[quads[ear]], shape).astype(np.float32)
    free = 1 - cover((pixels - low)[quads[head]], shape).astype(np.float32)
    seen = shown[low[1] : high[1], low[0] : high[0]] * free
    seen = _about(seen, drawn * free)
    room = float((drawn * free).sum())
    if room < LEAST * CANVAS_IOD**2 or (seen * drawn).sum() < LEAST_BARE * room:
        return None
    soft = SOFT * CANVAS_IOD
    target = cv2.GaussianBlur(seen, (0, 0), soft)
    area, size = float(seen.sum()), shape[::-1]
    centre = pixels[mine].mean(axis=0)

    def cost(x: np.ndarray) -> float:
        turned = cv2.warpAffine(drawn, _affine(x, centre - low), size) * free
        off = np.abs(cv2.GaussianBlur(turned, (0, 0), soft) - target).sum()
        return float(off) / area + PRIOR * float(x @ x)

    starts = [np.array([0.0, dy, 0.0, 0.0, 0.0]) for dy in (-1.0, 0.0, 1.0)]
    start = min(starts, key=cost)
    simplex = np.concatenate([start[None], start + 0.6 * np.eye(5)])
    options = {"maxfev": ROUNDS, "initial_simplex": simplex, "xatol": 0.02, "fatol": 1e-3}
    found = minimize(cost, start, method="Nelder-Mead", options=options).x
    return _affine(found, centre)


def _affine(x: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """(2, 3) of the unknowns x (5,), in units of SPREAD, about a centre."""
    across, down, turn, wide, high = x * SPREAD
    cos, sin = np.cos(turn), np.sin(turn)
    linear = np.array([[cos, -sin], [sin, cos]]) * np.exp([wide, high])
    return np.column_stack([linear, centre + np.array([across, down]) * CANVAS_IOD - linear @ centre])


def _about(seen: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """The parts of a mask (h, w) that touch the drawn ear."""
    _, labels = cv2.connectedComponents((seen > 0).astype(np.uint8))
    touched = np.unique(labels[(drawn > 0) & (seen > 0)])
    return (np.isin(labels, touched[touched > 0])).astype(np.float32)
