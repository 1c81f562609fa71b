# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of single layers, as they are written: ``head=3,blink=1``."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.channels import FACE_CHANNELS, LAYERS
from core.errors import LikenessError
from core.performance.curves import plateau
from core.performance.performance import Performance

_FADE = 0.30  # seconds in which a layer comes and goes at the ends of its range
SCALES = (0.0, 2.0)


@dataclass(frozen=True)
class LayerEdits:
    """scales: factor on a layer's curves, 0 for a muted one. ranges: seconds within which it is performed."""

    scales: Mapping[str, float]
    ranges: Mapping[str, tuple[float, float]]


def parse_seeds(text: str) -> dict[str, int]:
    """Layer -> seed, from ``head=3,blink=1``. Raises LikenessError ``layers_unreadable``."""
    return _parse(text, int, "a seed", "head=3")


def parse_edits(mute: str, scale: str, ranges: str) -> LayerEdits:
    """From ``blink,gaze``, ``head=0.5`` and ``head=2-7.5``. Raises LikenessError ``layers_unreadable``."""
    muted = {name: 0.0 for name in filter(None, map(str.strip, mute.split(",")))}
    unknown = [name for name in muted if name not in LAYERS]
    if unknown:
        raise _unreadable(unknown[0], "a layer", "blink,gaze")
    return LayerEdits(_parse(scale, _factor, "a factor from 0 to 2", "head=0.5") | muted,
                      _parse(ranges, _span, "a range of seconds", "head=2-7.5"))


def edit_layers(performance: Performance, edits: LayerEdits) -> Performance:
    """The same performance with its layers scaled, muted and limited."""
    layers = {
        name: {channel: _edited(curve, name, channel, performance.time, edits) for channel, curve in channels.items()}
        for name, channels in performance.layers.items()
    }
    return replace(performance, layers=layers)


def _edited(curve: np.ndarray, layer: str, channel: str, time: np.ndarray, edits: LayerEdits) -> np.ndarray:
    curve = curve * np.float32(edits.scales.get(layer, 1.0))
    if layer in edits.ranges:
        start, end = edits.ranges[layer]
        curve = curve * plateau(time, start, end, _FADE, _FADE).astype(np.float32)
    return curve.clip(0.0, 1.0) if channel in FACE_CHANNELS else curve


def _parse(text: str, read: Callable[[str], Any], what: str, example: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        layer, _, value = (part.strip() for part in entry.partition("="))
        try:
            values[layer] = read(value)
            if layer not in LAYERS or (read is int and values[layer] < 0):
                raise ValueError
        except ValueError:
            raise _unreadable(entry, f"a layer with {what}", example) from None
    return values


def _factor(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and SCALES[0] <= value <= SCALES[1]):
        raise ValueError
    return value


def _span(text: str) -> tuple[float, float]:
    start, end = (float(part) for part in text.split("-"))
    if not (math.isfinite(end) and 0.0 <= start < end):
        raise ValueError
    return start, end


def _unreadable(entry: str, what: str, example: str) -> LikenessError:
    return LikenessError(
        "layers_unreadable",
        f"“{entry}” is not {what}.",
        f"Write it like this: {example}; the layers are {', '.join(LAYERS)}.",
    )
