# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs that carry the same identifier, since one was appended again or duplicated, are told apart."""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from .assemble import AVATAR_ID, PART, RIG_ID, free_rig_id, is_rig
from .widgets import share_widgets


def separate_rigs() -> list[bpy.types.Object]:
    """Give rigs whose identifier an older one of this file has an identifier of their own; returns those rigs.

    Shapes of bones that came along are replaced by those of this file. Rigs that are linked and no override are
    another file's.
    """
    owners: dict[str, bpy.types.Object] = {}
    changed = []
    for rig in sorted(_local_rigs(), key=lambda obj: obj.session_uid):
        if owners.setdefault(rig[RIG_ID], rig) == rig:
            continue
        rig[RIG_ID] = free_rig_id(rig[AVATAR_ID])
        for part in rig.children:
            if PART in part:
                part[RIG_ID] = rig[RIG_ID]
        owners[rig[RIG_ID]] = rig
        changed.append(rig)
    share_widgets()
    return changed


def _local_rigs() -> Iterator[bpy.types.Object]:
    return (obj for obj in bpy.data.objects if obj.library is None and is_rig(obj) and RIG_ID in obj)
