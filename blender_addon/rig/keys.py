# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape keys of a mesh and the drivers that make them follow the armature's channels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import bpy
import numpy as np

from ..errors import LikenessError
from ..words import tell
from .avatar import Part
from .board import TILTS
from .drivers import Source, drive

# Metres from the face's middle over which one side's share fades into the other's: a brow's inner end keeps its own.
TILT_WIDTH = 0.006
NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


def add_keys(obj: bpy.types.Object, part: Part) -> None:
    """A ``Basis`` and one relative key per delta, all at 0; and the board's `TILTS` of the keys that are there."""
    if not part.keys:
        return
    obj.shape_key_add(name="Basis", from_mix=False)
    deltas = dict(zip(part.keys, part.deltas, strict=True))
    side = np.tanh(part.positions[:, :1] / TILT_WIDTH)  # 1 on the subject's left, -1 on the right
    deltas |= {tilt: side * deltas[channel] for tilt, channel in TILTS.items() if channel in deltas}
    for name, delta in deltas.items():
        key = obj.shape_key_add(name=name, from_mix=False)
        key.points.foreach_set("co", np.ascontiguousarray(part.positions + delta, dtype=np.float32).ravel())
        key.slider_min, key.slider_max = -1.0, 2.0
        key.value = 0.0  # Blender 5.0 made new keys start at 1


def drive_keys(obj: bpy.types.Object, expressions: Mapping[str, str], sources: Mapping[str, bpy.types.Object]) -> None:
    """Make every key follow its channel, or its expression over channels.

    sources: channel -> the object whose property of that name the keys read.
    Only expressions that Blender evaluates without Python are let in: they work in files from strangers,
    where scripts are off, and cost a hundredth of the time.
    """
    keys = obj.data.shape_keys
    if keys is None:
        return
    for key in keys.key_blocks[1:]:
        expression = expressions.get(key.name, key.name)
        used = [name for name in dict.fromkeys(NAME.findall(expression)) if name in sources]
        variables = {name: Source(sources[name], f'["{name}"]') for name in used}
        try:
            drive(keys, f'key_blocks["{key.name}"].value', variables, "" if expression in sources else expression)
        except LikenessError as error:
            raise LikenessError(
                error.code,
                tell(
                    "The driver of the key {name} ({expression}) needs Python, which files must not run.",
                    name=key.name,
                    expression=expression,
                ),
                error.hint,
            ) from error


def channels_of(parts: Iterable[bpy.types.Object]) -> list[str]:
    """The channels that the keys of these meshes follow, sorted."""
    paths = {
        variable.targets[0].data_path
        for part in parts
        if part.data.shape_keys is not None and part.data.shape_keys.animation_data is not None
        for curve in part.data.shape_keys.animation_data.drivers
        for variable in curve.driver.variables
    }
    return sorted({path[2:-2] for path in paths} - set(TILTS))
