# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs that were made before there was a face board get what an animator holds."""

from __future__ import annotations

import bpy

from ..errors import LikenessError
from ..words import tell
from .armature import add_bones
from .assemble import rig_parts
from .avatar import Bone
from .drivers import Source, drive
from .handles import TARGET, control_bones, equip
from .mixing import MIXER, add_sums, drive_sums, summed_channels


def has_controls(armature: bpy.types.Object) -> bool:
    """Whether the rig has its face board and look-at target."""
    return TARGET in armature.pose.bones


def add_controls(armature: bpy.types.Object, view_layer: bpy.types.ViewLayer) -> None:
    """Add bones, sliders and sums to a rig that lacks them; its animation and all else stay.

    Raises LikenessError: ``rig_linked`` where the bones belong to another file, ``rig_bones_missing``.
    """
    if armature.data.library is not None or armature.data.override_library is not None:
        raise LikenessError(
            "rig_linked",
            tell("{name} is linked from another file, which owns its bones.", name=armature.name),
            "Add the controls in that file.",
        )
    known = {bone.name for bone in armature.data.bones}
    there = [
        Bone(bone.name, bone.parent.name if bone.parent else None, tuple(bone.head_local), tuple(bone.tail_local))
        for bone in armature.data.bones
    ]
    controls = control_bones(there)
    if not controls:
        raise LikenessError(
            "rig_bones_missing",
            tell("{name} lacks one of the bones root, head, eye_left and eye_right.", name=armature.name),
            "Import the avatar again.",
        )
    add_bones(armature, [bone for bone in controls if bone.name not in known], view_layer, deform=False)
    equip(armature)
    mixer = rig_parts(armature).get(MIXER)
    if mixer is None:
        return
    sums = summed_channels(armature)
    add_sums(mixer, sums)
    view_layer.update()
    drive_sums(mixer, armature, sums)
    _read_sums(armature, mixer, set(sums))
    armature.update_tag()
    view_layer.update()


def _read_sums(armature: bpy.types.Object, mixer: bpy.types.Object, sums: set[str]) -> None:
    """Let the keys of all meshes read the sums where they read the armature's channels."""
    for part in rig_parts(armature).values():
        keys = part.data.shape_keys
        if keys is None or keys.animation_data is None:
            continue
        for curve in list(keys.animation_data.drivers):
            read = {v.name: v.targets[0].data_path[2:-2] for v in curve.driver.variables}
            if not sums & set(read.values()):
                continue
            sources = {
                name: Source(mixer if channel in sums else armature, f'["{channel}"]') for name, channel in read.items()
            }
            expression = curve.driver.expression if curve.driver.type == "SCRIPTED" else ""
            drive(keys, curve.data_path, sources, expression)
