# SPDX-License-Identifier: GPL-3.0-or-later
"""The quality card of the take that plays: measured by the core on what the rig really shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bpy

from .. import rig, takes
from ..engine import jobs
from ..engine.quiet import ask_quietly
from ..engine.scenes import find_object, in_scene
from ..errors import LikenessError
from ..photo.overlay import find_comparison
from ..review.card import forget_looks, take_state, write_card
from ..review.sample import Place, expected_seconds, sample_motion
from ..rig.assemble import RIG_ID
from ..words import tell
from .job import explain, fail, start_job, why_busy, why_no_core
from .takes import why_no_take

QUICK_SECONDS = 0.3  # a take that is looked at in this time is measured at once when it was made


def why_not_review(context: bpy.types.Context) -> str:
    """Why the take cannot be measured now, in words; empty when it can."""
    why = why_no_take(context) or why_busy()
    if not why and find_comparison(context.scene) is not None:
        why = "Leave the comparison with the photo first."
    return why or why_no_core()


class LIKENESS_OT_review_take(bpy.types.Operator):
    """Measure the take as the avatar shows it now, your own keys included: lips, blinks, gaze, motion, sound"""

    bl_idname = "likeness.review_take"
    bl_label = "Measure Take"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_review(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature, scene = rig.find_rig(context), context.scene
        take = takes.shown_take(armature)
        room = Path(bpy.app.tempdir)
        try:
            asked = _prepare(armature, scene, take, room)
        except LikenessError as error:
            return fail(self, error)
        place = _place(scene.session_uid, armature[RIG_ID])
        state, (first, last) = take_state(armature, take), takes.take_span(armature, take)

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            with place() as (_, found):
                _keep(found, take, results[-1], state)
            count = len(results[-1]["warnings"])
            if not count:
                return tell("{take} is measured: no warnings.", take=take)
            if count == 1:
                return tell("{take} is measured: 1 warning.", take=take)
            return tell("{take} is measured: {count} warnings.", take=take, count=count)

        look = jobs.walk(lambda: sample_motion(place, first, last, Path(asked["motion"])))
        return start_job(self, self.bl_label, [look, jobs.ask("review", asked, share=0.5)], apply, undo=False)


class LIKENESS_OT_go_to_warning(bpy.types.Operator):
    """Go to the frame of this warning"""

    bl_idname = "likeness.go_to_warning"
    bl_label = "Go to Warning"
    bl_options = {"REGISTER", "UNDO_GROUPED"}
    bl_undo_group = "Frame Change"

    seconds: bpy.props.FloatProperty(name="Seconds", description="From the take's start")

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_take(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene, armature = context.scene, rig.find_rig(context)
        start = takes.take_start(armature, takes.shown_take(armature))
        scene.frame_set(round(start + self.seconds * scene.render.fps / scene.render.fps_base))
        return {"FINISHED"}


def review_quickly(scene: bpy.types.Scene, armature: bpy.types.Object, take: str) -> bool:
    """Measure a take that was just made, beside all else, if that is done at once; whether it is being done."""
    first, last = takes.take_span(armature, take)
    if why_no_core() or expected_seconds(first, last) > QUICK_SECONDS or find_comparison(scene) is not None:
        return False
    place = _place(scene.session_uid, armature[RIG_ID])
    try:
        asked = _prepare(armature, scene, take, Path(bpy.app.tempdir) / "quick")
        for _ in sample_motion(place, first, last, Path(asked["motion"])):
            pass
    except (LikenessError, OSError):
        return False
    state = take_state(armature, take)

    def then(result: Mapping[str, Any]) -> None:
        try:
            with place() as (_, found):
                _keep(found, take, result, state)
        except LikenessError:
            pass  # the scene or the rig is gone: so is the take

    return ask_quietly("review", asked, then) is not None


def _prepare(armature: bpy.types.Object, scene: bpy.types.Scene, take: str, room: Path) -> dict[str, Any]:
    """What the core is asked: the motion, which is still to be sampled, and the speech where there is one."""
    asked: dict[str, Any] = {"motion": str(room / "review.npz")}
    record = takes.take_record(armature, take)
    if record is not None and record.phones:
        asked["speech"] = str(takes.write_speech(armature, scene, record, room / "review.speech"))
    return asked


def _place(scene_uid: int, rig_id: str) -> Place:
    """Finds scene and rig again, whatever was done meanwhile."""

    @contextmanager
    def found() -> Iterator[tuple[bpy.types.Context, bpy.types.Object]]:
        with in_scene(scene_uid, "the take") as there:
            yield there, find_object(there.scene, RIG_ID, rig_id, "the take")

    return found


def _keep(armature: bpy.types.Object, take: str, result: Mapping[str, Any], state: str) -> None:
    write_card(armature, take, result, state)
    forget_looks()
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()


CLASSES = (LIKENESS_OT_review_take, LIKENESS_OT_go_to_warning)
