# SPDX-License-Identifier: GPL-3.0-or-later
"""How a speech is to be performed, as params of the core's ``perform``."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import bpy

from .. import rig, takes
from ..directing import SLIDERS
from ..rig.assemble import RIG_ID
from ..takes.feelings import Feeling, Track, move_feeling
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
    settings = scene.likeness
    if not are_listed(settings, armature):
        settings.feelings_of = _name_feelings(armature)
        write_track(settings, performed_track(armature))


def are_listed(settings: bpy.types.PropertyGroup, armature: bpy.types.Object | None) -> bool:
    """Whether the list is of the take that plays on this rig, as it was last performed."""
    return settings.feelings_of == _name_feelings(armature)


def _felt(armature: bpy.types.Object | None) -> Sequence[Mapping[str, Any]]:
    record = shown_record(armature)
    return record.of_layer("expression").feelings if record is not None else ()


def shown_record(armature: bpy.types.Object | None) -> Record | None:
    """What the take that plays was made of; None where none plays."""
    take = takes.shown_take(armature) if armature is not None else None
    return takes.take_record(armature, take) if take is not None else None


def performed_track(armature: bpy.types.Object | None) -> Track:
    """The feelings that the face of the take that plays was performed by."""
    return tuple(Feeling(**{name: feeling[name] for name in FEELING}) for feeling in _felt(armature))


def _name_feelings(armature: bpy.types.Object | None) -> str:
    """Tells the feelings of one rig and take from those of another; empty where no take plays."""
    take = takes.shown_take(armature) if armature is not None else None
    if take is None:
        return ""
    whose = json.dumps([armature[RIG_ID], take, list(_felt(armature))])
    return hashlib.sha256(whose.encode()).hexdigest()


def read_track(settings: bpy.types.PropertyGroup) -> Track:
    """The feelings of the list."""
    return tuple(Feeling(**{name: getattr(row, name) for name in FEELING}) for row in settings.feelings)


_is_writing = False  # the list is being written, not edited by a person


@contextmanager
def _writing() -> Iterator[None]:
    global _is_writing
    before, _is_writing = _is_writing, True
    try:
        yield
    finally:
        _is_writing = before


def write_track(settings: bpy.types.PropertyGroup, track: Track, chosen: int | None = None) -> None:
    """Let the list show these feelings, and one of them be in hand."""
    with _writing():
        settings.feelings.clear()
        for feeling in track:
            row = settings.feelings.add()
            for name in FEELING:
                setattr(row, name, getattr(feeling, name))
        settings.feeling = min(settings.feeling if chosen is None else chosen, max(len(track) - 1, 0))


def follow_feeling(row: bpy.types.PropertyGroup, name: str) -> None:
    """Let the rest of the list, and the markers, follow a row whose ``start`` or ``end``, or what else, was edited."""
    from .timeline import refresh_markers

    settings, armature = row.id_data.likeness, rig.find_rig(bpy.context)
    record = shown_record(armature)
    if _is_writing or record is None:
        return
    if name:
        index = next(n for n, other in enumerate(settings.feelings) if other == row)
        wanted = {"start": None, "end": None, name: getattr(row, name)}
        track = move_feeling(read_track(settings), record, index, **wanted)
        with _writing():
            for other, feeling in zip(settings.feelings, track, strict=True):
                other.start, other.end = feeling.start, feeling.end
    refresh_markers(row.id_data, armature)


def are_edited(settings: bpy.types.PropertyGroup, armature: bpy.types.Object | None) -> bool:
    """Whether the list differs from what the face was performed by."""
    listed, performed = read_track(settings), performed_track(armature)
    return are_listed(settings, armature) and [_rounded(f) for f in listed] != [_rounded(f) for f in performed]


def _rounded(feeling: Feeling) -> tuple[Any, ...]:
    return (round(feeling.start, 3), round(feeling.end, 3), feeling.category, round(feeling.strength, 3))


def edited_feelings(settings: bpy.types.PropertyGroup, armature: bpy.types.Object | None) -> dict[str, Any]:
    """The list of feelings as a param; nothing where neither list nor take has any, so that they are read."""
    if not are_listed(settings, armature) or not (len(settings.feelings) or _felt(armature)):
        return {}
    return write_feelings(map(asdict, read_track(settings)))


def perform_as_before(record: Record, layers: Iterable[str], **instead: Any) -> list[tuple[dict[str, Any], set[str]]]:
    """Params of ``perform`` as layers were performed last, with some others, and the layers that they are for."""
    plans: list[tuple[dict[str, Any], set[str]]] = []
    for layer in layers:
        acting = recorded_acting(record.of_layer(layer))
        if not instead.keys().isdisjoint({"emotion", "feelings"}):
            acting = {name: value for name, value in acting.items() if name not in ("emotion", "feelings")}
        acting |= instead
        same = next((own for asked, own in plans if asked == acting), None)
        if same is None:
            plans.append((acting, {layer}))
        else:
            same.add(layer)
    return plans


def write_feelings(feelings: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Feelings as a param of ``perform``: a file of them, or that there are none."""
    rows = list(feelings)
    if not rows:
        return {"emotion": "none"}
    text = json.dumps(rows, ensure_ascii=False)
    path = Path(bpy.app.tempdir) / f"feelings-{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    path.write_text(text, encoding="utf-8")
    return {"feelings": str(path)}
