# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape keys of the fitted head: ARKit-52 scaled to the face, lids that close, visemes, and their drivers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from core.avatar.landmarks import MOUTH_CORNERS, LandmarkPoints
from core.avatar.rings import lid_edges
from core.avatar.template import Template
from core.channels import ARKIT_CHANNELS, VISEMES
from core.speech.visemes import VISEME_SHAPES

# Shape key -> expression over channels, where the key alone would leak (measured on the template):
# mouthClose passes through the upper lip unless the jaw is open as far; the tongue crosses closed teeth;
# an open, narrowed or looking lid must not add to a closed one.
DRIVERS: dict[str, str] = {
    "mouthClose": "min(mouthClose, jawOpen)",
    "tongueOut": "min(tongueOut, jawOpen)",
    **{
        f"{channel}{side}": f"{channel}{side}*(1-eyeBlink{side})"
        for side in ("Left", "Right")
        for channel in ("eyeWide", "eyeSquint", "eyeLookDown", "eyeLookUp")
    },
    # Lids travel on an arc, and so does a tongue over the teeth; keys move in straight lines. The bulge is
    # largest half way.
    **{f"eyeBlinkArc{side}": f"4*eyeBlink{side}*(1-eyeBlink{side})" for side in ("Left", "Right")},
    "tongueOutArc": "4*min(tongueOut, jawOpen)*(1-min(tongueOut, jawOpen))",
    # The neutral's lids are wider open than the rest pose's; shut ones are the same (rest.py).
    **{f"neutralBlink{side}": f"neutral*eyeBlink{side}" for side in ("Left", "Right")},
}

# The template's smile at 1 is a clown's: channel's start -> share of it that our key has at 1.
KEY_STRENGTH = {"mouthSmile": 0.72}

# Clearance between the closing lid's skin and the eyeball, as a share of its radius.
LID_CLEARANCE = 0.035
# The closed upper lid ends this far below the lower lid's edge (metres), so that no slit is left.
LID_OVERLAP = 0.0004


def scale_keys(template: Template, rest: np.ndarray, points: LandmarkPoints) -> np.ndarray:
    """ARKit deltas (52, V, 3) of the template, scaled to the size of this face and of its mouth."""
    here, there = points.on(rest), points.on(template.positions)
    face = float(np.linalg.norm(here.std(axis=0)) / np.linalg.norm(there.std(axis=0)))
    corners = [int(np.flatnonzero(points.index == number)[0]) for number in MOUTH_CORNERS]
    mouth = float(
        np.linalg.norm(here[corners[0]] - here[corners[1]]) / np.linalg.norm(there[corners[0]] - there[corners[1]])
    )
    mouth = np.clip((mouth + face) / 2, 0.75 * face, 1.25 * face)
    scale = [
        key_strength(name) * (mouth if name.startswith(("mouth", "tongue")) else face) for name in ARKIT_CHANNELS
    ]
    return template.key_deltas * np.array(scale)[:, None, None]


def key_strength(channel: str) -> float:
    """Size of our key over the template's, apart from the size of the face."""
    return next((share for start, share in KEY_STRENGTH.items() if channel.startswith(start)), 1.0)


def key_values(
    drivers: Mapping[str, str], names: Iterable[str], channels: Mapping[str, float]
) -> dict[str, float]:
    """Value of each named key, as Blender's drivers give it, when the channels have these values (missing: 0)."""
    known = defaultdict(float, channels)
    known["min"] = min  # type: ignore[assignment]
    return {
        name: float(eval(drivers[name], {"__builtins__": {}}, known)) if name in drivers else known[name]
        for name in names
    }


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


def edge_height(positions: np.ndarray, edge: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Height z of a lid's or lip's edge (rows of positions, in any order) at each x."""
    order = edge[np.argsort(positions[edge, 0], kind="stable")]
    return np.interp(x, positions[order, 0], positions[order, 2])


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


def _push_out(points: np.ndarray, centre: np.ndarray, radius: float) -> np.ndarray:
    """Displacement (N, 3) that brings points inside the sphere's front half onto it."""
    away = points - centre
    distance = np.linalg.norm(away, axis=1, keepdims=True)
    inside = (distance < radius) & (away[:, 1:2] < 0)
    return np.where(inside, away / np.maximum(distance, 1e-9) * (radius - distance), 0.0)


def moving_keys(keys: Mapping[str, np.ndarray], least: float) -> dict[str, np.ndarray]:
    """The keys, name -> (V, 3) metres, that move a vertex by more than ``least`` along an axis."""
    return {name: delta for name, delta in keys.items() if np.abs(delta).max() > least}


def viseme_deltas(keys: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The 15 viseme keys as sums of ARKit deltas (core/speech/visemes.py)."""
    shape = next(iter(keys.values())).shape
    return {
        viseme: np.sum(
            [weight * keys.get(channel, np.zeros(shape)) for channel, weight in VISEME_SHAPES[viseme].items()]
            or [np.zeros(shape)],
            axis=0,
        )
        for viseme in VISEMES
    }

