# SPDX-License-Identifier: GPL-3.0-or-later
"""A shot of a storyboard as objects of the artist's own scene, to go on from; its takes and sounds stay editable."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import bpy

from .. import takes
from ..engine.pieces import Pieces, beside
from ..rig import import_avatar, make_rig, read_avatar
from ..rig.assemble import AVATAR_ID, is_rig
from ..rig.made import make_whole
from ..stage.plan import plan_render
from .cast import Cast
from .dressing import see_through
from .pictures import FIRST
from .request import Performer, Request, read_request
from .shot import Stage


class SceneCast(Cast):
    """Performers in an artist's scene: avatars that are there perform, other takes of theirs stay, muted."""

    def __init__(self, scene: bpy.types.Scene, title: str) -> None:
        super().__init__(scene)
        self.title = title

    def gather(self, request: Request) -> dict[str, bpy.types.Object]:
        """As `Cast.gather`; other avatars of the scene stay, but are not rendered."""
        free = list(own_rigs(self.scene))
        found = {}
        for performer in sorted(request.performers, key=lambda one: one.place):
            rig = next((one for one in free if one[AVATAR_ID] == read_id(performer.avatar)), None)
            if rig is None:
                rig = import_avatar(performer.avatar)
            else:
                free.remove(rig)
            rig.users_collection[0].hide_render = False
            found[performer.name] = rig
        for rig in free:
            rig.users_collection[0].hide_render = True
        return found

    def perform(self, rig: bpy.types.Object, performer: Performer, fps: float) -> list[str]:
        """Put a performer's lines on its rig as takes called as the shot is, with their sounds."""
        warnings: list[str] = []
        for number, line in enumerate(performer.lines, 1):
            made = takes.apply_performance(
                rig,
                line.performance,
                scene=self.scene,
                start=FIRST + round(line.start * fps),
                take=self.title if number == 1 else f"{self.title} {number}",
                along=number > 1,
            )
            warnings += made.warnings
        return warnings


def own_rigs(scene: bpy.types.Scene) -> Iterator[bpy.types.Object]:
    """The avatars of a scene that can be given takes and places."""
    return (obj for obj in scene.objects if is_rig(obj) and obj.library is None)


def read_id(avatar: Path) -> str:
    """The id of an avatar's folder; empty where it has none that can be read."""
    try:
        return str(json.loads((avatar / "avatar.json").read_text(encoding="utf-8"))["id"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def build_shot(context: bpy.types.Context, path: Path, title: str) -> Pieces[list[str]]:
    """Set a shot request up in the context's scene: performers with takes, camera with its move, look, set.

    In pieces: avatars that are missing are put there first, all else with the last one; closed before, nothing is left.
    title: of the shot, which its takes are called. Returns what has to be told.
    Raises LikenessError as `Stage.render` does until it renders.
    """
    return make_whole(_build(context, path, title))


def _build(context: bpy.types.Context, path: Path, title: str) -> Pieces[list[str]]:
    request = read_request(path)
    there = Counter(rig[AVATAR_ID] for rig in own_rigs(context.scene))
    for performer in request.performers:
        wanted = read_id(performer.avatar)
        there[wanted] -= 1
        if there[wanted] < 0:
            folder = performer.avatar
            avatar = yield from beside(lambda folder=folder: read_avatar(folder))
            yield from make_rig(avatar, context)
    yield
    return _set_up(context, request, title)


def _set_up(context: bpy.types.Context, request: Request, title: str) -> list[str]:
    scene, render = context.scene, context.scene.render
    engine = plan_render(request.engine, request.size, request.samples).engine
    stage = Stage(scene)
    stage.cast = SceneCast(scene, title)
    _, rigs, warnings = stage.set_up(request, engine)
    render.resolution_percentage = 100
    render.film_transparent, render.use_motion_blur = see_through(request), request.motion_blur
    scene.likeness.use_scene_size = True
    scene.frame_set(FIRST)
    for obj in context.view_layer.objects.selected:
        obj.select_set(False)
    for rig in rigs.values():
        rig.select_set(True)
        context.view_layer.objects.active = rig
    return list(dict.fromkeys(warnings))
