# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder ``NAME.performance/`` read and checked (docs/architecture.md). No bpy here."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import LikenessError
from ..formats import bring_up
from ..words import tell

HINT_AGAIN = "Perform the speech again."
# Bottom to top, as in the core's LAYERS.
LAYERS = ("speech", "expression", "blink", "gaze", "head", "gesture", "body", "breath", "micro")


@dataclass(frozen=True)
class Performance:
    """Curves over time.

    time (T,) float64 seconds, uniform; layers: layer -> channel -> (T,) float32 (rotations in radians);
    sound: absolute wave file, None for a capture without one; description is the whole of ``performance.json``.
    """

    folder: Path
    time: np.ndarray
    duration: float
    layers: Mapping[str, Mapping[str, np.ndarray]]
    sound: Path | None
    description: Mapping[str, Any]


def read_performance(folder: Path) -> Performance:
    """Read and check a whole performance folder.

    Raises LikenessError: ``performance_missing``, ``performance_unreadable``, ``performance_incomplete``, ``too_new``.
    """
    folder = Path(folder)
    if not (folder / "performance.json").is_file():
        raise LikenessError(
            "performance_missing",
            tell("There is no performance in {name}.", name=folder.name),
            "Perform a speech first.",
        )
    try:
        description = json.loads((folder / "performance.json").read_text(encoding="utf-8"))
        with np.load(folder / "performance.npz", allow_pickle=False) as arrays:
            curves = {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise LikenessError(
            "performance_unreadable",
            tell("The performance {name} cannot be read: {error}.", name=folder.name, error=error),
            HINT_AGAIN,
        ) from error
    try:
        description = bring_up("performance", description, folder.name)
        time = curves["time"].astype(np.float64)
        layers = {
            layer: {channel: curves[f"{layer}/{channel}"] for channel in channels}
            for layer, channels in description["layers"].items()
        }
        sound = (folder / description["sound"]).resolve() if description["sound"] is not None else None
        duration = float(description["duration"])
    except (KeyError, TypeError, AttributeError) as error:
        raise _incomplete(folder, tell("{error} is missing", error=error)) from error
    except ValueError as error:
        raise _incomplete(folder, str(error)) from error
    _check(folder, time, duration, layers, sound)
    return Performance(folder, time, duration, layers, sound, description)


def _check(
    folder: Path,
    time: np.ndarray,
    duration: float,
    layers: Mapping[str, Mapping[str, np.ndarray]],
    sound: Path | None,
) -> None:
    if time.ndim != 1 or len(time) < 2 or not (np.diff(time) > 0).all() or duration <= 0:
        raise _incomplete(folder, "its time does not run forward")
    for layer, curves in layers.items():
        if layer not in LAYERS:
            raise _incomplete(folder, tell("it holds the unknown layer {layer}", layer=layer))
        for channel, curve in curves.items():
            if curve.shape != time.shape or not np.isfinite(curve).all():
                raise _incomplete(folder, tell("the curve {layer}/{channel} is broken", layer=layer, channel=channel))
    if sound is not None and not sound.is_file():
        raise _incomplete(folder, tell("its sound {name} is missing", name=sound.name))


def _incomplete(folder: Path, reason: str) -> LikenessError:
    return LikenessError(
        "performance_incomplete",
        tell("The performance {name} is damaged: {reason}.", name=folder.name, reason=reason),
        HINT_AGAIN,
    )
