# SPDX-License-Identifier: GPL-3.0-or-later
"""What an avatar does over a take, wherever it comes from: a Performance, or what Blender's rig really showed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.avatar.lip_gap import lip_gap, posed_gap
from core.avatar.parts import PartMesh
from core.avatar.store import Avatar
from core.errors import LikenessError
from core.performance import Performance
from core.storage import read_npz

AXES = ("Pitch", "Yaw", "Roll")


@dataclass(frozen=True)
class Motion:
    """rate: samples a second. channels: name -> (T,) sums, not clamped. gaze: (T, 2) radians, pitch and yaw between
    where the eyes look and the viewer straight ahead. head: (T, 3) radians, pitch, yaw and roll of head and neck.
    gap: (T,) metres between the lips, None where there is no mouth to measure.
    """

    rate: float
    channels: Mapping[str, np.ndarray]
    gaze: np.ndarray
    head: np.ndarray
    gap: np.ndarray | None

    @property
    def time(self) -> np.ndarray:
        """(T,) seconds."""
        return np.arange(len(self.head)) / self.rate

    def channel(self, name: str) -> np.ndarray:
        """(T,) of a channel, 0 where nothing moves it."""
        return self.channels.get(name, np.zeros(len(self.head)))


def motion_of(performance: Performance, avatar: Avatar | None = None) -> Motion:
    """A performance as an avatar shows it; without one its lips are not measured."""
    layers = performance.layers.values()
    names = {name for layer in layers for name in layer}
    sums = {name: sum(layer[name] for layer in layers if name in layer) for name in sorted(names)}
    channels = {name: np.asarray(curve, np.float64) for name, curve in sums.items()}
    still = np.zeros(len(performance.time))
    head = np.column_stack([channels.get(f"head{axis}", still) + channels.get(f"neck{axis}", still) for axis in AXES])
    gaze = np.column_stack([channels.get(f"eyeLeft{axis}", still) for axis in AXES[:2]]) + head[:, :2]
    gap = lip_gap(avatar, {name: performance.total(name) for name in names}) if avatar is not None else None
    return Motion(performance.rate, channels, gaze, head, gap)


def read_motion(path: Path) -> Motion:
    """Read what Blender sampled, ``motion.npz`` (docs/architecture.md). Raises ``file_missing``, ``file_damaged``."""
    arrays = read_npz(path)
    try:
        channels = {name.partition("/")[2]: curve for name, curve in arrays.items() if name.startswith("channel/")}
        motion = Motion(
            float(arrays["rate"]),
            {name: curve.astype(np.float64) for name, curve in channels.items()},
            arrays["gaze"].astype(np.float64).reshape(-1, 2),
            arrays["head"].astype(np.float64).reshape(-1, 3),
            _sampled_gap(arrays),
        )
        lengths = {len(curve) for curve in (motion.gaze, motion.head, *motion.channels.values())}
        if len(lengths) != 1 or min(lengths) < 2 or motion.rate <= 0:
            raise ValueError("its curves are not of one length")
    except (KeyError, ValueError) as error:
        message = f"{path.name} holds no motion: {error}."
        raise LikenessError("file_damaged", message, "Measure the take again.") from error
    return motion


def _sampled_gap(arrays: Mapping[str, np.ndarray]) -> np.ndarray | None:
    """The gap of the sampled mouth; None where the mesh has no lips that can be told, as one that was remodelled."""
    if "mouth/positions" not in arrays:
        return None
    positions, faces = arrays["mouth/positions"].astype(np.float64), arrays["mouth/faces"]
    heights = {name.split("/", 2)[2]: z for name, z in arrays.items() if name.startswith("mouth/height/")}
    keys = {name: np.column_stack([np.zeros((len(z), 2)), z]) for name, z in heights.items()}
    if "jawOpen" not in keys:
        return None
    flat = np.zeros((*faces.shape, 2))
    weights = np.ones((len(positions), 1))
    head = PartMesh("head", positions, faces, flat, arrays["mouth/material"], ("skin",), weights, keys)
    curves = {name: arrays[f"mouth/weight/{name}"].astype(np.float64) for name in keys}
    try:
        return posed_gap(head, {name: curve for name, curve in curves.items() if np.any(curve)})
    except (ValueError, IndexError):
        return None
