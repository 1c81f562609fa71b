# SPDX-License-Identifier: GPL-3.0-or-later
"""Merge fields: ``{name}`` in a storyboard, filled from a row of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from core.storyboard.piece import FIELD, Piece, plain_name
from core.storyboard.problems import Problem, StoryboardInvalid, Wrong, suggest
from core.storyboard.storyboard import Background, Line, Position, Storyboard
from core.storyboard.values import read_background, read_voice

# Columns of a row that need no field: `language` and `pronunciations` of the whole, `voice` of the only performer or
# the first one, `NAME voice` of the one so called.
OWN = ("language", "voice", "pronunciations")
_UNDIRECTED = str.maketrans({"[": "(", "]": ")", "*": ""})


def find_fields(lines: Sequence[str], first: int) -> dict[str, Position]:
    """The fields in lines, each with its first place."""
    found: dict[str, Position] = {}
    for number, line in enumerate(lines, first):
        for match in FIELD.finditer(line):
            found.setdefault(match[1], Position(number, match.start() + 1))
    return found


def used_fields(value: Any) -> frozenset[str]:
    """The fields that a part of a storyboard has, such as a shot: what of a row it depends on."""
    return frozenset(match for text in _texts(value) for match in FIELD.findall(text))


def fill(storyboard: Storyboard, row: Mapping[str, Any]) -> Storyboard:
    """The storyboard with a row's values in place of its fields, and the row's language, voice and pronunciations.

    Raises StoryboardInvalid (``storyboard_invalid``) with the place of each field that the row lacks or leaves empty.
    """
    known = {plain_name(name): value for name, value in row.items() if value is not None and str(value).strip()}
    missing = [
        Problem(place, f"The row has no {name}.", suggest(name, known))
        for name, place in storyboard.fields.items()
        if plain_name(name) not in known
    ]
    if missing:
        raise StoryboardInvalid(storyboard.name or storyboard.title, missing)
    told = {name: " ".join(str(value).split()) for name, value in known.items() if not isinstance(value, Mapping)}
    filled = _filled(storyboard, told)
    return replace(_with_own(filled, known), fields={})


def _with_own(storyboard: Storyboard, known: Mapping[str, Any]) -> Storyboard:
    performers = dict(storyboard.performers)
    for number, (name, performer) in enumerate(performers.items()):
        voice = known.get(plain_name(f"{name} voice")) or (known.get("voice") if number == 0 else None)
        if voice:
            performers[name] = replace(performer, voice=read_voice(str(voice).strip(), storyboard.folder))
    said = {**storyboard.pronunciations, **read_pronunciations(known.get("pronunciations", {}))}
    language = str(known.get("language", storyboard.language)).strip()
    return replace(storyboard, performers=performers, pronunciations=said, language=language)


def read_pronunciations(value: Any) -> dict[str, str]:
    """A mapping, or ``Nguyen = wɪn; Siobhán = shi-vawn``."""
    if isinstance(value, Mapping):
        return {str(word): str(said) for word, said in value.items()}
    pairs = (part.partition("=") for part in str(value or "").replace("\n", ";").split(";"))
    return {word.strip(): said.strip() for word, sign, said in pairs if sign and said.strip()}


def _filled(value: Any, told: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return FIELD.sub(lambda match: told.get(plain_name(match[1]), match[0]), value)
    if isinstance(value, Background) and FIELD.search(value.set):
        return _background(value, told)
    if isinstance(value, Path):
        return Path(_filled(str(value), told))
    if isinstance(value, tuple):
        return tuple(_filled(one, told) for one in value)
    if isinstance(value, Mapping):
        return {key: _filled(one, told) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type | Position):
        if isinstance(value, Line):  # a row's value is said, never a direction or a stress
            told = {name: text.translate(_UNDIRECTED) for name, text in told.items()}
        changed = {field.name: _filled(getattr(value, field.name), told) for field in fields(value)}
        return replace(value, **(changed | ({"folder": value.folder} if isinstance(value, Storyboard) else {})))
    return value


def _background(value: Background, told: Mapping[str, str]) -> Background:
    """Whatever kind the filled text names; one that is none stays a set's name, which the check then tells."""
    text = _filled(value.set, told)
    try:
        return read_background(Piece(text, value.position), Path())
    except Wrong:
        return replace(value, set=text)


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str | Path):
        yield str(value)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts(one)
    elif is_dataclass(value) and not isinstance(value, type | Position):
        for field in fields(value):
            yield from _texts(getattr(value, field.name))
