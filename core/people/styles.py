# SPDX-License-Identifier: GPL-3.0-or-later
"""How hair is worn: a table of styles, and which way hair lies at each place of the head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.colour import smoothstep
from core.people.noise import Space
from core.people.sliders import Looks


@dataclass(frozen=True)
class Style:
    """locks: how many there are, of how many steps; width: metres of each. top, side, nape: metres of a lock there;
    ends: metres under the eyes where longer hair is cut, None where ``top`` .. say how long it is. lift: how steeply
    it leaves the skin; off: metres that its layers lie off the skin, from under to over; droop: how much it falls;
    ears: whether it goes over the ears. knot: whether it is bound behind the head; tip: share of its
    width that a lock has at its end."""

    locks: int
    steps: int
    width: float
    top: float
    side: float
    nape: float
    ends: float | None = None
    lift: float = 0.5
    off: tuple[float, float] = (0.002, 0.012)
    droop: float = 0.3
    ears: bool = False
    knot: bool = False
    tip: float = 0.7


STYLES: dict[str, Style | None] = {
    "none": None,
    "buzz": Style(0, 6, 0.004, 0.005, 0.005, 0.005),
    "short": Style(5600, 6, 0.0031, 0.050, 0.021, 0.018, lift=0.55, off=(0.0012, 0.013), droop=0.25, tip=0.3),
    "bob": Style(1600, 13, 0.0088, 0.0, 0.0, 0.0, ends=0.125, lift=0.35, off=(0.003, 0.020), droop=0.9, ears=True),
    "long": Style(1600, 18, 0.0088, 0.0, 0.0, 0.0, ends=0.255, lift=0.35, off=(0.003, 0.018), droop=0.9, ears=True),
    "bun": Style(1700, 12, 0.0072, 0.0, 0.0, 0.0, lift=0.12, off=(0.0012, 0.006), droop=0.0, knot=True),
}


@dataclass(frozen=True)
class Comb:
    """How one person combs it. part: metres aside of the parting (the subject's left is positive); sweep: (3,) where
    hair on the top lies; cut: factor of its length."""

    part: float
    sweep: np.ndarray
    cut: float


TUFT, TUFTED, LONELY = 0.020, 0.17, 0.06  # metres from tuft to tuft; how far short locks stray with it, and alone
SWEEPS = ((0.90, 0.30, 0.15), (0.35, 0.90, 0.20), (0.80, -0.15, 0.20), (0.70, -0.55, 0.10))


def comb(looks: Looks) -> Comb:
    """What chance and the sliders make of a style."""
    random = looks.random("comb")
    side = 1.0 if random.random() < 0.5 else -1.0
    sweep = np.array(SWEEPS[random.integers(len(SWEEPS))]) * [side, 1, 1]
    feminine = max(-looks.numbers["masculine"], 0.0)
    return Comb(side * random.uniform(0.0, 0.028), sweep, float(random.uniform(0.85, 1.2)) * (1 + 0.35 * feminine))


def length(style: Style, around: np.ndarray, inside: np.ndarray, own: Comb) -> np.ndarray:
    """Metres (N,) of locks whose roots lie at unit directions ``around`` (N, 3) from the skull's middle (left, back,
    up), ``inside`` (N,) metres inside the hairline."""
    top = smoothstep(around[:, 2], 0.30, 0.72)
    nape = smoothstep(-around[:, 2], 0.0, 0.5) * smoothstep(around[:, 1], 0.2, 0.6)
    low = style.side + (style.nape - style.side) * nape
    full = low + (own.cut * style.top - low) * top
    return full * (0.40 + 0.60 * smoothstep(inside, -0.002, 0.016))


def flow(style: Style, around: np.ndarray, own: Comb, apart: np.ndarray) -> np.ndarray:
    """Which way (N, 3) hair lies at unit directions ``around`` (N, 3); apart: (N,) on which side of the parting (-1,
    1) it grows."""
    count = len(around)
    down = np.tile([0.0, 0.15, -1.0], (count, 1))
    if style.ends is None:
        top = smoothstep(around[:, 2], 0.35, 0.75)[:, None]
        crown = smoothstep(around[:, 1], 0.25, 0.6)[:, None]  # behind, it falls to the nape from the crown
        ahead = own.sweep * (1 - crown) + np.array([0.0, 0.6, -0.5]) * crown
        side = down + np.array([0.0, 0.35, 0.0]) * smoothstep(-around[:, 1], -0.1, 0.5)[:, None]
        return side + (ahead - side) * top
    front = smoothstep(-around[:, 1], -0.1, 0.5)[:, None]
    away = np.stack([apart, 0.55 + 0 * apart, np.full(count, -0.35)], axis=1)
    behind = np.stack([0.05 * apart, np.full(count, 0.5), np.full(count, -0.8)], axis=1)
    return away * front + behind * (1 - front)


def stray_from(style: Style, at: np.ndarray, looks: Looks, random: np.random.Generator) -> np.ndarray:
    """By how much (N, 3) locks with roots at (N, 3) metres from the skull's middle leave the way they are combed."""
    if style.ends is not None or style.knot:
        return random.normal(0, 0.07, (len(at), 3)) * (0.2 if style.knot else 1.0)
    # Short hair strays in tufts: locks side by side that each go their own way look like leaves.
    space = Space(looks.random("tufts"))
    tufts = np.stack([space.at(at.astype(np.float32), TUFT) for _ in range(3)], axis=1)
    return TUFTED * tufts + random.normal(0, LONELY, (len(at), 3))
