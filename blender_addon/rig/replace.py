# SPDX-License-Identifier: GPL-3.0-or-later
"""A rebuilt avatar in the place of the one that is in the scene, with everything that was done to that one."""

from __future__ import annotations

from collections.abc import Iterable

import bpy

from .assemble import AVATAR_ID, PARTS, PHOTO_PATH, RECORDS, RIG_ID, rig_parts
from .handles import equip
from .keys import channels_of


def replace_rig(old: bpy.types.Object, new: bpy.types.Object) -> bpy.types.Object:
    """Give the armature ``old`` the bones and meshes of ``new``, which is then no more; returns ``old``.

    Place, animation, constraints, name and the rig's own identifier stay; what hung on the old meshes goes with them.
    """
    old_parts, new_parts = rig_parts(old), rig_parts(new)
    homes = old.users_collection
    bones, meshes = old.data, [part.data for part in old_parts.values()]
    name = old.name
    bpy.data.batch_remove(list(old_parts.values()))
    for channel in channels_of(new_parts.values()):
        if channel not in old:
            old[channel] = 0.0
            old.id_properties_ui(channel).update_from(new.id_properties_ui(channel))
            old.property_overridable_library_set(f'["{channel}"]', True)
    old.data = new.data
    equip(old)
    for part in new_parts.values():
        _hang(part, old, new, homes)
    for record in (AVATAR_ID, PARTS, PHOTO_PATH, *(f"likeness_{record}" for record in RECORDS)):
        if record in new:
            old[record] = new[record]
    emptied, prefix = list(new.users_collection), new.name
    bpy.data.objects.remove(new)
    bpy.data.batch_remove([collection for collection in emptied if not len(collection.objects)])
    materials = {slot for mesh in meshes for slot in mesh.materials if slot is not None}
    bpy.data.batch_remove([block for block in (bones, *meshes) if block.users == 0])
    bpy.data.batch_remove([material for material in materials if material.users == 0])
    old.name = name
    _rename(new_parts.values(), prefix, name)
    old.update_tag()
    return old


def _rename(parts: Iterable[bpy.types.Object], prefix: str, name: str) -> None:
    """Call meshes and materials after the armature that they hang on now."""
    for part in parts:
        for block in (part, part.data, *part.data.materials):
            block.name = block.name.replace(prefix, name, 1)


def _hang(
    part: bpy.types.Object, old: bpy.types.Object, new: bpy.types.Object, homes: tuple[bpy.types.Collection, ...]
) -> None:
    """Let a mesh follow the old armature instead of the new one, and lie where that one lies."""
    part.parent = old
    part[RIG_ID] = old[RIG_ID]
    for collection in part.users_collection:
        collection.objects.unlink(part)
    for collection in homes:
        collection.objects.link(part)
    for modifier in part.modifiers:
        if getattr(modifier, "object", None) == new:
            modifier.object = old
    keys = part.data.shape_keys
    for animated in (part, keys):
        if animated is None or animated.animation_data is None:
            continue
        for curve in animated.animation_data.drivers:
            for target in (target for variable in curve.driver.variables for target in variable.targets):
                if target.id == new:
                    target.id = old
