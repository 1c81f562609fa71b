# SPDX-License-Identifier: GPL-3.0-or-later
"""Strength, offset and smoothing of a layer; its keys are there again when all are taken back.

Strength is an envelope modifier on every F-curve and offset the strip's place. Smoothing gives the strip other keys
and keeps the sharp ones in an action of their own.
"""

from __future__ import annotations

import bpy
import numpy as np

from .curves import copy_curves, curve_bag, fingerprint, read_curve, replace_values
from .keys import SAMPLES
from .strips import ACTION_NAME, LayerStrip, own_action

STRENGTH, OFFSET, SMOOTHING = "likeness_strength", "likeness_offset", "likeness_smoothing"
# The sharp action that a smoothed one comes from, and what the smoothed keys were when they were made.
SHARP, MADE = "likeness_sharp", "likeness_made"
MODIFIER = "Strength"
LEAST = 1e-5  # the strength that stands for 0


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
    for curve in curve_bag(action, found.strip.action_slot).fcurves:
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
    bag = curve_bag(action, found.strip.action_slot)
    frames = np.arange(SAMPLES * round(found.strip.action_frame_end) + 1) / SAMPLES
    for curve in bag.fcurves:
        replace_values(curve, _blur(read_curve(curve, frames), width))
    action[SHARP], action[MADE] = sharp, fingerprint(bag)
    del sharp[ACTION_NAME]


def sharpen(found: LayerStrip) -> None:
    """Give a layer its own keys back; such as were edited after smoothing stay."""
    action = found.action
    sharp = action.get(SHARP)
    if not isinstance(sharp, bpy.types.Action):
        return
    bag = curve_bag(action, found.strip.action_slot)
    if action.get(MADE) == fingerprint(bag):
        copy_curves(curve_bag(sharp, sharp.slots[0]), bag)
        set_strength(found, layer_strength(found))
    del action[SHARP]
    action[SMOOTHING] = 0.0
    bpy.data.actions.remove(sharp)


def _blur(values: np.ndarray, frames: float) -> np.ndarray:
    width = frames * SAMPLES
    reach = int(np.ceil(3 * width))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    return np.convolve(np.pad(values, reach, mode="edge"), kernel / kernel.sum(), mode="valid")
