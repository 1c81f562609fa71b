# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the photo's colours are no skin, and what belongs there: hair, clothes, lashes."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial import KDTree

from core.avatar.ears import ear_motion
from core.avatar.landmarks import FACE_OVAL, load_landmark_points
from core.avatar.rings import SOCKET, lip_rings, rings_about
from core.avatar.template import Template
from core.avatar.texture import Sight
from core.avatar.unwrap import BODY_CHART, HEAD_CHART, Texels
from core.colour import smoothstep

# Rings of the lids with the fold above them.
LID_RINGS = 7
# Skin, not scalp: lies in front of and below this line in the side view (metres from the eyes, y back, z up):
# it runs from above the forehead's hairline over the ear's front down to behind the jaw.
HAIRLINE = ((-0.02, 0.065), (0.035, 0.055), (0.075, 0.02), (0.125, -0.03), (0.14, -0.09))
# How far the line lies off for this person (metres, lower is fuller hair), from where back of the eyes on the photo's
# sides are looked at for it, and half the width over which hair thins out.
HAIRLINES, TEMPLE, HAIR_FADE = np.linspace(-0.045, 0.03, 16), 0.015, 0.006
SIDEBURN = 0.045  # metres below that line where short hair still grows
BROW_HEIGHT = 0.02
# The neck is what lies this near to its axis (all of it, none of it), down to this far below its joint (metres).
NECK_RADIUS, NECK_FADE = (0.085, 0.105), 0.05
# Landmarks of the brows, and of forehead, nose and chin; how near to a landmark the face is (metres).
BROWS = (70, 63, 105, 66, 107, 46, 53, 52, 65, 55, 336, 296, 334, 293, 300, 285, 295, 282, 283, 276)
OILY = (151, 9, 8, 69, 299, 108, 337, 168, 6, 197, 195, 5, 4, 1, 48, 278, 199, 175, 200)
FACE_REACH = 0.012
EAR_SHIFT = 0.45, 0.7  # of the ear sliders' largest motion: what moves more is ear, and is all ear
# Distance of a colour from the skin's (standard deviations) from which on it is doubtful, and is something else.
LIKE_SKIN = (2.5, 4.5)
ISLAND = 0.02  # share of the map
TINT_SPREAD = (2.2, 3.0)  # of the tint; a face with make-up or in coloured light has more, and hair begins there
FLUSHED = 0.4  # redder skin (ears, a cold nose) is skin still
UNKNOWN_SKIN = np.array([0.6, 0.5, 0.45])  # only where not one texel of skin was seen


@dataclass(frozen=True)
class Places:
    """Parts of the template's skin, each (V,) 0..1 or bool.

    height, back: metres over and behind the eyes; over_hairline: metres over HAIRLINE; growing: where hair may
    grow, sideburns included; ear, and ear_share 0..1 that falls off about it; lids;
    neck: 1 on the neck, 0 on chest and shoulders; face: what the landmarks cover, inner: well inside of it; brows:
    what brows cover; oily: forehead, nose and chin.
    """

    height: np.ndarray
    back: np.ndarray
    over_hairline: np.ndarray
    growing: np.ndarray
    ear: np.ndarray
    ear_share: np.ndarray
    lids: np.ndarray
    neck: np.ndarray
    face: np.ndarray
    inner: np.ndarray
    lips: np.ndarray
    brows: np.ndarray
    oily: np.ndarray


def find_places(template: Template) -> Places:
    """Where on the template what is."""
    at = template.positions
    back, up, line = _side_view(template)
    ear_share = share_of_ear(template)
    ear = ear_share > 0
    marks = load_landmark_points()
    face = marks.on(at)
    oval = np.isin(marks.index, FACE_OVAL)
    tree, border = KDTree(face), KDTree(face[oval])
    covered = tree.query(at)[0] < FACE_REACH

    def near(numbers: tuple[int, ...], reach: float) -> np.ndarray:
        return KDTree(face[np.isin(marks.index, numbers)]).query(at)[0] < reach

    ring = rings_about(template, SOCKET, LID_RINGS)
    return Places(
        height=up,
        back=back,
        over_hairline=up - line,
        growing=_growing(template),
        ear=ear,
        ear_share=ear_share,
        lids=ring >= 0,
        neck=_neck(template),
        face=covered,
        inner=covered & (border.query(at)[0] > 0.015),
        lips=lip_rings(template) >= 0,
        brows=near(BROWS, 0.008),
        oily=near(OILY, 0.016),
    )


def _side_view(template: Template) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Metres (V,) behind and over the eyes, and the height of the hairline there."""
    at = template.positions
    eyes = np.mean([at[template.joints[f"eye_{side}"]].mean(axis=0) for side in ("left", "right")], axis=0)
    back, up = at[:, 1] - eyes[1], at[:, 2] - eyes[2]
    return back, up, np.interp(back, *np.array(HAIRLINE).T)


def share_of_ear(template: Template) -> np.ndarray:
    """How far each vertex (V,) belongs to the ears, 0..1: what their sliders move."""
    return smoothstep(ear_motion(template), *EAR_SHIFT)


def _growing(template: Template) -> np.ndarray:
    """Where (V,) hair may grow."""
    back, up, line = _side_view(template)
    return (up >= line - SIDEBURN) & (share_of_ear(template) <= 0) & (back > 0.02) | (up >= line)


def keeps_hair(template: Template) -> np.ndarray:
    """Where (V,) the photo's hair stays on the skin's texture; elsewhere it hangs over skin, which is completed."""
    _, up, _ = _side_view(template)
    return _growing(template) | (up >= BROW_HEIGHT)


def hair_grows(places: Places, share: np.ndarray, trust: np.ndarray) -> np.ndarray:
    """Where hair is likely (V,) 0..1: over the hairline, moved up or down to where the photo shows hair at the sides.

    share: (V,) of hair, as far as it is seen, trust: (V,).
    """
    sides = trust * (places.back > TEMPLE) * ~places.ear
    lines = [smoothstep(places.over_hairline, low - HAIR_FADE, low + HAIR_FADE) for low in HAIRLINES]
    misfit = [
        float((sides * (share - line) ** 2).sum()) + 1e-3 * abs(low)
        for line, low in zip(lines, HAIRLINES, strict=True)
    ]
    return lines[int(np.argmin(misfit))]


def _neck(template: Template) -> np.ndarray:
    root = template.positions[template.joints["neck"]].mean(axis=0)
    axis = (root[:2] + template.positions[template.joints["head"]].mean(axis=0)[:2]) / 2
    aside = np.linalg.norm(template.positions[:, :2] - axis, axis=1)
    above = template.positions[:, 2] - root[2]
    share = np.clip((NECK_RADIUS[1] - aside) / (NECK_RADIUS[1] - NECK_RADIUS[0]), 0, 1)
    return np.maximum(share * np.clip(above / NECK_FADE + 1, 0, 1), np.clip(above / 0.02, 0, 1))  # under the chin


@dataclass(frozen=True)
class SkinColour:
    """The person's skin in one photo: median Lab, and the spread of lightness and of tint (chroma by lightness)."""

    lab: np.ndarray
    tint_spread: np.ndarray
    light_spread: float
    rgb: np.ndarray

    def likeness(self, colour: np.ndarray) -> np.ndarray:
        """0..1 per colour (..., 3) sRGB: shade keeps a skin's tint, so darkness alone counts little."""
        lab = cv2.cvtColor(colour.astype(np.float32), cv2.COLOR_RGB2LAB)
        tint = (_tint(lab) - _tint(self.lab)) / self.tint_spread
        tint[..., 0] *= np.where(tint[..., 0] > 0, FLUSHED, 1.0)
        lighter = np.maximum(lab[..., 0] - self.lab[0], 0) / self.light_spread
        darker = np.maximum(self.lab[0] * 0.45 - lab[..., 0], 0) / (0.06 * self.lab[0])
        return 1 - smoothstep(np.sqrt((tint**2).sum(axis=-1) + lighter**2 + darker**2), *LIKE_SKIN)


def _tint(lab: np.ndarray) -> np.ndarray:
    return lab[..., 1:] / (lab[..., :1] + 8.0) * 60.0


def skin_colour(sight: Sight, texels: Texels, places: Places) -> SkinColour:
    """The skin's colour from the middle of the face."""
    face = texels.paint((places.inner & ~places.lids & ~places.lips).astype(float)) > 0.9
    seen = face & (sight.trust > 0.7) & (sight.hair < 0.1)
    if seen.sum() < 50:
        lab = cv2.cvtColor(UNKNOWN_SKIN.astype(np.float32)[None, None], cv2.COLOR_RGB2LAB)[0, 0]
        return SkinColour(lab, np.array([6.0, 6.0]), 12.0, UNKNOWN_SKIN)
    rgb = sight.colour[seen]
    lab = cv2.cvtColor(rgb[None], cv2.COLOR_RGB2LAB)[0]
    median = np.median(lab, axis=0)
    tint = _tint(lab) - _tint(median)
    spread = np.clip(1.5 * np.median(np.abs(tint), axis=0), *TINT_SPREAD)
    light = max(1.5 * float(np.median(np.abs(lab[:, 0] - median[0]))), 0.08 * float(median[0]), 1.0)
    return SkinColour(median, spread, light, np.median(rgb, axis=0))


@dataclass(frozen=True)
class Belief:
    """What a sight is worth on the coarse grid, each (n, n) 0..1.

    trust: how far the texel's colour is taken as it is. skin, other: how far it tells of the skin, and of what
    covers it: hair on the head, clothes on the body.
    """

    trust: np.ndarray
    skin: np.ndarray
    other: np.ndarray


def believe(sight: Sight, texels: Texels, places: Places, skin: SkinColour, chart: int) -> Belief:
    """Sort what is seen of a chart into skin, hair and clothes, and drop what belongs elsewhere."""
    return {HEAD_CHART: _believe_head, BODY_CHART: _believe_body}[chart](sight, texels, places, skin)


def _believe_head(sight: Sight, texels: Texels, places: Places, skin: SkinColour) -> Belief:
    """Hair that hangs over cheeks, ears and neck goes; so does what lies on ears and jaw and is no skin."""
    alike = skin.likeness(sight.colour)
    growing = np.clip(texels.paint(places.growing.astype(float)), 0, 1)
    # Where hair may grow, short hair that the mask of the volume leaves out is known by not being skin.
    stubble = cv2.GaussianBlur((growing * (1 - alike)).astype(np.float32), (0, 0), texels.size / 250)
    locks = np.maximum(sight.hair, smoothstep(stubble, 0.3, 0.8))
    hair = np.clip(locks * 1.5, 0, 1)
    bare = texels.paint((~places.growing & (places.height < BROW_HEIGHT)).astype(float))
    trust = sight.trust * (1 - np.clip(bare, 0, 1) * np.clip(sight.hair * 1.5, 0, 1))
    # A beard on the jaw is darker than the skin and stays; a collar is not.
    beard = _darker(sight, skin)
    margin = texels.paint((~places.inner & ~places.growing & (places.height < -0.03)).astype(float))
    ear = texels.paint(places.ear.astype(float))
    # Ears lie where the photo shows them (ears.py), and are redder and darker in their hollows than any other skin.
    doubt = np.clip(margin, 0, 1) * (1 - beard) * (1 - np.clip(2 * ear, 0, 1))
    doubt = widen(doubt * (1 - alike), texels.size / 256)
    trust = trust * (1 - doubt)
    trust = trust * np.maximum(_large_parts(trust), np.clip(2 * ear - 0.5, 0, 1))
    return Belief(trust, trust * (1 - hair), trust * smoothstep(locks, 0.3, 0.6))


def _believe_body(sight: Sight, texels: Texels, places: Places, skin: SkinColour) -> Belief:
    """Hair before the shoulders goes, and what is left of the clothes, which are a garment of their own.

    A beard and its shade on the neck are darker than the skin and stay.
    """
    trust = sight.trust * (1 - np.clip(sight.hair * 2, 0, 1))
    alike = cv2.GaussianBlur(skin.likeness(sight.colour).astype(np.float32), (0, 0), texels.size / 400)
    bare = smoothstep(alike, 0.35, 0.65)
    kept = np.maximum(bare, _darker(sight, skin) * np.clip(texels.paint(places.neck), 0, 1))
    return Belief(trust * kept, trust * bare, trust * (1 - bare))


def _darker(sight: Sight, skin: SkinColour) -> np.ndarray:
    """0..1 (n, n) how far a colour is darker than the skin, as a beard is."""
    lightness = cv2.cvtColor(sight.colour.astype(np.float32), cv2.COLOR_RGB2LAB)[..., 0]
    return smoothstep(skin.lab[0] - lightness, 4.0, 14.0)


def _large_parts(trust: np.ndarray) -> np.ndarray:
    """1 where trust (n, n) hangs together over a large part of the face, 0 on islands, with a soft edge.

    A scrap of an ear that peeps out between what is hidden never fits what is filled in about it.
    """
    sure = cv2.morphologyEx((trust > 0.3).astype(np.uint8), cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
    _, labels, facts, _ = cv2.connectedComponentsWithStats(sure, connectivity=4)
    large = facts[:, cv2.CC_STAT_AREA] >= ISLAND * trust.size
    large[0] = False
    kept = large[np.asarray(labels, np.int32)].astype(np.float32)
    return cv2.GaussianBlur(cv2.dilate(kept, np.ones((9, 9), np.uint8)), (0, 0), 2.0)


def widen(mask: np.ndarray, radius: float) -> np.ndarray:
    """A soft mask (n, n) grown by a radius in texels, with a soft edge."""
    size = 2 * max(1, round(radius)) + 1
    grown = cv2.dilate(mask.astype(np.float32), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    return cv2.GaussianBlur(grown, (0, 0), max(0.6, radius / 2))
