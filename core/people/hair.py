# SPDX-License-Identifier: GPL-3.0-or-later
"""The hair of a synthetic person: locks that grow from the scalp, over an undercoat that follows it.

Each lock is a ribbon: it leaves the skin, lies the way the style combs it, falls, and stays off skull and clothes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial import KDTree

from core.avatar.clothes import Garment
from core.avatar.hair import hair_weights
from core.avatar.hair_scalp import ear_rows, inside_hairline, lift_scalp, skull_middle
from core.avatar.parts import Material, PartMesh
from core.avatar.rays import triangulate, vertex_normals
from core.avatar.template import Template, eyeball
from core.avatar.unwrap import HEAD_CHART
from core.colour import smoothstep
from core.people.curls import is_curled, wind
from core.people.hair_picture import LOCKS, SHADES, coat_uv, lock_uv, paint_hair
from core.people.hairline import set_back
from core.people.sliders import Looks
from core.people.styles import STYLES, Comb, Style, comb, flow, length, stray_from

# Metres that short hair may rise over where its layer lies, whose roots lie this far up (1 is the skull's top).
LOOSE, HELD = 0.011, 0.35
LEAST_OFF = 0.0014  # metres that locks lie off the skin, over the undercoat
EDGE_LIFT = (0.9, 0.15)  # by which short locks, and others, rise more at the forehead's edge
DENSER = 1.4  # exponent of a lock's steps, which are shorter at its root
GROWS, FEATHER = -0.001, 0.009  # metres inside the hairline from which on locks grow, and until which they are fewer
# Metres that locks keep off ears that they do not cover, and that none of a hairline's wisps grows beside one.
EAR_ROOM, WISPS_OFF_EARS = 0.0035, 0.014
EDGE_SHARE = 0.35  # of a lock's width at the hairline
# The short fine hairs of the hairline: metres inside it, how many are tried, metres long, share of a lock's width.
WISPS_FROM, WISPS_TO, WISPS_TRIED, WISP_LENGTH, WISP_SHARE = -0.0055, 0.006, 7000, (0.006, 0.022), 0.11
NEAR = 4  # points of skin and cloth that tell how far off a lock is
KNOT = (0.0, 0.116, 0.012)  # metres of the knot behind the head from the skull's middle (left, back, up)
KNOT_RADIUS, KNOT_LOCKS, KNOT_CORE = 0.037, 210, 0.84  # share of the radius that is solid
KNOT_FORM = np.array([1.0, 0.85, 1.0])
FACE = 0.064  # metres aside of the face's middle that hair beside it keeps clear
COAT_TURNS = 14.0  # times that the undercoat's strip goes round the head


@dataclass(frozen=True)
class _Ground:
    """What hair must not enter: points (N, 3) of skin and cloth with their normals (N, 3), and the skull's middle;
    ears: those of the ears, where hair does not go over them."""

    tree: KDTree
    points: np.ndarray
    normals: np.ndarray
    middle: np.ndarray
    ears: KDTree | None

    def clear(self, points: np.ndarray, off: np.ndarray, most: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points (N, 3) no nearer than ``off`` (N,) metres to the ground and no further than ``most`` (N,), and the
        ground's normals there (N, 3)."""
        distance, near = self.tree.query(points, k=NEAR)
        weight = 1 / np.maximum(distance, 1e-4) ** 2
        weight /= weight.sum(axis=1, keepdims=True)
        normal = np.einsum("nk,nkd->nd", weight, self.normals[near])
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        base = np.einsum("nk,nkd->nd", weight, self.points[near])
        height = np.einsum("nd,nd->n", points - base, normal)
        return points + (np.clip(height, off, most) - height)[:, None] * normal, normal


@dataclass(frozen=True)
class _Roots:
    """Places (N, 3) on the scalp, its normals there and metres inside the hairline (N,)."""

    points: np.ndarray
    normals: np.ndarray
    inside: np.ndarray

    def at(self, rows: np.ndarray) -> _Roots:
        return _Roots(self.points[rows], self.normals[rows], self.inside[rows])


@dataclass(frozen=True)
class _Locks:
    """Ribbons: middles, across (N, K, 3) of each step, half widths (N, K), the height 0..1 of its layer (N,), the
    exponent of its steps along it, and how much (N,) of a drawn lock's width each shows (None: all)."""

    middles: np.ndarray
    across: np.ndarray
    half: np.ndarray
    layer: np.ndarray
    denser: float = 1.0
    drawn: np.ndarray | None = None

    def at(self, rows: np.ndarray) -> _Locks:
        drawn = None if self.drawn is None else self.drawn[rows]
        return _Locks(self.middles[rows], self.across[rows], self.half[rows], self.layer[rows], self.denser, drawn)


def grow_hair(
    looks: Looks, template: Template, rest: np.ndarray, garment: Garment
) -> tuple[PartMesh, Material] | tuple[()]:
    """The hair's mesh and its material, or nothing on a bald head. rest: (V, 3) metres."""
    style = STYLES[looks.choices["hair"]]
    if style is None:
        return ()
    own = comb(looks)
    ground = _ground(template, rest, garment, style)
    inside = inside_hairline(template) - set_back(looks, template)
    parts = [_undercoat(template, rest, ground.middle, inside)]
    if style.locks:
        random = looks.random("hair")
        roots = _roots(template, rest, style.locks, inside, own.part, random)
        parts.append(_ribbons(_comb_locks(style, own, ground, roots, looks), random))
        wisps = _edge_roots(template, rest, inside, looks.random("wisps"))
        parts.append(_ribbons(_comb_locks(style, own, ground, wisps, looks, wisp=True), random))
        if style.knot:
            parts += [_ribbons(_knot(style, ground.middle, random), random), _knot_core(ground.middle)]
    first, points, triangles, uv = 0, [], [], []
    for where, faces, flat in parts:
        points.append(where)
        triangles.append(faces + first)
        uv.append(flat)
        first += len(where)
    faces = np.concatenate(triangles)
    eyes = np.mean([eyeball(template, rest, side)[0] for side in ("left", "right")], axis=0)
    every = np.concatenate(points)
    mesh = PartMesh(
        name="hair",
        positions=every,
        faces=np.pad(faces, ((0, 0), (0, 1)), constant_values=-1).astype(np.int32),
        uv=np.pad(np.concatenate(uv), ((0, 0), (0, 1), (0, 0))),
        material=np.zeros(len(faces), np.int32),
        materials=("hair",),
        weights=hair_weights(every, eyes, template, rest),
    )
    picture = paint_hair(looks, short=style.ends is None, buzzed=not style.locks)
    return mesh, Material("hair", "hair", picture, painted=True)


def _ground(template: Template, rest: np.ndarray, garment: Garment, style: Style) -> _Ground:
    ears = np.zeros(len(rest), bool)
    ears[ear_rows(template)] = True
    eyes = np.mean([eyeball(template, rest, side)[0] for side in ("left", "right")], axis=0)
    skin = triangulate(template.faces[template.region <= 1])
    normals = vertex_normals(rest, skin)
    used = np.unique(skin)
    if not style.ears:
        used = used[~ears[used]]
    cloth = garment.edge > -0.002
    points = np.concatenate([rest[used], garment.positions[cloth]])
    away = np.concatenate([normals[used], vertex_normals(garment.positions, triangulate(garment.faces))[cloth]])
    bare = None if style.ears else KDTree(rest[ears])
    return _Ground(KDTree(points), points, away, skull_middle(template, rest, ears, eyes), bare)


def _roots(
    template: Template, rest: np.ndarray, count: int, inside: np.ndarray, part: float, random: np.random.Generator
) -> _Roots:
    """Where locks grow, evenly spread over the scalp; inside: (V,) metres inside the hairline."""
    tried, area = _scatter(template, rest, inside, GROWS, 8 * count, random)
    # At the edge they thin out.
    grows = tried.inside > GROWS + FEATHER * random.random(len(tried.inside)) ** 2
    # Where one looks at the roots, at hairline and parting, they stand twice as dense.
    parted = np.exp(-(((tried.points[:, 0] - part) / 0.010) ** 2))
    shown = np.maximum(1 - smoothstep(tried.inside, 0.006, 0.018), parted)
    return tried.at(_spread_out(tried.points, grows, 0.72 * np.sqrt(area / count) * (1 - 0.42 * shown)))


def _edge_roots(template: Template, rest: np.ndarray, inside: np.ndarray, random: np.random.Generator) -> _Roots:
    """Where the short fine hairs of the hairline grow, the fewer the further out."""
    tried, _ = _scatter(template, rest, inside, WISPS_FROM, WISPS_TRIED, random)
    share = (tried.inside - WISPS_FROM) / (WISPS_TO - WISPS_FROM)
    grows = (share > 0) & (share < 1) & (random.random(len(share)) < 4 * share * (1 - share))
    away = KDTree(rest[ear_rows(template)]).query(tried.points)[0]
    return tried.at(np.flatnonzero(grows & (away > WISPS_OFF_EARS)))


def _scatter(
    template: Template, rest: np.ndarray, inside: np.ndarray, least: float, tries: int, random: np.random.Generator
) -> tuple[_Roots, float]:
    """Places by chance on the skin that is more than ``least`` metres inside the hairline, the ears' left out; and
    that skin's area."""
    ears = np.zeros(len(rest), bool)
    ears[ear_rows(template)] = True
    faces = template.faces[template.region == HEAD_CHART]
    faces = faces[(inside[faces] > least).any(axis=1) & ~(ears[faces] & (inside[faces] < 0)).any(axis=1)]
    triangles = triangulate(faces)
    normals = vertex_normals(rest, triangulate(template.faces[template.region <= 1]))
    a, b, c = (rest[triangles[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    chosen = random.choice(len(triangles), tries, p=area / area.sum())
    flat = np.sqrt(random.random(tries)), random.random(tries)
    weight = np.stack([1 - flat[0], flat[0] * (1 - flat[1]), flat[0] * flat[1]], axis=1)
    points, up, depth = (
        np.einsum("nk,nk...->n...", weight, values[triangles[chosen]]) for values in (rest, normals, inside)
    )
    return _Roots(points, up / np.linalg.norm(up, axis=1, keepdims=True), depth), float(area.sum())


def _spread_out(points: np.ndarray, usable: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """Rows of points (N, 3), in order, none of which is nearer to an earlier one than that one's ``apart`` (N,)."""
    near = KDTree(points).query_ball_point(points, apart)
    free, kept = usable.copy(), []
    for row in np.flatnonzero(usable):
        if free[row]:
            kept.append(row)
            free[near[row]] = False
    return np.array(kept)


def _comb_locks(
    style: Style, own: Comb, ground: _Ground, grown: _Roots, looks: Looks, wisp: bool = False
) -> _Locks:
    """Locks step by step from their roots; wisp: a few short hairs each, as at the hairline."""
    random = looks.random("wisps lie" if wisp else "locks lie")
    roots, normals, inside = grown.points, grown.normals, grown.inside
    count = len(roots)
    apart = np.where(roots[:, 0] - own.part + random.normal(0, 0.002, count) > 0, 1.0, -1.0)
    layer = random.random(count)
    around = _around(roots, ground.middle)
    reach = _reach(style, own, ground, grown, random, wisp)
    # Short locks lie flat; those of the forehead's edge rise before they fall.
    off = style.off[0] + (style.off[1] - style.off[0]) * layer * np.clip(reach / 0.045, 0.15, 1.0)
    edge = (1 - smoothstep(inside, 0.004, 0.022)) * smoothstep(around[:, 2], 0.2, 0.5) * (around[:, 1] < 0)
    lift = style.lift * (1 + EDGE_LIFT[style.knot or style.ends is not None] * edge)
    stray = stray_from(style, roots - ground.middle, looks, random)
    droop = style.droop * (1 - 0.85 * edge if style.ends is None else np.ones(count))
    stray *= np.clip(reach / 0.04, 0.35, 1.0)[:, None]
    first = _to_knot(roots, ground.middle) if style.knot else flow(style, around, own, apart)
    point, way = roots + 0.0009 * normals, lift[:, None] * normals + first + stray
    points, ups = [point], [normals]
    share = np.minimum(1.0, off / 0.012)
    held = (around[:, 2] > HELD) & (style.ends is None)
    for number in range(1, style.steps):
        along = number / (style.steps - 1)
        step = reach * (along**DENSER - ((number - 1) / (style.steps - 1)) ** DENSER)
        around = _around(point, ground.middle)
        wanted = _to_knot(point, ground.middle) if style.knot else flow(style, around, own, apart) + stray
        normal = ups[-1]
        wanted = wanted - np.einsum("nd,nd->n", wanted, normal)[:, None] * normal * (1 - 0.5 * style.droop * along)
        wanted /= np.maximum(np.linalg.norm(wanted, axis=1, keepdims=True), 1e-9)
        way = way + 0.9 * wanted + droop[:, None] * np.array([0.0, 0.0, -1.0]) * along
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        point = point + step[:, None] * way
        if style.ends is not None:
            point = _beside_face(point, ground.middle, apart)
        rising = off * smoothstep(np.full(count, along), 0.0, 0.35)
        least = np.maximum(rising, LEAST_OFF)
        # Short hair of the top that left the skull altogether would stick out alone; at the ears it goes over them.
        point, normal = ground.clear(point, least, np.where(held, least + LOOSE, np.inf))
        way = point - points[-1]
        way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-9)
        points.append(point)
        ups.append(normal)
    middles, off_skin = np.stack(points, axis=1), np.stack(ups, axis=1)
    if is_curled(looks) and not style.knot:
        middles, off_skin = wind(looks, middles, off_skin, looks.random("winding"))
    ribbons = _as_ribbons(style, middles, off_skin, np.clip(0.5 * layer + 0.5 * share, 0, 1), random)
    # The locks of the edge are thin: less of the picture, not the same hairs squeezed.
    drawn = np.full(count, WISP_SHARE) if wisp else EDGE_SHARE + (1 - EDGE_SHARE) * smoothstep(inside, 0.0, 0.014)
    ribbons = replace(ribbons, denser=DENSER, half=ribbons.half * drawn[:, None], drawn=drawn)
    return ribbons if ground.ears is None else ribbons.at(_beside_ears(middles, ground.ears))


def _reach(
    style: Style, own: Comb, ground: _Ground, grown: _Roots, random: np.random.Generator, wisp: bool
) -> np.ndarray:
    """Length of the lock at each root, in metres."""
    if wisp:
        return random.uniform(*WISP_LENGTH, len(grown.points))
    if style.knot:
        return np.linalg.norm(ground.middle + KNOT - grown.points, axis=1) * 1.25
    if style.ends is None:
        shorter = 1 - 0.45 * (1 - smoothstep(grown.inside, 0.002, 0.020)) * random.random(len(grown.points))
        around = _around(grown.points, ground.middle)
        return length(style, around, grown.inside, own) * random.uniform(0.75, 1.15, len(grown.points)) * shorter
    return _fall(style, grown.points, ground, random)


def _beside_ears(middles: np.ndarray, ears: KDTree) -> np.ndarray:
    """Rows of locks (N, K, 3) that do not run through an ear, of which no path over it is known."""
    between = (middles[:, 1:] + middles[:, :-1]) / 2
    nearest = ears.query(np.concatenate([middles[:, 1:], between], axis=1))[0].min(axis=1)
    return np.flatnonzero(nearest > EAR_ROOM)


def _around(points: np.ndarray, middle: np.ndarray) -> np.ndarray:
    away = points - middle
    return away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)


def _to_knot(points: np.ndarray, middle: np.ndarray) -> np.ndarray:
    way = middle + KNOT - points
    return way / np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-3)


def _fall(style: Style, roots: np.ndarray, ground: _Ground, random: np.random.Generator) -> np.ndarray:
    """Metres (N,) of long hair whose ends hang level: over the skull and then down."""
    assert style.ends is not None
    over = 0.105 * np.arccos(np.clip(_around(roots, ground.middle)[:, 2], -0.3, 1))
    arc = 0.105 * np.pi / 2 - np.minimum(over, 0.105 * np.pi / 2)
    low = np.minimum(roots[:, 2] - ground.middle[2], 0.0)
    return np.maximum(1.12 * arc + style.ends + 0.02 + low, 0.05) * random.uniform(0.9, 1.04, len(roots))


def _beside_face(points: np.ndarray, middle: np.ndarray, apart: np.ndarray) -> np.ndarray:
    """Points (N, 3) drawn aside where they would hang before the face."""
    ahead = smoothstep(middle[1] - points[:, 1], 0.02, 0.055) * smoothstep(middle[2] + 0.055 - points[:, 2], 0.0, 0.035)
    lack = np.maximum(FACE - apart * points[:, 0], 0) * ahead
    moved = points.copy()
    moved[:, 0] += apart * lack
    moved[:, 1] += 0.5 * lack
    return moved


def _as_ribbons(
    style: Style, middles: np.ndarray, ups: np.ndarray, layer: np.ndarray, random: np.random.Generator
) -> _Locks:
    along = np.gradient(middles, axis=1)
    along /= np.maximum(np.linalg.norm(along, axis=2, keepdims=True), 1e-9)
    across = np.cross(along, ups)
    across /= np.maximum(np.linalg.norm(across, axis=2, keepdims=True), 1e-9)
    roll = np.radians(random.normal(0, 16, len(middles)))[:, None, None]
    upright = np.cross(across, along)
    across = across * np.cos(roll) + upright * np.sin(roll)
    ends = (0.85, 1.0, 0.6 + style.tip / 2, style.tip)
    taper = np.interp(np.linspace(0, 1, middles.shape[1]), (0, 0.25, 0.75, 1), ends)
    half = style.width / 2 * random.uniform(0.75, 1.25, len(middles))[:, None] * taper[None]
    return _Locks(middles, across, half, layer)


def _ribbons(locks: _Locks, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points (V, 3), triangles (T, 3) and uv (T, 3, 2) of ribbons."""
    count, steps = locks.half.shape
    side = locks.half[..., None] * locks.across
    points = np.stack([locks.middles - side, locks.middles + side], axis=2)  # (N, K, 2, 3)
    rows = np.arange(points[..., 0].size).reshape(count, steps, 2)
    a, b, c, d = rows[:, :-1, 0], rows[:, :-1, 1], rows[:, 1:, 1], rows[:, 1:, 0]
    triangles = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], axis=2).reshape(-1, 3)
    shade = np.clip((locks.layer * len(SHADES) + random.normal(0, 0.35, count)).astype(int), 0, len(SHADES) - 1)
    kind = random.integers(LOCKS, size=count)
    flip = random.random(count) < 0.5
    drawn = np.ones(count) if locks.drawn is None else locks.drawn
    first = random.random(count) * (1 - drawn)
    ends = np.stack([first, first + drawn], axis=1)
    across = np.where(flip[:, None], ends[:, ::-1], ends)[:, None, :].repeat(steps, 1)
    along = np.broadcast_to(np.linspace(0, 1, steps)[None, :, None] ** locks.denser, across.shape)
    flat = lock_uv(kind[:, None, None], shade[:, None, None], across, along).reshape(-1, 2)
    return points.reshape(-1, 3), triangles, flat[triangles]


def _knot(style: Style, middle: np.ndarray, random: np.random.Generator) -> _Locks:
    """Locks wound into a ball behind the head."""
    turn = random.uniform(0, 2 * np.pi, KNOT_LOCKS)[:, None] + np.linspace(0, 2.4, style.steps)[None]
    tilt = np.arcsin(random.uniform(-0.95, 0.95, KNOT_LOCKS))[:, None] + 0.25 * np.linspace(-1, 1, style.steps)[None]
    radius = KNOT_RADIUS * (0.86 + 0.16 * random.random(KNOT_LOCKS))[:, None]
    away = np.stack([np.cos(tilt) * np.cos(turn), np.sin(tilt), np.cos(tilt) * np.sin(turn)], axis=-1)
    layer = (radius[:, 0] / KNOT_RADIUS - 0.86) / 0.16
    return _as_ribbons(style, _knot_centre(middle) + radius[..., None] * away * KNOT_FORM, away, layer, random)


def _knot_centre(middle: np.ndarray) -> np.ndarray:
    return middle + np.array(KNOT) + np.array([0.0, 0.65 * KNOT_RADIUS, 0.0])


def _knot_core(middle: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What one sees between the knot's locks: points, triangles and uv of a ball."""
    rows, columns = 9, 17
    steps = np.linspace(-np.pi / 2, np.pi / 2, rows), np.linspace(0, 2 * np.pi, columns)
    tilt, turn = np.meshgrid(*steps, indexing="ij")
    away = np.stack([np.cos(tilt) * np.cos(turn), np.cos(tilt) * np.sin(turn), np.sin(tilt)], axis=-1)
    points = _knot_centre(middle) + KNOT_CORE * KNOT_RADIUS * away * KNOT_FORM
    number = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = (part.ravel() for part in (number[:-1, :-1], number[:-1, 1:], number[1:, 1:], number[1:, :-1]))
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    flat = coat_uv(turn / (2 * np.pi), 0.5 + 0.4 * np.sin(tilt)).reshape(-1, 2)
    return points.reshape(-1, 3), triangles, flat[triangles]


def _undercoat(
    template: Template, rest: np.ndarray, middle: np.ndarray, inside: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The scalp, lifted off the skin: it carries short hair to its hairline, and nothing shines through the locks."""
    points, triangles, inside = lift_scalp(template, rest, inside - inside_hairline(template))
    away = _around(points, middle)
    around = np.arctan2(away[:, 0], -away[:, 1])
    share = 0.35 * np.clip(inside / 0.02, 0, 1) + 0.6 * np.clip((inside - 0.02) / 0.11, 0, 1)
    corners = around[triangles]
    # A triangle across the nape's seam stays whole.
    corners = np.where(corners - corners[:, :1] > np.pi, corners - 2 * np.pi, corners)
    corners = np.where(corners - corners[:, :1] < -np.pi, corners + 2 * np.pi, corners)
    turns = (corners / (2 * np.pi) + 1) * COAT_TURNS
    start = np.floor(turns.min(axis=1, keepdims=True))
    swung = 1 - np.abs((turns - start) - 1)  # back and forth, without a jump
    return points, triangles, coat_uv(np.clip(swung, 0, 1), 0.02 + share[triangles])
