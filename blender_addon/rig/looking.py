# SPDX-License-Identifier: GPL-3.0-or-later
"""Who an avatar looks at: constraints that hold while both are moved, without the add-on and in linked files too.

The look-at target lies between the eyes of who is looked at, or on an object; the neck turns there by a share, the
eyes do the rest. Nothing that aims depends on what another aims with, so two avatars may look at each other: eyes go
by the other's head, the neck by where the other stands. What the take's gaze does comes on top: its glances
(`takes/glances.py`) are added to the eyes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import bpy
from mathutils import Vector

from .. import compat
from ..errors import LikenessError
from ..words import tell
from .assemble import is_rig
from .controls import LOOK_AT
from .drivers import Source, drive
from .handles import EYES, HEAD_TURN, TARGET

# Names of the constraints: what aims, where a point is put first, and what holds the neck within its reach.
AIM, PLACE, REACH, GLANCE = "Conversation", "Conversation Place", "Conversation Reach", "Conversation Glance"
NAMES = (AIM, PLACE, REACH, GLANCE)
# Properties of the armature, radians, up and to the subject's left: where the take looks beside its target.
GLANCES = ("glance_pitch", "glance_yaw")
# Share of the way to who is looked at that the neck turns; in talk heads go about half of it, eyes the rest.
NECK_SHARE = 0.55
# Radians that the neck turns at most: up and down, sideways, and leaning.
NECK_REACH = (math.radians(25), math.radians(45), math.radians(20))


def look_at(armature: bpy.types.Object, target: bpy.types.Object, share: float = NECK_SHARE) -> None:
    """Let a rig look at another one, or at an object such as the camera, from now on.

    target: a mesh of an avatar stands for that avatar. share: of the way that the neck turns, 0 to 1.
    Raises LikenessError ``rig_linked``, ``controls_missing``, ``target_self``.
    """
    _check(armature)
    target = avatar_of(target) or target
    if target == armature:
        raise LikenessError(
            "target_self",
            tell("{name} cannot look at itself.", name=armature.name),
            "Choose somebody else, the camera or an object.",
        )
    look_away(armature)
    _add_glances(armature)
    bones = armature.pose.bones
    neck = bones.get("neck")
    if is_rig(target):
        rest = {bone.name: bone.head_local for bone in target.data.bones}
        _put(bones[TARGET], target, sum((rest[eye] for eye in EYES), Vector()) / len(EYES))
        _put(bones[HEAD_TURN], target, rest["neck"] if "neck" in rest else rest["head"])
        carried = bones[TARGET].constraints.new("ARMATURE")
        held = carried.targets.new()
        held.target, held.subtarget, held.weight = target, "head", 1.0
        aim, bone = "DAMPED_TRACK", HEAD_TURN
    else:
        carried = bones[TARGET].constraints.new("COPY_LOCATION")
        carried.target = target
        aim, bone = "LOCKED_TRACK", TARGET  # eyes alone look up to it: the target is no higher than eyes seen by a neck
    carried.name = AIM
    if neck is not None:
        _aim_neck(armature, neck, aim, bone, share)
    if not _is_animated(armature, f'["{LOOK_AT}"]'):
        armature[LOOK_AT] = 1.0
    armature.update_tag()


def look_away(armature: bpy.types.Object) -> None:
    """Let a rig look at nobody; its look-at target is free again. Raises LikenessError ``rig_linked``."""
    _check(armature)
    had = looked_at(armature) is not None
    for bone in armature.pose.bones:
        for constraint in [c for c in bone.constraints if c.name in NAMES]:
            for path in ("to_min_x_rot", "to_min_y_rot") if constraint.name == GLANCE else ():
                armature.driver_remove(f'pose.bones["{bone.name}"].constraints["{GLANCE}"].{path}')
            bone.constraints.remove(constraint)
    if had and not _is_animated(armature, f'["{LOOK_AT}"]'):
        armature[LOOK_AT] = 0.0
    armature.update_tag()


def looked_at(armature: bpy.types.Object) -> bpy.types.Object | None:
    """Whom a rig looks at, None for nobody."""
    bone = armature.pose.bones.get(TARGET)
    aim = bone.constraints.get(AIM) if bone is not None else None
    if aim is None:
        return None
    if aim.type == "ARMATURE":
        return aim.targets[0].target if len(aim.targets) else None
    return aim.target


def avatar_of(obj: bpy.types.Object | None) -> bpy.types.Object | None:
    """The armature of the avatar that an object is, or hangs on."""
    while obj is not None and not is_rig(obj):
        obj = obj.parent
    return obj


def eyes_of(armature: bpy.types.Object) -> Vector:
    """The point between the eyes of a rig, in the world, as it is evaluated now."""
    left, right = (armature.pose.bones[name].head for name in EYES)
    return armature.matrix_world @ ((left + right) / 2)


@contextmanager
def on_its_own(armature: bpy.types.Object) -> Iterator[None]:
    """Let a rig look at nobody meanwhile, so that writing it takes nobody along."""
    target = looked_at(armature)
    neck = armature.pose.bones.get("neck")
    aim = neck.constraints.get(AIM) if neck is not None else None
    share, slider = aim.influence if aim is not None else NECK_SHARE, armature.get(LOOK_AT, 0.0)
    try:
        if target is not None:
            look_away(armature)
        yield
    finally:
        if target is not None:
            look_at(armature, target, share)
            armature[LOOK_AT] = slider


def _check(armature: bpy.types.Object) -> None:
    if armature.library is not None:
        raise LikenessError(
            "rig_linked",
            tell("{name} is linked from another file.", name=armature.name),
            "Press Make Editable in its Library panel.",
        )
    if not all(name in armature.pose.bones for name in (TARGET, HEAD_TURN, *EYES)):
        raise LikenessError(
            "controls_missing",
            tell("{name} has no look-at target yet.", name=armature.name),
            'Press "Add Rig Controls" first.',
        )


def _put(bone: bpy.types.PoseBone, other: bpy.types.Object, point: Vector) -> None:
    """Put a bone at a point of another rig's space, wherever that stands."""
    place = bone.constraints.new("LIMIT_LOCATION")
    place.name, place.owner_space, place.space_object = PLACE, "CUSTOM", other
    for axis, value in zip("xyz", point, strict=True):
        for end in ("min", "max"):
            setattr(place, f"use_{end}_{axis}", True)
            setattr(place, f"{end}_{axis}", value)


def _aim_neck(armature: bpy.types.Object, neck: bpy.types.PoseBone, kind: str, bone: str, share: float) -> None:
    """Turn the neck by a share and within its reach, before the head carries it along."""
    aim, reach = neck.constraints.new(kind), neck.constraints.new("LIMIT_ROTATION")
    aim.name, reach.name = AIM, REACH
    aim.target, aim.subtarget, aim.track_axis, aim.influence = armature, bone, "TRACK_Z", share
    if kind == "LOCKED_TRACK":
        aim.lock_axis = "LOCK_Y"
    reach.owner_space = "LOCAL"
    for axis, most in zip("xyz", NECK_REACH, strict=True):
        setattr(reach, f"use_limit_{axis}", True)
        setattr(reach, f"min_{axis}", -most)
        setattr(reach, f"max_{axis}", most)
    if armature.override_library is not None:
        return  # what a library has stays first: there the take's own turns of the neck count less
    count = len(neck.constraints)
    for place in range(2):
        neck.constraints.move(count - 2 + place, place)


def _add_glances(armature: bpy.types.Object) -> None:
    """Add what the take's gaze does beside the target to both eyes, as far as they look at it."""
    for name in GLANCES:
        if name not in armature:
            armature[name] = 0.0
            armature.id_properties_ui(name).update(
                min=-1.0, max=1.0, description="Where the take looks beside who is looked at, in radians"
            )
            armature.property_overridable_library_set(f'["{name}"]', True)
    armature.update_tag()
    bpy.context.view_layer.update()  # drivers are valid once the evaluated copy has the properties
    for eye in EYES:
        bone = armature.pose.bones[eye]
        glance = bone.constraints.new("TRANSFORM")
        glance.name, glance.target, glance.subtarget = GLANCE, armature, TARGET
        glance.target_space = glance.owner_space = "LOCAL"
        glance.map_from, glance.map_to, glance.mix_mode_rot = "LOCATION", "ROTATION", "ADD"
        for name, path, sign in zip(GLANCES, ("to_min_x_rot", "to_min_y_rot"), ("-", ""), strict=True):
            drive(
                armature,
                f'pose.bones["{eye}"].constraints["{GLANCE}"].{path}',
                {source: Source(armature, f'["{source}"]') for source in (name, LOOK_AT)},
                f"{sign}{name}*{LOOK_AT}",
            )
        if armature.override_library is None:  # an eye stops where it stops: before the socket's limit
            bone.constraints.move(len(bone.constraints) - 1, 1)


def _is_animated(armature: bpy.types.Object, path: str) -> bool:
    data = armature.animation_data
    drivers = data.drivers if data is not None else ()
    if any(curve.data_path == path for curve in drivers) or data is None or data.action is None:
        return any(curve.data_path == path for curve in drivers)
    return any(curve.data_path == path for curve in compat.slot_curves(compat.played_slot(data)))
