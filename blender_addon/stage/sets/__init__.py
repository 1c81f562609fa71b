# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets: rooms built by code around the place where a face is, so that no file has to come along."""

from __future__ import annotations

from collections.abc import Callable

import bpy
from mathutils import Vector

from ..face import Face
from .classroom import build_classroom
from .desk import build_desk
from .kit import Kit, make_kit
from .sweeps import build_flat_color, build_green_screen

STUDIO = "studio"  # the studio's own paper sweep (`stage/backdrop.py`)
BUILDERS: dict[str, Callable[[Kit], None]] = {
    "classroom": build_classroom,
    "desk": build_desk,
    "green_screen": build_green_screen,
    "flat_color": build_flat_color,
}
SETS = (STUDIO, *BUILDERS)
EYES = 1.6  # metres over a set's floor


def build_set(scene: bpy.types.Scene, name: str, face: Face) -> Kit:
    """Build one of `BUILDERS` around a face, or around what several reach together."""
    kit = make_kit(scene, name.replace("_", " ").capitalize(), Vector((*face.centre.xy, face.eyes.z - EYES)))
    BUILDERS[name](kit)
    return kit
