# SPDX-License-Identifier: GPL-3.0-or-later
"""A take or a performance on another rig: map its keys and bones, then move them."""

from __future__ import annotations

from pathlib import Path

import bpy

from .. import exchange, retarget, takes
from ..errors import LikenessError
from ..rig.assemble import AVATAR_ID, is_rig
from ..takes.performance import read_performance
from ..words import tell
from .folder import FolderOperator
from .job import explain, fail, why_busy


def why_not_map(context: bpy.types.Context) -> str:
    """Why the active object cannot be moved, in words; empty when it can."""
    target = context.view_layer.objects.active
    if not retarget.is_target(target):
        return "Select a mesh with shape keys, or an armature, of another rig."
    if AVATAR_ID in target:
        return tell("{name} is an avatar of this add-on: Import Performance moves it.", name=target.name)
    return why_busy()


def why_not_move(context: bpy.types.Context) -> str:
    """What is missing for a performance on the active object, in words; empty when nothing is."""
    why = why_not_map(context)
    if not why and not len(context.view_layer.objects.active.likeness_mapping.rows):
        return "Press Map by Names first."
    return why


def why_not_take(context: bpy.types.Context) -> str:
    """What is missing for an avatar's take on the active object, in words; empty when nothing is."""
    return why_not_move(context) or ("" if find_source(context) else "Select the avatar whose take it is, too.")


def find_source(context: bpy.types.Context) -> bpy.types.Object | None:
    """The avatar whose take goes elsewhere: the one that is selected beside the target, else the only one."""
    rigs = [obj for obj in context.scene.objects if is_rig(obj)]
    chosen = [obj for obj in rigs if obj.select_get()]
    return chosen[0] if len(chosen) == 1 else rigs[0] if len(rigs) == 1 else None


def read_rows(target: bpy.types.Object) -> tuple[retarget.Row, ...]:
    """The rows of an object's mapping."""
    return tuple(
        retarget.Row(row.target, "" if row.part == "KEY" else row.part, row.source, row.gain)
        for row in target.likeness_mapping.rows
    )


def take_motion(armature: bpy.types.Object, context: bpy.types.Context) -> retarget.Motion:
    """What an avatar does over the scene's frames, its phones as visemes."""
    capture, scene = exchange.capture_rig(armature, context), context.scene
    fps = scene.render.fps / scene.render.fps_base
    shown = takes.shown_take(armature)
    record, start = takes.take_record(armature, shown), takes.take_start(armature, shown)
    late = ((scene.frame_start if start is None else start) - scene.frame_start) / fps
    phones = [(phone.start + late, phone.viseme) for phone in record.phones] if record is not None else []
    made = retarget.visemes(capture.time, capture.channels, phones)
    return retarget.Motion(capture.time, {**capture.channels, **made})


class LIKENESS_OT_map_target(bpy.types.Operator):
    """Find the preset's keys and bones on the selected object by their names; the list is made anew"""

    bl_idname = "likeness.map_target"
    bl_label = "Map by Names"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_map(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        target = context.view_layer.objects.active
        mapping, keys, bones = target.likeness_mapping, retarget.target_keys(target), retarget.target_bones(target)
        if mapping.preset == "auto":
            preset = retarget.choose_preset(retarget.PRESETS, keys, bones)
        else:
            preset = retarget.PRESETS[mapping.preset]
        rows = retarget.match_preset(preset, keys, bones)
        if not rows:
            self.report(
                {"ERROR"},
                tell(
                    "{name} has no key and no bone that is called as in {preset_name}.",
                    name=target.name,
                    preset_name=preset.name,
                ),
            )
            return {"CANCELLED"}
        mapping.rows.clear()
        for row in rows:
            entry = mapping.rows.add()
            entry.target, entry.part, entry.source, entry.gain = row.name, row.part or "KEY", row.source, row.gain
        mapping.used, mapping.row = preset.id, 0
        still = len(retarget.still_keys(rows, keys))
        self.report(
            {"INFO"},
            tell(
                "{name}: {count} of {target_name} are mapped, {still} keys are not.",
                name=preset.name,
                count=len(rows),
                target_name=target.name,
                still=still,
            ),
        )
        return {"FINISHED"}


class LIKENESS_OT_add_row(bpy.types.Operator):
    """Add a row to the list, for a key or a bone that the names did not tell"""

    bl_idname = "likeness.add_row"
    bl_label = "Add Row"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_map(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        target = context.view_layer.objects.active
        mapping = target.likeness_mapping
        still = retarget.still_keys(read_rows(target), retarget.target_keys(target))
        row = mapping.rows.add()
        row.target, row.source = next(iter(still), ""), "jawOpen"
        mapping.row = len(mapping.rows) - 1
        return {"FINISHED"}


class LIKENESS_OT_remove_row(bpy.types.Operator):
    """Remove the row in hand from the list; its key is then not moved"""

    bl_idname = "likeness.remove_row"
    bl_label = "Remove Row"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_move(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        mapping = context.view_layer.objects.active.likeness_mapping
        mapping.rows.remove(min(mapping.row, len(mapping.rows) - 1))
        mapping.row = max(min(mapping.row, len(mapping.rows) - 1), 0)
        return {"FINISHED"}


def move_target(operator: bpy.types.Operator, context: bpy.types.Context, motion: retarget.Motion) -> set[str]:
    """Put a motion on the active object and report."""
    target = context.view_layer.objects.active
    preset = retarget.PRESETS.get(target.likeness_mapping.used)
    made = retarget.apply_motion(target, read_rows(target), motion, context.scene, preset)
    for warning in made.warnings:
        operator.report({"WARNING"}, warning)
    operator.report(
        {"INFO"},
        tell(
            "{moved} of {name} move from frame {start} to {end}.",
            moved=made.moved,
            name=target.name,
            start=made.start,
            end=made.end,
        ),
    )
    return {"FINISHED"}


class LIKENESS_OT_retarget_take(bpy.types.Operator):
    """Let the selected object do what the avatar does over the scene's frames"""

    bl_idname = "likeness.retarget_take"
    bl_label = "Put the Take on It"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_take(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            return move_target(self, context, take_motion(find_source(context), context))
        except LikenessError as error:
            return fail(self, error)


class LIKENESS_OT_retarget_performance(FolderOperator, bpy.types.Operator):
    """Let the selected object do what a performance says: a folder NAME.performance"""

    bl_idname = "likeness.retarget_performance"
    bl_label = "Put a Performance on It"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_move(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            performance = read_performance(Path(bpy.path.abspath(self.directory)))
            return move_target(self, context, retarget.of_performance(performance))
        except LikenessError as error:
            return fail(self, error)


CLASSES = (
    LIKENESS_OT_map_target,
    LIKENESS_OT_add_row,
    LIKENESS_OT_remove_row,
    LIKENESS_OT_retarget_take,
    LIKENESS_OT_retarget_performance,
)
