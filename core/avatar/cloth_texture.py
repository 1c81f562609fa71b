# SPDX-License-Identifier: GPL-3.0-or-later
"""The clothes' picture, with an alpha that ends at the collar and at the bust's lower edge.

What the photo shows is the photo. The rest continues what lies beside the neck at the same distance from the
clothes' border (a shirt's collar over a jacket goes on round the neck), then the outer garment's colour, with
patches of its own weave laid over each other. All but the colours is worked out on a coarse grid of texels.
"""

from __future__ import annotations

import cv2
import numpy as np

from core.avatar.clothes import RIM, Garment
from core.avatar.fit import Fit, project
from core.avatar.landmarks import eye_distance
from core.avatar.parts import Material
from core.avatar.texture import enlarge
from core.avatar.unwrap import rasterise_faces
from core.avatar.view import MASK_RANGE
from core.colour import smoothstep
from core.portrait import Portrait
from core.push_pull import push_pull
from core.sampling import sample

SIZE, COARSE = 1024, 512
# The border of what is believed is drawn in by this much, in eye distances: it is mixed with what lies beyond.
MIXED = 0.035
# Metres over which the cloth's mask goes from 0 to 1 in the photo, half the width of the picture's edge, and the trust
# from which on the photo says where the cloth ends, and does so alone.
MASK_RAMP, SOFT, SHOWN = 0.0018, 0.0007, (0.05, 0.4)
# Weight of the likely colour beside what is seen; push-pull makes it four times as large a level, so that it
# rules beyond about 8 texels of the coarse grid (1 cm).
PRIOR_TRUST = 1e-2
# Distances from the cloth's border (metres) by which the hidden part of a collar is coloured.
COLLAR_STEP, COLLAR_DEPTH = 0.003, 0.06
COLLAR_ASIDE = 0.035  # metres from the body's middle: nearer, ties and shirts are seen
COLLAR_BEHIND = 0.5  # behind the neck a collar is that much lower than at its sides
LEAST_SEEN, LEAST_BAND = 400, 40  # texels of the coarse grid
PATCH, SEED = 64, 4  # texels of a patch of cloth
ALIKE = 0.15  # colour difference (sRGB) within which cloth belongs to the outer garment


def paint_clothes(portrait: Portrait, fit: Fit, garment: Garment, body: Material) -> Material:
    """Material ``clothes`` (RGBA) on the bust's chart; body: the bust's skin on the same chart, which shows through
    where a bare chest ends."""
    texels = rasterise_faces(garment.faces, garment.uv, COARSE)
    flat = project(garment.positions, fit.rotation, fit.translation, fit.camera)
    fields = [garment.edge, garment.fade, garment.bare, garment.trust, np.abs(garment.positions[:, 0]), *flat.T]
    edge, fade, bare, trust, aside, x, y = np.moveaxis(texels.paint(np.stack(fields, axis=1)), -1, 0)
    pixels = np.stack([x, y], axis=-1)
    places = enlarge(pixels, SIZE)
    photo = sample(portrait.image, places)
    colour = cv2.resize(photo, (COARSE, COARSE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    rim = MIXED * eye_distance(portrait.landmarks)
    own = _shrink(portrait.matte, rim) * _shrink(garment.mask.cloth, rim / 2)
    inside = np.all((pixels > 1) & (pixels < np.array(own.shape[::-1]) - 2), axis=-1)
    seen = trust * sample(own, pixels) * inside
    picture = np.asarray(body.image).astype(np.float32) / 255
    if (seen > 0.5).sum() > LEAST_SEEN:
        picture = _complete(photo, colour, seen, edge, aside, picture)
    border = _border(garment, places, enlarge(edge, SIZE), enlarge(smoothstep(trust, *SHOWN) * inside, SIZE))
    cover = np.maximum(smoothstep(border, -SOFT, SOFT), enlarge(bare, SIZE)) * enlarge(fade, SIZE)
    low, high = MASK_RANGE
    alpha = np.where(cover > 0.001, low + cover * (high + 0.02 - low), 0.0)
    picture = np.concatenate([picture, alpha[..., None]], axis=-1)
    return Material("clothes", "cloth", (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))


def _border(garment: Garment, places: np.ndarray, edge: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Metres (SIZE, SIZE) into the cloth from its border: where the photo shows it, just where it does so.

    places: (SIZE, SIZE, 2) photo pixels; edge: as the garment's vertices say; shown: 0..1 how well the photo does.
    """
    cloth, skin = sample(garment.mask.cloth, places), sample(garment.mask.skin, places)
    told = shown * smoothstep(cloth + skin, 0.4, 0.7)
    there = MASK_RAMP * (cloth / np.maximum(cloth + skin, 1e-6) - 0.5)
    # Where it is hidden, the cloth's rolled edge shows whole. Far from any border both say the same.
    return np.clip(edge + RIM, -4 * SOFT, 4 * SOFT) * (1 - told) + there * told


def _complete(
    photo: np.ndarray, colour: np.ndarray, seen: np.ndarray, edge: np.ndarray, aside: np.ndarray, skin: np.ndarray
) -> np.ndarray:
    """Colours (SIZE, SIZE, 3) 0..1 of the clothes; photo: (SIZE, SIZE, 3) uint8, the rest on the coarse grid."""
    prior, outer = _likely_cloth(colour, seen, edge, aside)
    faith = PRIOR_TRUST * (1 - seen)
    total = (seen + faith).astype(np.float32)
    mixed = (colour * seen[..., None] + prior * faith[..., None]) / np.maximum(total, 1e-9)[..., None]
    base = enlarge(push_pull(mixed.astype(np.float32), total), SIZE)
    share = enlarge(np.clip(1.5 * seen, 0, 1), SIZE)
    sharp = photo.astype(np.float32) / 255
    woven = base * (1 + _weave(sharp, enlarge(seen, SIZE), outer))[..., None]
    cloth = woven + (sharp - woven) * share[..., None]
    # Of a bare chest the garment shows the skin; elsewhere its alpha has ended before.
    return skin + (cloth - skin) * enlarge(smoothstep(edge, -0.012, -0.008), SIZE)[..., None]


def _shrink(mask: np.ndarray, width: float) -> np.ndarray:
    """A soft mask (H, W) drawn in by ``width`` pixels."""
    size = 2 * max(1, round(width)) + 1
    inner = cv2.erode(np.ascontiguousarray(mask, np.float32), np.ones((size, size), np.uint8))
    return cv2.blur(smoothstep(inner, 0.5, 0.9).astype(np.float32), (max(1, round(width)),) * 2)


def _likely_cloth(
    colour: np.ndarray, seen: np.ndarray, edge: np.ndarray, aside: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """What the clothes probably are (N, N, 3) at each distance from their border, and the outer garment's (3,).

    aside: (N, N) metres from the body's middle, where a tie would speak for the collar.
    """
    sure = seen > 0.5
    deep = sure & (edge > COLLAR_DEPTH) & (aside > COLLAR_ASIDE)
    outer = np.median(colour[deep if deep.sum() > PATCH else sure], axis=0)
    levels = np.arange(0, COLLAR_DEPTH, COLLAR_STEP) + COLLAR_STEP / 2
    band = np.digitize(edge, levels - COLLAR_STEP / 2) - 1
    beside = sure & (aside > COLLAR_ASIDE)
    bands = [beside & (band == k) for k in range(len(levels))]
    medians = {k: np.median(colour[here], axis=0) for k, here in enumerate(bands) if here.sum() > LEAST_BAND}
    if not medians:
        return np.broadcast_to(outer, colour.shape), outer
    inner = np.median(list(medians.values())[:2], axis=0)
    way = outer - inner
    passed = [k for k, value in medians.items() if (value - inner) @ way > 0.5 * way @ way]
    width = COLLAR_BEHIND * float(levels[passed[0]] if passed else COLLAR_DEPTH)
    share = smoothstep(edge, width - COLLAR_STEP / 2, width + COLLAR_STEP / 2)[..., None]
    return (inner + way * share).astype(np.float32), outer


def _weave(colour: np.ndarray, seen: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """Relative brightness (SIZE, SIZE) about 0: patches of the outer garment as the photo shows it, laid over each
    other. colour: (SIZE, SIZE, 3) 0..1, seen: (SIZE, SIZE)."""
    like = (seen > 0.5) & (np.abs(colour - outer).max(axis=-1) < ALIKE)
    mask = like.astype(np.float32)
    grey = cv2.cvtColor(colour.astype(np.float32), cv2.COLOR_RGB2GRAY)
    sigma = PATCH / 6
    mean = cv2.GaussianBlur(grey * mask, (0, 0), sigma) / np.maximum(cv2.GaussianBlur(mask, (0, 0), sigma), 1e-3)
    detail = np.clip((grey - mean) / np.maximum(mean, 0.06), -0.5, 0.5) * mask
    full, rough = cv2.boxFilter(mask, -1, (PATCH, PATCH)), cv2.boxFilter(detail**2, -1, (PATCH, PATCH))
    half = PATCH // 2
    full, rough = full[half:-half, half:-half], rough[half:-half, half:-half]
    enough = full >= max(0.3, 0.95 * float(full.max()))
    # The smoother half: lapels and pockets would come out as shreds.
    good = np.argwhere(enough & (rough <= np.median(rough[enough]))) if enough.any() else np.zeros((0, 2), int)
    return _quilt(detail, good) if len(good) else np.zeros_like(detail)


def _quilt(detail: np.ndarray, good: np.ndarray) -> np.ndarray:
    """A picture (SIZE, SIZE) of overlapping patches of ``detail`` whose corners (n, 2) are drawn from ``good``."""
    size, half = SIZE + PATCH, PATCH // 2
    out, power = np.zeros((size, size), np.float32), np.full((size, size), 1e-4, np.float32)
    random = np.random.default_rng(SEED)
    window = np.outer(np.hanning(PATCH), np.hanning(PATCH)).astype(np.float32)
    for top in range(0, size - PATCH + 1, half):
        for left in range(0, size - PATCH + 1, half):
            y, x = good[random.integers(len(good))]
            out[top : top + PATCH, left : left + PATCH] += detail[y : y + PATCH, x : x + PATCH] * window
            power[top : top + PATCH, left : left + PATCH] += window**2
    return (out / np.sqrt(power))[half : half + SIZE, half : half + SIZE]
