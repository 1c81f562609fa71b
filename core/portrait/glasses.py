# SPDX-License-Identifier: GPL-3.0-or-later
"""Glasses in a portrait: whether there are any, and where rims, bridge and temples lie.

No packaged network does this, so they are measured. A frame's bridge is a line across the root of the nose, where
bare skin has none; its rims are closed lines around both eyes, alike on both sides. All is looked for in a picture
of the plane in which glasses stand, seen straight from the front (`Plane`).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from core.models import model_path
from core.portrait.topology import BROW_LEFT, BROW_RIGHT, EYE_LEFT, EYE_OUTER, EYE_RIGHT, canonical_face

EYES = 128.0  # pixels between the eyes' middles in the plane's picture
SIZE = (384, 288)  # of that picture, pixels
MIDDLE = (192.0, 120.0)  # of the eyes in it
MM = EYES / 63.0  # pixels a millimetre
EYE_INNER = (133, 362)
SELLION = 168  # landmark on the root of the nose, on which glasses sit
STAND_OFF = 0.4  # cm that the frame stands before it

ANGLES = 120  # of a rim's contour: 0 points to the temple, a quarter turn down
RADII = np.arange(20, 86)  # pixels from a lens' middle
LENS_MIDDLE = (34.0 * MM, 4.0 * MM)  # outward, down from the middle of the eyes
# Half axes (mm) of the smallest and of the largest rim: to the temple, to the nose, up, down.
SMALLEST, LARGEST = (19.0, 19.0, 13.0, 13.0), (33.0, 30.0, 24.0, 29.0)
RIDGES = (2, 3, 5, 7)  # half widths of lines, pixels
STEEPEST = 2  # pixels that a contour's radius may change from one angle to the next
ROUGHNESS = 0.15  # cost of a pixel of such change, in roots of contrast
HAIRY = 0.4  # share of the contrast that does not count on brows and eyes
HARMONICS = 9  # of a contour's radius
UNALIKE = 2  # pixels by which the two rims' lines may miss each other and still count as alike
DRIFT = 3  # pixels by which one eye's rim may differ from what both have in common
BRIDGE = (-11.0, 7.0, 7.0)  # mm: top, bottom, half width of where it is looked for
BOTH_CHANNELS = np.array([1.0, 1.3, 1.3], np.float32)  # a*, b* count a little more than L*

# (roll in radians, shift aside in pixels) by which glasses may sit askew, tried one row after the other.
MOVES = (
    tuple((np.radians(angle), 0.0) for angle in (0.0, -2.0, 2.0, -4.0, 4.0)),
    tuple((0.0, aside) for aside in (0.0, -3.0, 3.0)),
)

# Contrasts count in units of what the cheeks have anyway (80th percentile of their lines, and FAINT): noise, pores
# and hard processing make lines everywhere. A frame needs a bridge of SURE_BRIDGE, or a geometric mean of bridge and
# lower rims of SURE. 162 bare faces (27 photos and renders, the same with noise, darker, harder, sharper, JPEG 35):
# at most 3.3 and 1.1. 300 with drawn or real glasses: all but 4 of 25 pixels' eye distance and one with a barely
# visible frame are found.
FAINT, SURE_BRIDGE, SURE = 0.3, 4.0, 1.3
CHEEKS = (slice(150, 206), slice(124, 260))  # rows, columns of the plane's picture


@dataclass(frozen=True)
class Plane:
    """The plane of a pair of glasses as the photo shows it.

    to_photo: (2, 3) affine from the pixels of the plane's picture (`SIZE`, eyes `EYES` apart about `MIDDLE`) to the
    photo's. Weak perspective: good to a pixel or two over a face.
    """

    to_photo: np.ndarray

    @property
    def scale(self) -> float:
        """Photo pixels for one of the plane's picture."""
        return float(np.sqrt(abs(np.linalg.det(self.to_photo[:, :2]))))

    def picture(self, image: np.ndarray) -> np.ndarray:
        """The plane's picture, cut from the photo (H, W[, C])."""
        if self.scale > 1.3:
            image = cv2.GaussianBlur(image, (0, 0), 0.5 * self.scale)
        return cv2.warpAffine(
            image, self._pixel_matrix(), SIZE, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip

    def spread(self, picture: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """What was found in the plane's picture, as a picture of the photo's shape (H, W), 0 around it."""
        return cv2.warpAffine(picture, self._pixel_matrix(), shape[1::-1], flags=cv2.INTER_LINEAR)

    def moved(self, roll: float, aside: float) -> Plane:
        """Turned about the middle of the eyes by ``roll`` radians, moved ``aside`` by pixels of its picture."""
        turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
        axes = self.to_photo[:, :2] @ turn
        middle = self.points(np.add(MIDDLE, (aside, 0.0)))
        return Plane(np.column_stack([axes, middle - axes @ MIDDLE]))

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """Positions (..., 2) in the plane's picture of positions in the photo."""
        return (points - self.to_photo[:, 2]) @ np.linalg.inv(self.to_photo[:, :2]).T

    def points(self, pixels: np.ndarray) -> np.ndarray:
        """Photo positions (..., 2) of positions in the plane's picture."""
        return pixels @ self.to_photo[:, :2].T + self.to_photo[:, 2]

    def _pixel_matrix(self) -> np.ndarray:
        """For OpenCV, whose integers are pixels' centres."""
        matrix = self.to_photo.copy()
        matrix[:, 2] += 0.5 * matrix[:, :2].sum(axis=1) - 0.5
        return matrix


@dataclass(frozen=True)
class Rims:
    """Lines of a frame in the plane's picture.

    right, left: (ANGLES,) radius of the rim's middle about `lens_middle`, by angle.
    bridge: (N, 2) positions across the nose, from the subject's right to the left.
    lower, across: contrast of the lower rims and of the bridge, in units of the cheeks' own.
    """

    right: np.ndarray
    left: np.ndarray
    bridge: np.ndarray
    lower: float
    across: float

    @property
    def worn(self) -> bool:
        """Whether this is a pair of glasses, not skin."""
        return self.across > SURE_BRIDGE or self.across * self.lower > SURE**2


def glasses_plane(landmarks: np.ndarray) -> Plane:
    """Where glasses would stand, of a face with landmarks (478, 3)."""
    face = canonical_face(model_path("face_landmarker")) * [1.0, -1.0, -1.0]
    scale, rotation = _similarity(face, landmarks[:468])
    corners = list(EYE_OUTER + EYE_INNER)
    eyes = face[corners].mean(axis=0)
    forward = face[SELLION, 2] - eyes[2] - STAND_OFF
    apart = float(np.linalg.norm(face[[263, 362]].mean(axis=0) - face[[33, 133]].mean(axis=0)))
    axes = scale * rotation[:2, :2] * apart / EYES
    middle = landmarks[corners, :2].mean(axis=0) + scale * rotation[:2, 2] * forward
    return Plane(np.column_stack([axes, middle - axes @ MIDDLE]))


def settle(image: np.ndarray, plane: Plane, landmarks: np.ndarray) -> Plane:
    """The plane turned and moved a little, so that both rims lie alike in it: glasses sit askew."""
    for moves in MOVES:
        tried = [plane.moved(*move) for move in moves]
        plane = max(tried, key=lambda p: _alike(p.picture(image), hairy_parts(p, landmarks)))
    return plane


def _alike(picture: np.ndarray, hairy: np.ndarray) -> float:
    """Contrast along the line that both rims have in common."""
    cost = np.where(_allowed(), -np.sqrt(_in_common(_contrasts(even_lab(picture), hairy))), 3.0)
    return -float(cost[np.arange(ANGLES), cheapest_path(cost, STEEPEST, ROUGHNESS)].mean())


def _contrasts(lab: np.ndarray, hairy: np.ndarray) -> list[np.ndarray]:
    """Contrast about the right and the left lens; brows, lids and lashes, which are lines as well, count less."""
    return [contrast(around_lens(lab, side)) * (1 - HAIRY * around_lens(hairy, side)) for side in (-1, 1)]


def _in_common(sides: list[np.ndarray]) -> np.ndarray:
    """Contrast (ANGLES, RADII) of lines that lie alike about both lenses."""
    near = [cv2.dilate(side, np.ones((1, 2 * UNALIKE + 1))) for side in sides]
    return 0.5 * np.minimum(*near) + 0.25 * (sides[0] + sides[1])


def hairy_parts(plane: Plane, landmarks: np.ndarray) -> np.ndarray:
    """(H, W) float32 of the plane's picture, 1 on brows and eyes of a face with landmarks (478, 3)."""
    mask = np.zeros(SIZE[::-1], np.uint8)
    for part in (EYE_LEFT, EYE_RIGHT, BROW_LEFT, BROW_RIGHT):
        points = plane.pixels(landmarks[list(part), :2])
        cv2.fillConvexPoly(mask, cv2.convexHull(np.round(points).astype(np.int32)), 1)
    return cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))).astype(np.float32)


def find_rims(picture: np.ndarray, hairy: np.ndarray) -> Rims:
    """The most likely frame in a plane's picture (H, W, 3) uint8 sRGB, worn or not; hairy: see `hairy_parts`."""
    lab = even_lab(picture)
    sides = _contrasts(lab, hairy)
    common, allowed = _in_common(sides), _allowed()
    path = _closed_path(np.where(allowed, -np.sqrt(common), 3.0))
    strength = np.minimum(*(side[np.arange(ANGLES), path] for side in sides))[np.sin(angles()) > 0.35]
    near = np.abs(np.arange(len(RADII)) - path[:, None]) <= DRIFT
    own = [RADII[_closed_path(np.where(near & allowed, -np.sqrt(side), 3.0))] for side in sides]
    right, left = (_steady(radius, side) for radius, side in zip(own, sides, strict=True))
    bridge, across = _find_bridge(lab)
    usual = float(np.percentile(contrast(lab[CHEEKS]), 80)) + FAINT
    return Rims(right, left, bridge, float(np.percentile(strength, 60)) / usual, across / usual)


def even_lab(picture: np.ndarray) -> np.ndarray:
    """CIE Lab (H, W, 3) of the plane's picture (uint8 sRGB), the cheeks' lightness scaled to 60."""
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    x, y = int(MIDDLE[0]), int(MIDDLE[1])
    return lab * (60.0 / max(float(np.median(lab[y + 40 : y + 80, x - 60 : x + 60, 0])), 8.0))


def angles() -> np.ndarray:
    """(ANGLES,) radians of a contour."""
    return np.arange(ANGLES) * 2 * np.pi / ANGLES


def lens_middle(side: int) -> np.ndarray:
    """Of the subject's right (-1) or left (1) lens in the plane's picture (2,)."""
    return np.add(MIDDLE, (side * LENS_MIDDLE[0], LENS_MIDDLE[1]))


def contour(radius: np.ndarray, side: int) -> np.ndarray:
    """Positions (ANGLES, 2) in the plane's picture of a rim's radii."""
    turn = angles()
    return lens_middle(side) + radius[:, None] * np.stack([side * np.cos(turn), np.sin(turn)], axis=1)


def around_lens(picture: np.ndarray, side: int) -> np.ndarray:
    """The plane's picture as (ANGLES, RADII, C) about one lens' middle, alike for both sides."""
    turn, middle = angles()[:, None], lens_middle(side)
    x = middle[0] + side * np.cos(turn) * RADII - 0.5
    y = middle[1] + np.sin(turn) * RADII - 0.5
    return cv2.remap(
        picture, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def contrast(polar: np.ndarray) -> np.ndarray:
    """How much each place (A, R) of (A, R, 3) is a line along the angles: it differs from both sides alike."""
    wrapped = np.concatenate([polar[-8:], polar, polar[:8]])
    wrapped = cv2.GaussianBlur(wrapped, (0, 0), sigmaX=0.8, sigmaY=2.2)[8:-8]
    return ridge(wrapped)


def ridge(picture: np.ndarray) -> np.ndarray:
    """Contrast (A, R) of lines that run along the first axis, of the widths `RIDGES`."""
    best = np.zeros(picture.shape[:2], np.float32)
    for k in RIDGES:
        padded = np.pad(picture, ((0, 0), (k, k), (0, 0)), mode="edge")
        before, after = picture - padded[:, : -2 * k], picture - padded[:, 2 * k :]
        line = np.where(before * after > 0, np.minimum(np.abs(before), np.abs(after)), 0.0)
        best = np.maximum(best, np.linalg.norm(line * BOTH_CHANNELS, axis=2))
    return best


def _find_bridge(lab: np.ndarray) -> tuple[np.ndarray, float]:
    """Positions (N, 2) of the strongest line across the nose's root, and the contrast of its weaker third."""
    top, bottom, aside = (round(v * MM) for v in BRIDGE)
    x, y = int(MIDDLE[0]), int(MIDDLE[1])
    window = lab[y + top - 10 : y + bottom + 10, x - aside : x + aside + 1]
    window = cv2.GaussianBlur(window, (0, 0), sigmaX=2.0, sigmaY=0.8)
    across = ridge(window.transpose(1, 0, 2))[:, 10:-10]
    path = cheapest_path(-np.sqrt(across), 1, 0.1)
    columns = np.arange(len(path))
    points = np.stack([columns + x - aside + 0.5, path + y + top + 0.5], axis=1)
    return points, float(np.percentile(across[columns, path], 30))


def _allowed() -> np.ndarray:
    """(ANGLES, RADII) where a rim may run."""
    turn = angles()
    c, s = np.cos(turn), np.sin(turn)

    def reach(axes: tuple[float, ...], power: float) -> np.ndarray:
        out, nose, up, down = axes
        wide, high = np.where(c > 0, out, nose) * MM, np.where(s < 0, up, down) * MM
        return (np.abs(c / wide) ** power + np.abs(s / high) ** power) ** (-1 / power)

    return (reach(SMALLEST, 2.5)[:, None] <= RADII) & (reach(LARGEST, 3.0)[:, None] >= RADII)


def _closed_path(cost: np.ndarray) -> np.ndarray:
    """Column (A,) of the cheapest way once around; the middle one of three rounds closes on itself."""
    return cheapest_path(np.concatenate([cost] * 3), STEEPEST, ROUGHNESS)[len(cost) : 2 * len(cost)]


def cheapest_path(cost: np.ndarray, steepest: int, roughness: float) -> np.ndarray:
    """Column (N,) of the cheapest way down the rows of a cost (N, M), by dynamic programming."""
    rows, columns = cost.shape
    steps = np.arange(-steepest, steepest + 1)
    total, back = cost[0].copy(), np.zeros((rows, columns), int)
    for row in range(1, rows):
        padded = np.pad(total, steepest, constant_values=np.inf)
        choices = np.stack([padded[steepest + s : steepest + s + columns] + roughness * abs(s) for s in steps])
        best = choices.argmin(axis=0)
        back[row] = np.arange(columns) + steps[best]
        total = choices[best, np.arange(columns)] + cost[row]
    path = np.empty(rows, int)
    path[-1] = int(total.argmin())
    for row in range(rows - 1, 0, -1):
        path[row - 1] = back[row, path[row]]
    return path


def _steady(radius: np.ndarray, strength: np.ndarray) -> np.ndarray:
    """Radii (ANGLES,) as a few harmonics (Fourier descriptors), drawn to where the contrast is strong."""
    turn = angles()
    waves = np.concatenate([[f(k * turn) for f in (np.cos, np.sin)] for k in range(HARMONICS + 1)]).T
    rigid = np.repeat(1e-3 * np.arange(HARMONICS + 1.0) ** 3, 2) + 1e-9
    sure = np.sqrt(strength[np.arange(ANGLES), radius - RADII[0]]) + 0.1
    weight = sure
    for _ in range(4):
        smooth = waves @ np.linalg.solve(
            waves.T @ (weight[:, None] * waves) + np.diag(rigid * sure.mean()), waves.T @ (weight * radius)
        )
        weight = sure / (1 + (smooth - radius) ** 2)  # a lash or a wrinkle that caught the path does not count
    return smooth


def _similarity(source: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray]:
    """Scale and rotation (3, 3) that take points (N, 3) to others (Umeyama, Least-squares estimation, 1991)."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    u, sizes, v = np.linalg.svd(b.T @ a)
    flip = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ v))])
    return float((sizes * flip).sum() / (a**2).sum()), (u * flip) @ v
