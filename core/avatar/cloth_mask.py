# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pixels of the photo are clothes, and which are bare skin below the chin.

The face says what colour the skin has, in light and in shadow; what is not of that colour below the chin is cloth,
and GrabCut (Rother, Kolmogorov, Blake 2004) settles the border between both. Skin hangs together with the face:
a hand before the chest is neither.

Limits: cloth of the skin's very colour counts as skin; a necklace counts as cloth and is smoothed away.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.avatar.hair_region import HairRegion
from core.avatar.landmarks import FACE_OVAL, eye_distance
from core.portrait import Portrait
from core.portrait.topology import CHIN

WORK_IOD = 36.0  # pixels between the eyes at which colours are told apart
SIDE, UP, DOWN = 4.5, 0.4, 7.0  # the window in inter-ocular distances (IOD) about and below the face's middle
# Standard deviations from the skin's colour below which a pixel may be skin, and above which it is none.
LIKELY, UNLIKELY = 2.5, 5.0
# Skin in shadow keeps its hue and loses chroma: the face's lightness is stretched down to this share of its dark.
SHADOW = 0.5
GREY, GREY_SHADOW = 4.0, 0.75  # below this chroma the skin has no hue to go by, and lightness has to do
LEAST_SPREAD = 3.5  # of red and yellow (CIE Lab) in the evenest of faces
LIGHT_SPREAD = 0.1  # of lightness, as a share of the face's own
ASIDE = 0.8  # beside the jaw, collars and shoulders may stand this far above the chin (IOD)
_CHEEKS = (50, 280, 205, 425, 4, 195, 187, 411, 207, 427, 199, 200, 18)


@dataclass(frozen=True)
class ClothMask:
    """cloth, skin: (H, W) float32 shares 0..1 of the photo's pixels; what is neither is background, hair or a hand."""

    cloth: np.ndarray
    skin: np.ndarray


def find_cloth(portrait: Portrait, region: HairRegion) -> ClothMask:
    """Tell clothes from skin below the face; once per portrait (0.1 s)."""
    iod = eye_distance(portrait.landmarks)
    height, width = portrait.image.shape[:2]
    scale = WORK_IOD / iod
    middle = portrait.landmarks[list(FACE_OVAL), :2].mean(axis=0)
    low = np.maximum(np.floor(middle - np.array([SIDE, UP]) * iod), 0).astype(int)
    high = np.minimum(np.ceil(middle + np.array([SIDE, DOWN]) * iod), [width, height]).astype(int)
    window = (slice(low[1], high[1]), slice(low[0], high[0]))
    size = tuple(int(v) for v in np.maximum(np.round((high - low) * scale), 8))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    image = cv2.resize(portrait.image[window], size, interpolation=how)
    person = cv2.resize(portrait.matte[window], size, interpolation=cv2.INTER_AREA) > 0.5
    y, x = np.mgrid[: size[1], : size[0]] + 0.5
    factor = np.array(size) / (high - low)
    points = np.stack([x, y], axis=-1) / factor + low
    hair = region.sample(points.reshape(-1, 2)).reshape(person.shape) > 0.5
    marks = (portrait.landmarks[:, :2] - low) * factor
    skin = _find_skin(image, person & ~hair, marks)
    above = marks[CHIN, 1] - y
    cloth = person & ~hair & ~skin & (above < ASIDE * WORK_IOD)
    hands = cloth & _like_skin(image, marks)
    cloth = _rising(cloth & ~hands, above)

    def full(mask: np.ndarray) -> np.ndarray:
        soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8)
        out = np.zeros((height, width), np.float32)
        target = (int(high[0] - low[0]), int(high[1] - low[1]))
        out[window] = np.clip(2 * cv2.resize(soft, target, interpolation=cv2.INTER_CUBIC) - 0.5, 0, 1)
        return out

    return ClothMask(full(cloth), full(skin))


def _rising(cloth: np.ndarray, above: np.ndarray) -> np.ndarray:
    """Of the cloth (h, w) what hangs together with that below the chin: an earring or a lock beside the jaw is none.

    above: (h, w) pixels over the chin.
    """
    _, pieces = cv2.connectedComponents(cloth.astype(np.uint8), connectivity=4)
    return cloth & ((above < 0) | np.isin(pieces, np.unique(pieces[cloth & (above < 0)])))


def _distance(image: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """Standard deviations (h, w) by which each pixel differs from the face's skin."""
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    mask = np.zeros(image.shape[:2], np.uint8)
    for mark in marks[list(_CHEEKS)]:
        cv2.circle(mask, (int(mark[0]), int(mark[1])), round(0.09 * WORK_IOD), 1, -1)
    face = lab[mask > 0]
    if not len(face):
        return np.full(mask.shape, 99.0)
    middle = np.median(face, axis=0)
    spread = 1.4826 * np.median(np.abs(face - middle), axis=0)
    spread = np.maximum(spread, [LIGHT_SPREAD * middle[0] + 0.5, LEAST_SPREAD, LEAST_SPREAD])
    light = lab[..., 0]
    # In shadow hue stays and chroma falls with lightness; darkness alone is no sign of cloth down to SHADOW.
    shadow = SHADOW if np.hypot(middle[1], middle[2]) > GREY else GREY_SHADOW
    fall = np.clip(light / max(middle[0], 1.0), shadow, 1.0)
    beyond = np.maximum(light - middle[0], 0) + np.maximum(shadow * middle[0] - light, 0)
    red = lab[..., 1] - middle[1] * fall
    yellow = lab[..., 2] - middle[2] * fall
    return np.sqrt((beyond / spread[0]) ** 2 + (red / spread[1]) ** 2 + (yellow / spread[2]) ** 2)


def _like_skin(image: np.ndarray, marks: np.ndarray) -> np.ndarray:
    mask = (_distance(image, marks) < LIKELY).astype(np.uint8)
    return cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)) > 0


def _find_skin(image: np.ndarray, person: np.ndarray, marks: np.ndarray) -> np.ndarray:
    """(h, w) bool: the face and the skin that hangs together with it."""
    distance = _distance(image, marks)
    face = np.zeros(person.shape, np.uint8)
    oval = marks[list(FACE_OVAL)]
    cv2.fillPoly(face, [np.round(oval).astype(np.int32)], 1)
    labels = np.full(person.shape, cv2.GC_BGD, np.uint8)
    labels[person] = cv2.GC_PR_BGD
    labels[person & (distance < LIKELY)] = cv2.GC_PR_FGD
    labels[person & (distance > UNLIKELY)] = cv2.GC_BGD
    labels[face > 0] = cv2.GC_FGD
    if (labels == cv2.GC_BGD).any() or (labels == cv2.GC_PR_BGD).any():
        cv2.setRNGSeed(0)  # GrabCut seeds its colour clusters at random
        below = int(np.clip(marks[CHIN, 1] - 0.6 * WORK_IOD, 0, person.shape[0] - 8))
        part = np.ascontiguousarray(labels[below:])
        known = (part == cv2.GC_BGD) | (part == cv2.GC_PR_BGD)
        if known.any() and not known.all():
            cv2.grabCut(
                np.ascontiguousarray(image[below:]), part, (0, 0, 0, 0), np.zeros((1, 65)), np.zeros((1, 65)), 2,
                cv2.GC_INIT_WITH_MASK,
            )  # fmt: skip
            labels[below:] = part
    skin = (((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)) & person) | (face > 0)
    solid = np.asarray(cv2.morphologyEx(skin.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)))
    _, pieces = cv2.connectedComponents(np.maximum(solid, face))
    return np.isin(pieces, np.unique(pieces[face > 0]))
