# SPDX-License-Identifier: GPL-3.0-or-later
"""The hair's front and back as depths over the picture: inflated from its outline, wrapped around the skull.

Both are solutions of a Poisson equation whose square root bulges like a sphere (a disc of radius R gives exactly
the sphere of radius R): the front one starts from the face's own depth along the hairline and falls to the head's
middle plane at the outline, the back one closes it behind. Neither may enter the skull.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import scipy.sparse as sparse
from scipy.ndimage import binary_fill_holes, distance_transform_edt, gaussian_filter1d, map_coordinates
from scipy.sparse.linalg import spsolve

from core.avatar.fit import Fit
from core.avatar.hair_canvas import Canvas
from core.avatar.hair_scalp import NAPE_BELOW_EYES, THICK, THIN, ear_rows, skull_middle
from core.avatar.rays import RayScene, triangulate
from core.avatar.template import Template, eyeball

CELL_IOD = 14.0  # cells per inter-ocular distance: 4.4 mm
LARGE = 5.5  # square inter-ocular distances of hair in the photo from which on cells grow with it
FRONT_BULGE, BACK_BULGE = 0.75, 0.85  # shares of a sphere; a fuller front hides the face at an angle
EMBED = 0.012  # metres that the hair reaches under the skin where the photo shows skin
TRIM = 0.0007  # metres by which the solid would else stand over the outline: half a pixel and the mesh's roundness
OBSTACLE_STEPS = 300


@dataclass(frozen=True)
class Fields:
    """Over the cells (h, w): shares 0..1, depths along the camera's axis in metres (NaN: nothing there)."""

    hair: np.ndarray
    skin_front: np.ndarray
    scalp_back: np.ndarray
    plane: np.ndarray
    skin_back: np.ndarray  # with the ears, which scalp_back leaves out
    scalp: np.ndarray
    nape: np.ndarray  # 0 at the nape's hairline and outside, 1 from 6 cm above it
    outline: np.ndarray  # metres inside the hair's outline, negative outside
    step: float  # canvas pixels of a cell
    cell: float  # metres of a cell


def measure(canvas: Canvas, hair: np.ndarray, fit: Fit, template: Template, rest: np.ndarray) -> Fields:
    area = float(hair.sum()) / canvas.iod**2
    step = canvas.iod / CELL_IOD * max(1.0, area / LARGE) ** 0.5
    size = (round(canvas.shape[1] / step), round(canvas.shape[0] / step))
    share = cv2.resize(hair, size, interpolation=cv2.INTER_AREA)
    x, y = np.meshgrid((np.arange(size[0]) + 0.5) * step, (np.arange(size[1]) + 0.5) * step)
    pixels = canvas.to_photo(np.stack([x.ravel(), y.ravel()], axis=1))
    camera = fit.camera
    rays = np.concatenate([(pixels - [camera.cx, camera.cy]) / camera.focal, np.ones((len(pixels), 1))], axis=1)
    local = rest @ fit.rotation.T + fit.translation

    skin = triangulate(template.faces[template.region <= 3])
    length = np.linalg.norm(rays, axis=1)
    hits = RayScene(local, skin).cast(np.zeros_like(rays), rays / length[:, None])
    skin_front = np.where(hits.triangle >= 0, hits.distance / length, np.nan).reshape(size[::-1])

    eyes = (eyeball(template, rest, "left")[0] + eyeball(template, rest, "right")[0]) / 2
    ears = np.zeros(len(rest), bool)
    ears[ear_rows(template)] = True
    bare = template.faces[(template.region <= 1) & ~ears[template.faces].any(axis=1)]
    triangles = triangulate(bare)
    beyond = float(local[:, 2].max()) + 1.0  # metres: where the rays that come from behind the head start
    far = rays * beyond
    back = RayScene(local, triangles).cast(far, -rays / length[:, None])
    hit = back.triangle >= 0
    scalp_back = np.where(hit, beyond - back.distance / length, np.nan)
    behind = RayScene(local, skin).cast(far, -rays / length[:, None])
    skin_back = np.where(behind.triangle >= 0, beyond - behind.distance / length, np.nan).reshape(size[::-1])
    height = np.full(len(rays), -1.0)
    height[hit] = np.einsum("kc,kc->k", back.barycentric[hit], rest[triangles[back.triangle[hit]], 2])
    nape = np.clip((height - (eyes[2] - NAPE_BELOW_EYES)) / 0.06, 0, 1).reshape(size[::-1])

    middle, neck = skull_middle(template, rest, ears, eyes), rest[template.joints["neck"]].mean(axis=0)
    axis = np.stack([middle, neck]) @ fit.rotation.T + fit.translation
    rows = canvas.from_photo(axis[:, :2] / axis[:, 2:] * camera.focal + [camera.cx, camera.cy])[:, 1] / step
    down = np.clip((np.arange(size[1]) + 0.5 - rows[0]) / max(rows[1] - rows[0], 1.0), 0, 1.2)
    plane = np.repeat((axis[0, 2] + down * (axis[1, 2] - axis[0, 2]))[:, None], size[0], axis=1)
    cell = float(axis[0, 2] / camera.focal / canvas.scale * step)
    mask = hair > 0.5
    signed = (distance(mask) - distance(~mask)) * cell / step - TRIM
    outline = cv2.resize(signed, size, interpolation=cv2.INTER_LINEAR)
    bald = _uncovered(cv2.resize(canvas.matte, size, interpolation=cv2.INTER_AREA), share, skin_front)
    bald[max(int(rows[0]), 0) :] = False
    share = np.where(bald, 1.0, share)
    outline = np.maximum(outline, (distance(bald) - 0.5) * cell)
    scalp_back = scalp_back.reshape(size[::-1])
    return Fields(share, skin_front, scalp_back, plane, skin_back, nape > 0.0, nape, outline, step, cell)


def _uncovered(matte: np.ndarray, share: np.ndarray, skin_front: np.ndarray) -> np.ndarray:
    """Cells (h, w) where the template's skull sticks out of the photo's hair: hair covers it there too."""
    person = matte > 0.5
    nearest = _nearest(person)
    return ~person & ~np.isnan(skin_front) & (share[nearest[0], nearest[1]] > 0.25)


def front_depths(fields: Fields) -> tuple[np.ndarray, np.ndarray]:
    """Depth (h, w) of the hair's front, continued past its outline, and of where hair begins under the skin."""
    inside = fields.hair > 0.5
    relief = fields.plane - fields.skin_front  # height towards the camera
    border = np.where(np.isnan(relief), 0.0, relief)
    # Only skin beside the hair holds its front; background lets it fall to the middle plane.
    edge = distance(inside) * fields.cell
    rise = THIN * np.clip(edge / 0.006, 0, 1) + 0.004 * np.clip(edge / 0.03, 0, 1)
    over = np.where(np.isnan(relief), -9.0, relief + rise)
    height = _inflate(inside, border, FRONT_BULGE, fields.cell, over)
    nearest = _nearest(inside)
    height = height[nearest[0], nearest[1]]
    far = distance(~inside) * fields.cell > EMBED
    under = np.where(np.isnan(relief), 0.0, relief - EMBED)
    return fields.plane - height, fields.plane - np.where(far, np.minimum(under, 0), under)


def back_depth(fields: Fields) -> np.ndarray:
    """Depth (h, w) of the hair's back; short hair thins out towards the nape, long hair hangs over it."""
    solid, cell = extent(fields), fields.cell
    thick, scalp = _thickness(fields), fields.scalp_back - fields.plane
    if curtain(fields).any():
        bare = np.fmax(scalp, fields.skin_back - fields.plane)
        low = bare + np.maximum(thick, THIN + 0.003)
        return fields.plane + _inflate(solid, np.zeros(solid.shape), BACK_BULGE, cell, np.nan_to_num(low, nan=-9.0))
    grown = np.clip(2 * fields.nape, 0, 1)
    tapered = scalp + thick * grown - 0.004 * (1 - grown)
    beside = np.where(fields.hair > 0.5, fields.skin_back - fields.plane + THIN, np.nan)
    low = np.nan_to_num(np.where(fields.scalp, tapered, beside), nan=-9.0)
    height = _inflate(solid, np.zeros(solid.shape), BACK_BULGE, cell, low)
    full = np.maximum(fields.nape, np.clip(thick / 0.02, 0, 1))
    return fields.plane + np.where(fields.scalp, low + (height - low) * full, height)


def _inflate(
    inside: np.ndarray, border: np.ndarray, bulge: float, cell: float, low: np.ndarray
) -> np.ndarray:
    """Height (h, w) that bulges over ``inside``, starts at ``border`` outside, and nowhere falls below ``low``.

    The membrane rests on what it may not enter, so that no edge shows where skull and bulge meet: projected
    Jacobi steps from the free solution (metres, squared while solving).
    """
    squared = _poisson(inside, np.sign(border) * border**2, -4 * bulge**2, cell)
    floor = np.where(inside, np.sign(low) * low**2, squared)
    wide = np.pad(np.maximum(squared, floor), 1, mode="edge")
    squared, raised = wide[1:-1, 1:-1], np.empty(inside.shape)
    for _ in range(OBSTACLE_STEPS):
        wide[[0, -1]], wide[:, [0, -1]] = wide[[1, -2]], wide[:, [1, -2]]
        np.add(wide[:-2, 1:-1], wide[2:, 1:-1], out=raised)
        raised += wide[1:-1, :-2]
        raised += wide[1:-1, 2:]
        raised /= 4
        raised += bulge**2 * cell**2
        np.maximum(raised, floor, out=raised)
        np.copyto(squared, raised, where=inside)
    return np.sign(squared) * np.sqrt(np.abs(squared))


def extent(fields: Fields) -> np.ndarray:
    """Cells (h, w) that the solid covers: hair in the photo, the scalp behind the face, and the nape between."""
    solid = (fields.outline > 0) | fields.scalp | curtain(fields)
    # The ear's root leaves a notch between the hair before and behind it.
    return cv2.morphologyEx(solid.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8)) > 0


def curtain(fields: Fields) -> np.ndarray:
    """Cells (h, w) between the strands of hair that falls on both sides: it hangs behind the neck too."""
    hair, hung = fields.hair > 0.5, np.zeros(fields.hair.shape, bool)
    if not fields.scalp.any():  # the skull lies outside the canvas
        return hung
    below = np.flatnonzero(fields.scalp.any(axis=1))[-1]  # rows from here on are under the nape
    found = False
    for row in range(int(below) - 8, len(hair)):
        strands, neck = np.flatnonzero(hair[row]), np.flatnonzero(~np.isnan(fields.skin_front[row]))
        middle = neck.mean() if len(neck) else np.nan
        if min((strands < middle - 2).sum(), (strands > middle + 2).sum()) >= 2:
            hung[row, strands[0] : strands[-1] + 1] = True
            found |= row > below + 1
    if not found:
        return np.zeros_like(hung)
    solid = hung | hair | fields.scalp
    return hung | (np.asarray(binary_fill_holes(solid)) & ~solid)


def _thickness(fields: Fields) -> np.ndarray:
    """How far the hair stands off the skull (h, 1), metres: row by row at its sides, at the top as over the crown."""
    hair, skull = fields.hair > 0.5, fields.scalp
    rows = np.flatnonzero(skull.any(axis=1))
    if not len(rows):  # the skull lies outside the canvas
        return np.full((len(hair), 1), THIN)
    top, crown = rows[0], np.flatnonzero(hair.any(axis=1))
    over = max(float(top - crown[0]) if len(crown) else 0.0, 0.0)
    stand = np.full(len(hair), over)
    for row in rows:
        strands, bone = np.flatnonzero(hair[row]), np.flatnonzero(skull[row])
        sides = [bone[0] - strands[0], strands[-1] - bone[-1]] if len(strands) else [0, 0]
        stand[row] = np.clip(sides, 0, None).mean()
    stand[rows[-1] :] = stand[rows[-1]]
    upper = np.clip((np.arange(len(hair)) - top) / (0.35 * (rows[-1] - top)), 0, 1)
    stand = upper * stand + (1 - upper) * over
    return np.clip(gaussian_filter1d(stand, 3.0) * fields.cell, THIN, THICK)[:, None]


def distance(mask: np.ndarray) -> np.ndarray:
    """Cells from each cell of the mask (h, w) to the nearest cell outside it."""
    return np.asarray(distance_transform_edt(mask))


def _nearest(mask: np.ndarray) -> np.ndarray:
    """Row and column (2, h, w) of the mask's cell that is nearest to each cell."""
    return np.asarray(distance_transform_edt(~mask, return_distances=False, return_indices=True))


def _poisson(inside: np.ndarray, border: np.ndarray, source: float, cell: float) -> np.ndarray:
    """Solve laplace(g) = source where ``inside``, with g = border elsewhere; (h, w)."""
    number = np.full(inside.shape, -1)
    number[inside] = np.arange(inside.sum())
    padded_number, padded = np.pad(number, 1, constant_values=-1), np.pad(border, 1)
    count = int(inside.sum())
    right = np.full(count, -source * cell**2)
    rows, columns = [np.arange(count)], [np.arange(count)]
    values = [np.full(count, 4.0)]
    i, j = np.nonzero(inside)
    for di, dj in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        other = padded_number[i + 1 + di, j + 1 + dj]
        known = other < 0
        right[known] += padded[i + 1 + di, j + 1 + dj][known]
        rows.append(np.flatnonzero(~known))
        columns.append(other[~known])
        values.append(np.full(int((~known).sum()), -1.0))
    system = sparse.csr_matrix(
        (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), (count, count)
    )
    solved = border.copy()
    if count:
        solved[inside] = spsolve(system.tocsc(), right)
    return solved


def to_world(canvas: Canvas, pixels: np.ndarray, depth: np.ndarray, fit: Fit) -> np.ndarray:
    photo = canvas.to_photo(pixels)
    rays = (photo - [fit.camera.cx, fit.camera.cy]) / fit.camera.focal
    local = np.concatenate([rays, np.ones((len(rays), 1))], axis=1) * depth[:, None]
    return np.ascontiguousarray((fit.rotation.T @ (local - fit.translation).T).T)  # faster than the other way round


def look_up(picture: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Bilinear values at (V, 2) positions whose integer + 0.5 is a pixel's centre."""
    return map_coordinates(picture.astype(np.float64), (at[:, ::-1] - 0.5).T, order=1, mode="nearest")
