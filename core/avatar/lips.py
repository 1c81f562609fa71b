# SPDX-License-Identifier: GPL-3.0-or-later
"""The lips: closed at rest, open as far as in the photo, and in their own colour."""

from __future__ import annotations

import cv2
import numpy as np

from core.avatar.fit import Fit, project
from core.avatar.keys import edge_height
from core.avatar.landmarks import LIP_INNER_LOWER, LIP_INNER_UPPER
from core.avatar.rings import CAVITY, CONTACT_RING, VERMILION_RING, lip_rings, rings_within
from core.avatar.seal import seal
from core.avatar.template import Template
from core.avatar.unwrap import Texels
from core.channels import ARKIT_CHANNELS
from core.portrait import Portrait
from core.push_pull import push_pull

# The lips' lines of contact overlap by this much when shut, and what moves along lies within this reach (metres).
LIP_OVERLAP = 0.0003
LIP_REACH = 0.012
LOWER_LIP_SHARE = 0.4  # of the jaw's drop at the middle of the lip; what drops as far belongs to the lower lip
# Rings of the mouth's lining behind the lips that belong to them when the mouth is open.
LINING_RINGS = 2
TUCK = 0.6e-3  # metres that what would hang into the open mouth goes behind the lip's edge
# Ring -> lightness of the lips there: a little darker where they touch, where in the photo they may be open.
LIP_SHADE = np.array([(0.0, 0.6), (1.0, 0.75), (3.0, 1.0)])
SURE_RING = 4.5  # from here on outward teeth are no longer mixed in
GLOSS, DULLED = 7.0, 0.7  # CIE L over the lips' own that is gloss, and the share of it that is taken away
OWN_FAITH = 1e-3  # weight of the lips' median where no lip was seen


def close_lips(template: Template, rest: np.ndarray) -> np.ndarray:
    """Bring the lips' lines of contact together, each going half the way, and the skin of each lip along."""
    line = np.flatnonzero(lip_rings(template) == CONTACT_RING)
    below = lower_lip(template)
    upper, lower = line[~below[line]], line[below[line]]
    skin = np.unique(template.faces)
    near = skin[np.linalg.norm(rest[skin] - rest[line].mean(axis=0), axis=1) < 0.05]
    above = ~below[near]
    closed = rest.copy()
    for edge, other, sign, mine in ((upper, lower, -1.0, near[above]), (lower, upper, 1.0, near[~above])):
        opposite = edge_height(rest, other, rest[edge, 0])
        gap = np.maximum(-sign * (rest[edge, 2] - opposite) + LIP_OVERLAP, 0.0)
        distance = np.linalg.norm(rest[mine, None] - rest[edge][None], axis=2)
        follow = np.exp(-((distance / 0.0015) ** 2)) + 1e-12
        follow /= follow.sum(axis=1, keepdims=True)
        fade = np.clip(1 - distance.min(axis=1) / LIP_REACH, 0, 1)
        closed[mine, 2] += sign * fade * (follow @ gap) / 2
    return closed + seal(closed[None], np.ones(1, bool))[0]


def clear_opening(portrait: Portrait, fit: Fit, template: Template) -> np.ndarray:
    """The posed head (V, 3) with the mouth as open as the photo shows it.

    The landmarks lie on the lips' visible edge, but the template's lips roll on inward from there and would hide
    the teeth: what hangs into the opening is drawn up, or down, to the edge.
    """
    outline = [portrait.landmarks[list(edge), :2] for edge in (LIP_INNER_UPPER, LIP_INNER_LOWER)]
    opening = np.concatenate([outline[0], outline[1][::-1]]).astype(np.float32)
    rows = np.flatnonzero((lip_rings(template) >= 0) | rings_within(template, CAVITY, LINING_RINGS))
    below = lower_lip(template)[rows]
    pixels = project(fit.posed[rows], fit.rotation, fit.translation, fit.camera)
    hanging = np.array([cv2.pointPolygonTest(opening, (float(x), float(y)), False) > 0 for x, y in pixels])
    across = opening[10] - opening[0]
    level = (pixels - opening[0]) @ across / float(across @ across)
    posed = fit.posed.copy()
    depth = (posed[rows] @ fit.rotation.T + fit.translation)[:, 2]
    for edge, mine in ((outline[0], hanging & ~below), (outline[1], hanging & below)):
        along = (edge - opening[0]) @ across / float(across @ across)
        order = np.argsort(along, kind="stable")
        target = np.stack([np.interp(level[mine], along[order], edge[order, k]) for k in (0, 1)], axis=1)
        move = np.zeros((int(mine.sum()), 3))
        move[:, :2] = (target - pixels[mine]) * depth[mine, None] / fit.camera.focal
        move[:, 2] = TUCK
        posed[rows[mine]] += move @ fit.rotation
    return posed


def lower_lip(template: Template) -> np.ndarray:
    """Which vertices (V,) go with the jaw; height would sort the folded inner rings wrongly."""
    drop = template.key_deltas[ARKIT_CHANNELS.index("jawOpen")][:, 2]
    line = np.flatnonzero(lip_rings(template) == CONTACT_RING)
    return drop < LOWER_LIP_SHARE * drop[line].min()


def lip_depth(template: Template, texels: Texels) -> np.ndarray:
    """Rings from the mouth (0) to the vermilion border (VERMILION_RING) under each texel (n, n); beyond, one more."""
    ring = lip_rings(template)
    return texels.paint(np.where(ring >= 0, ring, VERMILION_RING + 1).astype(float))


def repair_lips(depth: np.ndarray, colour: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the inner lips, which an open or smiling mouth hides or mixes with teeth, the colour of the lips around.

    depth: (n, n), see `lip_depth`; colour (N, N, 3) uint8; share (n, n) 0..1 of the photo. An inner lip's texel is
    believed when it is nearly as red as the lips' redder half (CIE a*) and no brighter; the others are filled from
    those that are, darker where the lips touch. Returns new colour and share.
    """
    rows, columns = np.nonzero(depth <= VERMILION_RING + 0.5)
    if not len(rows):
        return colour, share
    scale = len(colour) // len(depth)
    box = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    large = np.s_[rows.min() * scale : (rows.max() + 1) * scale, columns.min() * scale : (columns.max() + 1) * scale]
    size = colour[large].shape[1::-1]
    ring, seen = (cv2.resize(p[box].astype(np.float32), size, interpolation=cv2.INTER_LINEAR) for p in (depth, share))
    lips = ring <= VERMILION_RING + 0.5
    lab = cv2.cvtColor(colour[large].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    outer = lips & (seen > 0.5) & (ring > SURE_RING)
    if outer.sum() < 20:
        return colour, share
    red = outer & (lab[..., 1] >= np.median(lab[outer][:, 1]))
    own_lab = np.median(lab[red], axis=0)
    shown = _dull(lab, own_lab, np.clip((VERMILION_RING - ring) / 2, 0, 1) * lips)
    known = _known(lab, own_lab, seen, ring, len(colour) / 900) * lips
    own = cv2.cvtColor(own_lab.astype(np.float32)[None, None], cv2.COLOR_LAB2RGB)[0, 0]
    faith = known + OWN_FAITH
    filled = push_pull((shown * known[..., None] + own * OWN_FAITH) / faith[..., None], faith)
    shade = np.where(lips, np.interp(ring, LIP_SHADE[:, 0], LIP_SHADE[:, 1]), 1.0)[..., None]
    # Full repair inside, none past the border.
    mixed = (np.clip((VERMILION_RING + 0.5 - ring) / 2.0, 0, 1) * lips * (1 - known))[..., None]
    mended, surer = colour.copy(), share.copy()
    mended[large] = np.round((shown * (1 - mixed) + filled * mixed) * shade * 255).astype(np.uint8)
    coarse = np.clip((VERMILION_RING + 0.5 - depth[box]) / 2.0, 0, 1)
    surer[box] = np.maximum(share[box], np.where(depth[box] <= VERMILION_RING + 0.5, coarse, 0))
    return mended, surer


def _known(lab: np.ndarray, own: np.ndarray, seen: np.ndarray, ring: np.ndarray, blur: float) -> np.ndarray:
    """How far each texel (H, W) is believed: near the border all that was seen, further in what is like the lips."""
    like = np.clip(1 - (own[1] - lab[..., 1]) / 8.0, 0, 1) * np.clip(1 - (lab[..., 0] - own[0]) / 20.0, 0, 1)
    like = cv2.erode((like * seen).astype(np.float32), np.ones((3, 3), np.uint8))
    outside = np.clip((ring - SURE_RING) / (VERMILION_RING - SURE_RING), 0, 1)
    return np.maximum(cv2.GaussianBlur(like, (0, 0), blur), outside * seen).astype(np.float32)


def _dull(lab: np.ndarray, own: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Lips (H, W, 3) sRGB without the photo's highlights, which gloss in the scene puts where they belong.

    lab: (H, W, 3), own: the lips' median (3,), where: (H, W) 0..1.
    """
    over = np.maximum(lab[..., 0] - own[0] - GLOSS, 0) * where
    dulled = lab.copy()
    dulled[..., 0] -= DULLED * over
    tint = np.clip(over / 25.0, 0, DULLED)[..., None]
    dulled[..., 1:] += tint * (own[1:] - lab[..., 1:])
    return np.clip(cv2.cvtColor(dulled, cv2.COLOR_LAB2RGB), 0, 1)
