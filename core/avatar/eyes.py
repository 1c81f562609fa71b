# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyeballs with the photo's iris colour, and the clear corneas in front of them."""

from __future__ import annotations

import cv2
import numpy as np

from core.avatar.fit import Fit
from core.avatar.landmarks import EYE_RING_LEFT, EYE_RING_RIGHT, IRIS_LEFT, IRIS_RIGHT
from core.avatar.parts import Material, PartMesh, bind
from core.avatar.rings import lid_edges
from core.avatar.template import Template, eyeball
from core.channels import ARKIT_CHANNELS
from core.colour import smoothstep, to_linear, to_srgb
from core.portrait import Portrait

SIDES = ("left", "right")
SEGMENTS = 32
# Rings by polar angle from the gaze axis: shares of the limbus' angle, a count over the white, degrees behind.
IRIS_RINGS = (0.18, 0.34, 0.5, 0.66, 0.82, 0.94, 1.0)
WHITE_RINGS = 9
BACK_RINGS = (105.0, 125.0, 150.0)
FRONT = np.radians(88.0)

# The visible iris is about 11.7 mm wide in adults (Ruefer et al., White-to-white corneal diameter, 2005).
IRIS_RADIUS = (5.3e-3, 6.5e-3)
IRIS_RECESS = 0.45e-3  # metres that the iris lies behind the limbus
CORNEA_GAP = 0.06e-3  # metres between the white of the eye and its clear film
CORNEA_RISE = (0.25e-3, 1.1e-3)  # metres of bulge over the sphere: what the lids leave, anatomy at most
LID_GAP = 0.15e-3  # metres between the lids' edges and the eyeball
SIZE_RANGE = (0.9, 1.0)  # of the template's eyeball

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
WHITE_LUMINANCE = 0.50  # linear luminance of a well-lit white of the eye
LIFT = (1.0, 1.9)  # how much the iris may be brightened when the photo's eyes lie in shade
IRIS_LUMINANCE = (0.018, 0.20)
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def build_eyes(
    portrait: Portrait, fit: Fit, template: Template, rest: np.ndarray, keys: np.ndarray
) -> tuple[list[PartMesh], list[Material]]:
    """Meshes ``eyes`` and ``cornea`` bound to the eye bones, looking along -Y, and their materials.

    rest: (V, 3) metres, keys: (52, V, 3), both over the template's vertices. Each eye turns about the centre
    of the template's eyeball, which is where `place_bones` puts its bone.
    """
    spheres = {side: eyeball(template, rest, side) for side in SIDES}
    radius = eye_radius(template, rest, keys, spheres)
    iris = iris_radius(portrait, fit, spheres, radius)
    limbus = float(np.arcsin(iris / radius))
    rise = _cornea_rise(template, rest, keys, spheres, radius, limbus)
    angles = _polar_angles(limbus)
    balls, shells = [], []
    for side in SIDES:
        centre = spheres[side][0]
        balls.append(_revolve(centre, angles, _ball_profile(angles, radius, limbus), limbus, side))
        clear = angles[angles <= FRONT + 1e-9]
        shells.append(_revolve(centre, clear, cornea_profile(clear, radius, limbus, rise), limbus, side))
    color = measure_iris(portrait)
    return (
        [_join("eyes", "eye", balls, template), _join("cornea", "cornea", shells, template)],
        [Material("eye", "eye", paint_eye(color)), Material("cornea", "cornea", color=(1.0, 1.0, 1.0))],
    )


def eye_radius(
    template: Template,
    rest: np.ndarray,
    keys: np.ndarray,
    spheres: dict[str, tuple[np.ndarray, float]],
) -> float:
    """Radius of both eyeballs in metres: the template's, smaller where the lids' edges would sink in."""
    room = [float(radius) for _, radius in spheres.values()]
    largest = float(np.mean(room))
    for side, edge in lid_edges(template).items():
        centre = spheres[side][0]
        blink = keys[ARKIT_CHANNELS.index(f"eyeBlink{side.capitalize()}")]
        rows = np.concatenate([half[2:-2] for half in edge])  # the corners lie beside the ball
        for weight in (0.0, 0.5, 1.0):
            distance = np.linalg.norm(rest[rows] + weight * blink[rows] - centre, axis=1)
            room.append(float(distance.min()) - LID_GAP)
    return float(np.clip(min(room), SIZE_RANGE[0] * largest, SIZE_RANGE[1] * largest))


def iris_radius(portrait: Portrait, fit: Fit, spheres: dict[str, tuple[np.ndarray, float]], radius: float) -> float:
    """Radius of the iris in metres from the iris landmarks, both eyes, within what adults have."""
    measured = []
    for side, index in (("left", IRIS_LEFT), ("right", IRIS_RIGHT)):
        front = spheres[side][0] + [0.0, -radius, 0.0]
        depth = float((fit.rotation @ front + fit.translation)[2])
        pixels = _rim_radius(portrait.landmarks[list(index), :2])
        measured.append(pixels * depth / fit.camera.focal)
    return float(np.clip(np.mean(measured), *IRIS_RADIUS))


def _rim_radius(points: np.ndarray) -> float:
    """Radius in pixels from centre and four rim points (5, 2); the horizontal pair is never under a lid."""
    return float(max(np.linalg.norm(points[1] - points[3]), np.linalg.norm(points[2] - points[4])) / 2)


def _cornea_rise(
    template: Template,
    rest: np.ndarray,
    keys: np.ndarray,
    spheres: dict[str, tuple[np.ndarray, float]],
    radius: float,
    limbus: float,
) -> float:
    """Bulge of the cornea over the eyeball that the lids clear while they close, in metres."""
    room = CORNEA_RISE[1]
    for side, edge in lid_edges(template).items():
        centre = spheres[side][0]
        blink = keys[ARKIT_CHANNELS.index(f"eyeBlink{side.capitalize()}")]
        rows = np.concatenate(edge)
        for weight in np.linspace(0.0, 1.0, 5):
            away = rest[rows] + weight * blink[rows] - centre
            distance = np.linalg.norm(away, axis=1)
            share = _bulge(np.arccos(np.clip(-away[:, 1] / distance, -1, 1)), limbus)
            over = share > 0.2
            if over.any():
                room = min(room, float(((distance - radius - LID_GAP)[over] / share[over]).min()))
    return float(np.clip(room, *CORNEA_RISE))


def _polar_angles(limbus: float) -> np.ndarray:
    """Angles (R,) of the rings from the front pole (not a ring) to the back pole (not a ring)."""
    white = limbus + (FRONT - limbus) * np.linspace(0, 1, WHITE_RINGS + 1)[1:] ** 1.15
    return np.concatenate([limbus * np.array(IRIS_RINGS), white, np.radians(BACK_RINGS)])


def _bulge(angle: np.ndarray, limbus: float) -> np.ndarray:
    """Share of the cornea's rise at polar angles: 1 at the front pole, 0 a little outside the limbus."""
    inside = np.clip(1.0 - (angle / (1.12 * limbus)) ** 2, 0.0, 1.0)
    return smoothstep(inside) * 0.35 + inside * 0.65


def cornea_profile(angle: np.ndarray, radius: float, limbus: float, rise: float) -> np.ndarray:
    """(R + 1, 2) of (forward, outward) metres from the eye's centre, the front pole first."""
    angle = np.concatenate([[0.0], angle])
    distance = radius + CORNEA_GAP + rise * _bulge(angle, limbus)
    return np.stack([distance * np.cos(angle), distance * np.sin(angle)], axis=1)


def _ball_profile(angle: np.ndarray, radius: float, limbus: float) -> np.ndarray:
    """The same for the eyeball with both poles: a sphere whose front is cut to a slightly hollow iris."""
    angle = np.concatenate([[0.0], angle, [np.pi]])
    forward, outward = radius * np.cos(angle), radius * np.sin(angle)
    share = outward / (radius * np.sin(limbus))
    iris = (angle < limbus * 0.99) & (forward > 0)
    plane = radius * np.cos(limbus)
    forward = np.where(iris, plane - IRIS_RECESS * np.clip((1 - share) / 0.12, 0, 1), forward)
    return np.stack([forward, outward], axis=1)


def _uv_radius(angle: np.ndarray, limbus: float) -> np.ndarray:
    """Radius in the picture of polar angles: the iris fills a fixed disc, the white the rest."""
    white = LIMBUS_UV + (0.5 - LIMBUS_UV) * (angle - limbus) / (FRONT - limbus)
    return np.where(angle <= limbus, LIMBUS_UV * angle / limbus, np.minimum(white, 0.5))


def _revolve(
    centre: np.ndarray, angle: np.ndarray, profile: np.ndarray, limbus: float, side: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Positions, faces (-1 in triangles) and uv of a surface of revolution about the gaze axis -Y.

    profile: (R + 1, 2) front pole and rings, or (R + 2, 2) with the back pole, of (forward, outward).
    """
    rings = len(angle)
    closed = len(profile) == rings + 2
    turn = np.arange(SEGMENTS) * (2 * np.pi / SEGMENTS)
    around = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    forward, outward = profile[1 : rings + 1].T
    ring = np.empty((rings, SEGMENTS, 3))
    ring[..., 0] = outward[:, None] * around[:, 0]
    ring[..., 1] = -forward[:, None]
    ring[..., 2] = outward[:, None] * around[:, 1]
    poles = [[0.0, -profile[0, 0], 0.0]] + ([[0.0, -profile[-1, 0], 0.0]] if closed else [])
    positions = centre + np.concatenate([poles, ring.reshape(-1, 3)])

    first = len(poles)
    index = first + np.arange(rings * SEGMENTS).reshape(rings, SEGMENTS)
    after = np.roll(index, -1, axis=1)
    front = np.stack([np.zeros(SEGMENTS, int), index[0], after[0], np.full(SEGMENTS, -1)], axis=1)
    sides = np.stack([index[:-1], index[1:], after[1:], after[:-1]], axis=2).reshape(-1, 4)
    faces = [front, sides]
    if closed:
        faces.append(np.stack([np.ones(SEGMENTS, int), after[-1], index[-1], np.full(SEGMENTS, -1)], axis=1))
    faces = np.concatenate(faces)

    # Both eyes wear one picture; the right eye's is mirrored, so that its left half is always the nasal one.
    mirror = 1.0 if side == "left" else -1.0
    reach = _uv_radius(angle, limbus)[:, None, None] * around[None] * [mirror, 1.0]
    flat = np.concatenate([[[0.0, 0.0], [0.5, 0.0]][:first], reach.reshape(-1, 2)]) + 0.5
    return positions, faces, flat[np.maximum(faces, 0)]


def _join(
    name: str, material: str, parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]], template: Template
) -> PartMesh:
    count = len(parts[0][0])
    faces = np.concatenate([np.where(part[1] < 0, -1, part[1] + k * count) for k, part in enumerate(parts)])
    return PartMesh(
        name=name,
        positions=np.concatenate([part[0] for part in parts]),
        faces=faces,
        uv=np.concatenate([part[2] for part in parts]),
        material=np.zeros(len(faces), int),
        materials=(material,),
        weights=np.concatenate([bind(count, f"eye_{side}", template.bone_names) for side in SIDES]),
    )


def measure_iris(portrait: Portrait) -> np.ndarray:
    """Colour (3,) of the iris in linear RGB, from the ring between pupil and limbus of both eyes.

    Catchlights, lashes and the lid's shadow are cut off by luminance; the white of the same eye says how
    much light it got. A small iris is drawn towards the nearest natural colour.
    """
    eyes, sizes = [], []
    for iris, opening in ((IRIS_LEFT, EYE_RING_LEFT), (IRIS_RIGHT, EYE_RING_RIGHT)):
        points = portrait.landmarks[list(iris), :2]
        radius = _rim_radius(points)
        sizes.append(2 * radius)
        eyes.append(_eye_pixels(portrait.image, points[0], radius, portrait.landmarks[list(opening), :2]))
    ring, white, pupil = (np.concatenate(both) for both in zip(*eyes, strict=True))
    if not len(ring):
        return NATURAL[1].copy()
    light = ring @ LUMINANCE
    low, high = np.quantile(light, (0.3, 0.75))
    color = np.median(ring[(light >= low) & (light <= high)], axis=0)
    trust = float(np.clip((np.mean(sizes) - SURE_PIXELS[0]) / (SURE_PIXELS[1] - SURE_PIXELS[0]), 0, 1))
    if len(pupil):
        # A pupil is black: what is seen there is the room mirrored in the cornea, and it veils the iris too.
        veil = HAZE * trust * np.median(pupil, axis=0)
        color = np.maximum(color - veil, 0.3 * color)
    if len(white):
        lit = float(np.quantile(white @ LUMINANCE, 0.8))
        color = color * np.clip(WHITE_LUMINANCE / max(lit, 1e-3), *LIFT)
    return _natural(color, trust)


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
    ring = inside & (distance > 0.45) & (distance < 0.88)
    return linear[ring], linear[inside & (distance > 1.2)], linear[inside & (distance < 0.2)]


def paint_eye(color: np.ndarray) -> np.ndarray:
    """Picture (IMAGE, IMAGE, 3) uint8 sRGB of the eye seen along its axis; the left half is nasal.

    color: the iris in linear RGB. Noise comes from a fixed seed: the same colour gives the same picture.
    """
    rng = np.random.default_rng(7)
    y, x = (np.mgrid[:IMAGE, :IMAGE] + 0.5) / IMAGE - 0.5
    reach, turn = np.hypot(x, y), np.arctan2(y, x)
    white = _paint_white(reach, turn, x, rng)
    iris = _paint_iris(reach / LIMBUS_UV, turn, color, rng)
    edge = smoothstep(reach / LIMBUS_UV, 0.955, 1.03)[..., None]
    return to_srgb(iris * (1 - edge) + white * edge)


def _paint_iris(share: np.ndarray, turn: np.ndarray, color: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Linear RGB; share: distance from the middle in iris radii."""
    fibres = _radial_noise(turn, share, rng, ((22, 0.5), (60, 0.9), (140, 0.6)))
    # The collarette, a wavy ring around the pupil, is lighter and warmer than the outer iris.
    collarette = PUPIL_SHARE + 0.20 + 0.03 * _radial_noise(turn, 0 * share, rng, ((14, 1.0),))
    inner = 1 - smoothstep(share, collarette - 0.06, collarette + 0.07)
    brightness = 1.0 + 0.34 * fibres + 0.28 * inner + 0.22 * smoothstep(share, 0.5, 0.8)
    warm = 1.0 + inner[..., None] * np.array([0.10, 0.0, -0.12])
    limbal = 1.0 - 0.72 * smoothstep(share, 0.80, 0.99)[..., None]
    pupil = smoothstep(share, PUPIL_SHARE - 0.035, PUPIL_SHARE + 0.03)[..., None]
    ruff = 1.0 - 0.35 * (1 - smoothstep(share, PUPIL_SHARE, PUPIL_SHARE + 0.07)[..., None])
    iris = color * np.clip(brightness, 0.3, 1.9)[..., None] * warm * limbal * ruff
    return iris * pupil + 0.0015 * (1 - pupil)


def _paint_white(reach: np.ndarray, turn: np.ndarray, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Linear RGB of the sclera: off-white, pinker towards the corners, a bluish-grey breath at the limbus."""
    base = np.array([0.62, 0.555, 0.50])
    outward = np.clip((reach - LIMBUS_UV) / (0.5 - LIMBUS_UV), 0, 1)
    corner = np.abs(np.cos(turn)) ** 2 * np.where(x < 0, 1.15, 0.85)
    pink = (outward**1.4 * (0.35 + 0.65 * corner))[..., None]
    white = base * (1 - pink * np.array([0.10, 0.30, 0.33]))
    veins = _veins(outward, turn, rng)[..., None] * (0.25 + 0.75 * pink)
    white = white * (1 - veins * np.array([0.12, 0.38, 0.36]))
    limbus = (1 - smoothstep(outward, 0.0, 0.16))[..., None]
    return white * (1 - limbus * np.array([0.30, 0.26, 0.20]))


def _veins(outward: np.ndarray, turn: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Share 0..1 of vein at polar coordinates: thin wavering lines that come from outside and fade inward."""
    total = np.zeros_like(outward)
    for _ in range(46):
        side = rng.choice([0.0, np.pi])
        middle = side + rng.normal(0.0, 0.5)
        wave = rng.normal(0.0, 0.05) * np.sin(outward * rng.uniform(6, 13) + rng.uniform(0, 6.3))
        width = rng.uniform(0.006, 0.016) * (0.5 + 0.8 * outward)
        away = np.angle(np.exp(1j * (turn - middle - wave - rng.normal(0, 0.12) * (1 - outward))))
        start = rng.uniform(0.15, 0.6)
        line = np.exp(-((away / width) ** 2)) * smoothstep(outward, start, start + 0.35)
        total += rng.uniform(0.25, 0.9) * line
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
