# SPDX-License-Identifier: GPL-3.0-or-later
"""Mend what one photo gets wrong on the skin's texture: teeth on lips, lashes on lids, hair on cheeks."""

from __future__ import annotations

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt

from core.avatar.rings import CONTACT_RING, SOCKET, VERMILION_RING, lip_rings, rings_about
from core.avatar.template import Template
from core.avatar.texture import Texels

# Lightness of the lips along the line where they meet, as a share of their own; it rises to 1 at the border.
LIP_LINE_SHADE = 0.6
# Rings of the lids and the fold above them, and how much darker (CIE L) than the skin around a lash is.
LID_RINGS = 10
LASH_DARKNESS = 14.0
# Skin, not scalp: lies in front of and below this line in the side view (metres from the eyes, y back, z up):
# it runs from above the forehead's hairline over the ear's front down to behind the jaw.
HAIRLINE = ((-0.02, 0.065), (0.035, 0.055), (0.075, 0.02), (0.125, -0.03), (0.14, -0.09))
BROW_HEIGHT = 0.02
# The neck is what lies this near to its axis (all of it, none of it), down to this far below its joint (metres).
NECK_RADIUS, NECK_FADE = (0.085, 0.105), 0.05
NECK_LEVEL = 0.004  # metres between the heights at which the neck's colours are read
BELOW_MOUTH = 0.025  # metres under the lips' line where a collar may show on the jaw
UNKNOWN_SKIN = np.array([0.6, 0.5, 0.45])  # only where not one texel of skin was seen


def repair_lips(
    template: Template, texels: Texels, colour: np.ndarray, trust: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give the inner lips, which an open or smiling mouth hides or mixes with teeth, the lips' own colour.

    colour (N, N, 3) sRGB 0..1, trust (N, N). A lip texel is believed when it is nearly as red as the lips'
    redder half (CIE a*) and no brighter; the others get that colour, darker towards the line of contact.
    """
    ring = lip_rings(template)
    order = np.where(ring >= 0, ring, VERMILION_RING + 1).astype(float)
    depth = _spread(texels, order, VERMILION_RING + 1)  # 0 in the mouth .. VERMILION_RING at the border
    lips = depth <= VERMILION_RING + 0.5
    lab = cv2.cvtColor(colour.astype(np.float32), cv2.COLOR_RGB2LAB)
    outer = lips & (trust > 0.5) & (depth > CONTACT_RING + 0.5)
    if outer.sum() < 20:
        return colour, trust
    red = outer & (lab[..., 1] >= np.median(lab[outer][:, 1]))
    own_lab = np.median(lab[red], axis=0)
    like = np.clip(1 - (own_lab[1] - lab[..., 1]) / 8.0, 0, 1) * np.clip(1 - (lab[..., 0] - own_lab[0]) / 20.0, 0, 1)
    like = cv2.GaussianBlur((like * trust).astype(np.float32), (0, 0), trust.shape[0] / 700)
    toward_border = np.clip((depth - CONTACT_RING) / (VERMILION_RING - CONTACT_RING), 0, 1)
    shade = LIP_LINE_SHADE + (1 - LIP_LINE_SHADE) * np.sqrt(toward_border)
    own = np.broadcast_to(own_lab, lab.shape).astype(np.float32).copy()
    own[..., 0] *= shade
    own = np.clip(cv2.cvtColor(own, cv2.COLOR_LAB2RGB), 0, 1)
    # Full repair inside, none past the border.
    reach = np.clip((VERMILION_RING + 0.5 - depth) / 2.0, 0, 1) * lips
    share = (reach * (1 - like * np.clip(2 * toward_border, 0, 1)))[..., None]
    return colour * (1 - share) + own * share, np.maximum(trust, reach)


def distrust_lashes(template: Template, texels: Texels, colour: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """Trust without the dark lashes and the shaded fold on the lids: a shut lid shows skin, not a smear."""
    ring = rings_about(template, SOCKET, LID_RINGS)
    lids = _spread(texels, (ring >= 0).astype(float), 0.0)
    lightness = cv2.cvtColor(colour.astype(np.float32), cv2.COLOR_RGB2LAB)[..., 0]
    around = (lids > 0.01) & (trust > 0.5)
    if around.sum() < 20:
        return trust
    skin = np.percentile(lightness[around], 75)
    dark = np.clip((skin - LASH_DARKNESS / 2 - lightness) / (LASH_DARKNESS / 2), 0, 1)
    # A soft edge on both sides, lest the mended patch show as a line.
    inner = cv2.GaussianBlur(lids.astype(np.float32), (0, 0), texels.size / 200)
    dark = cv2.dilate(dark.astype(np.float32), np.ones((5, 5), np.uint8)) * np.clip(2 * inner - 0.8, 0, 1)
    return trust * (1 - cv2.GaussianBlur(dark, (0, 0), texels.size / 250))


def distrust_hair(template: Template, texels: Texels, trust: np.ndarray, hair: np.ndarray) -> np.ndarray:
    """Trust without hair that hangs over cheeks, ears and neck; a fringe on the forehead stays.

    hair: (N, N) 0..1, the hair mask seen at each texel.
    """
    scalp, height = _scalp(template)
    face = _spread(texels, (~scalp & (height < BROW_HEIGHT)).astype(float), 0.0)
    return trust * (1 - np.clip(face, 0, 1) * np.clip(hair * 1.5, 0, 1))


def distrust_collar(template: Template, texels: Texels, colour: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """Trust without a white collar on the jaw's underside: brighter and greyer than the skin, below the mouth."""
    mouth = template.positions[lip_rings(template) == 0, 2].mean()
    low = _spread(texels, (template.positions[:, 2] < mouth - BELOW_MOUTH).astype(float), 0.0)
    lab = cv2.cvtColor(colour.astype(np.float32), cv2.COLOR_RGB2LAB)
    face = lab[(trust > 0.6) & (low < 0.1)]
    if not len(face):
        return trust
    lightness, red, yellow = np.median(face, axis=0)
    brighter = np.clip((lab[..., 0] - lightness) / 12.0, 0, 1)
    greyer = np.clip(2 - 3 * np.hypot(lab[..., 1], lab[..., 2]) / max(np.hypot(red, yellow), 4.0), 0, 1)
    white = cv2.dilate((brighter * greyer * low).astype(np.float32), np.ones((7, 7), np.uint8))
    return trust * (1 - cv2.GaussianBlur(white, (0, 0), texels.size / 250))


def skin_colour(colour: np.ndarray, trust: np.ndarray, hair: np.ndarray) -> np.ndarray:
    """Median colour (3,) of the skin seen on a chart; colour (N, N, 3), trust and hair (N, N)."""
    skin = colour[(trust > 0.6) & (hair < 0.1)]
    return np.median(skin, axis=0) if len(skin) else UNKNOWN_SKIN


def paint_prior(
    template: Template, texels: Texels, colour: np.ndarray, trust: np.ndarray, hair: np.ndarray
) -> np.ndarray:
    """What is likely on the head where nothing was seen (N, N, 3): the skin's colour, on the scalp the hair's."""
    skin, locks = skin_colour(colour, trust, hair), colour[(trust > 0.6) & (hair > 0.8)]
    # A head without hair in the photo has skin there too.
    hair_colour = np.median(locks, axis=0) if len(locks) > 200 else skin
    return _two_colours(texels, _scalp(template)[0], hair_colour, skin)


def paint_body_prior(
    template: Template, texels: Texels, colour: np.ndarray, trust: np.ndarray, skin: np.ndarray
) -> np.ndarray:
    """What is likely on the bust where nothing was seen (N, N, 3).

    Round the neck, what the photo shows of it at the same height: a collar goes on all around, and so does the
    skin above it. On chest and shoulders the clothes' median.
    """
    root = template.positions[template.joints["neck"]].mean(axis=0)
    axis = (root[:2] + template.positions[template.joints["head"]].mean(axis=0)[:2]) / 2
    aside = np.linalg.norm(template.positions[:, :2] - axis, axis=1)
    above = template.positions[:, 2] - root[2]
    share = np.clip((NECK_RADIUS[1] - aside) / (NECK_RADIUS[1] - NECK_RADIUS[0]), 0, 1)
    share = np.maximum(share * np.clip(above / NECK_FADE + 1, 0, 1), np.clip(above / 0.02, 0, 1))  # under the chin
    height = _carry_on(texels, _spread(texels, template.positions[:, 2], 0.0))
    neck = _spread(texels, share, 0.0)
    seen = trust > 0.5
    clothes = colour[seen & (neck < 0.1)]
    levels = np.arange(template.positions[:, 2].min(), template.positions[:, 2].max(), NECK_LEVEL)
    around = seen & (neck > 0.3)
    level = np.digitize(height, levels)
    known = [k for k in range(1, len(levels) + 1) if (around & (level == k)).sum() > 30]
    if not known:
        return np.broadcast_to(skin, colour.shape)
    medians = np.array([np.median(colour[around & (level == k)], axis=0) for k in known])
    medians = np.concatenate([medians, [skin]])  # above all that was seen
    middles = np.concatenate([levels[np.array(known) - 1] + NECK_LEVEL / 2, [levels[known[-1] - 1] + 3 * NECK_LEVEL]])
    collar = np.stack([np.interp(height, middles, medians[:, k]) for k in range(3)], axis=-1)
    chest = np.median(clothes, axis=0) if len(clothes) else skin
    return chest + (collar - chest) * _soft(texels, share)[..., None]


def _two_colours(texels: Texels, where: np.ndarray, inside: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """One colour on the vertices (V,) of ``where``, the other elsewhere, with a soft border (N, N, 3)."""
    return outside + (inside - outside) * _soft(texels, where.astype(float))[..., None]


def _scalp(template: Template) -> tuple[np.ndarray, np.ndarray]:
    """Which vertices (V,) lie behind the hairline, and their height (V,) over the eyes."""
    eyes = np.mean([template.positions[template.joints[f"eye_{side}"]].mean(axis=0) for side in ("left", "right")], 0)
    back, up = template.positions[:, 1] - eyes[1], template.positions[:, 2] - eyes[2]
    line = np.array(HAIRLINE)
    return up >= np.interp(back, line[:, 0], line[:, 1]), up


def _soft(texels: Texels, share: np.ndarray) -> np.ndarray:
    """A share per vertex (V,) as a picture (N, N) with soft borders, carried on past the chart's edge."""
    return cv2.GaussianBlur(_carry_on(texels, _spread(texels, share, 0.0)), (0, 0), texels.size / 80)


def _carry_on(texels: Texels, picture: np.ndarray) -> np.ndarray:
    """The picture (N, N) with the nearest covered texel's value wherever no surface lies."""
    nearest = distance_transform_edt(
        ~texels.covered.reshape(picture.shape), return_distances=False, return_indices=True
    )
    return picture[tuple(np.asarray(nearest))]


def _spread(texels: Texels, values: np.ndarray, outside: float) -> np.ndarray:
    """Per-vertex values (V,) as a picture (N, N), ``outside`` where no surface lies."""
    picture = texels.spread(texels.on(values[:, None] - outside))[..., 0]
    return picture + outside
