# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of takes, for the list: each is the preview of its lowest layer's action, and is saved with it."""

from __future__ import annotations

import time

import bpy
import numpy as np

from .. import rig, takes
from ..engine.scenes import find_object, in_scene
from ..errors import LikenessError
from ..rig.assemble import RIG_ID
from ..rig.pose_assets import PREVIEW_SIZE, set_preview
from ..stage.take_picture import draw_face, draws_in_software, render_face
from ..takes.moment import telling_frame
from ..words import tell
from .job import explain, fail, why_busy
from .review import review_quickly
from .takes import why_no_take

LONGEST = 0.05  # seconds of Blender's time that a picture may cost without being asked for
ICON_SIZE = 32  # pixels of the small picture in a button
SOON = 0.1  # seconds after a take was made
_cost = 0.0  # seconds of the last picture that was drawn without being asked for


def take_icon(armature: bpy.types.Object, take: str) -> int:
    """The icon of a take's picture, 0 where it has none."""
    found = next(iter(takes.take_strips(armature, take).values()), None)
    preview = found.action.preview if found is not None else None
    return preview.icon_id if preview is not None and any(preview.image_size) else 0


class LIKENESS_OT_picture_take(bpy.types.Operator):
    """Take a picture of the take that plays, as it looks at the current frame, for the list of takes"""

    bl_idname = "likeness.picture_take"
    bl_label = "Take Picture"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_take(context) or why_busy())

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = rig.find_rig(context)
        try:
            pixels = None if bpy.app.background else draw_face(context, armature, PREVIEW_SIZE)
            pixels = render_face(armature, PREVIEW_SIZE) if pixels is None else pixels
        except (LikenessError, RuntimeError) as error:
            why = LikenessError("render_failed", tell("No picture could be taken: {error}.", error=error), "")
            return fail(self, error if isinstance(error, LikenessError) else why)
        _hang(armature, takes.shown_take(armature), pixels)
        return {"FINISHED"}


def follow_take(scene: bpy.types.Scene, armature: bpy.types.Object) -> None:
    """After a take was made: its picture, and its card if that is quick. In a window only, and soon, not now."""
    if bpy.app.background:
        return
    uid, rig_id, take = scene.session_uid, armature[RIG_ID], takes.shown_take(armature)

    def follow() -> None:
        try:
            with in_scene(uid, "the take") as there:
                found = find_object(there.scene, RIG_ID, rig_id, "the take")
                if takes.shown_take(found) != take or there.screen is None or there.screen.is_animation_playing:
                    return
                _draw_moment(there, found, take)
                review_quickly(there.scene, found, take)
        except (LikenessError, RuntimeError) as error:
            print(tell("{take} has no picture: {error}", take=take, error=error))

    bpy.app.timers.register(follow, first_interval=SOON)


def _draw_moment(context: bpy.types.Context, armature: bpy.types.Object, take: str) -> None:
    """Draw a take at its telling moment; not where the last one took too long."""
    global _cost
    if _cost > LONGEST or draws_in_software():
        _cost = 0.9 * _cost  # the first one compiles what it draws with: tried again after a while
        return
    scene, frame = context.scene, telling_frame(armature, take)
    before = scene.frame_current, scene.frame_subframe
    begin = time.perf_counter()
    try:
        scene.frame_set(frame)
        pixels = draw_face(context, armature, PREVIEW_SIZE)
    finally:
        scene.frame_set(before[0], subframe=before[1])
    if pixels is not None:
        _hang(armature, take, pixels)
    _cost = time.perf_counter() - begin


def _hang(armature: bpy.types.Object, take: str, pixels: np.ndarray) -> None:
    found = next(iter(takes.take_strips(armature, take).values()))
    set_preview(found.action, pixels)
    preview = found.action.preview
    preview.icon_size = (ICON_SIZE, ICON_SIZE)
    step = PREVIEW_SIZE // ICON_SIZE
    small = np.reshape(pixels, (ICON_SIZE, step, ICON_SIZE, step, 4)).mean(axis=(1, 3))
    preview.icon_pixels_float.foreach_set(small.astype(np.float32).ravel())


CLASSES = (LIKENESS_OT_picture_take,)
