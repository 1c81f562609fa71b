# SPDX-License-Identifier: GPL-3.0-or-later
"""One action per layer on NLA tracks; what the artist made is never touched."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ..errors import LikenessError
from ..rig.assemble import RIG_ID, check_rig
from .curves import fill_action
from .performance import LAYERS, Performance, read_performance
from .sound import place_sound

# Custom properties of an action that this program made: whose, which layer, and the name it was given. A copy
# that the artist makes or renames no longer carries its own name, and so is the artist's.
ACTION_RIG = "likeness_rig_id"
ACTION_LAYER = "likeness_layer"
ACTION_NAME = "likeness_name"


@dataclass(frozen=True)
class Take:
    """What was put on the rig; frames are the scene's, both included."""

    start: int
    end: int
    layers: tuple[str, ...]
    warnings: tuple[str, ...]


def apply_performance(
    armature: bpy.types.Object,
    folder: Path,
    layers: Collection[str] | None = None,
    scene: bpy.types.Scene | None = None,
    start: int | None = None,
) -> Take:
    """Put a performance on a rig; asked-for layers replace this program's earlier strips of the same layers.

    layers: names of `LAYERS`, None for all. start: frame of second 0, None for the scene's first frame.
    Everything is read and built before anything that exists is taken away.

    Raises LikenessError: those of `read_performance`, ``rig_missing``, ``layer_unknown``.
    """
    check_rig(armature)
    scene = scene or bpy.context.scene
    performance = read_performance(Path(folder))
    wanted = tuple(layer for layer in LAYERS if layers is None or layer in layers)
    if layers is not None and set(layers) - set(LAYERS):
        raise LikenessError(
            "layer_unknown",
            f"There is no layer {sorted(set(layers) - set(LAYERS))[0]}.",
            f"Choose from {', '.join(LAYERS)}.",
        )
    start = scene.frame_start if start is None else start
    fps = scene.render.fps / scene.render.fps_base
    length = int(np.ceil(performance.duration * fps - 1e-6))
    made, missing = _build_actions(armature, performance, wanted, length, fps)

    data = armature.animation_data_create()
    if data.use_tweak_mode:
        data.use_tweak_mode = False
    tracks = _ensure_tracks(data)
    for layer in wanted:
        _remove_strips(data, armature[RIG_ID], layer)
        if layer in made:
            _add_strip(data, tracks[layer], made[layer], start, length)
    _ensure_manual(armature, data)
    if "speech" in wanted:
        place_sound(scene, performance.sound, start, armature[RIG_ID])
    scene.frame_start, scene.frame_end = min(scene.frame_start, start), start + length
    armature.update_tag()
    warnings = (f"This avatar has no {', '.join(missing)}.",) if missing else ()
    return Take(start, start + length, tuple(made), warnings)


def _build_actions(
    armature: bpy.types.Object,
    performance: Performance,
    wanted: tuple[str, ...],
    length: int,
    fps: float,
) -> tuple[dict[str, bpy.types.Action], list[str]]:
    """Layer -> filled action, without layers that rest; and the channels that the rig lacks."""
    made: dict[str, bpy.types.Action] = {}
    missing: dict[str, None] = {}
    frames = np.arange(length + 1)
    for layer in wanted:
        curves = performance.layers.get(layer, {})
        action = bpy.data.actions.new(f"{armature.name} {layer}")
        slot = action.slots.new(id_type="OBJECT", name=armature.name)
        missing.update(dict.fromkeys(fill_action(action, slot, armature, curves, performance.time, frames, fps)))
        if not len(action.layers[0].strips[0].channelbag(slot).fcurves):
            bpy.data.actions.remove(action)
            continue
        action[ACTION_RIG], action[ACTION_LAYER] = armature[RIG_ID], layer
        action[ACTION_NAME] = action.name
        made[layer] = action
    return made, list(missing)


def _ensure_tracks(data: bpy.types.AnimData) -> dict[str, bpy.types.NlaTrack]:
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


def _is_ours(strip: bpy.types.NlaStrip, rig_id: str, layer: str) -> bool:
    action = strip.action
    return (
        action is not None
        and action.get(ACTION_RIG) == rig_id
        and action.get(ACTION_LAYER) == layer
        and action.get(ACTION_NAME) == action.name
    )


def _remove_strips(data: bpy.types.AnimData, rig_id: str, layer: str) -> None:
    for track in data.nla_tracks:
        for strip in [strip for strip in track.strips if _is_ours(strip, rig_id, layer)]:
            action = strip.action
            track.strips.remove(strip)
            if action.users == 0:
                bpy.data.actions.remove(action)


def _add_strip(
    data: bpy.types.AnimData,
    track: bpy.types.NlaTrack,
    action: bpy.types.Action,
    start: int,
    length: int,
) -> None:
    """An additive strip; where the artist's own strip is in the way, on a new track above."""
    if any(strip.frame_start < start + length and strip.frame_end > start for strip in track.strips):
        track = data.nla_tracks.new(prev=track)
    strip = track.strips.new(action.name, start, action)
    strip.action_slot = action.slots[0]
    strip.action_frame_start, strip.action_frame_end = 0, length
    strip.frame_start, strip.frame_end = start, start + length
    strip.blend_type = "ADD"
    strip.extrapolation = "NOTHING"


def _ensure_manual(armature: bpy.types.Object, data: bpy.types.AnimData) -> None:
    """The artist's own action: the active one, evaluated on top of all tracks, stores differences (ADD)."""
    if data.action is not None:
        return
    action = bpy.data.actions.new(f"{armature.name} manual")
    slot = action.slots.new(id_type="OBJECT", name=armature.name)
    data.action = action
    data.action_slot = slot
    data.action_blend_type = "ADD"
    data.action_extrapolation = "HOLD"
