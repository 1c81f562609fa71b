# SPDX-License-Identifier: GPL-3.0-or-later
"""The performers of a shot as rigs in the scene: imported once, kept between shots, placed, turned, and performing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import bpy
from mathutils import Matrix

from .. import takes
from ..rig import import_avatar
from ..rig.assemble import RIG_ID
from ..takes.sound import remove_sounds
from .request import Performer, Request


@dataclass(frozen=True)
class Placing:
    """How far performers stand apart and behind each other, metres, in pictures of at least this width to height."""

    aspect: float
    apart: float
    behind: float


# Bodies are half a metre wide; in a narrow picture they overlap in depth, as on a photo of two.
PLACINGS = (Placing(1.3, 0.54, 0.0), Placing(0.95, 0.50, 0.12), Placing(0.75, 0.42, 0.26), Placing(0.0, 0.268, 0.298))


# Who is seen past a shoulder stands so far aside of and behind it: so the camera looks into the set, not along it.
PAST = (0.42, 0.8)


@dataclass
class Cast:
    """The rigs of this process: by avatar folder, as often as one shot has shown it."""

    scene: bpy.types.Scene
    rigs: dict[tuple[str, float], list[bpy.types.Object]] = field(default_factory=dict)
    playing: dict[bpy.types.Object, object] = field(default_factory=dict)

    def gather(self, request: Request) -> dict[str, bpy.types.Object]:
        """The performers' rigs by name, from left to right; others leave the scene and wait.

        Raises LikenessError as `import_avatar` does.
        """
        used: dict[tuple[str, float], int] = {}
        found = {}
        for performer in sorted(request.performers, key=lambda one: one.place):
            key = _key(performer.avatar)
            number = used.get(key, 0)
            rigs = self.rigs.setdefault(key, [])
            if number == len(rigs):
                rigs.append(import_avatar(performer.avatar))
            used[key] = number + 1
            found[performer.name] = rigs[number]
        for rig in (rig for rigs in self.rigs.values() for rig in rigs):
            _show(self.scene, rig, rig in found.values())
        return found

    def perform(self, rig: bpy.types.Object, performer: Performer, fps: float) -> list[str]:
        """Put a performer's lines on its rig; what plays there already stays. Raises as `apply_performance`."""
        wanted = (fps, tuple((line, _changed(line.performance)) for line in performer.lines))
        if self.playing.get(rig) == wanted:
            return []
        self.playing.pop(rig, None)
        for take in takes.list_takes(rig):
            takes.remove_take(rig, take, self.scene)
        warnings: list[str] = []
        for number, line in enumerate(performer.lines, 1):
            made = takes.apply_performance(
                rig,
                line.performance,
                scene=self.scene,
                start=1 + round(line.start * fps),
                take=f"Line {number}",
                along=True,
            )
            warnings += made.warnings
            remove_sounds(self.scene, rig[RIG_ID], made.name)
        self.playing[rig] = wanted
        return warnings


def place_cast(
    rigs: Sequence[bpy.types.Object], aspect: float, in_front: int | None = None, behind: float = 0.0
) -> None:
    """Stand performers side by side before the camera, looking at it; in narrow pictures half behind each other.

    in_front: number of the one past whose shoulder the other one is seen; both stand one behind the other then.
    behind: how far every second one stands behind at least, metres.
    """
    placing = next(one for one in PLACINGS if aspect >= one.aspect)
    for number, rig in enumerate(rigs):
        across = (number - (len(rigs) - 1) / 2) * placing.apart
        back = max(placing.behind, behind) * (number % 2)
        if in_front is not None:
            side = 1.0 if number > in_front else -1.0
            across, back = (0.0, 0.0) if number == in_front else (side * PAST[0], PAST[1] + 0.4 * (number // 2))
        rig.matrix_world = Matrix.Translation((across, back, 0.0))


def hide_others(rigs: Sequence[bpy.types.Object], seen: Sequence[bpy.types.Object]) -> None:
    """Render only the performers that the picture is of; the others are still there to be looked at."""
    for rig in rigs:
        rig.users_collection[0].hide_render = rig not in seen


def _key(avatar: Path) -> tuple[str, float]:
    return str(Path(avatar).resolve()), _changed(avatar / "avatar.json")


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _show(scene: bpy.types.Scene, rig: bpy.types.Object, shown: bool) -> None:
    collection = next(iter(rig.users_collection))
    children = scene.collection.children
    if shown and collection.name not in children:
        children.link(collection)
    elif not shown and collection.name in children:
        children.unlink(collection)
