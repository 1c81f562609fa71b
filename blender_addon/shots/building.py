# SPDX-License-Identifier: GPL-3.0-or-later
"""A shot of a storyboard as objects of the artist's own scene, to go on from; its takes and sounds stay editable."""

from __future__ import annotations

from pathlib import Path

import bpy

from .. import takes
from ..rig import import_avatar
from ..rig.assemble import AVATAR_ID, is_rig
from ..rig.avatar import read_avatar
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
        free = [obj for obj in self.scene.objects if is_rig(obj) and obj.library is None]
        found = {}
        for performer in sorted(request.performers, key=lambda one: one.place):
            avatar = read_avatar(performer.avatar)
            rig = next((one for one in free if one[AVATAR_ID] == avatar.id), None)
            if rig is None:
                rig = import_avatar(performer.avatar)
            else:
                free.remove(rig)
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


def build_shot(scene: bpy.types.Scene, path: Path, title: str) -> list[str]:
    """Set a shot request up in a scene: performers with takes, camera with its move, look, set. Nothing is rendered.

    title: of the shot, which its takes are called. Returns what has to be told.
    Raises LikenessError as `Stage.render` does until it renders.
    """
    request = read_request(path)
    engine = plan_render(request.engine, request.size, request.samples).engine
    stage = Stage(scene)
    stage.cast = SceneCast(scene, title)
    _, rigs, warnings = stage.set_up(request, engine)
    render = scene.render
    render.resolution_percentage = 100
    render.film_transparent, render.use_motion_blur = see_through(request), request.motion_blur
    scene.likeness.use_scene_size = True
    scene.frame_set(FIRST)
    for obj in bpy.context.view_layer.objects.selected:
        obj.select_set(False)
    for rig in rigs.values():
        rig.select_set(True)
        bpy.context.view_layer.objects.active = rig
    return list(dict.fromkeys(warnings))
