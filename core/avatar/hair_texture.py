# SPDX-License-Identifier: GPL-3.0-or-later
"""The hair's picture: left half the photo with the hair cut out, right half what the photo does not show.

The unseen part is a chart of longitude and arc length about the skull. Its low frequencies are the photo's own,
spread over the surface; its strands are patches of the photo's hair, blended so that their contrast stays
(Heitz, Neyret, High-Performance By-Example Noise, 2018).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.avatar.hair_region import Canvas
from core.avatar.hair_shape import HairVolume
from core.avatar.rays import vertex_normals
from core.avatar.texture import push_pull

SIZE = 1024
# The chart of the unseen part covers more than a full turn, so that triangles across its seam stay whole.
TURN = 2 * np.pi * 1.1
RADIUS = 0.085  # metres: the skull's, which turns angles into lengths
SPAN = 0.50  # metres of arc from the crown down that the chart holds
# Triangles flatter to the photo's view than this (cosine) would smear it.
FACING = 0.30
TINTED = 0.05  # width of the outline (inter-ocular distances) that shows background
PATCH = 64  # texels; about an inter-ocular distance
BACK_SHADE = 0.88  # unseen hair lies in shade more than what faces the photographer's light
SEED = 20260101


@dataclass(frozen=True)
class HairPicture:
    """image (SIZE, SIZE, 4) uint8 sRGB with alpha; uv (T, 3, 2) per triangle corner, v up."""

    image: np.ndarray
    uv: np.ndarray


def paint_hair(
    canvas: Canvas, hair: np.ndarray, volume: HairVolume, centre: np.ndarray, eye: np.ndarray
) -> HairPicture:
    """hair: (h, w) 0..1; centre: (3,) the skull's, eye: (3,) the camera's, world metres."""
    photo, share = _clean(canvas, hair)
    box = _box(hair, canvas)
    front_uv = (volume.canvas - box[0]) / box[1] * [0.5, 1.0]
    chart = _chart(volume.points - centre)
    seen = volume.front & (volume.share > 0.5)
    unseen = _paint_unseen(photo, hair, chart[seen], _broad_colours(canvas, photo, hair, volume.canvas[seen]), canvas)

    size = (SIZE // 2, SIZE)
    x = box[0][0] + (np.arange(size[0]) + 0.5) / size[0] * box[1][0] - 0.5
    y = box[0][1] + (np.arange(size[1]) + 0.5) / size[1] * box[1][1] - 0.5
    x, y = (grid.astype(np.float32) for grid in np.meshgrid(x, y))
    visible = np.concatenate([photo, share[..., None]], axis=-1)
    left = cv2.remap(visible, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    picture = np.concatenate([left, np.dstack([unseen, np.ones(size[::-1], np.float32)])], axis=1)
    image = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)

    normals = vertex_normals(volume.points, volume.triangles)
    towards = eye - volume.points
    facing = np.einsum("vd,vd->v", normals, towards / np.linalg.norm(towards, axis=1, keepdims=True))
    use_photo = (seen & (facing > FACING))[volume.triangles].all(axis=1)
    # Along the hairline the photo's own soft edge must show, however the skin slopes there.
    at = np.clip(volume.canvas.astype(int), 0, np.array(hair.shape[::-1]) - 1)
    hairline = volume.front & (volume.share < 0.9) & (canvas.matte[at[:, 1], at[:, 0]] > 0.9)
    use_photo |= (hairline & (facing > 0.05))[volume.triangles].any(axis=1) & (
        volume.front & (facing > 0)
    )[volume.triangles].all(axis=1)
    corners = _unwrap_seam(chart[volume.triangles])
    corners = np.stack([0.5 + 0.5 * (corners[..., 0] / TURN + 0.5), corners[..., 1] / SPAN], axis=-1)
    uv = np.where(use_photo[:, None, None], front_uv[volume.triangles], corners)
    uv[..., 0] = np.where(use_photo[:, None], np.clip(uv[..., 0], 0.001, 0.499), np.clip(uv[..., 0], 0.501, 0.999))
    uv[..., 1] = 1 - np.clip(uv[..., 1], 0.001, 0.999)
    return HairPicture(image, uv)


def _clean(canvas: Canvas, hair: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Photo (h, w, 3) 0..1 whose hair colour goes on past its soft edges, and the alpha (h, w)."""
    photo = canvas.image.astype(np.float32) / 255.0
    # An enlarged photo has edges as wide as its pixels.
    radius = 1 + round(0.8 * max(canvas.scale, 1.0))
    core = cv2.erode(hair, np.ones((2 * radius + 1,) * 2, np.uint8))
    # Thin hair at the outline lets the background through: its colour comes from farther in.
    depth = max(radius, round(TINTED * canvas.iod))
    core = np.minimum(core, cv2.erode(canvas.matte, np.ones((2 * depth + 1,) * 2, np.uint8)))
    sure = cv2.GaussianBlur(np.clip((core - 0.7) / 0.25, 0, 1).astype(np.float32), (0, 0), radius / 2)
    sure = np.minimum(sure, np.clip((core - 0.5) / 0.2, 0, 1))
    filled = push_pull(photo, sure)
    return photo * sure[..., None] + filled * (1 - sure[..., None]), np.clip(hair * 1.8 - 0.03, 0, 1).astype(np.float32)


def _box(hair: np.ndarray, canvas: Canvas) -> tuple[np.ndarray, np.ndarray]:
    """Corner and size (x, y) in canvas pixels of what the left half shows."""
    rows, columns = np.nonzero(hair > 0.02)
    low = np.array([columns.min(), rows.min()]) - 0.12 * canvas.iod
    high = np.array([columns.max(), rows.max()]) + 1 + 0.12 * canvas.iod
    return low, high - low


def _chart(points: np.ndarray) -> np.ndarray:
    """Longitude (0 behind, radians) and arc length from the crown (metres) of points about the skull, (V, 2)."""
    longitude = np.arctan2(points[:, 0], points[:, 1])
    flat = np.hypot(points[:, 0], points[:, 1])
    angle = np.arctan2(flat, np.maximum(points[:, 2], 0))
    return np.stack([longitude, RADIUS * angle + np.maximum(-points[:, 2], 0)], axis=1)


def _unwrap_seam(corners: np.ndarray) -> np.ndarray:
    """Bring the longitudes of each triangle (T, 3, 2) to within half a turn of its first corner's."""
    corners = corners.copy()
    first = corners[:, :1, 0]
    corners[..., 0] -= 2 * np.pi * np.round((corners[..., 0] - first) / (2 * np.pi))
    middle = corners[..., 0].mean(axis=1, keepdims=True)
    corners[..., 0] -= 2 * np.pi * np.round(middle / (2 * np.pi))
    return corners


def _broad_colours(canvas: Canvas, photo: np.ndarray, hair: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """The hair's blurred colour (N, 3) at canvas pixels (N, 2)."""
    sigma = (0, 0), 0.12 * canvas.iod
    weight = (hair > 0.8).astype(np.float32)
    blurred = cv2.GaussianBlur(photo * weight[..., None], *sigma)
    share = cv2.GaussianBlur(weight, *sigma)
    blurred = push_pull(blurred / np.maximum(share, 1e-3)[..., None], np.clip(share * 10, 0, 1))
    at = np.clip(pixels.astype(int), 0, np.array(hair.shape[::-1]) - 1)
    return blurred[at[:, 1], at[:, 0]]


def _paint_unseen(
    photo: np.ndarray, hair: np.ndarray, chart: np.ndarray, colours: np.ndarray, canvas: Canvas
) -> np.ndarray:
    """The chart's picture (SIZE, SIZE / 2, 3), 0..1: colours carried round from the outline, and strands."""
    height, width = SIZE, SIZE // 2
    coarse = (height // 16, width // 16)
    column = np.clip((chart[:, 0] / TURN + 0.5) * coarse[1], 0, coarse[1] - 1).astype(int)
    row = np.clip(chart[:, 1] / SPAN * coarse[0], 0, coarse[0] - 1).astype(int)
    sums, count = np.zeros((*coarse, 3), np.float32), np.zeros(coarse, np.float32)
    np.add.at(sums, (row, column), colours)
    np.add.at(count, (row, column), 1)
    base = push_pull(sums / np.maximum(count, 1)[..., None], np.clip(count, 0, 1))
    base = cv2.resize(cv2.GaussianBlur(base, (0, 0), 1.0), (width, height), interpolation=cv2.INTER_CUBIC)
    metres = SPAN / height  # per texel, and about as much sideways
    detail = _strands(photo, hair, (height, width), canvas.iod * metres / 0.062)
    return np.clip(base * BACK_SHADE * (1 + detail), 0, 1).astype(np.float32)


def _strands(photo: np.ndarray, hair: np.ndarray, shape: tuple[int, int], scale: float) -> np.ndarray:
    """Relative brightness (h, w, 1) about 0, made of patches of the photo's hair; scale: canvas px per texel."""
    size = (round(hair.shape[1] / scale), round(hair.shape[0] / scale))
    how = cv2.INTER_AREA if scale > 1 else cv2.INTER_CUBIC
    grey = cv2.resize(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), size, interpolation=how)
    mask = (cv2.resize(hair, size, interpolation=cv2.INTER_LINEAR) > 0.85).astype(np.float32)
    sigma = PATCH / 9  # broader shades come from the photo's own colours
    mean = cv2.GaussianBlur(grey * mask, (0, 0), sigma) / np.maximum(cv2.GaussianBlur(mask, (0, 0), sigma), 1e-3)
    detail = np.clip((grey - mean) / np.maximum(mean, 0.08), -0.4, 0.4) * mask
    reach = PATCH * 3 // 4  # half the side of a patch that may be turned
    covered = cv2.GaussianBlur(mask, (0, 0), PATCH / 3)
    good = np.argwhere((covered >= 0.9 * covered[mask > 0].max()) & (mask > 0))
    angles = _strand_angles(detail)
    detail, mask = np.pad(detail, reach), np.pad(mask, reach)
    random = np.random.default_rng(SEED)
    window = np.outer(np.hanning(PATCH), np.hanning(PATCH)).astype(np.float32)
    high, wide = shape[0] + 2 * PATCH, shape[1] + 2 * PATCH
    out, power = np.zeros((high, wide), np.float32), np.full((high, wide), 1e-4, np.float32)
    for top in range(0, high - PATCH, PATCH // 2):
        for left in range(0, wide - PATCH, PATCH // 2):
            y, x = good[random.integers(len(good))]
            middle = float(x + reach), float(y + reach)
            turn = cv2.getRotationMatrix2D(middle, float(angles[y, x] + random.normal(0, 6.0)), 1.0)
            turn[:, 2] += PATCH / 2 - np.array(middle)
            patch = cv2.warpAffine(detail, turn, (PATCH, PATCH))
            here = window * cv2.warpAffine(mask, turn, (PATCH, PATCH))
            out[top : top + PATCH, left : left + PATCH] += patch * here
            power[top : top + PATCH, left : left + PATCH] += here**2
    return (out / np.sqrt(power))[PATCH:-PATCH, PATCH:-PATCH, None]


def _strand_angles(detail: np.ndarray) -> np.ndarray:
    """Degrees (h, w) by which to turn the picture so that its strands stand upright, from the structure tensor."""
    dx, dy = cv2.Sobel(detail, cv2.CV_32F, 1, 0), cv2.Sobel(detail, cv2.CV_32F, 0, 1)
    blur = (0, 0), PATCH / 4
    xx, yy, xy = (cv2.GaussianBlur(v, *blur) for v in (dx * dx, dy * dy, dx * dy))
    # The gradient lies across the strands: bring it onto the x axis.
    return np.degrees(0.5 * np.arctan2(2 * xy, xx - yy))
