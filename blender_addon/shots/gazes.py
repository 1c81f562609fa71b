# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom performers look at during a shot: one throughout, or one after the other by an empty that goes to each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import bpy
from mathutils import Vector

from .. import takes
from ..rig.looking import EYES, look_at, look_away
from ..stage.facing import turn_towards
from .keying import clear_keys, write_keys
from .request import VIEWER, Performer

# Degrees that heads and eyes turn by themselves where two look at each other: so a camera sees more of both faces.
LEFT = 50.0
# Degrees from straight ahead that performers look aside at most before one camera that sees them all.
OPEN = 58.0
# How much of a look aside the neck carries: what is left to the eyes keeps their irises off the corners.
CARRIED = 0.72
TURNED = 0.3  # seconds in which a look goes from one to another
GAZE = "likeness_gaze"  # on the empties


def direct_gazes(
    rigs: Mapping[str, bpy.types.Object],
    performers: Sequence[Performer],
    camera: bpy.types.Object,
    fps: float = 25.0,
    first: int = 1,
    is_open: bool = False,
) -> None:
    """Let performers look at each other or at the camera, bodies turned half way to whom they look at first.

    first: the shot's first frame. is_open: one camera before them sees them all, so that they cheat as actors do: who
    looks at somebody looks no further aside than `OPEN`, past them on the camera's side.
    """
    remove_gazes()
    ahead = math.radians(OPEN) if is_open else math.pi
    for performer in performers:
        rig = rigs[performer.name]
        look_away(rig)
        if performer.looks_at in rigs:
            turn_towards(rig, _open_point(rig, rigs[performer.looks_at], ahead), LEFT)
    bpy.context.view_layer.update()
    for performer in performers:
        rig = rigs[performer.name]
        if performer.turns or (is_open and performer.looks_at in rigs):
            look_at(rig, _make_gaze(rig, rigs, performer, camera, fps, first, ahead), CARRIED)
        else:
            look_at(rig, rigs.get(performer.looks_at, camera))
        takes.write_glances(rig)


def remove_gazes() -> None:
    """Take away what earlier shots left to look at."""
    for empty in [obj for obj in bpy.data.objects if GAZE in obj]:
        clear_keys(empty)
        bpy.data.objects.remove(empty)


def _make_gaze(
    rig: bpy.types.Object,
    rigs: Mapping[str, bpy.types.Object],
    performer: Performer,
    camera: bpy.types.Object,
    fps: float,
    first: int,
    ahead: float,
) -> bpy.types.Object:
    """An empty that is where the performer looks: one constraint a turn, whose influence is keyed."""
    gaze = _empty(f"{performer.name} looks at", rig)
    targets = [performer.looks_at, *(turn.looks_at for turn in performer.turns)]
    for number, name in enumerate(targets):
        constraint = gaze.constraints.new("COPY_LOCATION")
        constraint.name = f"Turn {number}"
        constraint.target = camera if name == VIEWER else _eyes_of(rigs[name], rig, ahead)
        if number:
            begin = first + round(performer.turns[number - 1].start * fps)
            path = f'constraints["{constraint.name}"].influence'
            write_keys(gaze, {path: [0.0, 1.0]}, [begin, begin + max(round(TURNED * fps), 1)])
    return gaze


def _eyes_of(rig: bpy.types.Object, looker: bpy.types.Object, ahead: float) -> bpy.types.Object:
    """An empty between a rig's eyes at rest, as far as they are no more than an angle aside of who looks: nothing that
    aims goes by another's pose, so that two may look at each other."""
    empty = _empty(f"{rig.name} eyes", rig)
    bones = rig.data.bones
    eyes = rig.matrix_world @ (sum((bones[name].head_local for name in EYES), Vector()) / len(EYES))
    point = _open_point(looker, rig, ahead)
    empty.location = (point.x, point.y, eyes.z)
    return empty


def _open_point(looker: bpy.types.Object, other: bpy.types.Object, ahead: float) -> Vector:
    """Where somebody stands, brought round to where a camera along +Y sees one look who looks there."""
    place, there = looker.matrix_world.translation, other.matrix_world.translation
    way = (there - place).xy
    angle = math.atan2(way.x, -way.y)
    angle = max(-ahead, min(ahead, angle))
    return Vector((place.x + way.length * math.sin(angle), place.y - way.length * math.cos(angle), there.z))


def _empty(name: str, rig: bpy.types.Object) -> bpy.types.Object:
    empty = bpy.data.objects.new(name, None)
    empty[GAZE] = True
    empty.empty_display_size = 0.05
    rig.users_collection[0].objects.link(empty)
    return empty
