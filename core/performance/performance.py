# SPDX-License-Identifier: GPL-3.0-or-later
"""The Performance, and the folder ``NAME.performance/`` that holds one (docs/architecture.md)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from core.channels import FACE_CHANNELS, LAYERS
from core.emotion import Feeling
from core.errors import LikenessError
from core.formats import FORMATS, bring_up
from core.speech import Phone, Word
from core.storage import read_json, read_npz, write_folder, write_json, write_npz

RATE = 60  # samples a second


@dataclass(frozen=True)
class Performance:
    """Curves that add up, layer by layer.

    time: (T,) float64 seconds, uniform at ``rate``. layers: layer -> channel -> (T,) float32; the face's channels
    are 0..1, rotations radians. phones, words: the timeline of the speech that is performed; feelings: what its
    sentences feel like.
    """

    rate: int
    time: np.ndarray
    layers: Mapping[str, Mapping[str, np.ndarray]]
    seed: int
    settings: Mapping[str, Any]
    duration: float
    phones: tuple[Phone, ...]
    words: tuple[Word, ...]
    feelings: tuple[Feeling, ...] = ()

    def total(self, channel: str) -> np.ndarray:
        """(T,) float32: the sum of all layers, the face's channels clamped to 0..1 as the rig does."""
        curves = [layer[channel] for layer in self.layers.values() if channel in layer]
        summed = np.zeros(len(self.time), np.float32)
        for curve in curves:
            summed += curve
        return summed.clip(0.0, 1.0) if channel in FACE_CHANNELS else summed


def save_performance(performance: Performance, out: Path, speech_folder: Path) -> Path:
    """Write a performance folder whole. Raises LikenessError ``output_unwritable``."""
    out = Path(out)
    sound = _relative(Path(speech_folder) / "speech.wav", out)

    def write(folder: Path) -> None:
        curves = {
            f"{layer}/{channel}": curve
            for layer, channels in performance.layers.items()
            for channel, curve in channels.items()
        }
        write_npz(folder / "performance.npz", {"time": performance.time, **curves})
        write_json(
            folder / "performance.json",
            {
                "format": FORMATS["performance"],
                "rate": performance.rate,
                "duration": round(performance.duration, 6),
                "seed": performance.seed,
                "settings": dict(performance.settings),
                "layers": {layer: list(channels) for layer, channels in performance.layers.items()},
                "sound": sound,
                "phones": [asdict(phone) for phone in performance.phones],
                "words": [asdict(word) for word in performance.words],
                "feelings": [asdict(feeling) for feeling in performance.feelings],
            },
        )

    return write_folder(out, write)


def load_performance(folder: Path) -> Performance:
    """Read a performance folder. Raises LikenessError ``file_missing``, ``file_damaged`` or ``too_new``."""
    folder = Path(folder)
    data = read_json(folder / "performance.json")
    curves = read_npz(folder / "performance.npz")
    try:
        data = bring_up("performance", data, folder.name)
        layers = {
            layer: {channel: curves[f"{layer}/{channel}"] for channel in channels}
            for layer, channels in data["layers"].items()
        }
        return Performance(
            data["rate"],
            curves["time"],
            {layer: layers[layer] for layer in LAYERS if layer in layers},
            data["seed"],
            data["settings"],
            data["duration"],
            tuple(Phone(**phone) for phone in data["phones"]),
            tuple(Word(**word) for word in data["words"]),
            tuple(Feeling(**feeling) for feeling in data["feelings"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise LikenessError(
            "file_damaged",
            f"{folder / 'performance.json'} is no performance of this version: {error}.",
            "Perform the speech again.",
        ) from error


def _relative(file: Path, folder: Path) -> str:
    """The way from a folder to a file, with forward slashes."""
    try:
        return PurePath(os.path.relpath(file.resolve(), folder.resolve())).as_posix()
    except ValueError as error:  # two drives of Windows
        raise LikenessError(
            "output_unwritable",
            "The performance would lie on another drive than its speech.",
            "Choose a folder on the same drive as the speech.",
        ) from error
