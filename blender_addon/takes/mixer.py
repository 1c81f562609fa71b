# SPDX-License-Identifier: GPL-3.0-or-later
"""Mute, solo, strength, offset, smoothing and range of a layer; its keys are there again when all are taken back.

Strength is an envelope modifier on every F-curve, offset the strip's place, and a range are keys on the strip's
influence. Smoothing gives the strip other keys and keeps the sharp ones in an action of their own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import bpy
import numpy as np

from .. import compat
from ..errors import LikenessError
from ..words import tell
from .curves import copy_curves, fingerprint, read_curve, replace_values
from .keys import SAMPLES
from .strips import ACTION_NAME, LayerStrip, own_action, take_strips

STRENGTH, OFFSET, SMOOTHING = "likeness_strength", "likeness_offset", "likeness_smoothing"
# The sharp action that a smoothed one comes from, and what the smoothed keys were when they were made.
SHARP, MADE = "likeness_sharp", "likeness_made"
MODIFIER = "Strength"
LEAST = 1e-5  # the strength that stands for 0
# Solo, and whether the layer is muted by itself while another one's solo silences it. Blender's own solo of a track
# would leave out the artist's action too, and let stand where it was last what only other layers move.
SOLO, MUTED = "likeness_solo", "likeness_mute"
RANGE = "likeness_range"  # first and last frame of the scene in which a layer is seen
FADE = 0.15  # seconds within which a layer comes and goes at the ends of its range


def layer_strength(found: LayerStrip) -> float:
    """1 is as performed."""
    return float(found.action.get(STRENGTH, 1.0))


def layer_offset(found: LayerStrip) -> float:
    """Frames by which the layer is late."""
    return float(found.action.get(OFFSET, 0.0))


def layer_smoothing(found: LayerStrip) -> float:
    """Standard deviation of the smoothing, in frames; 0 is none."""
    return float(found.action.get(SMOOTHING, 0.0))


def set_strength(found: LayerStrip, strength: float) -> None:
    """Scale a layer, 0 to 2."""
    action = own_action(found)
    action[STRENGTH] = strength
    for curve in found.curves.fcurves:
        _scale(curve, strength)


def _scale(curve: bpy.types.FCurve, strength: float) -> None:
    modifier = next((m for m in curve.modifiers if m.type == "ENVELOPE" and m.name == MODIFIER), None)
    if strength == 1.0:
        if modifier is not None:
            curve.modifiers.remove(modifier)
        return
    if modifier is None:
        modifier = curve.modifiers.new("ENVELOPE")
        modifier.name = MODIFIER
        modifier.reference_value = 0.0
        modifier.control_points.add(0)  # from -1 to 1; writing to it reads past its end (Blender 4.5) and may crash
    # The range from default_min to default_max is laid onto the point's.
    whole = 1.0 / max(strength, LEAST)
    modifier.default_min, modifier.default_max = -whole, whole


def set_offset(found: LayerStrip, frames: float) -> None:
    """Play a layer later (> 0) or earlier than the sound."""
    by = frames - layer_offset(found)
    found.action[OFFSET] = frames
    strip = found.strip
    ends = (strip.frame_start + by, strip.frame_end + by)
    if by > 0:
        strip.frame_end = ends[1]
        strip.frame_start = ends[0]
    else:
        strip.frame_start = ends[0]
        strip.frame_end = ends[1]


def set_smoothing(found: LayerStrip, width: float) -> None:
    """Smooth a layer by a Gaussian as wide as so many frames; what was edited by hand since is smoothed too."""
    sharpen(found)
    action = own_action(found)
    action[SMOOTHING] = width
    if width <= 0:
        return
    sharp = action.copy()
    sharp.name = f"{action.name} sharp"
    sharp.use_fake_user = True
    bag = found.curves
    frames = np.arange(SAMPLES * round(found.strip.action_frame_end) + 1) / SAMPLES
    for curve in bag.fcurves:
        replace_values(curve, _blur(read_curve(curve, frames), width))
    action[SHARP], action[MADE] = sharp, fingerprint(bag.fcurves)
    del sharp[ACTION_NAME]


def is_muted(found: LayerStrip) -> bool:
    """Whether a layer is left out by its own button, whatever is played alone."""
    return bool(found.action.get(MUTED, found.track.mute))


def set_muted(found: LayerStrip, muted: bool) -> None:
    """Leave a layer out, or not; while layers are played alone, from when they no longer are."""
    if MUTED in found.action:
        found.action[MUTED] = muted
    else:
        _silence(found, muted)


def is_solo(found: LayerStrip) -> bool:
    """Whether a layer is played alone, or with others that are."""
    return bool(found.action.get(SOLO, False))


def set_solo(found: LayerStrip, solo: bool) -> None:
    """Play a layer alone: the others of its take go to rest, and come back when none is played alone any longer.

    The artist's own keys play in any case.
    """
    armature = found.track.id_data
    for track in armature.animation_data.nla_tracks:
        if track.is_solo:
            track.is_solo = False
    action = own_action(found)
    if solo:
        action[SOLO] = True
    else:
        action.pop(SOLO, None)
    settle_solo(take_strips(armature, found.take))


def settle_solo(strips: Mapping[str, LayerStrip]) -> None:
    """Let those layers of a take be heard that are played alone; all that are not muted where there are none."""
    alone = {layer for layer, found in strips.items() if is_solo(found)}
    for layer, found in strips.items():
        if alone:
            if MUTED not in found.action:
                own_action(found)[MUTED] = found.track.mute
            _silence(found, layer not in alone)
        elif MUTED in found.action:
            _silence(found, bool(found.action.pop(MUTED)))


def _silence(found: LayerStrip, muted: bool) -> None:
    """Mute a layer's track, or not."""
    found.track.mute = muted
    if muted:
        rest_layer(found)
    found.track.id_data.update_tag(refresh={"OBJECT", "DATA", "TIME"})


def rest_layer(found: LayerStrip) -> None:
    """Put to rest what a layer moves: Blender lets what nothing moves any longer stay where it was last."""
    armature = found.track.id_data
    for curve in found.curves.fcurves:
        name = curve.data_path[2:-2] if curve.data_path.startswith("[") else None
        if name is None:
            with contextlib.suppress(ValueError):  # a bone that somebody removed
                armature.path_resolve(curve.data_path)[curve.array_index] = 0.0
        elif name in armature:
            armature[name] = 0.0


def layer_range(found: LayerStrip) -> tuple[int, int] | None:
    """The frames of the scene in which a layer is seen; None where it is all of them."""
    span = found.action.get(RANGE) if found.strip.use_animated_influence else None
    return None if span is None else (span[0], span[1])


def set_range(found: LayerStrip, span: tuple[int, int] | None, fps: float) -> None:
    """Let a layer be seen in some frames of the scene only (both included), or in all again.

    Raises LikenessError ``influence_animated`` where the artist has keyed the strip's influence, ``span_empty``.
    """
    strip = found.strip
    if strip.use_animated_influence and RANGE not in found.action:
        raise LikenessError(
            "influence_animated",
            tell("The influence of the layer {layer} is animated by hand.", layer=found.layer),
            "Switch its Animated Influence off in the NLA editor first.",
        )
    if span is not None and span[0] >= span[1]:
        raise LikenessError("span_empty", "The range has no frames.", "Choose a longer one on the timeline.")
    action = own_action(found)
    strip.use_animated_influence = span is not None
    if span is None:
        action.pop(RANGE, None)
        return
    action[RANGE] = span
    fade = min(max(FADE * fps, 1.0), (span[1] - span[0]) / 2)
    keys = strip.fcurves.find("influence").keyframe_points
    keys.clear()
    for frame, share in ((span[0], 0.0), (span[0] + fade, 1.0), (span[1] - fade, 1.0), (span[1], 0.0)):
        keys.insert(frame, share)


def sharpen(found: LayerStrip) -> None:
    """Give a layer its own keys back; such as were edited after smoothing stay."""
    action = found.action
    sharp = action.get(SHARP)
    if not isinstance(sharp, bpy.types.Action):
        return
    bag = found.curves
    if action.get(MADE) == fingerprint(bag.fcurves):
        copy_curves(compat.curve_bag(compat.first_slot(sharp)), bag)
        set_strength(found, layer_strength(found))
    del action[SHARP]
    action[SMOOTHING] = 0.0
    bpy.data.actions.remove(sharp)


def _blur(values: np.ndarray, frames: float) -> np.ndarray:
    width = frames * SAMPLES
    reach = int(np.ceil(3 * width))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    return np.convolve(np.pad(values, reach, mode="edge"), kernel / kernel.sum(), mode="valid")
