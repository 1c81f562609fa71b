# SPDX-License-Identifier: GPL-3.0-or-later
"""A studio around the avatar, and the clip that comes out of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy

from .. import rig, stage
from ..engine import jobs, paths
from ..errors import LikenessError
from ..rig.assemble import is_rig
from ..shots.clip import signed_clip_steps
from ..stage.shown import find_shown
from ..takes import shown_takes, take_record
from ..words import tell
from .job import NO_AVATAR, explain, fail, start_job, why_busy, why_no_core

CHECKED = 0.01  # of a clip's time: asking whether it may be rendered


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
    if not context.scene.likeness.delivery.label and not context.scene.likeness.delivery.label_reason.strip():
        return "Write why there is no label: the reason is signed with the clip."
    return why_not_stage(context) or why_no_core()


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


def clip_params(context: bpy.types.Context) -> dict[str, Any]:
    """Who is shown and what the clip is for, as params of the core's ``check_clip`` and ``finish_clip``."""
    settings = context.scene.likeness.delivery
    return {
        "shown": json.dumps(find_shown(context.scene), ensure_ascii=False),
        "use": settings.use,
        "quality": settings.quality,
        "label": settings.label,
        "label_reason": "" if settings.label else settings.label_reason.strip(),
    }


def spoken_language(context: bpy.types.Context) -> str:
    """The language of what is said in the scene; the script's where nobody says anything yet."""
    for armature in filter(is_rig, context.scene.objects):
        for record in (take_record(armature, take) for take in shown_takes(armature)):
            if record is not None and record.settings.get("language"):
                return str(record.settings["language"])
    return context.scene.likeness.language


class LIKENESS_OT_render_clip(bpy.types.Operator):
    """Render the scene's frames and sound into an mp4 that is labelled, marked and signed"""

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
        asked = clip_params(context)
        more = {"title": out.stem, "language": spoken_language(context), "fonts": paths.fonts_folder()}

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            return tell("The clip is {out}", out=out)

        steps = [
            jobs.ask("check_clip", asked, CHECKED),
            jobs.walk(lambda: signed_clip_steps(scene, out, plan, asked | more, jobs.ask)),
        ]
        return start_job(self, self.bl_label, steps, apply, undo=False)


CLASSES = (LIKENESS_OT_build_studio, LIKENESS_OT_render_clip)
