# SPDX-License-Identifier: GPL-3.0-or-later
"""Property groups as files keep them."""

from __future__ import annotations

from typing import Any

import bpy


def stored_settings(owner: bpy.types.ID, name: str) -> Any:
    """The properties that a file keeps of a property group, as they were written; None where it keeps none.

    5.0 keeps them apart from what artists add.
    """
    if hasattr(owner, "bl_system_properties_get"):
        properties = owner.bl_system_properties_get()
        return properties.get(name) if properties is not None else None
    return owner.get(name)
