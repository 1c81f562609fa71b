# SPDX-License-Identifier: GPL-3.0-or-later
"""The strips that this program made on an armature's NLA tracks; what the artist made is never touched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import bpy

from .. import compat
from ..rig.assemble import RIG_ID
from .performance import LAYERS

# Custom properties of an action that this program made: whose, which layer of which take, and the name it was given.
# A copy that the artist makes or renames no longer carries its own name, and so is the artist's.
ACTION_RIG = "likeness_rig_id"
ACTION_LAYER = "likeness_layer"
ACTION_TAKE = "likeness_take"
ACTION_NAME = "likeness_name"
# Which place its take has in the list, from 0; takes without one come behind those that have.
ACTION_PLACE = "likeness_place"
# Of the take that is not shown: whether its track was muted before.
ACTION_MUTED = "likeness_muted"
FIRST_TAKE = "Take 1"
LONGEST_NAME = 63  # bytes; longer ones are cut, also to make room for a number


@dataclass(frozen=True)
class LayerStrip:
    """One layer of a take as it stands on the rig."""

    layer: str
    take: str
    track: bpy.types.NlaTrack
    strip: bpy.types.NlaStrip

    @property
    def action(self) -> bpy.types.Action:
        return self.strip.action

    @property
    def curves(self) -> bpy.types.ActionChannelbag:
        """Where the layer's F-curves are."""
        return compat.curve_bag(compat.played_slot(self.strip))

    @property
    def is_shown(self) -> bool:
        """Whether its take is the one that plays (the track may be muted all the same)."""
        return ACTION_MUTED not in self.action


def all_strips(armature: bpy.types.Object) -> Iterator[LayerStrip]:
    """Every strip of every take on the armature."""
    data = armature.animation_data
    for track in data.nla_tracks if data is not None else ():
        for strip in track.strips:
            action = strip.action
            if action is not None and ACTION_LAYER in action and action.get(ACTION_NAME) == action.name:
                yield LayerStrip(action[ACTION_LAYER], action.get(ACTION_TAKE, FIRST_TAKE), track, strip)


def take_strips(armature: bpy.types.Object, take: str | None) -> dict[str, LayerStrip]:
    """Layer -> strip of one take, bottom to top."""
    found = {strip.layer: strip for strip in all_strips(armature) if strip.take == take}
    return {layer: found[layer] for layer in LAYERS if layer in found}


def claim_actions(armature: bpy.types.Object) -> None:
    """Sign the actions on the tracks of a rig that was appended again, which renamed them and gave it a new id."""
    data = armature.animation_data
    for track in data.nla_tracks if data is not None else ():
        for strip in track.strips:
            action = strip.action
            if action is None or ACTION_LAYER not in action or not _keeps_name(action):
                continue
            if action.get(ACTION_RIG) != armature[RIG_ID]:
                action = action.copy() if action.users > 1 else action
                compat.play_slot(strip, compat.first_slot(action))
                action[ACTION_RIG], action[ACTION_NAME] = armature[RIG_ID], action.name


def _keeps_name(action: bpy.types.Action) -> bool:
    """Whether its name is the one that we gave it, but for the number that Blender adds where a name is taken."""
    name, given = (re.sub(r"\.\d{3,}$", "", text) for text in (action.name, action.get(ACTION_NAME, action.name)))
    return name == given or (len(action.name.encode()) >= LONGEST_NAME and given.startswith(name))


def make_action_name(armature: bpy.types.Object, take: str, layer: str) -> str:
    """What the action of a layer is called."""
    return f"{armature.name} {layer}" if take == FIRST_TAKE else f"{armature.name} {take} {layer}"


def make_action(armature: bpy.types.Object, take: str, layer: str) -> bpy.types.Action:
    """An empty action with a slot for the armature, signed."""
    action = bpy.data.actions.new(make_action_name(armature, take, layer))
    compat.add_slot(action, "OBJECT", armature.name)
    action[ACTION_RIG], action[ACTION_LAYER], action[ACTION_TAKE] = armature[RIG_ID], layer, take
    action[ACTION_NAME] = action.name
    return action


def copy_action(armature: bpy.types.Object, found: LayerStrip, take: str) -> bpy.types.Action:
    """A copy of a layer's action, for the same layer of another take."""
    action = found.action.copy()
    action.name = make_action_name(armature, take, found.layer)
    action[ACTION_RIG], action[ACTION_TAKE], action[ACTION_NAME] = armature[RIG_ID], take, action.name
    for name, value in list(action.items()):
        if isinstance(value, bpy.types.Action):  # such as the keys before smoothing
            action[name] = value.copy()
            action[name].use_fake_user = True
    return action


# What a strip has beside action and keys of its influence. frame_end comes first: Blender keeps it behind the start.
STRIP_SETTINGS = (
    "frame_end", "frame_start", "action_frame_start", "action_frame_end", "scale", "repeat", "frame_end",
    "blend_type", "extrapolation", "use_auto_blend", "blend_in", "blend_out", "use_reverse", "mute",
    "use_animated_influence", "influence", "use_sync_length",
)  # fmt: skip


def copy_strip(armature: bpy.types.Object, action: bpy.types.Action, other: bpy.types.NlaStrip) -> bpy.types.NlaTrack:
    """A strip of an action with the place and settings of another one; its track."""
    length = max(round(other.frame_end - other.frame_start), 1)
    strip = add_strip(armature, action, round(other.frame_start), length)
    for name in STRIP_SETTINGS:
        setattr(strip, name, getattr(other, name))
    if other.use_animated_influence:
        keys = strip.fcurves.find("influence").keyframe_points
        keys.clear()
        for key in other.fcurves.find("influence").keyframe_points:
            keys.insert(*key.co)
    return next(track for track in armature.animation_data.nla_tracks if strip in track.strips.values())


def own_action(found: LayerStrip) -> bpy.types.Action:
    """The strip's action, its own: one that another object plays too is copied first."""
    action, data = found.action, found.track.id_data.animation_data
    is_open = data.use_tweak_mode and data.action == action  # a strip that is open for editing counts twice
    if action.users > 1 + is_open:
        action = action.copy()
        compat.play_slot(found.strip, compat.first_slot(action))
        action[ACTION_NAME] = action.name
    return action


def add_strip(armature: bpy.types.Object, action: bpy.types.Action, start: int, length: int) -> bpy.types.NlaStrip:
    """An additive strip on the track of the action's layer; on a new track above it where others are in the way.

    Another take is in the way at any time, since whole tracks are muted.
    """
    data = armature.animation_data
    track = ensure_tracks(data)[action[ACTION_LAYER]]
    takes = {found.take for found in all_strips(armature) if found.track == track}
    if takes - {action[ACTION_TAKE]} or any(
        strip.frame_start < start + length and strip.frame_end > start for strip in track.strips
    ):
        track = data.nla_tracks.new(prev=track)
    strip = track.strips.new(action.name, start, action)
    compat.play_slot(strip, compat.first_slot(action))
    strip.action_frame_start, strip.action_frame_end = 0, length
    strip.frame_start, strip.frame_end = start, start + length
    strip.blend_type = "ADD"
    strip.extrapolation = "NOTHING"
    strip.use_sync_length = False  # else editing its keys would move the take's second 0
    return strip


def fit_strip(armature: bpy.types.Object, found: LayerStrip, start: int, length: int) -> bpy.types.NlaStrip:
    """Give a strip another place and length; what the artist set on it stays, unless it has to change its track."""
    strip = found.strip
    end = start + length * strip.scale
    others = [other for other in found.track.strips if other != strip]
    if any(other.frame_start < end and other.frame_end > start for other in others):
        action, muted = found.action, strip.mute
        found.track.strips.remove(strip)
        strip = add_strip(armature, action, start, length)
        strip.mute = muted
        return strip
    strip.action_frame_end = length
    strip.frame_end = max(end, strip.frame_end)  # Blender keeps start before end, so the further one goes first
    strip.frame_start = start
    strip.frame_end = end
    strip.action_frame_end = length
    return strip


def remove_strip(found: LayerStrip) -> None:
    """Take a strip away, and its action where nothing else uses it; an empty track goes too."""
    action, track = found.action, found.track
    track.strips.remove(found.strip)
    if action.users == 0:
        for kept in [value for value in action.values() if isinstance(value, bpy.types.Action)]:
            bpy.data.actions.remove(kept)  # such as the keys before smoothing
        bpy.data.actions.remove(action)


def ensure_tracks(data: bpy.types.AnimData) -> dict[str, bpy.types.NlaTrack]:
    """One track per layer, made in order; tracks that exist stay where the artist put them."""
    tracks: dict[str, bpy.types.NlaTrack] = {}
    previous = None
    for layer in LAYERS:
        track = data.nla_tracks.get(layer)
        if track is None:
            track = data.nla_tracks.new(prev=previous) if previous else data.nla_tracks.new()
            track.name = layer
        tracks[layer] = previous = track
    return tracks
