# SPDX-License-Identifier: GPL-3.0-or-later
"""Detail for hair and fabric that the photo does not show, in the manner of what it shows.

It is made of patches of the photo, blended so that their contrast stays (Heitz, Neyret, High-Performance By-Example
Noise, 2018); in straight hair, strands drawn out along the way they fall join them.
"""

from __future__ import annotations

import cv2
import numpy as np

PATCH = 64  # texels; about an inter-ocular distance
ODD = 2.5  # deviations from which on a shade is a stray lock or light, which would show as a pattern when repeated
GRAIN = 9.0  # texels: broader shades of hair are its colour, finer ones its strands and locks
SEED = 20260101
# Coherence of the photo's structure tensor at which hair is all curls, and straight.
CURLED, STRAIGHT = 0.32, 0.50
# Texels: what is broader than a strand is, in straight hair, a wave or a gap between locks, of which a patchwork would
# be a leopard's coat; the share of it that is left out.
STRAND, CALM = 2.5, 0.6
DRAWN = 0.2  # share of drawn strands in straight hair: more looks like ribbons, less like patches
# Strands as noise: width and length (texels), and share, of single strands and of locks.
LAYERS = ((0.7, 14.0, 0.5), (1.6, 36.0, 0.8), (4.5, 70.0, 0.6))
SQUEEZE = 4  # times that strands are drawn shorter first, which costs less
WANDER = (7.0, 60.0)  # texels that locks swing sideways, and the length over which they do


def relief(photo: np.ndarray, mask: np.ndarray, scale: float, sigma: float, limit: float) -> np.ndarray:
    """Relative brightness (h, w, C) about 0, at most ``limit``, of the photo (H, W, C) 0..1 within the mask (H, W).

    scale: photo pixels a texel; sigma: texels; shades broader than that are left out. 0 outside the mask.
    """
    size = (max(round(mask.shape[1] / scale), 8), max(round(mask.shape[0] / scale), 8))
    how = cv2.INTER_AREA if scale > 1 else cv2.INTER_CUBIC
    small = cv2.resize(photo, size, interpolation=how).reshape(size[1], size[0], -1)
    inside = _inside(mask, size)[..., None]
    blurred = cv2.GaussianBlur(small * inside, (0, 0), sigma).reshape(small.shape)
    mean = blurred / np.maximum(cv2.GaussianBlur(inside, (0, 0), sigma), 1e-3)[..., None]
    return np.clip((small - mean) / np.maximum(mean, 0.08), -limit, limit) * inside


def weave(photo: np.ndarray, mask: np.ndarray, shape: tuple[int, int], scale: float) -> np.ndarray:
    """Relative colour (h, w, 3) about 0 of fabric; photo (H, W, 3), mask (H, W), scale as of `relief`."""
    detail = relief(photo, mask, scale, PATCH / 2, 2.0)
    return quilt(detail, _inside(mask, detail.shape[1::-1]), shape, upright=False)


def grow_strands(photo: np.ndarray, mask: np.ndarray, shape: tuple[int, int], scale: float) -> np.ndarray:
    """Relative brightness (h, w, 1) about 0 of hair that falls down the picture; parameters as of `weave`."""
    detail = relief(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), mask, scale, GRAIN, 0.6)[..., 0]
    inside = _inside(mask, detail.shape[::-1])
    usual = ODD * 1.48 * float(np.median(np.abs(detail[inside > 0]))) if inside.any() else 0.1
    detail = np.clip(detail, -usual, usual)
    straight = float(np.clip((_coherence(detail, inside) - CURLED) / (STRAIGHT - CURLED), 0, 1))
    detail = detail - CALM * straight * _broad(detail, inside)
    contrast = float(detail[inside > 0].std()) if inside.any() else 0.05
    curls = quilt(detail, inside, shape, upright=True)
    curls *= contrast / max(float(curls.std()), 1e-6)
    drawn, straight = _drawn(shape) * contrast, DRAWN * straight
    return np.asarray(curls * np.sqrt(1 - straight) + drawn * np.sqrt(straight), np.float32)[..., None]


def _broad(detail: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """What of a picture (h, w) is broader than strands."""
    total = cv2.GaussianBlur(inside, (0, 0), STRAND)
    return cv2.GaussianBlur(detail * inside, (0, 0), STRAND) / np.maximum(total, 1e-3) * inside


def _drawn(shape: tuple[int, int]) -> np.ndarray:
    """Noise (h, w) of unit deviation drawn out down the picture, in locks that swing a little."""
    random = np.random.default_rng(SEED)
    short = (shape[0] // SQUEEZE, shape[1])
    total = np.zeros(short, np.float32)
    for across, along, share in LAYERS:
        noise = random.standard_normal(short, np.float32)
        noise = cv2.GaussianBlur(noise, (0, 0), sigmaX=across, sigmaY=along / SQUEEZE)
        total += share * noise / noise.std()
    total = cv2.resize(total, shape[::-1], interpolation=cv2.INTER_CUBIC)
    swing = random.standard_normal((shape[0] // 8, shape[1] // 8)).astype(np.float32)
    swing = cv2.GaussianBlur(swing, (0, 0), sigmaX=WANDER[1] / 16, sigmaY=WANDER[1] / 8)
    swing = cv2.resize(swing * (WANDER[0] / swing.std()), shape[::-1], interpolation=cv2.INTER_CUBIC)
    x, y = np.meshgrid(np.arange(shape[1], dtype=np.float32), np.arange(shape[0], dtype=np.float32))
    drawn = cv2.remap(total, x + swing, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return drawn / max(float(drawn.std()), 1e-6)


def quilt(detail: np.ndarray, inside: np.ndarray, shape: tuple[int, int], upright: bool) -> np.ndarray:
    """Patches of a picture (h, w) or (h, w, C) about 0, where ``inside`` (h, w), as a new picture of the shape (h, w).

    upright: turned so that its strands run down the picture.
    """
    reach = PATCH * 3 // 4  # half the side of a patch that may be turned
    covered = cv2.GaussianBlur(inside, (0, 0), PATCH / 3)
    good = np.argwhere((covered >= 0.6 * covered[inside > 0].max()) & (inside > 0))
    angles = _strand_angles(detail) if upright else np.zeros(inside.shape)
    border = [(reach, reach), (reach, reach)]
    detail = np.pad(detail, border + [(0, 0)] * (detail.ndim - 2))
    inside = np.pad(inside, border)
    random = np.random.default_rng(SEED)
    window = np.outer(np.hanning(PATCH), np.hanning(PATCH)).astype(np.float32)
    high, wide = shape[0] + 2 * PATCH, shape[1] + 2 * PATCH
    out, power = np.zeros((high, wide, *detail.shape[2:]), np.float32), np.full((high, wide), 1e-4, np.float32)
    for top in range(0, high - PATCH, PATCH // 2):
        for left in range(0, wide - PATCH, PATCH // 2):
            y, x = good[random.integers(len(good))]
            middle = float(x + reach), float(y + reach)
            turn = cv2.getRotationMatrix2D(middle, float(angles[y, x] + random.normal(0, 6.0)), 1.0)
            turn[:, 2] += PATCH / 2 - np.array(middle)
            patch = cv2.warpAffine(detail, turn, (PATCH, PATCH))
            here = window * cv2.warpAffine(inside, turn, (PATCH, PATCH))
            spot = slice(top, top + PATCH), slice(left, left + PATCH)
            out[spot] += patch * (here if detail.ndim == 2 else here[..., None])
            power[spot] += here**2
    power = np.sqrt(power) if detail.ndim == 2 else np.sqrt(power)[..., None]
    return (out / power)[PATCH:-PATCH, PATCH:-PATCH]


def _inside(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return (cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR) > 0.85).astype(np.float32)


def _tensor(detail: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Structure tensor (xx, yy, xy), each (h, w), of a picture (h, w)."""
    dx, dy = cv2.Sobel(detail, cv2.CV_32F, 1, 0), cv2.Sobel(detail, cv2.CV_32F, 0, 1)
    xx, yy, xy = (cv2.GaussianBlur(v, (0, 0), sigma) for v in (dx * dx, dy * dy, dx * dy))
    return xx, yy, xy


def _coherence(detail: np.ndarray, inside: np.ndarray) -> float:
    """0..1: how much neighbouring strands run the same way."""
    deep = cv2.erode(inside, np.ones((5, 5), np.uint8)) > 0
    if not deep.any():
        return 1.0
    xx, yy, xy = _tensor(detail, 4.0)
    apart, total = np.hypot(xx - yy, 2 * xy)[deep].sum(), (xx + yy)[deep].sum()
    return float(apart / max(total, 1e-9))


def _strand_angles(detail: np.ndarray) -> np.ndarray:
    """Degrees (h, w) by which to turn the picture so that its strands stand upright, from the structure tensor."""
    grey = detail if detail.ndim == 2 else detail.mean(axis=2)
    xx, yy, xy = _tensor(grey, PATCH / 4)
    # The gradient lies across the strands: bring it onto the x axis.
    return np.degrees(0.5 * np.arctan2(2 * xy, xx - yy))


def blurred(picture: np.ndarray, across: float, along: float) -> np.ndarray:
    """A picture (h, w) or (h, w, C) blurred by these deviations (texels), on a coarser grid, which costs less."""
    size = picture.shape[1::-1]
    small = cv2.resize(picture, (size[0] // 4, size[1] // 4), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigmaX=across / 4, sigmaY=along / 4)
    return cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
