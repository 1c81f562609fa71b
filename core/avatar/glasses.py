# SPDX-License-Identifier: GPL-3.0-or-later
"""Glasses as an object of their own: rims, bridge and lenses where the photo shows them, arms to the ears.

The front stands on a curved sheet that touches the nose's bridge. Every point of it lies on the ray through its
pixel of the photo, so that in the photo's view the frame covers exactly what it covers there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import distance_transform_edt

from core.avatar.fit import Fit
from core.avatar.parts import Material, PartMesh, bind
from core.avatar.rays import RayScene, triangulate
from core.avatar.settings import Glasses as GlassesChoice
from core.avatar.template import Template, eyeball
from core.portrait import Portrait
from core.portrait.glasses import ANGLES, SIZE, Plane, contour
from core.portrait.glasses_mask import SIDES, Glasses, ring, take_off

CURVE = 1.5  # 1/m: the front's bend about the face, half of 1 / radius
TILTS = np.radians((0.0, 4.0, 8.0, 12.0))  # by which the front's lower edge may lean to the cheeks
DEPTH = 2.6e-3  # metres of a rim from front to back
TOUCH = 1.0e-3  # metres between the frame and the skin
EYE_ROOM = 12e-3  # metres between the cornea and the lens, where opticians put it (vertex distance 12 to 14 mm)
SECTION = 8  # points around a rim's cross-section
EVERY = 2  # of the contour's angles becomes a section
LENS_RINGS = (0.35, 0.7, 1.0)  # of the way from a lens' middle to its rim
ARM_POINTS = 24
ARM_HEIGHT = (2.4e-3, 7.0e-3)  # metres at the hinge; at the ear it is the lower of 4 mm and this
ARM_AT_EAR = 4.0e-3
ARM_WIDTH = 1.6e-3
HINGE = 3.5e-3  # metres that the frame goes on beside the rim, and back, before the arm begins
BEHIND_EAR = (14e-3, 5e-3)  # metres that an arm goes on behind the ear's root, and down
PATCH = 12  # rows at the picture's lower edge that hold the arms' colour
CLEAR = (0.9, 0.95, 0.96)
REMARKS: dict[GlassesChoice, str] = {
    "keep": "The person wears glasses: they became an object of their own; eyes and skin behind them are partly "
    "guessed, and a photo without glasses shows them better.",
    "remove": "The person wears glasses: they were painted out; eyes and skin behind them are partly guessed, and a "
    "photo without glasses shows them better.",
}


@dataclass(frozen=True)
class _Sheet:
    """The surface y = front - tan(tilt) (z - level) + CURVE x^2 in world axes, and the photo's camera.

    centre: (3,) of the camera; aim: (2, 3), (3,) see `rays`.
    """

    fit: Fit
    plane: Plane
    front: float
    tilt: float
    level: float

    def rays(self, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Camera centre (3,) and unit directions (N, 3) in the world of positions (N, 2) in the plane's picture."""
        camera, photo = self.fit.camera, self.plane.points(pixels)
        local = np.concatenate([(photo - [camera.cx, camera.cy]) / camera.focal, np.ones((len(photo), 1))], axis=1)
        directions = local @ self.fit.rotation
        return -self.fit.rotation.T @ self.fit.translation, directions / np.linalg.norm(directions, axis=1)[:, None]

    def bend(self, points: np.ndarray) -> np.ndarray:
        """How far behind `front` the sheet lies (N,) at points (N, 3)."""
        return CURVE * points[:, 0] ** 2 - np.tan(self.tilt) * (points[:, 2] - self.level)

    def on(self, pixels: np.ndarray, behind: np.ndarray | float = 0.0) -> np.ndarray:
        """World points (N, 3) where the pixels' rays meet the sheet, pushed ``behind`` metres along the rays."""
        origin, directions = self.rays(pixels)
        distance = (self.front - origin[1]) / directions[:, 1]
        for _ in range(6):
            points = origin + distance[:, None] * directions
            distance += (self.front + self.bend(points) - points[:, 1]) / directions[:, 1]
        return origin + (distance + behind)[:, None] * directions


def wear_glasses(
    glasses: Glasses | None, fit: Fit, template: Template, rest: np.ndarray
) -> tuple[list[PartMesh], list[Material]]:
    """Meshes ``glasses`` and ``lenses`` bound to the head, and their materials; empty lists without glasses.

    rest: (V, 3) metres over the template's vertices.
    """
    if glasses is None:
        return [], []
    sheet = _place(glasses, fit, template, rest)
    parts = [_build_rim(sheet, glasses, k) for k in (0, 1)]
    parts.append(_build_bridge(sheet, glasses))
    parts += _build_arms(sheet, glasses, template, rest)
    frame = _join("glasses", "glasses", parts, template)
    lenses = _join("lenses", "lens", [_build_lens(sheet, glasses, k) for k in (0, 1)], template)
    lens = Material("lens", "cornea", color=CLEAR)
    if glasses.tint:
        dark = np.array([*(_tint_color(glasses) * 255), 255 * (0.08 + 0.67 * glasses.tint)])
        lens = Material("lens", "glasses", np.tile((dark + 0.5).astype(np.uint8), (8, 8, 1)))
    return [frame, lenses], [Material("glasses", "glasses", _paint(glasses)), lens]


def remark_glasses(glasses: Glasses | None, choice: GlassesChoice) -> list[str]:
    """What the user should know about glasses in the photo."""
    return [] if glasses is None else [REMARKS[choice]]


def without_glasses(portrait: Portrait, glasses: Glasses | None) -> Portrait:
    """The portrait as if its glasses had been taken off."""
    return portrait if glasses is None else replace(portrait, image=take_off(portrait.image, glasses))


def _place(glasses: Glasses, fit: Fit, template: Template, rest: np.ndarray) -> _Sheet:
    """The sheet nearest to the eyes that the skin and the eyes leave free, over a few tilts."""
    skin = RayScene(rest, triangulate(template.faces[template.region <= 1]))
    eyes = [eyeball(template, rest, side) for side in ("left", "right")]
    cornea = float(np.mean([centre[1] - radius for centre, radius in eyes]))
    level = float(np.mean([centre[2] for centre, _ in eyes]))
    pixels = np.concatenate(
        [contour(r, s) for s, low, high in zip(SIDES, glasses.inner, glasses.outer, strict=True) for r in (low, high)]
        + [glasses.bridge + np.array([0, down]) for down in (-glasses.bridge_half, glasses.bridge_half)]
    )
    best = None
    for tilt in TILTS:
        sheet = _Sheet(fit, glasses.plane, cornea - EYE_ROOM, float(tilt), level)
        for _ in range(3):
            points = sheet.on(pixels)
            start = points * [1, 0, 1] + [0, cornea - 0.2, 0]
            hits = skin.cast(start, np.tile([0.0, 1.0, 0.0], (len(points), 1)))
            room = start[:, 1] + hits.distance - TOUCH - DEPTH - sheet.bend(points)
            sheet = replace(sheet, front=min(float(room.min()), cornea - EYE_ROOM))
        if best is None or sheet.front > best.front + 0.5e-3:
            best = sheet
    assert best is not None
    return best


def _section(width: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares across (SECTION,) -1..1 and depths (SECTION,) 0..1 of a rounded cross-section."""
    turn = (np.arange(SECTION) + 0.5) * 2 * np.pi / SECTION

    def soft(value: np.ndarray) -> np.ndarray:
        value = np.sign(value) * np.abs(value) ** 0.45
        return value / np.abs(value).max()

    return soft(np.cos(turn)), 0.5 - 0.5 * soft(np.sin(turn))


def _sweep(
    sheet: _Sheet, low: np.ndarray, high: np.ndarray, closed: bool, depth: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A bar along two lines (N, 2) of the plane's picture: positions, faces (N - 1 or N, SECTION, 4) and uv (V, 2)."""
    across, back = _section(high)
    pixels = (low + high)[:, None] / 2 + across[:, None] * ((high - low)[:, None] / 2)
    count = len(low)
    behind = np.tile(back * depth, count)
    positions = sheet.on(pixels.reshape(-1, 2), behind)
    return positions, _tube(count, closed), pixels.reshape(-1, 2) / SIZE * [1, -1] + [0, 1]


def _tube(count: int, closed: bool) -> np.ndarray:
    """Faces (N, SECTION, 4) between the cross-sections of a tube."""
    index = np.arange(count * SECTION).reshape(count, SECTION)
    after = np.roll(index, -1, axis=0)
    faces = np.stack([index, after, np.roll(after, -1, axis=1), np.roll(index, -1, axis=1)], axis=2)
    return faces if closed else faces[:-1]


def _build_rim(sheet: _Sheet, glasses: Glasses, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    low, high = (contour(r[k], SIDES[k])[::EVERY] for r in (glasses.inner, glasses.outer))
    positions, faces, uv = _sweep(sheet, low, high, True, DEPTH)
    there = glasses.present[k][::EVERY] > 0.5
    faces = faces[there & np.roll(there, -1)].reshape(-1, 4)
    return positions, faces if SIDES[k] < 0 else faces[:, ::-1], uv


def _build_bridge(sheet: _Sheet, glasses: Glasses) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    half = np.array([0.0, glasses.bridge_half])
    positions, faces, uv = _sweep(sheet, glasses.bridge + half, glasses.bridge - half, False, DEPTH)
    return positions, faces.reshape(-1, 4)[:, ::-1], uv


def _build_lens(sheet: _Sheet, glasses: Glasses, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A fan of rings in the middle of the rim's depth."""
    edge = contour((glasses.inner[k] + 0.3 * (glasses.outer[k] - glasses.inner[k])), SIDES[k])[::EVERY]
    middle = edge.mean(axis=0)
    rings = np.stack([middle + share * (edge - middle) for share in LENS_RINGS])
    pixels = np.concatenate([middle[None], rings.reshape(-1, 2)])
    count = len(edge)
    index = 1 + np.arange(len(LENS_RINGS) * count).reshape(-1, count)
    after = np.roll(index, -1, axis=1)
    fan = np.stack([np.zeros(count, int), index[0], after[0], np.full(count, -1)], axis=1)
    around = np.stack([index[:-1], index[1:], after[1:], after[:-1]], axis=2).reshape(-1, 4)
    faces = np.concatenate([fan, around])
    if SIDES[k] > 0:
        faces = np.concatenate([fan[:, [0, 2, 1, 3]], around[:, ::-1]])
    return sheet.on(pixels, DEPTH / 2), faces, pixels / SIZE * [1, -1] + [0, 1]


def _build_arms(
    sheet: _Sheet, glasses: Glasses, template: Template, rest: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Per side a bar from the rim's outer edge around the hinge and over the ear's root."""
    skin = RayScene(rest, triangulate(template.faces[template.region <= 1]))
    heights = [float(arm[:3, 1].mean()) for arm in glasses.arms if arm is not None]
    parts = []
    for k, side in enumerate(SIDES):
        rim = contour(glasses.outer[k], side)
        upper = float(rim[:, 1].min() + 0.3 * np.ptp(rim[:, 1]))
        level = float(np.mean(heights)) if heights else upper
        level = float(np.clip(level, rim[:, 1].min() + 1, rim[:, 1].mean()))
        outside = np.flatnonzero(side * (rim[:, 0] - rim[:, 0].mean()) > 0)
        start = rim[outside[np.abs(rim[outside, 1] - level).argmin()]]
        scale = float(np.linalg.norm(np.diff(sheet.on(np.array([start, np.add(start, (0.0, 1.0))])), axis=0)))
        height = float(np.clip(2 * glasses.arm_half * scale, *ARM_HEIGHT)) if glasses.arm_half else 2 * ARM_WIDTH
        at_rim = sheet.on(start[None] - [side * 1.0, 0.0], DEPTH / 2)[0]
        hinge = np.add(at_rim, (side * HINGE, 1.2 * HINGE, 0.0))
        ear = _ear_root(template, rest, side)
        line = _lay_arm(at_rim, hinge, ear, side, skin)
        share = np.linspace(0, 1, len(line)) ** 0.6
        tall = height + (min(ARM_AT_EAR, height) - height) * share
        parts.append(_bar(line, tall, side))
    return parts


def _ear_root(template: Template, rest: np.ndarray, side: int) -> np.ndarray:
    """Where an arm lies on: the top of the ear's front part (3,), a little above the skin."""
    letter = "l" if side > 0 else "r"
    row = template.slider_names.index(f"{letter}-ear-wing-decr|incr")
    moved = np.linalg.norm(template.slider_deltas[row].astype(float), axis=1)
    ear = rest[moved > 0.2 * moved.max()]
    front = ear[ear[:, 1] < np.quantile(ear[:, 1], 0.5)]
    top = front[front[:, 2].argmax()]
    return np.array([top[0], top[1], top[2] + ARM_AT_EAR / 2 + TOUCH])


def _lay_arm(
    at_rim: np.ndarray, hinge: np.ndarray, ear: np.ndarray, side: int, skin: RayScene
) -> np.ndarray:
    """Middle line (N, 3): out to the hinge, straight to the ear, a little on behind it; never in the temple."""
    straight = hinge + np.linspace(0, 1, ARM_POINTS)[:, None] * (ear - hinge)
    tip = np.add(ear, (0.0, BEHIND_EAR[0], -BEHIND_EAR[1]))
    line = np.concatenate([[at_rim], straight, [(ear + tip) / 2 + [0, 0, BEHIND_EAR[1] / 4], tip]])
    for height in (-ARM_AT_EAR / 2, 0.0, ARM_AT_EAR / 2):
        start = line * [0, 1, 1] + [side * 0.3, 0, height]
        hits = skin.cast(start, np.tile([-float(side), 0.0, 0.0], (len(line), 1)))
        surface = 0.3 - hits.distance  # distance of the skin from the middle plane
        surface[-2:] = -np.inf  # behind the ear it hides
        free = np.maximum(side * line[:, 0], np.where(np.isfinite(surface), surface + TOUCH + ARM_WIDTH / 2, -np.inf))
        line[:, 0] = side * free
    out = side * line[1:, 0]
    # What had to move outward carries its neighbours along.
    smooth = np.convolve(np.pad(out, 3, mode="edge"), np.ones(7) / 7, mode="valid")
    line[1:, 0] = side * np.maximum(out, smooth)
    return line


def _bar(line: np.ndarray, tall: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A rounded bar along a line (N, 3), upright, ``tall`` (N,) metres high and ARM_WIDTH wide."""
    across, back = _section(tall)
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    up = np.array([0.0, 0.0, 1.0]) - along * along[:, 2:]
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    out = np.cross(along, up)
    positions = (
        line[:, None]
        + across[None, :, None] * up[:, None] * tall[:, None, None] / 2
        + (2 * back - 1)[None, :, None] * out[:, None] * ARM_WIDTH / 2
    ).reshape(-1, 3)
    faces = _tube(len(line), False).reshape(-1, 4)
    ends = [np.arange(SECTION), len(positions) - SECTION + np.arange(SECTION)[::-1]]
    caps = [[[e[0], e[i], e[i + 1], e[i + 2]] for i in (1, 3, 5)] for e in ends]
    faces = np.concatenate([faces, np.array(caps).reshape(-1, 4)])
    uv = np.tile([0.5, 0.5 * PATCH / SIZE[1]], (len(positions), 1))
    return positions, faces, uv


def _join(
    name: str, material: str, parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]], template: Template
) -> PartMesh:
    first = np.concatenate([[0], np.cumsum([len(part[0]) for part in parts])])
    faces = np.concatenate([np.where(part[1] < 0, -1, part[1] + n) for part, n in zip(parts, first, strict=False)])
    uv = np.concatenate([part[2] for part in parts])
    used, packed = np.unique(faces[faces >= 0], return_inverse=True)
    corner_uv = uv[np.maximum(faces, 0)]
    faces[faces >= 0] = packed
    positions = np.concatenate([part[0] for part in parts])[used]
    return PartMesh(
        name=name,
        positions=positions,
        faces=faces,
        uv=corner_uv,
        material=np.zeros(len(faces), int),
        materials=(material,),
        weights=bind(len(positions), "head", template.bone_names),
    )


def _paint(glasses: Glasses) -> np.ndarray:
    """The plane's picture (H, W, 3) with the frame's colours carried on around it, and the arms' below."""
    known = np.zeros(SIZE[::-1], np.float32)
    for side, low, high, there in zip(SIDES, glasses.inner, glasses.outer, glasses.present, strict=True):
        inset = 0.25 * (high - low)
        known = np.maximum(known, ring(low + inset, high - inset, side, there))
    x, y = np.meshgrid(np.arange(SIZE[0]) + 0.5, np.arange(SIZE[1]) + 0.5)
    bridge = np.interp(x[0], *glasses.bridge.T, left=np.inf, right=np.inf)
    known = np.maximum(known, np.abs(y - bridge) < max(0.7, 0.6 * glasses.bridge_half))
    nearest = distance_transform_edt(known < 0.5, return_distances=False, return_indices=True)
    picture = glasses.picture[tuple(np.asarray(nearest))]
    picture[-PATCH:] = (glasses.arm_color * 255 + 0.5).astype(np.uint8)
    return picture


def _tint_color(glasses: Glasses) -> np.ndarray:
    """sRGB 0..1 (3,) of a tinted lens: what it adds itself, a dark shade of what is seen in it."""
    inside = np.maximum(*(ring(np.zeros(ANGLES), low - 2, s) for s, low in zip(SIDES, glasses.inner, strict=True)))
    return np.percentile(glasses.picture[inside > 0.9], 10, axis=0) / 255
