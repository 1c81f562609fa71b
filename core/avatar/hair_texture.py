# SPDX-License-Identifier: GPL-3.0-or-later
"""The hair's picture: on its left the photo with the hair cut out, on its right all of the hair unwrapped.

The unwrapped part is a chart of longitude and arc length about the skull, and is read from the photo wherever that
shows the surface well enough; elsewhere it has the photo's own low frequencies, carried round, and strands or
fabric in its manner; where it shows the surface at a flat angle, its shades are kept and its strands, drawn out
there, are grown anew. Both parts agree where a triangle of one meets a triangle of the other, so no seam shows.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import distance_transform_edt

from core.avatar.hair_canvas import Canvas
from core.avatar.hair_cards import FOOT, TIP, rim_strip
from core.avatar.hair_ends import locks, thin_out
from core.avatar.hair_line import Worn, skin_like
from core.avatar.hair_shade import lift_hollows, soften_rim
from core.avatar.hair_shape import PHOTO_CARD, RIM_CARD, SOLID, HairVolume
from core.avatar.hair_strands import GRAIN, blurred, grow_strands, weave
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
CROWN = (0.03, 0.09)  # metres of arc over which strands that run over the crown become those that fall from it
PLAIN = 0.9  # how well the photo shows a corner of a triangle that is the photo's own
# Cosines to the camera between which the photo's colours come to be those of the hair, not of its rim with the light
# behind it, and those between which its strands, drawn out before, come to be as fine as they are.
COLOURED, SHARP = (0.1, 0.25), (0.15, 0.36)
# Of the skull's round, cosines between which it comes to tell where hair ends, and to show skin beside it, not ears.
CLEAR, BESIDE = (0.35, 0.6), (0.2, 0.45)
SQUARE = 0.45  # the cosine from which on a triangle is the photo's own, hard edges and all
# Matte of what is whole, and the width of the outline (inter-ocular distances) that shows background.
WHOLE, TINTED = 0.6, 0.05
# Inter-ocular distances over which colours beside the outline are averaged, how far apart they must be (sRGB) to
# tell a mixture, and from where to where on the way from one to the other nothing of the background is left.
OUTLINE_BLUR, TELLING, UNMIXED = 0.12, 0.2, (0.88, 1.0)
BACK_SHADE = 0.9  # unseen hair lies in shade more than what faces the photographer's light
BASE_SHARE = 0.02  # weight of what is carried round among the photo's own shades
THINNER = 0.12  # inter-ocular distances from bare skin over which it shines through the hair
# Tints off the hair's usual one up to which colours are carried on behind, and from which on they are those of ears and
# of the background; and the sRGB value under which tint is noise.
FOREIGN, DIM = (0.12, 0.25), 0.06
BLOWN = 0.97  # sRGB from which on light has burnt the strands out
FAITH = 0.002  # weight of the hair's usual colour in each cell of 16 texels that the photo does not show
# Alpha as a straight line through (0.5, EVEN), which the shader's mask shows as half (blender_addon/rig/materials.py).
EVEN, STEEP = 0.415, 1.0


@dataclass(frozen=True)
class HairPicture:
    """image (HEIGHT, PHOTO + CHART, 4) uint8 sRGB with alpha; uv (T, 3, 2) per triangle corner, v up."""

    image: np.ndarray
    uv: np.ndarray


def paint_hair(
    canvas: Canvas, worn: Worn, share: np.ndarray, volume: HairVolume, centre: np.ndarray, cloth: bool
) -> HairPicture:
    """share: (h, w) 0..1 of what is worn that is not left to the skin's texture (hair_line.py); centre: (3,) the
    skull's, world metres; cloth: it is a hat or a scarf."""
    photo, there, sure, usual = _clean(canvas, worn, cloth)
    hair = worn.hair
    if not cloth:
        photo = soften_rim(canvas.matte, lift_hollows(photo, there, usual, canvas.iod), sure, usual, canvas.iod)
    box = _box(hair, canvas)
    corners = _unwrap(volume, centre)
    whole = np.minimum.reduce(cv2.split(photo)) < BLOWN
    plain = hair if cloth else np.where(whole, sure, 0) if sure.max() > 0.95 else hair
    metres = SPAN / HEIGHT  # per texel, and about as much sideways
    strands = (weave if cloth else grow_strands)(photo, plain, (HEIGHT, CHART), canvas.iod * metres / 0.062)
    strands = strands if cloth else _over_crown(strands)
    # Hair that ends at the background is whole to its edge: only skin may shine through.
    own = np.clip(worn.shown / np.maximum(canvas.matte, 0.1), 0, 1)
    own = own[_nearest(canvas.matte >= 0.5)[0]]  # beside the person goes on what the outline has
    inner = np.clip((canvas.matte - 0.5) / 0.2, 0, 1)
    hair = (worn.shown + (own - worn.shown) * inner) * share
    off = np.maximum.reduce(cv2.split(np.abs(_tint(photo) - _tint(usual))))  # over the channels, as fast as it can be
    natural = np.ones_like(hair) if cloth else 1 - smoothstep(off, *FOREIGN)
    shown = np.dstack([photo, hair, sure, (own * share).astype(np.float32), there, (sure * natural).astype(np.float32)])
    chart = _paint_chart(shown, volume, corners, centre, strands, usual, cloth)
    left = _paint_photo(shown, box, usual, strands, rim_strip(canvas, hair, STRIP_LENGTH, (PHOTO, STRIP)))
    picture = np.concatenate([left, chart], axis=1)
    image = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
    return HairPicture(image, _place(canvas, volume, box, corners))


def _over_crown(strands: np.ndarray) -> np.ndarray:
    """Strands (h, w, C) of the chart that run from front to back over the crown, where its meridians meet."""
    angle = TURN * ((np.arange(CHART, dtype=np.float32) + 0.5) / CHART - 0.5)[None]
    arc = (np.arange(HEIGHT, dtype=np.float32)[:, None] + 0.5) * SPAN / HEIGHT
    cap = np.minimum(arc, CROWN[1]) * HEIGHT / SPAN
    x, y = CHART / 2 + cap * np.sin(angle), HEIGHT / 2 + cap * np.cos(angle)
    over = cv2.remap(strands, x, y, cv2.INTER_LINEAR).reshape(strands.shape)
    below = smoothstep(arc, *CROWN)[..., None]
    return np.asarray(over * np.sqrt(1 - below**2) + strands * below, np.float32)


def alpha_of(share: np.ndarray) -> np.ndarray:
    """The picture's alpha for a share of hair 0..1, so that half a share shows as half."""
    return np.clip(EVEN + STEEP * (share - 0.5), 0, 1) * np.clip(share / 0.15, 0, 1)


def _clean(canvas: Canvas, worn: Worn, cloth: bool) -> tuple[np.ndarray, ...]:
    """Photo (h, w, 3) 0..1 whose hair goes on past the outline, where (h, w) 0..1 it is the photo, where its
    colour is plainly the hair's, and what that usually is (3,)."""
    photo = canvas.image.astype(np.float32) / 255.0
    # At the skin it ends as in the photo, whose colours lie under it too (hair_line.py).
    hair, there = worn.hair, smoothstep(worn.hair, 0.2, 0.5).astype(np.float32)
    sure = there if cloth else there * (1 - skin_like(canvas, hair))
    photo, whole = _mirror_outline(canvas, photo, sure)
    sure = sure * whole
    if sure.max() < 0.5:
        sure = (hair > 0.5).astype(np.float32)
    # What is filled in takes after hair that is plainly there, not after thin hair with skin behind it.
    weight = np.clip(2 * sure - 1, 0, 1)[..., None]
    faith = FAITH * (1 - weight)
    usual = _usual(canvas, photo, hair, sure)
    there = smoothstep(worn.shown, 0.2, 0.5).astype(np.float32)
    mixed = (photo * weight + usual * faith) / (weight + faith)
    filled = push_pull(mixed.astype(np.float32), np.clip(weight + faith, 0, 1)[..., 0].astype(np.float32))
    return photo * there[..., None] + filled * (1 - there[..., None]), there, sure, usual


def _usual(canvas: Canvas, photo: np.ndarray, hair: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """Median colour (3,) of what is plainly hair, where there is any so far from bare skin that none shines through."""
    bare = ((hair < 0.5) & (canvas.matte > 0.5)).astype(np.uint8)
    deep = cv2.distanceTransform(1 - bare, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) > THINNER * canvas.iod
    plain = next(mask for mask in ((sure > 0.95) & deep, sure > 0.95, hair > 0.5) if mask.any())
    return np.median(photo[plain], axis=0)


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
    shown: np.ndarray,
    box: tuple[np.ndarray, np.ndarray],
    usual: np.ndarray,
    strands: np.ndarray,
    strip: np.ndarray,
) -> np.ndarray:
    """The left part (HEIGHT, PHOTO, 4): the photo's hair, and under it the strip of its outline.

    shown: (h, w, 8) on the canvas: colour, share of hair, where the colour is the hair's, the share of hair in what
    is the person, where the colour is the photo's, and where it is one that hair goes on in.
    """
    rows = HEIGHT - STRIP
    x = box[0][0] + (np.arange(PHOTO) + 0.5) / PHOTO * box[1][0] - 0.5
    y = box[0][1] + (np.arange(rows) + 0.5) / rows * box[1][1] - 0.5
    x, y = (grid.astype(np.float32) for grid in np.meshgrid(x, y))
    seen = _sample(shown, x, y)
    colour = seen[..., :3] * (1 + strands[:rows, :PHOTO] * np.clip(1 - seen[..., 6:7], 0, 1))
    rim = np.broadcast_to(usual, (*strip.shape, 3)) * (1 + strands[-STRIP:, :PHOTO])
    rim = np.dstack([rim, alpha_of(strip)])
    return np.concatenate([np.dstack([colour, alpha_of(seen[..., 3])]), rim]).astype(np.float32)


def _paint_chart(
    shown: np.ndarray,
    volume: HairVolume,
    corners: np.ndarray,
    centre: np.ndarray,
    strands: np.ndarray,
    usual: np.ndarray,
    cloth: bool,
) -> np.ndarray:
    """The right part (HEIGHT, CHART, 4); strands: (HEIGHT, CHART, 1 or 3) relative colour about 0; usual: (3,)
    the hair's colour."""
    surface = volume.kind < PHOTO_CARD
    fields = _look_up_surface(volume, corners[surface], centre, surface)
    pixels, *facts = (cv2.resize(field, (CHART, HEIGHT)) for field in fields)
    seen, outlined, density, facing, rounded, over, there = facts
    # Between two layers of the surface lies no third.
    either = cv2.resize(fields[0], (CHART, HEIGHT), interpolation=cv2.INTER_NEAREST)
    apart = np.abs(pixels - either).max(axis=2, keepdims=True) > JUMP
    pixels = np.where(apart, either, pixels)
    photo = _sample(shown, pixels[..., 0] - np.float32(0.5), pixels[..., 1] - np.float32(0.5))
    colour, share = photo[..., :3], np.clip(photo[..., 5], 0, 1)
    known, own, carried = (seen * np.clip(photo[..., k], 0, 1) for k in (4, 6, 7))
    grown = continue_hair(colour, known, carried, facing, usual, strands, cloth)
    # Skin beside the hair that the hair's mesh shows is the photo's too.
    drawn_out = 1 - smoothstep(rounded, *CLEAR).astype(np.float32)
    skin = ((own - known) * smoothstep(facing, *COLOURED) * smoothstep(rounded, *BESIDE))[..., None]
    colour = grown + (colour - grown) * np.clip(skin, 0, 1)
    hairy = (density + (share - density) * outlined) * there
    if not cloth:
        hairy = thin_out(hairy, drawn_out, there, strands)
        told = outlined * smoothstep(facing, *SHARP)
        hairy *= told + (1 - told) * locks(over, TURN * RADIUS / CHART)
    return np.dstack([colour, alpha_of(hairy) * there]).astype(np.float32)


def continue_hair(
    colour: np.ndarray,
    known: np.ndarray,
    carried: np.ndarray,
    facing: np.ndarray,
    usual: np.ndarray,
    strands: np.ndarray,
    cloth: bool,
) -> np.ndarray:
    """The chart's colours (h, w, 3), of which the photo tells ``known`` (h, w) 0..1 at cosines ``facing`` (h, w) to the
    camera: shades farther apart than strands stay the photo's where they are ``carried`` (h, w) 0..1, and go on behind;
    strands grow where it smears them."""
    weight = (carried * smoothstep(facing, *COLOURED)).astype(np.float32)
    longitude = (np.arange(CHART) + 0.5) / CHART - 0.5
    shade = 1 - (1 - BACK_SHADE) * np.cos(np.clip(longitude * TURN / 2, -np.pi / 2, np.pi / 2)) ** 2
    base = _carried_round(colour, weight, usual) * shade[None, :, None].astype(np.float32)
    if cloth:  # its pattern is broader than strands
        return np.asarray(base * (1 + strands) + (colour - base * (1 + strands)) * known[..., None], np.float32)
    sums, total = (blurred(layer, GRAIN, GRAIN) for layer in (colour * weight[..., None], weight))
    tone = (sums + BASE_SHARE * base) / (total + BASE_SHARE)[..., None]
    own = (known * smoothstep(facing, *SHARP)).astype(np.float32)[..., None]
    return tone * (1 + strands * np.sqrt(1 - own**2)) + (colour - tone) * own


def _sample(shown: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The canvas (H, W, 8) at pixels (h, w), (h, w)."""
    parts = ((shown[..., :3], cv2.INTER_CUBIC), (shown[..., 3:], cv2.INTER_LINEAR))
    return np.dstack([cv2.remap(part, x, y, how, borderMode=cv2.BORDER_REPLICATE) for part, how in parts])


def _tint(colour: np.ndarray) -> np.ndarray:
    """Colours (..., 3) 0..1 by their mean, in the dark, where it is noise, less far from grey."""
    return (colour + DIM) / (colour.mean(axis=-1, keepdims=True) + DIM)


def _look_up_surface(
    volume: HairVolume, corners: np.ndarray, centre: np.ndarray, surface: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Canvas pixels (N, N, 2), seen, outlined, density, facing, rounded and over of the outermost surface over the
    chart, and whether there is any, each (N, N) float32; where there is none, what is nearest."""
    triangles = volume.triangles[surface]
    out = np.linalg.norm(volume.points - centre, axis=1)[triangles]
    flat = np.concatenate([corners, out[..., None]], axis=2).reshape(-1, 3)
    grid = (np.arange(COARSE) + 0.5) / COARSE
    u, v = np.meshgrid(grid, grid)
    origins = np.stack([u.ravel(), v.ravel(), np.full(u.size, 2.0)], axis=1)
    scene = RayScene(flat, np.arange(len(flat)).reshape(-1, 3))
    hits = scene.cast(origins, np.tile([0.0, 0.0, -1.0], (u.size, 1)))
    facts = volume.seen, volume.outlined, volume.density, volume.facing, volume.rounded, volume.over
    values = np.column_stack([volume.canvas, *facts])
    met = hits.triangle >= 0
    found = np.zeros((u.size, values.shape[1]), np.float32)
    found[met] = np.einsum("nk,nkd->nd", hits.barycentric[met], values[triangles[hits.triangle[met]]])
    found = found.reshape(COARSE, COARSE, -1)
    nearest = np.asarray(
        distance_transform_edt(~met.reshape(COARSE, COARSE), return_distances=False, return_indices=True)
    )
    found = found[nearest[0], nearest[1]]
    there = met.reshape(COARSE, COARSE).astype(np.float32)
    return (*(np.ascontiguousarray(part) for part in (found[..., :2], *np.moveaxis(found[..., 2:], -1, 0))), there)


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
    hairline = (volume.share < 0.9) & (canvas.matte[at[:, 1], at[:, 0]] > 0.9) & (volume.rounded > CLEAR[1])
    clear = (volume.facing > SQUARE)[volume.triangles]
    plain = (volume.kind == SOLID) & (volume.seen > PLAIN)[volume.triangles].any(axis=1)
    plain &= clear.all(axis=1) | hairline[volume.triangles].any(axis=1)
    # What begins under the skin there is as clear: skin is never quite where it was modelled.
    under = (hairline & (volume.density == 0))[volume.triangles].any(axis=1)
    plain |= (volume.kind == SOLID) & under & clear.any(axis=1)
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
