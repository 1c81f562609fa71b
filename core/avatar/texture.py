# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the skin's colours out of photos: projection, and how far each texel's is to be believed.

Everything but the colours themselves is worked out on a coarse grid of texels and enlarged: where a texel lies in
the photo changes smoothly over the skin.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.avatar.fit import project
from core.avatar.landmarks import (
    LIP_INNER_LOWER,
    LIP_INNER_UPPER,
    eye_distance,
)
from core.avatar.rays import RayScene, triangulate, vertex_normals
from core.avatar.template import Template
from core.avatar.unwrap import BODY_CHART, Texels
from core.colour import smoothstep
from core.portrait import Camera, Portrait
from core.sampling import sample

# Skin seen at a flatter angle than the first value is not trusted, steeper than the second fully (cosines): the sides
# of a nose are worth having, but along the person's outline, up to as far inside (inter-ocular distances), a texel
# that turns away is smeared and holds the background's light.
GRAZING, OUTLINE_GRAZING, OUTLINE_REACH = (0.05, 0.2), (0.3, 0.5), 0.14
# The person's outline (inter-ocular distances) from which no colour is taken: the background bleeds into it.
OUTLINE = 0.022
INSIDE = 0.5  # matte from which on a pixel is the person


@dataclass(frozen=True)
class View:
    """A photo of the person and where the head lies in it.

    rotation, translation: world -> camera. posed: (V, 3) the template as in this photo, metres.
    blocked: (H, W) 0..1 pixels that are no skin; hair: (H, W) 0..1 pixels that are hair or worn on the head.
    """

    portrait: Portrait
    camera: Camera
    rotation: np.ndarray
    translation: np.ndarray
    posed: np.ndarray
    blocked: np.ndarray
    hair: np.ndarray


@dataclass(frozen=True)
class Sight:
    """What one photo shows of a chart, on the coarse grid.

    pixels: (n, n, 2) float32 where each texel lies in the photo; colour: (n, n, 3) sRGB 0..1; facing: (n, n)
    cosine to the camera; trust: (n, n) 0..1; hair: (n, n) 0..1.
    on_person: (N, N) of the full map, whether each texel lies on a photo pixel inside the person's matte.
    """

    view: View
    pixels: np.ndarray
    colour: np.ndarray
    facing: np.ndarray
    trust: np.ndarray
    hair: np.ndarray
    on_person: np.ndarray


def look(view: View, template: Template, texels: Texels, size: int) -> Sight:
    """What the photo shows of the chart; no texel of the map at ``size`` rests on a pixel outside the matte."""
    points = texels.on(view.posed)
    normals = texels.on(vertex_normals(view.posed, triangulate(template.faces)))
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    centre = (-view.rotation.T @ view.translation).astype(np.float32)
    towards = centre - points
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    facing = np.einsum("kd,kd->k", normals, towards)
    turned = np.flatnonzero(facing > GRAZING[0])
    hits = _occluders(template, view.posed).cast(
        points[turned] + 0.0015 * normals[turned] + 0.0005 * towards[turned], towards[turned]
    )
    visible = np.zeros(len(points), np.float32)
    visible[turned] = hits.triangle < 0
    flat = project(points.astype(np.float64), view.rotation, view.translation, view.camera).astype(np.float32)
    pixels = texels.carry_on(texels.spread(flat))
    portrait = view.portrait
    person = sample(_erode(portrait.matte, eye_distance(portrait.landmarks)) * (1 - view.blocked), pixels)
    high, wide = portrait.image.shape[:2]
    inside = (pixels > 1).all(axis=-1) & (pixels[..., 0] < wide - 2) & (pixels[..., 1] < high - 2)
    inner = np.clip(sample(_depth(portrait), pixels) / OUTLINE_REACH, 0, 1)
    turning = texels.spread(facing[:, None])[..., 0]
    least, full = (edge + (deep - edge) * inner for edge, deep in zip(OUTLINE_GRAZING, GRAZING, strict=True))
    steep = smoothstep((turning - least) / (full - least), 0.0, 1.0)
    trust = steep * texels.spread(visible[:, None])[..., 0]
    colour = sample(portrait.image, pixels).astype(np.float32) / 255.0
    hair = sample(view.hair.astype(np.float32), pixels)
    on_person = sample((portrait.matte >= INSIDE).astype(np.uint8), enlarge(pixels, size), cv2.INTER_NEAREST)
    # Enlarging reaches one texel of the grid far.
    matte = cv2.resize(on_person.astype(np.float32), trust.shape, interpolation=cv2.INTER_AREA)
    person *= cv2.erode(matte, np.ones((3, 3), np.uint8)) > 0.999
    trust = (trust * np.clip(person, 0, 1) * inside).astype(np.float32)
    return Sight(view, pixels, colour, turning, trust, hair, on_person > 0)


def read_photo(sight: Sight, size: int) -> np.ndarray:
    """Colours (N, N, 3) uint8 sRGB of the full map, wherever its texels lie in the photo."""
    return sample(sight.view.portrait.image, enlarge(sight.pixels, size), cv2.INTER_CUBIC)


def enlarge(picture: np.ndarray, size: int) -> np.ndarray:
    """A square picture (n, n, ...) at ``size`` texels."""
    return cv2.resize(np.ascontiguousarray(picture, np.float32), (size, size), interpolation=cv2.INTER_LINEAR)


def open_mouth(portrait: Portrait) -> np.ndarray:
    """(H, W) 0..1: the inside of an open mouth, a little widened.

    Between the lids nothing is left out: the lids' own thickness lies there, with the lashes' dark line and the
    eye's red corners, without which no eye looks like itself; the eyeballs are no part of the skin's map.
    """
    mask = np.zeros(portrait.image.shape[:2], np.uint8)
    iod = eye_distance(portrait.landmarks)
    ring = LIP_INNER_UPPER + LIP_INNER_LOWER[::-1]
    cv2.fillPoly(mask, [np.round(portrait.landmarks[list(ring), :2] * 16).astype(np.int32)], 255, shift=4)
    width = max(1, round(0.04 * iod))
    mask = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1,) * 2))
    return cv2.GaussianBlur(mask, (0, 0), max(0.5, 0.01 * iod)).astype(np.float32) / 255.0


def _occluders(template: Template, posed: np.ndarray) -> RayScene:
    """The skin without the eye sockets and mouth cavity, which lie behind it."""
    quads = template.faces[template.region <= BODY_CHART]
    return RayScene(posed, triangulate(quads))


def _depth(portrait: Portrait) -> np.ndarray:
    """How far inside the person's outline each pixel (H, W) float32 lies, in inter-ocular distances."""
    person = (portrait.matte >= INSIDE).astype(np.uint8)
    return cv2.distanceTransform(person, cv2.DIST_L2, 3) / eye_distance(portrait.landmarks)


def _erode(matte: np.ndarray, iod: float) -> np.ndarray:
    """Shrink the person so that no background colour is sampled at the edge."""
    width = max(1, round(OUTLINE * iod))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1,) * 2)
    eroded = cv2.erode(np.ascontiguousarray(matte, np.float32), kernel)
    return cv2.GaussianBlur(smoothstep(eroded, 0.6, 0.95), (0, 0), max(0.5, 0.015 * iod))
