# SPDX-License-Identifier: GPL-3.0-or-later
"""What a campaign asks of one process: as plain JSON, since it goes through pipes and to other machines."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from core.film.film import FilmOptions

MAKER = "core.film.make:make_film"
STATE = ".campaign"  # folder within the campaign's own: journals, claims


@dataclass(frozen=True)
class Work:
    """What holds for all tasks. out: the campaign's folder. options: of each film, without its row. maker: what makes a
    film, as ``MODULE:FUNCTION``. checks: whether films are looked at when they are made. again: also those that were
    made before."""

    storyboard: Path
    out: Path
    options: FilmOptions
    checks: bool = True
    maker: str = MAKER
    again: bool = False

    def as_dict(self) -> dict[str, Any]:
        return _as_json(asdict(self))

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Work:
        return cls(
            Path(said["storyboard"]), Path(said["out"]), _read_options(said["options"]), said["checks"], said["maker"],
            said["again"],
        )  # fmt: skip

    def find_maker(self) -> Callable[..., Any]:
        """The function that makes films."""
        module, _, name = self.maker.partition(":")
        return getattr(importlib.import_module(module), name)


@dataclass(frozen=True)
class Task:
    """One film, or shots that several films have in common.

    name: of the film's files. number: its row's. values: the row, filled. digest: of all that the film depends on.
    avatars: performer -> digest of their avatar's folder, as it is in every film. shots: only these are made, and
    nothing is delivered. needs: names of tasks that come before it.
    """

    name: str
    number: int
    values: Mapping[str, Any]
    digest: str
    avatars: Mapping[str, str] = field(default_factory=dict)
    shots: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def is_film(self) -> bool:
        return not self.shots

    def as_dict(self) -> dict[str, Any]:
        return _as_json(asdict(self))

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Task:
        told: dict[str, Any] = {one.name: said[one.name] for one in fields(cls)}
        told |= {"shots": tuple(said["shots"]), "needs": tuple(said["needs"])}
        return cls(**told)


@dataclass(frozen=True)
class Outcome:
    """What became of a task. state: ``made``, ``reused`` (by another process meanwhile) or ``failed``.

    files: name -> [bytes, sha256]. checks: what was looked at -> what was found. error: code, message, hint. is_noted:
    it is in the journal.
    """

    task: str
    state: str
    files: Mapping[str, Any] = field(default_factory=dict)
    duration: float = 0.0
    seconds: float = 0.0
    error: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    made: Mapping[str, Any] = field(default_factory=dict)
    is_noted: bool = False

    @property
    def is_well(self) -> bool:
        return self.state != "failed"

    def as_dict(self) -> dict[str, Any]:
        return _as_json(asdict(self))

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Outcome:
        told: dict[str, Any] = {one.name: said[one.name] for one in fields(cls) if one.name in said}
        told["warnings"] = tuple(told.get("warnings", ()))
        return cls(**told)


def failed(task: str, code: str, message: str, hint: str = "", seconds: float = 0.0) -> Outcome:
    """An outcome that is a failure."""
    return Outcome(task, "failed", seconds=seconds, error={"code": code, "message": message, "hint": hint})


def options_of(work: Work, task: Task) -> FilmOptions:
    """What the film's maker is asked."""
    return replace(work.options, row=dict(task.values), name=task.name, shots=task.shots)


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _as_json(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_json(one) for one in value]
    return str(value) if isinstance(value, Path) else value


def _read_options(said: Mapping[str, Any]) -> FilmOptions:
    told = dict(said)
    for name in ("blender", "cache", "fonts"):
        told[name] = None if told[name] is None else Path(told[name])
    for name in ("formats", "shots"):
        told[name] = tuple(told[name])
    return FilmOptions(**told)
