# SPDX-License-Identifier: GPL-3.0-or-later
"""What other rigs are moved by: the channels of a performance or a take, visemes made where there are none. No bpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..takes.performance import Performance
from .presets import Row, read_source

TABLE = Path(__file__).parent / "visemes.toml"
# Of the whole sum; the rig's own limits (rig/controls.py).
LIMITS = (-1.0, 2.0)
# Seconds in which one viseme goes over into the next: between 60 and 100 ms a mouth looks spoken, not switched.
FADE = 0.08
# Weights that a viseme does not need are drawn to 0 by this share of its own size, so that few say the mouth.
SPARSE = 0.02
SWEEPS = 40


@dataclass(frozen=True)
class Motion:
    """time (T,) float64 seconds, increasing; channels: name -> (T,) float64: ARKit's, visemes and turns (radians)."""

    time: np.ndarray
    channels: Mapping[str, np.ndarray]


def of_performance(performance: Performance) -> Motion:
    """The layers' sum, with the neck's turns as part of the head's."""
    channels: dict[str, np.ndarray] = {}
    for layer in performance.layers.values():
        for name, curve in layer.items():
            whole = name.replace("neck", "head")
            channels[whole] = channels.get(whole, 0.0) + curve.astype(np.float64)
    turns = ("head", "chest", "shoulder", "eyeLeft", "eyeRight")
    channels = {n: c if n.startswith(turns) else np.clip(c, *LIMITS) for n, c in channels.items()}
    phones = [(p["start"], p["viseme"]) for p in performance.description.get("phones", ())]
    return Motion(performance.time, channels | visemes(performance.time, channels, phones))


def visemes(
    time: np.ndarray, channels: Mapping[str, np.ndarray], phones: Sequence[tuple[float, str]]
) -> dict[str, np.ndarray]:
    """Curves of all 15 visemes: those that the channels have, else the phones' (second, viseme), else the mouth's."""
    own = {name: curve for name, curve in channels.items() if name.startswith("viseme_") and np.any(curve)}
    made = _spoken(time, phones) if phones else _taken_apart(time, channels)
    return made | own


def _spoken(time: np.ndarray, phones: Sequence[tuple[float, str]]) -> dict[str, np.ndarray]:
    """Each phone's viseme at 1 in its time, going over into the next around their boundary."""
    starts = np.array([start for start, _ in phones])
    ends = np.append(starts[1:], np.inf)
    half = np.minimum(FADE, np.diff(starts, append=starts[-1] + FADE)).clip(1e-3) / 2
    curves = {name: np.zeros(len(time)) for name in _names()}
    for number, (_, viseme) in enumerate(phones):
        rise = (
            np.clip((time - starts[number]) / (2 * half[number - 1]) + 0.5, 0.0, 1.0) if number else np.ones(len(time))
        )
        fall = np.clip((time - ends[number]) / (2 * half[number]) + 0.5, 0.0, 1.0)
        share = _ease(rise) - _ease(fall)
        if viseme in curves:
            curves[viseme] += share
    return {name: np.clip(curve, 0.0, 1.0) for name, curve in curves.items()}


def _ease(share: np.ndarray) -> np.ndarray:
    return share * share * (3.0 - 2.0 * share)


def _taken_apart(time: np.ndarray, channels: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The fewest visemes whose mouths add up to the channels': least squares without negative weights."""
    table = _table()
    shapes = sorted({shape for row in table.values() for shape in row})
    mouths = np.array([[row.get(shape, 0.0) for shape in shapes] for row in table.values()])
    wanted = np.stack([channels.get(shape, np.zeros(len(time))) for shape in shapes], axis=1)
    inner, seen = mouths @ mouths.T, wanted @ mouths.T
    weights = np.zeros_like(seen)
    for _ in range(SWEEPS):
        for k in range(len(mouths)):
            rest = seen[:, k] - weights @ inner[:, k] + weights[:, k] * inner[k, k]
            weights[:, k] = np.clip(rest / inner[k, k] - SPARSE, 0.0, 1.0)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1.0)
    curves = dict(zip(table, weights.T, strict=True))
    return {"viseme_sil": 1.0 - weights.sum(axis=1)} | curves


def _table() -> dict[str, dict[str, float]]:
    """viseme -> ARKit's shape -> weight, sides spelled out."""
    import tomllib

    rows: dict[str, dict[str, Any]] = tomllib.loads(TABLE.read_text(encoding="utf-8"))["visemes"]
    whole = ("jaw", "mouthClose", "mouthRoll", "mouthShrug", "mouthFunnel", "mouthPucker")
    return {
        f"viseme_{name}": {
            shape + side: weight
            for shape, weight in row.items()
            for side in (("",) if shape.startswith(whole) else ("Left", "Right"))
        }
        for name, row in rows.items()
    }


def _names() -> tuple[str, ...]:
    return ("viseme_sil", *_table())


def row_curve(row: Row, motion: Motion) -> np.ndarray:
    """What a row's key or bone does, (T,): the sum of its source, times its gain."""
    total = np.zeros(len(motion.time))
    for weight, channel in read_source(row.source):
        total = total + weight * motion.channels.get(channel, 0.0)
    return row.gain * total
