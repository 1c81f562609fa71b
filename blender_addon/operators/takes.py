# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes: which one plays, what it is called, some of its layers performed again."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import bpy

from .. import rig, takes
from ..engine import jobs, paths
from ..engine.pieces import Pieces
from ..engine.scenes import on_object
from ..errors import LikenessError
from ..rig.assemble import RIG_ID
from .acting import are_listed, chosen_acting, edited_feelings, recorded_acting, show_performed, write_seeds
from .job import explain, fail, start_job, why_busy, why_no_core
from .timeline import refresh_timeline

LAYERS = tuple((layer, layer.capitalize(), "") for layer in takes.LAYERS)


def why_no_take(context: bpy.types.Context) -> str:
    """Why there is no take to work on, in words; empty when there is one."""
    armature = rig.find_rig(context)
    if armature is None:
        return "Build or import an avatar first."
    return "" if takes.shown_take(armature) is not None else "Let the avatar speak first."


class _OnTakes:
    """What the operators on takes have alike: one named take, and errors said."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_take(context) or why_busy())

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = rig.find_rig(context)
        try:
            self.change(armature, context.scene)
        except LikenessError as error:
            return fail(self, error)
        refresh_timeline(context.scene, armature)
        return {"FINISHED"}


class LIKENESS_OT_show_take(_OnTakes, bpy.types.Operator):
    """Let this take play instead of the one that does"""

    bl_idname = "likeness.show_take"
    bl_label = "Show Take"

    take: bpy.props.StringProperty(name="Take")

    def change(self, armature: bpy.types.Object, scene: bpy.types.Scene) -> None:
        takes.show_take(armature, self.take, scene)


class LIKENESS_OT_rename_take(_OnTakes, bpy.types.Operator):
    """Call the take that plays something else"""

    bl_idname = "likeness.rename_take"
    bl_label = "Rename Take"

    name: bpy.props.StringProperty(name="Name")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.name = takes.shown_take(rig.find_rig(context)) or ""
        return context.window_manager.invoke_props_dialog(self)

    def change(self, armature: bpy.types.Object, scene: bpy.types.Scene) -> None:
        takes.rename_take(armature, takes.shown_take(armature), self.name, scene)


class LIKENESS_OT_remove_take(_OnTakes, bpy.types.Operator):
    """Take the take that plays away, with its sound; your own keys stay"""

    bl_idname = "likeness.remove_take"
    bl_label = "Remove Take"

    def change(self, armature: bpy.types.Object, scene: bpy.types.Scene) -> None:
        takes.remove_take(armature, takes.shown_take(armature), scene)


class LIKENESS_OT_limit_layer(_OnTakes, bpy.types.Operator):
    """Let this layer be seen only in the frames of the preview range, or of the scene's where there is none; press \
again for all of the take"""

    bl_idname = "likeness.limit_layer"
    bl_label = "Only in the Range"

    layer: bpy.props.EnumProperty(name="Layer", items=LAYERS)

    def change(self, armature: bpy.types.Object, scene: bpy.types.Scene) -> None:
        found = takes.take_strips(armature, takes.shown_take(armature)).get(self.layer)
        if found is not None:
            span = _span(scene) if takes.layer_range(found) is None else None
            takes.set_range(found, span, scene.render.fps / scene.render.fps_base)


class LIKENESS_OT_perform_again(bpy.types.Operator):
    """Perform the chosen layers of this take anew, with seed, strength and style above; the speech keeps its words"""

    bl_idname = "likeness.perform_again"
    bl_label = "Perform Again"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        chosen = "" if context.scene.likeness.layers else "Choose at least one layer."
        return explain(cls, why_no_take(context) or why_busy() or chosen or why_no_core())

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.likeness
        asked = {**chosen_acting(settings), "direction": settings.direction}
        if settings.use_feelings and len(settings.feelings) and are_listed(settings, rig.find_rig(context)):
            asked |= edited_feelings(settings)
        return _perform_again(self, context, asked, set(settings.layers))


class LIKENESS_OT_reroll_layer(bpy.types.Operator):
    """Perform this layer of the take anew with another seed; nothing else changes"""

    bl_idname = "likeness.reroll_layer"
    bl_label = "Another Seed"

    layer: bpy.props.EnumProperty(name="Layer", items=LAYERS)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_take(context) or why_busy() or why_no_core())

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            _, record = takes.require_record(rig.find_rig(context))
        except LikenessError as error:
            return fail(self, error)
        seeds = {layer: record.seed_of(layer) + (layer == self.layer) for layer in takes.LAYERS}
        asked = recorded_acting(record.of_layer(self.layer)) | {"seeds": write_seeds(seeds)}
        return _perform_again(self, context, asked, {self.layer})


class LIKENESS_OT_write_captions(bpy.types.Operator):
    """Write what the take that plays says as captions, SubRip and WebVTT, beside the other results"""

    bl_idname = "likeness.write_captions"
    bl_label = "Write Captions"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_take(context) or why_busy() or why_no_core())

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = rig.find_rig(context)
        try:
            take, record = takes.require_record(armature)
            speech = takes.write_speech(armature, context.scene, record, Path(bpy.app.tempdir) / "captions.speech")
        except LikenessError as error:
            return fail(self, error)
        stem = paths.results_folder() / paths.name_result(f"{armature.name} {take}")
        asked = [{"speech": str(speech), "out": f"{stem}{form}"} for form in (".srt", ".vtt")]

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            return f"{results[0]['count']} captions are in {stem}.srt and .vtt."

        steps = [jobs.ask("write_captions", params) for params in asked]
        return start_job(self, self.bl_label, steps, apply, undo=False)


def _perform_again(
    operator: bpy.types.Operator, context: bpy.types.Context, acting: Mapping[str, Any], layers: set[str]
) -> set[str]:
    """Have the take that plays performed, and put some of its layers on."""
    scene, settings = context.scene, context.scene.likeness
    armature = rig.find_rig(context)
    room = Path(bpy.app.tempdir)
    try:
        take, record = takes.require_record(armature)
        speech = takes.write_speech(armature, scene, record, room / "again.speech")
    except LikenessError as error:
        return fail(operator, error)
    asked = {"speech": str(speech), "out": str(room / "again.performance"), **acting}
    uid, rig_id = scene.session_uid, armature[RIG_ID]
    span = _span(scene) if settings.use_range else None

    def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> Pieces[str]:
        result = results[-1]["performance"]
        find = partial(on_object, uid, RIG_ID, rig_id, result)
        made = yield from takes.put_performance(find, Path(result), layers, take, span)
        job.warnings.extend(made.warnings)
        with find() as (found, where):
            if "direction" in acting:
                show_performed(where.likeness, acting["direction"], results[-1])
            refresh_timeline(where, found)
        return f"{take}: {', '.join(made.layers)} performed again."

    return start_job(operator, operator.bl_label, [jobs.ask("perform", asked)], apply)


def _span(scene: bpy.types.Scene) -> tuple[int, int]:
    """The preview range, where it is in use, else the scene's."""
    if scene.use_preview_range:
        return scene.frame_preview_start, scene.frame_preview_end
    return scene.frame_start, scene.frame_end


CLASSES = (
    LIKENESS_OT_show_take,
    LIKENESS_OT_rename_take,
    LIKENESS_OT_remove_take,
    LIKENESS_OT_perform_again,
    LIKENESS_OT_reroll_layer,
    LIKENESS_OT_limit_layer,
    LIKENESS_OT_write_captions,
)
