# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin's materials: the photo where it shows the skin, its mirror image, and what both lead one to expect."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.avatar.completion import Membrane, light_gain, membrane
from core.avatar.detail import grain_tile, lay_tile, relief_map, roughness_map, tile_places
from core.avatar.fit import Fit
from core.avatar.hair import hair_mask
from core.avatar.hair_region import HairRegion, find_hair_region
from core.avatar.landmarks import eye_distance
from core.avatar.light import estimate_light, exposure, hollow_gain, light_picture, sky_over_skin, tint
from core.avatar.lips import lip_depth, repair_lips
from core.avatar.parts import Material
from core.avatar.rays import triangulate, vertex_normals
from core.avatar.repair import Belief, Places, SkinColour, believe, find_places, hair_grows, skin_colour
from core.avatar.rim import BLUR, doubt_rims, oddness
from core.avatar.settings import AvatarSettings
from core.avatar.template import Template
from core.avatar.texture import OUTLINE, Sight, View, enlarge, look, open_mouth, read_photo
from core.avatar.unwrap import BODY_CHART, HEAD_CHART, Texels, chart_texels
from core.colour import smoothstep
from core.portrait import Portrait

COARSE = 512  # texels of the grid on which all but the colours is worked out
BODY_TEXTURE = 1024
LIGHT_TEXTURE = 128
# Faces whose eyes are nearer to each other (pixels) fill half of the map.
SMALL_FACE = 40.0
MOUTH_COLOR = (0.3, 0.085, 0.07)  # linear; wet mucous membrane, which little light reaches
CHARTS = (HEAD_CHART, BODY_CHART)
SOLID = 0.7  # trust from which on a texel is the photo's alone
BLURRED = (0.3, 0.65)  # cosine to the camera up to which the photo is smeared, and from which on it is sharp
BRIGHTER = (0.3, 3.0)  # least and most that a mirrored colour is changed by
REGROWN = 0.7  # share of the grain given to smeared skin
# Skin shines where the photo is this much lighter (CIE L) than skin is likely to be there, whose lightness is about
# a hundredth of its colour weighed by:
SHINE, GREY = (6.0, 25.0), (30.0, 59.0, 11.0)
LIT, LUMA = (0.65, 0.95), np.array([0.299, 0.587, 0.114])  # of the skin's lightness, from which on an ear is no hollow
HAIR_PRIOR = 2e-3  # see completion.PRIOR: a hairline goes on as it was seen, for 5 edges
NECK_SHADE, LEAST_NECK = 0.6, 30  # share of the seen neck's colour in the unseen one's; vertices that tell it
LEAST_HAIR = 0.02  # square inter-ocular distances of hair in the photo


@dataclass(frozen=True)
class Skin:
    """materials: skin, body and mouth; charts: the layout of the first two.

    scores: ``texture_coverage``, ``texels_outside_matte``.
    """

    materials: tuple[Material, ...]
    scores: dict[str, float]
    charts: dict[str, Texels]


@dataclass(frozen=True)
class Chart:
    """One chart and what each photo shows of it, the front photo first."""

    texels: Texels
    sights: tuple[Sight, ...]
    beliefs: tuple[Belief, ...]

    def shares(self) -> list[np.ndarray]:
        """How much of each texel (n, n) each photo gives: the first what it sees, the next what is left over."""
        left, shares = np.ones(self.beliefs[0].trust.shape, np.float32), []
        for belief in self.beliefs:
            shares.append(left * smoothstep(belief.trust, 0.0, SOLID).astype(np.float32))
            left = left - shares[-1]
        return shares


@dataclass(frozen=True)
class Fields:
    """What all photos together tell the vertices, each (V, C).

    skin, hair: likely colours; hairy: share (V, 1) of hair on the head;
    gains: per photo what brings its colours to the first photo's light.
    light: (V, 1) of the first photo; hollows: what takes the shade of hollows off.
    """

    skin: np.ndarray
    hair: np.ndarray
    hairy: np.ndarray
    gains: tuple[np.ndarray, ...]
    light: np.ndarray
    hollows: np.ndarray


def paint_skin(
    portrait: Portrait,
    fit: Fit,
    template: Template,
    settings: AvatarSettings,
    rest: np.ndarray,
    region: HairRegion,
    cloth: np.ndarray,
) -> Skin:
    """Materials skin, body and mouth with the photo's texture. rest: (V, 3) metres.

    cloth: (H, W) 0..1, the photo's clothes, which are painted elsewhere (cloth_texture.py).
    """
    views = find_views(portrait, fit, template, rest, region, cloth)
    places, springs = find_places(template), membrane(template)
    size = settings.texture if eye_distance(portrait.landmarks) >= SMALL_FACE else settings.texture // 2
    sizes = {HEAD_CHART: size, BODY_CHART: BODY_TEXTURE}
    texels = {number: chart_texels(number, COARSE) for number in CHARTS}
    # The bodies of several photos are never alike: only the first's is read.
    used = {HEAD_CHART: views, BODY_CHART: views[:1]}
    sights = {n: tuple(look(view, template, texels[n], sizes[n]) for view in used[n]) for n in CHARTS}
    colours = [skin_colour(sight, texels[HEAD_CHART], places) for sight in sights[HEAD_CHART]]
    charts = _sort_charts(texels, sights, colours, places, springs)
    fields = tell(template, rest, places, springs, charts, colours[0])
    head, body = charts[HEAD_CHART], charts[BODY_CHART]
    painted, grain = _paint_head(template, places, head, fields, size)
    bare = _paint_body(template, body, fields, grain)
    bust = Material("body", "skin", bare, maps={"light": _light_map(body, fields)})
    outside = sum(
        int((~sight.on_person & (enlarge(share, size) > 0)).sum())
        for sight, share in zip(head.sights, head.shares(), strict=True)
    )
    face = head.texels.paint(places.face.astype(float)) > 0.5
    coverage = float(np.sum(head.shares(), axis=0)[face].mean())
    return Skin(
        (
            painted,
            bust,
            Material("mouth", "mouth", color=tint(MOUTH_COLOR, exposure(portrait))),
        ),
        {"texture_coverage": round(coverage, 4), "texels_outside_matte": outside},
        {"skin": head.texels, "body": body.texels},
    )


def _sort_charts(
    texels: dict[int, Texels],
    sights: dict[int, tuple[Sight, ...]],
    colours: list[SkinColour],
    places: Places,
    springs: Membrane,
) -> dict[int, Chart]:
    """The charts with what each photo's colours are worth there; colours: the skin's, per photo."""
    beliefs: dict[int, list[Belief]] = {number: [] for number in texels}
    for photo, colour in enumerate(colours):
        shown = [number for number in texels if photo < len(sights[number])]
        views = [
            (texels[n], sights[n][photo], believe(sights[n][photo], texels[n], places, colour, n)) for n in shown
        ]
        for number, belief in zip(shown, doubt_rims(views, springs, places, colour), strict=True):
            beliefs[number].append(belief)
    return {number: Chart(texels[number], sights[number], tuple(beliefs[number])) for number in texels}


def find_views(
    portrait: Portrait, fit: Fit, template: Template, rest: np.ndarray, region: HairRegion, cloth: np.ndarray
) -> list[View]:
    """The portrait and the photos of its sides as views of the head, the portrait first."""
    # The bust does not follow the face's expression, and its shape follows the matte.
    body = np.unique(template.faces[template.region == BODY_CHART])
    views = []
    for photo, place in zip((portrait, *portrait.sides.values()), (fit, *fit.views), strict=True):
        posed, blocked = place.posed.copy(), open_mouth(photo)
        posed[body] = rest[body]
        first = photo is portrait
        hair = hair_mask(region if first else find_hair_region(photo), photo.image.shape)
        blocked = np.maximum(blocked, _bled(cloth, eye_distance(photo.landmarks))) if first else blocked
        views.append(View(photo, place.camera, place.rotation, place.translation, posed, blocked, hair))
    return views


def _bled(cloth: np.ndarray, iod: float) -> np.ndarray:
    """Clothes (H, W) 0..1 with the pixels beside them, into which their colour bleeds as the background's does."""
    width = 2 * max(1, round(OUTLINE * iod)) + 1
    return cv2.dilate(cloth, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width)))


def tell(
    template: Template,
    rest: np.ndarray,
    places: Places,
    springs: Membrane,
    charts: dict[int, Chart],
    skin: SkinColour,
) -> Fields:
    """What the photos tell the vertices."""
    count = len(template.positions)

    def gather(chart: Chart, photo: int, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return chart.texels.gather(chart.sights[photo].colour, picture, count)

    # A hollow that opens in the photo (a smiling mouth) is as light as it is there.
    posed = charts[HEAD_CHART].sights[0].view.posed
    sky = np.maximum(sky_over_skin(template, rest), sky_over_skin(template, posed))[:, None]
    sky = springs.stretch(sky, np.ones(count), np.ones(1))[:, 0]
    # The skin of head and body is one.
    seen: list[tuple[np.ndarray, np.ndarray]] = []
    for photo in range(len(charts[HEAD_CHART].sights)):
        parts = [gather(c, photo, c.beliefs[photo].skin) for c in charts.values() if photo < len(c.sights)]
        weight = np.sum([w for _, w in parts], axis=0)
        seen.append((np.sum([v * w[:, None] for v, w in parts], axis=0) / np.maximum(weight, 1e-9)[:, None], weight))
    hollows = _unless_lit(hollow_gain(sky, skin.rgb), *seen[0], places, skin)
    seen = [(colour * hollows, trust) for colour, trust in seen]
    colour, trust = seen[0]
    light = estimate_light(
        colour, trust, vertex_normals(posed, triangulate(template.faces)), springs, places
    )
    gains = [np.ones((count, 3))]
    for other, worth in seen[1:]:
        gains.append(light_gain(springs, (colour, trust), (other, worth)))
        colour, trust = _blend((colour, trust), (other * gains[-1], worth), 1.0)
    turned = springs.mirror
    mirror = light_gain(springs, (colour, trust), (colour[turned], trust[turned]))
    likely, other = springs.stretch(colour, trust, skin.rgb), colour[turned] * mirror
    fits = 1 - oddness(other[None], likely[None])[0]
    colour, trust = _blend((colour, trust), (other, trust[turned] * fits), 0.25)

    front = charts[HEAD_CHART]
    values, weight = gather(front, 0, front.beliefs[0].other)
    _, bare = gather(front, 0, front.beliefs[0].skin)
    share, known = weight / np.maximum(weight + bare, 1e-6), np.clip(weight + bare, 0, 1)
    shade = hair_colour(front.sights[0].view)
    hair = springs.stretch(values * hollows, weight, skin.rgb if shade is None else shade)
    grows = hair_grows(places, share, known) * (shade is not None)
    hairy = springs.stretch(share[:, None], known, grows[:, None], HAIR_PRIOR) * (1 - places.ear_share)[:, None]
    bare_skin = springs.stretch(colour, trust, _likely_skin(colour, trust, template, skin))
    return Fields(bare_skin, hair, hairy, tuple(gains), light[:, None], hollows)


def _unless_lit(
    gain: np.ndarray, colour: np.ndarray, trust: np.ndarray, places: Places, skin: SkinColour
) -> np.ndarray:
    """The gain (V, 3) of hollows without those of ears that the photo's light falls into: made still lighter they turn
    pale and green. colour: (V, 3) of the photo, trust: (V,)."""
    lit = smoothstep(colour @ LUMA / max(float(skin.rgb @ LUMA), 0.02), *LIT)
    return 1 + (gain - 1) * (1 - places.ear_share * np.clip(trust, 0, 1) * lit)[:, None]


def _likely_skin(colour: np.ndarray, trust: np.ndarray, template: Template, skin: SkinColour) -> np.ndarray:
    """Colours (V, 3) of skin that nothing is known of: the face's, and on the neck one between it and the neck's.

    What a photo shows of the neck lies in the chin's shade; its back does not.
    """
    body = np.zeros(len(trust), bool)
    body[template.faces[template.region == BODY_CHART]] = True
    seen = body & (trust > 0.3)
    likely = np.tile(skin.rgb, (len(trust), 1))
    if seen.sum() >= LEAST_NECK:
        likely[body] = np.median(colour[seen], axis=0) ** NECK_SHADE * skin.rgb ** (1 - NECK_SHADE)
    return likely


def hair_colour(view: View) -> np.ndarray | None:
    """Median colour (3,) of the hair in the photo, or None on a bald head."""
    hair = (view.hair > 0.8) & (view.portrait.matte > 0.9)
    least = LEAST_HAIR * eye_distance(view.portrait.landmarks) ** 2
    return np.median(view.portrait.image[hair], axis=0) / 255 if hair.sum() > least else None


def _blend(
    first: tuple[np.ndarray, np.ndarray], second: tuple[np.ndarray, np.ndarray], worth: float
) -> tuple[np.ndarray, np.ndarray]:
    """Colours (V, 3) and trust (V,): the first's, and the second's where the first knows little."""
    extra = worth * second[1] * (1 - np.clip(first[1], 0, 1))
    total = first[1] + extra
    return (first[0] * first[1][:, None] + second[0] * extra[:, None]) / np.maximum(total, 1e-9)[:, None], total


def _read(chart: Chart, fields: Fields, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Colours (N, N, 3) uint8 of all photos laid over each other, and the share (n, n) of a texel that they give."""
    shares = chart.shares()
    colour, total = None, np.zeros_like(shares[0])
    for sight, share, gain in zip(chart.sights, shares, fields.gains, strict=False):
        other = _times(read_photo(sight, size), chart.texels.paint(gain * fields.hollows))
        colour = other if colour is None else _weigh(colour, other, total, share)
        total = total + share
    assert colour is not None
    return colour, total


def _paint_head(
    template: Template, places: Places, chart: Chart, fields: Fields, size: int
) -> tuple[Material, np.ndarray | None]:
    """The photos, their mirror image where they show nothing, then what is likely; grain on what is smooth.

    Also the tile of the skin's own grain, see `detail.grain_tile`.
    """
    texels = chart.texels
    colour, share = _read(chart, fields, size)
    colour, share = repair_lips(lip_depth(template, texels), colour, share)
    hairy = smoothstep(texels.paint(fields.hairy[:, 0]), 0.35, 0.65).astype(np.float32)
    fill = texels.paint(fields.skin)
    fill = fill + (texels.paint(fields.hair) - fill) * hairy[..., None]
    mirrored = share[:, ::-1] * (1 - share)
    seen = _weigh(colour, _reflect(colour, share, fill), share, mirrored)
    painted = _weigh(seen, _to_bytes(enlarge(fill, size)), share + mirrored, 1 - share - mirrored)

    facing = np.where(share > mirrored, chart.sights[0].facing, chart.sights[0].facing[:, ::-1])
    smooth = 1 - (share + mirrored) * (1 - REGROWN * (1 - smoothstep(facing, *BLURRED)))
    plain = texels.paint((places.inner & ~(places.lids | places.lips | places.brows)).astype(float)) > 0.99
    belief, where = chart.beliefs[0], enlarge(tile_places(template, texels), size)
    grain = np.zeros((size, size), np.float32)
    tiles = [grain_tile(seen, usable) for usable in (plain & (belief.skin > 0.9), belief.other > 0.8)]
    for tile, part in zip(tiles, (1 - hairy, hairy), strict=True):
        if tile is not None:
            grain += lay_tile(tile, where) * enlarge(smooth * part, size)
    painted = cv2.multiply(painted, cv2.merge([np.exp(grain)] * 3), dtype=cv2.CV_8U)
    maps = _head_maps(places, chart, fields, painted, share, hairy)
    return Material("skin", "skin", painted, maps=maps), tiles[0]


def _reflect(colour: np.ndarray, share: np.ndarray, fill: np.ndarray) -> np.ndarray:
    """The mirror image of colours (N, N, 3) uint8, seen as far as share (n, n): its detail on what is likely (n, n, 3).

    Its broad colours would not do: the shaded side of a face, brightened to the lit one's light, turns yellow.
    """
    size = len(fill)
    coarse = cv2.flip(cv2.resize(colour, (size, size), interpolation=cv2.INTER_AREA), 1).astype(np.float32) / 255
    seen = np.ascontiguousarray(share[:, ::-1], np.float32) + 1e-3
    broad = cv2.GaussianBlur(coarse * seen[..., None], (0, 0), size * BLUR)
    broad /= cv2.GaussianBlur(seen, (0, 0), size * BLUR)[..., None]
    return _times(cv2.flip(colour, 1), np.clip(fill / np.maximum(broad, 0.01), *BRIGHTER))


def _head_maps(
    places: Places, chart: Chart, fields: Fields, painted: np.ndarray, share: np.ndarray, hairy: np.ndarray
) -> dict[str, np.ndarray]:
    """Light, relief at half the size of the painted head (N, N, 3), and gloss; share, hairy: (n, n)."""
    texels, sight = chart.texels, chart.sights[0]
    features = texels.paint((places.brows | places.lids | places.lips).astype(float))
    relief = np.clip(1 - features, 0, 1) * (1 - hairy) * (1 - np.clip(sight.hair * 2, 0, 1) * share)
    half = cv2.resize(painted, (len(painted) // 2,) * 2, interpolation=cv2.INTER_AREA)
    lightness = cv2.cvtColor(sight.colour.astype(np.float32), cv2.COLOR_RGB2LAB)[..., 0]
    shine = smoothstep(lightness - texels.paint(fields.skin @ GREY), *SHINE) * share
    return {
        "light": _light_map(chart, fields),
        "normal": relief_map(half, relief),
        "roughness": roughness_map(texels, places, shine, hairy),
    }


def _paint_body(template: Template, chart: Chart, fields: Fields, tile: np.ndarray | None) -> np.ndarray:
    """The bust's skin, with the face's grain where it is made up; its clothes are a garment over it (clothes.py)."""
    colour, share = _read(chart, fields, BODY_TEXTURE)
    fill = _to_bytes(enlarge(chart.texels.paint(fields.skin), BODY_TEXTURE))
    painted = _weigh(colour, fill, share, 1 - share)
    if tile is None:
        return painted
    where = enlarge(tile_places(template, chart.texels), BODY_TEXTURE)
    grain = np.exp(lay_tile(tile, where) * enlarge(1 - share, BODY_TEXTURE))
    return cv2.multiply(painted, cv2.merge([grain] * 3), dtype=cv2.CV_8U)


def _light_map(chart: Chart, fields: Fields) -> np.ndarray:
    light = chart.texels.paint(fields.light[:, 0])
    return light_picture(cv2.resize(light, (LIGHT_TEXTURE, LIGHT_TEXTURE), interpolation=cv2.INTER_AREA))


def _weigh(first: np.ndarray, second: np.ndarray, one: np.ndarray, two: np.ndarray) -> np.ndarray:
    """Pictures (N, N, 3) uint8 mixed in the proportion of two weights (n, n) on the coarse grid."""
    size = len(first)
    return cv2.blendLinear(first, second, enlarge(one, size), enlarge(two, size))


def _times(picture: np.ndarray, gain: np.ndarray) -> np.ndarray:
    """A picture (N, N, 3) uint8 times a gain (n, n, 3)."""
    return cv2.multiply(picture, enlarge(gain, len(picture)), dtype=cv2.CV_8U)


def _to_bytes(picture: np.ndarray) -> np.ndarray:
    return cv2.convertScaleAbs(picture, alpha=255.0)
