# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the skin's texture out of the photo: unwrap, projection, and completion of what is not seen."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.avatar.fit import Fit, project
from core.avatar.landmarks import (
    EYE_RING_LEFT,
    EYE_RING_RIGHT,
    LIP_INNER_LOWER,
    LIP_INNER_UPPER,
    eye_distance,
)
from core.avatar.rays import RayScene, triangulate, vertex_normals
from core.avatar.template import Template
from core.colour import smoothstep
from core.portrait import Portrait

HEAD_CHART, BODY_CHART = 0, 1
# The template's head chart gives the face a sixteenth of the picture; radii from the nose are raised to this
# power, which spreads the face and keeps the chart free of folds.
CHART_POWER = 0.72
# Skin seen at a flatter angle than the first value is not trusted, steeper than the second fully (cosines).
GRAZING = (0.2, 0.5)


@dataclass(frozen=True)
class Texels:
    """The surface under each texel of a square map. covered: (N*N,) bool; the rest (K, ...) at covered texels."""

    size: int
    covered: np.ndarray
    corners: np.ndarray  # (K, 3) vertex rows
    weights: np.ndarray  # (K, 3) barycentric

    def on(self, values: np.ndarray) -> np.ndarray:
        """Per-vertex values (V, D) at the covered texels (K, D)."""
        return np.einsum("kc,kcd->kd", self.weights, values[self.corners])

    def spread(self, values: np.ndarray) -> np.ndarray:
        """(K, C) to a picture (N, N, C), 0 elsewhere."""
        picture = np.zeros((self.size * self.size, values.shape[1]), np.float32)
        picture[self.covered] = values
        return picture.reshape(self.size, self.size, -1)


def unwrap(template: Template) -> np.ndarray:
    """UV (F, 4, 2) per corner: the head chart symmetric about u = 0.5, the body chart, the rest as they are."""
    uv = template.uv[template.uv_faces].astype(np.float64)
    head, body = template.region == HEAD_CHART, template.region == BODY_CHART
    chart = uv[head]
    middle = np.abs(template.positions[template.faces[head]][..., 0]) < 1e-6
    axis = float(np.median(chart[middle][:, 1]))
    left = template.positions[template.faces[head]][..., 0] > 0.02
    sign = np.sign(np.median(chart[left][:, 1] - axis))
    x, y = sign * (chart[..., 1] - axis), -chart[..., 0]
    nose = template.positions[template.faces[head]][..., 1].argmin()
    y = y - y.reshape(-1)[nose]
    radius = np.hypot(x, y)
    stretch = np.maximum(radius / radius.max(), 1e-6) ** (CHART_POWER - 1)
    uv[head] = _into_square(np.stack([x * stretch, y * stretch], axis=-1), symmetric=True)
    uv[body] = _into_square(uv[body], symmetric=False)
    return uv


def _into_square(points: np.ndarray, symmetric: bool) -> np.ndarray:
    """Scale a chart into 0.01..0.99, with x = 0 at 0.5 when it is symmetric."""
    flat = points.reshape(-1, 2)
    low, high = flat.min(axis=0), flat.max(axis=0)
    if symmetric:
        high[0] = max(high[0], -low[0])
        low[0] = -high[0]
    return 0.01 + 0.98 * (points - low) / (high - low)


def rasterise(template: Template, uv: np.ndarray, chart: int, size: int) -> Texels:
    """Which point of the surface lies under the centre of each texel (row 0 at v = 1)."""
    faces = np.flatnonzero(template.region == chart)
    corner_uv = uv[faces].reshape(-1, 2)
    triangles = triangulate(np.arange(len(corner_uv)).reshape(-1, 4))
    flat = np.concatenate([corner_uv, np.zeros((len(corner_uv), 1))], axis=1)
    grid = (np.arange(size) + 0.5) / size
    u, v = np.meshgrid(grid, 1 - grid)
    origins = np.stack([u.ravel(), v.ravel(), np.ones(size * size)], axis=1)
    hits = RayScene(flat, triangles).cast(origins, np.tile([0.0, 0.0, -1.0], (size * size, 1)))
    covered = hits.triangle >= 0
    vertex = template.faces[faces].reshape(-1)[triangles]
    return Texels(size, covered, vertex[hits.triangle[covered]], hits.barycentric[covered])


def bake(
    portrait: Portrait, fit: Fit, template: Template, posed: np.ndarray, texels: Texels, blocked: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Colours (N, N, 3) float 0..1 sRGB and trust (N, N) 0..1 of what the photo shows of the chart.

    posed: (V, 3) the template as in the photo. blocked: (H, W) 0..1, photo pixels that are no skin.
    """
    points, normals = texels.on(posed), texels.on(_normals(template, posed))
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    centre = -fit.rotation.T @ fit.translation
    towards = centre - points
    distance = np.linalg.norm(towards, axis=1, keepdims=True)
    towards /= distance
    facing = np.einsum("kd,kd->k", normals, towards)
    hits = _occluders(template, posed).cast(points + 0.0015 * normals + 0.0005 * towards, towards)
    trust = smoothstep(facing, *GRAZING) * (hits.triangle < 0)

    pixels = project(points, fit.rotation, fit.translation, fit.camera).astype(np.float32)
    person = _sample(_erode(portrait.matte, eye_distance(portrait.landmarks)) * (1 - blocked), pixels)
    inside = (
        (pixels[:, 0] > 1)
        & (pixels[:, 1] > 1)
        & (pixels[:, 0] < portrait.image.shape[1] - 2)
        & (pixels[:, 1] < portrait.image.shape[0] - 2)
    )
    trust = trust * np.clip(person, 0, 1) * inside
    colour = np.clip(_sample(portrait.image.astype(np.float32) / 255.0, pixels, cv2.INTER_CUBIC), 0, 1)
    return texels.spread(colour), texels.spread(trust[:, None])[..., 0]


def look_up(mask: np.ndarray, fit: Fit, posed: np.ndarray, texels: Texels) -> np.ndarray:
    """Values (N, N) of a photo mask (H, W) at the pixels on which the chart's texels lie."""
    pixels = project(texels.on(posed), fit.rotation, fit.translation, fit.camera).astype(np.float32)
    return texels.spread(_sample(mask.astype(np.float32), pixels)[:, None])[..., 0]


def not_skin(portrait: Portrait) -> np.ndarray:
    """(H, W) 0..1: the eyes between the lids and the inside of an open mouth, a little widened."""
    mask = np.zeros(portrait.image.shape[:2], np.uint8)
    iod = eye_distance(portrait.landmarks)
    shapes = (EYE_RING_LEFT, EYE_RING_RIGHT, LIP_INNER_UPPER + LIP_INNER_LOWER[::-1])
    for ring in shapes:
        cv2.fillPoly(mask, [np.round(portrait.landmarks[list(ring), :2] * 16).astype(np.int32)], 255, shift=4)
    width = max(1, round(0.04 * iod))
    mask = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1,) * 2))
    return cv2.GaussianBlur(mask, (0, 0), max(0.5, 0.01 * iod)).astype(np.float32) / 255.0


def complete(
    colour: np.ndarray, trust: np.ndarray, mirror: bool, prior: np.ndarray, prior_trust: float
) -> np.ndarray:
    """Fill a baked chart (N, N, 3): first from its mirror image, then smoothly from what lies around.

    The mirrored side is brought to this side's brightness by the ratio of their low frequencies.
    prior: (N, N, 3), the colour that is taken far from everything trusted; push-pull makes its weight
    ``prior_trust`` four times as large a level, so at 4**-n it rules beyond 2**n texels.
    """
    colour, trust = colour.astype(np.float32), trust.astype(np.float32)
    if mirror:
        other, other_trust = colour[:, ::-1], trust[:, ::-1]
        gain = _brightness(colour, trust) / np.maximum(_brightness(other, other_trust), 0.02)
        gain = cv2.resize(np.clip(gain, 0.6, 1.7), trust.shape[::-1], interpolation=cv2.INTER_LINEAR)
        borrowed = np.clip(other * gain, 0, 1)
        share = np.clip(trust * 1.5, 0, 1)
        extra = other_trust * (1 - share)
        total = share + extra
        colour = (colour * share[..., None] + borrowed * extra[..., None]) / np.maximum(total, 1e-6)[..., None]
        trust = total
    faith = prior_trust * (1 - np.clip(trust, 0, 1))
    total = (trust + faith)[..., None]
    colour = (colour * trust[..., None] + prior * faith[..., None]) / np.maximum(total, 1e-9)
    filled = push_pull(colour.astype(np.float32), total[..., 0].astype(np.float32))
    solid = np.clip(trust * 1.5, 0, 1)[..., None]
    return np.clip(filled * (1 - solid) + colour * solid, 0, 1)


def _brightness(colour: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """Low frequencies (128, 128, 3) of the trusted colours; a small picture holds them."""
    size = (128, 128)
    weight = cv2.resize(np.clip(trust, 0, 1), size, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(colour * np.clip(trust, 0, 1)[..., None], size, interpolation=cv2.INTER_AREA)
    filled = push_pull(sums / np.maximum(weight, 1e-6)[..., None], weight)
    return cv2.GaussianBlur(filled, (0, 0), size[0] / 24)


def push_pull(colour: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Fill where weight is 0 by averages from ever coarser levels (Gortler et al., The Lumigraph, 1996)."""
    weight = np.clip(weight, 0, 1)
    if min(weight.shape) <= 2:
        mean = (colour * weight[..., None]).sum(axis=(0, 1)) / max(float(weight.sum()), 1e-6)
        return np.broadcast_to(mean, colour.shape).astype(np.float32)
    size = (weight.shape[1] // 2, weight.shape[0] // 2)
    down = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(colour * weight[..., None], size, interpolation=cv2.INTER_AREA)
    coarse = push_pull(sums / np.maximum(down, 1e-6)[..., None], np.clip(down * 4, 0, 1))
    up = cv2.resize(coarse, (weight.shape[1], weight.shape[0]), interpolation=cv2.INTER_LINEAR)
    return (colour * weight[..., None] + up * (1 - weight[..., None])).astype(np.float32)


def _normals(template: Template, posed: np.ndarray) -> np.ndarray:
    return vertex_normals(posed, triangulate(template.faces))


def _occluders(template: Template, posed: np.ndarray) -> RayScene:
    """The skin without the eye sockets and mouth cavity, which lie behind it."""
    quads = template.faces[template.region <= BODY_CHART]
    return RayScene(posed, triangulate(quads))


def _erode(matte: np.ndarray, iod: float) -> np.ndarray:
    """Shrink the person so that no background colour is sampled at the edge."""
    width = max(1, round(0.035 * iod))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1,) * 2)
    eroded = cv2.erode(np.ascontiguousarray(matte, np.float32), kernel)
    return cv2.GaussianBlur(smoothstep(eroded, 0.6, 0.95), (0, 0), max(0.5, 0.015 * iod))


def _sample(picture: np.ndarray, pixels: np.ndarray, how: int = cv2.INTER_LINEAR) -> np.ndarray:
    """Picture values at pixel positions (K, 2) whose integer + 0.5 is a pixel's centre."""
    rows = max(1, -(-len(pixels) // 16384))
    padded = np.zeros((rows * 16384, 2), np.float32)
    padded[: len(pixels)] = pixels - 0.5
    grid = padded.reshape(rows, 16384, 2)
    out = cv2.remap(picture, grid[..., 0], grid[..., 1], how, borderMode=cv2.BORDER_REPLICATE)
    return out.reshape(rows * 16384, *picture.shape[2:])[: len(pixels)]
