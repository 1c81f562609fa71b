# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rig lacks, in sentences, with what to do about it. Nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import bpy

from ..words import tell, tell_list
from .assemble import KEYS, PARTS, rig_parts
from .controls import add_channel
from .handles import EYES
from .mesh import follows
from .mixing import MIXER
from .upgrade import has_controls

KEY_PATH = re.compile(r'key_blocks\["(.+)"\]\.value')
# Bones that takes animate, and those they hang on.
BONES = ("root", "chest", "neck", "head", *EYES)
AGAIN = "Undo what removed it, or import the avatar again and put the take on that one."


@dataclass(frozen=True)
class Lack:
    """One thing that is missing: what, in one sentence, and what to do."""

    message: str
    hint: str


def check(armature: bpy.types.Object) -> list[Lack]:
    """All that this rig lacks; empty when it is whole."""
    return [*_bones(armature), *_meshes(armature), *_channels(armature), *_keys(armature), *_drivers(armature)]


def repair(armature: bpy.types.Object, view_layer: bpy.types.ViewLayer) -> list[str]:
    """Add channels that keys read and the armature lacks, at 0, and wake their drivers; returns their names."""
    missing = sorted(name for name in _read_channels(armature) if name not in armature)
    for name in missing:
        add_channel(armature, name, f"Moves {name}")
    armature.update_tag()
    view_layer.update()
    for part in rig_parts(armature).values():
        for curve in _driver_curves(part):
            if not curve.driver.is_valid:
                curve.driver.type = curve.driver.type  # Blender looks again whether its properties are there
    armature.update_tag()
    return missing


def _bones(armature: bpy.types.Object) -> Iterator[Lack]:
    missing = [name for name in BONES if name not in armature.pose.bones]
    if missing:
        yield Lack(
            tell("{name} lacks the {names}: takes cannot move them.", name=armature.name, names=_list("bone", missing)),
            AGAIN,
        )
    elif not has_controls(armature):
        yield Lack(
            tell("{name} was made before there was a face board.", name=armature.name), 'Press "Add Rig Controls".'
        )


def _meshes(armature: bpy.types.Object) -> Iterator[Lack]:
    parts, wanted = rig_parts(armature), str(armature.get(PARTS, "")).split()
    missing = [name for name in wanted or (MIXER,) if name not in parts]
    if missing:
        yield Lack(tell("{name} lacks the {names}.", name=armature.name, names=_list("mesh", missing)), AGAIN)
    for part in parts.values():
        if not follows(part, armature):
            yield Lack(
                tell("{name} does not follow the bones.", name=part.name), "Give it an Armature modifier for this rig."
            )


def _channels(armature: bpy.types.Object) -> Iterator[Lack]:
    missing = sorted(name for name in _read_channels(armature) if name not in armature)
    if missing:
        yield Lack(
            tell(
                "{name} lacks the {names}: its keys do not move.", name=armature.name, names=_list("channel", missing)
            ),
            'Press "Repair" to add the property again, at 0.',
        )


def _keys(armature: bpy.types.Object) -> Iterator[Lack]:
    for part in rig_parts(armature).values():
        there = set(part.data.shape_keys.key_blocks.keys()) if part.data.shape_keys is not None else set()
        missing = [name for name in str(part.get(KEYS, "")).split() if name not in there]
        if missing:
            yield Lack(
                tell(
                    "{name} lacks the {names}: that part of the face stays.",
                    name=part.name,
                    names=_list("shape key", missing),
                ),
                AGAIN,
            )


def _drivers(armature: bpy.types.Object) -> Iterator[Lack]:
    for part in rig_parts(armature).values():
        keys = part.data.shape_keys
        if keys is None:
            continue
        curves = keys.animation_data.drivers if keys.animation_data is not None else ()
        driven = {match.group(1) for curve in curves if (match := KEY_PATH.fullmatch(curve.data_path))}
        wanted = str(part.get(KEYS, "")).split()
        loose = [name for name in wanted if name in keys.key_blocks and name not in driven]
        if loose:
            yield Lack(
                tell("On {name} no driver moves the {names}.", name=part.name, names=_list("shape key", loose)), AGAIN
            )


def _read_channels(armature: bpy.types.Object) -> set[str]:
    """The channels of the armature that keys, and the sums which keys read, follow."""
    paths = {
        variable.targets[0].data_path
        for part in rig_parts(armature).values()
        for curve in _driver_curves(part)
        for variable in curve.driver.variables
        if variable.type == "SINGLE_PROP" and variable.targets[0].id == armature
    }
    return {path[2:-2] for path in paths if path.startswith('["')}


def _driver_curves(part: bpy.types.Object) -> list[bpy.types.FCurve]:
    owners = (part, part.data.shape_keys)
    return [curve for owner in owners if owner and owner.animation_data for curve in owner.animation_data.drivers]


# What may be missing, one of it and several.
KINDS = {
    "bone": ("bone {names}", "bones {names}"),
    "mesh": ("mesh {names}", "meshes {names}"),
    "channel": ("channel {names}", "channels {names}"),
    "shape key": ("shape key {names}", "shape keys {names}"),
}


def _list(noun: str, names: Iterable[str], most: int = 4) -> str:
    """``shape keys a, b and 3 more``."""
    names = list(names)
    return tell(KINDS[noun][len(names) > 1], names=tell_list(names, most))
