# SPDX-License-Identifier: GPL-3.0-or-later
"""Clothes as a garment of their own over the bust: they stand off the neck, and run out softly below.

The garment is the bust's surface, cut finer, lifted off the skin, drawn to the matte's outline, and with a rolled edge
where the photo's clothes end. What the photo does not show of that edge goes on round the neck as one even line
(neckline.py). Its weights are the skin's under it, so that no motion drives one through the other.
Limits: one layer (shirt and jacket are one surface with a step between them); open coats have no inside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array, diags_array
from scipy.spatial import KDTree

from core.avatar.cloth_mask import ClothMask
from core.avatar.fit import Fit, project
from core.avatar.hair_region import HairRegion
from core.avatar.neckline import below_line, cloth_around, level_out, turn_from_front
from core.avatar.parts import PartMesh
from core.avatar.rays import RayScene, triangulate, vertex_normals
from core.avatar.silhouette import Drawing, Silhouette, bounded, draw, read_silhouette
from core.avatar.template import Template
from core.avatar.torso import outline_garment
from core.avatar.unwrap import BODY_CHART, HEAD_CHART
from core.colour import smoothstep
from core.portrait import Portrait

# Metres: how far cloth lies off the skin, how much more its edge stands off, and how broad the rolled edge is.
THICKNESS, COLLAR, COLLAR_WIDTH = 0.0025, 0.0035, 0.012
# The edge is rolled: this far into the cloth from its border it turns in, so far past it it ends, so deep in the neck
# (metres). It would meet the neck 5 mm past the border; the picture ends it before, lest two surfaces cross in steps.
ROLL, END, DIP = 0.004, 0.009, 0.003
RIM = 0.0025  # metres past the border that show where the photo does not say where the cloth ends
FADE = 0.045  # metres above the bust's own edge over which it runs out
BARE_FADE = 0.05  # and, of a bare chest, above that the skin becomes part of the garment
GRAZING = (0.15, 0.40)  # cosines at which the photo's view of a surface starts to be believed, and is in full
# Metres that cloth lies off the skin at the least: anywhere, and near its border, where the skin under it is drawn,
# whose facets stand out of the smooth surface.
CLEAR, CLEAR_OF_FACETS = 0.0005, 0.002
SEEN, SURE = 0.15, 0.5  # trust from which on the photo says what a vertex is, and from which on it does so alone
SHELF = 0.9  # upward share of the normal from which on a surface lies flat
SUNK = 0.004  # metres that skin under cloth gives way
HIDDEN = 0.02  # metres into the cloth from which on the skin below is left out
ROUNDING = 6  # rounds of smoothing that take the template's facets out of the finer surface
EDGE_ROUNDS = 8  # of smoothing of the cloth's border
# Rounds in which the garment is drawn to the photo's outline: how far a shift carries, and how far along the outline
# it is smoothed; and how far a point goes at most (metres).
INSIDE = 0.006  # metres inside the outline at which it is seen what ends there
FOLLOW, FARTHEST = ((0.012, 0.006), (0.008, 0.004)), 0.010
LEAST_CLOTH = 0.15  # of the bust's visible vertices; less is a bare chest


@dataclass(frozen=True)
class Garment:
    """The finer surface of the bust that wears the clothes, before it has a texture.

    mask: the photo's clothes; faces: (F, 4) rows of positions; uv: (F, 4, 2) on the bust's chart; matrix: (N, V)
    sparse, the vertices as means of the template's; positions: (N, 3) the garment; edge: (N,) metres into the
    cloth from its border, negative on skin; fade: (N,) 0..1, it runs out below; bare: (N,) 0..1 where the bust belongs
    to the garment even if it is skin; trust: (N,) 0..1 how well the photo shows the surface; turn: (N,) degrees 0..180
    from the front about the neck; climbed: (N,) metres by which its border climbed over a shelf.
    """

    mask: ClothMask
    faces: np.ndarray
    uv: np.ndarray
    matrix: csr_array
    positions: np.ndarray
    edge: np.ndarray
    fade: np.ndarray
    bare: np.ndarray
    trust: np.ndarray
    turn: np.ndarray
    climbed: np.ndarray

    @property
    def cover(self) -> np.ndarray:
        """How much of the garment is there (N,) 0..1, as its vertices say; the picture's alpha says it finer."""
        return np.maximum(smoothstep(self.edge, -2 * RIM, -RIM), self.bare) * self.fade


def cut_garment(
    portrait: Portrait,
    fit: Fit,
    template: Template,
    rest: np.ndarray,
    uv: np.ndarray,
    region: HairRegion,
    mask: ClothMask,
) -> Garment:
    """Which part of the bust is clothed, and the garment's shape. rest: (V, 3) the skin; uv: (F, 4, 2)."""
    neck = rest[template.joints["neck"]].mean(axis=0)
    view = read_silhouette(portrait.matte, fit, neck * [0.0, 1.0, 1.0], region)
    outer = outline_garment(view, fit, template, rest)
    bust = _cut_finer(template, rest, outer, uv)
    trust = _visibility(fit, template, outer, bust.surface, bust.normals)
    share, seen = _look(portrait, fit, bust.surface + THICKNESS * bust.normals, trust, mask)
    believed = smoothstep(trust, SEEN, SURE)
    top, flat = np.flatnonzero(bust.seam), bust.normals[:, 2] > SHELF
    cloth, deep, climbed = cloth_around(bust.links, bust.plain, share, seen, believed, top, flat)
    # At the seam with the head it ends in any case, where it is not seen to go on.
    cloth = np.where(bust.seam & ~seen, 0.0, cloth)
    where = _Where(mask, cloth, deep, np.where(seen, believed, 0.0), trust, climbed)
    return _sew(bust, where, lambda positions: _follow(view, fit, template, positions, bust.faces, mask))


def sew_garment(template: Template, rest: np.ndarray, uv: np.ndarray, line: np.ndarray) -> Garment:
    """A garment that no photo shows: it ends at a closed line of levels (ANGLES,), see `neckline.below_line`.

    rest: (V, 3) the skin; uv: (F, 4, 2).
    """
    bust = _cut_finer(template, rest, rest, uv)
    cloth, deep = below_line(bust.plain, line, np.flatnonzero(bust.seam))
    nothing, blank = np.zeros(len(cloth)), np.zeros((1, 1), np.float32)
    return _sew(bust, _Where(ClothMask(blank, blank), np.where(bust.seam, 0.0, cloth), deep, nothing, nothing, nothing))


@dataclass(frozen=True)
class _Bust:
    """The bust's surface, cut finer: faces (F, 4), uv (F, 4, 2), matrix (N, V) and links (N, N) as a garment's.

    skin, surface: (N, 3) without and with what the photo's outline shows of collars; normals: (N, 3) of the latter;
    plain: (N, 3) the template's own from the neck's joint, whose shoulders slope as none drawn to a photo do;
    seam: (N,) the upper border, at the head; lower: (N,) the bust's own edge.
    """

    faces: np.ndarray
    uv: np.ndarray
    matrix: csr_array
    links: csr_array
    skin: np.ndarray
    surface: np.ndarray
    normals: np.ndarray
    plain: np.ndarray
    seam: np.ndarray
    lower: np.ndarray


@dataclass(frozen=True)
class _Where:
    """Where there is cloth, each (N,): its share, metres below the neckline, how far the photo tells that share, how
    well it shows the surface, and metres by which the neckline climbed there (neckline.py)."""

    mask: ClothMask
    cloth: np.ndarray
    deep: np.ndarray
    told: np.ndarray
    trust: np.ndarray
    climbed: np.ndarray


def _cut_finer(template: Template, rest: np.ndarray, outer: np.ndarray, uv: np.ndarray) -> _Bust:
    chart = np.flatnonzero(template.region == BODY_CHART)
    faces, matrix, fine_uv = subdivide(template.faces[chart], len(template.positions), uv[chart])
    faces, finer, fine_uv = subdivide(faces, int(faces.max()) + 1, fine_uv)
    matrix = csr_array(finer @ matrix)
    links = _links(faces)
    skin, surface = (_smooth(links, matrix @ shape, ROUNDING) for shape in (rest, outer))
    border = _open_border(faces)
    lower = border & (surface[:, 2] < rest[template.joints["neck"], 2].mean() - 0.02)
    plain = matrix @ (template.positions - template.positions[template.joints["neck"]].mean(axis=0))
    normals = vertex_normals(surface, triangulate(faces))
    return _Bust(faces, fine_uv, matrix, links, skin, surface, normals, plain, border & ~lower, lower)


def _sew(bust: _Bust, where: _Where, follow: Callable[[np.ndarray], np.ndarray] | None = None) -> Garment:
    """The garment over the bust; follow: draws its positions (N, 3) to the photo's outline."""
    links, normals, trust = bust.links, bust.normals, where.trust
    edge = _signed_distance(bust.surface, _smooth(links, where.cloth, 2))
    near = (1 - where.told) * (1 - smoothstep(np.abs(where.deep), END, 2 * END))
    edge = _smooth(links, edge + near * (where.deep - edge), EDGE_ROUNDS)
    below = KDTree(bust.surface[bust.lower]).query(bust.surface)[0]
    fade = smoothstep(below, 0.1 * FADE, FADE)
    bare = 1 - smoothstep(below, FADE, FADE + BARE_FADE)
    positions = bust.surface + np.maximum(_lift(edge), 0.001 * bare)[:, None] * normals
    positions = _smooth(links, positions, ROUNDING)
    # Along the neck, so that the border stays as near to it as it was.
    raised = level_out(bust.plain, positions[:, 2], edge, trust)[:, None] * [0.0, 0.0, 1.0]
    positions = positions + raised if follow is None else follow(positions + raised)
    inward = (smoothstep(-edge, -ROLL, END) * (1 - bare))[:, None]
    positions += inward * (bust.skin + raised - DIP * normals - positions)
    unseen = ((1 - smoothstep(trust, SEEN, SURE)) * np.exp(-((edge / END) ** 2)))[:, None]
    positions += unseen * (_smooth(links, positions, ROUNDING) - positions)
    positions = _clear(positions, bust.skin, normals, edge)
    turn = turn_from_front(bust.plain)
    return Garment(
        where.mask, bust.faces, bust.uv, bust.matrix, positions, edge, fade, bare, trust, turn, where.climbed
    )


def _follow(
    view: Silhouette, fit: Fit, template: Template, positions: np.ndarray, faces: np.ndarray, mask: ClothMask
) -> np.ndarray:
    """Positions (N, 3) whose outline is the photo's, where cloth meets the background."""
    if not len(view.outline):
        return positions
    bare = view.beside(mask.skin, -INSIDE) > 0.5
    start = np.concatenate([positions, fit.posed])
    both = np.concatenate([faces, template.faces[template.region == HEAD_CHART] + len(positions)])
    drawing = Drawing(both, (np.arange(len(start)) < len(positions)).astype(float), -bare.astype(int))
    drawn = start
    for reach, smooth in FOLLOW:
        drawn = bounded(draw(view, fit, drawn, drawing, reach, smooth), start, FARTHEST)
    return drawn[: len(positions)]


def garment_mesh(template: Template, garment: Garment) -> PartMesh:
    """The part of the garment that shows, as a mesh named ``clothes``."""
    shown = (garment.cover[garment.faces] > 0).any(axis=1)
    rows, faces = np.unique(garment.faces[shown], return_inverse=True)
    weights = garment.matrix[rows] @ template.weights.astype(np.float64)
    return PartMesh(
        name="clothes",
        positions=garment.positions[rows],
        faces=faces.reshape(-1, 4),
        uv=garment.uv[shown],
        material=np.zeros(int(shown.sum()), np.int32),
        materials=("clothes",),
        weights=weights / weights.sum(axis=1, keepdims=True),
    )


def subdivide(faces: np.ndarray, count: int, uv: np.ndarray) -> tuple[np.ndarray, csr_array, np.ndarray]:
    """Each quad (F, 4) of ``count`` vertices into four: faces (4F, 4), the new vertices as a matrix (N, count) of
    means, uv (4F, 4, 2). Vertices that no face uses are left out.
    """
    rows, local = np.unique(faces, return_inverse=True)
    local = local.reshape(-1, 4)
    ends = np.stack([local, np.roll(local, -1, axis=1)], axis=-1)
    low, high = np.sort(ends.reshape(-1, 2), axis=1).T.astype(np.int64)
    edges, edge = np.unique(low * len(rows) + high, return_inverse=True)
    edges = np.stack(np.divmod(edges, len(rows)), axis=1)
    edge = edge.reshape(-1, 4) + len(rows)
    centre = np.arange(len(local)) + len(rows) + len(edges)
    fine = np.stack(
        [np.stack([local[:, k], edge[:, k], centre, edge[:, k - 1]], axis=1) for k in range(4)], axis=1
    ).reshape(-1, 4)
    middle = uv.mean(axis=1)
    between = (uv + np.roll(uv, -1, axis=1)) / 2
    fine_uv = np.stack(
        [np.stack([uv[:, k], between[:, k], middle, between[:, k - 1]], axis=1) for k in range(4)], axis=1
    ).reshape(-1, 4, 2)
    row = np.concatenate([np.arange(len(rows)), np.repeat(np.arange(len(edges)) + len(rows), 2), np.repeat(centre, 4)])
    column = np.concatenate([rows, rows[edges.reshape(-1)], faces.reshape(-1)])
    value = np.concatenate([np.ones(len(rows)), np.full(2 * len(edges), 0.5), np.full(faces.size, 0.25)])
    return fine, csr_array((value, (row, column)), shape=(len(rows) + len(edges) + len(faces), count)), fine_uv


def _open_border(faces: np.ndarray) -> np.ndarray:
    """Which vertices (N,) lie on an edge of one face only."""
    count = int(faces.max()) + 1
    ends = np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], axis=-1).reshape(-1, 2), axis=1)
    # One number an edge sorts far faster than two.
    edges, times = np.unique(ends[:, 0].astype(np.int64) * count + ends[:, 1], return_counts=True)
    border = np.zeros(count, bool)
    border[np.stack(np.divmod(edges[times == 1], count))] = True
    return border


def _visibility(
    fit: Fit, template: Template, outer: np.ndarray, surface: np.ndarray, normals: np.ndarray
) -> np.ndarray:
    """How well (N,) 0..1 the photo's camera sees each vertex of the surface past head and bust."""
    towards = -fit.rotation.T @ fit.translation - surface
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    body = np.unique(template.faces[template.region == BODY_CHART])
    posed = fit.posed.copy()
    posed[body] = outer[body]
    scene = RayScene(posed, triangulate(template.faces[template.region <= BODY_CHART]))
    free = scene.cast(surface + 0.002 * normals + 0.0005 * towards, towards).triangle < 0
    return free * smoothstep(np.einsum("nd,nd->n", normals, towards), *GRAZING)


def _look(
    portrait: Portrait, fit: Fit, surface: np.ndarray, trust: np.ndarray, mask: ClothMask
) -> tuple[np.ndarray, np.ndarray]:
    """Share of cloth (N,) at each vertex of the surface, and which of them the photo shows as cloth or skin.

    None where next to nothing of what is seen is cloth: a bare chest.
    """
    at = project(surface, fit.rotation, fit.translation, fit.camera).astype(int)
    height, width = mask.cloth.shape
    inside = np.all((at >= 0) & (at < [width, height]), axis=1)
    column, row = np.clip(at, 0, [width - 1, height - 1]).T
    cloth, skin = mask.cloth[row, column], mask.skin[row, column]
    shown = inside & (trust > SEEN) & (portrait.matte[row, column] > 0.5)
    known = shown & (cloth + skin > 0.6)
    share = cloth / np.maximum(cloth + skin, 1e-6)
    if (known & (share > 0.5)).sum() <= LEAST_CLOTH * shown.sum():
        return np.zeros(len(surface)), np.zeros(len(surface), bool)
    return share, known


def _links(faces: np.ndarray) -> csr_array:
    """Symmetric matrix (N, N) with a positive number where two vertices share an edge."""
    count = int(faces.max()) + 1
    ends = np.stack([faces, np.roll(faces, -1, axis=1)], axis=-1).reshape(-1, 2)
    both = np.concatenate([ends, ends[:, ::-1]])
    return csr_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(count, count))


def _smooth(links: csr_array, value: np.ndarray, rounds: int) -> np.ndarray:
    """Values (N,) drawn half the way to their neighbours' mean, several times."""
    mean = diags_array(1 / np.maximum(np.asarray(links.sum(axis=1)).ravel(), 1)) @ links
    for _ in range(rounds):
        value = 0.5 * value + 0.5 * (mean @ value)
    return value


def _signed_distance(surface: np.ndarray, cloth: np.ndarray) -> np.ndarray:
    """Metres (N,) from the border between cloth (> 0.5) and skin, positive in the cloth."""
    inside = cloth > 0.5
    if inside.all() or not inside.any():
        return np.full(len(cloth), 1.0 if inside.all() else -1.0)
    distance = np.zeros(len(cloth))
    for here in (inside, ~inside):
        # The border lies between two vertices where the share crosses one half.
        found, other = KDTree(surface[~here]).query(surface[here])
        gap = np.abs(cloth[here] - 0.5) / np.maximum(np.abs(cloth[here] - cloth[~here][other]), 1e-6)
        near = found < 0.006
        distance[here] = np.where(near, found * gap, found - 0.0015) * (1 if here is inside else -1)
    return distance


def _lift(edge: np.ndarray) -> np.ndarray:
    """Metres (N,) off the surface by the distance from the cloth's border."""
    return THICKNESS + COLLAR * smoothstep(-edge, -COLLAR_WIDTH, -0.001)


def _clear(positions: np.ndarray, skin: np.ndarray, normals: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """Positions (N, 3) no nearer to the skin than CLEAR where there is cloth."""
    height = np.einsum("nd,nd->n", positions - skin, normals)
    near = smoothstep(edge, 0.0, ROLL) * (1 - smoothstep(edge, HIDDEN, 2 * HIDDEN))
    push = np.where(edge > 0, np.maximum(CLEAR + near * (CLEAR_OF_FACETS - CLEAR) - height, 0), 0.0)
    return positions + push[:, None] * normals


def undress(head: PartMesh, garment: Garment, template: Template) -> PartMesh:
    """The head's mesh without the bust that the garment hides; vertices are numbered anew."""
    chart = np.flatnonzero(template.region == BODY_CHART)
    hidden = np.ones(len(garment.edge), bool)
    hidden[garment.edge < HIDDEN] = False
    hidden[garment.bare > 0.999] = True
    gone = np.zeros(len(head.faces), bool)
    # Sixteen fine faces in a row make one of the template's.
    gone[chart] = hidden[garment.faces].all(axis=1).reshape(-1, 16).all(axis=1)
    rows, faces = np.unique(head.faces[~gone], return_inverse=True)
    return replace(
        head,
        positions=_sunk(head, garment, template)[rows],
        faces=faces.reshape(-1, 4),
        uv=head.uv[~gone],
        material=head.material[~gone],
        weights=head.weights[rows],
        keys={name: deltas[rows] for name, deltas in head.keys.items()},
    )


def _sunk(head: PartMesh, garment: Garment, template: Template) -> np.ndarray:
    """The head's positions (V, 3), its skin farther in where cloth lies on it, through which facets would stand."""
    chart = template.region == BODY_CHART
    normals = vertex_normals(head.positions, triangulate(head.faces))
    rows = np.unique(template.faces[chart])
    # The garment's first vertices are the template's.
    covered = smoothstep(garment.edge[: len(rows)], ROLL, END + ROLL) * (1 - garment.bare[: len(rows)])
    sunk = head.positions.copy()
    sunk[rows] -= (SUNK * covered)[:, None] * normals[rows]
    return sunk
