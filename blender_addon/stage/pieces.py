# SPDX-License-Identifier: GPL-3.0-or-later
"""The pieces that this program puts on a stage: made once, found again by a mark, never by name."""

from __future__ import annotations

from collections.abc import Callable

import bpy

STAGE = "likeness_stage"
COLLECTION = "Likeness studio"


def ensure_piece(scene: bpy.types.Scene, piece: str, make_data: Callable[[str], bpy.types.ID]) -> bpy.types.Object:
    """The object of this scene marked as ``piece``, made from ``make_data(name)`` where there is none."""
    for obj in scene.objects:
        if obj.get(STAGE) == piece:
            return obj
    name = f"Studio {piece}"
    obj = bpy.data.objects.new(name, make_data(name))
    obj[STAGE] = piece
    _ensure_collection(scene).objects.link(obj)
    return obj


def _ensure_collection(scene: bpy.types.Scene) -> bpy.types.Collection:
    for collection in scene.collection.children:
        if STAGE in collection:
            return collection
    collection = bpy.data.collections.new(COLLECTION)
    collection[STAGE] = "studio"
    scene.collection.children.link(collection)
    return collection
