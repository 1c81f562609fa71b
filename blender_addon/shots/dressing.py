# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands around the performers: set, light, screen. The one place where shots call the stage for it."""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from ..stage import build_studio
from .request import Request


def dress(scene: bpy.types.Scene, request: Request, rigs: Sequence[bpy.types.Object]) -> list[str]:
    """Put set and light around the performers; returns what has to be told."""
    build_studio(scene, rigs[0] if rigs else None)
    return []
