# SPDX-License-Identifier: GPL-3.0-or-later
"""A studio around the avatar, and the clip that comes out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy

from .. import rig, stage
from ..engine import jobs, paths
from ..errors import LikenessError
from ..rig.assemble import is_rig
from ..words import tell
from .job import NO_AVATAR, explain, fail, start_job, why_busy


def why_not_stage(context: bpy.types.Context) -> str:
    """What is missing for a studio, in words; empty when nothing is."""
    if rig.find_rig(context) is None:
        if any(is_rig(obj) for obj in context.scene.objects):
            return "Select the avatar that is to be seen."
        return NO_AVATAR
    return why_busy()


def why_not_render(context: bpy.types.Context) -> str:
    """What is missing for a clip, in words; empty when nothing is."""
    if context.scene.camera is None:
        return why_not_stage(context) or "The scene has no camera: press Build Studio first."
    return why_not_stage(context)


def clip_path(context: bpy.types.Context) -> Path:
    """Where the clip goes."""
    settings = context.scene.likeness
    if settings.clip:
        return Path(bpy.path.abspath(settings.clip)).with_suffix(".mp4")
    armature = rig.find_rig(context)
    name = armature.name if armature is not None else context.scene.name
    return paths.results_folder() / f"{paths.name_result(name)}.mp4"


class LIKENESS_OT_build_studio(bpy.types.Operator):
    """Put a camera, three lights and a backdrop around the avatar"""

    bl_idname = "likeness.build_studio"
    bl_label = "Build Studio"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_stage(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        stage.build_studio(context.scene, rig.find_rig(context))
        return {"FINISHED"}


class LIKENESS_OT_render_clip(bpy.types.Operator):
    """Render the scene's frames and its sound into an mp4"""

    bl_idname = "likeness.render_clip"
    bl_label = "Render Clip"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_render(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene, settings = context.scene, context.scene.likeness
        out = clip_path(context)
        share = scene.render.resolution_percentage / 100
        size = (round(scene.render.resolution_x * share), round(scene.render.resolution_y * share))
        try:
            plan = stage.plan_render(settings.engine, size if settings.use_scene_size else None)
        except LikenessError as error:
            return fail(self, error)

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            return tell("The clip is {out}", out=out)

        steps = [jobs.walk(lambda: stage.clip_steps(scene, out, plan))]
        return start_job(self, self.bl_label, steps, apply, undo=False)


CLASSES = (LIKENESS_OT_build_studio, LIKENESS_OT_render_clip)
