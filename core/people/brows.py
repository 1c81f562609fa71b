# SPDX-License-Identifier: GPL-3.0-or-later
"""The brows: hairs that lie as brows lie, laid out once, drawn softly on the skin and standing on it as a mesh.

At the nose they stand up, then lean outwards; those of the lower edge rise and those of the upper edge sink, so that
both meet in a crest, and the tail is thin and lies along it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from core.avatar.keys import moving_keys
from core.avatar.landmarks import load_landmark_points
from core.avatar.parts import Material, PartMesh, bind
from core.avatar.rays import triangulate, vertex_normals
from core.avatar.skin import COARSE
from core.avatar.template import Template, load_template
from core.avatar.unwrap import HEAD_CHART, chart_texels, unwrap
from core.colour import to_srgb
from core.people.hair_colour import brow_colour
from core.people.noise import strokes
from core.people.sliders import Looks
from core.sampling import sample

# Landmarks along a brow's lower and upper edge, from the nose outwards.
EDGES = {
    "right": ((55, 65, 52, 53, 46), (107, 66, 105, 63, 70)),
    "left": ((285, 295, 282, 283, 276), (336, 296, 334, 293, 300)),
}
HAIRS, LENGTH, WIDTH = (210, 560), (0.0055, 0.0095), (0.00008, 0.00015)  # few to many of each brow; metres
STEPS = 6  # points of a hair
# Along a brow, from the nose: where its hairs point (degrees from outwards, up), how much of its height they fill, how
# dense they stand, and how long they are.
TURN = ((0.0, 90.0), (0.10, 74.0), (0.28, 42.0), (0.6, 14.0), (1.0, -4.0))
FILL = ((0.0, 0.55), (0.10, 0.85), (0.3, 1.0), (0.62, 0.80), (0.88, 0.42), (1.0, 0.14))
DENSE = ((0.0, 0.22), (0.07, 0.55), (0.2, 1.0), (0.7, 1.0), (0.92, 0.7), (1.0, 0.3))
LONG = ((0.0, 0.70), (0.2, 1.0), (0.7, 0.95), (1.0, 0.62))
# Degrees by which hairs of either edge turn towards the crest, of which by their ends; by which a hair leans off those
# about it, and a tuft off the next, of which a brow has so many.
CREST, BENT, STRAY, TUFTED, TUFTS = 27.0, 0.38, 7.0, 10.0, 7.0
# By how many metres one person's brows differ from another's: their arch, the rise of their outer end, the gap between
# them (deviations); how much more arched the most feminine are, and less the most masculine; and by how much all rise
# outwards: brows that fall look sad. Of the five points along a brow.
ARCH, SLANT, GAP, FEMININE_ARCH, RISING = 0.0020, 0.0020, 0.0028, 0.0010, 0.0015
ARCHED, SLANTED, APART = (0.0, 0.5, 1.0, 0.8, 0.0), (-0.6, -0.3, 0.1, 0.5, 1.0), (1.0, 0.6, 0.2, 0.0, 0.0)
RAISE, LOWER = 0.004, 0.0022  # metres by which the slider raises them, and that they lie under the landmarks
EYES_APART = 0.031  # metres between the eyes' inner corners
SHADE, SHADE_BLUR, DRAWN = 0.30, 0.0022, 0.60  # of the skin under the hairs, metres of its edge; cover of drawn hairs
# Metres off the skin, along a hair from its root, which lies under the skin that subdivision rounds off: shares, least,
# most.
OFF = ((0.0, -0.0003, -0.0003), (0.3, 0.0002, 0.0007), (0.7, 0.0003, 0.0010), (1.0, 0.0001, 0.0009))
THINNING = ((0.0, 0.85), (0.2, 1.0), (0.55, 0.8), (1.0, 0.0))  # of its width, along a hair
MIN_TRAVEL = 4e-5  # metres
PICTURE = (16, 64)  # texels along a hair, and hairs side by side
# Deviation of single hairs, and the shade along each (log): they stand in the light, without the sheen of drawn ones.
UNEVEN, ROOT_SHADE, TIP_LIGHT = 0.30, 0.22, 0.52


@dataclass(frozen=True)
class BrowHairs:
    """lines (N, STEPS, 2): hairs from root to tip in shares of the head's picture, row 0 at the top; width (N,):
    metres; dark (N,) 0..1; outlines (2, M, 2) of both brows; metre: what a metre is in shares of the picture."""

    lines: np.ndarray
    width: np.ndarray
    dark: np.ndarray
    outlines: np.ndarray
    metre: float


def lay_brows(looks: Looks) -> BrowHairs:
    """Where each hair of both brows lies."""
    random, thick = looks.random("brows"), looks.numbers["brows"]
    locate = _on_map()
    eyes = locate((133, 362))
    metre = float(np.linalg.norm(eyes[0] - eyes[1])) / EYES_APART
    bent = _bend(looks) * metre
    lines, widths, values, outlines = [], [], [], []
    for side, (lower, upper) in EDGES.items():
        low, high = locate(lower), locate(upper)
        middle = (low + high) / 2 - np.array([0.0, metre * (RAISE * looks.numbers["brow_height"] - LOWER)])
        middle = middle + bent * [1.0 if side == "left" else -1.0, 1.0]
        half = (high - low) / 2 * (0.80 + 1.25 * thick)
        count = round(HAIRS[0] + thick * (HAIRS[1] - HAIRS[0]))
        along = random.random(4 * count)
        along = along[random.random(4 * count) < _profile(DENSE, along)][:count]
        fill = _profile(FILL, along)
        across = np.clip(random.normal(0, 0.56, len(along)), -1.25, 1.25)
        lines.append(_comb(along, across * fill, (middle, half), metre, side, random))
        widths.append(random.uniform(*WIDTH, len(along)) * np.interp(along, (0, 0.2), (0.7, 1)) * (0.8 + 0.4 * thick))
        values.append(random.uniform(0.72, 1.0, len(along)) * np.interp(along, (0, 0.16), (0.45, 1)))
        outlines.append(np.concatenate([_curve(middle - 0.7 * half, np.linspace(0.10, 0.9, 20)),
                                        _curve(middle + 0.7 * half, np.linspace(0.9, 0.10, 20))]))  # fmt: skip
    return BrowHairs(
        np.concatenate(lines), np.concatenate(widths), np.concatenate(values), np.stack(outlines), metre
    )


def draw_brows(looks: Looks, size: int) -> np.ndarray:
    """How much of the skin (size, size) 0..1 they cover: their shade, and the hairs that lie close."""
    hairs, shade = lay_brows(looks), np.zeros((size, size), np.float32)
    for outline in hairs.outlines:
        cv2.fillPoly(shade, [np.round(outline * size).astype(np.int32)], 1.0)
    texel = hairs.metre * size
    shade = cv2.GaussianBlur(shade, (0, 0), SHADE_BLUR * texel) * SHADE * (0.5 + looks.numbers["brows"])
    drawn = strokes(list(hairs.lines * size), hairs.width * texel, hairs.dark, size)
    return np.clip(1 - (1 - DRAWN * drawn) * (1 - shade), 0, 1)


def grow_brows(
    looks: Looks, template: Template, rest: np.ndarray, keys: Mapping[str, np.ndarray]
) -> tuple[PartMesh, Material]:
    """Mesh ``brows`` on the skin, with which it moves, and its material; rest (V, 3) and keys (V, 3) in metres over
    the template's vertices."""
    hairs, random = lay_brows(looks), looks.random("brow hairs")
    count = len(hairs.lines)
    texels = chart_texels(HEAD_CHART, COARSE)
    normals = vertex_normals(rest, triangulate(template.faces[template.region <= 1]))
    ground = sample(texels.paint(np.concatenate([rest, normals], axis=1)), hairs.lines * COARSE)
    skin, up = ground[..., :3].astype(np.float64), ground[..., 3:].astype(np.float64)
    up /= np.linalg.norm(up, axis=2, keepdims=True)
    steps, least, most = np.array(OFF).T
    share = np.linspace(0, 1, STEPS)
    off = np.interp(share, steps, least) + random.random((count, 1)) * np.interp(share, steps, most - least)
    middles = skin + off[..., None] * up
    across = np.cross(np.gradient(middles, axis=1), up)
    across /= np.maximum(np.linalg.norm(across, axis=2, keepdims=True), 1e-9)
    side = across * (hairs.width[:, None] / 2 * _profile(THINNING, share))[..., None]
    positions = np.stack([middles - side, middles + side], axis=2).reshape(-1, 3)
    corners, weights = _under(hairs.lines)
    moved = {name: np.einsum("nk,nkd->nd", weights, key[corners]).repeat(2, axis=0) for name, key in keys.items()}
    faces, uv = _ribbons(count, random)
    mesh = PartMesh(
        name="brows",
        positions=positions,
        faces=faces,
        uv=uv,
        material=np.zeros(len(faces), np.int32),
        materials=("brow",),
        weights=bind(len(positions), "head", template.bone_names),
        keys=moving_keys(moved, MIN_TRAVEL),
    )
    return mesh, Material("brow", "lash", _paint(looks, random), painted=True)


def _comb(
    along: np.ndarray,
    across: np.ndarray,
    brow: tuple[np.ndarray, np.ndarray],
    metre: float,
    side: str,
    random: np.random.Generator,
) -> np.ndarray:
    """Lines (N, STEPS, 2) of hairs at shares along a brow and across it; brow: its middle (5, 2) and half height."""
    middle, half = brow
    roots = _curve(middle, along) + across[:, None] * _curve(half, along)
    ahead = _curve(middle, np.minimum(along + 0.05, 1)) - _curve(middle, np.maximum(along - 0.05, 0))
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    tuft = TUFTED * np.sin(2 * np.pi * (TUFTS * along + random.random()) + 2.0 * across)
    first = _profile(TURN, along) - CREST * across + tuft + random.normal(0, STRAY, len(along))
    last = first * BENT - 6 - CREST * across
    way, end = _turned(ahead, np.radians(first), side), _turned(ahead, np.radians(last), side)
    length = metre * random.uniform(*LENGTH, len(along)) * _profile(LONG, along) * (1 - 0.2 * np.maximum(across, 0))
    steps = np.linspace(0, 1, STEPS)[None, :, None]
    return roots[:, None] + length[:, None, None] * (steps * way[:, None] + steps**2 * (end - way)[:, None] / 2)


def _under(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (M, 3) of the template about each point of lines, one after the other, and their weights (M, 3)."""
    texels = chart_texels(HEAD_CHART, COARSE)
    rows = np.cumsum(texels.covered) - 1
    x, y = np.clip((lines.reshape(-1, 2) * COARSE).astype(int), 0, COARSE - 1).T
    at = np.maximum(rows[y * COARSE + x], 0)
    return texels.corners[at], texels.weights[at].astype(np.float64)


def _ribbons(count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Faces (F, 4) and uv (F, 4, 2) of so many hairs, of which each has a column of the picture."""
    rows = np.arange(count * STEPS * 2).reshape(count, STEPS, 2)
    faces = np.stack([rows[:, :-1, 0], rows[:, :-1, 1], rows[:, 1:, 1], rows[:, 1:, 0]], axis=-1).reshape(-1, 4)
    column = (random.integers(PICTURE[1], size=count) + 0.5) / PICTURE[1]
    along = 1 - (0.5 + np.linspace(0, 1, STEPS) * (PICTURE[0] - 1)) / PICTURE[0]
    flat = np.stack(np.broadcast_arrays(column[:, None, None], along[None, :, None], np.zeros((1, 1, 2)))[:2], axis=-1)
    return faces.astype(np.int32), flat.reshape(-1, 2)[faces]


def _paint(looks: Looks, random: np.random.Generator) -> np.ndarray:
    """(h, w, 4) uint8 sRGB: a column for each shade of hair, the root at the top; its alpha is full."""
    light = UNEVEN * random.standard_normal(PICTURE[1])[None]
    along = np.linspace(0, 1, PICTURE[0])[:, None]
    light = light + ROOT_SHADE + (TIP_LIGHT - ROOT_SHADE) * along
    colour = brow_colour(looks) * np.exp(np.clip(light, -0.5, 1.1))[..., None]
    return np.dstack([to_srgb(colour), np.full(PICTURE, 255, np.uint8)])


@functools.lru_cache(maxsize=1)
def _landmarks() -> dict[int, np.ndarray]:
    """Number of a landmark -> its place (2,) in shares of the head's picture, which is every head's."""
    template = load_template()
    head = template.region == HEAD_CHART
    uv = np.zeros((len(template.positions), 2))
    uv[template.faces[head]] = unwrap(template)[head]  # inside the face each vertex has one place
    marks = load_landmark_points()
    flat = marks.on(uv) * [1, -1] + [0, 1]
    return {int(number): place for number, place in zip(marks.index, flat, strict=True)}


def _on_map() -> Callable[[tuple[int, ...]], np.ndarray]:
    """Places (N, 2) of landmarks in shares of the head's picture, row 0 at the top."""
    places = _landmarks()
    return lambda numbers: np.array([places[number] for number in numbers])


def _curve(knots: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Points (N, 2) along knots (K, 2) at shares (N,) of their way."""
    x = np.linspace(0, 1, len(knots))
    fine = np.linspace(0, 1, 65)
    smooth = np.stack([np.interp(fine, x, knots[:, k]) for k in (0, 1)], axis=1)
    for _ in range(40):
        smooth[1:-1] = (smooth[:-2] + 2 * smooth[1:-1] + smooth[2:]) / 4
    return np.stack([np.interp(at, fine, smooth[:, k]) for k in (0, 1)], axis=1)


def _bend(looks: Looks) -> np.ndarray:
    """Metres (5, 2) outwards and down by which this person's left brow lies off its landmarks, point by point."""
    arch, slant, gap = np.clip(looks.random("brow shape").standard_normal(3), -1.8, 1.8) * (ARCH, SLANT, GAP)
    arch, slant = arch - FEMININE_ARCH * looks.numbers["masculine"], slant + RISING
    return np.stack([gap * np.array(APART), -arch * np.array(ARCHED) - slant * np.array(SLANTED)], axis=1)


def _profile(knots: tuple[tuple[float, float], ...], at: np.ndarray) -> np.ndarray:
    """Values (N,) of (share, value) knots at shares (N,)."""
    shares, values = np.array(knots).T
    return np.interp(at, shares, values)


def _turned(ahead: np.ndarray, angle: np.ndarray, side: str) -> np.ndarray:
    """Directions (N, 2) in the picture turned by angles (N,) upwards from ``ahead``, which leads outwards."""
    up = -1.0 if side == "left" else 1.0  # in the picture the left brow leads to the right
    cos, sin = np.cos(angle), up * np.sin(angle)
    return np.stack([ahead[:, 0] * cos - ahead[:, 1] * sin, ahead[:, 0] * sin + ahead[:, 1] * cos], axis=1)
