# SPDX-License-Identifier: GPL-3.0-or-later
"""Two rows of teeth in their gums, placed behind the lips; the lower row goes with the jaw."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from core.avatar.fit import Fit
from core.avatar.keys import viseme_deltas
from core.avatar.parts import Material, PartMesh, bind
from core.avatar.rays import RayScene, triangulate
from core.avatar.rings import lip_rings
from core.avatar.template import Template
from core.channels import ARKIT_CHANNELS
from core.portrait import Portrait


@dataclass(frozen=True)
class _Tooth:
    """Mean crown in millimetres (Nelson & Ash, Wheeler's Dental Anatomy, table 1-1): width along the arch,
    height above the gum, depth from lip to tongue; raise: how far its tip stays short of the row's edge;
    form: row of FORMS."""

    width: float
    height: float
    depth: float
    raise_: float
    form: str


# From the midline to the second molar; the wisdom teeth are left out.
UPPER = (
    _Tooth(8.5, 10.5, 7.0, 0.0, "incisor"), _Tooth(6.5, 9.0, 6.0, 0.7, "incisor"),
    _Tooth(7.5, 10.0, 8.0, 0.0, "canine"), _Tooth(7.0, 8.5, 9.0, 0.6, "premolar"),
    _Tooth(7.0, 8.5, 9.0, 0.6, "premolar"), _Tooth(10.0, 7.5, 11.0, 0.8, "molar"),
    _Tooth(9.0, 7.0, 11.0, 1.2, "molar"),
)  # fmt: skip
LOWER = (
    _Tooth(5.0, 9.0, 6.0, 0.0, "incisor"), _Tooth(5.5, 9.2, 6.5, 0.0, "incisor"),
    _Tooth(7.0, 10.0, 7.5, 0.2, "canine"), _Tooth(7.0, 8.5, 7.5, 2.3, "premolar"),
    _Tooth(7.0, 8.0, 8.0, 2.4, "premolar"), _Tooth(11.0, 7.5, 10.5, 2.4, "molar"),
    _Tooth(10.5, 7.0, 10.0, 2.0, "molar"),
)  # fmt: skip

# Rings of a crown: height from the gum (0) to the tip (1), then per form the share of its width and depth.
LEVELS = np.array([-0.35, 0.0, 0.18, 0.42, 0.66, 0.86, 0.97, 1.0])
FORMS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "incisor": ((0.66, 0.78, 0.86, 0.94, 0.99, 0.99, 0.93, 0.80), (0.85, 0.94, 0.92, 0.70, 0.47, 0.31, 0.23, 0.14)),
    "canine": ((0.66, 0.78, 0.88, 0.97, 0.99, 0.85, 0.58, 0.30), (0.85, 0.96, 0.98, 0.86, 0.64, 0.44, 0.30, 0.16)),
    "premolar": ((0.68, 0.80, 0.91, 0.98, 0.99, 0.92, 0.76, 0.55), (0.85, 0.94, 1.0, 0.98, 0.90, 0.74, 0.56, 0.36)),
    "molar": ((0.76, 0.86, 0.95, 1.0, 1.0, 0.95, 0.85, 0.66), (0.85, 0.94, 1.0, 0.99, 0.94, 0.84, 0.70, 0.48)),
}
# Form -> cusps along the arch and their height as a share of the crown's.
CUSPS = {"incisor": (0, 0.0), "canine": (1, 0.0), "premolar": (1, 0.10), "molar": (2, 0.10)}
AROUND = 16
SQUARENESS = 2.7  # exponent of a crown's superelliptic section
TILT = {"incisor": 0.10, "canine": 0.04, "premolar": 0.0, "molar": 0.0}  # lean outward, of the height

# The arch: Braun et al., The form of the human dental arch (Angle Orthodontist, 1998), a beta function of
# the width at the second molars and the depth. The template's own arch is wider than an adult's.
ARCH_WIDTH = 0.90  # of the template's
INCISAL_BELOW_LIPS = 1.9e-3  # metres that the upper incisors reach below the line where the lips meet
OVERBITE = 1.6e-3  # metres that they overlap the lower ones
OVERJET = 2.6e-3  # metres that the lower row stands behind the upper
TALLEST = 1.10  # crowns grow with the arch's length, but not beyond this
LIP_ROOM = 0.9e-3  # metres kept between the teeth and the lips and cheeks, at rest
KEY_ROOM = 0.25e-3  # the same in the extreme of every shape key
FORWARD = (-6.0e-3, 5.0e-3)  # how far the rows may be moved from the template's place
# Keys in which a lip wraps round a row: the row, which is then covered, gives way instead of standing back for good.
YIELDING = ("mouthRollUpper", "mouthRollLower")
NARROWEST = 0.08  # share of its width that the arch may lose to the cheeks on either side
AHEAD = 0.6  # how far a face of a tooth must look forward to lie behind the lips, not the cheeks
INWARD = 0.012  # metres behind a tooth's face from where its room is measured
LIP_TRAVEL = 1.0e-3  # metres; keys that move the skin around the teeth less cannot use up the room at rest
SKIN_REACH = 0.075  # metres around the teeth in which skin is looked at

# Section of the gums: outward from the crowns' face and towards the roots in millimetres, as (edge of the
# lip side, ..., edge of the tongue side); the sixth to ninth lie behind the crowns (offset from their back).
GUM_FRONT = ((-0.6, 7.5), (0.5, 6.2), (1.0, 4.3), (1.0, 2.4), (0.7, 0.9), (0.25, -0.1), (-0.9, -0.15))
GUM_BACK = ((0.9, 0.0), (-0.3, -0.1), (-0.9, 1.5), (-2.2, 4.0), (-4.5, 6.5))
GUM_TUCK = 6e-3  # metres that the gums may be drawn inward where a lip or cheek needs the place
GUM_STEPS = 6  # columns a tooth
PAPILLA = 2.0  # millimetres that the gum reaches down between two teeth
RECESS = 0.9  # millimetres that it steps back there

IVORY_TIP, IVORY_BODY, IVORY_NECK = (0.66, 0.63, 0.56), (0.72, 0.65, 0.52), (0.58, 0.46, 0.30)  # linear
GUM_COLOR = (0.47, 0.13, 0.12)  # linear
NONE = np.zeros(0, int)
MIN_TRAVEL = 3e-4  # metres; keys that move a row less are left out


@dataclass(frozen=True)
class _Row:
    """One row of teeth, or a piece of it. outward: (V, 3) level unit vectors away from the mouth's middle.

    front: vertices of the crowns' faces, which lips and cheeks must not touch.
    gum: (columns, rows) vertices of the gums' lip side, which give way to the lips.
    """

    positions: np.ndarray
    outward: np.ndarray
    faces: np.ndarray
    uv: np.ndarray
    material: np.ndarray
    front: np.ndarray
    gum: np.ndarray


@dataclass(frozen=True)
class _Arch:
    """Curve of the crowns' faces seen from above. width, depth, front (y of the incisors), middle (x): metres."""

    width: float
    depth: float
    front: float
    middle: float

    def curve(self) -> tuple[np.ndarray, np.ndarray]:
        """Points (N, 2) of the subject's left half, from the midline backward, and arc length (N,)."""
        x = np.sin(np.linspace(0, np.pi / 2, 400)) * 0.5 * 0.9999
        y = 3.0314 * ((0.5 + x) * (0.5 - x)) ** 0.8
        points = np.stack([x * self.width, self.depth * (y[0] - y)], axis=1)
        length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
        return points, length

    def at(self, along: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points and outward unit normals (N, 2) at signed arc length (N,), positive on the subject's left."""
        points, length = self.curve()
        step = np.gradient(points, axis=0)
        normal = np.stack([step[:, 1], -step[:, 0]], axis=1)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        side = np.where(along < 0, -1.0, 1.0)
        place = [np.interp(np.abs(along), length, points[:, k]) for k in (0, 1)]
        facing = [np.interp(np.abs(along), length, normal[:, k]) for k in (0, 1)]
        at = np.stack([self.middle + side * place[0], self.front + place[1]], axis=1)
        out = np.stack([side * facing[0], facing[1]], axis=1)
        return at, out / np.linalg.norm(out, axis=1, keepdims=True)


@dataclass(frozen=True)
class _Pose:
    """The face in one key (V, 3), and how far from its skin the teeth must stay."""

    skin: RayScene
    key: np.ndarray
    margin: float

    def moved(self, rows: tuple[_Row, _Row], template: Template, rest: np.ndarray) -> list[np.ndarray]:
        return _moved(rows, template, rest, self.key)


def build_teeth(
    portrait: Portrait, fit: Fit, template: Template, rest: np.ndarray, keys: np.ndarray
) -> tuple[PartMesh, list[Material]]:
    """Mesh ``teeth`` (both rows with their gums) and its materials ``teeth`` and ``gums``.

    rest: (V, 3) metres, keys: (52, V, 3), both over the template's vertices. The rows stand where the
    template's teeth are, as far forward as the lips allow at rest and in every key.
    """
    arch, edge = _arch(template, rest)
    upper, lower = _place(arch, edge, template, rest, keys)
    rows = (upper, lower)
    count = [len(row.positions) for row in rows]
    named: dict[str, np.ndarray] = {}
    triangles = _mouth_skin(rows, template, rest)
    for name, key in zip(ARKIT_CHANNELS, keys, strict=True):
        moved = _moved(rows, template, rest, key)
        if name in YIELDING:
            moved = _yield(rows, moved, RayScene(rest + key, triangles))
        delta = np.concatenate([m - row.positions for m, row in zip(moved, rows, strict=True)])
        if np.abs(delta).max() > MIN_TRAVEL:
            named[name] = delta
    mesh = PartMesh(
        name="teeth",
        positions=np.concatenate([row.positions for row in rows]),
        faces=np.concatenate([upper.faces, np.where(lower.faces < 0, -1, lower.faces + count[0])]),
        uv=np.concatenate([row.uv for row in rows]),
        material=np.concatenate([row.material for row in rows]),
        materials=("teeth", "gums"),
        weights=np.concatenate(
            [bind(count[0], "head", template.bone_names), bind(count[1], "jaw", template.bone_names)]
        ),
        keys=named | _visemes(named),
        subdivision=1,
    )
    return mesh, [
        Material("teeth", "teeth", _paint_ivory(), IVORY_BODY),
        Material("gums", "mouth", color=GUM_COLOR),
    ]


def _visemes(named: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The viseme keys that move the jaw."""
    return {name: delta for name, delta in viseme_deltas(named).items() if np.abs(delta).max() > MIN_TRAVEL}


def fit_affine(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(4, 3) matrix A with [source, 1] @ A nearest to target; both (N, 3)."""
    return np.linalg.lstsq(np.concatenate([source, np.ones((len(source), 1))], axis=1), target, rcond=None)[0]


def apply_affine(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points (N, 3) under the (4, 3) matrix of `fit_affine`."""
    return points @ matrix[:3] + matrix[3]


def lip_line(template: Template, rest: np.ndarray) -> float:
    """Height in metres at which the lips' middles meet (two rings out of the mouth's cavity)."""
    ring = lip_rings(template)
    middle = (ring >= 0) & (ring <= 2) & (np.abs(template.positions[:, 0]) < 8e-3)
    return float(rest[middle, 2].mean())


def _arch(template: Template, rest: np.ndarray) -> tuple[_Arch, float]:
    """The upper arch from the template's teeth in rest, and the height of its incisal edge."""
    rows = np.unique(template.parts["teeth_upper"])
    # The warp may have bent single vertices: all of them together say where the arch is.
    here = apply_affine(fit_affine(template.positions[rows], rest[rows]), template.positions[rows])
    width = ARCH_WIDTH * float(np.ptp(here[:, 0]))
    arch = _Arch(width, float(np.ptp(here[:, 1])), float(here[:, 1].min()), float(here[:, 0].mean()))
    return arch, lip_line(template, rest) - INCISAL_BELOW_LIPS


def _place(
    arch: _Arch, edge: float, template: Template, rest: np.ndarray, keys: np.ndarray
) -> tuple[_Row, _Row]:
    """Both rows, as far forward as lips and cheeks leave room."""
    forward, narrow = FORWARD[1], 0.0
    rows = _rows(arch, edge, forward, narrow)
    poses = _poses(rows, template, rest, keys)
    for _ in range(6):
        need_forward = need_narrow = 0.0
        for pose in poses:
            for row, positions in zip(rows, pose.moved(rows, template, rest), strict=True):
                short = pose.margin - room(positions[row.front], row.outward[row.front], pose.skin)
                ahead = -row.outward[row.front, 1] > AHEAD  # behind the lips, otherwise the cheeks
                need_forward = max(need_forward, float(short[ahead].max(initial=0.0)))
                need_narrow = max(need_narrow, float(short[~ahead].max(initial=0.0)))
        if max(need_forward, need_narrow) < 1e-5:
            break
        if need_forward > 1e-5 and forward > FORWARD[0]:
            forward = max(forward - need_forward - 1e-4, FORWARD[0])
        else:  # only then is it known what the cheeks ask for
            narrow = min(narrow + need_narrow + 1e-4, NARROWEST * arch.width)
        rows = _rows(arch, edge, forward, narrow)
    return _tuck_gums(rows, poses, template, rest)


def _tuck_gums(
    rows: tuple[_Row, _Row], poses: list[_Pose], template: Template, rest: np.ndarray
) -> tuple[_Row, _Row]:
    """The gums drawn inward where lips or cheeks would meet them."""
    short = [np.zeros(row.gum.shape) for row in rows]
    for pose in poses:
        for row, positions, most in zip(rows, pose.moved(rows, template, rest), short, strict=True):
            gum = row.gum.ravel()
            need = pose.margin - room(positions[gum], row.outward[gum], pose.skin)
            np.maximum(most, need.reshape(most.shape), out=most)
    tucked = []
    for row, most in zip(rows, short, strict=True):
        smooth = gaussian_filter1d(maximum_filter1d(np.clip(most, 0, GUM_TUCK), 5, axis=0), 1.5, axis=0)
        positions = row.positions.copy()
        gum = row.gum.ravel()
        positions[gum] -= smooth.reshape(-1, 1) * row.outward[gum]
        tucked.append(replace(row, positions=positions))
    return tucked[0], tucked[1]


def _rows(arch: _Arch, edge: float, forward: float, narrow: float) -> tuple[_Row, _Row]:
    outer = _Arch(arch.width - 2 * narrow, arch.depth, arch.front - forward, arch.middle)
    inner = _Arch(
        outer.width - 1.4 * OVERJET, outer.depth - OVERJET, outer.front + OVERJET, outer.middle
    )
    return _row(UPPER, outer, edge, 1.0), _row(LOWER, inner, edge + OVERBITE, -1.0)


def room(points: np.ndarray, outward: np.ndarray, skin: RayScene) -> np.ndarray:
    """Metres (N,) from points along outward unit vectors to the skin's inside; negative where they poke out.

    Infinite where the mouth is open in front of a point.
    """
    return skin.cast(points - INWARD * outward, outward).distance - INWARD


def _poses(
    rows: tuple[_Row, _Row], template: Template, rest: np.ndarray, keys: np.ndarray
) -> list[_Pose]:
    """The rest pose, then the keys at 1 that move the mouth."""
    triangles = _mouth_skin(rows, template, rest)
    used = np.unique(triangles)
    poses = [_Pose(RayScene(rest, triangles), np.zeros_like(rest), LIP_ROOM)]
    for name, key in zip(ARKIT_CHANNELS, keys, strict=True):
        if name not in YIELDING and np.abs(key[used]).max() > LIP_TRAVEL:
            poses.append(_Pose(RayScene(rest + key, triangles), key, KEY_ROOM))
    return poses


def _mouth_skin(rows: tuple[_Row, _Row], template: Template, rest: np.ndarray) -> np.ndarray:
    """Triangles of the skin around the teeth."""
    centre = np.concatenate([row.positions for row in rows]).mean(axis=0)
    near = np.linalg.norm(rest - centre, axis=1) < SKIN_REACH
    triangles = triangulate(template.faces)
    return triangles[near[triangles].all(axis=1)]


def _yield(rows: tuple[_Row, _Row], moved: list[np.ndarray], skin: RayScene) -> list[np.ndarray]:
    """The rows moved straight back as far as a lip needs."""
    back = []
    for row, positions in zip(rows, moved, strict=True):
        outward = row.outward[row.front]
        ahead = -outward[:, 1] > AHEAD
        short = KEY_ROOM - room(positions[row.front], outward, skin)[ahead]
        way = float((short / -outward[ahead, 1]).max(initial=0.0))
        back.append(positions + np.array([0.0, way, 0.0]))
    return back


def _moved(
    rows: tuple[_Row, _Row], template: Template, rest: np.ndarray, key: np.ndarray
) -> list[np.ndarray]:
    """Positions of both rows under a key (V, 3), which the template's teeth tell."""
    moved = []
    for row, part in zip(rows, ("teeth_upper", "teeth_lower"), strict=True):
        points = np.unique(template.parts[part])
        if np.abs(key[points]).max() < MIN_TRAVEL:
            moved.append(row.positions)
        else:
            matrix = fit_affine(rest[points], key[points])
            moved.append(row.positions + apply_affine(matrix, row.positions))
    return moved


def _row(teeth: tuple[_Tooth, ...], arch: _Arch, edge: float, roots: float) -> _Row:
    """A row on an arch. edge: height of the incisal edge; roots: +1 above it (upper row), -1 below."""
    size = arch.curve()[1][-1] * 0.96 / sum(tooth.width for tooth in teeth)
    tall = min(size, TALLEST * 1e-3)
    ends = np.concatenate([[0.0], np.cumsum([tooth.width * size for tooth in teeth])])
    pieces = []
    for side in (1.0, -1.0):
        for number, tooth in enumerate(teeth):
            pieces.append(_crown(tooth, side * (ends[number] + ends[number + 1]) / 2, size, tall, arch))
    pieces.append(_gums(teeth, ends, tall, arch))
    positions, outward, front, faces, uv, material = ([] for _ in range(6))
    first = 0
    for piece in pieces:
        at = piece.positions * [1.0, 1.0, roots]
        at[:, 2] += edge
        positions.append(at)
        outward.append(piece.outward)
        front.append(piece.front + first)
        turned = piece.faces if roots > 0 else _reverse(piece.faces)
        faces.append(np.where(turned < 0, -1, turned + first))
        uv.append(piece.uv if roots > 0 else _reverse_uv(piece.faces, piece.uv))
        material.append(piece.material)
        first += len(at)
    gum = pieces[-1].gum + first - len(pieces[-1].positions)
    return _Row(
        np.concatenate(positions), np.concatenate(outward), np.concatenate(faces),
        np.concatenate(uv), np.concatenate(material), np.concatenate(front), gum,
    )  # fmt: skip


def _crown(tooth: _Tooth, along: float, size: float, tall: float, arch: _Arch) -> _Row:
    """One crown whose tip points to z = 0 and whose root to +z."""
    widths, depths = (np.array(shares) for shares in FORMS[tooth.form])
    turn = (np.arange(AROUND) + 0.5) * (2 * np.pi / AROUND)
    round_x = np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** (2 / SQUARENESS)
    round_y = np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** (2 / SQUARENESS)
    height, depth = tooth.height * tall, tooth.depth * tall
    s = 0.5 * tooth.width * size * 0.985 * widths[:, None] * round_x
    # The lip side is a gentle curve; what the section loses towards the tip it loses on the tongue's side.
    face = -0.055 * height * (2 * (LEVELS - 0.45)) ** 2 + TILT[tooth.form] * height * (LEVELS - 0.5)
    half = 0.5 * depth * depths
    n = face[:, None] - half[:, None] + half[:, None] * round_y
    # A face bends back towards its neighbours, with the arch.
    n -= 0.06 * depth * (np.abs(round_x) ** 2.5) * np.clip(LEVELS + 0.4, 0, 1)[:, None]
    z = (1 - LEVELS)[:, None] * height + np.zeros_like(s)
    count, rise = CUSPS[tooth.form]
    if count:
        wave = np.cos(np.pi * count * round_x) if count > 1 else 1 - 2 * np.abs(round_x)
        z -= np.clip((LEVELS - 0.6) / 0.4, 0, 1)[:, None] * rise * height * (0.5 * wave - 0.5)
    pole_z = 0.02 * height if rise == 0 else 0.75 * rise * height
    place, out = arch.at(np.array([along]))
    tangent = np.array([-out[0, 1], out[0, 0]])
    s = np.append(s.ravel(), 0.0)
    n = np.append(n.ravel(), n[-1].mean())
    z = np.append(z.ravel(), pole_z if tooth.form != "incisor" else 0.0) + tooth.raise_ * tall
    flat = place + s[:, None] * tangent + n[:, None] * out
    positions = np.concatenate([flat, z[:, None]], axis=1)

    index = np.arange(len(LEVELS) * AROUND).reshape(len(LEVELS), AROUND)
    after = np.roll(index, -1, axis=1)
    sides = np.stack([index[:-1], after[:-1], after[1:], index[1:]], axis=2).reshape(-1, 4)
    tip = np.full(AROUND, len(positions) - 1)
    faces = np.concatenate([sides, np.stack([index[-1], after[-1], tip, np.full(AROUND, -1)], axis=1)])
    level = np.append(np.repeat(np.clip(LEVELS, 0, 1), AROUND), 1.0)
    uv = np.stack([np.full(faces.shape, 0.5), level[np.maximum(faces, 0)]], axis=2)
    facing = np.flatnonzero((np.tile(round_y, len(LEVELS)) > 0.3) & (np.repeat(LEVELS, AROUND) >= 0.0))
    outward = np.tile([*out[0], 0.0], (len(positions), 1))
    return _Row(positions, outward, faces, uv, np.zeros(len(faces), int), facing, NONE)


def _gums(teeth: tuple[_Tooth, ...], ends: np.ndarray, tall: float, arch: _Arch) -> _Row:
    """The band around the necks of a row, scalloped from tooth to tooth; roots towards +z."""
    count = len(teeth) * GUM_STEPS
    place = np.interp(np.arange(count + 1) / GUM_STEPS, np.arange(len(ends)), ends)
    middles = (ends[:-1] + ends[1:]) / 2
    neck = np.interp(place, middles, [(tooth.height + tooth.raise_) * tall for tooth in teeth])
    deep = np.interp(place, middles, [tooth.depth * tall for tooth in teeth])
    between = np.abs(np.cos(np.pi * np.arange(count + 1) / GUM_STEPS)) ** 2.5
    between[0] = 1.0
    signed = np.concatenate([-place[:0:-1], place])
    neck, deep, between = (np.concatenate([v[:0:-1], v]) for v in (neck, deep, between))
    at, out = arch.at(signed)

    near_margin = np.array([0.0, 0.0, 0.1, 0.35, 0.8, 1.0, 1.0, 1.0, 1.0, 0.8, 0.2, 0.0])
    offset = np.array([[n for n, _ in GUM_FRONT] + [n for n, _ in GUM_BACK]]) * 1e-3
    offset = np.repeat(offset, len(signed), axis=0)
    offset[:, len(GUM_FRONT) :] -= 0.94 * deep[:, None]
    inner = np.where(np.arange(offset.shape[1]) < len(GUM_FRONT), -1.0, 1.0)
    offset += inner * RECESS * 1e-3 * near_margin * between[:, None]
    z = np.array([u for _, u in GUM_FRONT] + [u for _, u in GUM_BACK]) * 1e-3
    z = neck[:, None] + z - PAPILLA * 1e-3 * near_margin * between[:, None]
    flat = at[:, None] + offset[..., None] * out[:, None]
    positions = np.concatenate([flat, z[..., None]], axis=2).reshape(-1, 3)

    columns, rows = offset.shape
    index = np.arange(columns * rows).reshape(columns, rows)
    faces = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], axis=2).reshape(-1, 4)
    outward = np.repeat(np.concatenate([out, np.zeros((columns, 1))], axis=1), rows, axis=0)
    uv = np.full((len(faces), 4, 2), 0.5)
    return _Row(positions, outward, faces, uv, np.ones(len(faces), int), NONE, index[:, : len(GUM_FRONT) - 1])


def _reverse(faces: np.ndarray) -> np.ndarray:
    """The same faces wound the other way; triangles keep their -1 in the last column."""
    return np.where(faces[:, 3:] < 0, faces[:, [2, 1, 0, 3]], faces[:, ::-1])


def _reverse_uv(faces: np.ndarray, uv: np.ndarray) -> np.ndarray:
    return np.where((faces[:, 3] < 0)[:, None, None], uv[:, [2, 1, 0, 3]], uv[:, ::-1])


def _paint_ivory() -> np.ndarray:
    """(64, 8, 3) uint8 sRGB, the tip's translucent end in the top row, the warm neck in the last."""
    level = (np.arange(64) + 0.5)[::-1] / 64
    linear = np.stack(
        [
            np.interp(level, (0.0, 0.3, 0.75, 1.0), channel)
            for channel in zip(IVORY_NECK, IVORY_BODY, IVORY_BODY, IVORY_TIP, strict=True)
        ],
        axis=1,
    )
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.repeat((srgb[:, None] * 255 + 0.5).astype(np.uint8), 8, axis=1)
