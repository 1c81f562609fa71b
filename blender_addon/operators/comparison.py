# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing the avatar with its photo: the view through the photo's camera, the photo over it, the line of the wipe."""

from __future__ import annotations

import contextlib
from pathlib import Path

import bpy
from bpy.app.handlers import persistent

from .. import pins, rig
from ..errors import LikenessError
from ..photo.camera import all_views, look_away, look_through, rig_camera, stand_camera
from ..photo.expression import put_expression_back, show_photo_expression
from ..photo.overlay import (
    COMPARED,
    begin_drawing,
    end_drawing,
    find_comparison,
    load_overlay,
    shown_corners,
)
from ..photo.placement import share_at
from ..photo.source import find_photo, never_had_photo, photo_candidates, remember_photo
from ..rig.assemble import RIG_ID
from ..words import tell
from .job import explain, fail
from .photo import PHOTOS


def why_not_compare(context: bpy.types.Context) -> str:
    """Why the avatar cannot be compared with its photo now, in words; empty when it can."""
    armature = rig.find_rig(context)
    if armature is None:
        return "Build or import an avatar first."
    if find_comparison(context.scene) is not None:
        return "An avatar is being compared already."
    if pins.find_board(context.scene) is not None:
        return "Leave the pins first."
    if never_had_photo(armature):
        return "A synthetic person was made of no photo."
    if rig_camera(armature) is None:
        return "This avatar was built by an older version, which did not keep the photo's camera: build it again."
    if armature.library is not None or armature.data.library is not None:
        return tell("{name} is linked: compare it in its own file.", name=armature.name)
    return ""


def why_no_comparison(context: bpy.types.Context) -> str:
    """Why there is no comparison to work on, in words."""
    return "" if find_comparison(context.scene) is not None else "No avatar is being compared."


class LIKENESS_OT_compare_photo(bpy.types.Operator):
    """Look at the avatar through the camera of its photo, with the photo over it"""

    bl_idname = "likeness.compare_photo"
    bl_label = "Compare with Photo"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_compare(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = rig.find_rig(context)
        try:
            _load(context.scene, armature)
        except LikenessError as error:
            return fail(self, error)
        camera = _make_camera(context.scene, armature)
        if context.scene.likeness.comparison.use_expression:
            show_photo_expression(armature, camera)
        space = context.space_data
        look_through((space,) if space is not None and space.type == "VIEW_3D" else all_views(context), camera)
        begin_drawing()
        return {"FINISHED"}


class LIKENESS_OT_leave_comparison(bpy.types.Operator):
    """Put the photo away; pose and animation of the avatar are as they were"""

    bl_idname = "likeness.leave_comparison"
    bl_label = "Leave"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_comparison(context))

    def execute(self, context: bpy.types.Context) -> set[str]:
        camera = find_comparison(context.scene)
        if camera.parent is not None:
            put_expression_back(camera.parent, camera)
        look_away(all_views(context), COMPARED)
        end_drawing()
        bpy.data.batch_remove([camera, camera.data])
        return {"FINISHED"}


class LIKENESS_OT_find_photo(bpy.types.Operator):
    """Choose the photo that this avatar was built from, where it is no longer where it was"""

    bl_idname = "likeness.find_photo"
    bl_label = "Find Photo"
    bl_options = {"REGISTER", "UNDO"}

    filepath: bpy.props.StringProperty(
        name="Photo", subtype="FILE_PATH", options={"SKIP_SAVE"}, description="The photo's file"
    )
    filter_glob: bpy.props.StringProperty(default=PHOTOS, options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, "" if rig.find_rig(context) is not None else "Build or import an avatar first.")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = rig.find_rig(context)
        path = Path(bpy.path.abspath(self.filepath))
        remember_photo(armature, path)
        try:
            found = find_photo(armature)
        except LikenessError as error:
            return fail(self, error)
        if found != path:
            message = tell(
                "{name} is not the photo that {avatar} was built from.", name=path.name, avatar=armature.name
            )
            return fail(self, LikenessError("photo_other", message, "Choose another."))
        return {"FINISHED"}


class LIKENESS_OT_drag_wipe(bpy.types.Operator):
    """Drag the line between photo and avatar: it follows the mouse until you click; Esc puts it back"""

    bl_idname = "likeness.drag_wipe"
    bl_label = "Drag the Line"

    _before = 0.5

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_comparison(context))

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        look = context.scene.likeness.comparison
        look.kind = "WIPE"
        self._before = look.wipe
        context.window.cursor_modal_set("MOVE_X")
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        look = context.scene.likeness.comparison
        if event.type == "MOUSEMOVE":
            share = _share_under(context, event.mouse_x)
            look.wipe = look.wipe if share is None else share
        elif event.type in ("ESC", "RIGHTMOUSE") and event.value == "PRESS":
            look.wipe = self._before
            return self._end(context, "CANCELLED")
        elif event.type == "LEFTMOUSE" or event.type in ("RET", "NUMPAD_ENTER"):
            return self._end(context, "FINISHED")
        return {"RUNNING_MODAL"}

    def _end(self, context: bpy.types.Context, outcome: str) -> set[str]:
        context.window.cursor_modal_restore()
        return {outcome}


class LIKENESS_GGT_wipe(bpy.types.GizmoGroup):
    """A handle on the line between photo and avatar."""

    bl_label = "Photo Wipe"
    bl_space_type = "VIEW_3D"
    bl_region_type = "WINDOW"
    bl_options = {"PERSISTENT", "SCALE"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.scene.likeness.comparison.kind == "WIPE" and _corners(context) is not None

    def setup(self, context: bpy.types.Context) -> None:
        handle = self.gizmos.new("GIZMO_GT_button_2d")
        handle.target_set_operator("likeness.drag_wipe")
        handle.icon, handle.draw_options = "ARROW_LEFTRIGHT", {"BACKDROP", "OUTLINE"}
        handle.color, handle.alpha = (0.0, 0.0, 0.0), 0.5
        handle.color_highlight, handle.alpha_highlight = (0.8, 0.8, 0.8), 0.6
        handle.scale_basis = 14.0
        self.handle = handle

    def draw_prepare(self, context: bpy.types.Context) -> None:
        corners = _corners(context)
        if corners is not None:
            middle = (corners[:2] + corners[3:1:-1]) / 2  # of the left and of the right edge
            share = context.scene.likeness.comparison.wipe
            place = middle[0] + share * (middle[1] - middle[0])
            self.handle.matrix_basis[0][3], self.handle.matrix_basis[1][3] = place


def _corners(context: bpy.types.Context):
    camera = find_comparison(context.scene)
    armature = camera.parent if camera is not None else None
    return shown_corners(context, armature) if armature is not None else None


def _share_under(context: bpy.types.Context, x: int) -> float | None:
    """Where a column of the window lies in the photo of the view under it."""
    for area in context.window.screen.areas:
        view = area.spaces.active
        if area.type != "VIEW_3D" or view.camera is None or COMPARED not in view.camera:
            continue
        region = next(region for region in area.regions if region.type == "WINDOW")
        with context.temp_override(area=area, region=region, space_data=view, region_data=view.region_3d):
            corners = _corners(bpy.context)
        if corners is not None:
            return share_at(corners, x - region.x)
    return None


def _make_camera(scene: bpy.types.Scene, armature: bpy.types.Object) -> bpy.types.Object:
    name = f"{armature.name} Photo"
    camera = bpy.data.objects.new(name, bpy.data.cameras.new(name))
    camera.parent, camera[COMPARED] = armature, armature[RIG_ID]
    camera.hide_select = True
    scene.collection.objects.link(camera)
    stand_camera(scene, camera, rig_camera(armature))
    return camera


def _load(scene: bpy.types.Scene, armature: bpy.types.Object) -> None:
    """Bring the photo to where it can be drawn. Raises LikenessError as `find_photo` and `load_overlay` do."""
    chosen = scene.likeness.photo
    beside = photo_candidates(armature, Path(bpy.path.abspath("//"))) if bpy.data.filepath else ()
    path = find_photo(armature, *((Path(bpy.path.abspath(chosen)),) if chosen else ()), *beside)
    remember_photo(armature, path)
    if not bpy.app.background:
        load_overlay(armature, path)


@persistent
def _resume(*_: object) -> None:
    """A file that was saved while comparing shows its photo again; else nothing is drawn."""
    end_drawing()
    if bpy.app.background:
        return
    for scene in bpy.data.scenes:
        camera = find_comparison(scene)
        if camera is not None and camera.parent is not None:
            with contextlib.suppress(LikenessError):  # the panel offers to leave, or to find the photo
                _load(scene, camera.parent)
                begin_drawing()


def register() -> None:
    """Resume in files that are opened."""
    bpy.app.handlers.load_post.append(_resume)


def unregister() -> None:
    """Draw nothing any more."""
    end_drawing()
    if _resume in bpy.app.handlers.load_post:  # loading the factory settings has cleared them
        bpy.app.handlers.load_post.remove(_resume)


CLASSES = (
    LIKENESS_OT_compare_photo,
    LIKENESS_OT_leave_comparison,
    LIKENESS_OT_find_photo,
    LIKENESS_OT_drag_wipe,
    LIKENESS_GGT_wipe,
)
