# SPDX-License-Identifier: GPL-3.0-or-later
"""Several takes on one rig. Of those that would play at the same time one does; the others lie on muted tracks.

Takes one after the other, the lines of a conversation, play all.
"""

from __future__ import annotations

import re

import bpy

from .. import compat
from ..errors import LikenessError
from ..rig.assemble import RIG_ID, is_rig
from .mixer import layer_offset
from .record import Record, read_record, write_record
from .sound import find_sound, name_sounds, remove_sounds, show_sounds
from .strips import (
    ACTION_MUTED,
    ACTION_NAME,
    ACTION_TAKE,
    LayerStrip,
    all_strips,
    fit_strip,
    make_action_name,
    remove_strip,
    take_strips,
)

# Custom property of the action of a take's lowest layer: `record.Record` as JSON.
ACTION_RECORD = "likeness_record"


def list_takes(armature: bpy.types.Object) -> tuple[str, ...]:
    """Names of the takes on a rig, in the order in which a person counts: Take 2 before Take 10."""
    names = {found.take for found in all_strips(armature)}
    return tuple(sorted(names, key=lambda name: [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", name)]))


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
    taken = list_takes(armature)
    return next(name for n in range(1, len(taken) + 2) if (name := f"Take {n}") not in taken)


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
    """Let no take play within a span of frames, or at all, but ``kept``; they keep their strips on muted tracks."""
    for take in shown_takes(armature):
        own = take_span(armature, take)
        if take == kept or (span is not None and own is not None and (own[0] >= span[1] or own[1] <= span[0])):
            continue
        for found in take_strips(armature, take).values():
            found.action[ACTION_MUTED] = found.track.mute
            found.track.mute = True
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


def remove_take(armature: bpy.types.Object, take: str, scene: bpy.types.Scene) -> None:
    """Take a take away with its sound; of what is left the first plays. Raises LikenessError ``take_missing``."""
    was_shown = shown_takes(armature) == (take,)
    tracks = []
    for found in _require(armature, take).values():
        tracks.append(found.track)
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
