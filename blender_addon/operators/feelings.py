# SPDX-License-Identifier: GPL-3.0-or-later
"""The emotion track of the take that plays: its list and markers edited, and the take performed by it."""

from __future__ import annotations

import bpy

from .. import rig, takes
from ..errors import LikenessError
from ..rows import FEELING_ITEMS
from ..takes.feelings import (
    Track,
    add_feeling,
    find_feeling,
    move_feeling,
    remove_feeling,
    split_feeling,
)
from ..takes.record import Record
from ..words import tell
from .acting import are_listed, edited_feelings, perform_as_before, read_track, shown_record, write_track
from .job import explain, fail, why_busy, why_no_core
from .takes import LAYERS, perform_again, why_no_take
from .timeline import frame_seconds, go_to_seconds, refresh_markers

STRENGTH = 0.7  # of a feeling that is added


def why_no_track(context: bpy.types.Context) -> str:
    """Why there is no emotion track to edit, in words; empty when there is one."""
    missing = why_no_take(context) or why_busy()
    if missing:
        return missing
    armature = rig.find_rig(context)
    if shown_record(armature) is None:
        return "Nothing tells what this take was made of: perform it again."
    return "" if are_listed(context.scene.likeness, armature) else "List the feelings of the take first."


def why_no_feeling(context: bpy.types.Context) -> str:
    """Why there is no feeling to work on, in words."""
    return why_no_track(context) or ("" if len(context.scene.likeness.feelings) else "This take has no feelings.")


class _OnTrack:
    """What the operators on the emotion track have alike: the list changed as one step, its markers with it."""

    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, cls.missing(context))

    @staticmethod
    def missing(context: bpy.types.Context) -> str:
        return why_no_feeling(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings, armature = context.scene.likeness, rig.find_rig(context)
        try:
            track, chosen = self.change(context, armature, read_track(settings), shown_record(armature))
        except LikenessError as error:
            return fail(self, error)
        write_track(settings, track, chosen)
        refresh_markers(context.scene, armature)
        return {"FINISHED"}


def _chosen(operator: bpy.types.Operator, context: bpy.types.Context) -> int:
    """The feeling that an operator is told to work on."""
    return operator.index if operator.index >= 0 else context.scene.likeness.feeling


def _index() -> bpy.props.IntProperty:
    return bpy.props.IntProperty(
        name="Number", default=-1, min=-1, description="Which feeling, from 0; -1 for the one chosen in the list"
    )


def _seconds() -> bpy.props.FloatProperty:
    return bpy.props.FloatProperty(
        name="Time", default=-1.0, min=-1.0, description="Seconds from the take's start; -1 for the current frame"
    )


def _time(operator: bpy.types.Operator, scene: bpy.types.Scene, armature: bpy.types.Object) -> float:
    return operator.seconds if operator.seconds >= 0 else frame_seconds(scene, armature)


class LIKENESS_OT_add_feeling(_OnTrack, bpy.types.Operator):
    """Add a feeling at the current frame; one that is there gives its later part for it"""

    bl_idname = "likeness.add_feeling"
    bl_label = "Add Feeling"

    category: bpy.props.EnumProperty(
        name="Feeling", items=FEELING_ITEMS, default="joy", description="What the face shows"
    )
    strength: bpy.props.FloatProperty(
        name="Strength", subtype="FACTOR", default=STRENGTH, min=0.0, max=1.0, description="How much of it shows"
    )
    seconds: _seconds()

    @staticmethod
    def missing(context: bpy.types.Context) -> str:
        return why_no_track(context)

    def change(
        self, context: bpy.types.Context, armature: bpy.types.Object, track: Track, record: Record
    ) -> tuple[Track, int]:
        seconds = _time(self, context.scene, armature)
        return add_feeling(track, record, seconds, self.category, self.strength)


class LIKENESS_OT_remove_feeling(_OnTrack, bpy.types.Operator):
    """Remove the chosen feeling; nothing is felt there then"""

    bl_idname = "likeness.remove_feeling"
    bl_label = "Remove Feeling"

    index: _index()

    def change(
        self, context: bpy.types.Context, armature: bpy.types.Object, track: Track, record: Record
    ) -> tuple[Track, int]:
        index = _chosen(self, context)
        return remove_feeling(track, index), index


class LIKENESS_OT_split_feeling(_OnTrack, bpy.types.Operator):
    """Make two of the feeling at the current frame, so that its parts can differ"""

    bl_idname = "likeness.split_feeling"
    bl_label = "Split Feeling"

    seconds: _seconds()

    def change(
        self, context: bpy.types.Context, armature: bpy.types.Object, track: Track, record: Record
    ) -> tuple[Track, int | None]:
        seconds = _time(self, context.scene, armature)
        made = split_feeling(track, record, seconds)
        return made, find_feeling(made, seconds)


# What moving an edge of the chosen feeling does.
MOVES = {
    "START": "Let the chosen feeling begin at the current frame; its neighbour gives way",
    "END": "Let the chosen feeling end at the current frame; its neighbour gives way",
    "BOTH": "Let the chosen feeling begin, as long as before, at the current frame; its neighbour gives way",
}


class LIKENESS_OT_move_feeling(_OnTrack, bpy.types.Operator):
    """Let the chosen feeling begin or end at the current frame; its neighbour gives way"""

    bl_idname = "likeness.move_feeling"
    bl_label = "Move Feeling"

    edge: bpy.props.EnumProperty(
        name="Edge",
        items=(
            ("START", "Start", "When the feeling begins"),
            ("END", "End", "When the feeling ends"),
            ("BOTH", "Both", "The feeling begins then, and lasts as long as before"),
        ),
        description="What is moved",
    )
    seconds: _seconds()
    index: _index()

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        return tell(MOVES[properties.edge])

    def change(
        self, context: bpy.types.Context, armature: bpy.types.Object, track: Track, record: Record
    ) -> tuple[Track, int]:
        index, seconds = _chosen(self, context), _time(self, context.scene, armature)
        start = seconds if self.edge in ("START", "BOTH") else None
        end = seconds if self.edge == "END" else None
        if self.edge == "BOTH" and 0 <= index < len(track):
            end = seconds + track[index].end - track[index].start
        return move_feeling(track, record, index, start, end), index


class LIKENESS_OT_apply_feeling_markers(_OnTrack, bpy.types.Operator):
    """Take over what was done to the feelings' markers on the timeline: moved, renamed, deleted, duplicated"""

    bl_idname = "likeness.apply_feeling_markers"
    bl_label = "Move Feelings"

    def change(
        self, context: bpy.types.Context, armature: bpy.types.Object, track: Track, record: Record
    ) -> tuple[Track, None]:
        start = takes.take_start(armature, takes.shown_take(armature))
        return takes.read_feeling_markers(context.scene, record, track, start), None


class LIKENESS_OT_go_to_feeling(bpy.types.Operator):
    """Go to the frame at which the chosen feeling begins"""

    bl_idname = "likeness.go_to_feeling"
    bl_label = "Go to Feeling"
    bl_options = {"REGISTER", "UNDO_GROUPED"}
    bl_undo_group = "Frame Change"

    index: _index()

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_feeling(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        track, index = read_track(context.scene.likeness), _chosen(self, context)
        if index >= len(track):
            return fail(
                self, LikenessError("feeling_missing", tell("This take has no feeling {number}.", number=index + 1), "")
            )
        go_to_seconds(context.scene, rig.find_rig(context), track[index].start)
        return {"FINISHED"}


class LIKENESS_OT_perform_feelings(bpy.types.Operator):
    """Perform the take anew by the feelings of the list; each layer keeps its seed and direction"""

    bl_idname = "likeness.perform_feelings"
    bl_label = "Perform Feelings"

    layers: bpy.props.EnumProperty(
        name="Layers",
        items=LAYERS,
        options={"ENUM_FLAG"},
        default={layer for layer, *_ in LAYERS},
        description="What is performed anew: every layer follows feelings, the mouth as well",
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_track(context) or why_no_core())

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings, armature = context.scene.likeness, rig.find_rig(context)
        record = shown_record(armature)
        felt = edited_feelings(settings, armature) or {"emotion": "none"}
        there = takes.take_strips(armature, takes.shown_take(armature))
        layers = [layer for layer, *_ in LAYERS if layer in self.layers and layer in there]
        if not layers:
            return fail(self, LikenessError("layer_missing", "This take has none of these layers.", "Choose others."))
        return perform_again(self, context, perform_as_before(record, layers, **felt))


CLASSES = (
    LIKENESS_OT_add_feeling,
    LIKENESS_OT_remove_feeling,
    LIKENESS_OT_split_feeling,
    LIKENESS_OT_move_feeling,
    LIKENESS_OT_apply_feeling_markers,
    LIKENESS_OT_go_to_feeling,
    LIKENESS_OT_perform_feelings,
)
