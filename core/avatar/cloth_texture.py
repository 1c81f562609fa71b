# SPDX-License-Identifier: GPL-3.0-or-later
"""The clothes' picture, with an alpha that ends at the collar and at the bust's lower edge.

What the photo shows is the photo. The rest is the outer garment's colour with patches of its own weave laid over
each other; along the border a collar of another colour (a shirt's under a jacket) goes on round the neck, plain. All
but the colours is worked out on a coarse grid of texels.
"""

from __future__ import annotations

from dataclasses import dataclass

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
# The masks' steps in eye distances; metres over which the cloth's then goes from 0 to 1, half the width of the
# picture's edge, and the trust from which on the photo says where the cloth ends, and does so alone.
STEPS, MASK_RAMP, SOFT, SHOWN = 0.03, 0.0045, 0.0007, (0.2, 0.6)
# Weight of the likely colour beside what is seen; push-pull makes it four times as large a level, so that it
# rules beyond about 8 texels of the coarse grid (1 cm).
PRIOR_TRUST = 1e-2
# Distances from the cloth's border (metres) by which the hidden part of a collar is coloured.
COLLAR_STEP, COLLAR_DEPTH = 0.003, 0.06
COLLAR_ASIDE = 0.035  # metres from the body's middle: nearer, ties and shirts are seen
# Of a collar's visible sides the percentile of the angle from which on it is the last that is seen of them; metres that
# a collar of another colour shows at least, at the nape, and at most.
LAST, NARROWEST, BEHIND, BROADEST = 90, 0.002, 0.010, 0.014
FRONT = (60.0, 80.0)  # degrees up to which a collar is seen from the front, and from which on it is not
LEAST_SEEN, LEAST_BAND = 400, 15  # texels of the coarse grid
# Share of the greatest difference from the outer garment from which on a colour along the border is a collar's own, and
# how much of the border has to be that: pearls are 0.16 of it, shirts 0.33 and more.
PURE, LEAST_COLLAR = 0.75, 0.25
PATCH, SEED = 64, 4  # texels of a patch of cloth
ALIKE = 0.15  # colour difference (sRGB) within which cloth belongs to the outer garment


@dataclass(frozen=True)
class _Place:
    """Where texels lie, each (N, N): metres into the cloth from its border, metres to the body's left, degrees 0..180
    from the front about the neck, and metres by which the border climbed there."""

    edge: np.ndarray
    left: np.ndarray
    turn: np.ndarray
    climbed: np.ndarray


def paint_clothes(portrait: Portrait, fit: Fit, garment: Garment, body: Material) -> Material:
    """Material ``clothes`` (RGBA) on the bust's chart; body: the bust's skin on the same chart, which shows through
    where a bare chest ends."""
    texels = rasterise_faces(garment.faces, garment.uv, COARSE)
    flat = project(garment.positions, fit.rotation, fit.translation, fit.camera)
    own = [garment.edge, garment.fade, garment.bare, garment.trust, garment.positions[:, 0], garment.turn]
    fields = texels.paint(np.stack([*own, garment.climbed, *flat.T], axis=1))
    edge, fade, bare, trust, left, turn, climbed, x, y = np.moveaxis(fields, -1, 0)
    pixels = np.stack([x, y], axis=-1)
    places = enlarge(pixels, SIZE)
    photo = sample(portrait.image, places)
    colour = cv2.resize(photo, (COARSE, COARSE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    iod = eye_distance(portrait.landmarks)
    rim = MIXED * iod
    own = _shrink(portrait.matte, rim) * _shrink(garment.mask.cloth, rim / 2)
    inside = np.all((pixels > 1) & (pixels < np.array(own.shape[::-1]) - 2), axis=-1)
    seen = trust * sample(own, pixels) * inside
    picture = np.asarray(body.image).astype(np.float32) / 255
    if (seen > 0.5).sum() > LEAST_SEEN:
        picture = _complete(photo, colour, seen, _Place(edge, left, turn, climbed), picture)
    border = _border(garment, places, enlarge(edge, SIZE), enlarge(trust * inside, SIZE), STEPS * iod)
    cover = np.maximum(smoothstep(border, -SOFT, SOFT), enlarge(bare, SIZE)) * enlarge(fade, SIZE)
    low, high = MASK_RANGE
    alpha = np.where(cover > 0.001, low + cover * (high + 0.02 - low), 0.0)
    picture = np.concatenate([picture, alpha[..., None]], axis=-1)
    return Material("clothes", "cloth", (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))


def _border(garment: Garment, places: np.ndarray, edge: np.ndarray, trust: np.ndarray, steps: float) -> np.ndarray:
    """Metres (SIZE, SIZE) into the cloth from its border: where the photo shows it, just where it does so.

    places: (SIZE, SIZE, 2) photo pixels; edge: as the garment's vertices say; trust: 0..1 how well the photo does;
    steps: pixels over which its masks have steps.
    """
    cloth, skin = (sample(cv2.GaussianBlur(m, (0, 0), steps), places) for m in (garment.mask.cloth, garment.mask.skin))
    told = smoothstep(trust, *SHOWN) * smoothstep(cloth + skin, 0.4, 0.7)
    there = MASK_RAMP * (cloth / np.maximum(cloth + skin, 1e-6) - 0.5)
    # Where it is hidden, the cloth's rolled edge shows whole. Far from any border both say the same.
    whole = edge + RIM * (1 - smoothstep(trust, 0.0, SHOWN[0]))
    return np.clip(whole, -4 * SOFT, 4 * SOFT) * (1 - told) + there * told


def _complete(photo: np.ndarray, colour: np.ndarray, seen: np.ndarray, place: _Place, skin: np.ndarray) -> np.ndarray:
    """Colours (SIZE, SIZE, 3) 0..1 of the clothes; photo: (SIZE, SIZE, 3) uint8, the rest on the coarse grid."""
    prior, outer, worn = _likely_cloth(colour, seen, place)
    # What is seen says by how much the likely colour is wrong around it, so that a hidden collar keeps its clean edge.
    total = (seen + PRIOR_TRUST * (1 - seen)).astype(np.float32)
    off = (colour - prior) * (seen / total)[..., None]
    base = enlarge(prior, SIZE) + enlarge(push_pull(off.astype(np.float32), total), SIZE)
    share = enlarge(np.clip(1.5 * seen, 0, 1), SIZE)
    sharp = photo.astype(np.float32) / 255
    # The outer garment's weave would be noise on a collar of another colour.
    woven = base * (1 + enlarge(worn, SIZE) * _weave(sharp, enlarge(seen, SIZE), outer))[..., None]
    cloth = woven + (sharp - woven) * share[..., None]
    # Of a bare chest the garment shows the skin; elsewhere its alpha has ended before.
    return skin + (cloth - skin) * enlarge(smoothstep(place.edge, -0.012, -0.008), SIZE)[..., None]


def _shrink(mask: np.ndarray, width: float) -> np.ndarray:
    """A soft mask (H, W) drawn in by ``width`` pixels."""
    size = 2 * max(1, round(width)) + 1
    inner = cv2.erode(np.ascontiguousarray(mask, np.float32), np.ones((size, size), np.uint8))
    return cv2.blur(smoothstep(inner, 0.5, 0.9).astype(np.float32), (max(1, round(width)),) * 2)


def _likely_cloth(colour: np.ndarray, seen: np.ndarray, place: _Place) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What the clothes probably are (N, N, 3) where they are hidden, the outer garment's colour (3,), and its share
    (N, N): a collar of another colour goes on round the neck as broad as each side shows it last."""
    sure, aside = seen > 0.5, np.abs(place.left)
    deep = sure & (place.edge > COLLAR_DEPTH) & (aside > COLLAR_ASIDE)
    outer = np.median(colour[deep if deep.sum() > PATCH else sure], axis=0)
    near = sure & (aside > COLLAR_ASIDE) & (place.edge > 0) & (place.edge < COLLAR_DEPTH)
    upper = colour[near & (place.edge < BROADEST)]
    off = np.abs(upper - outer).max(axis=-1) if len(upper) else np.zeros(1)
    # What differs most: the rest is mixed with what lies beside it.
    pure = off > max(ALIKE, PURE * np.percentile(off, 95))
    if pure.sum() <= max(LEAST_BAND, LEAST_COLLAR * len(off)):
        return np.broadcast_to(outer, colour.shape).astype(np.float32), outer, np.ones(seen.shape)
    inner = np.median(upper[pure], axis=0)
    way = outer - inner
    widths = []
    for here in (near & (place.left < 0), near & (place.left > 0)):
        last = here & (place.turn > np.percentile(place.turn[here], LAST)) if here.any() else here
        shades = [(value - inner) @ way / (way @ way) for value in _bands(colour, last, place.edge).values()]
        widths.append(COLLAR_STEP * sum(shade < 0.5 for shade in shades))
    across = np.clip(place.left / COLLAR_ASIDE, -1, 1)
    # Where the outer garment is seen to reach the neck it hides nearly all of it.
    right, left = np.clip(widths, NARROWEST, BROADEST)
    width = right + (left - right) * (across + 1) / 2
    width += (1 - across**2) * np.maximum(BEHIND - width, 0.0) * (place.turn > 90)
    # In front, what is drawn in at the border is as what is seen beside it.
    width += (BROADEST - width) * (1 - smoothstep(place.turn, *FRONT))
    # A broad one goes on where it ended on the shoulder; under a narrow one the outer garment climbs along.
    width += place.climbed * smoothstep(width, NARROWEST, BROADEST)
    share = smoothstep(place.edge - width, -COLLAR_STEP / 4, COLLAR_STEP / 4)
    return (inner + way * share[..., None]).astype(np.float32), outer, share


def _bands(colour: np.ndarray, here: np.ndarray, edge: np.ndarray) -> dict[int, np.ndarray]:
    """Median colours (3,) of the texels ``here`` (N, N) by how many COLLAR_STEPs they are from the border."""
    band, values = (edge[here] / COLLAR_STEP).astype(int), colour[here]
    count = np.bincount(band) if len(band) else np.zeros(0, int)
    return {int(k): np.median(values[band == k], axis=0) for k in np.flatnonzero(count > LEAST_BAND)}


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
