# SPDX-License-Identifier: GPL-3.0-or-later
"""The shot request ``shot.json``, read and checked before anything is made (docs/architecture.md). No bpy here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import LikenessError
from ..words import tell

FORMAT = 1
VIEWER = "viewer"
LOOKS = ("real", "toon")
FILES = ("png", "exr")
# The kinds of background; each names a file but for these.
BACKGROUNDS = ("set", "color", "picture", "hdri", "video", "plate")
WITHOUT_FILE = ("set", "color")


@dataclass(frozen=True)
class Line:
    """A performance on its performer; start in seconds of the shot."""

    performance: Path
    start: float


@dataclass(frozen=True)
class Turn:
    """From ``start`` (seconds) on a performer looks at another one, or at the viewer."""

    start: float
    looks_at: str


@dataclass(frozen=True)
class Performer:
    """place: from 0, from left to right."""

    name: str
    avatar: Path
    look: str = "real"
    place: int = 0
    lines: tuple[Line, ...] = ()
    looks_at: str = VIEWER
    turns: tuple[Turn, ...] = ()


@dataclass(frozen=True)
class Focus:
    """From ``start`` (seconds) on the picture is sharp at a performer's eyes."""

    subject: str
    start: float


@dataclass(frozen=True)
class Camera:
    """preset and move: of `cameras.PRESETS` and `cameras.MOVES`. amount: of the move, 1 is its usual strength.

    subject: a performer, "" for the first. lens: millimetres, None for the preset's.
    """

    preset: str = "medium"
    move: str = "still"
    subject: str = ""
    amount: float = 1.0
    lens: float | None = None
    focus: tuple[Focus, ...] = ()


@dataclass(frozen=True)
class Clear:
    """Shares of the picture at its edges that inserts and captions cover: no face goes there."""

    left: float = 0.0
    right: float = 0.0
    top: float = 0.0
    bottom: float = 0.0


@dataclass(frozen=True)
class Request:
    """What one shot shows. background and screen: as `stage` takes them, paths absolute."""

    fps: float
    frames: int
    size: tuple[int, int]
    performers: tuple[Performer, ...]
    engine: str = "auto"
    samples: int | None = None
    seed: int = 0
    camera: Camera = Camera()
    light: str = "three_point"
    background: Mapping[str, Any] | None = None
    screen: tuple[Mapping[str, Any], ...] = ()
    clear: Clear = Clear()
    safe: tuple[float, float] = (0.05, 0.05)
    alpha: bool = False
    film_look: bool = False
    motion_blur: bool = False
    depth_of_field: bool = True
    file: str = "png"


def read_request(path: Path) -> Request:
    """Read and check ``shot.json``.

    Raises LikenessError: ``request_unreadable``, ``request_invalid``, ``too_new``, ``performer_unknown``.
    """
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LikenessError(
            "request_unreadable",
            tell("The shot request {name} cannot be read: {error}.", name=Path(path).name, error=error),
            "Make the shot again.",
        ) from error
    return parse_request(found)


def parse_request(found: Any) -> Request:
    """A request out of JSON's values. Raises LikenessError as `read_request` does."""
    try:
        if int(found["format"]) > FORMAT:
            raise LikenessError(
                "too_new", "The shot request is of a later version of this program.", "Update the extension."
            )
        request = _parse(found)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise _invalid(tell("it does not hold what it should ({error!r})", error=error)) from error
    _check(request)
    return request


def _parse(found: Mapping[str, Any]) -> Request:
    width, height = found["size"]
    across, down = found.get("safe", (0.05, 0.05))
    samples = found.get("samples")
    plain = {
        name: bool(found[name]) for name in ("alpha", "film_look", "motion_blur", "depth_of_field") if name in found
    }
    return Request(
        fps=float(found["fps"]),
        frames=int(found["frames"]),
        size=(int(width), int(height)),
        performers=tuple(_parse_performer(place, one) for place, one in enumerate(found["performers"])),
        engine=str(found.get("engine", "auto")),
        samples=None if samples is None else int(samples),
        seed=int(found.get("seed", 0)),
        camera=_parse_camera(found.get("camera") or {}),
        light=str(found.get("light") or "three_point"),
        background=found.get("background") or None,
        screen=tuple(found.get("screen") or ()),
        clear=Clear(**{side: float(share) for side, share in (found.get("keep_clear") or {}).items()}),
        safe=(float(across), float(down)),
        file=str(found.get("file", "png")),
        **plain,
    )


def _parse_performer(place: int, found: Mapping[str, Any]) -> Performer:
    return Performer(
        name=str(found["name"]),
        avatar=Path(found["avatar"]),
        look=str(found.get("look") or "real"),
        place=int(found.get("place", place)),
        lines=tuple(
            Line(Path(one["performance"]), float(one.get("start", 0.0)))
            for one in sorted(found.get("takes") or (), key=lambda one: one.get("start", 0.0))
        ),
        looks_at=str(found.get("looks_at") or VIEWER),
        turns=tuple(
            Turn(float(one["start"]), str(one["looks_at"]))
            for one in sorted(found.get("turns") or (), key=lambda one: one["start"])
        ),
    )


def _parse_camera(found: Mapping[str, Any]) -> Camera:
    lens = found.get("lens")
    return Camera(
        preset=str(found.get("preset") or "medium"),
        move=str(found.get("move") or "still"),
        subject=str(found.get("subject") or ""),
        amount=float(found.get("amount", 1.0)),
        lens=None if lens is None else float(lens),
        focus=tuple(
            Focus(str(one["subject"]), float(one.get("start", 0.0)))
            for one in sorted(found.get("focus") or (), key=lambda one: one.get("start", 0.0))
        ),
    )


def _check(request: Request) -> None:
    if not 0 < request.fps <= 240 or request.frames < 1:
        raise _invalid(tell("{frames} frames at {fps} a second", frames=request.frames, fps=request.fps))
    if request.file not in FILES:
        raise _invalid(tell("there is no picture file {file}", file=request.file))
    names = [performer.name for performer in request.performers]
    if len(set(names)) < len(names):
        raise _invalid("two performers have the same name")
    for performer in request.performers:
        if performer.look not in LOOKS:
            raise _invalid(tell("there is no look {look}", look=performer.look))
    named = [request.camera.subject, *(focus.subject for focus in request.camera.focus)]
    for performer in request.performers:
        named += [at for at in (performer.looks_at, *(turn.looks_at for turn in performer.turns)) if at != VIEWER]
    unknown = next((name for name in named if name and name not in names), None)
    if unknown is not None:
        raise LikenessError(
            "performer_unknown",
            tell("The shot has no performer {name}.", name=unknown),
            tell("Choose from {names}.", names=", ".join(names)),
        )
    if request.background is not None:
        kinds = [kind for kind in BACKGROUNDS if request.background.get(kind)]
        if len(kinds) != 1:
            raise _invalid("its background is none or several of " + ", ".join(BACKGROUNDS))
        _check_file(request.background, *(kind for kind in kinds if kind not in WITHOUT_FILE))
    for shown in request.screen:
        _check_file(shown, "picture")


def _check_file(holder: Mapping[str, Any], *kinds: str) -> None:
    for kind in kinds:
        if not Path(holder[kind]).is_file():
            raise LikenessError(
                "picture_missing",
                tell("The file {path} is not there.", path=holder[kind]),
                "Choose another file for it in the storyboard.",
            )


def _invalid(reason: str) -> LikenessError:
    return LikenessError(
        "request_invalid", tell("The shot request cannot be used: {reason}.", reason=reason), "Make the shot again."
    )
