# SPDX-License-Identifier: GPL-3.0-or-later
"""The channels: custom properties of the armature object, which one NLA stack can animate.

Object-level properties work without the add-on, in library overrides and in exporters; a registered
PropertyGroup would break all drivers in a Blender that does not have the add-on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import bpy

from .avatar import Channel
from .drivers import Source, drive

# The hard limits are what the NLA's sum is clamped to; the soft ones are the slider's.
HARD_LIMITS = (-1.0, 2.0)
SOFT_LIMITS = (0.0, 1.0)


@dataclass(frozen=True)
class Slider:
    """A value from 0 to ``most`` of the rig as a whole; ``label`` is what the panel calls it."""

    name: str
    default: float
    most: float
    label: str
    help: str


# What of the photo's light is taken off the skin. The armature's property is the slider; each mesh that wears skin
# follows it by a driver with a property of its own, which the material reads: so one material serves linked and
# overridden rigs alike.
DELIGHT = "delight"
DELIGHT_DEFAULT = 0.0
LOOK_AT = "look_at"
CARRY = "head_carry"
SLIDERS: tuple[Slider, ...] = (
    Slider(
        DELIGHT,
        DELIGHT_DEFAULT,
        1.0,
        "Take the Photo's Light Off",
        "How much of the photo's own light is taken off the skin, so that the scene's light can take its place; "
        "0 shows the photo as it is",
    ),
    Slider(
        LOOK_AT,
        0.0,
        1.0,
        "Look at Target",
        "How far the eyes turn from where the take and the eye bones point them to the target in front of the face; "
        "1 keeps both on it, however the head turns",
    ),
    Slider(
        CARRY,
        0.35,
        0.8,
        "Head Carries Along",
        "The neck's share of the head's rotation; chest and shoulders turn by a smaller part of it, and the face looks "
        "where it would without",
    ),
)


def follow_delight(obj: bpy.types.Object, armature: bpy.types.Object) -> None:
    """Make a mesh's property DELIGHT follow the armature's."""
    obj[DELIGHT] = armature[DELIGHT]
    drive(obj, f'["{DELIGHT}"]', {DELIGHT: Source(armature, f'["{DELIGHT}"]')})


def add_channels(armature: bpy.types.Object, channels: Iterable[Channel]) -> None:
    """Add one property per channel, at its default 0: a default other than 0 would break additive layers."""
    for channel in channels:
        add_channel(armature, channel.name, channel.description)
    # Drivers that are evaluated before the properties reach the evaluated copy stay invalid for good.
    armature.update_tag()


def add_channel(armature: bpy.types.Object, name: str, description: str) -> None:
    """Add the property of one channel, at 0."""
    armature[name] = 0.0
    limit_channel(armature, name, description)
    armature.property_overridable_library_set(f'["{name}"]', True)


def limit_channel(owner: bpy.types.Object, name: str, description: str) -> None:
    """Give a channel's property its limits and its text."""
    owner.id_properties_ui(name).update(
        min=HARD_LIMITS[0],
        max=HARD_LIMITS[1],
        soft_min=SOFT_LIMITS[0],
        soft_max=SOFT_LIMITS[1],
        default=0.0,
        step=1.0,
        precision=3,
        description=description,
    )


def add_slider(armature: bpy.types.Object, slider: Slider) -> None:
    """Add a slider of the rig itself; one that is there keeps its value and its animation."""
    if slider.name not in armature:
        armature[slider.name] = slider.default
    armature.id_properties_ui(slider.name).update(
        min=0.0, max=slider.most, default=slider.default, step=1.0, precision=2, description=slider.help
    )
    armature.property_overridable_library_set(f'["{slider.name}"]', True)
