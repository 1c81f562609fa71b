# SPDX-License-Identifier: GPL-3.0-or-later
"""Two rows of teeth in their gums, placed behind the lips; the lower row goes with the jaw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from core.avatar.dentition import LOWER, UPPER, Arch, Row, build_row
from core.avatar.fit import Fit
from core.avatar.keys import DRIVERS, key_values, moving_keys, viseme_deltas
from core.avatar.light import tint
from core.avatar.parts import Material, PartMesh, bind
from core.avatar.rays import RayScene, triangulate
from core.avatar.rest import photo_expression
from core.avatar.rings import lip_rings
from core.avatar.shown_teeth import ShownTeeth
from core.avatar.teeth_photo import CELL, Mouth, lay_teeth, place_cells
from core.avatar.teeth_pose import meet, stand_as_shown
from core.avatar.template import Template
from core.channels import ARKIT_CHANNELS
from core.colour import LUMINANCE, smoothstep
from core.portrait import Portrait

# Of the template's, which is wider and much deeper than an adult's: the rows would stand far from lips and light.
ARCH_WIDTH, ARCH_DEPTH = 0.90, 0.85
# Metres that the upper incisors reach below the line where the lips meet; the range is for what a photo shows.
INCISAL_BELOW_LIPS, INCISAL_RANGE = 1.9e-3, (0.5e-3, 4.5e-3)
OVERBITE = 1.6e-3  # metres that they overlap the lower ones
OVERJET = 2.6e-3  # metres that the lower row stands behind the upper
LIP_ROOM = 0.9e-3  # metres kept between the teeth and the lips and cheeks, at rest
KEY_ROOM = 0.25e-3  # the same in the extreme of every shape key
FORWARD = (-6.0e-3, 5.0e-3)  # how far the rows may be moved from the template's place
# Keys in which lips press upon a row or slide along it: the row gives way instead of standing back for good.
YIELDING = ("mouthRollUpper", "mouthRollLower", "mouthLeft", "mouthRight", "mouthFunnel", "mouthShrugUpper")
# mouthClose acts on an open jaw only (keys.DRIVERS), where it brings the lips back to where they are at rest.
UNUSED_ALONE = ("mouthClose",)
PHOTO_ROOM = 0.8e-3  # metres between the teeth and the lips of the photo's face
MOST_FORWARD, MOST_RAISE = 8.0e-3, 8.0e-3  # metres that the rows may follow the lips, and the lower one the jaw
# Metres beside the midline that the lower incisors take, and that they go on behind what the photo shows of them.
INCISORS, LOWER_OVERLAP = 5e-3, 0.6e-3
NARROWEST = 0.08  # share of its width that the arch may lose to the cheeks on either side
AHEAD = 0.6  # how far a face of a tooth must look forward to lie behind the lips, not the cheeks
INWARD = 0.012  # metres behind a tooth's face from where its room is measured
LIP_TRAVEL = 1.0e-3  # metres; keys that move the skin around the teeth less cannot use up the room at rest
SKIN_REACH = 0.075  # metres around the teeth in which skin is looked at

GUM_TUCK = 6e-3  # metres that the gums may be drawn inward where a lip or cheek needs the place

# Linear colours along a tooth as shares of its body's; the body's where no photo shows it.
IVORY_TIP, IVORY_NECK = (0.97, 1.01, 1.08), (0.88, 0.80, 0.68)
IVORY = np.array([0.68, 0.63, 0.54])
# Share of even light that reaches the front teeth between the lips, and the luminance that enamel has.
TEETH_SHADE, ENAMEL = 0.85, (0.38, 0.76)
BETWEEN = 0.35  # share of the light that is lost where two teeth meet
ENAMEL_TINT = 0.6  # share of the photo's tint that is the teeth's, for part of it is the light's
GUM_COLOR = (0.47, 0.13, 0.12)  # linear
MIN_TRAVEL = 3e-4  # metres; keys that move a row less are left out


_Motion = tuple[np.ndarray | None, np.ndarray | None]


@dataclass(frozen=True)
class _Pose:
    """The face in one key, what moves the rows there (see `_motion`), and how far from its skin they must stay."""

    skin: RayScene
    motion: _Motion
    margin: float


def build_teeth(
    portrait: Portrait | None,
    template: Template,
    rest: np.ndarray,
    keys: np.ndarray,
    fit: Fit,
    shown: ShownTeeth | None,
    exposure: float,
) -> tuple[PartMesh, list[Material]]:
    """Mesh ``teeth`` (both rows with their gums) and its materials ``teeth`` and ``gums``.

    rest: (V, 3) metres, keys: (52, V, 3), both over the template's vertices. The rows stand where the
    template's teeth are, as far forward as the lips allow at rest and in every key, and as low as the photo
    shows them. Key ``photo`` brings them up to the lips of the photo's face, where they wear what it shows of them.
    """
    arch, edge = _arch(template, rest, fit, shown)
    upper, lower = _place(arch, edge, template, rest, keys)
    rows = (upper, lower)
    count = [len(row.positions) for row in rows]
    named: dict[str, np.ndarray] = {}
    triangles = _mouth_skin(rows, template, rest)
    for name, key in zip(ARKIT_CHANNELS, keys, strict=True):
        moved = _moved(rows, _motion(template, rest, key))
        if name in YIELDING:
            moved = _yield(rows, moved, RayScene(rest + key, triangles))
        delta = np.concatenate([m - row.positions for m, row in zip(moved, rows, strict=True)])
        if np.abs(delta).max() > MIN_TRAVEL:
            named[name] = delta
    expressed, photo = _follow_photo(rows, named, RayScene(fit.posed, triangles), fit, shown)
    there = expressed + photo
    mouth = Mouth(rows, (there[: count[0]], there[count[0] :]), fit.posed, triangles)
    mesh = PartMesh(
        name="teeth",
        positions=np.concatenate([row.positions for row in rows]),
        faces=np.concatenate([upper.faces, np.where(lower.faces < 0, -1, lower.faces + count[0])]),
        uv=np.concatenate([place_cells(upper, False), place_cells(lower, True)]),
        material=np.concatenate([row.material for row in rows]),
        materials=("teeth", "gums"),
        weights=np.concatenate(
            [bind(count[0], "head", template.bone_names), bind(count[1], "jaw", template.bone_names)]
        ),
        keys=named | moving_keys(viseme_deltas(named) | {"photo": photo}, MIN_TRAVEL),
        subdivision=1,
    )
    return mesh, [
        Material("teeth", "teeth", lay_teeth(_paint_ivory(enamel(shown, exposure)), portrait, fit, shown, mouth)),
        Material("gums", "mouth", color=tint(GUM_COLOR, exposure)),
    ]


def fit_affine(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(4, 3) matrix A with [source, 1] @ A nearest to target; both (N, 3)."""
    return np.linalg.lstsq(np.concatenate([source, np.ones((len(source), 1))], axis=1), target, rcond=None)[0]


def apply_affine(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points (N, 3) under the (4, 3) matrix of `fit_affine`."""
    return points @ matrix[:3] + matrix[3]


def lip_line(template: Template, rest: np.ndarray) -> float:
    """Height in metres at which the lips' middles meet (two rings out of the mouth's cavity)."""
    ring = lip_rings(template)
    middle = (ring >= 0) & (ring <= 2) & (np.abs(template.positions[:, 0]) < 8e-3)
    return float(rest[middle, 2].mean())


def _arch(template: Template, rest: np.ndarray, fit: Fit, shown: ShownTeeth | None) -> tuple[Arch, float]:
    """The upper arch from the template's teeth in rest, and the height of its incisal edge."""
    rows = np.unique(template.parts["teeth_upper"])
    # The warp may have bent single vertices: all of them together say where the arch is.
    here = apply_affine(fit_affine(template.positions[rows], rest[rows]), template.positions[rows])
    width = ARCH_WIDTH * float(np.ptp(here[:, 0]))
    arch = Arch(width, ARCH_DEPTH * float(np.ptp(here[:, 1])), float(here[:, 1].min()), float(here[:, 0].mean()))
    below = INCISAL_BELOW_LIPS
    if shown is not None and shown.edge is not None:
        below = float(np.clip(lip_line(template, rest) - meet(shown.edge, arch.front, fit)[2], *INCISAL_RANGE))
    return arch, lip_line(template, rest) - below


def _place(arch: Arch, edge: float, template: Template, rest: np.ndarray, keys: np.ndarray) -> tuple[Row, Row]:
    """Both rows, as far forward as lips and cheeks leave room."""
    forward, narrow = FORWARD[1], 0.0
    rows = _rows(arch, edge, forward, narrow)
    poses = _poses(rows, template, rest, keys)
    for _ in range(6):
        need_forward = need_narrow = 0.0
        for pose in poses:
            for row, positions in zip(rows, _moved(rows, pose.motion), strict=True):
                short = pose.margin - room(positions[row.front], row.outward[row.front], pose.skin)
                ahead = -row.outward[row.front, 1] > AHEAD  # behind the lips, otherwise the cheeks
                need_forward = max(need_forward, float(short[ahead].max(initial=0.0)))
                need_narrow = max(need_narrow, float(short[~ahead].max(initial=0.0)))
        if max(need_forward, need_narrow) < 1e-5:
            break
        if need_forward > 1e-5 and forward > FORWARD[0]:
            forward = max(forward - need_forward - 1e-4, FORWARD[0])
        else:  # only then is it known what the cheeks ask for
            narrow = min(narrow + need_narrow + 1e-4, NARROWEST * arch.width)
        rows = _rows(arch, edge, forward, narrow)
    return _tuck_gums(rows, poses)


def _tuck_gums(rows: tuple[Row, Row], poses: list[_Pose]) -> tuple[Row, Row]:
    """The gums drawn inward where lips or cheeks would meet them."""
    short = [np.zeros(row.gum.shape) for row in rows]
    for pose in poses:
        for row, positions, most in zip(rows, _moved(rows, pose.motion), short, strict=True):
            gum = row.gum.ravel()
            need = pose.margin - room(positions[gum], row.outward[gum], pose.skin)
            np.maximum(most, need.reshape(most.shape), out=most)
    upper, lower = (
        replace(row, positions=_tucked(row, row.positions, most)) for row, most in zip(rows, short, strict=True)
    )
    return upper, lower


def _tucked(row: Row, positions: np.ndarray, short: np.ndarray) -> np.ndarray:
    """Positions (V, 3) of a row whose gums lack the room ``short``, (columns, rows) as Row.gum, with gums that have."""
    smooth = gaussian_filter1d(maximum_filter1d(np.clip(short, 0, GUM_TUCK), 5, axis=0), 1.5, axis=0)
    gum, tucked = row.gum.ravel(), positions.copy()
    tucked[gum] -= smooth.reshape(-1, 1) * row.outward[gum]
    return tucked


def _rows(arch: Arch, edge: float, forward: float, narrow: float) -> tuple[Row, Row]:
    outer = Arch(arch.width - 2 * narrow, arch.depth, arch.front - forward, arch.middle)
    inner = Arch(outer.width - 1.4 * OVERJET, outer.depth - OVERJET, outer.front + OVERJET, outer.middle)
    return build_row(UPPER, outer, edge, 1.0), build_row(LOWER, inner, edge + OVERBITE, -1.0)


def room(points: np.ndarray, outward: np.ndarray, skin: RayScene) -> np.ndarray:
    """Metres (N,) from points along outward unit vectors to the skin's inside; negative where they poke out.

    Infinite where the mouth is open in front of a point.
    """
    return skin.cast(points - INWARD * outward, outward).distance - INWARD


def _poses(rows: tuple[Row, Row], template: Template, rest: np.ndarray, keys: np.ndarray) -> list[_Pose]:
    """The rest pose, then the keys at 1 that move the mouth."""
    triangles = _mouth_skin(rows, template, rest)
    used = np.unique(triangles)
    poses = [_Pose(RayScene(rest, triangles), (None, None), LIP_ROOM)]
    for name, key in zip(ARKIT_CHANNELS, keys, strict=True):
        if name not in YIELDING + UNUSED_ALONE and np.abs(key[used]).max() > LIP_TRAVEL:
            poses.append(_Pose(RayScene(rest + key, triangles), _motion(template, rest, key), KEY_ROOM))
    return poses


def _mouth_skin(rows: tuple[Row, Row], template: Template, rest: np.ndarray) -> np.ndarray:
    """Triangles of the skin around the teeth."""
    centre = np.concatenate([row.positions for row in rows]).mean(axis=0)
    near = np.linalg.norm(rest - centre, axis=1) < SKIN_REACH
    triangles = triangulate(template.faces)
    return triangles[near[triangles].all(axis=1)]


def _yield(rows: tuple[Row, Row], moved: list[np.ndarray], skin: RayScene) -> list[np.ndarray]:
    """The rows moved straight back as far as a lip needs."""
    back = []
    for row, positions in zip(rows, moved, strict=True):
        outward = row.outward[row.front]
        ahead = -outward[:, 1] > AHEAD
        short = KEY_ROOM - room(positions[row.front], outward, skin)[ahead]
        way = float((short / -outward[ahead, 1]).max(initial=0.0))
        back.append(positions + np.array([0.0, way, 0.0]))
    return back


def _motion(template: Template, rest: np.ndarray, key: np.ndarray) -> _Motion:
    """What a key (V, 3) does to the upper and lower row, told by the template's teeth: affine matrices of the shifts,
    None where they stay."""

    def of(part: str) -> np.ndarray | None:
        points = np.unique(template.parts[part])
        return None if np.abs(key[points]).max() < MIN_TRAVEL else fit_affine(rest[points], key[points])

    return of("teeth_upper"), of("teeth_lower")


def _moved(rows: tuple[Row, Row], motion: _Motion) -> list[np.ndarray]:
    """Positions of both rows after a key's motion."""
    return [
        row.positions if matrix is None else row.positions + apply_affine(matrix, row.positions)
        for row, matrix in zip(rows, motion, strict=True)
    ]


def _follow_photo(
    rows: tuple[Row, Row], named: Mapping[str, np.ndarray], skin: RayScene, fit: Fit, shown: ShownTeeth | None
) -> tuple[np.ndarray, np.ndarray]:
    """Both rows (V, 3) in the photo's expression, and key ``photo`` (V, 3): they go straight back or forward until
    they stand just behind the photo's lips, and where the photo shows them, as there."""
    expressed = key_values(DRIVERS, named, photo_expression(fit.expression))
    moved = np.concatenate([row.positions for row in rows]) + sum(
        value * named[name] for name, value in expressed.items()
    )
    count = len(rows[0].positions)
    ours = (slice(0, count), slice(count, None))
    there = moved.copy()
    for row, mine in zip(rows, ours, strict=True):
        there[mine, 1] += _to_lips(row, moved[mine], skin)
    if shown is not None:
        stand = stand_as_shown(there[:count], shown, fit)
        for row, mine in zip(rows, ours, strict=True):
            there[mine] = stand.moved(there[mine], upper=row is rows[0])
            if row is rows[1] and shown.lower_edge is not None:
                crowns = there[mine][row.front]
                incisors = crowns[np.abs(crowns[:, 0] - crowns[:, 0].mean()) < INCISORS]
                wanted = LOWER_OVERLAP + meet(shown.lower_edge, float(incisors[:, 1].min()), fit)[2]
                there[mine, 2] += np.clip(wanted - incisors[:, 2].max(), -MOST_RAISE, MOST_RAISE)
            there[mine, 1] += max(_to_lips(row, there[mine], skin), 0.0)
    for row, mine in zip(rows, ours, strict=True):
        gum = row.gum.ravel()
        short = PHOTO_ROOM - room(there[mine][gum], row.outward[gum], skin)
        there[mine] = _tucked(row, there[mine], short.reshape(row.gum.shape))
    return moved, there - moved


def _to_lips(row: Row, positions: np.ndarray, skin: RayScene) -> float:
    """Metres (backward is positive) that bring a row at ``positions`` to just behind the lips."""
    outward = row.outward[row.front]
    ahead = -outward[:, 1] > AHEAD
    way = (PHOTO_ROOM - room(positions[row.front], outward, skin)[ahead]) / -outward[ahead, 1]
    covered = np.isfinite(way)
    return max(float(way[covered].max()), -MOST_FORWARD) if covered.any() else 0.0


def enamel(shown: ShownTeeth | None, exposure: float) -> np.ndarray:
    """Linear colour (3,) of the teeth's body: what, shaded by the lips, looks as the photo's teeth do.

    exposure: see `light.exposure`; a face in the dark has no teeth that glow.
    """
    if shown is None:
        return exposure * IVORY
    color = shown.color / TEETH_SHADE
    tint = (color / color.mean()) ** ENAMEL_TINT * (IVORY / IVORY.mean()) ** (1 - ENAMEL_TINT)
    light = float(np.clip(color @ LUMINANCE, *(exposure * np.array(ENAMEL))))
    return np.minimum(tint * light / float(tint @ LUMINANCE), 0.9)


def _paint_ivory(body: np.ndarray) -> np.ndarray:
    """One crown (*CELL, 3), linear, the tip's translucent end in the top row, the warm neck in the last.

    Left and right, where the next tooth stands and little light gets in, it is darker: that sets one off the other.
    """
    level = (np.arange(CELL[0]) + 0.5)[::-1] / CELL[0]
    shares = np.stack(
        [
            np.interp(level, (0.0, 0.25, 0.75, 1.0), channel)
            for channel in zip(IVORY_NECK, np.ones(3), np.ones(3), IVORY_TIP, strict=True)
        ],
        axis=1,
    )
    beside = np.abs(np.linspace(-1, 1, CELL[1]))
    gap = 1 - BETWEEN * smoothstep(beside, 0.72, 1.0)
    return np.clip(body * shares, 0, 1)[:, None] * gap[None, :, None]
