# SPDX-License-Identifier: GPL-3.0-or-later
"""Correcting the fit by pins: the board up, the head after every drag, the avatar rebuilt, the board down."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy

from .. import pins, rig
from ..engine import jobs
from ..engine.pieces import Pieces, beside
from ..engine.scenes import each_in_scene, find_object, in_scene
from ..errors import LikenessError
from ..photo.camera import all_views, look_away, look_through
from ..photo.overlay import find_comparison
from ..pins.board import BOARD, PHOTO, board_camera, board_rig, fitted_places
from ..pins.preview import begin_preview, end_preview
from ..rig.assemble import RIG_ID
from ..rig.avatar import Avatar
from ..rig.replace import replace_rig
from ..words import tell
from .job import NO_AVATAR, explain, fail, start_job, why_busy
from .photo import SIDES, build_params, claim_avatar, put_avatar, why_not_build
from .watch import WATCH_SECONDS, Watch

REFIT = "Fit to Pins"


def why_not_enter(context: bpy.types.Context) -> str:
    """Why no pins can be set now, in words; empty when they can."""
    if pins.find_board(context.scene) is not None:
        return "Pins are being set already."
    if rig.find_rig(context) is None:
        return NO_AVATAR
    if find_comparison(context.scene) is not None:
        return "Leave the comparison with the photo first."
    return why_not_build(context)


def why_no_board(context: bpy.types.Context) -> str:
    """Why there is nothing to do with pins, in words."""
    return "" if pins.find_board(context.scene) is not None else "No pins are being set."


class LIKENESS_OT_enter_pins(bpy.types.Operator):
    """Show the photo before the avatar, with a pin at every landmark that can be set by hand"""

    bl_idname = "likeness.enter_pins"
    bl_label = "Correct by Pins"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_enter(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = rig.find_rig(context)
        try:
            sha256 = _require_photo(context.scene.likeness, armature)
        except LikenessError as error:
            return fail(self, error)
        known = {
            int(pin["landmark"]): (pin["x"], pin["y"])
            for pin in json.loads(armature.get("likeness_settings", "{}")).get("pins", ())
        }
        step = _ask_refit(context.scene.likeness, sha256, known, picture=True)
        scene, rig_id = context.scene.session_uid, armature[RIG_ID]

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
            (result,) = results
            with in_scene(scene, result["refit"]) as there:
                found = find_object(there.scene, RIG_ID, rig_id, result["refit"])
                refit = pins.read_refit(Path(result["refit"]))
                photo = pins.make_board(there.scene, found, refit)
                there.view_layer.update()
                try:
                    begin_preview(found, refit)
                except LikenessError:
                    pins.leave_board(there.scene)
                    raise
                look_through(all_views(there), board_camera(photo))
            WATCH.start()
            return "Drag the pins that lie wrong; the head follows."

        return start_job(self, self.bl_label, [step], apply)


class LIKENESS_OT_refit_avatar(bpy.types.Operator):
    """Fit the head to the pins as they lie now; with a window this happens by itself after every drag"""

    bl_idname = "likeness.refit_avatar"
    bl_label = REFIT

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_board(context) or why_busy())

    def execute(self, context: bpy.types.Context) -> set[str]:
        return start_job(self, REFIT, *_refit_job(context.scene), undo=False)


class LIKENESS_OT_reset_pins(bpy.types.Operator):
    """Take the selected pins, or all where none is selected, back to where the photo was read"""

    bl_idname = "likeness.reset_pins"
    bl_label = "Reset Pins"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_board(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        photo = pins.find_board(context.scene)
        chosen = [obj for obj in context.view_layer.objects.selected if obj.parent == photo]
        pins.reset_pins(photo, chosen or None)
        return {"FINISHED"}


class LIKENESS_OT_apply_pins(bpy.types.Operator):
    """Save the pins and build the avatar again with them, in the place of this one"""

    bl_idname = "likeness.apply_pins"
    bl_label = "Rebuild with Pins"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_board(context) or why_not_build(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        scene, settings = context.scene, context.scene.likeness
        photo = pins.find_board(scene)
        params = build_params(settings)
        params["out"] = claim_avatar(params)
        path = Path(params["out"]).with_suffix(".pins.json")
        places = pins.pinned_places(photo)
        try:
            pins.write_pins(path, photo[PHOTO], places)
        except OSError as error:
            message = tell("The pins cannot be saved: {reason}.", reason=error.strerror)
            return fail(self, LikenessError("output_unwritable", message, "Save the file somewhere else."))
        settings.pins = str(path) if places else ""
        params["pins"] = str(path)
        uid, rig_id = scene.session_uid, photo[BOARD]

        def find_old(context: bpy.types.Context, folder: str) -> bpy.types.Object:
            return find_object(context.scene, RIG_ID, rig_id, folder)

        def replace(avatar: Avatar, folder: str) -> Pieces[str]:
            new = yield from put_avatar(avatar, bpy.context, Path(params["photo"]))
            old = find_old(bpy.context, folder)
            _leave(bpy.context)
            made = replace_rig(old, new)
            bpy.context.view_layer.objects.active = made
            return tell("{name} was built again with {count}.", name=made.name, count=_count(places))

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> Pieces[str]:
            folder = results[-1]["avatar"]
            avatar = yield from beside(lambda: rig.read_avatar(Path(folder)))
            pieces = replace(avatar, folder)
            return (yield from each_in_scene(uid, folder, pieces, lambda there: find_old(there, folder)))

        return start_job(self, self.bl_label, [jobs.ask("build_avatar", params)], apply)


class LIKENESS_OT_leave_pins(bpy.types.Operator):
    """Put pins and photo away; the avatar is as it was before"""

    bl_idname = "likeness.leave_pins"
    bl_label = "Leave"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_board(context) or why_busy())

    def execute(self, context: bpy.types.Context) -> set[str]:
        _leave(context)
        return {"FINISHED"}


_seen: dict[int, tuple[float, float]] = {}  # where the pins were at the last look
_tried: dict[int, tuple[float, float]] = {}  # what was fitted to last


def _watch() -> float | None:
    global _seen, _tried
    scene = next((scene for scene in bpy.data.scenes if pins.find_board(scene) is not None), None)
    if scene is None:
        return None
    photo = pins.find_board(scene)
    places = pins.pinned_places(photo)
    at_rest, _seen = places == _seen, places
    is_hopeless = places == _tried and _has_failed()
    if at_rest and places != fitted_places(photo) and not is_hopeless and not jobs.is_running():
        _tried = places
        with contextlib.suppress(LikenessError):  # the panel tells it
            jobs.start(REFIT, *_refit_job(scene), undo=False)
    return WATCH_SECONDS


def _has_failed() -> bool:
    job = jobs.current()
    return job is not None and job.title == REFIT and job.state in ("failed", "cancelled")


def _refit_job(scene: bpy.types.Scene) -> tuple[list[jobs.Step], jobs.Apply]:
    photo = pins.find_board(scene)
    places = pins.pinned_places(photo)
    uid, rig_id = scene.session_uid, photo[BOARD]

    def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> str:
        (result,) = results
        with in_scene(uid, result["refit"]) as there:
            board = pins.find_board(there.scene)
            if board is None:
                return "Pins are no longer being set."
            armature = find_object(there.scene, RIG_ID, rig_id, result["refit"])
            pins.show_refit(there.scene, armature, board, pins.read_refit(Path(result["refit"])), places)
            there.view_layer.update()
        return tell("The head follows {count}.", count=_count(places))

    return [_ask_refit(scene.likeness, photo[PHOTO], places)], apply


def _ask_refit(settings: bpy.types.PropertyGroup, sha256: str, places: pins.Places, picture: bool = False) -> jobs.Step:
    room = Path(bpy.app.tempdir)
    asked = {name: value for name, value in build_params(settings).items() if name in ("photo", "face", *SIDES)}
    asked |= {"out": str(room / "pins.refit"), "picture": picture}
    if places:
        asked["pins"] = str(pins.write_pins(room / "pins.json", sha256, places))
    return jobs.ask("refit_avatar", asked)


def _require_photo(settings: bpy.types.PropertyGroup, armature: bpy.types.Object) -> str:
    """sha256 of the chosen photo, which has to be the avatar's own. Raises LikenessError ``photo_other``."""
    photo = Path(bpy.path.abspath(settings.photo))
    sha256 = hashlib.sha256(photo.read_bytes()).hexdigest()
    record = json.loads(armature.get("likeness_photo", "{}"))
    if record.get("sha256") != sha256:
        raise LikenessError(
            "photo_other",
            tell(
                "{name} was built from {other}, not from {photo}.",
                name=armature.name,
                other=record.get("file", tell("another photo")),
                photo=photo.name,
            ),
            "Choose that photo in the Photo panel.",
        )
    return sha256


def _leave(context: bpy.types.Context) -> None:
    photo = pins.find_board(context.scene)
    armature = board_rig(context.scene, photo) if photo is not None else None
    if armature is not None:
        end_preview(armature)
        context.view_layer.objects.active = armature
    look_away(all_views(context), BOARD)
    pins.leave_board(context.scene)


def _count(places: Mapping[int, Any]) -> str:
    if not places:
        return tell("no pins")
    return tell("one pin") if len(places) == 1 else tell("{count} pins", count=len(places))


# Fits the head whenever the pins have come to rest somewhere else, as long as a board is up.
WATCH = Watch(_watch)

CLASSES = (
    LIKENESS_OT_enter_pins,
    LIKENESS_OT_refit_avatar,
    LIKENESS_OT_reset_pins,
    LIKENESS_OT_apply_pins,
    LIKENESS_OT_leave_pins,
)
