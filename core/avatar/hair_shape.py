# SPDX-License-Identifier: GPL-3.0-or-later
"""The hair's geometry: a solid fitted to its outline in the photo, the undercoat on the scalp, and soft edges.

The solid (hair_fields.py, hair_mesh.py) goes round crown, sides and back without seams; the undercoat
(hair_scalp.py) takes short hair to its hairline; cards (hair_cards.py) draw the wisps that stand off the outline.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from scipy.spatial import KDTree

from core.avatar.fit import Fit, project
from core.avatar.hair_canvas import Canvas
from core.avatar.hair_cards import photo_cards, rim_cards
from core.avatar.hair_ends import FREE, over_edge
from core.avatar.hair_fields import (
    Fields,
    back_depth,
    curtain,
    front_depths,
    look_up,
    measure,
    to_world,
)
from core.avatar.hair_line import skin_shows_hair
from core.avatar.hair_mesh import mesh_solid, reflection
from core.avatar.hair_scalp import build_undercoat, clear_skull, ear_rows, growth, scalp_inside
from core.avatar.rays import RayScene, triangulate, vertex_normals
from core.avatar.template import Template, eyeball
from core.colour import smoothstep

TURNED = 0.10  # sine of the head's turn from the camera from which on its far side is mirrored
# Cosines between which the photo's view of a surface comes to be believed.
GRAZING = (0.08, 0.2)
OUTLINED = (0.05, 0.2)  # the same for where hair ends, which is told at a flatter angle than its colour
TOLD = (0.28, 0.42)  # and where it ends on the other side of the head, which hides there what the photo has here
OPPOSITE = 0.02  # metres to the mirror image of what tells it
CLEAR = 0.004  # metres off the surface from which it is asked whether the camera sees it
# Hair that stands off the head by these metres does not thin out at the hairline, down to so far outside it: one
# would see into the dark hollow behind it.
STANDS_OFF, HANGS = (0.005, 0.012), (-0.035, -0.025)
BURIED = 0.02  # metres under the skin from which on nothing of the solid is kept
ACROSS = 0.10  # metres that no hair stands off the skull
ENDS = 0.035  # metres over which the lower end of long hair thins out
CHIN_BELOW_EYES = 0.11


@dataclass(frozen=True)
class HairVolume:
    """A triangle mesh in world metres: points (V, 3), triangles (T, 3).

    canvas: (V, 2) its pixels; share: (V,) of hair in the photo there; seen: (V,) 0..1 how well the photo shows the
    point's colour; facing: (V,) cosine to the camera, whatever hides it, and rounded: (V,) of the round skull under
    it; outlined: (V,) how well it shows whether it is hair; density: (V,) alpha 0..1 where it does not.
    over: (V,) metres over the lower edge, where it stands off the head (hair_ends.py).
    kind: (T,) SOLID, UNDERCOAT, PHOTO_CARD, or RIM_CARD; of the last, canvas holds metres along and off the rim.
    """

    points: np.ndarray
    triangles: np.ndarray
    canvas: np.ndarray
    share: np.ndarray
    seen: np.ndarray
    facing: np.ndarray
    rounded: np.ndarray
    outlined: np.ndarray
    density: np.ndarray
    over: np.ndarray
    kind: np.ndarray


SOLID, UNDERCOAT, PHOTO_CARD, RIM_CARD = range(4)


def build_volume(
    canvas: Canvas, hair: np.ndarray, fit: Fit, template: Template, rest: np.ndarray, cloth: bool
) -> HairVolume:
    """hair: (h, w) 0..1 on the canvas; rest: (V, 3) the head that wears it; cloth: a hat or scarf, which has neither
    undercoat nor soft rim."""
    fields = measure(canvas, hair, fit, template, rest)
    solid, pixels, world, buried = _solid(canvas, hair, fields, fit, template, rest)
    density, over = _density(world, template, rest, bool(curtain(fields).any()), cloth)
    parts = [(world, solid, pixels, density, SOLID)]
    if not cloth:
        coat = build_undercoat(template, rest, world, solid, skin_shows_hair(template, rest, fit))
        coat_pixels = canvas.from_photo(project(coat.points, fit.rotation, fit.translation, fit.camera))
        parts.append((coat.points, coat.triangles, coat_pixels, growth(coat.inside), UNDERCOAT))
    volume = _join(parts, canvas, hair, fit, template, rest)
    if not cloth:
        volume = _mirror_hairline(volume, template, rest)
    volume.density[: len(world)][buried] = 0.0  # it would show at the skin's border
    volume.over[: len(world)] = over
    volume = _without_bare(volume)
    card_pixels, card_depth, card = photo_cards(canvas, hair, fields, pixels[solid])
    cards = [(to_world(canvas, card_pixels, card_depth, fit), card, card_pixels, PHOTO_CARD)]
    if not cloth:
        rim = rim_cards(volume.points, volume.triangles, volume.density, template, rest, canvas, fit)
        cards.append((rim.points, rim.triangles, rim.along, RIM_CARD))
    return _append(volume, cards)


def _solid(
    canvas: Canvas, hair: np.ndarray, fields: Fields, fit: Fit, template: Template, rest: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Triangles (T, 3), canvas pixels (V, 2) and world points (V, 3) of the meshed solid, and which (V,) lie under the
    skin."""
    front, back = front_depths(fields), back_depth(fields)
    eyes = (eyeball(template, rest, "left")[0] + eyeball(template, rest, "right")[0]) / 2
    turned = abs(float((fit.rotation @ [1.0, 0.0, 0.0])[2])) > TURNED
    mirror = reflection(canvas, fields.step, fit, float(eyes[0])) if turned else None
    points, triangles = mesh_solid(fields, front, back, mirror)
    pixels = (points[:, :2] + 0.5) * fields.step
    world = to_world(canvas, pixels, points[:, 2], fit)
    depth_front = look_up(np.where(fields.hair > 0.3, *front), points[:, :2] + 0.5)
    facing = np.abs(points[:, 2] - depth_front) < 2.5 * fields.cell
    # Faces deep under the skin are dropped; of a turned head the mirrored side lies among them.
    skin = look_up(np.isfinite(fields.skin_front).astype(float), points[:, :2] + 0.5) > 0.99
    hidden = facing & skin & (look_up(hair, pixels) < 0.1) & (not turned)
    # What lies under the face's skin stays there.
    behind = points[:, 2] > look_up(fields.plane, points[:, :2] + 0.5) + 0.01
    within = look_up(cv2.erode(fields.hair, np.ones((5, 5), np.uint8)), points[:, :2] + 0.5) > 0.5
    world = clear_skull(world, behind | within, template, rest)
    depth = _depth(world, template, rest)
    hidden |= depth > BURIED
    rows, kept = np.unique(triangles[~hidden[triangles].all(axis=1)], return_inverse=True)
    return kept.reshape(-1, 3), pixels[rows], world[rows], depth[rows] > 0


def _density(
    world: np.ndarray, template: Template, rest: np.ndarray, long: bool, cloth: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Density (V,) of the solid where the photo does not show it, and metres (V,) over its lower edge.

    Short hair ends on the scalp at the hairline, and is whole wherever it stands off the head; long hair thins out
    at its lower ends.
    """
    if long:
        return np.ones(len(world)) if cloth else _ends(world, template, rest), np.full(len(world), FREE)
    inside = scalp_inside(world, template, rest)
    head = RayScene(rest, triangulate(template.faces[template.region == 0]))
    off = head.cast(world, -_outward(world, template, rest)).distance
    off = np.where(off < ACROSS, off, 0.0)  # from within the head the next skin is the other side's
    density = np.maximum(growth(inside), smoothstep(off, *STANDS_OFF) * smoothstep(inside, *HANGS))
    if cloth:
        return density, np.full(len(world), FREE)
    return density, over_edge(world - _middle(template, rest), density > 0.5, off)


def _outward(world: np.ndarray, template: Template, rest: np.ndarray) -> np.ndarray:
    """Unit directions (V, 3) away from the middle of the head."""
    away = world - _middle(template, rest)
    return away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)


def _middle(template: Template, rest: np.ndarray) -> np.ndarray:
    """The middle (3,) of the head."""
    eyes = (eyeball(template, rest, "left")[0] + eyeball(template, rest, "right")[0]) / 2
    return eyes + np.array([0.0, 0.08, 0.02])


def _depth(world: np.ndarray, template: Template, rest: np.ndarray) -> np.ndarray:
    """Metres (V,) from points within the head out to its skin; 0 outside it and below the chin."""
    ears = np.zeros(len(rest), bool)
    ears[ear_rows(template)] = True
    skin = template.faces[(template.region == 0) & ~ears[template.faces].all(axis=1)]
    eyes = (eyeball(template, rest, "left")[0] + eyeball(template, rest, "right")[0]) / 2
    distance = RayScene(rest, triangulate(skin)).cast(world, _outward(world, template, rest)).distance
    within = np.isfinite(distance) & (world[:, 2] > eyes[2] - CHIN_BELOW_EYES)
    return np.where(within, distance, 0.0)


def _ends(world: np.ndarray, template: Template, rest: np.ndarray) -> np.ndarray:
    """Share (V,) that is left of long hair near its lowest point."""
    eyes = (eyeball(template, rest, "left")[0] + eyeball(template, rest, "right")[0]) / 2
    low = world[:, 2].min()
    if low > eyes[2] - CHIN_BELOW_EYES:
        return np.ones(len(world))
    return smoothstep(world[:, 2] - low, 0.0, ENDS)


def _join(
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]],
    canvas: Canvas,
    hair: np.ndarray,
    fit: Fit,
    template: Template,
    rest: np.ndarray,
) -> HairVolume:
    """One volume of parts (points, triangles, canvas pixels, density, kind), and how well the photo shows it."""
    start = np.cumsum([0] + [len(part[0]) for part in parts])
    points = np.concatenate([part[0] for part in parts])
    triangles = np.concatenate([part[1] + first for part, first in zip(parts, start, strict=False)])
    pixels = np.concatenate([part[2] for part in parts])
    normals = np.concatenate([vertex_normals(part[0], part[1]) for part in parts])
    towards = -fit.rotation.T @ fit.translation - points
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    facing = np.einsum("vd,vd->v", normals, towards)
    # The undercoat hides nothing.
    skin = triangulate(template.faces[template.region <= 1])
    blockers = RayScene(np.concatenate([rest, parts[0][0]]), np.concatenate([skin, parts[0][1] + len(rest)]))
    open_view = blockers.cast(points + CLEAR * (normals + towards) / 2, towards).triangle < 0
    # Where no skin is behind it nothing else fills the outline, and one would look into the dark of the solid.
    backed = RayScene(rest, skin).cast(points + towards, -towards).triangle >= 0
    size = np.array(hair.shape[::-1])
    inside = np.all((pixels > 1) & (pixels < size - 1), axis=1)
    density = np.concatenate([part[3] for part in parts])
    share = look_up(hair, pixels) * inside
    return HairVolume(
        points,
        triangles,
        pixels,
        share,
        smoothstep(facing, *GRAZING) * open_view * inside,
        facing,
        np.einsum("vd,vd->v", _outward(points, template, rest), towards),
        smoothstep(facing, *OUTLINED) * open_view * inside * backed,
        density,
        np.full(len(points), FREE),
        np.concatenate([np.full(len(part[1]), part[4]) for part in parts]),
    )


def _mirror_hairline(volume: HairVolume, template: Template, rest: np.ndarray) -> HairVolume:
    """The volume with hair wherever the other side has it, as far as the photo shows that one but not this."""
    middle = (eyeball(template, rest, "left")[0] + eyeball(template, rest, "right")[0])[0] / 2
    known = volume.outlined * smoothstep(volume.facing, *TOLD)
    told, unsure = np.flatnonzero(known > 0), np.flatnonzero(volume.outlined < 1)
    if not len(told):
        return volume
    mirrored = volume.points[unsure] * [-1, 1, 1] + [2 * middle, 0, 0]
    away, near = KDTree(volume.points[told]).query(mirrored, distance_upper_bound=OPPOSITE)
    there = np.isfinite(away)
    unsure, other = unsure[there], told[np.asarray(near)[there]]
    density = volume.density.copy()
    density[unsure] = np.maximum(density[unsure], volume.share[other] * known[other])
    return replace(volume, density=density)


def _without_bare(volume: HairVolume) -> HairVolume:
    """Without undercoat on bare skin; elsewhere it stays under the solid too, since its edge would show as a line."""
    bare = (np.maximum(volume.density, volume.share * volume.outlined) < 0.03)[volume.triangles].all(axis=1)
    keep = (volume.kind != UNDERCOAT) | ~bare
    return replace(volume, triangles=volume.triangles[keep], kind=volume.kind[keep])


def _append(volume: HairVolume, cards: list[tuple[np.ndarray, np.ndarray, np.ndarray, int]]) -> HairVolume:
    """The volume and cards (points, triangles, canvas pixels, kind), which only show what lies in their picture."""
    points, triangles, pixels = [volume.points], [volume.triangles], [volume.canvas]
    count, kinds = len(volume.points), [volume.kind]
    for card_points, card_triangles, card_pixels, kind in cards:
        triangles.append(card_triangles + count)
        points.append(card_points)
        pixels.append(card_pixels)
        kinds.append(np.full(len(card_triangles), kind))
        count += len(card_points)
    more = np.ones(count - len(volume.points))
    joined = np.concatenate(triangles)
    rows, renumbered = np.unique(joined, return_inverse=True)

    def on(values: np.ndarray) -> np.ndarray:
        return np.concatenate([values, more])[rows]

    return HairVolume(
        np.concatenate(points)[rows],
        renumbered.reshape(-1, 3),
        np.concatenate(pixels)[rows],
        on(volume.share),
        on(volume.seen),
        on(volume.facing),
        on(volume.rounded),
        on(volume.outlined),
        on(volume.density),
        on(volume.over),
        np.concatenate(kinds),
    )
