# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyelashes: four curled strips that are rooted in the lids' edges, with painted strands.

The strips grow from the lid's own edge vertices, so that in every shape key they stay where the lid is; the
template's lash strips keep their shape in the fit's warp less well than that.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from core.avatar.keys import moving_keys
from core.avatar.parts import Material, PartMesh, bind
from core.avatar.rings import along_lid, lid_edges
from core.avatar.template import Template, eyeball
from core.channels import ARKIT_CHANNELS
from core.colour import to_srgb

COLUMNS, ROWS = 33, 6
# Lid -> length in metres, then the strand's direction at the root and at the tip as (forward, up, to the
# temple at the outer corner). Adults' upper lashes are 8 to 12 mm along their curl, the lower 6 to 8.
STRANDS: dict[str, tuple[float, tuple[float, float, float], tuple[float, float, float]]] = {
    "upper": (7.2e-3, (0.90, -0.12, 0.35), (0.42, 0.80, 0.62)),
    "lower": (4.2e-3, (0.85, -0.20, 0.35), (0.55, -0.70, 0.55)),
}
# Share of the lid's length at which lashes begin at the inner corner and end at the outer.
SPAN = {"upper": (0.10, 0.985), "lower": (0.22, 0.97)}
# How the length runs along the lid from the inner corner outward: (share, factor).
TAPER = ((0.0, 0.40), (0.25, 0.78), (0.65, 1.0), (0.88, 1.0), (1.0, 0.62))
ROOT_DEPTH = 0.25e-3  # metres that the roots lie under the skin, which subdivision rounds off
MIN_TRAVEL = 2e-5  # metres

IMAGE_SIZE = (256, 1024)  # the lower half is the lower lid's; u runs from the nose outward, v from the root
COLOR = (0.018, 0.011, 0.008)  # linear, dark brown
# Lid -> strands, width in pixels at the root, opacity.
PAINT = {"upper": (105, 4.6, 1.0), "lower": (52, 3.0, 0.55)}


def build_lashes(
    template: Template, rest: np.ndarray, keys: np.ndarray, arcs: Mapping[str, np.ndarray], full: float = 1.0
) -> tuple[PartMesh, list[Material]]:
    """Mesh ``lashes`` bound to the head, and its material ``lash``.

    rest: (V, 3) metres, keys: (52, V, 3), arcs: further keys of the lids by name, (V, 3); all over the
    template's vertices; full: factor of how many strands there are and how thick.
    """
    named = dict(zip(ARKIT_CHANNELS, keys, strict=True)) | dict(arcs)
    positions, faces, uv = [], [], []
    deltas: dict[str, list[np.ndarray]] = {name: [] for name in named}
    for side, halves in lid_edges(template).items():
        centre = eyeball(template, rest, side)[0]
        for lid, edge in zip(("upper", "lower"), halves, strict=True):
            rooted = along_lid(rest[edge], SPAN[lid], COLUMNS, side)
            offsets = _grow(rooted @ rest[edge] - centre, lid, side)
            roots = (rooted @ rest[edge])[:, None]
            positions.append((roots + offsets).reshape(-1, 3))
            first = sum(len(p) for p in positions[:-1])
            faces.append(_quads(side) + first)
            uv.append(_unwrap(lid, side))
            for name, delta in named.items():
                moved = _follow(rooted @ rest[edge] - centre, rooted @ delta[edge], offsets)
                deltas[name].append(moved.reshape(-1, 3))
    count = sum(len(p) for p in positions)
    joined = {name: np.concatenate(parts) for name, parts in deltas.items()}
    mesh = PartMesh(
        name="lashes",
        positions=np.concatenate(positions),
        faces=np.concatenate(faces),
        uv=np.concatenate(uv),
        material=np.zeros(sum(len(f) for f in faces), int),
        materials=("lash",),
        weights=bind(count, "head", template.bone_names),
        keys=moving_keys(joined, MIN_TRAVEL),
    )
    return mesh, [Material("lash", "lash", paint_lashes(full))]


def _grow(roots: np.ndarray, lid: str, side: str) -> np.ndarray:
    """Offsets (COLUMNS, ROWS, 3) from the roots, which are given relative to the eye's centre (COLUMNS, 3)."""
    length, start, end = STRANDS[lid]
    share = np.linspace(0, 1, COLUMNS)
    fan = (share - 0.38) * 1.6 * (1.0 if side == "left" else -1.0)

    def direction(of: tuple[float, float, float]) -> np.ndarray:
        vectors = np.stack([of[2] * fan, np.full(COLUMNS, -of[0]), np.full(COLUMNS, of[1])], axis=1)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    along = np.linspace(0, 1, ROWS)[None, :, None]
    first, last = direction(start)[:, None], direction(end)[:, None]
    curl = along * first + 0.5 * along**2 * (last - first)
    reach = length * np.interp(share, *np.array(TAPER).T)[:, None, None]
    sunk = -ROOT_DEPTH * roots / np.linalg.norm(roots, axis=1, keepdims=True)
    return curl * reach + sunk[:, None]


def _follow(roots: np.ndarray, travel: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Deltas (COLUMNS, ROWS, 3) of strands whose roots (relative to the eye's centre) travel with the lid.

    A lid slides over the eyeball: its lashes turn by the angle that the root goes round the eye's axis +X.
    """
    after = roots + travel
    turn = np.arctan2(after[:, 2], -after[:, 1]) - np.arctan2(roots[:, 2], -roots[:, 1])
    cosine, sine = np.cos(turn)[:, None], np.sin(turn)[:, None]
    y, z = offsets[..., 1], offsets[..., 2]
    turned = np.stack([offsets[..., 0], y * cosine + z * sine, z * cosine - y * sine], axis=2)
    return travel[:, None] + turned - offsets


def _quads(side: str) -> np.ndarray:
    """Faces of a strip of COLUMNS x ROWS vertices, wound so that they look at the viewer."""
    index = np.arange(COLUMNS * ROWS).reshape(COLUMNS, ROWS)
    quads = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], axis=2).reshape(-1, 4)
    return quads if side == "left" else quads[:, ::-1]


def _unwrap(lid: str, side: str) -> np.ndarray:
    """uv (F, 4, 2): u from the nose outward, v from the root in the lid's half of the picture."""
    u, v = np.meshgrid(np.linspace(0, 1, COLUMNS), np.linspace(0.01, 0.49, ROWS), indexing="ij")
    flat = np.stack([u.ravel(), v.ravel() + (0.5 if lid == "upper" else 0.0)], axis=1)
    return flat[_quads(side)]


@cache
def paint_lashes(full: float = 1.0) -> np.ndarray:
    """(256, 1024, 4) uint8 sRGB and alpha: strands that taper, lean and gather in loose tufts; full: as above."""
    rng = np.random.default_rng(11)
    height, width = IMAGE_SIZE
    alpha = np.zeros((height, width))
    half = height // 2
    for lid, (count, thick, opacity) in PAINT.items():
        part = _paint_strip(rng, half, width, round(count * full), thick * full) * opacity
        # Row 0 is the top: the upper lid's half is v .5 to 1, roots at its foot.
        alpha[:half] = part if lid == "upper" else alpha[:half]
        alpha[half:] = part if lid == "lower" else alpha[half:]
    picture = np.empty((height, width, 4), np.uint8)
    picture[..., :3] = to_srgb(np.array(COLOR))
    picture[..., 3] = (np.clip(alpha, 0, 1) * 255 + 0.5).astype(np.uint8)
    return picture


def _paint_strip(rng: np.random.Generator, height: int, width: int, count: int, thick: float) -> np.ndarray:
    """Alpha (height, width) of one lid's strands, roots in the last row."""
    rise = (np.arange(height)[::-1] + 0.5)[:, None] / height
    x = np.arange(width)[None] + 0.5
    alpha = np.zeros((height, width))
    spacing = width / count
    tufts = np.sort(rng.uniform(0, width, count // 4))
    for root in (np.arange(count) + rng.uniform(0.1, 0.9, count)) * spacing:
        reach = rng.uniform(0.62, 0.97)
        tuft = tufts[np.abs(tufts - root).argmin()]
        lean = np.clip(0.6 * (tuft - root), -1.6 * spacing, 1.6 * spacing) + rng.normal(0, 0.5) * spacing
        bend = rng.normal(0, 0.5) * spacing
        share = np.clip(rise / reach, 0, 1)
        middle = root + lean * share**1.3 + bend * share * (1 - share)
        half = 0.5 * thick * rng.uniform(0.75, 1.2) * (1 - share) ** 0.7
        cover = np.clip(half + 0.5 - np.abs(x - middle), 0, 1) * (rise < reach)
        cover *= np.clip(2 * half, 0, 1)  # what is thinner than a pixel covers it in part
        alpha = np.maximum(alpha, cover)
    ends = np.clip(np.minimum(x, width - x) / 10, 0, 1)
    return alpha * ends
