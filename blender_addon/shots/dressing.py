# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands around the performers: background, light, screen, plate, film look. The one place where shots call
the stage for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bpy

from ..stage import apply_film_look, clear_background, fit_card, set_background, set_look, set_screen, set_variant
from ..stage.face import measure_face
from .catcher import catch_shadows, remove_catchers
from .plates import show_plate
from .request import Performer, Request

STUDIO = {"set": "studio"}


@dataclass
class Dressing:
    """What stands, so that the next shot in the same place builds nothing."""

    scene: bpy.types.Scene
    standing: object = None

    def dress(self, request: Request, rigs: Sequence[bpy.types.Object], engine: str) -> list[str]:
        """Put background and light around the performers; returns what has to be told. The camera comes after.

        Raises LikenessError as `set_background`, `set_look` and `set_screen` do.
        """
        scene, background = self.scene, dict(request.background or STUDIO)
        faces = [measure_face(rig) for rig in rigs]
        is_plate = "plate" in background
        wanted = (repr(sorted(background.items(), key=str)), request.alpha, request.size, request.fps, repr(faces))
        if wanted != self.standing:
            self.standing = None
            if request.alpha and not background.get("hdri"):  # light falls, but nothing stands behind
                clear_background(scene)
            else:
                set_background(scene, background, faces, request.fps)
        apply_film_look(scene, False)  # it comes after the plate
        show_plate(scene, background, behind=is_plate and not request.alpha)
        set_look(scene, request.light, faces)
        if request.screen:
            set_screen(scene, request.screen, request.fps)
        self.standing = None if request.screen else wanted
        told = ""
        remove_catchers(scene)
        if (is_plate or request.alpha) and faces:
            told = catch_shadows(scene, faces[0], engine, background.get("wall"))
        return [told] if told else []

    def finish(self, request: Request) -> None:
        """What goes by the camera, once that stands."""
        fit_card(self.scene)
        apply_film_look(self.scene, request.film_look)


def vary(rig: bpy.types.Object, performer: Performer) -> None:
    """Show a performer as it is, or drawn."""
    set_variant(rig, performer.look)


def see_through(request: Request) -> bool:
    """Whether the picture is rendered without what is behind."""
    return request.alpha or bool(_plate(request))


def _plate(request: Request) -> Any:
    return (request.background or {}).get("plate")
