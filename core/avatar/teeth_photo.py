# SPDX-License-Identifier: GPL-3.0-or-later
"""The teeth's picture: every crown has a cell of its own, and those between the photo's lips wear the photo.

Cells stand in the picture as the crowns do in the mouth, upper row over lower row: what lips hide goes on in the
colour of the crown's neighbours. The shade that even light makes between lips and cheeks is taken off, for a scene's
light makes it anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from core.avatar.dentition import AROUND, LEVELS, UPPER, Row, crown_beside
from core.avatar.fit import Fit, project
from core.avatar.rays import RayScene, open_sky, triangulate
from core.avatar.shown_teeth import ShownTeeth
from core.colour import LUMINANCE, to_linear, to_srgb
from core.portrait import Portrait
from core.push_pull import push_pull
from core.sampling import sample

CELL = (48, 36)  # texels of a crown: from its neck to its tip, from neighbour to neighbour
CROWNS = 2 * len(UPPER)
SKY_CELL = (8, 6)  # places of a crown at which its light is worked out
SKY_RAYS, SKY_REACH, LIFT = 24, 0.1, 0.4e-3  # rays of each, metres they look, and from where above the crown
DEEPEST = 0.12  # least share of light that is made up for: a crown that deep stays as dark as it is
BEHIND = 0.8e-3  # metres by which what lies before a texel may miss it
# Light that goes back and forth is of the teeth's colour less this share of its tint (measured in Cycles).
ECHO_TINT = 0.6
# No enamel is brighter, in any channel; share of light from which on a place has its own tint, not the other teeth's.
BRIGHTEST, OWN_TINT = 0.9, 0.45
FACING = (0.1, 0.35)  # cosine to the lens: nothing is taken below, all above
# A hidden place's gain on the painted tooth, as shares of the seen teeth's median, and the weight of that median.
HIDDEN_GAIN, OWN_FAITH = (0.8, 1.15), 0.03
LEAST_SEEN = 60.0  # texels that tell the colour of the others


@dataclass(frozen=True)
class Mouth:
    """The photo's pose: positions of each row's vertices (V, 3), and the skin (V, 3) with its triangles there."""

    rows: tuple[Row, Row]
    positions: Sequence[np.ndarray]
    skin: np.ndarray
    triangles: np.ndarray


def place_cells(row: Row, below: bool) -> np.ndarray:
    """The uv (F, 4, 2) of a row whose crowns each have their cell; below: the lower row. Gums keep theirs."""
    crown = np.arange(int((row.material == 0).sum())) // _faces_of_crown()
    high, wide = CELL
    uv = row.uv.copy()
    mine = uv[: len(crown)]
    column = _column(crown)[:, None]
    across = (column * wide + 0.5 + mine[..., 0] * (wide - 1)) / (CROWNS * wide)
    down = (below * high + 0.5 + (1 - mine[..., 1]) * (high - 1)) / (2 * high)
    uv[: len(crown)] = np.stack([across, 1 - down], axis=2)
    return uv


def lay_teeth(
    cell: np.ndarray, portrait: Portrait | None, fit: Fit, shown: ShownTeeth | None, mouth: Mouth
) -> np.ndarray:
    """Picture (2 * CELL, CROWNS * CELL, 3) uint8 sRGB of both rows.

    cell: (*CELL, 3) linear, one painted crown with its tip on top.
    """
    painted = np.tile(cell, (2, CROWNS, 1)).astype(np.float32)
    if shown is None or portrait is None:
        return to_srgb(painted)
    places = np.concatenate([_places(p) for p in mouth.positions])
    normals, scene = _normals(places), _scene(mouth)
    seen, pixels = _look(places, normals, fit, shown, scene)
    if seen.sum() < LEAST_SEEN:
        return to_srgb(painted)
    sky = _sky(places, normals, seen, scene)
    light = to_linear(sample(portrait.image, pixels)).astype(np.float32)
    colour = _undo_shade(light, sky, shown.color.astype(np.float32))
    return to_srgb(_carry(painted, _to_picture(colour), _to_picture(seen)))


def _undo_shade(light: np.ndarray, sky: np.ndarray, lit: np.ndarray) -> np.ndarray:
    """What the teeth's colour (..., 3) is in full light: the inverse of what even light does that goes back and forth
    between teeth and lips (light.hollow_gain), which also lends the lips' red to what lies deep.

    sky: (...) share of light that gets there; lit: (3,) colour of the teeth in the open.
    """
    luminance = LUMINANCE.astype(np.float32)
    bright = np.maximum(light @ luminance, 1e-3)
    own = lit / float(lit @ luminance)
    tint = own + np.clip(sky / OWN_TINT, 0, 1)[..., None] * (light / bright[..., None] - own)
    there, share = tint * bright[..., None], sky[..., None]
    echo = there + ECHO_TINT * (bright[..., None] - there)
    colour = there / (share + echo * (1 - share))
    return np.maximum(colour * np.minimum(1, BRIGHTEST / np.maximum(colour.max(axis=-1, keepdims=True), 1e-3)), 0.002)


def _faces_of_crown() -> int:
    return len(LEVELS) * AROUND  # the sides, and the tip's triangles


def _column(crown: np.ndarray) -> np.ndarray:
    """Place in the picture, from the subject's right to the left, of crowns in `build_row`'s order."""
    half = len(UPPER)
    return np.where(crown < half, half + crown, 2 * half - 1 - crown)


def _places(positions: np.ndarray) -> np.ndarray:
    """World points (CROWNS, *CELL, 3) of the texels on the crowns' lip side, in the picture's order."""
    size = len(LEVELS) * AROUND + 1
    crowns = positions[: CROWNS * size].reshape(CROWNS, size, 3)[:, :-1].reshape(CROWNS, len(LEVELS), AROUND, 3)
    lip = np.arange(AROUND // 2)[::-1]  # the half of the section that looks outward, in the order of `beside`
    grid = crowns[np.argsort(_column(np.arange(CROWNS)))][:, 1:, lip]
    down = _weights(np.linspace(1, 0, CELL[0]), LEVELS[1:])
    across = _weights(np.linspace(0, 1, CELL[1]), crown_beside()[lip])
    return np.einsum("hl,wb,clbd->chwd", down, across, grid, optimize=True)


def _weights(at: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Matrix (N, K) of linear interpolation at places (N,) between ascending knots (K,)."""
    return np.stack([np.interp(at, knots, one) for one in np.eye(len(knots))], axis=1)


def _to_picture(cells: np.ndarray) -> np.ndarray:
    """Cells (2 * CROWNS, *CELL, ...) side by side, (2 * CELL, CROWNS * CELL, ...)."""
    high, wide = CELL
    rows = cells.reshape(2, CROWNS, high, wide, -1).transpose(0, 2, 1, 3, 4)
    return rows.reshape(2 * high, CROWNS * wide, -1)


def _look(
    places: np.ndarray, normals: np.ndarray, fit: Fit, shown: ShownTeeth, scene: RayScene
) -> tuple[np.ndarray, np.ndarray]:
    """How surely the photo shows each place (C, H, W, 3) as tooth, (C, H, W) float32 0..1, and its pixel."""
    flat = places.reshape(-1, 3)
    pixels = project(flat, fit.rotation, fit.translation, fit.camera)
    seen = shown.surely(pixels)
    lens = -fit.rotation.T @ fit.translation
    ray = flat - lens
    distance = np.linalg.norm(ray, axis=1)
    facing = -np.einsum("nd,nd->n", normals.reshape(-1, 3), ray) / distance
    seen *= np.clip((facing - FACING[0]) / (FACING[1] - FACING[0]), 0, 1)
    there = np.flatnonzero(seen > 0.01)
    first = scene.cast(np.tile(lens, (len(there), 1)), ray[there] / distance[there, None]).distance
    seen[there[first < distance[there] - BEHIND]] = 0.0
    return seen.reshape(places.shape[:3]).astype(np.float32), pixels.reshape(*places.shape[:3], 2)


def _normals(places: np.ndarray) -> np.ndarray:
    """Outward unit normals (2 * CROWNS, H, W, 3) of the places; the cells of the lower row stand upside down."""
    normal = np.cross(np.gradient(places, axis=2), np.gradient(places, axis=1))
    normal[CROWNS:] *= -1
    return normal / np.maximum(np.linalg.norm(normal, axis=3, keepdims=True), 1e-12)


def _scene(mouth: Mouth) -> RayScene:
    """Skin and teeth in the photo's pose."""
    parts, first = [mouth.triangles], len(mouth.skin)
    for row, positions in zip(mouth.rows, mouth.positions, strict=True):
        parts.append(triangulate(row.faces) + first)
        first += len(positions)
    return RayScene(np.concatenate([mouth.skin, *mouth.positions]), np.concatenate(parts))


def _sky(places: np.ndarray, normals: np.ndarray, seen: np.ndarray, scene: RayScene) -> np.ndarray:
    """Share (C, H, W) of even light at the places, worked out on crowns of which something is seen."""
    crowns = np.flatnonzero(seen.max(axis=(1, 2)) > 0)
    step = (CELL[0] // SKY_CELL[0], CELL[1] // SKY_CELL[1])
    pick = np.s_[:, step[0] // 2 :: step[0], step[1] // 2 :: step[1]]
    points, facing = places[crowns][pick].reshape(-1, 3), normals[crowns][pick].reshape(-1, 3)
    share = open_sky(scene, points, facing, rays=SKY_RAYS, reach=SKY_REACH, lift=LIFT)
    sky = np.ones(places.shape[:3], np.float32)
    for crown, cell in zip(crowns, share.reshape(-1, *SKY_CELL).astype(np.float32), strict=True):
        smooth = cv2.GaussianBlur(cell, (0, 0), 1.0)
        sky[crown] = cv2.resize(smooth, CELL[::-1], interpolation=cv2.INTER_LINEAR)
    return np.maximum(sky, DEEPEST)


def _carry(painted: np.ndarray, colour: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """The photo's colour where it is seen, and the painted teeth with their neighbours' gain elsewhere, linear."""
    gain = colour / np.maximum(painted, 1e-4)
    if (seen[..., 0] > 0.5).sum() < LEAST_SEEN:
        return painted
    carried, high = np.empty_like(gain), CELL[0]
    for half in (np.s_[:high], np.s_[high:]):
        sure = seen[half][..., 0] > 0.5
        usual = np.median(gain[half][sure] if sure.sum() >= LEAST_SEEN else gain[seen[..., 0] > 0.5], axis=0)
        # All teeth of a mouth are of one tint.
        bright = usual * np.clip(gain[half] @ LUMINANCE / float(usual @ LUMINANCE), *HIDDEN_GAIN)[..., None]
        faith = seen[half] + OWN_FAITH
        carried[half] = push_pull((bright * seen[half] + usual * OWN_FAITH) / faith, faith[..., 0])
    hidden = np.clip(painted * carried, 0.002, BRIGHTEST)
    return hidden * (1 - seen) + colour * seen
