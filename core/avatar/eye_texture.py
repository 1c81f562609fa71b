# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture that both eyeballs wear: iris and white in the photo's colours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from core.avatar.landmarks import EYE_RING_LEFT, EYE_RING_RIGHT, IRIS_LEFT, IRIS_RIGHT
from core.colour import LUMINANCE, smoothstep, to_linear, to_srgb
from core.portrait import Portrait

IMAGE = 512
LIMBUS_UV = 0.40  # radius of the iris in the picture, whose half width is 0.5: sharper than the white
PUPIL_SHARE = 0.36  # of the iris' radius, in a room's light

# Where a small face says little, its colour is drawn towards the nearest of these (linear RGB, chosen by
# looking at close-up photographs of irises in even light): dark brown, brown, hazel, green-grey, blue, grey.
NATURAL = np.array(
    [
        [0.045, 0.022, 0.012], [0.105, 0.050, 0.022], [0.140, 0.090, 0.040],
        [0.125, 0.125, 0.080], [0.110, 0.160, 0.210], [0.150, 0.165, 0.175],
    ]
)  # fmt: skip
SURE_PIXELS = (6.0, 16.0)  # iris diameter in the photo: nothing is believed below, all above
MOST_TRUST = 0.8  # share of a measured colour even in a large picture: light is never white
HAZE = 0.7  # share of the pupil's light that is taken off the iris
WARM_BLUE = 0.75  # most blue to green of a brown or hazel iris
IRIS_LUMINANCE = (0.018, 0.20)
# Share of even light that reaches white and iris between the lids, and what the cornea adds, measured on renders of
# the portraits; the photo's eyes lie in the lids' shade too.
WHITE_SHADE, IRIS_SHADE, VEIL = 0.72, 0.9, 0.010
WHITE = np.array([0.62, 0.555, 0.50])  # linear, of a well-lit eye
WHITE_LUMINANCE, MOST_WHITE = (0.22, 0.75), 0.85
WHITE_GREYNESS = 0.68  # least of a colour's parts to its largest: no white is as red as a lid
LEAST_WHITE = 12  # pixels


@dataclass(frozen=True)
class EyePixels:
    """Linear RGB (N, 3) that a photo shows of both eyes, well inside the lids; size: iris diameter in pixels."""

    iris: np.ndarray
    white: np.ndarray
    pupil: np.ndarray
    size: float

    @property
    def trust(self) -> float:
        """0 where the eyes are too small to be believed, 1 where they are large."""
        return float(np.clip((self.size - SURE_PIXELS[0]) / (SURE_PIXELS[1] - SURE_PIXELS[0]), 0, 1))


def look_at_eyes(portrait: Portrait) -> EyePixels:
    """The pixels of both eyes by what they show."""
    eyes, sizes = [], []
    for iris, opening in ((IRIS_LEFT, EYE_RING_LEFT), (IRIS_RIGHT, EYE_RING_RIGHT)):
        points = portrait.landmarks[list(iris), :2]
        radius = rim_radius(points)
        sizes.append(2 * radius)
        eyes.append(_eye_pixels(portrait.image, points[0], radius, portrait.landmarks[list(opening), :2]))
    ring, white, pupil = (np.concatenate(both) for both in zip(*eyes, strict=True))
    return EyePixels(ring, white, pupil, float(np.mean(sizes)))


def measure_iris(eyes: EyePixels) -> np.ndarray:
    """Colour (3,) of the iris in linear RGB, from the ring between pupil and limbus of both eyes.

    Catchlights, lashes and the lid's shadow are cut off by luminance; the white of the same eye says how
    much light it got. A small iris is drawn towards the nearest natural colour.
    """
    if not len(eyes.iris):
        return NATURAL[1].copy()
    light = eyes.iris @ LUMINANCE
    # The smaller the eye, the more white and lid are mixed into it.
    low, high = np.quantile(light, (0.1 + 0.1 * eyes.trust, 0.45 + 0.2 * eyes.trust))
    color = np.median(eyes.iris[(light >= low) & (light <= high)], axis=0)
    if len(eyes.pupil):
        # A pupil is black: what is seen there is the room mirrored in the cornea, and it veils the iris too.
        # The darker half of it, for the catchlight is no veil.
        pupil = eyes.pupil[eyes.pupil @ LUMINANCE <= np.median(eyes.pupil @ LUMINANCE)]
        color = np.maximum(color - HAZE * eyes.trust * np.median(pupil, axis=0), 0.3 * color)
    return _natural(np.maximum(color - VEIL, 0.3 * color) / IRIS_SHADE, eyes.trust)


def measure_white(eyes: EyePixels) -> np.ndarray:
    """Colour (3,) of the white of the eyes in linear RGB: what, shaded by the lids, looks as bright as in the photo.

    The greyest and brightest of what lies beside the iris, for the rest is lid, lash or the corner's flesh.
    """
    if len(eyes.white) < LEAST_WHITE:
        return WHITE.copy()
    light = eyes.white @ LUMINANCE
    bright = eyes.white[light >= np.median(light)]
    grey = bright.min(axis=1) / np.maximum(bright.max(axis=1), 1e-4)
    color = np.median(bright[grey >= np.median(grey)], axis=0) / WHITE_SHADE
    color = np.maximum(color, WHITE_GREYNESS * color.max())
    light = float(color @ LUMINANCE)
    color *= np.clip(light, *WHITE_LUMINANCE) / max(light, 1e-6)
    return WHITE + eyes.trust * (np.minimum(color, MOST_WHITE) - WHITE)


def _natural(color: np.ndarray, trust: float) -> np.ndarray:
    """Blend towards the nearest natural colour by how little is trusted, within an iris' luminance."""
    tint = np.log(np.maximum(color, 1e-4))
    other = np.log(NATURAL)
    # Hue and saturation tell irises apart in a small picture, brightness less so.
    brightness = (tint.mean() - other.mean(axis=1)) * 0.5
    distance = np.linalg.norm((tint - tint.mean()) - (other - other.mean(axis=1, keepdims=True)), axis=1)
    nearest = NATURAL[int(np.argmin(np.hypot(distance, brightness)))]
    blended = MOST_TRUST * trust * color + (1 - MOST_TRUST * trust) * nearest
    # A warm iris holds melanin, which takes blue first: violet is the room's light or the sky mirrored.
    if blended[0] > blended[1]:
        blended[2] = min(blended[2], WARM_BLUE * blended[1])
    light = float(blended @ LUMINANCE)
    return blended * np.clip(light, *IRIS_LUMINANCE) / max(light, 1e-6)


def _eye_pixels(
    image: np.ndarray, centre: np.ndarray, radius: float, opening: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Linear RGB (N, 3) of the iris' ring, of the white beside it and of the pupil, well inside the lids.

    image: (H, W, 3) uint8 sRGB; the rest in its pixels, opening (N, 2) the lids' edges. Only the window around
    the opening is looked at, for a photo has millions of pixels.
    """
    middle = opening.mean(axis=0)
    inner = middle + (opening - middle) * [0.92, 0.78]
    size = np.array(image.shape[1::-1])
    first = np.clip(np.floor(inner.min(axis=0)).astype(int) - 1, 0, size - 1)
    last = np.clip(np.ceil(inner.max(axis=0)).astype(int) + 2, first + 1, size)
    window = image[first[1] : last[1], first[0] : last[0]]
    lids = np.zeros(window.shape[:2], np.uint8)
    cv2.fillPoly(lids, [np.round((inner - first) * 16).astype(np.int32)], 1, shift=4)
    y, x = np.mgrid[first[1] : last[1], first[0] : last[0]]
    distance = np.hypot(x - centre[0], y - centre[1]) / max(radius, 1e-6)
    inside, linear = lids > 0, to_linear(window)
    # Beside the pupil, not above it, where the upper lid throws its shadow.
    ring = inside & (distance > 0.45) & (distance < 0.88) & (y - centre[1] > -0.35 * radius)
    return linear[ring], linear[inside & (distance > 1.2)], linear[inside & (distance < 0.2)]


def paint_eye(iris_color: np.ndarray, white_color: np.ndarray) -> np.ndarray:
    """Picture (IMAGE, IMAGE, 3) uint8 sRGB of the eye seen along its axis; the left half is nasal.

    The colours are linear RGB. Noise comes from a fixed seed: the same colours give the same picture.
    """
    pattern = _pattern()
    white = _paint_white(pattern, white_color)
    iris = _paint_iris(pattern, iris_color)
    edge = smoothstep(pattern.reach / LIMBUS_UV, 0.955, 1.03)[..., None]
    return to_srgb(iris * (1 - edge) + white * edge)


@dataclass(frozen=True)
class _Pattern:
    """What is the same in every eye, (IMAGE, IMAGE) each: polar coordinates about the middle, vessels, fibres."""

    x: np.ndarray
    reach: np.ndarray
    turn: np.ndarray
    outward: np.ndarray  # 0 from the limbus inward to 1 at the picture's edge
    veins: np.ndarray
    fibres: np.ndarray
    collarette: np.ndarray


@cache
def _pattern() -> _Pattern:
    rng = np.random.default_rng(7)
    y, x = (np.mgrid[:IMAGE, :IMAGE] + 0.5) / IMAGE - 0.5
    reach, turn = np.hypot(x, y), np.arctan2(y, x)
    outward = np.clip((reach - LIMBUS_UV) / (0.5 - LIMBUS_UV), 0, 1)
    veins = _veins(outward, turn, rng)
    fibres = _radial_noise(turn, reach / LIMBUS_UV, rng, ((22, 0.5), (60, 0.9), (140, 0.6)))
    # The collarette is a wavy ring around the pupil.
    collarette = PUPIL_SHARE + 0.20 + 0.03 * _radial_noise(turn, 0 * reach, rng, ((14, 1.0),))
    return _Pattern(x, reach, turn, outward, veins, fibres, collarette)


def _paint_iris(pattern: _Pattern, color: np.ndarray) -> np.ndarray:
    """Linear RGB; the collarette is lighter and warmer than the outer iris."""
    share = pattern.reach / LIMBUS_UV
    inner = 1 - smoothstep(share, pattern.collarette - 0.06, pattern.collarette + 0.07)
    brightness = 1.0 + 0.34 * pattern.fibres + 0.28 * inner + 0.22 * smoothstep(share, 0.5, 0.8)
    warm = 1.0 + inner[..., None] * np.array([0.10, 0.0, -0.12])
    limbal = 1.0 - 0.72 * smoothstep(share, 0.80, 0.99)[..., None]
    pupil = smoothstep(share, PUPIL_SHARE - 0.035, PUPIL_SHARE + 0.03)[..., None]
    ruff = 1.0 - 0.35 * (1 - smoothstep(share, PUPIL_SHARE, PUPIL_SHARE + 0.07)[..., None])
    iris = color * np.clip(brightness, 0.3, 1.9)[..., None] * warm * limbal * ruff
    return iris * pupil + 0.0015 * (1 - pupil)


def _paint_white(pattern: _Pattern, base: np.ndarray) -> np.ndarray:
    """Linear RGB of the sclera: off-white, pinker towards the corners, a bluish-grey breath at the limbus."""
    corner = np.abs(np.cos(pattern.turn)) ** 2 * np.where(pattern.x < 0, 1.15, 0.85)
    pink = (pattern.outward**1.4 * (0.35 + 0.65 * corner))[..., None]
    white = base * (1 - pink * np.array([0.10, 0.30, 0.33]))
    veins = pattern.veins[..., None] * (0.25 + 0.75 * pink)
    white = white * (1 - veins * np.array([0.12, 0.38, 0.36]))
    limbus = (1 - smoothstep(pattern.outward, 0.0, 0.16))[..., None]
    return white * (1 - limbus * np.array([0.30, 0.26, 0.20]))


def _veins(outward: np.ndarray, turn: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Share 0..1 of vein at polar coordinates: thin wavering lines that come from outside and fade inward."""
    total = np.zeros_like(outward)
    white = outward > 0  # none reaches the iris
    outward, turn = outward[white], turn[white]
    for _ in range(46):
        side = rng.choice([0.0, np.pi])
        middle = side + rng.normal(0.0, 0.5)
        wave = rng.normal(0.0, 0.05) * np.sin(outward * rng.uniform(6, 13) + rng.uniform(0, 6.3))
        width = rng.uniform(0.006, 0.016) * (0.5 + 0.8 * outward)
        away = turn - middle - wave - rng.normal(0, 0.12) * (1 - outward)
        away -= 2 * np.pi * np.round(away / (2 * np.pi))
        start = rng.uniform(0.15, 0.6)
        line = np.exp(-((away / width) ** 2)) * smoothstep(outward, start, start + 0.35)
        total[white] += rng.uniform(0.25, 0.9) * line
    return np.clip(total, 0, 1)


def _radial_noise(
    turn: np.ndarray, share: np.ndarray, rng: np.random.Generator, bands: tuple[tuple[int, float], ...]
) -> np.ndarray:
    """Noise of about -1..1 that runs along the radius; bands: (fibres around the circle, weight)."""
    total = np.zeros_like(turn)
    for count, weight in bands:
        knots = rng.normal(0.0, 1.0, count)
        drift = rng.normal(0.0, 0.6, count)
        at = (turn + np.pi) / (2 * np.pi) * count
        low = np.floor(at).astype(int) % count
        step = smoothstep(at - np.floor(at))
        value = (knots[low] + drift[low] * (share - 0.6)) * (1 - step)
        value += (knots[(low + 1) % count] + drift[(low + 1) % count] * (share - 0.6)) * step
        total += weight * value
    return np.tanh(total / sum(weight for _, weight in bands))


def rim_radius(points: np.ndarray) -> float:
    """Radius in pixels from centre and four rim points (5, 2); the horizontal pair is never under a lid."""
    return float(max(np.linalg.norm(points[1] - points[3]), np.linalg.norm(points[2] - points[4])) / 2)
