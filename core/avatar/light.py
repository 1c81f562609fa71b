# SPDX-License-Identifier: GPL-3.0-or-later
"""The photo's light, as far as it can be told from a face: what a scene's own light has to replace.

Shade in hollows, which any light from all around makes anew, is known from the shape and taken off at once.
Brightness of the skin over its normals is fitted by spherical harmonics up to the second order (Ramamoorthi,
Hanrahan, An efficient representation for irradiance environment maps, 2001), in the logarithm, so that the light
stays positive and is a factor. Both halves of a face have the same colours, so what differs between mirror images
is light alone; what is common to both is light only as far as the skin is of one colour.
"""

from __future__ import annotations

import cv2
import numpy as np

from core.avatar.completion import Membrane
from core.avatar.landmarks import FACE_OVAL
from core.avatar.rays import RayScene, open_sky, triangulate, vertex_normals
from core.avatar.repair import Places
from core.avatar.template import Template
from core.avatar.unwrap import BODY_CHART
from core.colour import LUMINANCE, to_linear
from core.portrait import Portrait

# Ridges of the first and second order: the second takes what is the face's own (dark eye sockets) for light.
RIDGES = (0.01, 0.01, 0.01, 0.15, 0.15, 0.15, 0.15, 0.15)
MIRROR_WEIGHT = 3.0  # of differences between mirror images
OUTLIER = 0.12  # log brightness: brows, beard and make-up are no light
ROUNDS = 4
STRONGEST = 0.7  # log of the light's departure from its mean
# Rays a vertex sends to the sky, how far something may be that hides it, and from where they start (metres).
SKY_RAYS, SKY_REACH, SKIN_DEEP = 24, 0.25, 6e-4
GREY = 5  # of 255 between a face's channels, at most, in a photo without colours
DEEPEST = 0.45  # share of sky below which a hollow stays as dark as in the photo: nostrils, ear canals
LIT, DIMMEST = 0.4, 0.02  # luminance of the brightest twentieth of a lit face, and the least share of it
LIGHT_SCALE = 128.0  # the picture's value for the face's mean light; 255 is twice as much


def estimate_light(
    seen: np.ndarray, trust: np.ndarray, normals: np.ndarray, springs: Membrane, places: Places
) -> np.ndarray:
    """Light (V,) at each vertex as a factor about 1, the mean over the face.

    seen: (V, 3) sRGB 0..1, trust: (V,), normals: (V, 3) of the head as in the photo, in its own frame.
    """
    linear = np.maximum(((seen + 0.055) / 1.055), 0.02) ** 2.4
    bright = np.log(linear @ [0.2126, 0.7152, 0.0722])
    usable = trust * ~(places.lids | places.lips) * (places.over_hairline < 0) * (places.height > -0.16)
    terms = _harmonics(normals)
    turned = springs.mirror
    own = usable.copy()
    pair = MIRROR_WEIGHT * np.sqrt(np.maximum(usable * usable[turned], 0))
    pair[places.height < -0.16] = 0
    if own.sum() < 40:
        return np.ones(len(seen))
    centre = np.average(bright, weights=own)
    columns = np.concatenate([np.ones((len(bright), 1)), terms], axis=1)
    differences = np.concatenate([np.zeros((len(bright), 1)), terms - terms[turned]], axis=1)
    design = np.concatenate([columns, differences])
    wanted = np.concatenate([bright - centre, bright - bright[turned]])
    weight = np.concatenate([own, pair])
    ridge = np.diag([0.0, *RIDGES]) * own.sum()
    robust, solution = np.ones(len(weight)), np.zeros(9)
    for _ in range(ROUNDS):
        w = weight * robust
        solution = np.linalg.solve((design * w[:, None]).T @ design + ridge, (design * w[:, None]).T @ wanted)
        robust = 1 / (1 + ((wanted - design @ solution) / OUTLIER) ** 2)
    light = terms @ solution[1:]
    light -= np.average(light, weights=own)
    return np.exp(STRONGEST * np.tanh(light / STRONGEST))


def exposure(portrait: Portrait) -> float:
    """How well the face is lit, up to 1, by the brightest of its skin."""
    face = _face(portrait)
    light = to_linear(face) @ LUMINANCE if len(face) else np.array([LIT])
    return float(np.clip(np.quantile(light, 0.95) / LIT, DIMMEST, 1.0))


def is_grey(portrait: Portrait) -> bool:
    """Whether the photo has no colours: the parts whose colour it does not show are to have none either."""
    face = _face(portrait).astype(np.int16)
    return bool(len(face)) and float(np.median(np.ptp(face, axis=1))) <= GREY


def _face(portrait: Portrait) -> np.ndarray:
    """The face's pixels (N, 3)."""
    face = np.zeros(portrait.image.shape[:2], np.uint8)
    cv2.fillPoly(face, [np.rint(portrait.landmarks[list(FACE_OVAL), :2]).astype(np.int32)], 1)
    return portrait.image[face > 0]


def tint(color: tuple[float, float, float], exposure: float) -> tuple[float, float, float]:
    """A colour (linear) as it is in the photo's light."""
    red, green, blue = color
    return exposure * red, exposure * green, exposure * blue


def sky_over_skin(template: Template, positions: np.ndarray) -> np.ndarray:
    """Share (V,) of the sky, weighted by the cosine, that each vertex sees past the rest of the skin."""
    triangles = triangulate(template.faces)
    rows = np.unique(template.faces[template.region <= BODY_CHART])
    normals = vertex_normals(positions, triangles)[rows]
    sky = np.ones(len(positions))
    scene = RayScene(positions, triangles)
    sky[rows] = open_sky(scene, positions[rows], normals, rays=SKY_RAYS, reach=SKY_REACH, lift=SKIN_DEEP)
    return sky


def hollow_gain(sky: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Factor (V, 3) on sRGB colours that takes the shade of hollows off skin of ``colour`` (3,) sRGB 0..1.

    Light that goes back and forth in a hollow is counted in (Jimenez et al., Practical Realtime Strategies for
    Accurate Indirect Occlusion, 2016): red skin is less dark there than its share of sky.
    """
    sky = np.clip(sky, DEEPEST, 1)[:, None]
    albedo = np.maximum((colour + 0.055) / 1.055, 0) ** 2.4
    return (sky / (1 - albedo * (1 - sky))) ** (-1 / 2.4)


def light_picture(light: np.ndarray) -> np.ndarray:
    """Light factors (n, n) as an (n, n) uint8 picture of linear values, see LIGHT_SCALE."""
    return np.round(np.clip(light * LIGHT_SCALE, 1, 255)).astype(np.uint8)


def _harmonics(normals: np.ndarray) -> np.ndarray:
    """The real spherical harmonics of orders 1 and 2 (V, 8), each of mean square 1 over the sphere."""
    x, y, z = normals.T
    first = np.sqrt(3.0) * np.stack([x, y, z], axis=1)
    second = np.sqrt(15.0) * np.stack([x * y, y * z, z * x, (x * x - y * y) / 2], axis=1)
    zonal = np.sqrt(5.0) / 2 * (3 * z * z - 1)
    return np.concatenate([first, second, zonal[:, None]], axis=1)
