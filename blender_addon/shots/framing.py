# SPDX-License-Identifier: GPL-3.0-or-later
"""The maths of framing: where performed faces are in a picture, and where a camera has to be for that. No bpy here.

Shares of the picture run from its upper left corner; a rectangle is (left, top, right, bottom).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

SENSOR = 36.0  # millimetres along the picture's longer side
LEAST_DEPTH = 1e-3
LEAST_RIM = 0.004  # less than what a composition asks for, so that rounding does not count
LOW = 0.05  # share of the picture that eyes may be below their line


@dataclass(frozen=True)
class View:
    """A camera over F frames.

    place: (F, 3) metres; axes: (F, 3, 3), columns to its right, up and backwards; lens: millimetres; shift: how far
    the picture is moved, in shares of its longer side, as Blender's cameras have it; size: pixels.
    """

    place: np.ndarray
    axes: np.ndarray
    lens: float
    shift: tuple[float, float]
    size: tuple[int, int]

    @property
    def reach(self) -> np.ndarray:
        """(2,) half of what is seen across and up, at one metre."""
        return 0.5 * SENSOR / self.lens * np.array(self.size) / max(self.size)


def project(view: View, points: np.ndarray) -> np.ndarray:
    """(F, P, 3) world points as (F, P, 3): shares across and down, and the depth in metres."""
    local = (points - view.place[:, None]) @ view.axes
    depth = -local[..., 2]
    safe = np.maximum(depth, LEAST_DEPTH)[..., None]
    shares = local[..., :2] / (2.0 * view.reach * safe)
    moved = np.array(view.shift) * max(view.size) / np.array(view.size)
    across = 0.5 + shares[..., 0] - moved[0]
    down = 0.5 - shares[..., 1] + moved[1]
    return np.stack([across, down, depth], axis=-1)


def boxes(view: View, points: np.ndarray) -> np.ndarray:
    """(F, 4) the rectangles around points in each frame; NaN where some are behind the camera."""
    seen = project(view, points)
    low, high = seen[..., :2].min(axis=1), seen[..., :2].max(axis=1)
    found = np.concatenate([low, high], axis=1)
    found[seen[..., 2].min(axis=1) <= LEAST_DEPTH] = np.nan
    return found


def around(rectangles: np.ndarray) -> np.ndarray:
    """(4,) the rectangle around rectangles (..., 4); infinite where one is not in front of the camera."""
    flat = rectangles.reshape(-1, 4)
    if np.isnan(flat).any():
        return np.array((-np.inf, -np.inf, np.inf, np.inf))
    return np.concatenate([flat[:, :2].min(axis=0), flat[:, 2:].max(axis=0)])


def excess(box: np.ndarray, allowed: np.ndarray) -> float:
    """By which share of the picture a rectangle reaches beyond another one; 0 or less where it lies within."""
    return float(max(*(allowed[:2] - box[:2]), *(box[2:] - allowed[2:])))


@dataclass(frozen=True)
class Subjects:
    """What a picture is composed of.

    faces: (F, P, 3) per performer that has to be seen whole; hair: likewise, for which there is air above; rims:
    points that stay below the picture, since the body ends there; anchor: (3,) the point that a camera goes by;
    height: of a face, metres; things: (F, P, 3) what else is seen whole, such as a screen.
    """

    faces: Sequence[np.ndarray]
    hair: Sequence[np.ndarray]
    rims: Sequence[np.ndarray]
    eyes: Sequence[np.ndarray]
    anchor: np.ndarray
    height: float
    things: Sequence[np.ndarray] = ()


@dataclass(frozen=True)
class Composition:
    """share: of the picture's height that a face takes; eyes: where their line is, as a share of the free part;
    allowed: the rectangle that no face leaves; free: the one within which a picture is composed. air: above the hair.
    shifts: whether the picture is moved, as by a view camera; else the camera itself goes aside, so that a perspective
    that is given stays. rim: share of the picture by which the end of a body stays below it. larger: how much larger
    than ``share`` a face may be, so that eyes come up to their line where bodies end high. around: the rectangle that
    things do not leave.
    """

    share: float
    eyes: float
    allowed: np.ndarray
    free: np.ndarray
    air: float = 0.03
    shifts: bool = True
    rim: float = 0.005
    larger: float = 1.0
    around: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)

    def narrowed(self, by: float) -> Composition:
        """The same with so much room to all sides for a camera that moves."""
        inner = self.allowed + np.array((by, by, -by, -by))
        return replace(self, allowed=inner, rim=self.rim + by)


def place_view(
    subjects: Subjects, axes: np.ndarray, distance: float, lens: float, size: tuple[int, int], spot: np.ndarray
) -> View:
    """A camera that stands still: its axis goes through the anchor, which is seen at a spot (2,) of the picture."""
    frames = len(subjects.faces[0])
    longer = max(size)
    shift = ((0.5 - spot[0]) * size[0] / longer, (spot[1] - 0.5) * size[1] / longer)
    place = subjects.anchor + distance * axes[:, 2]
    return View(np.tile(place, (frames, 1)), np.tile(axes, (frames, 1, 1)), lens, shift, size)


def compose(
    subjects: Subjects,
    axes: np.ndarray,
    lens: float,
    size: tuple[int, int],
    wanted: Composition,
    distance: float | None = None,
) -> tuple[View, float]:
    """The camera for a composition, and its distance from the anchor.

    distance: where it stands already; then its lens is chosen instead. Faces come out smaller than wanted where they
    would leave their rectangle, larger where the lower end of a body would be seen.
    """

    def view_at(scale: float) -> tuple[View, float]:
        """scale: of what the picture shows, 1 is as wanted."""
        reach = subjects.height / wanted.share * scale / 2.0  # half the picture's height at the anchor
        if distance is None:
            far = reach / (0.5 * SENSOR / lens * size[1] / max(size))
            return _settle(subjects, axes, far, lens, size, wanted), far
        fitted = 0.5 * SENSOR * size[1] / max(size) * distance / reach
        return _settle(subjects, axes, distance, fitted, size, wanted), distance

    scale = _smallest(lambda scale: overflow(view_at(scale)[0], subjects, wanted), 1.0)
    view, far = view_at(scale)
    for closer in np.linspace(scale, 0.3 * scale, 29)[1:]:  # as far as the faces allow
        is_cut_off = rim_shown(view, subjects) > LEAST_RIM - wanted.rim
        is_low = closer * wanted.larger >= 1.0 and _lowness(view, subjects, wanted) > LOW
        if not is_cut_off and not is_low:
            break
        nearer, near = view_at(float(closer))
        if overflow(nearer, subjects, wanted) > 0.0:
            break
        view, far = nearer, near
    return view, far


def overflow(view: View, subjects: Subjects, wanted: Composition) -> float:
    """By how much faces or things leave their rectangle in any frame; 0 or less where they do not."""
    faces = excess(_extent(view, subjects.faces), wanted.allowed)
    if not subjects.things:
        return faces
    return max(faces, excess(_extent(view, subjects.things), np.array(wanted.around)))


def _extent(view: View, shapes: Sequence[np.ndarray]) -> np.ndarray:
    return around(np.stack([boxes(view, shape) for shape in shapes]))


def _lowness(view: View, subjects: Subjects, wanted: Composition) -> float:
    """By which share of the picture eyes are below their line."""
    eyes = np.mean([project(view, eye[:, None])[..., 1].mean() for eye in subjects.eyes])
    return float(eyes - wanted.free[1] - wanted.eyes * (wanted.free[3] - wanted.free[1]))


def rim_shown(view: View, subjects: Subjects) -> float:
    """How far above the picture's lower edge the end of a body shows within the picture, as a share; 0 or less: not."""
    shown = [-1.0]
    for rim in subjects.rims:
        seen = project(view, rim)
        inside = (seen[..., 2] > LEAST_DEPTH) & (np.abs(seen[..., 0] - 0.5) < 0.5)
        if inside.any():
            shown.append(1.0 - float(seen[..., 1][inside].min()))
    return max(shown)


def _smallest(miss, start: float) -> float:
    """The least scale from ``start`` on at which nothing is missed."""
    high = start
    for _ in range(40):
        if miss(high) <= 0.0:
            break
        high *= 1.15
    if high == start:
        return start
    low = high / 1.15
    for _ in range(8):
        middle = (low + high) / 2
        low, high = (low, middle) if miss(middle) <= 0.0 else (middle, high)
    return high


def _settle(
    subjects: Subjects, axes: np.ndarray, distance: float, lens: float, size: tuple[int, int], wanted: Composition
) -> View:
    """Move the picture: eyes on their line, faces within their rectangle, air above the hair, no body's end."""
    view = place_view(subjects, axes, distance, lens, size, np.array((0.5, 0.5)))
    for _ in range(1 if wanted.shifts else 4):  # what stands nearer moves further: it settles
        box = _extent(view, subjects.faces)
        if not np.isfinite(box).all():
            return view
        view = _shifted(view, _wanted_move(view, box, subjects, wanted), None if wanted.shifts else distance)
    return view


def _wanted_move(view: View, box: np.ndarray, subjects: Subjects, wanted: Composition) -> np.ndarray:
    """(2,) by how many shares of the picture what is seen has to move to the right and down."""
    free, allowed = wanted.free, wanted.allowed
    top = _extent(view, subjects.hair)[1]
    things = _extent(view, subjects.things) if subjects.things else box
    across = min(box[0], things[0]) + max(box[2], things[2])
    move = np.array(((free[0] + free[2] - across) / 2, -_lowness(view, subjects, wanted)))
    move[1] = max(move[1], wanted.air - top)  # room for the hair
    move[1] = max(move[1], rim_shown(view, subjects) + wanted.rim if subjects.rims else -np.inf)
    held = [(things, wanted.around)] if subjects.things else []
    for inner, outer in (*held, (box, allowed)):  # faces last: what does not fit is left over evenly
        for axis in (0, 1):
            low, high = outer[axis] - inner[axis], outer[axis + 2] - inner[axis + 2]
            move[axis] = np.clip(move[axis], low, high) if low <= high else (low + high) / 2
    return move


def _shifted(view: View, move: np.ndarray, distance: float | None) -> View:
    """A view whose picture is moved; or, at a distance, whose camera is."""
    if distance is not None:
        aside = 2.0 * view.reach * distance * move
        return replace(view, place=view.place - aside[0] * view.axes[..., 0] + aside[1] * view.axes[..., 1])
    shift = move * np.array(view.size) / max(view.size)
    return replace(view, shift=(view.shift[0] - float(shift[0]), view.shift[1] + float(shift[1])))
