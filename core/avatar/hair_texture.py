# SPDX-License-Identifier: GPL-3.0-or-later
"""The hair's picture: on its left the photo with the hair cut out, on its right all of the hair unwrapped.

The unwrapped part is a chart of longitude and arc length about the skull, and is read from the photo wherever that
shows the surface well enough; elsewhere it has the photo's own low frequencies, carried round, and strands or
fabric in its manner. Both parts agree where a triangle of one meets a triangle of the other, so no seam shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt

from core.avatar.hair_cards import FOOT, TIP, rim_strip
from core.avatar.hair_line import skin_like
from core.avatar.hair_region import Canvas
from core.avatar.hair_shape import PHOTO_CARD, RIM_CARD, SOLID, HairVolume
from core.avatar.hair_strands import grow_strands, weave
from core.avatar.rays import RayScene
from core.colour import smoothstep
from core.push_pull import push_pull

HEIGHT = 768
PHOTO, CHART = 512, 1024  # texels of width
STRIP = 64  # rows at the photo's foot that hold the outline rolled out
STRIP_LENGTH = 0.45  # metres
COARSE = 384  # side at which the chart's surface is looked up
JUMP = 5.0  # canvas pixels between neighbours of the chart that do not belong together
# The chart covers more than a full turn, so that triangles across its seam stay whole.
TURN = 2 * np.pi * 1.1
RADIUS = 0.085  # metres: the skull's, which turns angles into lengths
SPAN = 0.60  # metres of arc from the crown down that the chart holds
PLAIN = 0.9  # how well the photo shows all corners of a triangle that is the photo's own
# Matte of what is whole, and the width of the outline (inter-ocular distances) that shows background.
WHOLE, TINTED = 0.6, 0.05
# Inter-ocular distances over which colours beside the outline are averaged, how far apart they must be (sRGB) to
# tell a mixture, and from where to where on the way from one to the other nothing of the background is left.
OUTLINE_BLUR, TELLING, UNMIXED = 0.12, 0.2, (0.88, 1.0)
BACK_SHADE = 0.9  # unseen hair lies in shade more than what faces the photographer's light
FAITH = 0.02  # weight of the hair's usual colour in each cell of 16 texels that the photo does not show
# Alpha as a straight line through (0.5, EVEN), which the shader's mask shows as half (blender_addon/rig/materials.py).
EVEN, STEEP = 0.415, 1.0
RAGGED = 0.3  # how much the strands tear the edge where hair thins out unseen


@dataclass(frozen=True)
class HairPicture:
    """image (HEIGHT, PHOTO + CHART, 4) uint8 sRGB with alpha; uv (T, 3, 2) per triangle corner, v up."""

    image: np.ndarray
    uv: np.ndarray


def paint_hair(
    canvas: Canvas, hair: np.ndarray, share: np.ndarray, volume: HairVolume, centre: np.ndarray, cloth: bool
) -> HairPicture:
    """hair: (h, w) 0..1; share: (h, w) of it that is not left to the skin's texture (hair_line.py); centre: (3,) the
    skull's, world metres; cloth: it is a hat or a scarf."""
    photo, there, sure = _clean(canvas, hair, cloth)
    box = _box(hair, canvas)
    corners = _unwrap(volume, centre)
    metres = SPAN / HEIGHT  # per texel, and about as much sideways
    strands = (weave if cloth else grow_strands)(photo, hair, (HEIGHT, CHART), canvas.iod * metres / 0.062)
    # Hair that ends at the background is whole to its edge: only skin may shine through.
    own = np.clip(hair / np.maximum(canvas.matte, 0.1), 0, 1)
    own = own[_nearest(canvas.matte >= 0.5)[0]]  # beside the person goes on what the outline has
    inner = np.clip((canvas.matte - 0.5) / 0.2, 0, 1)
    hair = (hair + (own - hair) * inner) * share
    shown = np.dstack([photo, hair, sure, (own * share).astype(np.float32), there])
    chart = _paint_chart(shown, volume, corners, centre, strands)
    left = _paint_photo(shown, box, strands, rim_strip(canvas, hair, STRIP_LENGTH, (PHOTO, STRIP)))
    picture = np.concatenate([left, chart], axis=1)
    image = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    return HairPicture(image, _place(canvas, volume, box, corners))


def alpha_of(share: np.ndarray) -> np.ndarray:
    """The picture's alpha for a share of hair 0..1, so that half a share shows as half."""
    return np.clip(EVEN + STEEP * (share - 0.5), 0, 1) * np.clip(share / 0.15, 0, 1)


def _clean(canvas: Canvas, hair: np.ndarray, cloth: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Photo (h, w, 3) 0..1 whose hair goes on past the outline, where (h, w) 0..1 it is the photo, and where its
    colour is plainly the hair's."""
    photo = canvas.image.astype(np.float32) / 255.0
    # At the skin it ends as in the photo, whose colours lie under it too (hair_line.py).
    there = smoothstep(hair, 0.2, 0.5).astype(np.float32)
    sure = there if cloth else there * (1 - skin_like(canvas, hair))
    photo, whole = _mirror_outline(canvas, photo, sure)
    sure = sure * whole
    if sure.max() < 0.5:
        sure = (hair > 0.5).astype(np.float32)
    # What is filled in takes after hair that is plainly there, not after thin hair with skin behind it.
    weight = np.clip(2 * sure - 1, 0, 1)[..., None]
    faith = FAITH * (1 - weight)
    usual = np.median(photo[sure > 0.95], axis=0) if (sure > 0.95).any() else photo[hair > 0.5].mean(axis=0)
    mixed = (photo * weight + usual * faith) / (weight + faith)
    filled = push_pull(mixed.astype(np.float32), np.clip(weight + faith, 0, 1)[..., 0].astype(np.float32))
    return photo * there[..., None] + filled * (1 - there[..., None]), there, sure


def _mirror_outline(canvas: Canvas, photo: np.ndarray, sure: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The photo (h, w, 3) whose outline, where the background shines through, is the mirror image of what is plainly
    hair (h, w) within: strands go on there as strands. And how far (h, w) 0..1 the background is gone."""
    # An enlarged photo has edges as wide as its pixels.
    width = max(1 + 0.8 * max(canvas.scale, 1.0), TINTED * canvas.iod)
    deep = cv2.distanceTransform((canvas.matte > WHOLE).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    core = (deep > width) & (sure > 0.5)
    if not core.any():
        return photo, np.ones_like(sure)
    near, away = _nearest(core)
    y, x = np.indices(core.shape)
    mirrored = [np.clip(2 * n - at, 0, side - 1) for n, at, side in zip(near, (y, x), core.shape, strict=True)]
    whole = core[mirrored[0], mirrored[1]]
    rows, columns = (np.where(whole, m, n) for m, n in zip(mirrored, near, strict=True))
    own = np.maximum(smoothstep(deep, width / 2, width), _unmixed(canvas, photo, core, near))
    far = smoothstep(away, 2 * width, 3 * width)
    share = (1 - own) * (1 - far)
    filled = photo + (photo[rows, columns] - photo) * share[..., None]
    return filled.astype(np.float32), (1 - (1 - own) * far).astype(np.float32)


def _nearest(mask: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """Row and column, each (h, w), of the pixel of a mask (h, w) that is nearest to each pixel, and how far it is."""
    away, found = cv2.distanceTransformWithLabels(
        (~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    labels = np.asarray(found, np.int64)
    rows, columns = np.nonzero(mask)
    place = np.zeros((2, labels.max() + 1), np.int64)
    place[:, labels[rows, columns]] = rows, columns
    return (place[0][labels], place[1][labels]), away


def _unmixed(
    canvas: Canvas, photo: np.ndarray, core: np.ndarray, near: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """How surely (h, w) 0..1 a pixel of the outline has nothing of the background in it: its place on the way from
    the background's colour beside it to the hair's within."""
    wall = canvas.matte < 0.1
    if not wall.any():
        return np.zeros(core.shape)
    window = (round(OUTLINE_BLUR * canvas.iod),) * 2

    def colour_of(mask: np.ndarray, place: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        weight = mask.astype(np.float32)
        mean = cv2.blur(photo * weight[..., None], window)
        return (mean / np.maximum(cv2.blur(weight, window), 1e-3)[..., None])[place]

    behind = colour_of(wall, _nearest(wall)[0])
    away = colour_of(core, near) - behind
    way = ((photo - behind) * away).sum(axis=-1) / np.maximum((away**2).sum(axis=-1), TELLING**2)
    return smoothstep(way, *UNMIXED) * (canvas.matte > 0.5)


def _box(hair: np.ndarray, canvas: Canvas) -> tuple[np.ndarray, np.ndarray]:
    """Corner and size (x, y) in canvas pixels of what the photo's part shows."""
    rows, columns = np.nonzero(hair > 0.02)
    low = np.array([columns.min(), rows.min()]) - 0.12 * canvas.iod
    high = np.array([columns.max(), rows.max()]) + 1 + 0.12 * canvas.iod
    return low, high - low


def _unwrap(volume: HairVolume, centre: np.ndarray) -> np.ndarray:
    """Chart positions (T, 3, 2), 0..1, of the triangles' corners: longitude (middle: behind) and arc from the crown."""
    points = volume.points - centre
    longitude = np.arctan2(points[:, 0], points[:, 1])
    flat = np.hypot(points[:, 0], points[:, 1])
    angle = np.arctan2(flat, np.maximum(points[:, 2], 0))
    arc = RADIUS * angle + np.maximum(-points[:, 2], 0)
    corners = np.stack([longitude, arc], axis=1)[volume.triangles]
    # Bring the longitudes of each triangle to within half a turn of its first corner's.
    corners[..., 0] -= 2 * np.pi * np.round((corners[..., 0] - corners[:, :1, 0]) / (2 * np.pi))
    middle = corners[..., 0].mean(axis=1, keepdims=True)
    corners[..., 0] -= 2 * np.pi * np.round(middle / (2 * np.pi))
    return np.clip(np.stack([corners[..., 0] / TURN + 0.5, corners[..., 1] / SPAN], axis=-1), 0.001, 0.999)


def _paint_photo(
    shown: np.ndarray, box: tuple[np.ndarray, np.ndarray], strands: np.ndarray, strip: np.ndarray
) -> np.ndarray:
    """The left part (HEIGHT, PHOTO, 4): the photo's hair, and under it the strip of its outline.

    shown: (h, w, 7) on the canvas: colour, share of hair, where the colour is the hair's, the share of hair in what
    is the person, and where the colour is the photo's.
    """
    rows = HEIGHT - STRIP
    x = box[0][0] + (np.arange(PHOTO) + 0.5) / PHOTO * box[1][0] - 0.5
    y = box[0][1] + (np.arange(rows) + 0.5) / rows * box[1][1] - 0.5
    x, y = (grid.astype(np.float32) for grid in np.meshgrid(x, y))
    seen = _sample(shown, x, y)
    colour = seen[..., :3] * (1 + strands[:rows, :PHOTO] * np.clip(1 - seen[..., 6:7], 0, 1))
    rim = np.broadcast_to(_usual(shown), (*strip.shape, 3)) * (1 + strands[-STRIP:, :PHOTO])
    rim = np.dstack([rim, alpha_of(strip)])
    return np.concatenate([np.dstack([colour, alpha_of(seen[..., 3])]), rim]).astype(np.float32)


def _paint_chart(
    shown: np.ndarray, volume: HairVolume, corners: np.ndarray, centre: np.ndarray, strands: np.ndarray
) -> np.ndarray:
    """The right part (HEIGHT, CHART, 4); strands: (HEIGHT, CHART, 1 or 3) relative brightness about 0."""
    surface = volume.kind < PHOTO_CARD
    fields = _look_up_surface(volume, corners[surface], centre, surface)
    pixels, seen, outlined, density, there = (cv2.resize(field, (CHART, HEIGHT)) for field in fields)
    # Between two layers of the surface lies no third.
    either = cv2.resize(fields[0], (CHART, HEIGHT), interpolation=cv2.INTER_NEAREST)
    apart = np.abs(pixels - either).max(axis=2, keepdims=True) > JUMP
    pixels = np.where(apart, either, pixels)
    photo = _sample(shown, pixels[..., 0] - np.float32(0.5), pixels[..., 1] - np.float32(0.5))
    colour, share = photo[..., :3], np.clip(photo[..., 5], 0, 1)
    known = seen * np.clip(photo[..., 4], 0, 1)
    base = _carried_round(colour, known, _usual(shown))
    longitude = (np.arange(CHART) + 0.5) / CHART - 0.5
    shade = 1 - (1 - BACK_SHADE) * np.cos(np.clip(longitude * TURN / 2, -np.pi / 2, np.pi / 2)) ** 2
    guessed = base * (shade[None, :, None] * (1 + strands))
    torn = density + RAGGED * np.clip(strands.mean(axis=2) * 4, -1, 1) * 4 * density * (1 - density)
    colour = colour * known[..., None] + guessed * (1 - known[..., None])
    alpha = (alpha_of(share) * outlined + alpha_of(np.clip(torn, 0, 1)) * (1 - outlined)) * there
    return np.dstack([colour, alpha]).astype(np.float32)


def _sample(shown: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The canvas (H, W, 7) at pixels (h, w), (h, w)."""
    parts = ((shown[..., :3], cv2.INTER_CUBIC), (shown[..., 3:], cv2.INTER_LINEAR))
    return np.dstack([cv2.remap(part, x, y, how, borderMode=cv2.BORDER_REPLICATE) for part, how in parts])


def _usual(shown: np.ndarray) -> np.ndarray:
    """Median colour (3,) of the hair that the photo shows plainly; shown: (h, w, 7)."""
    plain = (shown[..., 3] > 0.95) & (shown[..., 4] > 0.95)
    return np.median(shown[plain if plain.any() else shown[..., 3] > 0.5][:, :3], axis=0)


def _look_up_surface(
    volume: HairVolume, corners: np.ndarray, centre: np.ndarray, surface: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Canvas pixels (N, N, 2), seen, outlined, density of the outermost surface over the chart, and whether there is
    any, each (N, N) float32; where there is none, what is nearest."""
    triangles = volume.triangles[surface]
    out = np.linalg.norm(volume.points - centre, axis=1)[triangles]
    flat = np.concatenate([corners, out[..., None]], axis=2).reshape(-1, 3)
    grid = (np.arange(COARSE) + 0.5) / COARSE
    u, v = np.meshgrid(grid, grid)
    origins = np.stack([u.ravel(), v.ravel(), np.full(u.size, 2.0)], axis=1)
    scene = RayScene(flat, np.arange(len(flat)).reshape(-1, 3))
    hits = scene.cast(origins, np.tile([0.0, 0.0, -1.0], (u.size, 1)))
    values = np.column_stack([volume.canvas, volume.seen, volume.outlined, volume.density])
    met = hits.triangle >= 0
    found = np.zeros((u.size, 5), np.float32)
    found[met] = np.einsum("nk,nkd->nd", hits.barycentric[met], values[triangles[hits.triangle[met]]])
    found = found.reshape(COARSE, COARSE, 5)
    nearest = np.asarray(
        distance_transform_edt(~met.reshape(COARSE, COARSE), return_distances=False, return_indices=True)
    )
    found = found[nearest[0], nearest[1]]
    seen, outlined, density = (np.ascontiguousarray(found[..., k]) for k in (2, 3, 4))
    return np.ascontiguousarray(found[..., :2]), seen, outlined, density, met.reshape(seen.shape).astype(np.float32)


def _carried_round(colour: np.ndarray, known: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Low frequencies (h, w, 3) of the known colours, carried on over the rest of the chart and soon the usual one."""
    size = (CHART // 16, HEIGHT // 16)
    weight = cv2.resize(known.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    sums = cv2.resize(colour * known[..., None], size, interpolation=cv2.INTER_AREA)
    faith = FAITH * (1 - np.clip(weight, 0, 1))
    mixed = (sums + usual * faith[..., None]) / np.maximum(weight + faith, 1e-4)[..., None]
    base = push_pull(mixed.astype(np.float32), np.clip(2 * (weight + faith), 0, 1))
    base = cv2.GaussianBlur(base, (0, 0), 1.5)
    return cv2.resize(base, (CHART, HEIGHT), interpolation=cv2.INTER_CUBIC)


def _place(
    canvas: Canvas, volume: HairVolume, box: tuple[np.ndarray, np.ndarray], corners: np.ndarray
) -> np.ndarray:
    """UV (T, 3, 2): the photo's part for what it shows plainly and for cards, the chart for the rest."""
    high, wide = HEIGHT - STRIP, PHOTO + CHART
    # At the hairline a triangle emerges from the skin, however steeply, and is seen in part.
    at = np.clip(volume.canvas.astype(int), 0, np.array(canvas.shape[::-1]) - 1)
    hairline = (volume.share < 0.9) & (canvas.matte[at[:, 1], at[:, 0]] > 0.9)
    plain = (volume.kind == SOLID) & (volume.seen > PLAIN)[volume.triangles].any(axis=1)
    plain &= (volume.facing > PLAIN)[volume.triangles].all(axis=1) | hairline[volume.triangles].any(axis=1)
    # What begins under the skin there is as clear: skin is never quite where it was modelled.
    under = (hairline & (volume.density == 0))[volume.triangles].any(axis=1)
    plain |= (volume.kind == SOLID) & under & (volume.facing > PLAIN)[volume.triangles].any(axis=1)
    shown = (volume.canvas - box[0]) / box[1] * [PHOTO / wide, high / HEIGHT]
    shown[:, 0] = np.clip(shown[:, 0], 0.5 / wide, (PHOTO - 0.5) / wide)
    shown[:, 1] = np.clip(shown[:, 1], 0.5 / HEIGHT, (high - 0.5) / HEIGHT)
    along = volume.canvas / [STRIP_LENGTH, 1.0]
    swung = 1 - np.abs(along[:, 0] % 2 - 1)  # back and forth, without a jump
    off = np.clip((TIP - along[:, 1]) / (TIP + FOOT), 0, 1)
    rim = np.stack([(0.5 + swung * (PHOTO - 1)) / wide, (high + 0.5 + off * (STRIP - 1)) / HEIGHT], axis=1)
    chart = corners * [CHART / wide, 1.0] + [PHOTO / wide, 0.0]
    uv = np.where((plain | (volume.kind == PHOTO_CARD))[:, None, None], shown[volume.triangles], chart)
    uv = np.where((volume.kind == RIM_CARD)[:, None, None], rim[volume.triangles], uv)
    uv[..., 1] = 1 - uv[..., 1]
    return uv
