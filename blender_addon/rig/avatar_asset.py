# SPDX-License-Identifier: GPL-3.0-or-later
"""An avatar as an asset: its collection, with a picture, words and a catalog; and back to a rig that can be worked on.

A collection, because dragging one brings armature and meshes; what they use, shapes of bones included, comes along.
All pictures are packed, so the .blend is all that is needed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy
from mathutils import Matrix

from ..consent import tell_consent
from ..errors import LikenessError
from ..words import tell
from .assemble import is_rig
from .catalogs import add_catalogs, catalog_id
from .looking import on_its_own
from .pose_assets import set_preview

CATALOG = "Likeness/Avatars"
TAGS = ("likeness", "avatar")
PREVIEW_SIZE = 256  # pixels
SYNTHETIC = "A synthetic likeness, made from a photo."


@dataclass(frozen=True)
class Words:
    """What the asset browser tells of an avatar beside its consent."""

    author: str = ""
    description: str = ""
    licence: str = ""
    tags: Sequence[str] = ()


def mark_avatar(armature: bpy.types.Object, words: Words, pixels: Iterable[float] | None) -> bpy.types.Collection:
    """Make the avatar's collection an asset of this file; one that is gets other words and another picture.

    pixels: RGBA of PREVIEW_SIZE squared, rows from the bottom; None leaves it without. Raises LikenessError
    ``rig_linked``.
    """
    if armature.library is not None or armature.override_library is not None:
        raise LikenessError(
            "rig_linked",
            tell("{name} is linked from another file.", name=armature.name),
            "Mark it as an asset in that file.",
        )
    collection = own_collection(armature)
    collection.instance_offset = armature.matrix_world.translation
    collection.asset_mark()
    data = collection.asset_data
    data.catalog_id, data.author, data.license = catalog_id(CATALOG), words.author, words.licence
    data.description = " ".join(filter(None, (words.description, SYNTHETIC, told_consent(armature))))
    for tag in list(data.tags):
        data.tags.remove(tag)
    for name in (*TAGS, *words.tags):
        data.tags.new(name, skip_if_exists=True)
    if pixels is not None:
        set_preview(collection, pixels, PREVIEW_SIZE)
    return collection


def told_consent(armature: bpy.types.Object) -> str:
    """Who agreed to this likeness, in a sentence."""
    try:
        record = json.loads(armature.get("likeness_consent", "{}"))
    except (TypeError, ValueError):
        record = {}
    return "Consent: " + tell_consent(record if isinstance(record, dict) else {})


def own_collection(armature: bpy.types.Object) -> bpy.types.Collection:
    """The collection that holds the avatar and nothing else, made where there is none."""
    family = {armature, *armature.children_recursive}
    for collection in armature.users_collection:
        if collection in bpy.data.collections[:] and set(collection.all_objects) == family:
            return collection
    made = bpy.data.collections.new(armature.name)
    homes = list(armature.users_collection)
    for obj in family:
        for home in list(obj.users_collection):
            home.objects.unlink(obj)
        made.objects.link(obj)
    for home in homes[:1]:
        home.children.link(made)
    return made


def library_root(blend: Path, libraries: Iterable[Path]) -> Path:
    """The folder whose catalogs a file's assets stand in: the library that it lies in, else its own."""
    return next((root for root in libraries if root in blend.parents), blend.parent)


def save_avatar(
    armature: bpy.types.Object,
    folder: Path,
    name: str,
    words: Words,
    pixels: Iterable[float] | None,
    replace: bool = False,
) -> Path:
    """Write the avatar as ``NAME.blend`` into an asset library, whole or not at all; this file stays as it was.

    Takes come along, their sound does not. Raises LikenessError ``rig_linked``, ``asset_exists`` (unless ``replace``),
    ``library_missing``, ``output_unwritable``.
    """
    path = folder / f"{name}.blend"
    if not folder.is_dir():
        raise LikenessError(
            "library_missing", tell("There is no folder {folder}.", folder=folder), "Choose another library."
        )
    if path.exists() and not replace:
        raise LikenessError(
            "asset_exists",
            tell("{name} is in the library already.", name=path.name),
            "Choose another name, or switch Replace on.",
        )
    there = next((c for c in armature.users_collection if c.asset_data is not None), None)
    with on_its_own(armature):
        collection = mark_avatar(armature, words, pixels)
        written = path.with_name(f".{name}.new.blend")
        try:
            bpy.data.libraries.write(str(written), {collection}, path_remap="RELATIVE_ALL", compress=True)
            os.replace(written, path)
            add_catalogs(folder, [CATALOG])
        except (OSError, RuntimeError) as error:
            raise LikenessError(
                "output_unwritable",
                tell("{name} cannot be written: {error}.", name=path.name, error=error),
                "Choose another library.",
            ) from error
        finally:
            written.unlink(missing_ok=True)
            if there is None:
                collection.asset_clear()
    return path


def instanced_avatar(obj: bpy.types.Object | None) -> bpy.types.Object | None:
    """The armature inside a collection instance, None where the object is none of an avatar."""
    if obj is None or obj.instance_type != "COLLECTION" or obj.instance_collection is None:
        return None
    return next((inside for inside in obj.instance_collection.all_objects if is_rig(inside)), None)


def make_editable(obj: bpy.types.Object, scene: bpy.types.Scene, layer: bpy.types.ViewLayer) -> bpy.types.Object:
    """Turn an instance or a linked avatar into a rig that can be worked on, where it stands; returns its armature.

    What is linked becomes a library override of all of it; an instance of this file's collection that is seen
    elsewhere too becomes a copy. Raises LikenessError ``avatar_missing``.
    """
    inside = instanced_avatar(obj)
    armature = inside or obj
    if not is_rig(armature):
        raise LikenessError(
            "avatar_missing", tell("{name} is no avatar.", name=obj.name), "Select an avatar from a library."
        )
    if inside is not None:
        source = obj.instance_collection
        place = obj.matrix_world @ Matrix.Translation(-source.instance_offset)
    else:
        source = next((c for c in bpy.data.collections if armature.name in c.all_objects and c.library), None)
        place = Matrix.Identity(4)
    if armature.library is not None and source is not None:
        made = _override(source, (inside is not None and obj) or None, scene, layer)
    elif inside is not None:
        made = _bring_in(obj, source, scene)
    else:
        return armature
    if inside is not None:
        bpy.data.objects.remove(obj)
    layer.update()
    made.matrix_world = place @ made.matrix_world
    return made


def _override(
    source: bpy.types.Collection,
    instance: bpy.types.Object | None,
    scene: bpy.types.Scene,
    layer: bpy.types.ViewLayer,
) -> bpy.types.Object:
    """A library override of a linked collection and all in it, in the scene instead of what was linked."""
    made = source.override_hierarchy_create(scene, layer, reference=instance, do_fully_editable=True)
    for home in (scene.collection, *scene.collection.children_recursive):
        if home.library is None and home.override_library is None and source.name in home.children:
            linked = [child for child in home.children if child == source]
            for child in linked:
                home.children.unlink(child)
    return next(inside for inside in made.all_objects if is_rig(inside))


def _bring_in(obj: bpy.types.Object, source: bpy.types.Collection, scene: bpy.types.Scene) -> bpy.types.Object:
    """The collection of an instance in the scene itself; a copy of it where something else shows it too."""
    shown = any(source in there.collection.children_recursive for there in bpy.data.scenes)
    others = [other for other in bpy.data.objects if other != obj and other.instance_collection == source]
    if shown or others:
        source = _copy(source)
    home = obj.users_collection[0] if obj.users_collection else scene.collection
    home.children.link(source)
    if source.asset_data is not None:
        source.asset_clear()  # a rig at work, no more the asset that it came from
    return next(inside for inside in source.all_objects if is_rig(inside))


def _copy(source: bpy.types.Collection) -> bpy.types.Collection:
    """A collection with everything in it again: Blender's own way of copying what refers to each other is a file."""
    path = Path(bpy.app.tempdir) / "copied_avatar.blend"
    bpy.data.libraries.write(str(path), {source}, path_remap="ABSOLUTE")
    try:
        with bpy.data.libraries.load(str(path), link=False) as (_, wanted):
            wanted.collections = [source.name]
        return wanted.collections[0]
    finally:
        path.unlink(missing_ok=True)
