# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig and its take out to other programs, and captured faces in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy

from .. import exchange, rig, takes
from ..engine import claims, paths
from ..errors import LikenessError
from ..words import tell
from .job import explain, fail
from .speak import why_not_import

RECORDINGS = "*.csv;*.txt"


def why_not_export(context: bpy.types.Context) -> str:
    """What is missing for an export, in words; empty when nothing is."""
    why = why_not_import(context)
    return why if why.startswith(("Select", "Build")) or "still at work" in why else ""


class ExportOperator:
    """What exports share: where to, and how it is told."""

    filepath: bpy.props.StringProperty(
        name="File",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
        description="The file that is written; it gets the suffix of its format",
    )
    check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})  # the file browser warns in red

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_export(context))

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        name = paths.name_result(rig.find_rig(context).name)
        self.filepath = str(paths.results_folder() / f"{name}{self.suffix()}")
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def target(self) -> Path:
        """The chosen file, with the suffix of its format instead of another format's."""
        path = Path(bpy.path.abspath(self.filepath))
        known = path.suffix.lower() in {entry.suffix for entry in exchange.FORMATS.values()} | {self.suffix()}
        return path.with_suffix(self.suffix()) if known else path.with_name(path.name + self.suffix())


class LIKENESS_OT_export_rig(ExportOperator, bpy.types.Operator):
    """Write the avatar and its take, over the scene's frames, for another program; nothing here is changed"""

    bl_idname = "likeness.export_rig"
    bl_label = "Export Avatar"

    kind: bpy.props.EnumProperty(
        name="Format",
        items=[(key, entry.name, entry.about) for key, entry in exchange.FORMATS.items()],
        description="For which program it is written",
    )
    filter_glob: bpy.props.StringProperty(default="*.glb;*.fbx;*.usdz;*.abc", options={"HIDDEN"})

    def suffix(self) -> str:
        return exchange.FORMATS[self.kind].suffix

    def execute(self, context: bpy.types.Context) -> set[str]:
        path = self.target()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            exchange.export_rig(rig.find_rig(context), path, self.kind, context)
        except LikenessError as error:
            return fail(self, error)
        self.report({"INFO"}, tell("The avatar is in {path}", path=path))
        return {"FINISHED"}


class LIKENESS_OT_export_motion(ExportOperator, bpy.types.Operator):
    """Write the face's motion, over the scene's frames, as Live Link Face does"""

    bl_idname = "likeness.export_motion"
    bl_label = "Export Live Link Face CSV"

    rate: bpy.props.IntProperty(
        name="Rate", default=60, min=1, max=240, description="Rows a second; the app itself records 60"
    )
    looks: bpy.props.BoolProperty(
        name="Looks as Shapes",
        default=True,
        description="Say the turns of the eyes in the eyeLook shapes too, by which Unreal's faces look",
    )
    filter_glob: bpy.props.StringProperty(default="*.csv", options={"HIDDEN"})

    def suffix(self) -> str:
        return ".csv"

    def execute(self, context: bpy.types.Context) -> set[str]:
        path = self.target()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            warnings = exchange.export_motion(rig.find_rig(context), path, context, self.rate, self.looks)
        except LikenessError as error:
            return fail(self, error)
        for warning in warnings:
            self.report({"WARNING"}, warning)
        self.report({"INFO"}, tell("The motion is in {path}", path=path))
        return {"FINISHED"}


class LIKENESS_OT_bake_rig(bpy.types.Operator):
    """Put a copy beside the avatar whose keys and bones have plain curves, without drivers, tracks and constraints"""

    bl_idname = "likeness.bake_rig"
    bl_label = "Bake a Copy"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_export(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            baked = exchange.bake_rig(rig.find_rig(context), context)
        except LikenessError as error:
            return fail(self, error)
        self.report({"INFO"}, tell("{name} is in the scene.", name=baked.name))
        return {"FINISHED"}


class LIKENESS_OT_import_capture(bpy.types.Operator):
    """Put a face recorded by Live Link Face (CSV) or Face Cap (text) on the avatar, as a take of its own"""

    bl_idname = "likeness.import_capture"
    bl_label = "Import Captured Face"
    bl_options = {"REGISTER", "UNDO"}

    filepath: bpy.props.StringProperty(
        name="Recording", subtype="FILE_PATH", options={"SKIP_SAVE"}, description="The file of the captured face"
    )
    rate: bpy.props.FloatProperty(
        name="Rate", default=0.0, min=0.0, max=240.0, description="Frames a second of its timecode; 0 finds it out"
    )
    straighten: bpy.props.BoolProperty(
        name="Straighten the Head",
        description="Take the way that the head mostly looks as straight: phones seldom stand straight before a face",
    )
    filter_glob: bpy.props.StringProperty(default=RECORDINGS, options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_import(context))

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        path, armature = Path(bpy.path.abspath(self.filepath)), rig.find_rig(context)
        try:
            capture = exchange.read_capture(path, self.rate)
            if self.straighten:
                capture = replace(capture, channels=exchange.straighten_head(capture.channels))
            results = paths.results_folder()
            name = paths.name_take(results, paths.name_result(armature.name))
            folder = exchange.write_performance(capture, results / f"{name}.performance", path.name)
            claims.release(name)
            layers = set(context.scene.likeness.layers)
            # Another mouth is another take, so that voice and phones of the one that plays are not lost.
            take = takes.next_take(armature) if "speech" in layers else None
            made = takes.apply_performance(armature, folder, layers, context.scene, take=take)
        except LikenessError as error:
            return fail(self, error)
        for warning in (*capture.warnings, *made.warnings):
            self.report({"WARNING"}, warning)
        self.report(
            {"INFO"},
            tell("{name} moves from frame {start} to {end}.", name=armature.name, start=made.start, end=made.end),
        )
        return {"FINISHED"}


CLASSES = (LIKENESS_OT_export_rig, LIKENESS_OT_export_motion, LIKENESS_OT_bake_rig, LIKENESS_OT_import_capture)
