# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures of the bust: its skin, and the clothes over it with an alpha that ends at collar and lower edge.

What the photo shows is the photo. The rest of the skin has the skin's colour; the rest of the clothes continues
what lies at the same distance from their border (a shirt's collar under a jacket goes on round the neck), then the
outer garment's colour, with patches of its own weave and folds laid over each other.
"""

from __future__ import annotations

import cv2
import numpy as np

from core.avatar.cloth_mask import ClothMask
from core.avatar.clothes import Garment
from core.avatar.fit import Fit, project
from core.avatar.landmarks import eye_distance
from core.avatar.parts import Material
from core.avatar.texture import Texels, complete, rasterise_faces
from core.avatar.view import MASK_RANGE
from core.colour import smoothstep
from core.portrait import Portrait

SIZE = 1024
# See texture.complete: the likely colour rules beyond about 16 texels of cloth, 100 of skin.
CLOTH_PRIOR_TRUST, SKIN_PRIOR_TRUST = 4e-3, 1e-4
# The border of what is believed is drawn in by this much, in eye distances: it is mixed with what lies beyond.
RIM = 0.08
# Distances from the cloth's border (metres) by which the hidden part of a collar is coloured.
COLLAR_STEP, COLLAR_DEPTH = 0.003, 0.06
COLLAR_ASIDE = 0.035  # metres from the body's middle: nearer, ties and shirts are seen
COLLAR_BEHIND = 0.5  # behind the neck a collar is that much lower than at its sides
PATCH, SEED = 64, 4  # texels of a patch of cloth


def paint_bust(
    portrait: Portrait, fit: Fit, rest: np.ndarray, mask: ClothMask, garment: Garment, skin: np.ndarray
) -> tuple[Material, Material]:
    """Materials ``body`` (skin) and ``clothes`` (RGBA) on the bust's chart; skin: (3,) sRGB 0..1, the likely colour."""
    texels = rasterise_faces(garment.faces, garment.uv, SIZE)
    fields = [garment.edge, garment.cover, garment.trust, np.abs(garment.positions[:, 0])]
    edge, cover, trust, aside = np.moveaxis(texels.spread(texels.on(np.stack(fields, axis=1))), -1, 0)
    edge, cover = edge.copy(), cv2.dilate(cover, np.ones((5, 5), np.uint8))
    edge.reshape(-1)[~texels.covered] = 1.0  # nothing of a collar bleeds in from outside the chart
    rim = RIM * eye_distance(portrait.landmarks)
    person = _shrink(portrait.matte, rim)

    def read(positions: np.ndarray, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        at = _pixels(texels, fit, positions)
        colour = cv2.remap(portrait.image, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        belief = cv2.remap(own * person, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderValue=0)
        return colour.astype(np.float32) / 255, trust * np.clip(belief, 0, 1)

    colour, seen = read(garment.matrix @ rest, _shrink(mask.skin, rim / 2))
    bare = complete(colour, seen, False, np.broadcast_to(skin, colour.shape), SKIN_PRIOR_TRUST)
    colour, seen = read(garment.positions, _shrink(mask.cloth, rim / 2))
    seen = seen * (edge > 0)
    cloth = bare
    if (seen > 0.5).sum() > PATCH**2:
        prior, outer = _likely_cloth(colour, seen, edge, aside)
        cloth = complete(colour, seen, False, prior, CLOTH_PRIOR_TRUST)
        weave = _weave(colour, seen, outer)
        cloth = np.clip(cloth * (1 + weave * (1 - np.clip(1.5 * seen, 0, 1)))[..., None], 0, 1)
    share = smoothstep(edge, -0.004, -0.001)[..., None]
    low, high = MASK_RANGE
    alpha = np.where(cover > 0.001, low + cover * (high + 0.02 - low), 0.0)
    picture = np.concatenate([bare + (cloth - bare) * share, alpha[..., None]], axis=-1)
    return (
        Material("body", "skin", (bare * 255 + 0.5).astype(np.uint8)),
        Material("clothes", "cloth", (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)),
    )


def _pixels(texels: Texels, fit: Fit, positions: np.ndarray) -> np.ndarray:
    """Photo pixel (N, N, 2) float32 under each texel, as OpenCV counts them; far outside where no surface lies."""
    flat = project(positions, fit.rotation, fit.translation, fit.camera) - 0.5
    at = texels.spread(texels.on(flat))
    at.reshape(-1, 2)[~texels.covered] = -1e4
    return at


def _shrink(mask: np.ndarray, width: float) -> np.ndarray:
    """A soft mask (H, W) drawn in by ``width`` pixels."""
    size = 2 * max(1, round(width)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    inner = cv2.erode(np.ascontiguousarray(mask, np.float32), kernel)
    return cv2.GaussianBlur(smoothstep(inner, 0.5, 0.9).astype(np.float32), (0, 0), max(0.5, width / 3))


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
    medians = [np.median(colour[here], axis=0) if (here := sure & (band == k) & (aside > COLLAR_ASIDE)).sum() > 40 else None
               for k in range(len(levels))]  # fmt: skip
    known = [k for k, value in enumerate(medians) if value is not None]
    if not known:
        return np.broadcast_to(outer, colour.shape), outer
    inner = np.median(np.array([medians[k] for k in known[:2]]), axis=0)
    way = outer - inner
    passed = [k for k in known if (medians[k] - inner) @ way > 0.5 * way @ way]
    width = COLLAR_BEHIND * float(levels[passed[0]] if passed else COLLAR_DEPTH)
    share = smoothstep(edge, width - COLLAR_STEP / 2, width + COLLAR_STEP / 2)[..., None]
    return (inner + way * share).astype(np.float32), outer


def _weave(colour: np.ndarray, seen: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """Relative brightness (N, N) about 0: patches of the outer garment as the photo shows it, laid over each other."""
    like = (seen > 0.5) & (np.abs(colour - outer).max(axis=-1) < 0.15)
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
    size = SIZE + PATCH
    out, power = np.zeros((size, size), np.float32), np.full((size, size), 1e-4, np.float32)
    if not len(good):
        return out[:SIZE, :SIZE]
    random = np.random.default_rng(SEED)
    window = np.outer(np.hanning(PATCH), np.hanning(PATCH)).astype(np.float32)
    for top in range(0, size - PATCH + 1, half):
        for left in range(0, size - PATCH + 1, half):
            y, x = good[random.integers(len(good))]
            out[top : top + PATCH, left : left + PATCH] += detail[y : y + PATCH, x : x + PATCH] * window
            power[top : top + PATCH, left : left + PATCH] += window**2
    return (out / np.sqrt(power))[half : half + SIZE, half : half + SIZE]
