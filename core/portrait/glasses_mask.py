# SPDX-License-Identifier: GPL-3.0-or-later
"""Which pixels of a portrait are glasses, and the portrait without them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter

from core.colour import LUMINANCE, smoothstep, to_linear, to_srgb
from core.portrait.glasses import (
    ANGLES,
    BOTH_CHANNELS,
    MIDDLE,
    MM,
    RADII,
    SIZE,
    Plane,
    Rims,
    angles,
    around_lens,
    cheapest_path,
    contour,
    contrast,
    even_lab,
    find_rims,
    glasses_plane,
    hairy_parts,
    lens_middle,
    ridge,
    settle,
)
from core.portrait.portrait import Portrait
from core.portrait.topology import OVAL

SIDES = (-1, 1)  # the subject's right, left
OFFSETS = np.arange(-14.0, 14.01, 0.5)  # pixels from a rim's middle
HALF_WIDTH = (1.2, 8.0)  # pixels that a rim may reach to either side
LINE_HALF = (1.2, 9.0)  # half height of bridge and arms
EDGE_SHARE = 0.45  # of the steepest edge's contrast: what still counts as the frame's edge
LARGEST_GAP = 3.0  # pixels without an edge inside a frame
PRESENT = (0.1, 0.22)  # of a rim's usual contrast: below there is no rim, above there is
ARM_REACH = 26.0 * MM  # pixels to the side that an arm is followed
BESIDE_FACE = 6.0 * MM  # how far beyond the face's oval an arm is seen from the front
SHORTEST_ARM = 3.0 * MM
STEEP_ARM = 0.35
ARM_CONTRAST = 4.0  # below it no arm is seen
ARM_LIKE_FRAME = 20.0  # CIE Lab distance: what differs more from the rims may be hair or skin beside the arm
TINT = (0.12, 0.97)  # share of light that a lens takes: less is clear glass, more is not believed
SOFT_TINT = 0.75  # a lens that takes more shows too little of what is behind it
SPREAD = 2  # pixels around the frame that its soft edge touches
FLECK = 13.0  # CIE L difference from the skin around it of pads, screws and glints


@dataclass(frozen=True)
class Glasses:
    """A pair of glasses in a photo. Pictures are the plane's, (H, W[, 3]); lengths in its pixels.

    inner, outer: (2, ANGLES) radii of the right and the left rim's edges; present: (2, ANGLES) 0..1, whether
        there is a rim (half-rimmed glasses have none below).
    bridge: (N, 2) from the right rim to the left; bridge_half: its half height.
    arms: per side (N, 2) from the rim outwards, or None where the photo does not show it; arm_half: half height.
    picture, bare: uint8 sRGB with the glasses and without; changed: 0..1, where they differ.
    tint: share of light that the lenses take, 0 for clear ones.
    color, arm_color: (3,) sRGB 0..1 of the frame and of its arms.
    """

    plane: Plane
    inner: np.ndarray
    outer: np.ndarray
    present: np.ndarray
    bridge: np.ndarray
    bridge_half: float
    arms: tuple[np.ndarray | None, np.ndarray | None]
    arm_half: float
    picture: np.ndarray
    bare: np.ndarray
    changed: np.ndarray
    tint: float
    color: np.ndarray
    arm_color: np.ndarray


def find_glasses(portrait: Portrait) -> Glasses | None:
    """The glasses that the person wears, or None."""
    plane = glasses_plane(portrait.landmarks)
    picture = plane.picture(portrait.image)
    rims = find_rims(picture, hairy_parts(plane, portrait.landmarks))
    if not rims.worn:
        return None
    plane = settle(portrait.image, plane, portrait.landmarks)
    picture, hairy = plane.picture(portrait.image), hairy_parts(plane, portrait.landmarks)
    rims, reach, tint, lenses = _measure(picture, hairy)
    lab, radii = even_lab(picture), (rims.right, rims.left)
    rings = [ring(r - reach[0], r + reach[1], s) for s, r in zip(SIDES, radii, strict=True)]
    bridge = _join_bridge(rims)
    frame = np.maximum.reduce([*rings, _line_mask(bridge, _line_half(lab, bridge))])
    border = plane.pixels(portrait.landmarks[list(OVAL), :2])
    arms = _find_arms(lab, [radius + reach[1] for radius in radii], border)
    for arm in arms:
        if arm is not None:
            frame = np.maximum(frame, _line_mask(arm, _line_half(lab, arm)))
    hole = _find_hole(picture, lab, frame, radii, reach[1], hairy, border) > 0.1
    bare = _take_off(picture, hole, tint, lenses)
    changed = np.maximum(hole.astype(np.float32), lenses if tint else 0)

    away = _difference(picture, bare)
    edges = [_edges_along(away, s, r, reach) for s, r in zip(SIDES, radii, strict=True)]
    seen = [arm for arm in arms if arm is not None]
    lines = [bridge, *(contour(r, s) for s, r in zip(SIDES, radii, strict=True))]
    color = _color_on(picture, away, np.concatenate(lines))
    arm_color = _color_on(picture, away, np.concatenate(seen)) if seen else color
    return Glasses(
        plane=plane,
        inner=np.stack([low for low, _ in edges]),
        outer=np.stack([high for _, high in edges]),
        present=np.stack([_presence(lab, s, r) for s, r in zip(SIDES, radii, strict=True)]),
        bridge=bridge,
        bridge_half=_line_half(lab, bridge, away),
        arms=arms,
        arm_half=float(np.mean([_line_half(lab, arm, away) for arm in seen])) if seen else 0.0,
        picture=picture,
        bare=bare,
        changed=changed,
        tint=tint,
        color=color,
        arm_color=arm_color if np.linalg.norm(_lab(arm_color) - _lab(color)) < ARM_LIKE_FRAME else color,
    )


def _measure(
    picture: np.ndarray, hairy: np.ndarray
) -> tuple[Rims, tuple[float, float], float, np.ndarray]:
    """Rims, how far they reach to either side, the lenses' tint, and the mask of the lenses (H, W)."""
    rims, tint = find_rims(picture, hairy), 0.0
    for _ in range(2):
        radii = (rims.right, rims.left)
        lenses = np.maximum(*(ring(np.zeros(ANGLES), r, s) for s, r in zip(SIDES, radii, strict=True)))
        clear = _lighten(picture, tint, lenses)
        reach = _rim_width(even_lab(clear), radii)
        if tint or not (tint := _lens_tint(picture, radii, reach)):
            break
        # A dark lens hides its rim's inner edge: look again as if it were clear.
        rims = find_rims(_lighten(picture, tint, lenses), hairy)
    return rims, reach, tint, lenses


def _lighten(picture: np.ndarray, tint: float, lenses: np.ndarray) -> np.ndarray:
    """The plane's picture as if the lenses were clear."""
    if not tint:
        return picture
    return to_srgb(to_linear(picture) * (1 + (1 / (1 - min(tint, SOFT_TINT)) - 1) * lenses[..., None]))


def take_off(image: np.ndarray, glasses: Glasses) -> np.ndarray:
    """The photo (H, W, 3) with skin, brows and lids carried on where the frame was, and without the lenses' tint."""
    soft = cv2.GaussianBlur(glasses.changed, (0, 0), 0.7)
    share = glasses.plane.spread(soft, image.shape)[..., None]
    painted = glasses.plane.spread(glasses.bare, image.shape).astype(np.float32)
    return np.clip(image + share * (painted - image) + 0.5, 0, 255).astype(np.uint8)


def ring(low: np.ndarray, high: np.ndarray, side: int, share: np.ndarray | None = None) -> np.ndarray:
    """Soft mask of the plane's picture between two contours (ANGLES,) about one lens; share: (ANGLES,) 0..1."""
    middle = lens_middle(side)
    x, y = np.meshgrid((np.arange(SIZE[0]) + 0.5 - middle[0]) * side, np.arange(SIZE[1]) + 0.5 - middle[1])
    radius, turn = np.hypot(x, y), np.arctan2(y, x) % (2 * np.pi)

    def at(values: np.ndarray) -> np.ndarray:
        return np.interp(turn, np.append(angles(), 2 * np.pi), np.append(values, values[0]))

    mask = np.clip(radius - at(low) + 0.5, 0, 1) * np.clip(at(high) - radius + 0.5, 0, 1)
    return (mask if share is None else mask * at(share)).astype(np.float32)


def _straighten(lab: np.ndarray, radius: np.ndarray, side: int) -> np.ndarray:
    """(ANGLES, OFFSETS, 3) along a contour, smoothed along it, so that what crosses it fades."""
    turn, middle = angles()[:, None], lens_middle(side)
    reach = radius[:, None] + OFFSETS
    x = (middle[0] + side * np.cos(turn) * reach - 0.5).astype(np.float32)
    y = (middle[1] + np.sin(turn) * reach - 0.5).astype(np.float32)
    strip = cv2.remap(lab, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    wrapped = cv2.GaussianBlur(np.concatenate([strip[-8:], strip, strip[:8]]), (0, 0), sigmaX=0.3, sigmaY=1.5)
    return wrapped[8:-8]


def _rim_width(lab: np.ndarray, radii: tuple[np.ndarray, np.ndarray]) -> tuple[float, float]:
    """How far the rims reach to the lens and away from it: the outermost edges along the lower halves."""
    edges = []
    for side, radius in zip(SIDES, radii, strict=True):
        slope = np.gradient(_straighten(lab, radius, side), OFFSETS, axis=1)
        edges.append(np.linalg.norm(slope * BOTH_CHANNELS, axis=2))
    both = 0.7 * np.minimum(*edges) + 0.15 * (edges[0] + edges[1])
    profile = np.median(both[np.sin(angles()) > 0.3], axis=0)
    return _edges(profile, HALF_WIDTH)


def _edges(profile: np.ndarray, bounds: tuple[float, float]) -> tuple[float, float]:
    """Distance from the middle of `OFFSETS` to the outermost edges on either side in a profile of contrasts."""
    middle = len(OFFSETS) // 2
    floor = float(np.percentile(profile, 25))
    high = profile - floor > EDGE_SHARE * float((profile[middle - 10 : middle + 11] - floor).max())
    reach = []
    for half in (high[middle::-1], high[middle:]):
        last = 0
        for k, there in enumerate(half):
            if there:
                last = k
            elif (k - last) * 0.5 > LARGEST_GAP:
                break
        reach.append(float(np.clip(0.5 * last, *bounds)))
    return reach[0], reach[1]


def _edges_along(
    away: np.ndarray, side: int, radius: np.ndarray, reach: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Radii (ANGLES,) of a rim's inner and outer edge: half of what it differs from the bare face at most."""
    strip = _straighten(np.dstack([away] * 3), radius, side)[..., 0]
    inside = (-reach[0] <= OFFSETS) & (reach[1] >= OFFSETS)
    strip = np.where(inside, strip, 0)
    there = strip > 0.5 * strip.max(axis=1, keepdims=True)
    low = OFFSETS[there.argmax(axis=1)] - 0.25
    high = OFFSETS[len(OFFSETS) - 1 - there[:, ::-1].argmax(axis=1)] + 0.25
    return radius + _smooth_around(low), radius + np.maximum(_smooth_around(high), _smooth_around(low) + 1.5)


def _smooth_around(values: np.ndarray) -> np.ndarray:
    """A closed row of numbers without outliers."""
    wrapped = gaussian_filter1d(median_filter(values, 9, mode="wrap"), 2.0, mode="wrap")
    return np.asarray(wrapped)


def _presence(lab: np.ndarray, side: int, radius: np.ndarray) -> np.ndarray:
    """(ANGLES,) 0..1: whether there is a rim, by its contrast and by that of the rest of it."""
    lines = contrast(around_lens(lab, side))
    at = np.clip(np.round(radius).astype(int) - RADII[0], 1, len(RADII) - 2)
    row = np.arange(ANGLES)
    strength = np.maximum(np.maximum(lines[row, at - 1], lines[row, at + 1]), lines[row, at])
    smooth = gaussian_filter1d(median_filter(strength, 7, mode="wrap"), 3.0, mode="wrap")
    usual = float(np.percentile(smooth, 75))
    return smoothstep(smooth, PRESENT[0] * usual, PRESENT[1] * usual)


def _line_half(lab: np.ndarray, line: np.ndarray, away: np.ndarray | None = None) -> float:
    """Half height of a line (N, 2) across the picture: to its outermost edges, or to half of what it differs by."""
    x = np.repeat(line[:, :1], len(OFFSETS), axis=1) - 0.5
    y = line[:, 1:] + OFFSETS - 0.5
    x, y = x.astype(np.float32), y.astype(np.float32)
    if away is None:
        strip = cv2.GaussianBlur(cv2.remap(lab, x, y, cv2.INTER_LINEAR), (0, 0), sigmaX=0.3, sigmaY=1.5)
        slope = np.gradient(strip, OFFSETS, axis=1)
        return max(_edges(np.median(np.linalg.norm(slope * BOTH_CHANNELS, axis=2), axis=0), LINE_HALF))
    profile = np.median(cv2.remap(away, x, y, cv2.INTER_LINEAR), axis=0)
    there = np.abs(OFFSETS[profile > 0.5 * profile.max()])
    return float(np.clip(there.max() if len(there) else 0.0, *LINE_HALF))


def _line_mask(line: np.ndarray, half: float) -> np.ndarray:
    mask = np.zeros(SIZE[::-1], np.uint8)
    points = [np.round((line - 0.5) * 16).astype(np.int32)]
    cv2.polylines(mask, points, False, 255, max(1, round(2 * half)), cv2.LINE_AA, 4)
    return mask.astype(np.float32) / 255


def _join_bridge(rims: Rims) -> np.ndarray:
    """The bridge's line carried on to the middles of the two rims."""
    ends = []
    for side, radius, end in zip(SIDES, (rims.right, rims.left), rims.bridge[[0, -1]], strict=True):
        rim = contour(radius, side)
        ends.append(rim[np.linalg.norm(rim - end, axis=1).argmin()])
    between = (rims.bridge[:, 0] > ends[0][0] + 1) & (rims.bridge[:, 0] < ends[1][0] - 1)
    return np.concatenate([[ends[0]], rims.bridge[between], [ends[1]]])


def _find_arms(
    lab: np.ndarray, radii: list[np.ndarray], border: np.ndarray
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Positions (N, 2) of each temple arm from the rim's outer edge to the face's border (M, 2), or None.

    Both leave their rims at one height, so they are looked for together.
    """
    rims = [contour(radius, side) for side, radius in zip(SIDES, radii, strict=True)]
    starts = [float((side * rim[:, 0]).max()) + 1.0 for side, rim in zip(SIDES, rims, strict=True)]
    top = min(float(rim[:, 1].min()) for rim in rims) - 3 * MM
    bottom = float(np.mean([rim[:, 1].mean() for rim in rims])) + 2 * MM
    rows, along = np.arange(top, bottom), np.arange(round(ARM_REACH))
    lines = []
    for side, start in zip(SIDES, starts, strict=True):
        x, y = np.meshgrid(side * (start + along), rows, indexing="ij")
        window = cv2.remap(lab, (x - 0.5).astype(np.float32), (y - 0.5).astype(np.float32), cv2.INTER_LINEAR)
        lines.append(ridge(cv2.GaussianBlur(window, (0, 0), sigmaX=0.8, sigmaY=2.0)))
    near = [cv2.dilate(line, np.ones((1, 5))) for line in lines]
    path = cheapest_path(-np.sqrt(near[0]) - np.sqrt(near[1]), 1, 0.2)
    level = border[(border[:, 1] > top - 10 * MM) & (border[:, 1] < bottom + 10 * MM)]
    found = []
    for side, start, line in zip(SIDES, starts, near, strict=True):
        end = float((side * level[:, 0]).max()) + BESIDE_FACE if len(level) else start
        strength = gaussian_filter1d(line[along, path], 3.0)[: max(0, int(end - start))]
        weak = np.flatnonzero(strength < ARM_CONTRAST)
        count = int(weak[0]) if len(weak) else len(strength)
        if count < SHORTEST_ARM:
            found.append(None)
            continue
        slope, height = np.polyfit(along[:count], path[:count], 1)
        middle = height + slope * (count - 1) / 2
        reach = np.arange(-2, count)
        line = middle + float(np.clip(slope, -STEEP_ARM, STEEP_ARM)) * (reach - (count - 1) / 2)
        found.append(np.stack([side * (start + reach), line + rows[0]], axis=1))
    return found[0], found[1]


def _find_hole(
    picture: np.ndarray, lab: np.ndarray, frame: np.ndarray, radii: tuple[np.ndarray, ...], outer: float,
    hairy: np.ndarray, border: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """The frame with its soft edge, what else has its colours beside it, and pads, screws and glints (H, W) 0..1."""
    spread = cv2.dilate(frame, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * SPREAD + 1,) * 2))
    turn = angles()
    pads, hinge = np.clip(-2 * np.cos(turn), 0, 1), np.clip(5 * np.cos(turn + 0.35) - 3.2, 0, 1)
    above = np.clip(-4 * np.sin(turn) - 1, 0, 1)
    near, beyond = np.zeros_like(frame), np.zeros_like(frame)
    for side, radius in zip(SIDES, radii, strict=True):
        near = np.maximum(near, ring(radius - 3 - 6 * pads, radius + outer + 3 + 3 * pads + 15 * hinge, side))
        beyond = np.maximum(beyond, ring(radius, radius + outer + 8 * above + 18 * hinge, side))
    face = np.zeros(frame.shape, np.uint8)
    cv2.fillConvexPoly(face, cv2.convexHull(np.round(border).astype(np.int32)), 1)
    free = (hairy < 0.5) & (face > 0)

    lightness = np.ascontiguousarray(lab[..., 0])
    around = cv2.medianBlur(np.clip(lightness, 0, 255).astype(np.uint8), 25)
    fleck = ((np.abs(lightness - around) > FLECK) & (near > 0.5) & free).astype(np.uint8)

    labels = np.full(frame.shape, cv2.GC_BGD, np.uint8)
    labels[(beyond > 0.5) & free] = cv2.GC_PR_BGD
    labels[frame > 0.8] = cv2.GC_FGD
    cv2.setRNGSeed(1)
    cv2.grabCut(picture, labels, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), 2, cv2.GC_INIT_WITH_MASK)
    alike = (labels == cv2.GC_PR_FGD).astype(np.uint8)
    return np.maximum(spread, cv2.dilate(np.maximum(fleck, alike), np.ones((3, 3), np.uint8)).astype(np.float32))


def _take_off(picture: np.ndarray, hole: np.ndarray, tint: float, lenses: np.ndarray) -> np.ndarray:
    """The plane's picture without what lies in the hole (H, W) bool, and without the lenses' tint."""
    picture = _lighten(picture, tint, lenses)
    bare = cv2.inpaint(picture, hole.astype(np.uint8), 4.0, cv2.INPAINT_TELEA)
    # Filled places get the fine noise that the cheeks have.
    fine = picture.astype(np.float32) - cv2.GaussianBlur(picture, (0, 0), 1.2).astype(np.float32)
    x, y = int(MIDDLE[0]), int(MIDDLE[1])
    level = 1.48 * float(np.median(np.abs(fine[y + 40 : y + 80, x - 60 : x + 60])))
    noise = np.random.default_rng(11).normal(0, 1, hole.shape).astype(np.float32)
    noise = 2.0 * level * cv2.GaussianBlur(noise, (0, 0), 0.6) * hole
    return np.clip(bare + noise[..., None] + 0.5, 0, 255).astype(np.uint8)


def _difference(picture: np.ndarray, bare: np.ndarray) -> np.ndarray:
    """CIE Lab distance (H, W) float32 of two uint8 sRGB pictures."""
    a, b = (cv2.cvtColor(p.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for p in (picture, bare))
    return np.linalg.norm(a - b, axis=2).astype(np.float32)


def _lab(color: np.ndarray) -> np.ndarray:
    """CIE Lab (3,) of sRGB 0..1 (3,)."""
    return cv2.cvtColor(color.astype(np.float32).reshape(1, 1, 3), cv2.COLOR_RGB2LAB).reshape(3)


def _color_on(picture: np.ndarray, away: np.ndarray, line: np.ndarray) -> np.ndarray:
    """sRGB 0..1 (3,) along a line (N, 2), where it differs most from the bare face."""
    x = np.clip(np.floor(line[:, 0]).astype(int), 1, SIZE[0] - 2)
    y = np.clip(np.floor(line[:, 1]).astype(int), 1, SIZE[1] - 2) + np.array([[-1], [0], [1]])
    x = np.broadcast_to(x, y.shape)
    strength = away[y, x]
    best = strength >= np.percentile(strength, 70)
    return np.median(picture[y[best], x[best]], axis=0) / 255


def _lens_tint(picture: np.ndarray, radii: tuple[np.ndarray, ...], reach: tuple[float, float]) -> float:
    """Share of light that the lenses take: skin just inside the lower rims against skin just outside."""
    light = to_linear(picture) @ LUMINANCE
    strip = np.sin(angles()) > 0.3
    shares = []
    for side, radius in zip(SIDES, radii, strict=True):
        turn, middle = angles()[strip, None], lens_middle(side)
        seen = []
        for offset in (-reach[0] - np.arange(3.0, 7.0), reach[1] + np.arange(3.0, 7.0)):
            r = radius[strip, None] + offset
            x = (middle[0] + side * np.cos(turn) * r - 0.5).astype(np.float32)
            y = (middle[1] + np.sin(turn) * r - 0.5).astype(np.float32)
            seen.append(cv2.remap(light, x, y, cv2.INTER_LINEAR).mean(axis=1))
        shares.append(1 - float(np.median(seen[0] / np.maximum(seen[1], 1e-4))))
    tint = min(shares)
    return 0.0 if tint < TINT[0] else min(tint, TINT[1])
