# SPDX-License-Identifier: GPL-3.0-or-later
"""The volume of the hair: inflated from its outline in the photo, wrapped around the skull, meshed.

Two depth fields over the picture bound the hair, both solutions of a Poisson equation whose square root bulges
like a sphere (a disc of radius R gives exactly the sphere of radius R): the front one starts from the face's own
depth along the hairline and falls to the head's middle plane at the outline, the back one closes it behind.
Neither may enter the skull. The solid between them is meshed with marching cubes, so that crown, sides and back
get triangles of one size, without seams and without holes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import scipy.sparse as sparse
from scipy.ndimage import binary_fill_holes, distance_transform_edt, gaussian_filter, gaussian_filter1d, map_coordinates
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import spsolve
from skimage.measure import marching_cubes

from core.avatar.fit import Fit, project
from core.avatar.hair_region import Canvas
from core.avatar.rays import RayScene, triangulate
from core.avatar.template import Template, eyeball

CELL_IOD = 14.0  # cells per inter-ocular distance: 4.4 mm
FRONT_BULGE, BACK_BULGE = 0.75, 0.85  # shares of a sphere; a fuller front hides the face at an angle
THIN, THICK = 0.003, 0.030  # metres of hair over the skull
EMBED = 0.012  # metres that the hair reaches under the skin where the photo shows skin
NAPE_BELOW_EYES = 0.062  # metres: the hairline of the nape is level with the mouth
SMOOTH_STEPS = 6
OBSTACLE_STEPS = 300
TURNED = 0.10  # sine of the head's turn from the camera from which on its far side is mirrored
WISP = 0.08  # alpha from which on a wisp outside the outline is worth a card
LEAST_PART = 0.03  # smaller pieces of the mesh (share of its vertices) are earrings and crumbs


@dataclass(frozen=True)
class HairVolume:
    """A triangle mesh in world metres. points (V, 3), triangles (T, 3), canvas (V, 2) its pixels, share (V,) of
    hair in the photo there, front (V,): the photo shows the point."""

    points: np.ndarray
    triangles: np.ndarray
    canvas: np.ndarray
    share: np.ndarray
    front: np.ndarray


@dataclass(frozen=True)
class _Fields:
    """Over the cells (h, w): shares 0..1, depths along the camera's axis in metres (NaN: nothing there)."""

    hair: np.ndarray
    skin_front: np.ndarray
    scalp_back: np.ndarray
    plane: np.ndarray
    skin_back: np.ndarray  # with the ears, which scalp_back leaves out
    scalp: np.ndarray
    nape: np.ndarray  # 0 at the nape's hairline and outside, 1 from 6 cm above it
    outline: np.ndarray  # metres inside the hair's outline, negative outside
    cell: float


def build_volume(canvas: Canvas, hair: np.ndarray, fit: Fit, template: Template, rest: np.ndarray) -> HairVolume:
    """hair: (h, w) 0..1 on the canvas; rest: (V, 3) the head that wears it."""
    fields = _measure(canvas, hair, fit, template, rest)
    front, back = _front(fields), _back(fields)
    eyes = (eyeball(template, rest, "left")[0] + eyeball(template, rest, "right")[0]) / 2
    turned = abs(float((fit.rotation @ [1.0, 0.0, 0.0])[2])) > TURNED
    points, triangles = _mesh(fields, front, back, _reflection(canvas, fit, float(eyes[0])) if turned else None)
    step = canvas.iod / CELL_IOD
    pixels = (points[:, :2] + 0.5) * step
    share = _lookup(hair, pixels)
    world = _to_world(canvas, pixels, points[:, 2], fit)
    depth_front = _lookup(np.where(fields.hair > 0.3, *front), points[:, :2] + 0.5)
    facing = np.abs(points[:, 2] - depth_front) < 2.5 * fields.cell
    # Faces deep under the skin are dropped; of a turned head the mirrored side lies among them.
    hidden = facing & (share < 0.1) & (not turned)
    # What lies under the face's skin stays there.
    behind = points[:, 2] > _lookup(fields.plane, points[:, :2] + 0.5) + 0.01
    within = _lookup(cv2.erode(fields.hair, np.ones((5, 5), np.uint8)), points[:, :2] + 0.5) > 0.5
    world = _clear_skull(world, behind | within, template, rest)
    keep = ~hidden[triangles].all(axis=1)
    rows, triangles = np.unique(triangles[keep], return_inverse=True)
    card_pixels, card_depth, card = _fringe(canvas, hair, fields, pixels[rows][triangles.reshape(-1, 3)])
    return HairVolume(
        np.concatenate([world[rows], _to_world(canvas, card_pixels, card_depth, fit)]),
        np.concatenate([triangles.reshape(-1, 3), card + len(rows)]),
        np.concatenate([pixels[rows], card_pixels]),
        np.concatenate([share[rows], np.ones(len(card_pixels))]),
        np.concatenate([facing[rows] & (share[rows] > 0.1), np.ones(len(card_pixels), bool)]),
    )


def _clear_skull(points: np.ndarray, hair: np.ndarray, template: Template, rest: np.ndarray) -> np.ndarray:
    """Lift points (V, 3) of hair that lie in or too near the skull, away from its middle; thinner at the nape."""
    ears = np.zeros(len(rest), bool)
    ears[ear_rows(template)] = True
    eyes = (eyeball(template, rest, "left")[0] + eyeball(template, rest, "right")[0]) / 2
    middle = _middle(template, rest, ears, eyes)
    away = points - middle
    radius = np.linalg.norm(away, axis=1)
    away /= np.maximum(radius, 1e-6)[:, None]
    skull = triangulate(template.faces[(template.region <= 1) & ~ears[template.faces].any(axis=1)])
    hits = RayScene(rest, skull).cast(middle + 0.5 * away, -away)
    wanted = 0.5 - hits.distance + THIN
    grown = np.clip((points[:, 2] - (eyes[2] - NAPE_BELOW_EYES)) / 0.04, 0, 1)
    lift = np.clip(wanted - radius, 0, None)
    lift[~hair | (hits.triangle < 0) | (lift > 0.02)] = 0.0
    return points + (lift * grown)[:, None] * away


def _fringe(
    canvas: Canvas, hair: np.ndarray, fields: _Fields, solid: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Flat cards in the head's middle plane for the wisps outside the solid, whose triangles (T, 3, 2) are in
    canvas pixels: canvas pixels (N, 2), depth (N,) and triangles (T, 3); the picture's alpha draws the wisps."""
    step = canvas.iod / CELL_IOD
    strongest = cv2.resize(cv2.dilate(hair, np.ones((round(step),) * 2, np.uint8)), fields.hair.shape[::-1])
    background = cv2.resize(canvas.matte, fields.hair.shape[::-1], interpolation=cv2.INTER_AREA) < 0.9
    # Smoothing rounds the solid's corners off: what it leaves open there would part the wisps from it.
    silhouette = np.zeros(canvas.shape, np.uint8)
    for triangle in np.round((solid - 0.5) * 16).astype(np.int32):
        cv2.fillConvexPoly(silhouette, triangle, 1, shift=4)
    silhouette = cv2.erode(silhouette, np.ones((3, 3))).astype(np.float32)
    filled = cv2.resize(silhouette, fields.hair.shape[::-1], interpolation=cv2.INTER_AREA)
    beside_skin = cv2.dilate(np.isnan(fields.skin_front).astype(np.uint8), np.ones((3, 3))) > 0
    wisps = (fields.outline < fields.cell) & background & ~fields.scalp
    cells = (strongest > WISP) & (wisps | ((filled < 0.999) & beside_skin))
    _, parts = cv2.connectedComponents((cells | (fields.outline > 0)).astype(np.uint8), connectivity=4)
    cells &= parts == np.bincount(parts[fields.outline > 0], minlength=1).argmax()
    i, j = np.nonzero(cells)
    corners = np.stack([np.stack([i + di, j + dj], axis=1) for di, dj in ((0, 0), (1, 0), (1, 1), (0, 1))], axis=1)
    nodes, quad = np.unique(corners.reshape(-1, 2), axis=0, return_inverse=True)
    quad = quad.reshape(-1, 4)
    depth = fields.plane[np.clip(nodes[:, 0], 0, len(fields.plane) - 1), 0]
    return nodes[:, ::-1] * step, depth, np.concatenate([quad[:, [0, 1, 2]], quad[:, [0, 2, 3]]])


def ear_rows(template: Template) -> np.ndarray:
    """Vertices of the two ears: those that the ears' own sliders move."""
    names = [k for k, name in enumerate(template.slider_names) if "ear-" in name]
    travel = np.linalg.norm(template.slider_deltas[names], axis=2).max(axis=0)
    return np.flatnonzero(travel > 0.35 * travel.max())


def _measure(canvas: Canvas, hair: np.ndarray, fit: Fit, template: Template, rest: np.ndarray) -> _Fields:
    step = canvas.iod / CELL_IOD
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

    middle, neck = _middle(template, rest, ears, eyes), rest[template.joints["neck"]].mean(axis=0)
    axis = np.stack([middle, neck]) @ fit.rotation.T + fit.translation
    rows = canvas.from_photo(axis[:, :2] / axis[:, 2:] * camera.focal + [camera.cx, camera.cy])[:, 1] / step
    down = np.clip((np.arange(size[1]) + 0.5 - rows[0]) / max(rows[1] - rows[0], 1.0), 0, 1.2)
    plane = np.repeat((axis[0, 2] + down * (axis[1, 2] - axis[0, 2]))[:, None], size[0], axis=1)
    cell = float(axis[0, 2] / camera.focal / canvas.scale * step)
    mask = hair > 0.5
    signed = (_distance(mask) - _distance(~mask)) * cell / step
    outline = cv2.resize(signed, size, interpolation=cv2.INTER_LINEAR)
    bald = _uncovered(cv2.resize(canvas.matte, size, interpolation=cv2.INTER_AREA), share, skin_front)
    bald[max(int(rows[0]), 0) :] = False
    share = np.where(bald, 1.0, share)
    outline = np.maximum(outline, (_distance(bald) - 0.5) * cell)
    scalp_back = scalp_back.reshape(size[::-1])
    return _Fields(share, skin_front, scalp_back, plane, skin_back, nape > 0.0, nape, outline, cell)


def _uncovered(matte: np.ndarray, share: np.ndarray, skin_front: np.ndarray) -> np.ndarray:
    """Cells (h, w) where the template's skull sticks out of the photo's hair: hair covers it there too."""
    person = matte > 0.5
    nearest = _nearest(person)
    return ~person & ~np.isnan(skin_front) & (share[nearest[0], nearest[1]] > 0.25)


def _middle(template: Template, rest: np.ndarray, ears: np.ndarray, eyes: np.ndarray) -> np.ndarray:
    """The skull's middle (3,): where it is widest, above the eyes."""
    skull = np.unique(template.faces[template.region == 0])
    skull = skull[~ears[skull] & (rest[skull, 2] > eyes[2] + 0.02)]
    widest = skull[np.argsort(np.abs(rest[skull, 0] - eyes[0]))[-40:]]
    return np.array([eyes[0], rest[widest, 1].mean(), eyes[2] + 0.03])


def _front(fields: _Fields) -> tuple[np.ndarray, np.ndarray]:
    """Depth (h, w) of the hair's front, continued past its outline, and of where hair begins under the skin."""
    inside = fields.hair > 0.5
    relief = fields.plane - fields.skin_front  # height towards the camera
    border = np.where(np.isnan(relief), 0.0, relief)
    # Only skin beside the hair holds its front; background lets it fall to the middle plane.
    edge = _distance(inside) * fields.cell
    rise = THIN * np.clip(edge / 0.006, 0, 1) + 0.004 * np.clip(edge / 0.03, 0, 1)
    over = np.where(np.isnan(relief), -9.0, relief + rise)
    height = _inflate(inside, border, FRONT_BULGE, fields.cell, over)
    nearest = _nearest(inside)
    height = height[nearest[0], nearest[1]]
    far = _distance(~inside) * fields.cell > EMBED
    under = np.where(np.isnan(relief), 0.0, relief - EMBED)
    return fields.plane - height, fields.plane - np.where(far, np.minimum(under, 0), under)


def _back(fields: _Fields) -> np.ndarray:
    """Depth (h, w) of the hair's back; short hair thins out towards the nape, long hair hangs over it."""
    solid, cell = _extent(fields), fields.cell
    thick, scalp = _thickness(fields), fields.scalp_back - fields.plane
    if _curtain(fields).any():
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
    squared = np.maximum(squared, floor)
    for _ in range(OBSTACLE_STEPS):
        wide = np.pad(squared, 1, mode="edge")
        mean = (wide[:-2, 1:-1] + wide[2:, 1:-1] + wide[1:-1, :-2] + wide[1:-1, 2:]) / 4
        squared = np.where(inside, np.maximum(mean + bulge**2 * cell**2, floor), squared)
    return np.sign(squared) * np.sqrt(np.abs(squared))


def _extent(fields: _Fields) -> np.ndarray:
    """Cells (h, w) that the solid covers: hair in the photo, the scalp behind the face, and the nape between."""
    solid = (fields.outline > 0) | fields.scalp | _curtain(fields)
    # The ear's root leaves a notch between the hair before and behind it.
    return cv2.morphologyEx(solid.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8)) > 0


def _curtain(fields: _Fields) -> np.ndarray:
    """Cells (h, w) between the strands of hair that falls on both sides: it hangs behind the neck too."""
    hair, curtain = fields.hair > 0.5, np.zeros(fields.hair.shape, bool)
    if not fields.scalp.any():  # the skull lies outside the canvas
        return curtain
    below = np.flatnonzero(fields.scalp.any(axis=1))[-1]  # rows from here on are under the nape
    found = False
    for row in range(int(below) - 8, len(hair)):
        strands, neck = np.flatnonzero(hair[row]), np.flatnonzero(~np.isnan(fields.skin_front[row]))
        middle = neck.mean() if len(neck) else np.nan
        if min((strands < middle - 2).sum(), (strands > middle + 2).sum()) >= 2:
            curtain[row, strands[0] : strands[-1] + 1] = True
            found |= row > below + 1
    if not found:
        return np.zeros_like(curtain)
    solid = curtain | hair | fields.scalp
    return curtain | (np.asarray(binary_fill_holes(solid)) & ~solid)


def _thickness(fields: _Fields) -> np.ndarray:
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


def _distance(mask: np.ndarray) -> np.ndarray:
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


def _reflection(canvas: Canvas, fit: Fit, middle: float) -> Callable[[np.ndarray], np.ndarray]:
    """Maps points (N, 3), as cell x, cell y, depth in metres, to their mirror images in the plane x = middle."""
    step = canvas.iod / CELL_IOD

    def reflect(points: np.ndarray) -> np.ndarray:
        world = _to_world(canvas, (points[:, :2] + 0.5) * step, points[:, 2], fit)
        world[:, 0] = 2 * middle - world[:, 0]
        pixels = canvas.from_photo(project(world, fit.rotation, fit.translation, fit.camera))
        depth = world @ fit.rotation[2] + fit.translation[2]
        return np.concatenate([pixels / step - 0.5, depth[:, None]], axis=1)

    return reflect


def _mesh(
    fields: _Fields,
    front: tuple[np.ndarray, np.ndarray],
    back: np.ndarray,
    reflect: Callable[[np.ndarray], np.ndarray] | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Marching cubes: points (V, 3) as cell x, cell y, depth in metres, and triangles (T, 3) facing outward.

    reflect: of a turned head, whose face hides one side from the camera: that side is the other's mirror image.
    """
    cell, extent = fields.cell, _extent(fields)
    rest = extent & ((fields.outline <= 0) | fields.scalp)
    inside = _distance(rest) - _distance(~rest)
    rest_outline = (inside - 0.5 * np.sign(inside)) * cell
    near = min(np.nanmin(front[0][extent]), np.nanmin(back[extent])) - 4 * cell
    depth = np.arange(near, np.nanmax(back[extent]) + 4 * cell, cell)
    seen = np.minimum(depth - front[0][..., None], fields.outline[..., None])
    unseen = np.minimum(depth - front[1][..., None], rest_outline[..., None])
    field = np.minimum(np.maximum(seen, unseen), back[..., None] - depth)
    field = np.clip(field, -4 * cell, 4 * cell)
    if reflect is not None:
        y, x, z = np.indices(field.shape).reshape(3, -1)
        there = reflect(np.stack([x, y, near + z * cell], axis=1))
        at = np.stack([there[:, 1], there[:, 0], (there[:, 2] - near) / cell])
        mirrored = map_coordinates(field, at, order=1, mode="constant", cval=-4 * cell).reshape(field.shape)
        covered = ~np.isnan(fields.skin_front)
        silhouette = (_distance(covered) - 0.5) * cell
        under = np.nan_to_num(fields.skin_front, nan=np.inf) + EMBED
        hidden = np.minimum(depth - under[..., None], silhouette[..., None])
        field = np.maximum(field, np.minimum(mirrored, hidden))
    field = gaussian_filter(np.pad(field, 2, constant_values=-4 * cell), 0.8)
    vertices, triangles, _, _ = marching_cubes(field, 0.0)
    vertices -= 2.0
    points = np.stack([vertices[:, 1], vertices[:, 0], near + vertices[:, 2] * cell], axis=1)
    triangles = _large_parts(triangles.astype(np.int64), len(points))
    points = _relax(points * [cell, cell, 1.0], triangles) / [cell, cell, 1.0]
    return points, triangles


def _large_parts(triangles: np.ndarray, count: int) -> np.ndarray:
    link = sparse.coo_matrix((np.ones(len(triangles)), (triangles[:, 0], triangles[:, 1])), (count, count))
    link += sparse.coo_matrix((np.ones(len(triangles)), (triangles[:, 1], triangles[:, 2])), (count, count))
    _, part = connected_components(link, directed=False)
    return triangles[(np.bincount(part) >= LEAST_PART * count)[part[triangles[:, 0]]]]


def _relax(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Taubin smoothing (1995): removes the voxels' steps, keeps the volume."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    weight = np.ones(len(edges))
    link = sparse.csr_matrix((weight, (edges[:, 0], edges[:, 1])), (len(points),) * 2)
    link = ((link + link.T) > 0).astype(float)
    mean = sparse.diags(1.0 / np.maximum(np.asarray(link.sum(axis=1)).ravel(), 1)) @ link
    for _ in range(SMOOTH_STEPS):
        points = points + 0.5 * (mean @ points - points)
        points = points - 0.53 * (mean @ points - points)
    return points


def _to_world(canvas: Canvas, pixels: np.ndarray, depth: np.ndarray, fit: Fit) -> np.ndarray:
    photo = canvas.to_photo(pixels)
    rays = (photo - [fit.camera.cx, fit.camera.cy]) / fit.camera.focal
    local = np.concatenate([rays, np.ones((len(rays), 1))], axis=1) * depth[:, None]
    return (local - fit.translation) @ fit.rotation


def _lookup(picture: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Bilinear values at (V, 2) positions whose integer + 0.5 is a pixel's centre."""
    return map_coordinates(picture.astype(np.float64), (at[:, ::-1] - 0.5).T, order=1, mode="nearest")
