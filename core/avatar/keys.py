# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape keys of the fitted head: ARKit-52 scaled to the face, lids that close, visemes, and their drivers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import CodeType
from typing import Any

import numpy as np

from core.avatar.landmarks import MOUTH_CORNERS, LandmarkPoints
from core.avatar.template import Template
from core.channels import ARKIT_CHANNELS, VISEMES
from core.speech.visemes import VISEME_SHAPES

# Keys that part the lips by themselves; what else moves the lips without the jaw keeps them together.
PARTING = ("mouthFunnel", "mouthUpperUpLeft", "mouthUpperUpRight", "mouthLowerDownLeft", "mouthLowerDownRight")
# How far the mouth is held shut over an open jaw: 0 with the jaw shut or as mouthClose falls behind jawOpen, else 1.
CLOSURE = "min(1, 25*max(0, min(mouthClose, jawOpen)))*max(0, 1-8*(jawOpen-min(mouthClose, jawOpen)))"

# How far the mouth is open beyond what speech asks of it, up to 0.7: 0 where mouthClose keeps up with the jaw, or where
# the lips stay round.
WIDE = "max(0, jawOpen-max(0, mouthClose)-0.3)*max(0, 1-mouthPucker)"

# Shape key -> expression over channels, where the key alone would leak (measured on the template):
# mouthClose passes through the upper lip unless the jaw is open as far; the tongue crosses closed teeth;
# an open or looking lid must not add to a closed one.
DRIVERS: dict[str, str] = {
    "mouthClose": "min(mouthClose, jawOpen)",
    # Lips that are stretched about a wide open mouth bare the upper teeth; the template's hang over them.
    **{
        f"mouthUpperUp{side}": f"mouthUpperUp{side}+1.1*max(0, 1-mouthUpperUp{side})*{WIDE}"
        for side in ("Left", "Right")
    },
    "tongueOut": "min(tongueOut, jawOpen)",
    **{
        f"{channel}{side}": f"{channel}{side}*(1-eyeBlink{side})"
        for side in ("Left", "Right")
        for channel in ("eyeWide", "eyeLookDown", "eyeLookUp", "eyeLookIn", "eyeLookOut")
    },
    # Lids travel on an arc, and so does a tongue over the teeth; keys move in straight lines. The bulge is
    # largest half way.
    **{f"eyeBlinkArc{side}": f"4*eyeBlink{side}*(1-eyeBlink{side})" for side in ("Left", "Right")},
    "tongueOutArc": "4*min(tongueOut, jawOpen)*(1-min(tongueOut, jawOpen))",
    # Teeth that are hardly apart let the tip through, flat; with a jaw that drops the whole tongue goes out.
    "tongueTip": "min(1, 10*min(tongueOut, jawOpen))*max(0, 1-6*max(0, jawOpen-0.18))",
    # The neutral's lids are wider open than the rest pose's, and a squint lifts the lower one; shut ones are the
    # same whatever the cheeks do (lids.py).
    **{f"neutralBlink{side}": f"neutral*eyeBlink{side}" for side in ("Left", "Right")},
    **{
        f"{channel}Blink{side}": f"{channel}{side}*eyeBlink{side}"
        for side in ("Left", "Right")
        for channel in ("eyeSquint", "cheekSquint")
    },
    # What a mouth that is kept shut over an open jaw takes back of the keys that part the lips (mouth.py).
    **{f"{channel}Shut": f"{CLOSURE}*{channel}" for channel in PARTING},
    # Two keys that each keep the lips together cross them when they act at once.
    **{f"pucker{side}": f"mouthPucker*mouthSmile{side}" for side in ("Left", "Right")},
    # A jaw drops along straight lines: what rounds the mouth that it opens.
    "puckerOpen": "2*mouthPucker*max(0, jawOpen-max(0, mouthClose))",
    **{f"smileOpen{side}": f"2*mouthSmile{side}*max(0, jawOpen-max(0, mouthClose))" for side in ("Left", "Right")},
    "rolls": "mouthRollUpper*mouthRollLower",
    "bite": "min(1, 2.3*mouthRollLower)*min(1, 4.2*(mouthUpperUpLeft+mouthUpperUpRight))",
}

# The template's smile at 1 is a clown's: channel's start -> share of it that our key has at 1.
KEY_STRENGTH = {"mouthSmile": 0.72}


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
    known: defaultdict[str, Any] = defaultdict(float, channels)
    known |= {"min": min, "max": max}
    return {name: float(_evaluate(name, drivers, known)) for name in names}


def key_curves(
    drivers: Mapping[str, str], names: Iterable[str], curves: Mapping[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """`key_values` over time: (T,) of each named key that the channels' curves (T,) move; others are left out."""
    known: defaultdict[str, Any] = defaultdict(float, curves)
    known |= {"min": np.minimum, "max": np.maximum}
    made = {name: _evaluate(name, drivers, known) for name in names}
    return {name: curve for name, curve in made.items() if np.any(curve)}


def _evaluate(name: str, drivers: Mapping[str, str], known: Mapping[str, Any]) -> Any:
    return eval(_code(drivers[name]), {"__builtins__": {}}, known) if name in drivers else known[name]


@lru_cache(maxsize=256)
def _code(expression: str) -> CodeType:
    return compile(expression, expression, "eval")


def edge_height(positions: np.ndarray, edge: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Height z of a lid's or lip's edge (rows of positions, in any order) at each x."""
    order = edge[np.argsort(positions[edge, 0], kind="stable")]
    return np.interp(x, positions[order, 0], positions[order, 2])


def moving_keys(keys: Mapping[str, np.ndarray], least: float) -> dict[str, np.ndarray]:
    """The keys, name -> (V, 3) metres, that move a vertex by more than ``least`` along an axis."""
    return {name: delta for name, delta in keys.items() if np.abs(delta).max() > least}


def expressed(keys: Mapping[str, np.ndarray], channels: Mapping[str, float]) -> np.ndarray:
    """What (V, 3) the keys, name -> (V, 3), add to the rest pose when the channels have these values."""
    moved = np.zeros_like(next(iter(keys.values())))
    for name, value in key_values(DRIVERS, keys, channels).items():
        if abs(value) > 1e-6:
            moved = moved + value * keys[name]
    return moved


def viseme_deltas(keys: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The 15 viseme keys as the channels of core/speech/visemes.py make them, correctives included."""
    return {viseme: expressed(keys, VISEME_SHAPES[viseme]) for viseme in VISEMES}
