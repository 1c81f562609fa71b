# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of direction: sliders, manners of speaking, gestures, and words of other languages for them."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import LikenessError


@dataclass(frozen=True)
class Slider:
    """What -1 (0 where ``low`` is empty) and 1 of a slider mean."""

    low: str
    high: str
    what: str

    @property
    def least(self) -> float:
        return -1.0 if self.low else 0.0


@dataclass(frozen=True)
class Style:
    """A manner of speaking. like: how people ask for it. moves: slider -> how far."""

    like: tuple[str, ...]
    moves: Mapping[str, float]


@dataclass(frozen=True)
class Gesture:
    """A movement at a moment: from rest to each of ``keys`` in turn, and back.

    keys: channel -> value at an apex. onset, hold, release: seconds. gaze: pitch and yaw (radians) where the eyes go.
    """

    like: tuple[str, ...]
    onset: float
    hold: float
    release: float
    keys: tuple[Mapping[str, float], ...]
    gaze: tuple[float, float] | None = field(default=None)

    @property
    def seconds(self) -> float:
        """From rest to rest."""
        return self.onset * len(self.keys) + self.hold + self.release


def _read(name: str) -> dict[str, Any]:
    with Path(__file__).with_name(f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


SLIDERS: Mapping[str, Slider] = {name: Slider(**row) for name, row in _read("sliders").items()}
STYLES: Mapping[str, Style] = {
    name: Style(tuple(row["like"]), row["moves"]) for name, row in _read("styles").items()
}
GESTURES: Mapping[str, Gesture] = {
    name: Gesture(
        tuple(row["like"]), row["onset"], row["hold"], row["release"], tuple(row["keys"]),
        tuple(row["gaze"]) if "gaze" in row else None,
    )
    for name, row in _read("gestures").items()
}  # fmt: skip
NOTHING = "nothing"  # the meaning of what is neither
# Language -> style or gesture -> beginnings of words that ask for it.
WORDS: Mapping[str, Mapping[str, list[str]]] = _read("words")


def bounded(moves: Mapping[str, float]) -> dict[str, float]:
    """Sliders within their limits; those at rest left out."""
    held = {name: max(SLIDERS[name].least, min(value, 1.0)) for name, value in moves.items()}
    return {name: round(value, 3) for name, value in held.items() if abs(value) >= 0.0005}


def parse_moves(text: str) -> dict[str, float]:
    """Sliders as they are written: ``smile=0.4,lean=-0.2``. Raises LikenessError ``moves_unreadable``."""
    moves: dict[str, float] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, equals, number = (part.strip() for part in entry.partition("="))
        try:
            moves[name] = float(number)
        except ValueError:
            equals = ""
        if not equals or name not in SLIDERS or not math.isfinite(moves[name]):
            raise LikenessError(
                "moves_unreadable",
                f"“{entry}” is no slider with a value.",
                f"Write SLIDER=VALUE, for example smile=0.4; the sliders are {', '.join(SLIDERS)}.",
            )
    return bounded(moves)
