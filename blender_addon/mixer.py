# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of a take, and what the mixer in the panels sets of each: on its action and strip, not on the scene."""

from collections.abc import Callable
from typing import Any

import bpy

from . import takes
from .rig import find_rig

LAYERS = (
    ("speech", "Speech", "Jaw, lips and tongue"),
    ("expression", "Expression", "Brows, cheeks and smile"),
    ("blink", "Blink", "The lids"),
    ("gaze", "Gaze", "The eyes"),
    ("head", "Head", "Head and neck"),
    ("gesture", "Gesture", "Nods, shakes, shrugs: at words and where the script asks for them"),
    ("body", "Body", "Chest and shoulders: posture, leaning, what follows the head"),
    ("breath", "Breath", "Breathing"),
    ("micro", "Micro", "Small movements of a living face"),
)


def _mixed(kind: Callable, layer: str, get: Callable, put: Callable, **about: Any) -> Any:
    """A property of a kind that reads and writes one layer of the take that plays."""

    def found() -> Any:
        armature = find_rig(bpy.context)
        return takes.take_strips(armature, takes.shown_take(armature)).get(layer) if armature is not None else None

    def read(_: bpy.types.PropertyGroup) -> float | bool:
        strip = found()
        return get(strip) if strip is not None else about["default"]

    def write(_: bpy.types.PropertyGroup, value: float | bool) -> None:
        strip = found()
        if strip is not None:
            put(strip, value)

    return kind(get=read, set=write, options=set(), **about)


def _make_mixer(layer: str) -> type[bpy.types.PropertyGroup]:
    """The mixer's settings of a layer: they lie on the layer's action and strip, not here."""
    settings = {**_make_switches(layer), **_make_sliders(layer)}
    about = {"__doc__": f"How the layer {layer} is mixed", "__annotations__": settings}
    return type(f"LIKENESS_PG_mixer_{layer}", (bpy.types.PropertyGroup,), about)


def _make_switches(layer: str) -> dict[str, Any]:
    return {
        "more": bpy.props.BoolProperty(
            name="More", description="Show offset, smoothing, range, seed and curves of the layer"
        ),
        "mute": _mixed(
            bpy.props.BoolProperty,
            layer,
            takes.is_muted,
            takes.set_muted,
            name="Mute",
            default=False,
            description="Leave the layer out: what it moves goes to where it rests",
        ),
        "solo": _mixed(
            bpy.props.BoolProperty,
            layer,
            takes.is_solo,
            takes.set_solo,
            name="Solo",
            default=False,
            description="Play this layer without the others, which go to where they rest; your own keys play along",
        ),
    }


def _make_sliders(layer: str) -> dict[str, Any]:
    return {
        "strength": _mixed(
            bpy.props.FloatProperty,
            layer,
            takes.layer_strength,
            takes.set_strength,
            name="Strength",
            default=1.0,
            min=0.0,
            max=2.0,
            description="How much of the layer is seen; 1 is as performed",
        ),
        "offset": _mixed(
            bpy.props.FloatProperty,
            layer,
            takes.layer_offset,
            takes.set_offset,
            name="Offset",
            default=0.0,
            soft_min=-24.0,
            soft_max=24.0,
            step=100,
            precision=0,
            description="Frames by which the layer comes later than the sound",
        ),
        "smoothing": _mixed(
            bpy.props.FloatProperty,
            layer,
            takes.layer_smoothing,
            takes.set_smoothing,
            name="Smoothing",
            default=0.0,
            min=0.0,
            soft_max=6.0,
            max=48.0,
            precision=1,
            description="Frames over which the layer is smoothed",
        ),
    }


MIXERS = {layer: _make_mixer(layer) for layer, *_ in LAYERS}
