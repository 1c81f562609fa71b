# SPDX-License-Identifier: GPL-3.0-or-later
"""Playing the take in the 3D View, from its start and in time with its sound."""

from __future__ import annotations

import bpy

from .. import rig, takes
from ..rig.assemble import RIG_ID
from ..takes.sound import find_sound
from .job import explain
from .takes import why_no_take


def is_playing(context: bpy.types.Context) -> bool:
    """Whether the animation plays in this window."""
    return context.screen is not None and context.screen.is_animation_playing


def why_not_play(context: bpy.types.Context) -> str:
    """Why no take can be played or stopped now, in words; empty when it can."""
    if is_playing(context):
        return ""
    return why_no_take(context) or ("" if not bpy.app.background else "There is no window to play in.")


class LIKENESS_OT_play_take(bpy.types.Operator):
    """Play the take from its start, in time with its sound; press again to stop"""

    bl_idname = "likeness.play_take"
    bl_label = "Play"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_play(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        if is_playing(context):
            return bpy.ops.screen.animation_cancel(restore_frame=False)
        armature = rig.find_rig(context)
        prepare_playback(context.scene, armature, takes.shown_take(armature))
        return bpy.ops.screen.animation_play()


def prepare_playback(scene: bpy.types.Scene, armature: bpy.types.Object, take: str) -> None:
    """Stand at the start of a take that loops; a preview range of the person's own within it is looped instead."""
    first, last = takes.take_span(armature, take)
    mine = scene.frame_preview_start, scene.frame_preview_end
    if not (scene.use_preview_range and first <= mine[0] < mine[1] <= last):
        scene.use_preview_range = True
        # One after the other: each clips the other where it would lie behind it.
        scene.frame_preview_end = max(last, scene.frame_preview_end)
        scene.frame_preview_start, scene.frame_preview_end = first, last
    strip = find_sound(scene, armature[RIG_ID], take)
    if strip is not None:
        scene.sync_mode = "AUDIO_SYNC"
        scene.use_audio = True
    elif scene.sync_mode == "NONE":
        scene.sync_mode = "FRAME_DROP"  # in time, as with sound
    scene.frame_set(scene.frame_preview_start)


CLASSES = (LIKENESS_OT_play_take,)
