# SPDX-License-Identifier: GPL-3.0-or-later
"""Letters of writing systems that the script's language does not have, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.script.characters import is_foreign, name_characters
from core.script.places import name_place

_TOLD, _SHOWN = 6, 30  # places that are told one by one, and letters of each


@dataclass(frozen=True)
class Foreign:
    """Letters and digits one after the other, with what stands between them. offset: in the text as written."""

    text: str
    offset: int


def find_foreign(text: str, writing: frozenset[str]) -> tuple[Foreign, ...]:
    """All of them in order; spaces and signs between two do not part them, lines and own letters do.

    writing: the language's systems beside Latin, as `Language` has them.
    """
    found: list[tuple[int, int]] = []
    is_open = False
    for at, character in enumerate(text):
        if is_foreign(character, writing):
            found[-1:] = [(found[-1][0], at + 1)] if is_open else [*found[-1:], (at, at + 1)]
            is_open = True
        elif character == "\n" or character.isalnum():
            is_open = False
    return tuple(Foreign(text[start:end], start) for start, end in found)


def name_foreign(pieces: Sequence[Foreign], text: str, voice: str) -> tuple[str, ...]:
    """Sentences for the person, with places in the text. voice: as ``An English voice``."""
    told = [
        f"{voice} cannot say “{_shortened(piece.text)}”{_system(piece)} at {name_place(text, piece.offset)}; it is "
        "left out."
        for piece in pieces[:_TOLD]
    ]
    more = len(pieces) - _TOLD
    if more > 0:
        told.append(f"So are such letters in {more} more place{'s' * (more > 1)}.")
    return tuple(told)


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _system(piece: Foreign) -> str:
    """The writing system in brackets, as `name_characters` has it."""
    named = name_characters([next(character for character in piece.text if character.isalnum())])
    return named[1:]
