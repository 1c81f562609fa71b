# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of teeth: crowns, gums and the arch on which a row of them stands. Where they lie: teeth.py."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Tooth:
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
    Tooth(8.5, 10.5, 7.0, 0.0, "incisor"), Tooth(6.5, 9.0, 6.0, 0.7, "incisor"),
    Tooth(7.5, 10.0, 8.0, 0.0, "canine"), Tooth(7.0, 8.5, 9.0, 0.6, "premolar"),
    Tooth(7.0, 8.5, 9.0, 0.6, "premolar"), Tooth(10.0, 7.5, 11.0, 0.8, "molar"),
    Tooth(9.0, 7.0, 11.0, 1.2, "molar"),
)  # fmt: skip
LOWER = (
    Tooth(5.0, 9.0, 6.0, 0.0, "incisor"), Tooth(5.5, 9.2, 6.5, 0.0, "incisor"),
    Tooth(7.0, 10.0, 7.5, 0.2, "canine"), Tooth(7.0, 8.5, 7.5, 2.3, "premolar"),
    Tooth(7.0, 8.0, 8.0, 2.4, "premolar"), Tooth(11.0, 7.5, 10.5, 2.4, "molar"),
    Tooth(10.5, 7.0, 10.0, 2.0, "molar"),
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
TALLEST = 1.10  # crowns grow with the arch's length, but not beyond this

# Section of the gums: outward from the crowns' face and towards the roots in millimetres, as (edge of the
# lip side, ..., edge of the tongue side); the sixth to ninth lie behind the crowns (offset from their back).
GUM_FRONT = ((-0.6, 7.5), (0.5, 6.2), (1.0, 4.3), (1.0, 2.4), (0.7, 0.9), (0.25, -0.1), (-0.9, -0.15))
GUM_BACK = ((0.9, 0.0), (-0.3, -0.1), (-0.9, 1.5), (-2.2, 4.0), (-4.5, 6.5))
GUM_STEPS = 6  # columns a tooth
PAPILLA = 2.0  # millimetres that the gum reaches down between two teeth
RECESS = 0.9  # millimetres that it steps back there
NONE = np.zeros(0, int)


@dataclass(frozen=True)
class Row:
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
class Arch:
    """Curve of the crowns' faces seen from above: a beta function of the width at the second molars and the depth
    (Braun et al., The form of the human dental arch, Angle Orthodontist, 1998).

    width, depth, front (y of the incisors), middle (x): metres."""

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


def build_row(teeth: tuple[Tooth, ...], arch: Arch, edge: float, roots: float) -> Row:
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
    return Row(
        np.concatenate(positions), np.concatenate(outward), np.concatenate(faces),
        np.concatenate(uv), np.concatenate(material), np.concatenate(front), gum,
    )  # fmt: skip


def crown_beside() -> np.ndarray:
    """Where the (AROUND,) vertices of a crown's ring lie between its neighbours, 0..1; its first half is the lip's."""
    return 0.5 + 0.5 * _round(np.cos((np.arange(AROUND) + 0.5) * (2 * np.pi / AROUND)))


def _round(circle: np.ndarray) -> np.ndarray:
    """A coordinate of the unit circle on the superellipse."""
    return np.sign(circle) * np.abs(circle) ** (2 / SQUARENESS)


def _crown(tooth: Tooth, along: float, size: float, tall: float, arch: Arch) -> Row:
    """One crown whose tip points to z = 0 and whose root to +z."""
    widths, depths = (np.array(shares) for shares in FORMS[tooth.form])
    turn = (np.arange(AROUND) + 0.5) * (2 * np.pi / AROUND)
    round_x, round_y = _round(np.cos(turn)), _round(np.sin(turn))
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
    beside = np.append(np.tile(crown_beside(), len(LEVELS)), 0.5)  # 0 and 1 where its neighbours stand
    uv = np.stack([beside[np.maximum(faces, 0)], level[np.maximum(faces, 0)]], axis=2)
    facing = np.flatnonzero((np.tile(round_y, len(LEVELS)) > 0.3) & (np.repeat(LEVELS, AROUND) >= 0.0))
    outward = np.tile([*out[0], 0.0], (len(positions), 1))
    return Row(positions, outward, faces, uv, np.zeros(len(faces), int), facing, NONE)


def _gums(teeth: tuple[Tooth, ...], ends: np.ndarray, tall: float, arch: Arch) -> Row:
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
    return Row(positions, outward, faces, uv, np.ones(len(faces), int), NONE, index[:, : len(GUM_FRONT) - 1])


def _reverse(faces: np.ndarray) -> np.ndarray:
    """The same faces wound the other way; triangles keep their -1 in the last column."""
    return np.where(faces[:, 3:] < 0, faces[:, [2, 1, 0, 3]], faces[:, ::-1])


def _reverse_uv(faces: np.ndarray, uv: np.ndarray) -> np.ndarray:
    return np.where((faces[:, 3] < 0)[:, None, None], uv[:, [2, 1, 0, 3]], uv[:, ::-1])
