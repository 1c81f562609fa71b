# SPDX-License-Identifier: GPL-3.0-or-later
"""What a photo with parted lips shows of the teeth: their colour, and how far down the upper row reaches."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.avatar.landmarks import LIP_INNER_LOWER, LIP_INNER_UPPER, LIP_OUTER, MOUTH_CORNERS, eye_distance
from core.colour import LUMINANCE, smoothstep, to_linear
from core.portrait import Portrait
from core.sampling import sample

LEAST_OPENING = 0.05  # of the eye distance, between the lips' middles: less shows nothing certain
LEAST_PIXELS = 20
LEAST_SHARE = 0.12  # of the opening; less is a glint, not teeth
# CIE: a tooth is nearly as light as the lightest in the mouth, lighter and less red than the lips around.
DARKER, LIGHTER_THAN_LIPS, LESS_RED = 26.0, 6.0, 5.0
# Chroma of lips below which a photo counts as grey: then lightness alone tells teeth; and the luminance that the
# brightest in the mouth is lifted to.
GREY, LEAST_LIGHT = 4.0, 0.3
DARKER_EDGE = 45.0  # the same for the rows' edges, where teeth are in the lips' shade
DARKEST = 55.0  # the same for all that is tooth
LINES, STEPS = 9, 48  # places at which the upper row's edge is looked for, and samples from lip to lip
DIP = 3.0  # CIE L by which the line between the rows is darker than both
GAP = 0.02  # share of the mouth's width that a dark line between two teeth takes at most, half
PINKER = 8.0  # CIE a* over the teeth's own: gums
LEAST_PART, END = 0.02, 0.06  # of the teeth seen: a spot of its own that counts, and the share that is an end
# How deep in what shows teeth a pixel must lie: pixels that are mixed, then shares of the mouth's width.
EDGE_FADE = (0.7, 0.0, 0.008)
MIDDLE = 0.10  # share of the mouth's width that the upper incisors' middles take
APART = 0.15  # of the way from lip to lip: so far apart the rows are two
FROM_LIP = 0.4  # of the way from the upper lip down: what begins lower is the lower row


@dataclass(frozen=True)
class ShownTeeth:
    """color: (3,) linear RGB of lit teeth; pixels (2,) of the incisors' edges, or None where they are not seen:
    edge of the upper row, lower_edge of the lower. top: the pixel at which the middle of the teeth begins; ends: (2, 2)
    where they end on the subject's right and left, in the middle of their height there; None where the mouth is so far
    open that either row ends by itself. tooth: (h, w) float32, how surely each pixel of the window whose
    first pixel is ``corner`` (2,) shows a tooth and no lip."""

    color: np.ndarray
    edge: np.ndarray | None
    lower_edge: np.ndarray | None
    top: np.ndarray
    ends: np.ndarray | None
    tooth: np.ndarray
    corner: np.ndarray

    def surely(self, pixels: np.ndarray) -> np.ndarray:
        """How surely each pixel (N, 2) of the photo shows a tooth, (N,) 0..1."""
        return sample(self.tooth, pixels - self.corner)


def find_shown_teeth(portrait: Portrait) -> ShownTeeth | None:
    """The teeth between the lips of the portrait, or None where the mouth is shut or shows none."""
    landmarks = portrait.landmarks[:, :2]
    top, bottom = landmarks[LIP_INNER_UPPER[5]], landmarks[LIP_INNER_LOWER[5]]
    if np.linalg.norm(bottom - top) < LEAST_OPENING * eye_distance(portrait.landmarks):
        return None
    height, width = portrait.image.shape[:2]
    outline = landmarks[list(LIP_OUTER)]
    low = np.clip(np.floor(outline.min(axis=0)).astype(int) - 2, 0, [width - 1, height - 1])
    high = np.clip(np.ceil(outline.max(axis=0)).astype(int) + 3, low + 1, [width, height])
    window = portrait.image[low[1] : high[1], low[0] : high[0]]
    opening = _fill(landmarks[list(LIP_INNER_UPPER + LIP_INNER_LOWER[::-1])] - low, window.shape)
    lips = _fill(outline - low, window.shape) & ~opening
    if opening.sum() < LEAST_PIXELS or lips.sum() < LEAST_PIXELS:
        return None
    lab = _lit(window, opening)
    lip = np.median(lab[lips], axis=0)
    light = float(np.quantile(lab[opening][:, 0], 0.9))
    grey = float(np.hypot(lip[1], lip[2])) < GREY
    white = lab[..., 0] > lip[0] + LIGHTER_THAN_LIPS if grey else lab[..., 1] < lip[1] - LESS_RED
    shown = white & (lab[..., 0] > max(light - DARKER, lip[0] + LIGHTER_THAN_LIPS)) & opening
    if shown.sum() < max(LEAST_PIXELS, LEAST_SHARE * opening.sum()):
        return None
    bright = shown & (lab[..., 0] >= np.median(lab[shown][:, 0]))
    bright &= lab[..., 1] <= np.median(lab[bright][:, 1])  # the least of the gums' and lips' red
    aside = np.linspace(-MIDDLE, MIDDLE, LINES)[:, None] * (landmarks[MOUTH_CORNERS[1]] - landmarks[MOUTH_CORNERS[0]])
    profile = _profile(white & (lab[..., 0] > light - DARKER_EDGE), top + aside - low, bottom + aside - low)
    upper, lower = _edges(profile, _lightness(lab[..., 0], top + aside - low, bottom + aside - low))

    def at(share: float | None) -> np.ndarray | None:
        return None if share is None else top + share * (bottom - top)

    level = landmarks[MOUTH_CORNERS[1]] - landmarks[MOUTH_CORNERS[0]]
    pink = lab[..., 1] > np.median(lab[bright][:, 1]) + PINKER
    wide = float(np.linalg.norm(level))
    tooth = _close(white & ~pink & (lab[..., 0] > light - DARKEST) & opening, opening, wide)
    begin = float(np.argmax(_profile(tooth, top + aside - low, bottom + aside - low))) / STEPS
    apart = upper is not None and lower is not None and lower - upper > APART
    return ShownTeeth(
        color=np.median(to_linear(window[bright]), axis=0),
        edge=at(upper),
        lower_edge=at(lower),
        top=top + begin * (bottom - top),
        ends=None if apart else _ends(tooth, level) + low,
        tooth=_fade(tooth, wide),
        corner=low,
    )


def _lit(window: np.ndarray, opening: np.ndarray) -> np.ndarray:
    """CIE Lab (h, w, 3) of the window as it would be in enough light: a dark photo's teeth are no less teeth."""
    linear = to_linear(window).astype(np.float32)
    lift = max(1.0, LEAST_LIGHT / max(float(np.quantile(linear[opening] @ LUMINANCE, 0.9)), 1e-4))
    return np.asarray(cv2.cvtColor(np.minimum(lift * linear, 1), cv2.COLOR_LRGB2LAB))


def _close(tooth: np.ndarray, opening: np.ndarray, wide: float) -> np.ndarray:
    """The mask (h, w) without stray spots; the dark lines between teeth are teeth.

    wide: pixels from corner to corner of the mouth.
    """
    across = 2 * round(GAP * wide) + 1
    closed = cv2.morphologyEx(tooth.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((across, across), np.uint8))
    whole = (closed & opening).astype(np.uint8)
    _, label, stats, _ = cv2.connectedComponentsWithStats(whole)
    large = stats[:, cv2.CC_STAT_AREA] > LEAST_PART * whole.sum()
    large[0] = False
    return large[label]


def _ends(tooth: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Pixels (2, 2) of the window where the teeth end along ``level`` (2,), which leads to the subject's left."""
    rows, columns = np.nonzero(tooth)
    pixels = np.stack([columns, rows], axis=1) + 0.5
    along = pixels @ level / float(level @ level)
    low, high = along.min(), along.max()
    near = END * (high - low)
    ends = [pixels[along <= low + near].mean(axis=0), pixels[along >= high - near].mean(axis=0)]
    beyond = [low - along[along <= low + near].mean(), high - along[along >= high - near].mean()]
    return np.array([at + share * level for at, share in zip(ends, beyond, strict=True)])


def _fade(tooth: np.ndarray, wide: float) -> np.ndarray:
    """The mask of teeth (h, w) as float32 0..1 that fades to its edge: the lips' colour spills over pixels."""
    inner = cv2.distanceTransform(tooth.astype(np.uint8), cv2.DIST_L2, 3)
    return smoothstep(inner, *(EDGE_FADE[0] + np.array(EDGE_FADE[1:]) * wide)).astype(np.float32)


def _profile(tooth: np.ndarray, top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Whether most lines from ``top`` to ``bottom`` (N, 2) see a tooth, at each of STEPS places (STEPS,)."""
    return _along(tooth, top, bottom).mean(axis=0) > 0.5


def _lightness(light: np.ndarray, top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """CIE L (STEPS,) on the way from ``top`` to ``bottom`` (N, 2), the middle of all lines."""
    return np.median(_along(light, top, bottom), axis=0)


def _along(picture: np.ndarray, top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    way = np.linspace(0.0, 1.0, STEPS)[None, :, None]
    at = np.floor(top[:, None] + way * (bottom - top)[:, None]).astype(int)
    at = np.clip(at, 0, np.array(picture.shape[::-1]) - 1)
    return picture[at[..., 1], at[..., 0]]


def _edges(run: np.ndarray, light: np.ndarray) -> tuple[float | None, float | None]:
    """Shares of the way from the upper lip to the lower one at which the upper row ends and the lower row begins.

    run: (STEPS,) bool. The first run of tooth is the upper row's, the last one, if it is another, the lower row's;
    light: (STEPS,) CIE L, which dips where in one run the upper row ends before the lower.
    """
    steps = len(run)
    starts = np.flatnonzero(run & ~np.append(False, run[:-1]))
    ends = np.flatnonzero(run & ~np.append(run[1:], False)) + 1
    if not len(starts):
        return None, None
    upper = ends[0] / steps if starts[0] <= FROM_LIP * steps else None
    dip = _dip(light, int(starts[-1]), int(ends[-1]))
    if len(starts) == 1 and upper is not None and dip is not None:
        return dip / steps, (dip + 1) / steps
    last_is_lower = ends[-1] >= (1 - FROM_LIP) * steps and (upper is None or len(starts) > 1)
    return upper, starts[-1] / steps if last_is_lower else None


def _dip(light: np.ndarray, start: int, end: int) -> int | None:
    """The step in the lower half of the run at which it is darkest between lighter ones, or None."""
    steps = range((start + end) // 2, end - 2)
    depth = [min(light[start:k].max(), light[k + 1 : end].max()) - light[k] for k in steps]
    return steps[int(np.argmax(depth))] if depth and max(depth) > DIP else None


def _fill(outline: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(outline * 16).astype(np.int32)], 1, shift=4)
    return mask > 0
