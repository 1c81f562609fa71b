# SPDX-License-Identifier: GPL-3.0-or-later
"""How a speech is to be performed, as params of the core's ``perform``."""

from collections.abc import Mapping
from typing import Any

import bpy

ACTING = ("strength", "articulation", "jaw_lips", "smile")


def chosen_acting(settings: bpy.types.PropertyGroup) -> dict[str, Any]:
    """As the panel's settings say."""
    return {"seed": settings.seed, **{name: getattr(settings, name) for name in ACTING}}


def recorded_acting(settings: Mapping[str, Any]) -> dict[str, Any]:
    """As a take was performed, by the settings of its record; what an older take lacks is left to the core."""
    return {name: settings[name] for name in ACTING if name in settings}
