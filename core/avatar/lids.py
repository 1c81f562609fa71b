# SPDX-License-Identifier: GPL-3.0-or-later
"""Lids that close, that lie on the eyeball wherever it looks, and that shut the same whatever else the face does."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from core.avatar.keys import edge_height
from core.avatar.rings import SOCKET, lid_edges, rings_about
from core.avatar.template import Template
from core.channels import ARKIT_CHANNELS

# About the eyes: up to the first ring all is lid, from the second on nothing.
LID_RINGS = (5, 10)
BROW_RINGS = (3, 8)  # up to the first ring brows move no skin, from the second on all
LEAST_WAY = 2e-5  # metres
EDGE_RING, SKIN_RING = 1, 8  # what lies on the eyeball, between its border and the brow
# Clearance between the closing lid's skin and the eyeball, as a share of its radius.
LID_CLEARANCE = 0.035
# The closed upper lid ends this far below the lower lid's edge (metres), so that no slit is left.
LID_OVERLAP = 0.0004


def close_lids(
    template: Template, rest: np.ndarray, keys: np.ndarray, eyes: Mapping[str, tuple[np.ndarray, float]]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Keys whose eyeBlink closes exactly at 1 and stays outside the eyeball, and the half-way arcs.

    eyes: side (``left``, ``right``) -> centre (3,) and radius of the eyeball with its cornea.
    Returns (52, V, 3) and {"eyeBlinkArcLeft": (V, 3), ...}.
    """
    keys = keys.copy()
    arcs: dict[str, np.ndarray] = {}
    edges = lid_edges(template)
    rows = np.unique(template.faces[template.region == 0])
    for side, (centre, radius) in eyes.items():
        index = ARKIT_CHANNELS.index(f"eyeBlink{side.capitalize()}")
        upper, lower = edges[side]
        delta = keys[index] * _closing_weight(rest, keys[index], upper, lower)
        delta = _meet(rest, delta, upper, lower)
        moving = rows[np.linalg.norm(delta[rows], axis=1) > 1e-5]
        moving = moving[np.linalg.norm(rest[moving] - centre, axis=1) < 1.6 * radius]
        clear = radius * (1 + LID_CLEARANCE)
        delta[moving] += _push_out(rest[moving] + delta[moving], centre, clear)
        arc = np.zeros_like(delta)
        arc[moving] = _push_out(rest[moving] + 0.5 * delta[moving], centre, clear)
        keys[index] = delta
        arcs[f"eyeBlinkArc{side.capitalize()}"] = arc
    return keys, arcs


def _closing_weight(rest: np.ndarray, delta: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> float:
    """Weight of the key at which the middle of the lids meets."""

    def gap(weight: float) -> float:
        moved = rest + weight * delta
        low = edge_height(moved, lower, moved[upper, 0])
        middle = slice(len(upper) // 4, -(len(upper) // 4))
        return float(np.mean((moved[upper, 2] - low)[middle]))

    open_gap, closed_gap = gap(0.0), gap(1.0)
    return float(np.clip(open_gap / max(open_gap - closed_gap, 1e-6), 0.4, 1.6))


def _meet(rest: np.ndarray, delta: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Bring the upper lid's edge onto the lower lid's, and the skin around it along, fading out."""
    moved = rest + delta
    lower_z = edge_height(moved, lower, moved[upper, 0])
    shift = np.minimum(lower_z - LID_OVERLAP - moved[upper, 2], 0.001)
    distance = np.linalg.norm(rest[:, None] - rest[upper][None], axis=2)
    share = np.exp(-((distance / 0.0015) ** 2))
    share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-12)
    follow = share * np.clip(1 - distance.min(axis=1) / 0.005, 0, 1)[:, None]
    follow[np.linalg.norm(delta, axis=1) < 1e-4] = 0.0  # the lower lid stays
    delta = delta.copy()
    delta[:, 2] += follow @ shift
    return delta


def _push_out(points: np.ndarray, centre: np.ndarray, radius: np.ndarray | float) -> np.ndarray:
    """Displacement (N, 3) that brings points inside the sphere's front half onto it; radius: one, or (N, 1)."""
    away = points - centre
    distance = np.linalg.norm(away, axis=1, keepdims=True)
    inside = (distance < radius) & (away[:, 1:2] < 0)
    return np.where(inside, away / np.maximum(distance, 1e-9) * (radius - distance), 0.0)


def lay_lids(
    template: Template, rest: np.ndarray, keys: np.ndarray, centres: Mapping[str, np.ndarray], reach: float
) -> tuple[np.ndarray, np.ndarray]:
    """Rest (V, 3) and keys (K, V, 3) whose lids lie no nearer than ``reach`` metres to the eyes' centres, also half
    way into a key. centres: side -> (3,). An eyeball of that size may turn as it likes: no lid sinks into it.
    """
    ring = rings_about(template, SOCKET, SKIN_RING)
    rest, keys = rest.copy(), keys.copy()
    for side, sign in (("left", 1), ("right", -1)):
        rows = np.flatnonzero((ring >= EDGE_RING) & (sign * template.positions[:, 0] > 0))
        centre = centres[side]
        rest[rows] += _push_out(rest[rows], centre, reach)
        for key in keys:
            way = np.linalg.norm(key[rows], axis=1, keepdims=True)
            if way.max() > LEAST_WAY:
                # A straight way between two points of the ball lies below it by way^2 / 8r in the middle.
                clear = reach + np.where(way > LEAST_WAY, way**2 / (4 * reach), 0.0)
                key[rows] += np.where(way > LEAST_WAY, _push_out(rest[rows] + key[rows], centre, clear), 0.0)
    return rest, keys


def brows_off_lids(template: Template, keys: np.ndarray) -> np.ndarray:
    """The ARKit keys (52, V, 3) whose brows leave the lids' edges alone."""
    ring = rings_about(template, SOCKET, BROW_RINGS[1])
    beyond = np.where(ring >= 0, np.clip((ring - BROW_RINGS[0]) / (BROW_RINGS[1] - BROW_RINGS[0]), 0, 1), 1.0)
    brows = [index for index, name in enumerate(ARKIT_CHANNELS) if name.startswith("brow")]
    keys = keys.copy()
    keys[brows] *= beyond[:, None]
    return keys


def shut_lids(template: Template, keys: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Correctives (V, 3) that take from shut lids what ``neutral`` and the squints do to them."""
    ring = rings_about(template, SOCKET, LID_RINGS[1])
    lids = np.where(ring >= 0, np.clip((LID_RINGS[1] - ring) / (LID_RINGS[1] - LID_RINGS[0]), 0, 1), 0.0)
    taken = {}
    for side, sign in (("Left", 1), ("Right", -1)):
        mine = (lids * (sign * template.positions[:, 0] > 0))[:, None]
        taken[f"neutralBlink{side}"] = -keys["neutral"] * mine
        for channel in ("eyeSquint", "cheekSquint"):
            taken[f"{channel}Blink{side}"] = -keys[f"{channel}{side}"] * mine
    return taken
