# SPDX-License-Identifier: GPL-3.0-or-later
"""Camera, light, background and look of the scene, by the names that storyboards use too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from .. import rig, stage
from ..errors import LikenessError
from ..filming import FILED
from ..rig.assemble import is_rig
from ..shots.camera import apply_camera, size_of
from ..shots.cameras import ALL, PAIR, find_preset
from ..shots.dressing import Dressing, see_through
from ..shots.plates import read_plate
from ..shots.request import Request, parse_request
from ..stage.sets import SETS
from ..words import tell
from .job import explain, fail, why_busy
from .render import why_not_stage


def seen_rigs(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The avatars that the camera is about: the one in hand first, then the others that are selected, or all."""
    found = rig.find_rig(context)
    others = [obj for obj in context.scene.objects if is_rig(obj) and obj != found]
    chosen = [obj for obj in others if obj.select_get()]
    shows = find_preset(context.scene.likeness.staging.preset).shows
    return [found, *(chosen or (others if shows in (ALL, PAIR) else []))]


def describe_background(context: bpy.types.Context) -> dict[str, Any]:
    """What the panel asks for, as a shot request has it."""
    settings = context.scene.likeness.staging
    kind = settings.background
    if kind in SETS:
        return {"set": kind}
    if kind == "color":
        return {"color": "#" + "".join(f"{round(255 * part):02x}" for part in settings.color)}
    told: dict[str, Any] = {kind: bpy.path.abspath(settings.file)}
    if kind == "plate":
        told |= {"horizon": settings.horizon, "lens": settings.plate_lens or None}
    return told


def read_staging(context: bpy.types.Context) -> Request:
    """What the panel asks for. Raises LikenessError as `parse_request`."""
    scene, settings = context.scene, context.scene.likeness.staging
    screen = bpy.path.abspath(settings.screen) if settings.screen and settings.background == "desk" else ""
    return parse_request(
        {
            "format": 1,
            "fps": scene.render.fps / scene.render.fps_base,
            "frames": max(scene.frame_end - scene.frame_start + 1, 1),
            "size": size_of(scene),
            "performers": [],
            "light": settings.light,
            "background": describe_background(context),
            "screen": [{"picture": screen, "start": 0.0, "end": None}] if screen else [],
            "film_look": settings.film_look,
            "depth_of_field": settings.depth_of_field,
        }
    )


def why_not_dress(context: bpy.types.Context) -> str:
    """What is missing for a background, in words; empty when nothing is."""
    settings = context.scene.likeness.staging
    if settings.background in FILED:
        if not settings.file:
            return "Choose the file of the background."
        path = Path(bpy.path.abspath(settings.file))
        if not path.is_file():
            return tell("There is no file {path}.", path=path)
    return why_not_stage(context)


def why_not_frame(context: bpy.types.Context) -> str:
    """Why the camera cannot be placed, in words."""
    missing = why_not_stage(context)
    shows = find_preset(context.scene.likeness.staging.preset).shows
    if not missing and shows == PAIR and sum(is_rig(obj) for obj in context.scene.objects) < 2:
        return "A view over a shoulder needs two avatars."
    return missing


class LIKENESS_OT_frame_camera(bpy.types.Operator):
    """Frame the faces as they perform, and key the camera's move over the frame range"""

    bl_idname = "likeness.frame_camera"
    bl_label = "Place Camera"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_frame(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene, settings, rigs = context.scene, context.scene.likeness.staging, seen_rigs(context)
        try:
            is_plate = settings.background == "plate" and settings.file
            plate = read_plate(describe_background(context), size_of(scene)) if is_plate else None
            framed = apply_camera(
                scene,
                rigs,
                settings.preset,
                settings.move,
                rigs[0],
                amount=settings.amount,
                lens=settings.lens or None,
                depth_of_field=settings.depth_of_field,
                plate=plate,
            )
        except LikenessError as error:
            return fail(self, error)
        stage.fit_card(scene)
        if settings.move not in ("still", "rack_focus") and framed.amount < settings.amount / 2:
            self.report(
                {"WARNING"}, tell("The camera moves less than asked for, so that every face stays in its place.")
            )
        return {"FINISHED"}


class LIKENESS_OT_dress_stage(bpy.types.Operator):
    """Put light, background, screen and film look around the avatars; what stood there before goes"""

    bl_idname = "likeness.dress_stage"
    bl_label = "Set the Stage"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_dress(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene = context.scene
        rigs = [obj for obj in scene.objects if is_rig(obj)]
        try:
            request = read_staging(context)
            engine = stage.plan_render(scene.likeness.engine).engine
            if scene.camera is None:
                stage.frame_face(scene, stage.measure_face(rigs[0]))
            dressing = Dressing(scene)
            warnings = dressing.dress(request, rigs, engine)
            dressing.finish(request)
        except LikenessError as error:
            return fail(self, error)
        scene.render.film_transparent = see_through(request)
        for warning in warnings:
            self.report({"WARNING"}, tell(warning))
        return {"FINISHED"}


class LIKENESS_OT_set_variant(bpy.types.Operator):
    """Show the avatar in hand as it is, or as a drawing in which nothing of its photo is seen"""

    bl_idname = "likeness.set_variant"
    bl_label = "Draw as a Toon"
    bl_options = {"REGISTER", "UNDO"}

    variant: bpy.props.EnumProperty(
        name="Variant",
        items=(
            ("toon", "Toon", "A drawing in flat tones"),
            ("real", "Real", "As the photo shows it"),
        ),
        description="How the avatar looks",
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_stage(context) or why_busy())

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            stage.set_variant(rig.find_rig(context), self.variant)
        except LikenessError as error:
            return fail(self, error)
        return {"FINISHED"}


CLASSES = (LIKENESS_OT_frame_camera, LIKENESS_OT_dress_stage, LIKENESS_OT_set_variant)
