# SPDX-License-Identifier: GPL-3.0-or-later
"""Synthetic people: avatars of nobody, from a number and some sliders."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy

from .. import rig
from ..engine import jobs, paths
from ..engine.pieces import Pieces, beside
from ..engine.scenes import each_in_scene
from ..words import tell
from .job import explain, start_job, why_busy, why_no_core
from .photo import put_avatar

PEOPLE = 100_000  # among whom the dice choose
SLIDERS = ("age", "masculine", "weight", "skin")


def tell_sliders(settings: Any) -> str:
    """The sliders as the core's param; empty where the seed says all of it."""
    if not settings.own:
        return ""
    told = [f"{name}={getattr(settings, name):.3f}" for name in SLIDERS]
    return ", ".join([*told, *([f"hair={settings.hair}"] if settings.hair != "seed" else [])])


class LIKENESS_OT_make_person(bpy.types.Operator):
    """Make the avatar of a person who does not exist, and put it into the scene: no photo, and nobody's consent"""

    bl_idname = "likeness.make_person"
    bl_label = "Make Person"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return explain(cls, why_no_core() or why_busy())

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings, scene = context.scene.likeness.person, context.scene.session_uid
        out = paths.free_name(paths.results_folder(), f"Person {settings.seed}", ".avatar")
        params = {"seed": settings.seed, "sliders": tell_sliders(settings), "name": out.stem, "out": str(out)}

        def apply(results: Sequence[Mapping[str, Any]], job: jobs.Job) -> Pieces[str]:
            folder = results[-1]["avatar"]
            avatar = yield from beside(lambda: rig.read_avatar(Path(folder)))
            armature = yield from each_in_scene(scene, folder, put_avatar(avatar, bpy.context))
            return tell("{name} is in the scene.", name=armature.name)

        return start_job(self, self.bl_label, [jobs.ask("make_person", params)], apply)


class LIKENESS_OT_roll_person(bpy.types.Operator):
    """Choose another person by chance"""

    bl_idname = "likeness.roll_person"
    bl_label = "Another Person"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings = context.scene.likeness.person
        # Never the one that there is: the dice would seem not to have been thrown.
        settings.seed = (settings.seed + 1 + random.randrange(PEOPLE - 1)) % PEOPLE
        return {"FINISHED"}


CLASSES = (LIKENESS_OT_make_person, LIKENESS_OT_roll_person)
