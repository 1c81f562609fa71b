# SPDX-License-Identifier: GPL-3.0-or-later
"""Several takes on one rig, of which one plays: the others keep their strips on muted tracks."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import bpy

from ..errors import LikenessError
from ..rig.assemble import RIG_ID
from .mixer import layer_offset, rest_layer
from .record import Record, read_record, write_record
from .sound import copy_sound, name_sounds, remove_sounds, show_sounds
from .strips import (
    ACTION_MUTED,
    ACTION_NAME,
    ACTION_PLACE,
    ACTION_TAKE,
    FIRST_TAKE,
    LayerStrip,
    all_strips,
    copy_action,
    copy_strip,
    make_action_name,
    remove_strip,
    take_strips,
)

# Custom property of the action of a take's lowest layer: `record.Record` as JSON.
ACTION_RECORD = "likeness_record"


def list_takes(armature: bpy.types.Object) -> tuple[str, ...]:
    """Names of the takes on a rig: those that were put in an order, then as a person counts, Take 2 before Take 10."""
    places: dict[str, float] = {}
    for found in all_strips(armature):
        places[found.take] = min(places.get(found.take, math.inf), found.action.get(ACTION_PLACE, math.inf))
    return tuple(sorted(places, key=lambda name: (places[name], _count(name))))


def _count(name: str) -> list[tuple[bool, int | str]]:
    """By which a name is sorted: its numbers as numbers."""
    return [(part.isdigit(), int(part) if part.isdigit() else part) for part in re.split(r"(\d+)", name)]


def move_take(armature: bpy.types.Object, take: str, by: int) -> None:
    """Put a take by so many places further down in the list. Raises LikenessError ``take_missing``."""
    _require(armature, take)
    order = list(list_takes(armature))
    place = order.index(take)
    order.insert(min(max(place + by, 0), len(order) - 1), order.pop(place))
    _write_order(armature, order)


def _write_order(armature: bpy.types.Object, order: Sequence[str]) -> None:
    for found in all_strips(armature):
        found.action[ACTION_PLACE] = order.index(found.take)


def shown_take(armature: bpy.types.Object) -> str | None:
    """The take that plays, None where there is none."""
    return next((found.take for found in all_strips(armature) if found.is_shown), None)


def next_take(armature: bpy.types.Object) -> str:
    """A name that is free."""
    return free_name(armature, FIRST_TAKE)


def free_name(armature: bpy.types.Object, name: str) -> str:
    """A name that no take has: this one, else the next one by its number: Wide, Wide 2, Wide 3."""
    taken = list_takes(armature)
    if name not in taken:
        return name
    stem = re.sub(r"\s*\d+$", "", name) or name
    return next(other for n in range(2, len(taken) + 3) if (other := f"{stem} {n}") not in taken)


def take_record(armature: bpy.types.Object, take: str | None) -> Record | None:
    """What a take was made of; None where nothing says so."""
    texts = [
        found.action[ACTION_RECORD] for found in take_strips(armature, take).values() if ACTION_RECORD in found.action
    ]
    return read_record(texts[0]) if texts else None


def write_take_record(armature: bpy.types.Object, take: str, record: Record) -> None:
    """Let a take be made of something else."""
    for found in take_strips(armature, take).values():
        if ACTION_RECORD in found.action:
            found.action[ACTION_RECORD] = write_record(record)


def take_start(armature: bpy.types.Object, take: str | None) -> float | None:
    """The scene's frame at which a take's second 0 is; None without that take."""
    strips = take_strips(armature, take)
    found = strips.get("speech") or next(iter(strips.values()), None)
    return None if found is None else found.strip.frame_start - layer_offset(found)


def show_take(armature: bpy.types.Object, take: str, scene: bpy.types.Scene) -> None:
    """Let this take play instead of the one that does. Raises LikenessError ``take_missing``."""
    strips = _require(armature, take)
    shown = shown_take(armature)
    if shown == take:
        return
    stash_take(armature, scene)
    for found in strips.values():
        found.track.mute = bool(found.action[ACTION_MUTED])
        del found.action[ACTION_MUTED]
        if found.track.name == _stashed_name(found):
            found.track.name = found.layer
    show_sounds(scene, armature[RIG_ID], take)
    start = take_start(armature, take)
    ends = [found.strip.frame_end for found in strips.values()]
    scene.frame_start, scene.frame_end = min(scene.frame_start, int(start or 0)), round(max(ends))


def stash_take(armature: bpy.types.Object, scene: bpy.types.Scene) -> None:
    """Let no take play; the one that did keeps its strips on muted tracks, and what it moved is at rest."""
    for found in take_strips(armature, shown_take(armature)).values():
        found.action[ACTION_MUTED] = found.track.mute
        found.track.mute = True
        rest_layer(found)
        if found.track.name == found.layer:
            found.track.name = _stashed_name(found)
    show_sounds(scene, armature[RIG_ID], None)


def rename_take(armature: bpy.types.Object, take: str, name: str, scene: bpy.types.Scene) -> None:
    """Call a take something else. Raises LikenessError ``take_missing``, ``take_name``."""
    strips = _require(armature, take)
    name = name.strip()
    if not name or name in list_takes(armature):
        message = f"There is another take called {name}." if name else "A take needs a name."
        raise LikenessError("take_name", message, "Type another name.")
    for found in strips.values():
        action = found.action
        if found.track.name == _stashed_name(found):
            found.track.name = f"{found.layer} · {name}"
        action[ACTION_TAKE] = name
        action.name = make_action_name(armature, name, found.layer)
        action[ACTION_NAME] = action.name
    name_sounds(scene, armature[RIG_ID], take, name)


def duplicate_take(armature: bpy.types.Object, take: str, scene: bpy.types.Scene) -> str:
    """Put a copy of a take beside it, keys, mixer and voice of its own, and let it play; its name is returned.

    Raises LikenessError ``take_missing``.
    """
    strips, name = _require(armature, take), free_name(armature, take)
    order = list(list_takes(armature))
    if take != shown_take(armature):
        show_take(armature, take, scene)
    copies = [(copy_action(armature, found, name), found.strip, found.track.mute) for found in strips.values()]
    copy_sound(scene, armature[RIG_ID], take, name)
    stash_take(armature, scene)
    for action, strip, muted in copies:
        made = copy_strip(armature, action, strip)
        made.mute = muted
    show_sounds(scene, armature[RIG_ID], name)
    order.insert(order.index(take) + 1, name)
    if list_takes(armature) != tuple(order):
        _write_order(armature, order)
    return name


def remove_take(armature: bpy.types.Object, take: str, scene: bpy.types.Scene) -> None:
    """Take a take away with its sound; of what is left the first plays. Raises LikenessError ``take_missing``."""
    was_shown = shown_take(armature) == take
    tracks = []
    for found in _require(armature, take).values():
        tracks.append(found.track)
        if was_shown:
            rest_layer(found)
        remove_strip(found)
    data = armature.animation_data
    for track in tracks:
        if not len(track.strips):
            data.nla_tracks.remove(track)
    remove_sounds(scene, armature[RIG_ID], take)
    left = list_takes(armature)
    if was_shown and left:
        show_take(armature, left[0], scene)


def _require(armature: bpy.types.Object, take: str) -> dict[str, LayerStrip]:
    strips = take_strips(armature, take)
    if not strips:
        raise LikenessError("take_missing", f"There is no take {take} on {armature.name}.", "Choose one of the list.")
    return strips


def _stashed_name(found: LayerStrip) -> str:
    return f"{found.layer} · {found.take}"
