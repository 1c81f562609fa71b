# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyeballs and the clear corneas in front of them; the picture they wear: eye_texture.py."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from core.avatar.eye_photo import lay_photo
from core.avatar.eye_texture import IMAGE, LIMBUS_UV, look_at_eyes, measure_iris, measure_white, paint_eye, rim_radius
from core.avatar.fit import Fit, project
from core.avatar.landmarks import IRIS_LEFT, IRIS_RIGHT
from core.avatar.parts import Material, PartMesh, bind
from core.avatar.rays import RayScene, open_sky, triangulate
from core.avatar.rings import lid_edges
from core.avatar.tears import build_tears
from core.avatar.template import Template, eyeball
from core.channels import ARKIT_CHANNELS
from core.colour import smoothstep
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
# Metres of bulge over the sphere: what the lids leave where the eye looks ahead; at most what presses less than half a
# millimetre into them where it looks aside.
CORNEA_RISE = (0.25e-3, 0.7e-3)
LID_GAP, FILM = 0.3e-3, 0.15e-3  # metres between the lids' edges and the eyeball, and the cornea
MOST_GAZE = np.radians(40.0)  # from straight ahead, in the photo
FLESH = (0.46, 0.19, 0.155)  # linear; the wet red corner of the eye
# Texels of the grid on which the light between the lids is worked out, rays of each, and their reach in metres.
SKY_GRID, SKY_RAYS, SKY_REACH = 64, 24, 0.25
SIZE_RANGE = (0.9, 1.0)  # of the template's eyeball


def build_eyes(
    portrait: Portrait,
    fit: Fit,
    template: Template,
    rest: np.ndarray,
    keys: np.ndarray,
    more: Mapping[str, np.ndarray],
) -> tuple[list[PartMesh], list[Material]]:
    """Meshes ``eyes`` and ``cornea`` bound to the eye bones, looking along -Y, ``tears`` bound to the head, and their
    materials, with the one of the flesh around the eyes.

    rest: (V, 3) metres, keys: (52, V, 3), more: further keys by name; all over the template's
    vertices. Each eye turns about the centre of the template's eyeball, where `place_bones` puts its bone.
    """
    spheres = {side: eyeball(template, rest, side) for side in SIDES}
    radius = eye_radius(template, rest, keys, spheres)
    iris = iris_radius(portrait, fit, spheres, radius)
    limbus = float(np.arcsin(iris / radius))
    gaze = {side: photo_gaze(portrait, fit, template, side) for side in SIDES}
    seen = look_at_eyes(portrait)
    painted = paint_eye(measure_iris(seen), measure_white(seen))

    def to_photo(points: np.ndarray) -> np.ndarray:
        return project(points, fit.rotation, fit.translation, fit.camera)

    places = {side: _texel_places(side, gaze[side], radius, limbus) for side in SIDES}
    skin = RayScene(fit.posed, triangulate(template.faces))
    sky = {side: _texel_sky(skin, places[side], gaze[side][0]) for side in SIDES}
    picture = np.concatenate(
        [lay_photo(painted, portrait, side, places[side], sky[side], to_photo) for side in SIDES], axis=1
    )
    return shape_eyes(template, rest, keys, more, iris, gaze), eye_materials(picture)


def eye_materials(picture: np.ndarray, painted: bool = False) -> list[Material]:
    """Materials of `shape_eyes` and of the flesh around; picture: (IMAGE, 2 * IMAGE, 3) uint8, the left eye first.

    painted: whether no photo was laid on it, whose own glints would be doubled by a wet cornea's.
    """
    return [
        Material("eye", "eye", picture, painted=painted),
        Material("cornea", "cornea", color=(1.0, 1.0, 1.0), painted=painted),
        Material("socket", "mouth", color=FLESH),
    ]


def shape_eyes(
    template: Template,
    rest: np.ndarray,
    keys: np.ndarray,
    more: Mapping[str, np.ndarray],
    iris: float,
    gaze: Mapping[str, tuple[np.ndarray, np.ndarray]],
) -> list[PartMesh]:
    """Meshes ``eyes``, ``cornea`` and ``tears``; iris: its radius in metres; gaze: side -> where its key ``photo``
    brings it, as of `photo_gaze`; the rest as of `build_eyes`."""
    spheres = {side: eyeball(template, rest, side) for side in SIDES}
    radius = eye_radius(template, rest, keys, spheres)
    limbus = float(np.arcsin(iris / radius))
    rise = _cornea_rise(template, rest, keys, spheres, radius, limbus)
    angles = _polar_angles(limbus)
    balls, shells = [], []
    for side in SIDES:
        centre = spheres[side][0]
        balls.append(_revolve(centre, angles, _ball_profile(angles, radius, limbus), limbus, side))
        clear = angles[angles <= FRONT + 1e-9]
        shells.append(_revolve(centre, clear, cornea_profile(clear, radius, limbus, rise), limbus, side))

    def film(angle: np.ndarray) -> np.ndarray:
        return radius + CORNEA_GAP + rise * _bulge(angle, limbus)

    named = dict(zip(ARKIT_CHANNELS, keys, strict=True)) | dict(more)
    return [
        _join("eyes", "eye", balls, template, spheres, gaze),
        _join("cornea", "cornea", shells, template, spheres, gaze),
        build_tears(template, rest, named, {side: spheres[side][0] for side in SIDES}, film),
    ]


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
        pixels = rim_radius(portrait.landmarks[list(index), :2])
        measured.append(pixels * depth / fit.camera.focal)
    return float(np.clip(np.mean(measured), *IRIS_RADIUS))


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
                room = min(room, float(((distance - radius - FILM)[over] / share[over]).min()))
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
    """The same for the eyeball with both poles."""
    return _ball_surface(np.concatenate([[0.0], angle, [np.pi]]), radius, limbus)


def _ball_surface(angle: np.ndarray, radius: float, limbus: float) -> np.ndarray:
    """(N, 2) of (forward, outward) metres at polar angles (N,): a sphere whose front is a slightly hollow iris."""
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


def _texel_places(
    side: str, gaze: tuple[np.ndarray, np.ndarray], radius: float, limbus: float
) -> np.ndarray:
    """World points (IMAGE * IMAGE, 3) in the photo's face under the texels of one eye; NaN behind `FRONT`."""
    grid = (np.arange(IMAGE) + 0.5) / IMAGE - 0.5
    x, down = (axis.ravel() for axis in np.meshgrid(grid, grid))
    reach = np.hypot(x, down)
    white = limbus + (reach - LIMBUS_UV) / (0.5 - LIMBUS_UV) * (FRONT - limbus)
    angle = np.where(reach <= LIMBUS_UV, reach / LIMBUS_UV * limbus, white)  # the inverse of `_uv_radius`
    forward, outward = _ball_surface(angle, radius, limbus).T
    mirror = 1.0 if side == "left" else -1.0
    across, up = mirror * x / np.maximum(reach, 1e-9), -down / np.maximum(reach, 1e-9)
    centre, turn = gaze
    places = centre + np.ascontiguousarray((turn @ np.stack([outward * across, -forward, outward * up])).T)
    places[reach > 0.5] = np.nan
    return places


def _texel_sky(skin: RayScene, places: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Share (IMAGE, IMAGE) of even light that reaches the texels at ``places`` past the skin of the photo's face."""
    step = IMAGE // SKY_GRID
    coarse = places.reshape(IMAGE, IMAGE, 3)[step // 2 :: step, step // 2 :: step].reshape(-1, 3)
    front = np.isfinite(coarse[:, 0])
    normals = coarse[front] - centre
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    sky = np.ones(len(coarse), np.float32)
    sky[front] = open_sky(skin, coarse[front], normals, rays=SKY_RAYS, reach=SKY_REACH, lift=LID_GAP)
    grid = cv2.GaussianBlur(sky.reshape(SKY_GRID, SKY_GRID), (0, 0), 1.0)
    return cv2.resize(grid, (IMAGE, IMAGE), interpolation=cv2.INTER_LINEAR)


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

    # Each eye has its half of the picture; the right eye's is mirrored, so that its left half is the nasal one.
    mirror = 1.0 if side == "left" else -1.0
    reach = _uv_radius(angle, limbus)[:, None, None] * around[None] * [mirror, 1.0]
    flat = np.concatenate([[[0.0, 0.0], [0.5, 0.0]][:first], reach.reshape(-1, 2)]) + 0.5
    flat[:, 0] = (flat[:, 0] + SIDES.index(side)) / 2
    return positions, faces, flat[np.maximum(faces, 0)]


def photo_gaze(portrait: Portrait, fit: Fit, template: Template, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Centre (3,) of an eyeball in the photo's face, and the rotation (3, 3) that turns it from -Y to the photo's gaze.

    The iris' middle lies where the ray through its landmark meets the eyeball.
    """
    centre, radius = eyeball(template, fit.posed, side)
    pixel = portrait.landmarks[IRIS_LEFT[0] if side == "left" else IRIS_RIGHT[0], :2]
    ray = fit.rotation.T @ np.append((pixel - [fit.camera.cx, fit.camera.cy]) / fit.camera.focal, 1.0)
    ray /= np.linalg.norm(ray)
    lens = -fit.rotation.T @ fit.translation
    along = float((centre - lens) @ ray)
    nearest = lens + along * ray - centre
    inside = radius**2 - float(nearest @ nearest)
    gaze = nearest - np.sqrt(max(inside, 0.0)) * ray
    gaze /= np.linalg.norm(gaze)
    axis = np.cross([0.0, -1.0, 0.0], gaze)
    sine = float(np.linalg.norm(axis))
    angle = min(float(np.arctan2(sine, -gaze[1])), MOST_GAZE)
    return centre, np.asarray(cv2.Rodrigues(axis / max(sine, 1e-9) * angle)[0])


def _join(
    name: str,
    material: str,
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]],
    template: Template,
    spheres: dict[str, tuple[np.ndarray, float]],
    gaze: Mapping[str, tuple[np.ndarray, np.ndarray]],
) -> PartMesh:
    """Both eyes' parts as one mesh; its key ``photo`` turns them to where the photo's eyes look."""
    count = len(parts[0][0])
    turned = []
    for side, (positions, _, _) in zip(SIDES, parts, strict=True):
        there, turn = gaze[side]
        turned.append((positions - spheres[side][0]) @ turn.T + there - positions)
    faces = np.concatenate([np.where(part[1] < 0, -1, part[1] + k * count) for k, part in enumerate(parts)])
    return PartMesh(
        name=name,
        positions=np.concatenate([part[0] for part in parts]),
        faces=faces,
        uv=np.concatenate([part[2] for part in parts]),
        material=np.zeros(len(faces), int),
        materials=(material,),
        weights=np.concatenate([bind(count, f"eye_{side}", template.bone_names) for side in SIDES]),
        keys={"photo": np.concatenate(turned)},
    )
