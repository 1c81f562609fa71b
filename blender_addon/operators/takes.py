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
from ..mixer import LAYERS
from ..rig.assemble import RIG_ID
from ..words import tell
from .acting import chosen_acting, edited_feelings, recorded_acting, show_performed, shown_record, write_seeds
from .curves import leave_tweak
from .job import NO_AVATAR, NO_TAKE, explain, fail, start_job, why_busy, why_no_core
from .timeline import refresh_timeline

TAKE = bpy.props.StringProperty(name="Take", description="Name of the take; empty for the one that plays")
LAYER = bpy.props.EnumProperty(name="Layer", items=LAYERS, description="Which layer of the take that plays")


def why_no_take(context: bpy.types.Context) -> str:
    """Why there is no take to work on, in words; empty when there is one."""
    armature = rig.find_rig(context)
    if armature is None:
        return NO_AVATAR
    return "" if takes.shown_take(armature) is not None else NO_TAKE


class _OnTakes:
    """What the operators on takes have alike: one named take, and errors said."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_take(context) or why_busy())

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = rig.find_rig(context)
        leave_tweak(armature)
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

    take: bpy.props.StringProperty(name="Take", description="Name of the take, such as Take 2")

    def change(self, armature: bpy.types.Object, scene: bpy.types.Scene) -> None:
        takes.show_take(armature, self.take, scene)


class LIKENESS_OT_rename_take(_OnTakes, bpy.types.Operator):
    """Call a take something else"""

    bl_idname = "likeness.rename_take"
    bl_label = "Rename Take"

    name: bpy.props.StringProperty(name="Name", description="What the take is called from then on")
    take: TAKE

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.name = self.take or takes.shown_take(rig.find_rig(context)) or ""
        return context.window_manager.invoke_props_dialog(self)

    def change(self, armature: bpy.types.Object, scene: bpy.types.Scene) -> None:
        takes.rename_take(armature, self.take or takes.shown_take(armature), self.name, scene)


class LIKENESS_OT_duplicate_take(_OnTakes, bpy.types.Operator):
    """Put a copy of the take beside it, to change it and keep both; the copy plays"""

    bl_idname = "likeness.duplicate_take"
    bl_label = "Duplicate Take"

    take: TAKE

    def change(self, armature: bpy.types.Object, scene: bpy.types.Scene) -> None:
        takes.duplicate_take(armature, self.take or takes.shown_take(armature), scene)


class LIKENESS_OT_reorder_take(_OnTakes, bpy.types.Operator):
    """Put the take further up or down in the list"""

    bl_idname = "likeness.reorder_take"
    bl_label = "Reorder Take"

    direction: bpy.props.EnumProperty(
        name="Direction",
        items=(("UP", "Up", "Towards the first take"), ("DOWN", "Down", "Towards the last take")),
        description="Which way it goes, by one place",
    )
    take: TAKE

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        further = {"UP": "Put the take further up in the list", "DOWN": "Put the take further down in the list"}
        return tell(further[properties.direction])

    def change(self, armature: bpy.types.Object, scene: bpy.types.Scene) -> None:
        by = -1 if self.direction == "UP" else 1
        takes.reorder_take(armature, self.take or takes.shown_take(armature), by)


class LIKENESS_OT_remove_take(_OnTakes, bpy.types.Operator):
    """Take the take away, with its sound; your own keys stay"""

    bl_idname = "likeness.remove_take"
    bl_label = "Remove Take"

    take: TAKE

    def change(self, armature: bpy.types.Object, scene: bpy.types.Scene) -> None:
        takes.remove_take(armature, self.take or takes.shown_take(armature), scene)


class LIKENESS_OT_limit_layer(_OnTakes, bpy.types.Operator):
    """Let this layer be seen only in the frames of the preview range, or of the scene's where there is none; press \
again for all of the take"""

    bl_idname = "likeness.limit_layer"
    bl_label = "Only in the Range"

    layer: LAYER

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
        if settings.use_feelings:
            asked |= edited_feelings(settings, rig.find_rig(context))
        return perform_again(self, context, [(asked, set(settings.layers))])


class LIKENESS_OT_reroll_layer(bpy.types.Operator):
    """Perform this layer of the take anew with another seed; nothing else changes"""

    bl_idname = "likeness.reroll_layer"
    bl_label = "Another Seed"

    layer: LAYER
    seed: bpy.props.IntProperty(
        name="Seed", default=-1, min=-1, description="The number that the layer draws from; -1 for the next one"
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_take(context) or why_busy() or why_no_core())

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            _, record = takes.require_record(rig.find_rig(context))
        except LikenessError as error:
            return fail(self, error)
        seeds = {layer: record.seed_of(layer) for layer in takes.LAYERS}
        seeds[self.layer] = self.seed if self.seed >= 0 else seeds[self.layer] + 1
        asked = recorded_acting(record.of_layer(self.layer)) | {"seeds": write_seeds(seeds)}
        return perform_again(self, context, [(asked, {self.layer})])


class LIKENESS_OT_set_seed(bpy.types.Operator):
    """Type the number that this layer draws from: the same number gives the same movements again"""

    bl_idname = "likeness.set_seed"
    bl_label = "Set Seed"

    layer: LAYER
    seed: bpy.props.IntProperty(name="Seed", min=0, description="The number that the layer draws from")

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_take(context) or why_busy() or why_no_core())

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        record = shown_record(rig.find_rig(context))
        self.seed = record.seed_of(self.layer) if record is not None else 0
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return LIKENESS_OT_reroll_layer.execute(self, context)


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
            return tell("{count} captions are in {stem}.srt and .vtt.", count=results[0]["count"], stem=stem)

        steps = [jobs.ask("write_captions", params) for params in asked]
        return start_job(self, self.bl_label, steps, apply, undo=False)


def perform_again(
    operator: bpy.types.Operator, context: bpy.types.Context, plans: Sequence[tuple[Mapping[str, Any], set[str]]]
) -> set[str]:
    """Have the take that plays performed, and put some of its layers on.

    plans: params of ``perform``, and the layers that are put on of what they give.
    """
    scene, settings = context.scene, context.scene.likeness
    armature = rig.find_rig(context)
    room = Path(bpy.app.tempdir)
    try:
        take, record = takes.require_record(armature)
        speech = takes.write_speech(armature, scene, record, room / "again.speech")
    except LikenessError as error:
        return fail(operator, error)
    steps = [
        jobs.ask("perform", {"speech": str(speech), "out": str(room / f"again-{number}.performance"), **acting})
        for number, (acting, _) in enumerate(plans)
    ]
    uid, rig_id = scene.session_uid, armature[RIG_ID]
    span = _span(scene) if settings.use_range else None

    def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> Pieces[str]:
        told: list[str] = []
        find = partial(on_object, uid, RIG_ID, rig_id, results[-1]["performance"])
        for result, (acting, layers) in zip(results, plans, strict=True):
            made = yield from takes.put_performance(find, Path(result["performance"]), layers, take, span)
            job.warnings.extend(made.warnings)
            told.extend(made.layers)
            if "direction" in acting:
                with find() as (_, where):
                    show_performed(where.likeness, acting["direction"], result)
        with find() as (found, where):
            refresh_timeline(where, found)
        return tell("{take}: {told} performed again.", take=take, told=", ".join(told))

    return start_job(operator, operator.bl_label, steps, apply)


def _span(scene: bpy.types.Scene) -> tuple[int, int]:
    """The preview range, where it is in use, else the scene's."""
    if scene.use_preview_range:
        return scene.frame_preview_start, scene.frame_preview_end
    return scene.frame_start, scene.frame_end


CLASSES = (
    LIKENESS_OT_show_take,
    LIKENESS_OT_rename_take,
    LIKENESS_OT_duplicate_take,
    LIKENESS_OT_reorder_take,
    LIKENESS_OT_remove_take,
    LIKENESS_OT_perform_again,
    LIKENESS_OT_reroll_layer,
    LIKENESS_OT_set_seed,
    LIKENESS_OT_limit_layer,
    LIKENESS_OT_write_captions,
)
