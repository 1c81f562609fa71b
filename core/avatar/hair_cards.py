# SPDX-License-Identifier: GPL-3.0-or-later
"""Flat cards that give the hair a soft edge: the photo's own wisps in its view, and rims that show in other views.

A rim card stands on the hair in a plane through the skull's axis, as fins do on fur (Lengyel et al., Real-Time Fur
over Arbitrary Surfaces, 2001). Seen from the front it is a line on hair of its own colour; where the hair turns
away from the viewer it is seen flat and shows a strip of the outline that the photo has.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d

from core.avatar.fit import Fit, project
from core.avatar.hair_canvas import Canvas
from core.avatar.hair_fields import Fields, look_up
from core.avatar.raster import cover
from core.avatar.rays import RayScene
from core.avatar.template import Template, eyeball

WISP = 0.08  # alpha from which on a wisp outside the outline is worth a card
# Rim cards: degrees from straight back at which their planes stand, metres under and over the surface, and degrees
# up from the level of the skull's middle between their points.
PLANES = np.array([k for k in range(-78, 79, 12)], float)
FOOT, TIP = 0.004, 0.008
CLIMB = np.arange(-40.0, 91.0, 2.5)
SKULL_BACK, SKULL_UP = 0.085, 0.02  # metres from between the eyes to the skull's middle
JUMP = 0.010  # metres between neighbours across which no card is stretched


@dataclass(frozen=True)
class Cards:
    """points (V, 3) world metres, triangles (T, 3), along (V, 2) metres along the rim and off the surface."""

    points: np.ndarray
    triangles: np.ndarray
    along: np.ndarray


def photo_cards(
    canvas: Canvas, hair: np.ndarray, fields: Fields, solid: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Flat cards in the head's middle plane for the wisps outside the solid, whose triangles (T, 3, 2) are in
    canvas pixels: canvas pixels (N, 2), depth (N,) and triangles (T, 3); the picture's alpha draws the wisps."""
    step = fields.step
    strongest = cv2.resize(cv2.dilate(hair, np.ones((round(step),) * 2, np.uint8)), fields.hair.shape[::-1])
    background = cv2.resize(canvas.matte, fields.hair.shape[::-1], interpolation=cv2.INTER_AREA) < 0.9
    # Smoothing rounds the solid's corners off: what it leaves open there would part the wisps from it.
    silhouette = cv2.erode(cover(solid - 0.5, canvas.shape), np.ones((3, 3))).astype(np.float32)
    filled = cv2.resize(silhouette, fields.hair.shape[::-1], interpolation=cv2.INTER_AREA)
    beside_skin = cv2.dilate(np.isnan(fields.skin_front).astype(np.uint8), np.ones((3, 3))) > 0
    wisps = (fields.outline < fields.cell) & background & ~fields.scalp
    cells = (strongest > WISP) & (wisps | ((filled < 0.999) & beside_skin))
    # One cell more, lest a card's own border cuts off what it shows.
    cells = (cv2.dilate(cells.astype(np.uint8), np.ones((3, 3))) > 0) & (strongest > WISP)
    _, parts = cv2.connectedComponents((cells | (fields.outline > 0)).astype(np.uint8), connectivity=4)
    cells &= parts == np.bincount(parts[fields.outline > 0], minlength=1).argmax()
    i, j = np.nonzero(cells)
    corners = np.stack([np.stack([i + di, j + dj], axis=1) for di, dj in ((0, 0), (1, 0), (1, 1), (0, 1))], axis=1)
    nodes, quad = np.unique(corners.reshape(-1, 2), axis=0, return_inverse=True)
    quad = quad.reshape(-1, 4)
    depth = fields.plane[np.clip(nodes[:, 0], 0, len(fields.plane) - 1), 0]
    return nodes[:, ::-1] * step, depth, np.concatenate([quad[:, [0, 1, 2]], quad[:, [0, 2, 3]]])


def rim_cards(
    points: np.ndarray,
    triangles: np.ndarray,
    density: np.ndarray,
    template: Template,
    rest: np.ndarray,
    canvas: Canvas,
    fit: Fit,
) -> Cards:
    """Rim cards on the hair's surface (V, 3), (T, 3), where it is dense (V,) and where they do not leave the outline
    that the photo shows."""
    eyes = (eyeball(template, rest, "left")[0] + eyeball(template, rest, "right")[0]) / 2
    centre = eyes + np.array([0.0, SKULL_BACK, SKULL_UP])
    turn, climb = (grid.ravel() for grid in np.meshgrid(np.radians(PLANES), np.radians(CLIMB), indexing="ij"))
    away = np.stack([np.sin(turn) * np.cos(climb), np.cos(turn) * np.cos(climb), np.sin(climb)], axis=1)
    hits = RayScene(points, triangles).cast(centre + 0.4 * away, -away)
    met = hits.triangle >= 0
    radius = np.where(met, 0.4 - hits.distance, 0.0)
    dense = np.einsum("nk,nk->n", hits.barycentric, density[triangles[hits.triangle]]) > 0.8
    root, tip = centre + (radius - FOOT)[:, None] * away, centre + (radius + TIP)[:, None] * away
    pixels = canvas.from_photo(project(tip, fit.rotation, fit.translation, fit.camera))
    good = met & dense & (look_up(canvas.matte, pixels) > 0.9)
    shape = (len(PLANES), len(CLIMB))
    surface = (centre + radius[:, None] * away).reshape(*shape, 3)
    length = np.linalg.norm(np.diff(surface, axis=1), axis=2)
    along = np.concatenate([np.zeros((shape[0], 1)), np.cumsum(np.minimum(length, JUMP), axis=1)], axis=1)
    along += (0.137 * np.arange(shape[0]))[:, None]  # no two cards show the same strip
    rows = np.arange(len(turn)).reshape(shape)
    whole = good.reshape(shape)
    linked = whole[:, :-1] & whole[:, 1:] & (length < JUMP)
    a, b = rows[:, :-1][linked], rows[:, 1:][linked]
    quads = np.stack([a, b, b + len(turn), a + len(turn)], axis=1)
    strip = np.concatenate([along.reshape(-1, 1), np.full((len(turn), 1), -FOOT)], axis=1)
    outer = np.concatenate([along.reshape(-1, 1), np.full((len(turn), 1), TIP)], axis=1)
    used, cards = np.unique(np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]), return_inverse=True)
    return Cards(
        np.concatenate([root, tip])[used], cards.reshape(-1, 3), np.concatenate([strip, outer])[used]
    )


def rim_strip(canvas: Canvas, hair: np.ndarray, metres: float, size: tuple[int, int]) -> np.ndarray:
    """Alpha (h, w) of the photo's outline rolled out: along it from left to right, row 0 at TIP, the last at FOOT.

    metres: the strip's length; taken from where hair meets the background above the chin, mirrored back and forth.
    """
    pixel = 0.062 / canvas.iod  # metres
    inside = (hair > 0.5).astype(np.uint8)
    outlines, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(outlines, key=len)[:, 0, :].astype(np.float64) + 0.5
    ahead = np.roll(outline, -3, axis=0) - np.roll(outline, 3, axis=0)
    ahead = gaussian_filter1d(ahead, 0.06 * canvas.iod, axis=0, mode="wrap")
    normal = np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
    out = look_up(hair, outline + 4 * normal) < look_up(hair, outline - 4 * normal)
    normal[~out] *= -1
    free = look_up(canvas.matte, outline + 0.1 * canvas.iod * normal) < 0.5
    outline, normal = (outline[free], normal[free]) if free.sum() > 8 else (outline, normal)
    count = max(round(metres / pixel), 2)
    back_and_forth = np.concatenate([np.arange(len(outline)), np.arange(len(outline))[::-1]])
    take = np.resize(back_and_forth, count)
    off = np.linspace(TIP, -FOOT, size[1]) / pixel
    at = outline[take][None] + off[:, None, None] * normal[take][None]
    strip = look_up(hair, at.reshape(-1, 2)).reshape(size[1], count)
    return cv2.resize(strip.astype(np.float32), size, interpolation=cv2.INTER_AREA)
