# SPDX-License-Identifier: GPL-3.0-or-later
"""The photo without its person: what lay behind, made up from what lies beside.

The hole takes the broad colours around it (push-pull; Gortler et al., The Lumigraph, 1996); near its border the
background's texture goes on, mirrored, and fades with depth, as a lens out of focus would show it; the photo's own
noise lies over all. Limits: a flag or a window that the person half hides ends in a soft cloud, not in a form.
"""

from __future__ import annotations

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt

from core.portrait.portrait import Portrait
from core.push_pull import push_pull

LONG_SIDE = 1920  # pixels of the plate at most
WORK_SIDE = 480  # pixels of the longer side at which the hole's colours are worked out
EMPTY = 0.03  # matte up to which a pixel is background
MARGIN = 0.12  # eye distances about the person that are taken as well: shadows, stray hair, soft edges
TEXTURE_REACH = 0.45  # eye distances into the hole over which the background's texture fades
SEED = 11
_EYES = (33, 263)  # outer corners


def complete_background(portrait: Portrait) -> np.ndarray:
    """The background plate, (h, w, 3) uint8 sRGB in the photo's frame, its longer side at most `LONG_SIDE`.

    Other people stay. A photo that shows nothing but the person gives its mean colour.
    """
    height, width = portrait.image.shape[:2]
    scale = min(1.0, LONG_SIDE / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    photo = cv2.resize(portrait.image, size, interpolation=cv2.INTER_AREA)
    small = min(1.0, WORK_SIDE / max(size))
    work = (max(2, round(size[0] * small)), max(2, round(size[1] * small)))
    right, left = portrait.landmarks[list(_EYES), :2]
    eyes = float(np.linalg.norm(left - right)) * scale * small
    matte = cv2.resize(portrait.matte, work, interpolation=cv2.INTER_AREA)
    hole = _grow(matte > EMPTY, MARGIN * eyes)
    image = cv2.resize(photo, work, interpolation=cv2.INTER_AREA).astype(np.float32)
    filled = _fill(image, hole, TEXTURE_REACH * eyes)
    soft = cv2.GaussianBlur(_grow(hole, 1).astype(np.float32), (0, 0), 1.0)
    share = cv2.resize(soft, size, interpolation=cv2.INTER_LINEAR)[..., None]
    made = cv2.resize(filled, size, interpolation=cv2.INTER_CUBIC) + _noise(photo, share[..., 0] < 0.01)
    return np.clip(photo + (made - photo) * share + 0.5, 0, 255).astype(np.uint8)


def _grow(mask: np.ndarray, radius: float) -> np.ndarray:
    size = 2 * max(1, round(radius)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return cv2.dilate(mask.astype(np.uint8), kernel) > 0


def _fill(image: np.ndarray, hole: np.ndarray, reach: float) -> np.ndarray:
    """The picture (h, w, 3) float32 with its hole (h, w) filled."""
    if not hole.any():
        return image
    if hole.all():
        return np.broadcast_to(image.mean(axis=(0, 1)), image.shape).astype(np.float32)
    base = push_pull(image, (~hole).astype(np.float32))
    nearest = np.asarray(distance_transform_edt(hole, return_distances=False, return_indices=True))
    y, x = np.mgrid[: hole.shape[0], : hole.shape[1]].astype(np.float32)
    across = np.stack([nearest[1] - x, nearest[0] - y], axis=-1)
    depth = np.linalg.norm(across, axis=-1)
    # The averages of the coarse levels are blocky; their blur grows with the distance to what is known.
    for sigma in (2.0, 4.0, 8.0, 16.0):
        blurred = cv2.GaussianBlur(base, (0, 0), sigma)
        base += (blurred - base) * np.clip(depth / (2 * sigma) - 0.5, 0, 1)[..., None]
    around = cv2.GaussianBlur(base, (0, 0), max(1.0, reach / 2))
    # Evened out, lest every notch of the outline throw a ray.
    across = cv2.GaussianBlur(across, (0, 0), max(1.0, reach))
    across /= np.maximum(np.linalg.norm(across, axis=-1, keepdims=True), 1e-3)
    mirrored = (np.stack([x, y], axis=-1) + 2 * depth[..., None] * across).astype(np.float32)
    texture = cv2.remap(
        base - around, mirrored[..., 0], mirrored[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    fade = np.exp(-((depth / max(reach, 1.0)) ** 2))[..., None]
    return np.where(hole[..., None], around + (base - around) * (1 - fade) + texture * fade, image).astype(np.float32)


def _noise(photo: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Noise (H, W, 1) as strong as the photo's in its smoothest parts, the same every time."""
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(np.float32)
    rough = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 1.0))[known]
    strength = 1.4826 * float(np.median(rough)) if len(rough) else 0.0
    grain = np.random.default_rng(SEED).normal(0, 1, grey.shape).astype(np.float32)
    return (min(strength, 4.0) * grain)[..., None]
