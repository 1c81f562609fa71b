# SPDX-License-Identifier: GPL-3.0-or-later
"""The channels: custom properties of the armature object, which one NLA stack can animate.

Object-level properties work without the add-on, in library overrides and in exporters; a registered
PropertyGroup would break all drivers in a Blender that does not have the add-on.
"""

from __future__ import annotations

from collections.abc import Iterable

import bpy

from .avatar import Channel

# The hard limits are what the NLA's sum is clamped to; the soft ones are the slider's.
HARD_LIMITS = (-1.0, 2.0)
SOFT_LIMITS = (0.0, 1.0)


def add_channels(armature: bpy.types.Object, channels: Iterable[Channel]) -> None:
    """Add one property per channel, at its default 0: a default other than 0 would break additive layers."""
    for channel in channels:
        armature[channel.name] = 0.0
        armature.id_properties_ui(channel.name).update(
            min=HARD_LIMITS[0],
            max=HARD_LIMITS[1],
            soft_min=SOFT_LIMITS[0],
            soft_max=SOFT_LIMITS[1],
            default=0.0,
            step=1.0,
            precision=3,
            description=channel.description,
        )
        armature.property_overridable_library_set(f'["{channel.name}"]', True)
    # Drivers that are evaluated before the properties reach the evaluated copy stay invalid for good.
    armature.update_tag()
