# SPDX-License-Identifier: GPL-3.0-or-later
"""Avatars in asset libraries, and avatars that came from one."""

from __future__ import annotations

from pathlib import Path

import bpy

from .. import rig
from ..engine import paths
from ..errors import LikenessError
from ..rig.avatar_asset import (
    CATALOG,
    PREVIEW_SIZE,
    Words,
    instanced_avatar,
    library_root,
    make_editable,
    mark_avatar,
    save_avatar,
    told_consent,
)
from ..rig.catalogs import CATALOG_FILE, add_catalogs
from ..rig.looking import avatar_of, on_its_own
from ..rig.manual import set_aside
from ..stage.pose_pictures import take_pictures
from ..words import join, tell
from .appended import separate
from .job import explain, fail, why_busy


def why_no_asset(context: bpy.types.Context) -> str:
    """Why no avatar can be put into a library, in words; empty when one can."""
    armature = rig.find_rig(context)
    if armature is None:
        return "Select the avatar to work on, or build or import one."
    if armature.library is not None or armature.override_library is not None:
        return tell("{name} is linked: it is an asset of the file that it comes from.", name=armature.name)
    return why_busy()


def to_edit(context: bpy.types.Context) -> bpy.types.Object | None:
    """The instance of an avatar, or the linked avatar, that is selected and cannot be worked on yet."""
    active = context.view_layer.objects.active
    if instanced_avatar(active) is not None:
        return active
    armature = avatar_of(active) or rig.find_rig(context)
    return armature if armature is not None and armature.library is not None else None


def library_folders(context: bpy.types.Context) -> dict[str, Path]:
    """The asset libraries of the preferences: name -> folder; those that are there before those that are not."""
    folders = {library.name: Path(library.path) for library in context.preferences.filepaths.asset_libraries}
    return dict(sorted(folders.items(), key=lambda item: not item[1].is_dir()))


def draw_picture(operator: bpy.types.Operator, armature: bpy.types.Object):
    """The avatar at rest, its head framed; None, with a warning, where this computer draws nothing."""
    try:
        with on_its_own(armature), set_aside(armature):
            ((_, pixels),) = take_pictures(armature, {armature.name: lambda: None}, PREVIEW_SIZE, head=True)
        return pixels
    except (LikenessError, RuntimeError) as error:
        operator.report({"WARNING"}, tell("The avatar has no picture: {error}", error=error))
        return None


class WordsOperator:
    """Asks for what the asset browser tells of the avatar."""

    bl_options = {"REGISTER", "UNDO"}

    author: bpy.props.StringProperty(name="Author", description="Who made this avatar")
    description: bpy.props.StringProperty(
        name="Description", description="In a sentence; whose likeness it is, and on what basis, is added to it"
    )
    licence: bpy.props.StringProperty(name="Licence", description="Under which it may be used, such as CC BY 4.0")
    tags: bpy.props.StringProperty(name="Tags", description="More words to find it by, separated by commas")

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_asset(context))

    @property
    def words(self) -> Words:
        """As they were typed."""
        tags = [tag.strip() for tag in self.tags.split(",")]
        return Words(self.author.strip(), self.description.strip(), self.licence.strip(), [*filter(None, tags)])

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self, width=400)

    def draw_words(self, context: bpy.types.Context) -> None:
        column = self.layout.column()
        column.use_property_split = True
        for name in ("author", "description", "licence", "tags"):
            column.prop(self, name)
        column.label(text=told_consent(rig.find_rig(context)), icon="INFO")


class LIKENESS_OT_mark_avatar(WordsOperator, bpy.types.Operator):
    """Put the avatar with a picture into the asset browser, as an asset of this file"""

    bl_idname = "likeness.mark_avatar"
    bl_label = "Mark as Asset"

    def draw(self, context: bpy.types.Context) -> None:
        self.draw_words(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature = rig.find_rig(context)
        try:
            mark_avatar(armature, self.words, draw_picture(self, armature))
            told = tell("{name} is an asset of this file.", name=armature.name)
            if not bpy.data.filepath:
                told = join(told, "Save the file: it is an asset for others once it lies in an asset library.")
            elif add_catalogs(library_root(Path(bpy.data.filepath), library_folders(context).values()), [CATALOG]):
                told = join(told, tell("Its catalog is in {file}; open the file again to see it.", file=CATALOG_FILE))
        except LikenessError as error:
            return fail(self, error)
        except OSError as error:
            self.report({"WARNING"}, tell("The catalog could not be written: {error}.", error=error))
        self.report({"INFO"}, told)
        return {"FINISHED"}


class LIKENESS_OT_save_to_library(WordsOperator, bpy.types.Operator):
    """Write the avatar as a file of its own into an asset library; this file stays as it is"""

    bl_idname = "likeness.save_to_library"
    bl_label = "Save to Library"
    bl_options = {"REGISTER"}  # this file stays as it is: nothing is to be undone

    library: bpy.props.StringProperty(name="Library", description="Name of an asset library of the preferences")
    name: bpy.props.StringProperty(name="Name", description="Of the file, without .blend; empty for the avatar's")
    replace: bpy.props.BoolProperty(
        name="Replace", options={"SKIP_SAVE"}, description="Replace a file of this name that is in the library already"
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        missing = "" if library_folders(context) else "Add an asset library first, in the preferences, File Paths."
        return explain(cls, why_no_asset(context) or missing)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if self.library not in library_folders(context):
            self.library = next(iter(library_folders(context)))
        self.name = self.name or paths.name_result(rig.find_rig(context).name)
        return super().invoke(context, event)

    def draw(self, context: bpy.types.Context) -> None:
        column = self.layout.column()
        column.use_property_split = True
        column.prop_search(self, "library", context.preferences.filepaths, "asset_libraries")
        column.prop(self, "name")
        folder = library_folders(context).get(self.library)
        if folder is not None and (folder / f"{self.name}.blend").exists():
            column.prop(self, "replace")
        self.draw_words(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        armature, folders = rig.find_rig(context), library_folders(context)
        folder = folders.get(self.library) if self.library else next(iter(folders.values()))
        name = paths.name_result(self.name or armature.name)
        try:
            if folder is None:
                raise LikenessError(
                    "library_missing",
                    tell("There is no asset library {library}.", library=self.library),
                    "Choose one of the preferences.",
                )
            path = save_avatar(armature, folder, name, self.words, draw_picture(self, armature), self.replace)
        except LikenessError as error:
            return fail(self, error)
        self.report({"INFO"}, tell("{name} is in the library: {path}.", name=armature.name, path=path))
        return {"FINISHED"}


class LIKENESS_OT_make_editable(bpy.types.Operator):
    """Turn an avatar from a library into one that speaks and is posed here: linked ones become overrides"""

    bl_idname = "likeness.make_editable"
    bl_label = "Make Editable"
    bl_options = {"REGISTER", "UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        missing = "" if to_edit(context) is not None else "Select an avatar that is linked or instanced."
        return explain(cls, missing or why_busy())

    def execute(self, context: bpy.types.Context) -> set[str]:
        if context.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        try:
            armature = make_editable(to_edit(context), context.scene, context.view_layer)
        except (LikenessError, RuntimeError) as error:
            told = error if isinstance(error, LikenessError) else None
            return fail(
                self, told or LikenessError("override_failed", tell("Blender refuses: {error}", error=error), "")
            )
        separate()
        for obj in context.view_layer.objects.selected:
            obj.select_set(False)
        armature.select_set(True)
        context.view_layer.objects.active = armature
        self.report({"INFO"}, tell("{name} can be worked on.", name=armature.name))
        return {"FINISHED"}


CLASSES = (LIKENESS_OT_mark_avatar, LIKENESS_OT_save_to_library, LIKENESS_OT_make_editable)
