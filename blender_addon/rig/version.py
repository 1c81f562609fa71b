# SPDX-License-Identifier: GPL-3.0-or-later
"""The version of rigs and scene settings in .blend files: a number on the armature and in the scene's settings."""

from __future__ import annotations

import bpy

from ..formats import too_new

# 1 is what carries no number: everything until 26 November 2026.
VERSION = 2
KEY = "likeness_version"


def version_of(armature: bpy.types.Object) -> int:
    """The version that a rig was made by, or brought up to."""
    return int(armature.get(KEY, 1))


def require_known(armature: bpy.types.Object) -> None:
    """Raise LikenessError ``too_new`` for a rig that a later version made."""
    if version_of(armature) > VERSION:
        raise too_new(armature.name)
