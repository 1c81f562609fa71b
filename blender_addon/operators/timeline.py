# SPDX-License-Identifier: GPL-3.0-or-later
"""Phones and words of the take that plays: their list and markers, and editing them."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy

from .. import rig, takes
from ..engine import jobs
from ..engine.scenes import find_object, in_scene
from ..errors import LikenessError
from ..rig.assemble import RIG_ID
from ..takes.record import Change, Record, add_phone, move_boundary, remove_phone, set_phone
from ..words import tell
from .acting import are_listed, list_feelings, read_track, recorded_acting, shown_record
from .job import NO_AVATAR, explain, fail, start_job, why_busy, why_no_core
from .watch import WATCH_SECONDS, Watch

VISEMES = tuple(
    (f"viseme_{name}", name, text)
    for name, text in (
        ("sil", "Closed and relaxed"),
        ("PP", "p b m"),
        ("FF", "f v"),
        ("TH", "th as in thin"),
        ("DD", "t d"),
        ("kk", "k g h"),
        ("CH", "sh ch j"),
        ("SS", "s z"),
        ("nn", "n l"),
        ("RR", "r"),
        ("aa", "ah"),
        ("E", "eh"),
        ("I", "ee"),
        ("O", "oh"),
        ("U", "oo w"),
    )
)

VISEME = bpy.props.EnumProperty(
    name="Viseme",
    items=(("", "The Phone's Own", "The mouth that belongs to the sound"), *VISEMES),
    description="How the mouth stands",
)
INDEX = bpy.props.IntProperty(
    name="Number", default=-1, min=-1, description="Which phone, from 0; -1 for the one chosen in the list"
)


def refresh_timeline(scene: bpy.types.Scene, armature: bpy.types.Object | None) -> None:
    """Bring the lists and markers to the take that plays."""
    list_feelings(scene, armature)
    settings = scene.likeness
    record = shown_record(armature)
    settings.phones.clear()
    settings.phones_of = f"{armature[RIG_ID]} {takes.shown_take(armature)}" if record is not None else ""
    for phone in record.phones if record is not None else ():
        entry = settings.phones.add()
        entry.start, entry.end, entry.phone, entry.viseme = phone.start, phone.end, phone.phone, phone.viseme
        entry.confidence = phone.confidence
        entry.word = record.words[phone.word].text if phone.word >= 0 else ""
    settings.phone = min(settings.phone, max(len(settings.phones) - 1, 0))
    refresh_markers(scene, armature)


def refresh_markers(scene: bpy.types.Scene, armature: bpy.types.Object | None) -> None:
    """Bring the markers to the take that plays, and to the list of its feelings."""
    settings, record = scene.likeness, shown_record(armature)
    start = takes.take_start(armature, takes.shown_take(armature)) if record is not None else None
    track = read_track(settings) if record is not None and are_listed(settings, armature) else ()
    takes.show_markers(scene, record, start or 0.0, settings.markers, track)
    if settings.markers:
        WATCH.start()


def frame_seconds(scene: bpy.types.Scene, armature: bpy.types.Object) -> float:
    """The current frame in seconds from the start of the take that plays."""
    start = takes.take_start(armature, takes.shown_take(armature)) or 0.0
    return (scene.frame_current_final - start) / scene.render.fps * scene.render.fps_base


def go_to_seconds(scene: bpy.types.Scene, armature: bpy.types.Object, seconds: float) -> None:
    """Make a time of the take that plays the current frame."""
    start = takes.take_start(armature, takes.shown_take(armature)) or 0.0
    scene.frame_set(round(start + seconds * scene.render.fps / scene.render.fps_base))


def is_listed(scene: bpy.types.Scene, armature: bpy.types.Object) -> bool:
    """Whether the list is that of the take that plays on this rig."""
    return scene.likeness.phones_of == f"{armature[RIG_ID]} {takes.shown_take(armature)}"


def why_no_phones(context: bpy.types.Context) -> str:
    """Why no phone can be edited, in words; empty when one can."""
    armature = rig.find_rig(context)
    if armature is None:
        return NO_AVATAR
    if not len(context.scene.likeness.phones) or not is_listed(context.scene, armature):
        return "List the phones of a take that speaks first."
    return why_no_core() or why_busy()


def start_rebuild(
    operator: bpy.types.Operator, scene: bpy.types.Scene, armature: bpy.types.Object, changes: Sequence[Change]
) -> set[str]:
    """Have the speech performed with the changed phones, and only what is near them put on."""
    room, record = Path(bpy.app.tempdir), changes[-1].record
    try:
        speech = takes.write_speech(armature, scene, record, room / "edit.speech")
    except LikenessError as error:
        return fail(operator, error)
    asked = {"speech": str(speech), "out": str(room / "edit.performance"), "layer": "speech"}
    asked |= recorded_acting(record)
    uid, rig_id = scene.session_uid, armature[RIG_ID]

    def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
        result = results[-1]["performance"]
        with in_scene(uid, result) as there:
            found = find_object(there.scene, RIG_ID, rig_id, result)
            takes.apply_changes(found, Path(result), changes, there.scene)
            refresh_timeline(there.scene, found)
        return "The mouth follows."

    return start_job(operator, operator.bl_label, [jobs.ask("perform", asked)], apply)


def _chosen(operator: bpy.types.Operator, context: bpy.types.Context) -> int:
    """The phone that an operator is told to work on."""
    return operator.index if operator.index >= 0 else context.scene.likeness.phone


class _OnPhone:
    """What the operators on one phone have alike."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_phones(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = rig.find_rig(context)
        try:
            _, record = takes.require_record(armature)
            changes = self.changes(context, armature, record)
        except LikenessError as error:
            return fail(self, error)
        return start_rebuild(self, context.scene, armature, changes) if changes else {"CANCELLED"}


class LIKENESS_OT_edit_phone(_OnPhone, bpy.types.Operator):
    """Let another sound or another viseme stand here, or let it begin at another time"""

    bl_idname = "likeness.edit_phone"
    bl_label = "Edit Phone"

    index: bpy.props.IntProperty(name="Number", min=0, description="Which phone, from 0")
    seconds: bpy.props.FloatProperty(
        name="Begins at", min=0.0, precision=3, description="Seconds from the take's start"
    )
    phone: bpy.props.StringProperty(name="Phone", description="IPA; empty is a pause")
    viseme: VISEME

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        settings = context.scene.likeness
        entry = settings.phones[settings.phone]
        self.index, self.seconds, self.phone, self.viseme = settings.phone, entry.start, entry.phone, entry.viseme
        return context.window_manager.invoke_props_dialog(self)

    def changes(self, context: bpy.types.Context, armature: bpy.types.Object, record: Record) -> list[Change]:
        old = record.phones[self.index] if self.index < len(record.phones) else None
        made = []
        if old is None or (self.phone, self.viseme) != (old.phone, old.viseme):
            own = old is not None and self.phone != old.phone and self.viseme == old.viseme
            made.append(set_phone(record, self.index, self.phone.strip(), "" if own else self.viseme))
        if self.index and old is not None and abs(self.seconds - old.start) > 1e-4:
            made.append(move_boundary(made[-1].record if made else record, self.index, self.seconds))
        return made


class LIKENESS_OT_add_phone(_OnPhone, bpy.types.Operator):
    """Put a phone at the current frame: the one that is there gives its later part for it"""

    bl_idname = "likeness.add_phone"
    bl_label = "Add Phone"

    phone: bpy.props.StringProperty(name="Phone", description="IPA; empty is a pause")
    viseme: VISEME
    seconds: bpy.props.FloatProperty(
        name="Time", default=-1.0, min=-1.0, description="Seconds from the take's start; -1 for the current frame"
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self)

    def changes(self, context: bpy.types.Context, armature: bpy.types.Object, record: Record) -> list[Change]:
        seconds = self.seconds if self.seconds >= 0 else frame_seconds(context.scene, armature)
        return [add_phone(record, seconds, self.phone.strip(), self.viseme)]


class LIKENESS_OT_remove_phone(_OnPhone, bpy.types.Operator):
    """Take the chosen phone out; the one before it lasts for its time too"""

    bl_idname = "likeness.remove_phone"
    bl_label = "Remove Phone"

    index: INDEX

    def changes(self, context: bpy.types.Context, armature: bpy.types.Object, record: Record) -> list[Change]:
        return [remove_phone(record, _chosen(self, context))]


class LIKENESS_OT_nudge_phone(_OnPhone, bpy.types.Operator):
    """Let the chosen phone begin earlier or later"""

    bl_idname = "likeness.nudge_phone"
    bl_label = "Nudge Phone"

    frames: bpy.props.FloatProperty(
        name="Frames", default=1.0, description="By how many frames of the scene; less than 0 is earlier"
    )
    index: INDEX

    def changes(self, context: bpy.types.Context, armature: bpy.types.Object, record: Record) -> list[Change]:
        scene, index = context.scene, _chosen(self, context)
        if index >= len(record.phones):
            raise LikenessError(
                "phone_missing", tell("This take has no phone {number}.", number=index + 1), "Choose one of the list."
            )
        by = self.frames / scene.render.fps * scene.render.fps_base
        return [move_boundary(record, index, record.phones[index].start + by)]


class LIKENESS_OT_apply_markers(_OnPhone, bpy.types.Operator):
    """Take over what was done to the markers on the timeline: moved, renamed, deleted, duplicated"""

    bl_idname = "likeness.apply_markers"
    bl_label = "Move Phones"

    def changes(self, context: bpy.types.Context, armature: bpy.types.Object, record: Record) -> list[Change]:
        start = takes.take_start(armature, takes.shown_take(armature))
        return takes.read_changes(context.scene, record, start)


class LIKENESS_OT_list_phones(bpy.types.Operator):
    """Show the phones and markers of the take that plays"""

    bl_idname = "likeness.list_phones"
    bl_label = "List Phones"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, "" if rig.find_rig(context) is not None else NO_AVATAR)

    def execute(self, context: bpy.types.Context) -> set[str]:
        refresh_timeline(context.scene, rig.find_rig(context))
        return {"FINISHED"}


class LIKENESS_OT_go_to_phone(bpy.types.Operator):
    """Go to the frame at which the chosen phone begins"""

    bl_idname = "likeness.go_to_phone"
    bl_label = "Go to Phone"
    bl_options = {"REGISTER", "UNDO_GROUPED"}
    bl_undo_group = "Frame Change"

    index: INDEX

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_phones(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        phones, index = context.scene.likeness.phones, _chosen(self, context)
        if index >= len(phones):
            return fail(
                self, LikenessError("phone_missing", tell("This take has no phone {number}.", number=index + 1), "")
            )
        go_to_seconds(context.scene, rig.find_rig(context), phones[index].start)
        return {"FINISHED"}


_last_seen: list[tuple[int, str]] = []


def _watch() -> float | None:
    """Take over markers that were moved and have come to rest."""
    global _last_seen
    with contextlib.suppress(ReferenceError, AttributeError, LikenessError):
        scene = bpy.context.scene
        if not scene.likeness.markers:
            return None
        seen = [(marker.frame, marker.name) for marker in scene.timeline_markers]
        is_still, _last_seen = seen == _last_seen, seen
        window = bpy.context.window or next(iter(bpy.context.window_manager.windows), None)
        if not is_still or window is None or len(window.modal_operators):
            return WATCH_SECONDS
        with bpy.context.temp_override(window=window):
            if bpy.ops.likeness.apply_markers.poll() and _has_changed(bpy.context):
                bpy.ops.likeness.apply_markers()
            elif bpy.ops.likeness.apply_feeling_markers.poll() and _have_feelings_moved(bpy.context):
                bpy.ops.likeness.apply_feeling_markers("EXEC_DEFAULT", True)  # True: as an undo step
    return WATCH_SECONDS


def _has_changed(context: bpy.types.Context) -> bool:
    armature = rig.find_rig(context)
    take, record = takes.require_record(armature)
    return bool(takes.read_changes(context.scene, record, takes.take_start(armature, take)))


def _have_feelings_moved(context: bpy.types.Context) -> bool:
    armature, track = rig.find_rig(context), read_track(context.scene.likeness)
    record = shown_record(armature)
    if record is None or "FEELINGS" not in context.scene.likeness.markers:
        return False
    start = takes.take_start(armature, takes.shown_take(armature))
    return takes.read_feeling_markers(context.scene, record, track, start) != track


WATCH = Watch(_watch)

CLASSES = (
    LIKENESS_OT_edit_phone,
    LIKENESS_OT_add_phone,
    LIKENESS_OT_remove_phone,
    LIKENESS_OT_nudge_phone,
    LIKENESS_OT_apply_markers,
    LIKENESS_OT_list_phones,
    LIKENESS_OT_go_to_phone,
)
