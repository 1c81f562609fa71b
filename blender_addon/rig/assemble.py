# SPDX-License-Identifier: GPL-3.0-or-later
"""Putting a whole rig together, and finding it again."""

from __future__ import annotations

import json
from pathlib import Path

import bpy

from ..engine.pieces import Pieces, run
from ..errors import LikenessError
from .armature import make_armature
from .avatar import Avatar, Part, read_avatar
from .controls import SLIDERS, add_channels, add_slider, follow_delight
from .handles import control_bones, equip
from .keys import add_keys, drive_keys
from .made import HALF_MADE, make_whole
from .materials import make_materials
from .mesh import add_weights, hang, make_mesh
from .mixing import MIXER, add_sums, drive_sums, summed_channels
from .version import KEY, VERSION, require_known

# Custom properties: the avatar that an object shows, and the one rig in this file that it belongs to.
AVATAR_ID = "likeness_avatar_id"
RIG_ID = "likeness_rig_id"
PART = "likeness_part"
# On the armature its parts, on a part its shape keys, as they were made: so that one sees what somebody removed.
PARTS = "likeness_parts"
KEYS = "likeness_keys"
# Entries of avatar.json that the armature carries along as JSON, so that a file says what made it.
RECORDS = ("generator", "photo", "consent", "scores", "settings", "warnings", "camera", "photo_expression")
PHOTO_PATH = "likeness_photo_path"  # where the photo lay when the avatar was built, or was found since

# Avatar's id -> the folder that it was read from while Blender runs: a path of this machine is nothing for a file.
FOLDERS: dict[str, Path] = {}


def import_avatar(folder: Path, context: bpy.types.Context | None = None) -> bpy.types.Object:
    """Make a rig of ``NAME.avatar/`` in the current scene and return its armature object.

    The folder is checked before anything is made; what a failure leaves is removed again. A second import
    of the same avatar is a rig of its own.

    Raises LikenessError: those of `read_avatar`, and ``driver_not_simple``.
    """
    return run(make_rig(read_avatar(Path(folder)), context or bpy.context))


def make_rig(avatar: Avatar, context: bpy.types.Context) -> Pieces[bpy.types.Object]:
    """`import_avatar` in pieces, of a folder that was read; the scene has nothing of it before the last one.

    Closed before its end it leaves nothing behind. context: of the moment, it is looked at in every piece.
    """
    return make_whole(_assemble(avatar, context))


def find_rig(context: bpy.types.Context) -> bpy.types.Object | None:
    """The armature of the rig in hand: what the active object hangs on, else the only one in the scene, else None."""
    candidate = context.view_layer.objects.active
    while candidate is not None:
        if is_rig(candidate):
            return candidate
        candidate = candidate.parent
    rigs = [obj for obj in context.scene.objects if is_rig(obj)]
    return rigs[0] if len(rigs) == 1 else None


def is_rig(obj: bpy.types.Object) -> bool:
    """Whether an object is the armature of an imported avatar."""
    return obj.type == "ARMATURE" and AVATAR_ID in obj


def rig_parts(armature: bpy.types.Object) -> dict[str, bpy.types.Object]:
    """The meshes of a rig by their names in the avatar (``head``, ``eyes``, ...)."""
    return {child[PART]: child for child in armature.children if PART in child}


def _assemble(avatar: Avatar, context: bpy.types.Context) -> Pieces[bpy.types.Object]:
    collection = bpy.data.collections.new(avatar.name)
    collection[HALF_MADE] = True
    scene = context.scene.collection.children
    scene.link(collection)  # only edit mode makes bones, and only for an object that is seen
    armature = make_armature(avatar.name, avatar.bones, control_bones(avatar.bones), collection, context.view_layer)
    scene.unlink(collection)
    _sign(armature, avatar)
    yield
    add_channels(armature, avatar.channels)
    for slider in SLIDERS:
        add_slider(armature, slider)
    yield
    materials = yield from make_materials(avatar.materials, avatar.parts, armature.name)
    objects = {}
    for part in avatar.parts:
        objects[part.name] = obj = yield from _make_part(avatar, part, armature, materials)
        collection.objects.link(obj)
    yield from _drive(avatar, armature, objects)
    del collection[HALF_MADE]
    context.scene.collection.children.link(collection)
    armature.update_tag()
    context.view_layer.update()
    return armature


def _drive(avatar: Avatar, armature: bpy.types.Object, objects: dict[str, bpy.types.Object]) -> Pieces[None]:
    """Let bones and keys follow; no scene has evaluated anything yet, so no driver misses its property."""
    sums = summed_channels(armature) if MIXER in objects else []
    if sums:
        add_sums(objects[MIXER], sums)
    equip(armature)
    yield
    if sums:
        drive_sums(objects[MIXER], armature, sums)
        yield
    sources = {channel.name: armature for channel in avatar.channels} | {name: objects[MIXER] for name in sums}
    for part in avatar.parts:
        drive_keys(objects[part.name], avatar.drivers, sources)
        if any("light" in avatar.materials[material].maps for material in part.materials):
            follow_delight(objects[part.name], armature)
        yield


def _make_part(
    avatar: Avatar, part: Part, armature: bpy.types.Object, materials: dict[str, bpy.types.Material]
) -> Pieces[bpy.types.Object]:
    name = f"{armature.name} {part.name}"
    obj = bpy.data.objects.new(name, (yield from make_mesh(part, name)))
    for material in part.materials:
        obj.data.materials.append(materials[material])
    add_keys(obj, part)
    yield
    yield from add_weights(obj, part, avatar.bones)
    hang(obj, armature, part, avatar.bones)
    obj[PART], obj[KEYS] = part.name, " ".join(part.keys)
    obj[AVATAR_ID], obj[RIG_ID] = avatar.id, armature[RIG_ID]
    obj.property_overridable_library_set(f'["{RIG_ID}"]', True)
    if all(avatar.materials[material].kind == "cornea" for material in part.materials):
        obj.visible_shadow = False  # clear glass over the iris: its shadow would only blacken the eye
    return obj


def _sign(armature: bpy.types.Object, avatar: Avatar) -> None:
    """Write on the armature what made it."""
    armature[AVATAR_ID], armature[RIG_ID] = avatar.id, free_rig_id(avatar.id)
    armature.property_overridable_library_set(f'["{RIG_ID}"]', True)  # two overrides of one library are two rigs
    armature[KEY] = VERSION
    FOLDERS[avatar.id] = Path(avatar.folder)
    armature[PARTS] = " ".join(part.name for part in avatar.parts)
    for record in RECORDS:
        if record in avatar.description:
            armature[f"likeness_{record}"] = json.dumps(avatar.description[record], sort_keys=True)


def free_rig_id(avatar_id: str) -> str:
    """An identifier that no rig of this file has."""
    taken = {obj[RIG_ID] for obj in bpy.data.objects if RIG_ID in obj}
    return next(f"{avatar_id}-{n}" for n in range(1, len(taken) + 2) if f"{avatar_id}-{n}" not in taken)


def check_rig(armature: bpy.types.Object | None) -> bpy.types.Object:
    """The rig itself, or LikenessError ``rig_missing`` where there is none, ``too_new`` where it is a later one's."""
    if armature is None or not is_rig(armature):
        raise LikenessError(
            "rig_missing", "There is no avatar in this scene to work on.", "Import an avatar, or select one."
        )
    require_known(armature)
    return armature
