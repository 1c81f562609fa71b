# SPDX-License-Identifier: GPL-3.0-or-later
"""Who speaks when, where several avatars talk: a take begins where somebody else's ends."""

from __future__ import annotations

import bpy

from ..rig.assemble import is_rig
from ..rig.looking import looked_at
from .take import shown_take, shown_takes, take_span


def partners(armature: bpy.types.Object, scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """Those an avatar talks with: whom it looks at, else all others of the scene."""
    other = looked_at(armature)
    if other is not None and is_rig(other) and scene.objects.get(other.name) == other:
        return [other]
    return [obj for obj in scene.objects if is_rig(obj) and obj != armature]


def end_of_others(armature: bpy.types.Object, scene: bpy.types.Scene) -> float | None:
    """The scene's frame at which the last line of those it talks with ends; None where they say nothing."""
    spans = [take_span(other, take) for other in partners(armature, scene) for take in shown_takes(other)]
    return max((span[1] for span in spans if span is not None), default=None)


def heard_take(armature: bpy.types.Object, scene: bpy.types.Scene) -> tuple[float, float] | None:
    """From and to which frame somebody else speaks now: the partner's take in hand."""
    for other in partners(armature, scene):
        span = take_span(other, shown_take(other))
        if span is not None:
            return span
    return None
