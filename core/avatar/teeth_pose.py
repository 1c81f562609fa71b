# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the rows of teeth stand in the photo: as far to each side, as high and as level as the photo shows them.

The rows' own place (teeth.py) is what lips and cheeks leave in every expression. A photo in which teeth show says
more: key ``photo`` brings them there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.avatar.dentition import AROUND, LEVELS, UPPER
from core.avatar.fit import Fit, project
from core.avatar.shown_teeth import ShownTeeth

# Of the teeth on either side, from the midline: the fewest and the most that a smile with teeth to its corners shows.
FEWEST, MOST = 4, 5
WIDTH_RANGE, MOST_ASIDE = (0.85, 1.2), 4e-3  # of the row's width; metres to a side
MOST_DOWN, HEIGHT_RANGE = 4e-3, (1.1, 1.5)  # metres the upper row goes down or up; of the crowns' height
OVER_TOP = 1.25  # of the height that is seen: lips lie over the necks and what gum is between them
MOST_PITCH, MOST_ROLL = 0.3, 0.12  # metres up for a metre back, or to the side
ROUNDS = 4


@dataclass(frozen=True)
class Stand:
    """What brings rows (V, 3) to the photo's place: about ``pivot``, the middle of the upper row's edge in front.

    width: of the row's own; height: of the crowns'; aside, down: metres; pitch: metres up for a metre back,
    roll: for a metre to the subject's left.
    """

    pivot: np.ndarray
    width: float
    height: float
    aside: float
    down: float
    pitch: float
    roll: float

    def moved(self, positions: np.ndarray, *, upper: bool) -> np.ndarray:
        """The row there; only the upper one is as high and as low as the photo shows it."""
        x, y, z = (positions - self.pivot).T
        tall, down = (self.height, self.down) if upper else (1.0, 0.0)
        lean = self.pitch * y + self.roll * x
        return self.pivot + np.stack([self.width * x + self.aside, y, tall * z - down + lean], axis=1)


def stand_as_shown(upper: np.ndarray, shown: ShownTeeth, fit: Fit) -> Stand:
    """upper: (V, 3) of the upper row in the photo's expression, as `build_row` orders it."""
    crowns = _crowns(upper)
    front = crowns[[0, len(UPPER)]].reshape(-1, 3)
    pivot = np.array([crowns[..., 0].mean(), front[:, 1].min(), front[:, 2].min()])
    width, aside = (1.0, 0.0) if shown.ends is None else _spread(crowns, pivot, shown.ends, fit)
    down, tall = 0.0, 1.0
    if shown.edge is not None:
        edge = meet(shown.edge, float(pivot[1]), fit)[2]
        down = float(np.clip(pivot[2] - edge, -MOST_DOWN, MOST_DOWN))
        neck = _necks(crowns)[0, 2] - pivot[2]
        wanted = meet(shown.top, float(pivot[1]), fit)[2] - edge
        tall = float(np.clip(OVER_TOP * wanted / neck, *HEIGHT_RANGE))
    level = Stand(pivot, width, tall, aside, down, 0.0, 0.0)
    pitch, roll = (0.0, 0.0) if shown.ends is None else _lean(crowns, level, shown.ends, fit)
    return Stand(pivot, width, tall, aside, down, pitch, roll)


def meet(pixel: np.ndarray, y: float, fit: Fit) -> np.ndarray:
    """The point (3,) of the upright plane at ``y`` that the photo shows at a pixel (2,)."""
    ray = fit.rotation.T @ np.append((pixel - [fit.camera.cx, fit.camera.cy]) / fit.camera.focal, 1.0)
    lens = -fit.rotation.T @ fit.translation
    return np.asarray(lens + ray * (y - lens[1]) / ray[1])


def _crowns(upper: np.ndarray) -> np.ndarray:
    """(14, rings, AROUND, 3) of the crowns from the neck to the tip: the subject's left from the midline, then the
    right."""
    size = len(LEVELS) * AROUND + 1
    crowns = upper[: 2 * len(UPPER) * size].reshape(-1, size, 3)[:, :-1]
    return crowns.reshape(-1, len(LEVELS), AROUND, 3)[:, 1:]


def _necks(crowns: np.ndarray) -> np.ndarray:
    """Middle (14, 3) of each crown's neck on the lip side."""
    return crowns[:, 0, : AROUND // 2].mean(axis=1)


def _spread(crowns: np.ndarray, pivot: np.ndarray, ends: np.ndarray, fit: Fit) -> tuple[float, float]:
    """Width and shift to the side with which the photo's teeth end where ours may: Newton's method on both ends."""
    right, left = ends
    along = (left - right) / float(np.linalg.norm(left - right))
    target = np.array([right, left]) @ along
    state = np.array([1.0, 0.0])

    def reach(width: float, aside: float) -> np.ndarray:
        """How far short of the photo's teeth ours end on the subject's right and left, pixels."""
        at = (crowns - pivot) * [width, 1.0, 1.0] + pivot + [aside, 0.0, 0.0]
        line = project(at.reshape(-1, 3), fit.rotation, fit.translation, fit.camera).reshape(*at.shape[:3], 2) @ along
        half = len(UPPER)
        most = np.array([line[half : half + MOST].min(), line[:MOST].max()])
        fewest = np.array([line[half : half + FEWEST].min(), line[:FEWEST].max()])
        low, high = np.minimum(most, fewest), np.maximum(most, fewest)
        return np.clip(target, low, high) - target

    for _ in range(ROUNDS):
        short = reach(*state)
        if np.abs(short).max() < 0.25:
            break
        step = np.array([0.02, 5e-4])
        slope = np.stack([_slope(crowns, pivot, along, fit, state, step * unit) for unit in np.eye(2)], axis=1)
        state = state - np.linalg.lstsq(slope, short, rcond=None)[0]
        state = np.clip(state, [WIDTH_RANGE[0], -MOST_ASIDE], [WIDTH_RANGE[1], MOST_ASIDE])
    return float(state[0]), float(state[1])


def _slope(
    crowns: np.ndarray, pivot: np.ndarray, along: np.ndarray, fit: Fit, state: np.ndarray, step: np.ndarray
) -> np.ndarray:
    """Pixels (2,) that both ends of the row go for one of the state's unknowns."""
    ends = np.stack([crowns[len(UPPER) + MOST - 1, :, : AROUND // 2], crowns[MOST - 1, :, : AROUND // 2]])
    ends = ends.reshape(2, -1, 3).mean(axis=1)

    def line(width: float, aside: float) -> np.ndarray:
        at = (ends - pivot) * [width, 1.0, 1.0] + pivot + [aside, 0.0, 0.0]
        return project(at, fit.rotation, fit.translation, fit.camera) @ along

    return (line(*(state + step)) - line(*state)) / step.sum()


def _lean(crowns: np.ndarray, level: Stand, ends: np.ndarray, fit: Fit) -> tuple[float, float]:
    """Pitch and roll with which the last crowns that the photo shows lie as high as there."""
    there = level.moved(crowns.reshape(-1, 3), upper=True).reshape(crowns.shape)
    rows: list[np.ndarray] = []
    rises: list[float] = []
    for first, pixel in zip((len(UPPER), 0), ends, strict=True):
        last = there[first + FEWEST : first + MOST, :, : AROUND // 2].reshape(-1, 3).mean(axis=0)
        rows.append((last - level.pivot)[[1, 0]])
        rises.append(float(meet(pixel, float(last[1]), fit)[2] - last[2]))
    pitch, roll = np.linalg.solve(np.array(rows), np.array(rises))
    return float(np.clip(pitch, -MOST_PITCH, MOST_PITCH)), float(np.clip(roll, -MOST_ROLL, MOST_ROLL))
