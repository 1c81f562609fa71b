# SPDX-License-Identifier: GPL-3.0-or-later
"""Several takes on one rig. Of those that would play at the same time one does; the others lie on muted tracks.

Takes one after the other, the lines of a conversation, play all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import bpy

from .. import compat
from ..errors import LikenessError
from ..rig.assemble import RIG_ID, is_rig
from ..words import tell
from .mixer import layer_offset, rest_layer
from .record import Record, read_record, write_record
from .sound import copy_sound, find_sound, name_sounds, remove_sounds, show_sounds
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
    fit_strip,
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


def reorder_take(armature: bpy.types.Object, take: str, by: int) -> None:
    """Put a take by so many places further down in the list. Raises LikenessError ``take_missing``."""
    _require(armature, take)
    order = list(list_takes(armature))
    place = order.index(take)
    order.insert(min(max(place + by, 0), len(order) - 1), order.pop(place))
    _write_order(armature, order)


def _write_order(armature: bpy.types.Object, order: Sequence[str]) -> None:
    for found in all_strips(armature):
        found.action[ACTION_PLACE] = order.index(found.take)


def shown_takes(armature: bpy.types.Object) -> tuple[str, ...]:
    """The takes that play, in the order in which they begin."""
    starts: dict[str, float] = {}
    for found in all_strips(armature):
        if found.is_shown:
            starts[found.take] = min(starts.get(found.take, found.strip.frame_start), found.strip.frame_start)
    return tuple(sorted(starts, key=lambda take: starts[take]))


def shown_take(armature: bpy.types.Object) -> str | None:
    """The take in hand, None where none plays: of several the one that the current frame lies in, or before that."""
    shown = shown_takes(armature)
    if len(shown) < 2:
        return shown[0] if shown else None
    frame = bpy.context.scene.frame_current
    return next((take for take in reversed(shown) if (take_span(armature, take) or (0, 0))[0] <= frame), shown[0])


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


def take_span(armature: bpy.types.Object, take: str | None) -> tuple[int, int] | None:
    """First and last frame of a take, None without it."""
    ends = [found.strip.frame_end for found in take_strips(armature, take).values()]
    start = take_start(armature, take)
    return (round(start), round(max(ends))) if ends and start is not None else None


def show_take(armature: bpy.types.Object, take: str, scene: bpy.types.Scene) -> None:
    """Let this take play instead of those that do at its time. Raises LikenessError ``take_missing``."""
    strips = _require(armature, take)
    if take in shown_takes(armature):
        return
    stash_takes(armature, scene, take_span(armature, take))
    for found in strips.values():
        found.track.mute = bool(found.action[ACTION_MUTED])
        del found.action[ACTION_MUTED]
        if found.track.name == _stashed_name(found):
            found.track.name = found.layer
    show_sounds(scene, armature[RIG_ID], shown_takes(armature))
    fit_range(scene, int(take_start(armature, take) or 0))


def stash_takes(
    armature: bpy.types.Object, scene: bpy.types.Scene, span: tuple[float, float] | None = None, kept: str | None = None
) -> None:
    """Let no take play within a span of frames, or at all, but ``kept``; they keep their strips on muted tracks.

    What they moved is at rest.
    """
    for take in shown_takes(armature):
        own = take_span(armature, take)
        if take == kept or (span is not None and own is not None and (own[0] >= span[1] or own[1] <= span[0])):
            continue
        for found in take_strips(armature, take).values():
            found.action[ACTION_MUTED] = found.track.mute
            found.track.mute = True
            rest_layer(found)
            if found.track.name == found.layer:
                found.track.name = _stashed_name(found)
    show_sounds(scene, armature[RIG_ID], shown_takes(armature))


def fit_range(scene: bpy.types.Scene, start: int) -> None:
    """Let the scene's frames hold a take that begins at ``start``, and end with the last that plays in it."""
    spans = [take_span(rig, take) for rig in scene.objects if is_rig(rig) for take in shown_takes(rig)]
    ends = [span[1] for span in spans if span is not None]
    scene.frame_start = min(scene.frame_start, start)
    scene.frame_end = round(max(ends, default=scene.frame_end))


def move_take(armature: bpy.types.Object, take: str, start: int, scene: bpy.types.Scene) -> None:
    """Let a take begin at a frame, with its sound; what plays on the rig at that time is put aside.

    Raises LikenessError ``take_missing``.
    """
    strips = _require(armature, take)
    by = start - round(take_start(armature, take) or 0)
    low, high = take_span(armature, take) or (start, start)
    stash_takes(armature, scene, (low + by, high + by), kept=take)
    for found in strips.values():
        strip = found.strip
        fit_strip(armature, found, round(strip.frame_start + by), round(strip.action_frame_end))
    sound = find_sound(scene, armature[RIG_ID], take)
    if sound is not None:
        compat.move_strip(sound, start)
    fit_range(scene, start)
    armature.update_tag()


def rename_take(armature: bpy.types.Object, take: str, name: str, scene: bpy.types.Scene) -> None:
    """Call a take something else. Raises LikenessError ``take_missing``, ``take_name``."""
    strips = _require(armature, take)
    name = name.strip()
    if not name or name in list_takes(armature):
        message = tell("There is another take called {name}.", name=name) if name else "A take needs a name."
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
    if take not in shown_takes(armature):
        show_take(armature, take, scene)
    copies = [(copy_action(armature, found, name), found.strip, found.track.mute) for found in strips.values()]
    copy_sound(scene, armature[RIG_ID], take, name)
    stash_takes(armature, scene, take_span(armature, take))
    for action, strip, muted in copies:
        made = copy_strip(armature, action, strip)
        made.mute = muted
    show_sounds(scene, armature[RIG_ID], shown_takes(armature))
    order.insert(order.index(take) + 1, name)
    if list_takes(armature) != tuple(order):
        _write_order(armature, order)
    return name


def remove_take(armature: bpy.types.Object, take: str, scene: bpy.types.Scene) -> None:
    """Take a take away with its sound; of what is left the first plays. Raises LikenessError ``take_missing``."""
    was_shown = shown_takes(armature) == (take,)
    tracks = []
    for found in _require(armature, take).values():
        tracks.append(found.track)
        if found.is_shown:
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
        raise LikenessError(
            "take_missing",
            tell("There is no take {take} on {name}.", take=take, name=armature.name),
            "Choose one of the list.",
        )
    return strips


def _stashed_name(found: LayerStrip) -> str:
    return f"{found.layer} · {found.take}"
