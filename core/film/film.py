# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of a film, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.delivery.codecs import find_codec
from core.errors import LikenessError
from core.film.cut import Cut
from core.storyboard import tables
from core.storyboard.check import seen
from core.storyboard.problems import located
from core.storyboard.storyboard import Delivery, Shot, Storyboard

CACHE_BYTES = 20_000_000_000
# What a draft is where nobody asks for more.
DRAFT_SIZE, DRAFT_ENGINE = "360p", "workbench"
_KNOWN: Mapping[str, tuple[str, ...]] = {
    "formats": tables.FORMATS, "quality": tables.QUALITIES, "engine": tables.ENGINES, "codec": tables.CODECS,
}  # fmt: skip
# What is a number: the most, and of what.
_NUMBERS: Mapping[str, tuple[int, str]] = {
    "samples": (tables.MOST_SAMPLES, "samples"), "fps": (tables.MOST_FPS, "frames a second"),
}  # fmt: skip


@dataclass(frozen=True)
class FilmOptions:
    """Empty entries leave it to the storyboard.

    blender: the program, or a Python that has bpy. row: of a table, for a storyboard with fields. name: of the files,
    else the storyboard's. cache: its folder, else NAME.cache in the film's folder; cache_bytes: what it may hold.
    identifier: hex digits that the invisible mark carries; films that share segments need the same one. shots: only
    these. online: whether a voice may be a service. fonts: a folder of them.
    """

    formats: tuple[str, ...] = ()
    quality: str = ""
    size: str = ""
    fps: int | None = None
    engine: str = ""
    samples: int | None = None
    codec: str = ""
    shots: tuple[str, ...] = ()
    blender: Path | None = None
    row: Mapping[str, Any] | None = None
    name: str = ""
    cache: Path | None = None
    cache_bytes: int = CACHE_BYTES
    identifier: str = ""
    online: bool = False
    fonts: Path | None = None


@dataclass(frozen=True)
class Film:
    """files: all that was delivered, films first. duration: seconds of the film; seconds: that it took.

    reused, made: shot -> what of it came out of the cache and what was made now, such as ``speech`` or
    ``plate 16:9``; the entry ``""`` is the whole film. verified: film -> its state, of `core.trust.verify`. cuts: of
    its shots in their order; plates: format -> where each shot's frames and faces lie, in the cache.
    """

    files: tuple[Path, ...]
    duration: float
    seconds: float
    reused: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    made: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    verified: Mapping[str, str] = field(default_factory=dict)
    cuts: tuple[Cut, ...] = ()
    plates: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)


def choose(storyboard: Storyboard, options: FilmOptions) -> Storyboard:
    """The storyboard with the options in place of its own, and a draft's economies.

    Raises LikenessError ``shot_unknown``, ``bad_params`` for what a storyboard cannot say either, and
    ``alpha_unsupported``.
    """
    for name, known in _KNOWN.items():
        asked_for = getattr(options, name)
        for value in asked_for if isinstance(asked_for, tuple) else (asked_for,):
            if value and value not in known:
                hint = f"Choose from {', '.join(known)}."
                raise LikenessError("bad_params", f"There is no {name.removesuffix('s')} “{value}”.", hint)
    for name, (most, unit) in _NUMBERS.items():
        number = getattr(options, name)
        if number is not None and not 1 <= number <= most:
            hint = f"Choose a number from 1 to {most}."
            raise LikenessError("bad_params", f"{number} is no number of {unit}.", hint)
    asked: dict[str, Any] = {
        name: getattr(options, name)
        for name in ("formats", "quality", "size", "fps", "engine", "samples", "codec")
        if getattr(options, name)
    }
    delivery: Delivery = replace(storyboard.delivery, **asked)
    if delivery.quality == "draft":
        engine = DRAFT_ENGINE if delivery.engine == "auto" else delivery.engine
        delivery = replace(delivery, size=options.size or min(delivery.size, DRAFT_SIZE, key=_lines), engine=engine)
    with located(storyboard.name, storyboard.place("alpha")):
        find_codec(delivery.codec, delivery.alpha)
    return replace(_with_seats(_only(storyboard, options.shots)), delivery=delivery)


def _with_seats(storyboard: Storyboard) -> Storyboard:
    """Who is seen in each shot: where it does not say, in the order of the front matter, so that nobody moves."""
    order = list(storyboard.performers)
    scenes = (
        replace(scene, shots=tuple(replace(shot, performers=_seated(shot, order)) for shot in scene.shots))
        for scene in storyboard.scenes
    )
    return replace(storyboard, scenes=tuple(scenes))


def _seated(shot: Shot, order: list[str]) -> tuple[str, ...]:
    return shot.performers or tuple(sorted(seen(shot), key=order.index))


def _lines(size: str) -> int:
    return int(size.removesuffix("p"))


def _only(storyboard: Storyboard, names: tuple[str, ...]) -> Storyboard:
    if not names:
        return storyboard
    there = [shot.name for shot in storyboard.shots]
    unknown = [name for name in names if name not in there]
    if unknown:
        raise LikenessError("shot_unknown", f"There is no shot “{unknown[0]}”.", f"There are {', '.join(there)}.")
    scenes = (
        replace(scene, shots=tuple(shot for shot in scene.shots if shot.name in names)) for scene in storyboard.scenes
    )
    return replace(storyboard, scenes=tuple(scene for scene in scenes if scene.shots))
