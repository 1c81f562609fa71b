# SPDX-License-Identifier: GPL-3.0-or-later
"""Presets: which keys and bones other rigs have, and what moves them. One TOML file each in ``presets/``. No bpy here.

A source says what moves a key: ``jawOpen``, ``0.5*eyeBlinkLeft + 0.5*eyeBlinkRight``, over ARKit's names, visemes and
turns (radians). ``{S}`` and ``{Side}`` in a name stand for L and R, Left and Right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import LikenessError
from ..words import tell

FOLDER = Path(__file__).parent / "presets"
SIDES = ({"{S}": "L", "{Side}": "Left"}, {"{S}": "R", "{Side}": "Right"})
# What of a bone can be moved: along the face's axes, in spans; about them, in radians.
MOVES = ("left", "up", "forward")
TURNS = ("pitch", "yaw", "roll")
TERM = re.compile(r"\s*([+-]?)\s*(?:(\d+(?:\.\d*)?|\.\d+)\s*\*\s*)?([A-Za-z_]\w*)\s*(?=[+-]|$)")


@dataclass(frozen=True)
class Row:
    """One thing that is moved. name: a key, or a bone where ``part`` is one of MOVES or TURNS; source: by what."""

    name: str
    part: str
    source: str
    gain: float = 1.0


@dataclass(frozen=True)
class Preset:
    """keys: key -> source; mouths: the same, of which one is chosen; aliases: key -> other names for it.

    bones: rows whose names are bones; span: two bones whose distance is the unit of moves.
    """

    id: str
    name: str
    about: str
    keys: Mapping[str, str]
    mouths: tuple[Mapping[str, str], ...]
    aliases: Mapping[str, tuple[str, ...]]
    bones: tuple[Row, ...]
    span: tuple[str, ...]


def read_source(text: str) -> tuple[tuple[float, str], ...]:
    """(weight, channel) of each term. Raises LikenessError ``source_unreadable``."""
    terms, place = [], 0
    while place < len(text):
        found = TERM.match(text, place)
        if found is None or (terms and not found[1]):
            break
        terms.append(((-1.0 if found[1] == "-" else 1.0) * float(found[2] or 1.0), found[3]))
        place = found.end()
    if not terms or place < len(text):
        raise LikenessError(
            "source_unreadable",
            tell("{text!r} is no sum of channels.", text=text),
            "Write it as 0.5*mouthFunnel + jawOpen.",
        )
    return tuple(terms)


def write_source(terms: tuple[tuple[float, str], ...]) -> str:
    """Terms as text that `read_source` reads."""
    text = " ".join(f"{'-' if w < 0 else '+'} {'' if abs(w) == 1 else f'{abs(w):g}*'}{name}" for w, name in terms)
    return text.removeprefix("+ ").replace("- ", "-", 1) if text.startswith("-") else text.removeprefix("+ ")


def read_preset(path: Path) -> Preset:
    """Read one file; a mistake in it is a bug, and raises as it comes."""
    import tomllib  # here, as long as nobody asks for a preset it is not needed

    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return Preset(
        id=path.stem,
        name=content["name"],
        about=content["about"],
        keys=_both_sides(content.get("keys", {})),
        mouths=tuple(_both_sides(table) for table in content.get("mouth", ())),
        aliases={key: tuple(names) for key, names in content.get("aliases", {}).items()},
        bones=tuple(row for bone, parts in content.get("bones", {}).items() for row in _bone_rows(bone, parts)),
        span=tuple(content.get("span", ())),
    )


def read_presets() -> dict[str, Preset]:
    """All presets by their id; ARKit first, since what fits two presets alike is ARKit's."""
    paths = sorted(FOLDER.glob("*.toml"), key=lambda path: (path.stem != "arkit", path.stem))
    return {path.stem: read_preset(path) for path in paths}


def _fill(text: str, side: Mapping[str, str]) -> str:
    for mark, value in side.items():
        text = text.replace(mark, value)
    return text


def _both_sides(table: Mapping[str, str]) -> dict[str, str]:
    """A table with its names spelled out."""
    return {_fill(key, side): _fill(source, side) for key, source in table.items() for side in SIDES}


def _bone_rows(bone: str, parts: Mapping[str, str]) -> list[Row]:
    """One bone's rows; ``out`` becomes a part of ``left``, with the side's sign."""
    rows = []
    for side, outwards in zip(SIDES, (1.0, -1.0), strict=True):
        name = _fill(bone, side)
        terms = {part: read_source(_fill(source, side)) for part, source in parts.items()}
        out = tuple((outwards * weight, channel) for weight, channel in terms.pop("out", ()))
        if out:
            terms["left"] = (*terms.get("left", ()), *out)
        rows += [Row(name, part, write_source(sum_up)) for part, sum_up in terms.items()]
        if name == bone:
            break
    return rows
