# SPDX-License-Identifier: GPL-3.0-or-later
"""The small avatar out of another file: linked with an override that can be edited, or appended."""

from __future__ import annotations

from pathlib import Path

import bpy

from blender_addon.rig.assemble import is_rig


def link_override(library: Path) -> bpy.types.Object:
    """Link the avatar, override all of it, and return the override's armature."""
    with bpy.data.libraries.load(str(library), link=True) as (_, wanted):
        wanted.collections = ["Small"]
    made = wanted.collections[0].override_hierarchy_create(
        bpy.context.scene, bpy.context.view_layer, do_fully_editable=True
    )
    return next(obj for obj in made.all_objects if is_rig(obj))


def append(library: Path) -> bpy.types.Object:
    """Append the avatar and return its armature."""
    before = set(bpy.data.objects)
    bpy.ops.wm.append(directory=f"{library}/Collection/", filename="Small")
    return next(obj for obj in set(bpy.data.objects) - before if is_rig(obj))
