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


# What of the photo's light is taken off the skin. The armature's property is the slider; each mesh that wears skin
# follows it by a driver with a property of its own, which the material reads: so one material serves linked and
# overridden rigs alike.
DELIGHT = "delight"
DELIGHT_DEFAULT = 0.0
DELIGHT_HELP = (
    "How much of the photo's own light is taken off the skin, so that the scene's light can take its place; "
    "0 shows the photo as it is"
)


def add_delight(armature: bpy.types.Object) -> None:
    """Add the slider DELIGHT to the armature."""
    armature[DELIGHT] = DELIGHT_DEFAULT
    armature.id_properties_ui(DELIGHT).update(
        min=0.0, max=1.0, default=DELIGHT_DEFAULT, step=1.0, precision=2, description=DELIGHT_HELP
    )
    armature.property_overridable_library_set(f'["{DELIGHT}"]', True)


def follow_delight(obj: bpy.types.Object, armature: bpy.types.Object) -> None:
    """Make a mesh's property DELIGHT follow the armature's."""
    obj[DELIGHT] = armature[DELIGHT]
    curve = obj.driver_add(f'["{DELIGHT}"]')
    curve.driver.type = "AVERAGE"
    variable = curve.driver.variables.new()
    variable.name, variable.type = DELIGHT, "SINGLE_PROP"
    variable.targets[0].id = armature
    variable.targets[0].data_path = f'["{DELIGHT}"]'


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
