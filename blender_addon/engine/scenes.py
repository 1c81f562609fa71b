# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding a scene and a rig again after long work: by what identifies them, never by a kept reference."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import bpy  # pyright: ignore[reportMissingImports]

from ..errors import LikenessError
from ..words import tell
from .pieces import Pieces

T = TypeVar("T")


@contextmanager
def in_scene(session_uid: int, result: str) -> Iterator[bpy.types.Context]:
    """A context with that scene as its own, also inside a timer, where there is no window.

    session_uid: of the scene. result: folder of what was made, for the message.
    Raises LikenessError ``scene_gone``.
    """
    scene = next((scene for scene in bpy.data.scenes if scene.session_uid == session_uid), None)
    if scene is None:
        raise LikenessError(
            "scene_gone",
            "The scene that this was made for is no longer there.",
            tell("Import it into another one; it is in {result}.", result=result),
        )
    windows = [window for window in bpy.context.window_manager.windows if window.scene == scene]
    seen = windows[0].view_layer if windows else scene.view_layers[0]
    window = {"window": windows[0]} if windows else {}
    with bpy.context.temp_override(**window, scene=scene, view_layer=seen):
        yield bpy.context


def each_in_scene(
    session_uid: int,
    result: str,
    pieces: Pieces[T],
    check: Callable[[bpy.types.Context], object] = lambda context: None,
) -> Pieces[T]:
    """Pieces of work each of which is done `in_scene`; between them the context is Blender's own again.

    check: before each piece, raises where what it needs is gone. Raises LikenessError ``scene_gone``.
    """
    try:
        while True:
            with in_scene(session_uid, result) as there:
                check(there)
                try:
                    said = next(pieces)
                except StopIteration as end:
                    return end.value
            yield said
    finally:
        pieces.close()


@contextmanager
def on_object(
    session_uid: int, key: str, value: str, result: str
) -> Iterator[tuple[bpy.types.Object, bpy.types.Scene]]:
    """`in_scene`, with what `find_object` finds there. Raises LikenessError ``scene_gone``, ``rig_gone``."""
    with in_scene(session_uid, result) as there:
        yield find_object(there.scene, key, value, result), there.scene


def find_object(scene: bpy.types.Scene, key: str, value: str, result: str) -> bpy.types.Object:
    """The armature of the scene whose custom property ``key`` is ``value``.

    Raises LikenessError ``rig_gone``.
    """
    for obj in scene.objects:
        if obj.type == "ARMATURE" and obj.get(key) == value:
            return obj
    raise LikenessError(
        "rig_gone",
        "The avatar that this was made for is no longer in the scene.",
        tell("Import it onto another one; it is in {result}.", result=result),
    )
