# SPDX-License-Identifier: GPL-3.0-or-later
"""How a speech is to be performed, as params of the core's ``perform``."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import bpy

from .. import takes
from ..directing import SLIDERS
from ..rig.assemble import RIG_ID
from ..takes.record import Record

FEELING = ("start", "end", "category", "strength", "valence", "arousal", "confidence", "text")
ACTING = ("strength", "articulation", "jaw_lips", "smile")


def chosen_acting(settings: bpy.types.PropertyGroup) -> dict[str, Any]:
    """As the panel's settings say."""
    return {
        "seed": settings.seed,
        "moves": chosen_moves(settings),
        "emotion": "read" if settings.use_feelings else "none",
        **{name: getattr(settings, name) for name in ACTING},
    }


def chosen_moves(settings: bpy.types.PropertyGroup) -> str | None:
    """The sliders as a param, where they are of the direction that is written; else the core understands it."""
    if settings.understood_of != settings.direction:
        return None
    return write_moves({name: getattr(settings.sliders, name) for name in SLIDERS})


def show_moves(
    settings: bpy.types.PropertyGroup,
    direction: str,
    moves: Mapping[str, float],
    understood: str = "",
    warnings: Iterable[str] = (),
) -> None:
    """Let the sliders show what the core has understood of a direction, and the panel tell it in sentences."""
    for name in SLIDERS:
        setattr(settings.sliders, name, moves.get(name, 0.0))
    settings.understood_of, settings.understood = direction, understood
    settings.not_understood = " ".join(warnings)


def show_performed(settings: bpy.types.PropertyGroup, direction: str, result: Mapping[str, Any]) -> None:
    """Let the sliders show what ``perform`` has understood, unless they say it already."""
    if settings.understood_of != direction:
        show_moves(settings, direction, result["moves"], warnings=result["warnings"])


def write_moves(moves: Mapping[str, float]) -> str:
    """``smile=0.4,lean=-0.2``: those that are not at rest."""
    return ",".join(f"{name}={round(value, 3):g}" for name, value in moves.items() if abs(value) > 0.0005)


def recorded_acting(record: Record) -> dict[str, Any]:
    """As a take, or a layer of one, was performed; what the record of an older take lacks is left to the core."""
    acting = {"seed": record.seed} | {name: record.settings[name] for name in ACTING if name in record.settings}
    if "moves" not in record.settings:
        return acting | {"emotion": "none"}
    acting |= {"moves": write_moves(record.settings["moves"]), "seeds": write_seeds(record.settings["seeds"])}
    return acting | write_feelings(record.feelings)


def write_seeds(seeds: Mapping[str, int]) -> str:
    """``head=3,blink=1``."""
    return ",".join(f"{layer}={seed}" for layer, seed in seeds.items())


def list_feelings(scene: bpy.types.Scene, armature: bpy.types.Object | None) -> None:
    """Let the list show the feelings of the take that plays; what was edited in it stays while these are the same."""
    settings, feelings = scene.likeness, _felt(armature)
    if are_listed(settings, armature):
        return
    settings.feelings_of = _name_feelings(armature)
    settings.feelings.clear()
    for feeling in feelings:
        row = settings.feelings.add()
        for name in FEELING:
            setattr(row, name, feeling[name])


def are_listed(settings: bpy.types.PropertyGroup, armature: bpy.types.Object | None) -> bool:
    """Whether the list is of the take that plays on this rig, as it was last performed."""
    return settings.feelings_of == _name_feelings(armature)


def _felt(armature: bpy.types.Object | None) -> Sequence[Mapping[str, Any]]:
    take = takes.shown_take(armature) if armature is not None else None
    record = takes.take_record(armature, take) if take is not None else None
    return record.of_layer("expression").feelings if record is not None else ()


def _name_feelings(armature: bpy.types.Object | None) -> str:
    """Tells feelings of one rig and take from those of another; empty where there are none."""
    feelings = _felt(armature)
    if not feelings:
        return ""
    whose = json.dumps([armature[RIG_ID], takes.shown_take(armature), list(feelings)])
    return hashlib.sha256(whose.encode()).hexdigest()


def edited_feelings(settings: bpy.types.PropertyGroup) -> dict[str, Any]:
    """The list of feelings as a param."""
    return write_feelings({name: getattr(row, name) for name in FEELING} for row in settings.feelings)


def write_feelings(feelings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Feelings as a param of ``perform``: a file of them, or that there are none."""
    rows = list(feelings)
    if not rows:
        return {"emotion": "none"}
    path = Path(bpy.app.tempdir) / "feelings.json"
    path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    return {"feelings": str(path)}
