# SPDX-License-Identifier: GPL-3.0-or-later
"""Lips that touch and do not pass through each other: what a pose lacks for that, on this very face.

Seen along the vertical, the upper lip is a roof and the lower lip the floor under it. Where a key drives the floor
through the roof both give way, where it opens lips that stay closed both come nearer, and the skin around goes along.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from core.avatar.rays import RayScene, triangulate
from core.avatar.rings import CAVITY, CONTACT_RING, lip_rings, rings_within
from core.avatar.template import load_template
from core.channels import ARKIT_CHANNELS
from core.colour import smoothstep

BINS = 33  # across the mouth
OVERLAP = 0.15e-3  # metres by which lips that touch overlap, so that no light comes through
ROUNDS, NEAR_ENOUGH = 4, 0.12e-3  # and metres from which on nothing is left to do
LOWER_LIP = (0.36, 0.46)  # share of the jaw's drop up to which a vertex is the upper lip's, and from which the lower's
# Metres from the line of contact up to which skin goes all the way with its lip, and from which on it stays.
REACH_UPPER, REACH_LOWER = (0.004, 0.020), (0.004, 0.026)
# Metres about the corners up to which skin moves as one, and from which on it does not; and over which it averages.
CORNER, EVEN = (0.003, 0.007), 0.0035
BIT, BITE = 0.003, (0.35, 0.9)  # metres of lip that meet a tooth; shares of the half width over which a bite fades
RINGS, LINING_RINGS = 6, 2  # of the lips that may touch, outward and inward
ALONG = 4  # points on an edge of a triangle
FAR, ASIDE = 0.01, 0.2  # metres from which rays start, and between faces that are looked at together
SPREAD = 0.0015  # metres over which a vertex averages the shifts across the mouth
# Shares of the mouth's half width over which lips stop to be drawn together, and to be kept apart: in the corners
# they are one.
JOINED, FOLDED = (0.80, 0.97), (0.86, 0.99)


@dataclass(frozen=True)
class Opening:
    """The form of an open mouth. share: of the way to it that is gone; roundness: exponent of its superellipse;
    corners_down, corners_in: shares of its height and of its half width that the corners go."""

    share: float
    roundness: float
    corners_down: float
    corners_in: float


@dataclass(frozen=True)
class _Patch:
    """One lip's part of the skin that the other may touch: its vertices rows, triangles that number these, and points
    (S, all rows) on them and along their edges, as means."""

    rows: np.ndarray
    triangles: np.ndarray
    points: csr_array


@dataclass(frozen=True)
class _Lips:
    """What never changes. rows: the template's vertices that go with a lip, which all others number; up, down: how far
    with the upper and with the lower one; line: those on the line of contact; across: (rows, BINS) means of the shifts
    across the mouth."""

    roof: _Patch
    floor: _Patch
    line: np.ndarray
    rows: np.ndarray
    up: np.ndarray
    down: np.ndarray
    across: np.ndarray


@lru_cache(maxsize=1)
def _lips() -> _Lips:
    template = load_template()
    ring, at = lip_rings(template), template.positions
    line = np.flatnonzero(ring == CONTACT_RING)
    drop = template.key_deltas[ARKIT_CHANNELS.index("jawOpen")][:, 2]
    low = smoothstep(drop / drop[line].min(), *LOWER_LIP)
    lips = ((ring >= 0) & (ring <= RINGS)) | rings_within(template, CAVITY, LINING_RINGS)
    triangles = triangulate(template.faces)
    distance = KDTree(at[line]).query(at)[0]
    up = (1 - low) * (1 - smoothstep(distance, *REACH_UPPER))
    down = low * (1 - smoothstep(distance, *REACH_LOWER))
    skin = np.zeros(len(at), bool)
    skin[np.unique(template.faces)] = True
    rows = np.flatnonzero(skin & (np.maximum(up, down) > 0))
    number = np.full(len(at), -1)
    number[rows] = np.arange(len(rows))
    roof, floor = (
        _patch(number[triangles[(lips & below)[triangles].all(axis=1)]], len(rows)) for below in (low < 0.5, low >= 0.5)
    )
    half = np.ptp(at[line, 0]) / 2
    away = np.clip(at[rows, 0], -half, half)[:, None] - half * np.linspace(-1, 1, BINS)
    across = np.exp(-((away / SPREAD) ** 2))
    across /= across.sum(axis=1, keepdims=True)
    return _Lips(roof, floor, number[line], rows, up[rows], down[rows], across)


def _patch(triangles: np.ndarray, count: int) -> _Patch:
    rows, own = np.unique(triangles, return_inverse=True)
    edges = np.unique(np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)
    shares = np.linspace(0, 1, ALONG)[1:-1]
    between = np.tile(np.stack([1 - shares, shares], axis=1), (len(edges), 1))
    ends = np.concatenate([np.stack([rows, rows], axis=1), np.repeat(edges, len(shares), axis=0)])
    weights = np.concatenate([np.full((len(rows), 2), 0.5), between])
    row = np.repeat(np.arange(len(ends)), 2)
    return _Patch(rows, own.reshape(-1, 3), csr_array((weights.ravel(), (row, ends.ravel())), shape=(len(ends), count)))


def even_corners(keys: np.ndarray) -> np.ndarray:
    """Keys (K, V, 3) under which the corners of the mouth, where one lip folds into the other, move as one."""
    corners = _corners()
    even = keys.copy()
    mean = np.einsum("cn,knd->kcd", corners.mean, keys[:, corners.near])
    even[:, corners.rows] += corners.share[:, None] * (mean - keys[:, corners.rows])
    return even


@dataclass(frozen=True)
class _Corners:
    """rows: vertices in the corners of the mouth, share: how far each is one with the others, mean: (rows, near) of the
    vertices near."""

    rows: np.ndarray
    near: np.ndarray
    share: np.ndarray
    mean: np.ndarray


@lru_cache(maxsize=1)
def _corners() -> _Corners:
    template = load_template()
    at = template.positions
    line = np.flatnonzero(lip_rings(template) == CONTACT_RING)
    tips = line[[at[line, 0].argmin(), at[line, 0].argmax()]]
    distance = KDTree(at[tips]).query(at)[0]
    skin = np.zeros(len(at), bool)
    skin[np.unique(template.faces)] = True
    rows, near = (np.flatnonzero(skin & (distance < reach)) for reach in (CORNER[1], CORNER[1] + 2 * EVEN))
    away = np.linalg.norm(at[rows][:, None] - at[near][None], axis=2)
    mean = np.exp(-((away / EVEN) ** 2))
    mean /= mean.sum(axis=1, keepdims=True)
    return _Corners(rows, near, 1 - smoothstep(distance[rows], *CORNER), mean)


def seal(faces: np.ndarray, close: np.ndarray, overlap: float = OVERLAP, slack: float = 0.0) -> np.ndarray:
    """What (P, V, 3), in metres, makes the lips of faces (P, V, 3) part where they cross and, where ``close`` (P,)
    says so, touch. All over the template's vertices.

    overlap: metres by which touching lips cross; slack: metres that they may miss of that.
    """
    lips = _lips()
    place = np.abs(np.linspace(-1, 1, BINS))
    together, apart = 1 - smoothstep(place, *JOINED), 1 - smoothstep(place, *FOLDED)
    lift = np.zeros((len(faces), len(lips.rows)))
    todo = np.arange(len(faces))
    moved = faces[:, lips.rows]
    for _ in range(ROUNDS):
        over = _crossing(lips, moved[todo]) - overlap
        shift = np.maximum(over, 0) + np.minimum(over + slack, 0)
        shift *= np.where(shift > 0, apart, together * close[todo, None])
        left = np.abs(shift).max(axis=1) >= NEAR_ENOUGH
        todo, shift = todo[left], shift[left]
        if not len(todo):
            break
        lift[todo] += 0.5 * (lips.up - lips.down) * (shift @ lips.across.T)
        moved[todo, :, 2] = faces[np.ix_(todo, lips.rows)][..., 2] + lift[todo]
    delta = np.zeros(faces.shape)
    delta[:, lips.rows, 2] = lift
    return delta


def _crossing(lips: _Lips, faces: np.ndarray) -> np.ndarray:
    """Metres (P, BINS) by which the lower lip stands higher than the upper one in each face (P, rows, 3); negative
    where there is a gap. All faces stand side by side in one scene."""
    count = len(faces)
    faces = faces + ASIDE * np.arange(count)[:, None, None] * [1.0, 0.0, 0.0]
    x = faces[:, lips.line, 0]
    middle, half = (x.max(axis=1) + x.min(axis=1)) / 2, np.ptp(x, axis=1) / 2
    found = np.full((count, BINS), -np.inf)
    for mine, other, way in ((lips.roof, lips.floor, -1.0), (lips.floor, lips.roof, 1.0)):
        points = (mine.points @ faces.transpose(1, 0, 2).reshape(faces.shape[1], -1)).reshape(-1, count, 3)
        level = faces[:, other.rows, 2]
        start = points.copy()
        start[..., 2] = level.max() + FAR if way < 0 else level.min() - FAR
        first = len(other.rows) * np.arange(count)[:, None, None]
        scene = RayScene(faces[:, other.rows].reshape(-1, 3), (other.triangles + first).reshape(-1, 3))
        hits = scene.cast(start.reshape(-1, 3), np.tile([0.0, 0.0, way], (start.size // 3, 1)))
        over = way * (points - start)[..., 2] - hits.distance.reshape(start.shape[:2])
        bins = np.round(((points[..., 0] - middle) / half + 1) / 2 * (BINS - 1)).astype(int)
        met = np.isfinite(over) & (bins >= 0) & (bins < BINS)
        face = np.broadcast_to(np.arange(count), over.shape)
        np.maximum.at(found, (face[met], bins[met]), over[met])
    return gaussian_filter1d(maximum_filter1d(_filled(found), 3, axis=1, mode="nearest"), 1.0, axis=1, mode="nearest")


def _filled(found: np.ndarray) -> np.ndarray:
    """Rows of found (P, BINS) with what was not found, -inf, told by its neighbours."""
    filled = np.full(found.shape, OVERLAP)
    for row, target in zip(found, filled, strict=True):
        known = np.flatnonzero(np.isfinite(row))
        if len(known):
            target[:] = np.interp(np.arange(BINS), known, row[known])
    return filled


def bring_lower_lip(face: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """What (V, 3), in metres, brings the top of the lower lip of a face (V, 3) to an edge, (N, 3) points of it."""
    lips = _lips()
    near = face[lips.rows]
    x = near[lips.line, 0]
    middle, half = (x.max() + x.min()) / 2, np.ptp(x) / 2
    top = lips.floor.points @ near
    place, known = np.linspace(-1, 1, BINS), np.zeros(BINS, bool)
    way = np.zeros((BINS, 3))
    for k, at in enumerate(middle + half * place):
        lip = top[np.abs(top[:, 0] - at) < BIT]
        bitten = edge[np.abs(edge[:, 0] - at) < BIT]
        if len(lip) and len(bitten):
            way[k, 1:] = (bitten.mean(axis=0) - lip[lip[:, 2].argmax()])[1:]
            known[k] = True
    if not known.any():
        return np.zeros_like(face)
    found = np.flatnonzero(known)
    full = np.stack([np.interp(np.arange(BINS), found, way[found, k]) for k in range(3)], axis=1)
    full = gaussian_filter1d(full, 2.0, axis=0, mode="nearest") * (1 - smoothstep(np.abs(place), *BITE))[:, None]
    moved = np.zeros_like(face)
    moved[lips.rows] = lips.down[:, None] * (lips.across @ full)
    return moved


def round_opening(face: np.ndarray, form: Opening) -> np.ndarray:
    """What (V, 3), in metres, rounds the open mouth of a face (V, 3): jaws drop along straight lines, lips do not."""
    lips = _lips()
    near = face[lips.rows]
    line = near[lips.line]
    low = lips.down[lips.line] > lips.up[lips.line]
    ends = line[[line[:, 0].argmin(), line[:, 0].argmax()]]
    place = np.linspace(-1, 1, BINS)
    x = ends[0, 0] + (place + 1) / 2 * (ends[1, 0] - ends[0, 0])
    corner = np.interp(x, ends[:, 0], ends[:, 2])
    now = []
    for mine in (~low, low):
        edge = np.concatenate([ends, line[mine]])
        edge = edge[np.argsort(edge[:, 0], kind="stable")]
        now.append(np.interp(x, edge[:, 0], edge[:, 2]))
    middle = BINS // 2
    lowered = corner - form.corners_down * (now[0][middle] - now[1][middle])
    arc = (1 - np.abs(place) ** form.roundness) ** (1 / form.roundness)
    shifts = [form.share * (lowered + (edge[middle] - lowered[middle]) * arc - edge) for edge in now]
    inward = -form.corners_in * np.ptp(ends[:, 0]) / 2 * np.sign(place) * np.abs(place) ** 1.5
    moved = np.zeros_like(face)
    upper, lower, across = (lips.across @ shift for shift in (*shifts, inward))
    moved[lips.rows, 0] = (lips.up + lips.down) * across
    moved[lips.rows, 2] = lips.up * upper + lips.down * lower
    return moved
