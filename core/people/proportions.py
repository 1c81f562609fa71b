# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a face's measures lie apart among people, and sliders drawn back to it where several pull the same way.

Each slider alone is plausible; chance lets a few of them add up to an eye or a gap under the nose that nobody has.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from core.avatar.landmarks import load_landmark_points
from core.avatar.template import load_template
from core.avatar.unwrap import HEAD_CHART

# Measure -> two landmarks, and by what share it deviates among adults of one sex and ancestry when their eyes are
# equally far apart (rounded from Farkas, Anthropometry of the Head and Face, 1994).
LENGTHS: dict[str, tuple[int, int, float]] = {
    "face width": (234, 454, 0.055), "cheek width": (123, 352, 0.055), "jaw width": (172, 397, 0.065),
    "chin width": (149, 378, 0.09), "between the eyes": (133, 362, 0.08), "eye length": (33, 133, 0.05),
    "eye opening": (159, 145, 0.13), "nose width": (129, 358, 0.09), "mouth width": (61, 291, 0.075),
    "face height": (168, 152, 0.06), "forehead": (10, 168, 0.10), "nose length": (168, 2, 0.075),
    "under the nose": (2, 0, 0.15), "lips": (0, 17, 0.19), "chin height": (17, 152, 0.11),
}  # fmt: skip
CROWN = -1  # no landmark: the highest point of the head
# And measures along an axis (0 to the left, 1 back, 2 up), with the deviation as a share of the eyes' distance.
OFFSETS: dict[str, tuple[int, int, int, float]] = {
    "eye tilt": (33, 133, 2, 0.024), "corners of the mouth": (61, 13, 2, 0.020), "chin ahead": (152, 17, 1, 0.050),
    "lips ahead": (0, 2, 1, 0.035), "nose ahead": (4, 168, 1, 0.050), "brow ahead": (9, 168, 1, 0.030),
    "skull": (168, CROWN, 2, 0.120),
}  # fmt: skip
# Deviations up to which a measure stays as it is, and which none exceeds.
FREE, MOST = 1.0, 2.1
KIND = 0.6  # how far sex and ancestry move what is usual from the mean of all: the template's overdo it
# What gives way: sliders that scale or move a part as a whole. Finer ones would be bent to odd shapes for its sake.
YIELDING = (
    "head-scale-horiz-decr|incr", "head-scale-vert-decr|incr", "head-fat-decr|incr", "forehead-scale-vert-decr|incr",
    "chin-width-decr|incr", "chin-height-decr|incr", "chin-bones-decr|incr", "chin-prominent-decr|incr",
    "l-eye-scale-decr|incr", "l-eye-height2-decr|incr", "l-eye-trans-in|out", "l-eye-corner1-down|up",
    "l-cheek-bones-decr|incr", "l-cheek-volume-decr|incr", "nose-scale-horiz-decr|incr", "nose-scale-vert-decr|incr",
    "nose-scale-depth-decr|incr", "mouth-scale-horiz-decr|incr", "mouth-scale-vert-decr|incr",
    "mouth-trans-down|up", "mouth-angles-down|up", "mouth-upperlip-height-decr|incr", "mouth-lowerlip-height-decr|incr",
)  # fmt: skip
STEPS, RIDGE = 2, 0.3  # RIDGE: square of the deviations that a slider's whole range is worth


def within_people(sliders: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Values (S,) of the template's sliders whose measures lie within people's spread about those of ``usual`` (S,),
    the same head without features of its own; what else they do stays as it is, as far as it can."""
    spread, basis, sliders = _spread(), _basis(), sliders.copy()
    every = _measure(np.zeros_like(usual))[0]
    middle = every + KIND * (_measure(usual)[0] - every)
    wanted = middle + spread * _soft((_measure(sliders)[0] - middle) / spread)
    for _ in range(STEPS):
        measured, slopes = _measure(sliders)
        reach = slopes @ basis / spread[:, None]
        pull = np.linalg.solve(reach @ reach.T + RIDGE * np.eye(len(reach)), (wanted - measured) / spread)
        sliders += basis @ (reach.T @ pull)
    return sliders


def measures(sliders: np.ndarray) -> dict[str, float]:
    """By how many deviations of adults a head with sliders (S,) differs from the template's, measure by measure."""
    off = (_measure(sliders)[0] - _measure(np.zeros_like(sliders))[0]) / _spread()
    return dict(zip((*LENGTHS, *OFFSETS), off.tolist(), strict=True))


def _spread() -> np.ndarray:
    return np.array([share for *_, share in (*LENGTHS.values(), *OFFSETS.values())])


def _soft(deviations: np.ndarray) -> np.ndarray:
    """Deviations (K,) that come ever closer to MOST."""
    size, room = np.abs(deviations), MOST - FREE
    return np.sign(deviations) * np.where(size < FREE, size, FREE + room * np.tanh((size - FREE) / room))


def _measure(sliders: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Measures (K,) of a head with sliders (S,), and what each slider does to them (K, S)."""
    start, moves = _ends()  # (2, K + 1, 3) and (S, 2, K + 1, 3), the eyes' middles last
    ends = start + np.tensordot(sliders, moves, 1)
    between, slopes = ends[1] - ends[0], moves[:, 1] - moves[:, 0]
    length = np.linalg.norm(between, axis=1)
    grown = np.einsum("kd,skd->ks", between / (length**2)[:, None], slopes)  # of the lengths' logarithms
    count, eyes = len(LENGTHS), length[-1]
    axes = [axis for _, _, axis, _ in OFFSETS.values()]
    rows = np.arange(count, count + len(axes))
    offset = between[rows, axes] / eyes
    return (
        np.concatenate([np.log(length[:count] / eyes), offset]),
        np.concatenate([grown[:count] - grown[-1], slopes[:, rows, axes].T / eyes - offset[:, None] * grown[-1]]),
    )


@functools.lru_cache(maxsize=1)
def _ends() -> tuple[np.ndarray, np.ndarray]:
    """Both ends of each measure and the eyes on the template (2, K + 1, 3), and how each slider moves them
    (S, 2, K + 1, 3): every head's."""
    template, marks = load_template(), load_landmark_points()
    row = {int(number): k for k, number in enumerate((*marks.index, CROWN))}
    skin = np.unique(template.faces[template.region == HEAD_CHART])
    crown = skin[template.positions[skin, 2].argmax()]
    pairs = [ends[:2] for ends in (*LENGTHS.values(), *OFFSETS.values())]
    rows = np.array([[row[one], row[other]] for one, other in pairs]).T

    def at(values: np.ndarray) -> np.ndarray:
        points = np.concatenate([marks.on(values), values[..., [crown], :]], axis=-2)[..., rows, :]
        eyes = [values[..., template.joints[f"eye_{side}"], :].mean(axis=-2) for side in ("left", "right")]
        return np.concatenate([points, np.stack(eyes, axis=-2)[..., :, None, :]], axis=-2)

    return at(template.positions), at(template.slider_deltas)


@functools.lru_cache(maxsize=1)
def _basis() -> np.ndarray:
    """(S, Q) sliders that yield, those of both sides of the face as one."""
    names = load_template().slider_names
    return np.stack([_both(names, name) for name in YIELDING], axis=1)


def _both(names: Sequence[str], name: str) -> np.ndarray:
    mine = {name, f"r-{name[2:]}"} if name.startswith("l-") else {name}
    return np.array([float(one in mine) for one in names])
