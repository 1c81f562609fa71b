# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin of a synthetic person: colour, relief and gloss, painted where they lie on the template's face.

Broad shades are fields in space, so that no seam of the map shows; fine ones are a tile that goes round the head
(detail.py); hair is drawn stroke by stroke (growth.py).
"""

from __future__ import annotations

import cv2
import numpy as np

from core.avatar.detail import lay_tile, relief_map, roughness_map
from core.avatar.lips import lip_depth
from core.avatar.parts import Material
from core.avatar.repair import find_places
from core.avatar.rings import VERMILION_RING
from core.avatar.skin import BODY_TEXTURE, COARSE, MOUTH_COLOR
from core.avatar.template import Template
from core.avatar.texture import enlarge
from core.avatar.unwrap import BODY_CHART, HEAD_CHART, chart_texels
from core.colour import smoothstep, to_srgb
from core.people.creases import creases
from core.people.growth import Growth, grow
from core.people.noise import SkinTile, Space, make_tile
from core.people.regions import Regions, find_regions
from core.people.sliders import Looks
from core.people.spots import melanin_spots
from core.people.tone import shade

# Uneven pigment and blood: metres between their bumps, and how strong.
MOTTLING = ((0.030, 0.055, 0.09), (0.011, 0.034, 0.08), (0.0045, 0.026, 0.07), (0.0018, 0.020, 0.045))
# The tile's parts as melanin where they are in full.
GRAIN, PORES, FURROWS = 0.075, 0.50, 0.08
TILE_SHARE = 1.05  # texels of the tile a texel of the map: inside the face both are about as large
# And as height, of 128 for the skin's level.
PORE_DEPTH, FURROW_DEPTH, GRAIN_HEIGHT = 72.0, 34.0, 9.0
# Of 255 of roughness: how much less than a photo's skin has, which holds its own shine; patches of oil by their size in
# metres; and more for each step of a pore's depth.
GLOSSIER, OIL, PORE_ROUGH = -8.0, ((0.020, 13.0), (0.006, 11.0), (0.0024, 9.0)), 1.4
DEEPER, DEEPEST = 0.8, 0.2  # by how much more the darkest skin's pigment differs by place, up to which amount
LIP_COLOURS = (0.75, 1.3)  # of the blood in the lips: least and most
LIP_FOLDS, LIP_RELIEF, CREASE_DEPTH = 0.10, 26.0, 60.0


def paint_skin(looks: Looks, template: Template, size: int) -> tuple[Material, ...]:
    """Materials skin, body and mouth; size: texels along the head's picture."""
    tile, space = make_tile(looks.random("tile")), Space(looks.random("mottling"))
    places = find_places(template)
    grown = grow(looks, template, size)
    head = _paint(looks, template, HEAD_CHART, size, (tile, space), grown)
    body = _paint(looks, template, BODY_CHART, BODY_TEXTURE, (tile, space), None)
    texels = chart_texels(HEAD_CHART, COARSE)
    shiny = np.zeros((COARSE, COARSE), np.float32)
    rough = roughness_map(texels, places, shiny, cv2.resize(np.maximum(grown.scalp, grown.cover), (COARSE, COARSE)))
    maps = {"normal": head[1], "roughness": _uneven_gloss(rough, head[2], find_regions(HEAD_CHART).at, space)}
    return (
        Material("skin", "skin", head[0], maps=maps, painted=True),
        Material("body", "skin", body[0], painted=True),
        Material("mouth", "mouth", color=MOUTH_COLOR),
    )


def _paint(
    looks: Looks, template: Template, chart: int, size: int, chance: tuple[SkinTile, Space], grown: Growth | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Picture (size, size, 3) uint8 sRGB of a chart, its normals at half the size, and its height, 128 being level."""
    tile, space = chance
    regions = find_regions(chart)
    melanin, blood = _broad(looks, regions, space)
    creased = creases(regions.at, looks.numbers["age"])
    melanin, blood = melanin + 0.16 * creased, blood + 0.12 * creased
    where = np.stack(np.meshgrid(*2 * (np.arange(size, dtype=np.float32),)), axis=-1) * np.float32(TILE_SHARE)
    grain, pores, furrows = (lay_tile(part, where) for part in (tile.grain, tile.pores, tile.furrows))
    porous, lips = enlarge(regions.porous, size), enlarge(_lips(template, chart), size)
    ageing = 0.6 + 0.8 * looks.numbers["age"]
    bare = 1 - lips
    fine = GRAIN * grain + ageing * bare * (PORES * porous * pores + FURROWS * furrows)
    folds = _lip_folds(looks, enlarge(regions.at, size))
    fine += LIP_FOLDS * lips * folds
    dark = enlarge(melanin, size) + fine
    red = enlarge(blood, size) + 0.35 * fine
    if chart == HEAD_CHART:
        dark += melanin_spots(looks, size)
        dark, red = _colour_lips(looks, lips, space, regions, dark, red)
    colour = shade(looks.numbers["skin"], dark, red)
    height = 128 + GRAIN_HEIGHT * grain - ageing * bare * (PORE_DEPTH * porous * pores + FURROW_DEPTH * furrows)
    height = height - LIP_RELIEF * lips * folds - CREASE_DEPTH * enlarge(creased, size)
    amount = np.ones((COARSE, COARSE), np.float32)
    if grown is not None:
        colour = grown.over(colour)
        amount = 1 - 0.85 * cv2.resize(np.maximum(grown.cover, grown.scalp), (COARSE, COARSE))
    level = np.clip(cv2.resize(height, (size // 2,) * 2, interpolation=cv2.INTER_AREA), 0, 255)
    level = np.round(level).astype(np.uint8)
    return to_srgb(colour), relief_map(np.dstack([level] * 3), amount), level


def _uneven_gloss(rough: np.ndarray, level: np.ndarray, places: np.ndarray, space: Space) -> np.ndarray:
    """Roughness (n, n) uint8 of a skin whose oil lies in patches and which is dull in its pores.

    rough: the even one; level: height, 128 being level; places: (n, n, 3) metres from between the eyes.
    """
    pored = np.clip(128 - cv2.resize(level, rough.shape[::-1], interpolation=cv2.INTER_AREA).astype(np.float32), 0, 60)
    oily = sum(amount * space.at(places, size) for size, amount in OIL)
    return np.round(np.clip(rough + GLOSSIER + oily + PORE_ROUGH * pored, 40, 255)).astype(np.uint8)


def _broad(looks: Looks, regions: Regions, space: Space) -> tuple[np.ndarray, np.ndarray]:
    """Melanin and blood (n, n) beyond the base's."""
    redness = 0.45 + 1.6 * looks.numbers["redness"]
    uneven = DEEPER * looks.numbers["skin"] * np.clip(regions.melanin, -DEEPEST, DEEPEST)
    melanin, blood = regions.melanin + uneven, redness * regions.blood
    beard = 0.10 * max(looks.numbers["masculine"], 0.0) * regions.beard
    melanin, blood = melanin + beard, blood - 0.6 * beard
    for size, brown, red in MOTTLING:
        melanin += brown * space.at(regions.at, size)
        blood += red * redness * (0.6 + 0.8 * np.clip(regions.blood, 0, 1)) * space.at(regions.at, size)
    return melanin.astype(np.float32), blood.astype(np.float32)


def _lips(template: Template, chart: int) -> np.ndarray:
    """Share of vermilion (n, n)."""
    if chart != HEAD_CHART:
        return np.zeros((COARSE, COARSE), np.float32)
    depth = lip_depth(template, chart_texels(chart, COARSE))
    return (1 - smoothstep(depth, VERMILION_RING - 1.6, VERMILION_RING + 0.4)).astype(np.float32)


def _lip_folds(looks: Looks, at: np.ndarray) -> np.ndarray:
    """Fine upright folds (N, N) 0..1 of the lips; at: metres from between the eyes."""
    random = looks.random("lips")
    knots = np.clip(random.standard_normal(128), -1.5, 2.2)
    wavy = at[..., 0] + 0.0006 * np.sin(at[..., 2] * 900 + 40 * at[..., 0])
    return np.clip(np.interp(np.abs(wavy + 0.03) / 0.00055, np.arange(128), knots), 0, 2).astype(np.float32) * 0.5


def _colour_lips(
    looks: Looks, lips: np.ndarray, space: Space, regions: Regions, dark: np.ndarray, red: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Melanin and blood (N, N) with the vermilion of the lips, (N, N) 0..1."""
    patch = enlarge(space.at(regions.at, 0.006), len(lips))
    upper = enlarge(smoothstep(regions.at[..., 2], -0.0700, -0.0660).astype(np.float32), len(lips))
    skin = looks.numbers["skin"]
    full = 1.05 + 0.22 * upper + 0.10 * patch - 0.30 * max(looks.numbers["masculine"], 0.0)
    full = full * float(looks.random("lip colour").uniform(*LIP_COLOURS))
    deep = 0.13 + 0.12 * upper + 0.45 * skin * (0.4 + upper)
    soft = np.clip(lips + 0.06 * patch * lips * (1 - lips) * 4, 0, 1)
    return dark + soft * (deep - 0.3 * dark), red + soft * (full * (1 + 0.15 * skin) - 0.5 * red)
