# SPDX-License-Identifier: GPL-3.0-or-later
"""Photo to avatar, and an avatar that is there into the scene."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy

from .. import rig
from ..consent import draw_consent, is_recorded, why_not_consent, write_consent
from ..engine import jobs, paths
from ..engine.pieces import Pieces, beside, run
from ..engine.scenes import each_in_scene
from ..errors import LikenessError
from ..photo.source import photo_candidates, remember_photo
from ..rig.assemble import is_rig
from ..rig.avatar import Avatar
from ..stage.viewport import show_face
from ..words import tell
from .avatar import AVATAR_FOLDER
from .folder import FolderOperator
from .job import explain, fail, start_job, why_busy, why_no_core

SIDES = ("photo_left", "photo_right")
FILES = (*SIDES, "pins")  # what may be given along with a photo
PHOTOS = "*.jpg;*.jpeg;*.png;*.webp;*.bmp;*.tif;*.tiff"
ASIDE = 0.7  # metres between the middles of two avatars in one scene


def why_not_build(context: bpy.types.Context) -> str:
    """What is missing for an avatar, in words; empty when nothing is."""
    settings = context.scene.likeness
    if not settings.photo:
        return "Choose a photo first."
    for named in (settings.photo, *(getattr(settings, name) for name in FILES)):
        if named and not Path(bpy.path.abspath(named)).is_file():
            return tell("There is no file {named}.", named=named)
    return why_no_core() or why_busy()


def build_params(settings: bpy.types.PropertyGroup) -> dict[str, Any]:
    """What the panel asks the core's build_avatar for."""
    photo = Path(bpy.path.abspath(settings.photo))
    name = settings.name or photo.stem
    return {
        "photo": str(photo),
        "out": str(paths.results_folder() / f"{paths.name_result(name)}.avatar"),
        "name": name,
        "face": settings.face if settings.face > 1 else None,  # unasked, the core warns of several
        "consent": write_consent(settings.consent, bpy.path.abspath),
        "texture": int(settings.texture),
        "glasses": settings.glasses,
        **{name: bpy.path.abspath(path) for name in FILES if (path := getattr(settings, name))},
    }


def choose_photo(settings: bpy.types.PropertyGroup, file: str) -> None:
    """Let the next avatar be built from this photo, and be called as it is. Raises LikenessError ``file_missing``."""
    path = Path(bpy.path.abspath(file))
    if not path.is_file():
        raise LikenessError("file_missing", tell("There is no file {path}.", path=path), "Choose another.")
    settings.photo = file
    settings.name = paths.name_result(path.stem)
    settings.face = 1
    for name in FILES:
        setattr(settings, name, "")


class LIKENESS_OT_choose_photo(bpy.types.Operator):
    """Choose the photo to build an avatar from"""

    bl_idname = "likeness.choose_photo"
    bl_label = "Choose Photo"
    bl_options = {"REGISTER", "UNDO"}

    filepath: bpy.props.StringProperty(
        name="Photo", subtype="FILE_PATH", options={"SKIP_SAVE"}, description="The photo of one person"
    )
    filter_glob: bpy.props.StringProperty(default=PHOTOS, options={"HIDDEN"})
    build: bpy.props.BoolProperty(
        name="Build Avatar", options={"SKIP_SAVE"}, description="Ask whose face it is, and build the avatar right away"
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        self.build = True
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            choose_photo(context.scene.likeness, self.filepath)
        except LikenessError as error:
            return fail(self, error)
        if self.build and bpy.ops.likeness.build_avatar.poll():
            bpy.ops.likeness.build_avatar("INVOKE_DEFAULT")
        return {"FINISHED"}


def claim_avatar(params: Mapping[str, Any]) -> str:
    """Where the avatar goes: no avatar of another photo is replaced, and no other Blender goes there."""
    out = Path(params["out"])
    return str(paths.name_avatar(out.parent, out.stem, Path(params["photo"])))


class LIKENESS_OT_add_avatar(bpy.types.Operator):
    """Choose a photo of somebody, and build an avatar from it"""

    bl_idname = "likeness.add_avatar"
    bl_label = "Avatar from Photo"

    filepath: bpy.props.StringProperty(
        name="Photo", subtype="FILE_PATH", options={"SKIP_SAVE"}, description="The photo of one person"
    )
    filter_glob: bpy.props.StringProperty(default=PHOTOS, options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_core() or why_busy())

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        how = "EXEC_DEFAULT" if bpy.app.background else "INVOKE_DEFAULT"
        try:
            bpy.ops.likeness.choose_photo("EXEC_DEFAULT", True, filepath=self.filepath)
            bpy.ops.likeness.build_avatar(how)
        except RuntimeError as error:  # what one of them has said
            self.report({"ERROR"}, str(error).removeprefix("Error: ").strip())
            return {"CANCELLED"}
        return {"FINISHED"}


class LIKENESS_OT_build_avatar(bpy.types.Operator):
    """Build an avatar from the photo and put it into the scene"""

    bl_idname = "likeness.build_avatar"
    bl_label = "Build Avatar"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_not_build(context))

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Asks once whose face it is, where that was not recorded."""
        if is_recorded(context.scene.likeness.consent):
            return self.execute(context)
        return context.window_manager.invoke_props_dialog(
            self, width=400, title="Whose face is it?", confirm_text="Build Avatar"
        )

    def draw(self, context: bpy.types.Context) -> None:
        draw_consent(self.layout, context.scene.likeness.consent)

    def execute(self, context: bpy.types.Context) -> set[str]:
        missing = why_not_consent(context.scene.likeness.consent)
        if missing:
            return fail(self, LikenessError("consent_incomplete", missing, ""))
        params = build_params(context.scene.likeness)
        params["out"] = claim_avatar(params)
        scene = context.scene.session_uid

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> Pieces[str]:
            folder = results[-1]["avatar"]
            avatar = yield from beside(lambda: rig.read_avatar(Path(folder)))
            putting = put_avatar(avatar, bpy.context, Path(params["photo"]))
            armature = yield from each_in_scene(scene, folder, putting)
            return tell("{name} is in the scene.", name=armature.name)

        return start_job(self, self.bl_label, [jobs.ask("build_avatar", params)], apply)


class LIKENESS_OT_import_avatar(FolderOperator, bpy.types.Operator):
    """Put an avatar that was built before into the scene: a folder NAME.avatar"""

    bl_idname = "likeness.import_avatar"
    bl_label = "Import Avatar"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        try:
            avatar = rig.read_avatar(Path(bpy.path.abspath(self.directory)))
            armature = run(put_avatar(avatar, context))
        except LikenessError as error:
            return fail(self, error)
        self.report({"INFO"}, tell("{name} is in the scene.", name=armature.name))
        return {"FINISHED"}


def put_avatar(avatar: Avatar, context: bpy.types.Context, photo: Path | None = None) -> Pieces[bpy.types.Object]:
    """Put an avatar beside those that are there, in pieces, and make it the active object with the last one.

    photo: what it was built from; it may also lie beside the folder. Only where it lies is kept.
    """
    armature = yield from rig.make_rig(avatar, context)
    armature[AVATAR_FOLDER] = str(avatar.folder)
    candidates = photo_candidates(armature, avatar.folder.parent)
    remember_photo(armature, *candidates, *((photo,) if photo is not None else ()))
    count = sum(is_rig(obj) for obj in context.scene.objects) - 1
    armature.location.x = count * ASIDE
    for obj in context.view_layer.objects.selected:
        obj.select_set(False)
    armature.select_set(True)
    context.view_layer.objects.active = armature
    show_face(context, armature)
    return armature


CLASSES = (LIKENESS_OT_choose_photo, LIKENESS_OT_add_avatar, LIKENESS_OT_build_avatar, LIKENESS_OT_import_avatar)
