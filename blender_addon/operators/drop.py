# SPDX-License-Identifier: GPL-3.0-or-later
"""A photo or a sound file dropped into a 3D View.

Blender has handlers of its own for pictures there (an image empty, a camera's background): it then asks by a menu which
one is meant. For sounds ours is the only one.
"""

from __future__ import annotations

from collections.abc import Callable

import bpy

from ..consent import draw_consent, why_not_consent
from ..errors import LikenessError
from .job import explain, fail, why_busy
from .photo import PHOTOS, choose_photo, why_not_build
from .speak import SOUNDS, choose_recording, why_not_record


class _Dropped:
    """A file that was dropped, or is named in a call from Python."""

    bl_options = {"UNDO", "INTERNAL"}

    filepath: bpy.props.StringProperty(
        name="File", subtype="FILE_PATH", options={"SKIP_SAVE"}, description="The file that was dropped"
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_busy())

    def go_on(self, missing: str, operator: Callable[[], object]) -> set[str]:
        """Do what the file was dropped for; where something is missing it has been chosen all the same."""
        if missing:
            self.report({"WARNING"}, missing)
            return {"FINISHED"}
        try:
            operator()
        except RuntimeError as error:  # what the other operator reported
            self.report({"ERROR"}, str(error).removeprefix("Error: ").strip())
        return {"FINISHED"}


class LIKENESS_OT_drop_photo(_Dropped, bpy.types.Operator):
    """Choose this photo, and build an avatar from it"""

    bl_idname = "likeness.drop_photo"
    bl_label = "Avatar from Photo"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Asks whose face it is, as Build Avatar does."""
        return self._build(context, "INVOKE_DEFAULT")

    def execute(self, context: bpy.types.Context) -> set[str]:
        return self._build(context, "EXEC_DEFAULT")

    def _build(self, context: bpy.types.Context, how: str) -> set[str]:
        try:
            choose_photo(context.scene.likeness, self.filepath)
        except LikenessError as error:
            return fail(self, error)
        missing = why_not_build(context)
        return self.go_on(missing, lambda: bpy.ops.likeness.build_avatar(how))


class LIKENESS_OT_drop_sound(_Dropped, bpy.types.Operator):
    """Choose this recording, and let the avatar speak with it"""

    bl_idname = "likeness.drop_sound"
    bl_label = "Speak with Recording"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Asks whose voice it is, where there is an avatar to speak with it."""
        try:
            choose_recording(context.scene.likeness, self.filepath)
        except LikenessError as error:
            return fail(self, error)
        missing = why_not_record(context)
        if missing:
            self.report({"WARNING"}, missing)
            return {"FINISHED"}
        return context.window_manager.invoke_props_dialog(
            self, width=400, title="Whose voice is it?", confirm_text="Speak with Recording"
        )

    def draw(self, context: bpy.types.Context) -> None:
        draw_consent(self.layout, context.scene.likeness.recording_consent)

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.likeness
        try:
            choose_recording(settings, self.filepath)
        except LikenessError as error:
            return fail(self, error)
        missing = why_not_consent(settings.recording_consent)
        if missing:
            return fail(self, LikenessError("consent_incomplete", missing, ""))
        missing = why_not_record(context)
        return self.go_on(missing, bpy.ops.likeness.perform_recording)


class _OverView:
    """Where files may be dropped."""

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        return context.area is not None and context.area.type == "VIEW_3D"


class LIKENESS_FH_photo(_OverView, bpy.types.FileHandler):
    """Pictures."""

    bl_idname = "LIKENESS_FH_photo"
    bl_label = "Avatar from Photo"
    bl_import_operator = LIKENESS_OT_drop_photo.bl_idname
    bl_file_extensions = PHOTOS.replace("*", "")


class LIKENESS_FH_sound(_OverView, bpy.types.FileHandler):
    """Recordings of speech."""

    bl_idname = "LIKENESS_FH_sound"
    bl_label = "Speak with Recording"
    bl_import_operator = LIKENESS_OT_drop_sound.bl_idname
    bl_file_extensions = SOUNDS


CLASSES = (LIKENESS_OT_drop_photo, LIKENESS_OT_drop_sound, LIKENESS_FH_photo, LIKENESS_FH_sound)
