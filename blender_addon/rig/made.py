# SPDX-License-Identifier: GPL-3.0-or-later
"""What an import in pieces has added to the file so far, so that all of it, and nothing else, can be taken away again.

Things are known by their session_uid, which an undo keeps: a step that the person makes between two pieces holds
what is half-made, and undoing to that step brings it back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from ..engine.pieces import Pieces
from .widgets import WIDGET

# Custom property of the collection of a rig that is not finished.
HALF_MADE = "likeness_half_made"
# bpy.data collections that an import adds to; objects first, so that nothing uses what is removed after them.
DATA = ("objects", "collections", "armatures", "meshes", "materials", "images")

_lately: dict[int, Made] = {}  # session_uid of the collection -> what was made for it, in this session


class Made:
    """The data-blocks that were added inside `noting`."""

    def __init__(self) -> None:
        self._uids: dict[str, set[int]] = {kind: set() for kind in DATA}

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note what is added meanwhile; nobody else adds anything, since nothing else runs."""
        before = {kind: _all_uids(kind) for kind in DATA}
        try:
            yield
        finally:
            for kind in DATA:
                self._uids[kind] |= _all_uids(kind) - before[kind]

    def remove(self) -> None:
        """Take all of it away, but for shapes of bones that another rig has come to use."""
        for kind in DATA:
            those = [block for block in getattr(bpy.data, kind) if block.session_uid in self._uids[kind]]
            if kind == "objects":
                bpy.data.batch_remove([obj for obj in those if WIDGET not in obj])
                those = [obj for obj in those if _is_valid(obj) and obj.users <= len(obj.users_collection)]
            elif kind == "collections":
                those = [collection for collection in those if not len(collection.objects)]
            elif kind == "meshes":
                those = [mesh for mesh in those if not mesh.users]
            bpy.data.batch_remove(those)


def make_whole(pieces: Pieces[bpy.types.Object]) -> Pieces[bpy.types.Object]:
    """Pieces that make a rig; where they fail or are closed, everything that they have made is removed."""
    made = Made()
    try:
        while True:
            with made.noting():
                try:
                    said = next(pieces)
                except StopIteration as end:
                    return end.value
            for collection in bpy.data.collections:
                if HALF_MADE in collection:
                    _lately.setdefault(collection.session_uid, made)
            yield said
    except BaseException:
        pieces.close()
        made.remove()
        raise


def remove_half_made() -> None:
    """Remove what an undo, or a file that was saved by itself in the midst of work, has brought back."""
    for collection in [c for c in bpy.data.collections if HALF_MADE in c and c.library is None]:
        made = _lately.get(collection.session_uid)
        if made is not None:
            made.remove()
            continue
        objects = list(collection.objects)
        data = {obj.data for obj in objects if obj.data is not None}
        bpy.data.batch_remove([collection, *objects])
        bpy.data.batch_remove([block for block in data if not block.users])


def _all_uids(kind: str) -> set[int]:
    return {block.session_uid for block in getattr(bpy.data, kind)}


def _is_valid(obj: bpy.types.Object) -> bool:
    try:
        return bool(obj.name)
    except ReferenceError:
        return False
