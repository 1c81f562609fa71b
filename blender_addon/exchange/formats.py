# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig with its take as GLB, FBX, USD or Alembic, written from a plain copy that is gone afterwards."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from .. import compat
from ..consent import tell_consent
from ..errors import LikenessError
from ..rig.assemble import PART, check_rig
from ..takes import shown_take
from ..words import tell
from .baked import Copy, animate, copy_rig, drop_controls
from .capture import ARKIT
from .materials import PLAIN, Style, make_plain
from .sampling import sample_rig, scene_frames, untouched

# Custom property in the files (glTF: extras): key -> expression over the other keys' names, as JSON.
CORRECTIVES = "likeness_correctives"


@dataclass(frozen=True)
class Format:
    """One kind of file; each holds all that belongs to it, so that two exports in a folder do not share pictures.

    operator: Blender's own exporter, which writes what is selected; settings: what it is told. joined: all meshes with
    keys become one, since the format would give the keys of several new names. style: how gloss and masks are said.
    """

    name: str
    suffix: str
    operator: str
    settings: Callable[[Copy, bpy.types.Scene], dict[str, Any]]
    about: str
    joined: bool = False
    style: Style = PLAIN


def export_rig(armature: bpy.types.Object, path: Path, kind: str, context: bpy.types.Context) -> None:
    """Write a rig and what it does in the scene's frame range; the file of Blender stays as it was.

    kind: one of `FORMATS`. An earlier file is replaced only by a whole one.

    Raises LikenessError: ``rig_missing``, ``rig_hidden``, ``exporter_missing``, ``export_failed``, ``folder_missing``.
    """
    check_rig(armature)
    entry, path = FORMATS[kind], Path(path)
    if not path.parent.is_dir():
        raise LikenessError(
            "folder_missing", tell("There is no folder {parent}.", parent=path.parent), "Choose another place."
        )
    write = _find_operator(entry)
    take = shown_take(armature)
    with untouched(context, armature), tempfile.TemporaryDirectory(dir=path.parent, prefix=".export-") as folder:
        samples = sample_rig(armature, scene_frames(context.scene), context)
        copy = _prepare(armature, entry, context)
        animate(copy, samples)
        _select(copy, context)
        context.scene.name = f"{armature.name} {take}" if take else armature.name  # as which files call the animation
        partial = Path(folder) / path.name
        try:
            write(filepath=str(partial), **entry.settings(copy, context.scene))
        except RuntimeError as error:
            raise _failed(entry, str(error)) from error
        if not partial.is_file():
            raise _failed(entry, "no file came out")
        os.replace(partial, path)


def _find_operator(entry: Format) -> Callable[..., set[str]]:
    """Blender's exporter, which is an add-on that may be switched off."""
    area, verb = entry.operator.split(".")
    operator = getattr(getattr(bpy.ops, area), verb)
    try:
        operator.get_rna_type()
    except KeyError as error:
        raise LikenessError(
            "exporter_missing",
            tell("Blender's exporter for {name} is switched off.", name=entry.name),
            tell("Switch the add-on for {name} on in the preferences.", name=entry.name),
        ) from error
    return operator


def _failed(entry: Format, why: str) -> LikenessError:
    return LikenessError(
        "export_failed",
        tell("Blender could not write {name}: {why}.", name=entry.name, why=why.strip()),
        "Try another place.",
    )


def _prepare(armature: bpy.types.Object, entry: Format, context: bpy.types.Context) -> Copy:
    """The copy as the format wants it: no controls, no subdivision, plain materials, all of ARKit's names."""
    copy = copy_rig(armature, context.scene)
    drop_controls(copy, context)
    _complete_keys(armature, copy)
    for name, obj in copy.meshes.items():
        _note_correctives(bpy.data.objects[name], obj)
    made: dict[bpy.types.Material, bpy.types.Material] = {}
    for obj in copy.meshes.values():
        make_plain(obj, armature, made, entry.style)
        for modifier in [modifier for modifier in obj.modifiers if modifier.type == "SUBSURF"]:
            obj.modifiers.remove(modifier)
    if entry.joined:
        copy = _join(copy, context)
    _rename(armature, copy, made)
    return copy


def _note_correctives(original: bpy.types.Object, obj: bpy.types.Object) -> None:
    """Say in the file what moves the keys that are no channels, for those who drive the face live: key -> sum."""
    keys = original.data.shape_keys
    drivers = keys.animation_data.drivers if keys is not None and keys.animation_data is not None else ()
    notes = {
        curve.data_path.split('"')[1]: curve.driver.expression
        for curve in drivers
        if curve.driver.type == "SCRIPTED" and curve.data_path.startswith("key_blocks")
    }
    if notes:
        obj[CORRECTIVES] = json.dumps(notes, sort_keys=True)


def _complete_keys(armature: bpy.types.Object, copy: Copy) -> None:
    """Keys that move nothing for the channels that the face has none for (``viseme_sil``), so that tools find all."""
    heads = [obj for obj in copy.meshes.values() if obj.get(PART) == "head" and obj.data.shape_keys is not None]
    for obj in heads:
        for name in (*ARKIT, *(name for name in armature.keys() if name.startswith("viseme_"))):  # noqa: SIM118
            if name in armature and name not in obj.data.shape_keys.key_blocks:
                obj.shape_key_add(name=name, from_mix=False).value = 0.0


def _join(copy: Copy, context: bpy.types.Context) -> Copy:
    """All meshes with keys as one; keys of the same name are the same channel's, and so stay together."""
    keyed = {name: obj for name, obj in copy.meshes.items() if obj.data.shape_keys is not None}
    if len(keyed) < 2:
        return copy
    first = next((name for name, obj in keyed.items() if obj.get(PART) == "head"), next(iter(keyed)))
    others = [obj for name, obj in keyed.items() if name != first]
    for obj in context.view_layer.objects:
        obj.select_set(obj in keyed.values())
    context.view_layer.objects.active = keyed[first]
    with context.temp_override(
        active_object=keyed[first], object=keyed[first], selected_editable_objects=[keyed[first], *others]
    ):
        bpy.ops.object.join()
    rest = {name: obj for name, obj in copy.meshes.items() if name not in keyed}
    return Copy(copy.armature, {first: keyed[first], **rest}, copy.collection)


def _rename(armature: bpy.types.Object, copy: Copy, made: dict[bpy.types.Material, bpy.types.Material]) -> None:
    """Call things in the file as the rig calls them; Blender's own would be told apart by numbers."""
    stem = armature.name
    copy.armature.name = copy.armature.data.name = f"{stem} rig"
    for name, obj in copy.meshes.items():
        part = obj.get(PART) or name.removeprefix(stem).strip()
        if PART in obj:
            del obj[PART]
        obj.name = obj.data.name = f"{stem}_{part}"
    for source, material in made.items():
        material.name = source.name.replace(" ", "_")


def _select(copy: Copy, context: bpy.types.Context) -> None:
    objects = {copy.armature, *copy.meshes.values()}
    for obj in context.view_layer.objects:
        obj.select_set(obj in objects)
    context.view_layer.objects.active = copy.armature


def _credit(copy: Copy) -> str:
    """What a file says of its origin: that it is synthetic, and what was recorded of consent."""
    statement = tell_consent(json.loads(copy.armature.get("likeness_consent", "{}")))
    return f"Synthetic likeness made with Speaking Likeness. Consent on record: {statement}"


def _glb_settings(copy: Copy, scene: bpy.types.Scene) -> dict[str, Any]:
    return {
        "export_format": "GLB",
        "use_selection": True,
        "export_extras": True,
        "export_copyright": _credit(copy),
        "export_animation_mode": "SCENE",
        "export_anim_scene_split_object": False,
        "export_frame_range": True,
        "export_anim_slide_to_zero": True,
        "export_morph_normal": True,
    }


def _fbx_settings(copy: Copy, scene: bpy.types.Scene) -> dict[str, Any]:
    return {
        "use_selection": True,
        "object_types": {"ARMATURE", "MESH"},
        "use_mesh_modifiers": False,
        "add_leaf_bones": False,
        "use_custom_props": True,
        "bake_anim_use_nla_strips": False,
        "bake_anim_use_all_actions": False,
        "bake_anim_simplify_factor": 0.0,
        "path_mode": "COPY",
        "embed_textures": True,
        "mesh_smooth_type": "FACE",
    }


def _usd_settings(copy: Copy, scene: bpy.types.Scene) -> dict[str, Any]:
    return {
        "selected_objects_only": True,
        "export_animation": True,
        "evaluation_mode": "VIEWPORT",
        "export_lights": False,
        "export_cameras": False,
        "convert_world_material": False,
        **compat.usd_pictures(),
    }


def _alembic_settings(copy: Copy, scene: bpy.types.Scene) -> dict[str, Any]:
    return {
        "start": scene.frame_start,
        "end": scene.frame_end,
        "selected": True,
        "evaluation_mode": "VIEWPORT",
        "as_background_job": False,
    }


FORMATS: dict[str, Format] = {
    "glb": Format(
        "glTF",
        ".glb",
        "export_scene.gltf",
        _glb_settings,
        "Unity, Unreal, three.js: keys with ARKit's names, skin, animation, pictures",
        style=Style(cut=True),
    ),
    "fbx": Format(
        "FBX",
        ".fbx",
        "export_scene.fbx",
        _fbx_settings,
        "Unity, Unreal, Maya: keys with ARKit's names, skin, animation, pictures",
    ),
    "usd": Format(
        "USD",
        ".usdz",
        "wm.usd_export",
        _usd_settings,
        "One face with all keys, skeleton, animation, pictures",
        joined=True,
        style=Style(cut=True, ior=True),
    ),
    "abc": Format(
        "Alembic",
        ".abc",
        "wm.alembic_export",
        _alembic_settings,
        "The moving surface, without keys and bones",
    ),
}
