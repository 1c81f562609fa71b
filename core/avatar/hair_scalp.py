# SPDX-License-Identifier: GPL-3.0-or-later
"""Where hair grows on the skull: the hairline round temples, ears and nape, and the undercoat that hugs the scalp.

The undercoat is the scalp itself, lifted by a millimetre or two. It carries short hair to its hairline, where the
picture's alpha lets it fade into the skin, and it closes whatever the volume above it leaves open.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt, map_coordinates
from scipy.spatial import KDTree

from core.avatar.rays import RayScene, triangulate, vertex_normals
from core.avatar.template import Template, eyeball
from core.colour import smoothstep

THIN, THICK = 0.003, 0.030  # metres of hair over the skull
NAPE_BELOW_EYES = 0.062  # metres: the hairline of the nape is level with the mouth
# The scalp seen from the side, metres behind and above the eyes: forehead, temple, sideburn, round the ear, nape,
# and back over the crown. Drawn on the template's profile.
HAIRLINE = (
    (-0.05, 0.066), (0.004, 0.062), (0.018, 0.054), (0.030, 0.042), (0.030, 0.028), (0.040, 0.014),
    (0.046, 0.000), (0.048, -0.022), (0.058, -0.022), (0.061, -0.004), (0.066, 0.006), (0.076, 0.009),
    (0.088, 0.004), (0.094, -0.012), (0.094, -0.030), (0.098, -0.046), (0.108, -0.062), (0.124, -0.070),
    (0.21, -0.076), (0.21, 0.21), (-0.05, 0.21),
)  # fmt: skip
STEP = 0.001  # metres of the grid on which the distance to the hairline is read
# Metres inside the hairline where hair begins and where it is full.
THINNEST, FULL = -0.004, 0.005
RISE = (0.0006, 0.0022)  # metres of the undercoat over the skin, at the hairline and inside
UNDER, COVERED = 0.002, 0.02  # metres under and over the skin between which solid hair is looked for


SUNK = 0.0015  # metres under the skin where the undercoat is not needed


@dataclass(frozen=True)
class Undercoat:
    """points (V, 3) world metres, triangles (T, 3), inside (V,) metres inside the hairline."""

    points: np.ndarray
    triangles: np.ndarray
    inside: np.ndarray


def inside_hairline(template: Template) -> np.ndarray:
    """Metres (V,) from the hairline to each vertex of the template, in the side view; negative on bare skin."""
    eyes = np.mean([template.positions[template.joints[f"eye_{side}"]].mean(axis=0) for side in ("left", "right")], 0)
    size, origin = round(0.42 / STEP), -0.21
    grid = np.zeros((size, size), np.uint8)
    line = (np.array(HAIRLINE) - origin) / STEP
    cv2.fillPoly(grid, [np.round(line).astype(np.int32)], 1)
    field = (np.asarray(distance_transform_edt(grid)) - np.asarray(distance_transform_edt(1 - grid))) * STEP
    at = (template.positions[:, 1:] - eyes[1:] - origin) / STEP
    return map_coordinates(field, at[:, ::-1].T, order=1, mode="nearest")


def growth(inside: np.ndarray) -> np.ndarray:
    """How dense hair stands (N,) 0..1 at these distances inside the hairline (metres)."""
    return smoothstep(inside, THINNEST, FULL)


def scalp_inside(points: np.ndarray, template: Template, rest: np.ndarray) -> np.ndarray:
    """Metres inside the hairline (N,) of the scalp that is nearest to world points (N, 3)."""
    head = np.unique(template.faces[template.region == 0])
    distance, near = KDTree(rest[head]).query(points, k=3)
    weight = 1 / np.maximum(distance, 1e-4)
    return (inside_hairline(template)[head][near] * weight).sum(axis=1) / weight.sum(axis=1)


def build_undercoat(
    template: Template, rest: np.ndarray, solid: np.ndarray, triangles: np.ndarray, painted: np.ndarray
) -> Undercoat:
    """The scalp of the head in its rest pose (V, 3), four times as fine and lifted off the skin, without the ears.

    It stays under the solid hair, points (N, 3) and triangles (M, 3): a ledge over it would draw a dark line; and
    under the skin, as far as that shows the photo's own hair, painted (V,) 0..1.
    """
    cover = RayScene(solid, triangles)
    inside = inside_hairline(template)
    points, normals, triangles, facts = fine_scalp(template, rest, np.column_stack([inside, painted]))
    inside, painted = facts.T
    lift = RISE[0] + (RISE[1] - RISE[0]) * smoothstep(inside, 0.0, 0.02)
    above = cover.cast(points - UNDER * normals, normals).distance - UNDER
    under = np.minimum(lift, np.maximum(above - 0.0006, 0.0002))
    lift = np.where((above > 0) & (above < COVERED), under, lift)
    lift = lift - (lift + SUNK) * painted
    return Undercoat(points + lift[:, None] * normals, triangles, inside)


def fine_scalp(
    template: Template, rest: np.ndarray, facts: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The scalp of a head (V, 3), four times as fine, without the ears: points (N, 3), normals (N, 3), triangles (T, 3)
    and the facts (N, F); facts: (V, F) of the template's vertices, the first of them metres inside the hairline."""
    inside = facts[:, 0]
    ears = np.zeros(len(rest), bool)
    ears[ear_rows(template)] = True
    ears &= inside < 0  # the sliders also move scalp behind the ear
    faces = template.faces[template.region == 0]
    faces = faces[(inside[faces] > -0.012).any(axis=1) & ~ears[faces].all(axis=1)]
    skin = triangulate(template.faces[template.region <= 1])
    rows, triangles = np.unique(triangulate(faces), return_inverse=True)
    triangles = triangles.reshape(-1, 3)
    values = np.concatenate([rest, vertex_normals(rest, skin), facts], axis=1)[rows]
    for _ in range(2):
        values, triangles = _halve(values, triangles)
    return values[:, :3], values[:, 3:6], triangles, values[:, 6:]


def lift_scalp(
    template: Template, rest: np.ndarray, shift: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An undercoat under hair that no photo shows: points (N, 3), triangles (T, 3) and metres inside the hairline (N,),
    to which ``shift`` (V,) is added."""
    inside = inside_hairline(template) + shift
    points, normals, triangles, facts = fine_scalp(template, rest, inside[:, None])
    lift = RISE[0] * (0.5 + smoothstep(facts[:, 0], 0.0, 0.02))
    return points + lift[:, None] * normals, triangles, facts[:, 0]


def _halve(values: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split each triangle into four. values (V, 6 + N): point, unit normal, and what is interpolated.

    New points bulge out to the tangent planes of their edge's ends (Boubekeur, Alexa, Phong Tessellation, 2008).
    """
    edges = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    unique, which = np.unique(edges, axis=0, return_inverse=True)
    a, b = values[unique[:, 0]], values[unique[:, 1]]
    middle = (a + b) / 2
    span = (a - b)[:, :3] / 2
    sag = np.einsum("ed,ed->e", span, a[:, 3:6])[:, None] * a[:, 3:6]
    sag = sag - np.einsum("ed,ed->e", span, b[:, 3:6])[:, None] * b[:, 3:6]
    middle[:, :3] += 0.375 * sag
    middle[:, 3:6] /= np.maximum(np.linalg.norm(middle[:, 3:6], axis=1, keepdims=True), 1e-9)
    ab, bc, ca = (which.reshape(-1, 3) + len(values)).T
    i, j, k = triangles.T
    split = np.stack([[i, ab, ca], [ab, j, bc], [ca, bc, k], [ab, bc, ca]])
    return np.concatenate([values, middle]), split.transpose(2, 0, 1).reshape(-1, 3)


def clear_skull(points: np.ndarray, hair: np.ndarray, template: Template, rest: np.ndarray) -> np.ndarray:
    """Lift points (V, 3) of hair that lie in or too near the skull, away from its middle; thinner at the nape."""
    ears = np.zeros(len(rest), bool)
    ears[ear_rows(template)] = True
    eyes = (eyeball(template, rest, "left")[0] + eyeball(template, rest, "right")[0]) / 2
    middle = skull_middle(template, rest, ears, eyes)
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


def ear_rows(template: Template) -> np.ndarray:
    """Vertices of the two ears: those that the ears' own sliders move."""
    names = [k for k, name in enumerate(template.slider_names) if "ear-" in name]
    travel = np.linalg.norm(template.slider_deltas[names], axis=2).max(axis=0)
    return np.flatnonzero(travel > 0.35 * travel.max())


def skull_middle(template: Template, rest: np.ndarray, ears: np.ndarray, eyes: np.ndarray) -> np.ndarray:
    """The skull's middle (3,): where it is widest, above the eyes."""
    skull = np.unique(template.faces[template.region == 0])
    skull = skull[~ears[skull] & (rest[skull, 2] > eyes[2] + 0.02)]
    widest = skull[np.argsort(np.abs(rest[skull, 0] - eyes[0]))[-40:]]
    return np.array([eyes[0], rest[widest, 1].mean(), eyes[2] + 0.03])
