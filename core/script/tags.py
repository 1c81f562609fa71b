# SPDX-License-Identifier: GPL-3.0-or-later
"""Directions in square brackets among the words: ``I know. [whispering] But they do not. [pause 0.8s]``"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from core.script.characters import readable
from core.script.places import find_place

_BRACKETS = re.compile(r"\[([^\[\]\n]*)\]|[\[\]]")
LONGEST = 120  # characters of a direction


@dataclass(frozen=True)
class Tag:
    """A direction. word: of the script, before which it stands; the count of words where it is the last thing.

    line, column: of its bracket in the text as written, from 1.
    """

    text: str
    word: int
    line: int
    column: int

    @property
    def place(self) -> str:
        """For a message."""
        return f"line {self.line}, column {self.column}"


@dataclass(frozen=True)
class Tagged:
    """A text without its directions. letters: of each direction, the letters and digits said before it."""

    text: str
    tags: tuple[Tag, ...]
    letters: tuple[int, ...]
    warnings: tuple[str, ...]


def take_tags(text: str, writing: frozenset[str], is_spaced: bool) -> Tagged:
    """Take the directions out of a text; their ``word`` is not known yet, see `place_tags`.

    writing: the language's systems of writing, as `readable` wants them. A bracket without its other half is left
    out, with a warning that says where; so is a direction that is empty or longer than LONGEST.
    """
    pieces: list[str] = []
    tags: list[Tag] = []
    letters: list[int] = []
    warnings: list[str] = []
    count, at = 0, 0
    for match in _BRACKETS.finditer(text):
        piece = text[at : match.start()]
        pieces.append(piece)
        count += _letters(readable(piece, writing)[0])
        at = match.end()
        tag = Tag((match[1] or "").strip(), -1, *find_place(text, match.start()))
        problem = _problem(match, tag)
        if problem:
            warnings.append(f"{problem} at {tag.place} is left out.")
        else:
            tags.append(tag)
            letters.append(count)
    pieces.append(text[at:])
    return Tagged((" " if is_spaced else "").join(pieces), tuple(tags), tuple(letters), tuple(warnings))


def blank_tags(text: str) -> str:
    """The text with spaces where directions and brackets are, so that all else stays in its place."""
    return _BRACKETS.sub(lambda match: " " * len(match[0]), text)


def place_tags(tagged: Tagged, words: Sequence[str]) -> tuple[Tag, ...]:
    """The directions with the word before which each stands. One inside of a word stands before the next."""
    said = [index for index, word in enumerate(words) if _letters(word)]  # a dash between two words is not
    ends = list(accumulate(_letters(words[index]) for index in said))
    starts = [0, *ends[:-1]] if ends else []
    return tuple(
        replace(tag, word=said[bisect_left(starts, letters)] if starts and letters <= starts[-1] else len(words))
        for tag, letters in zip(tagged.tags, tagged.letters, strict=True)
    )


def _problem(match: re.Match[str], tag: Tag) -> str:
    if match[0] == "[":
        return "The bracket [ without a ]"
    if match[0] == "]":
        return "The bracket ] without a ["
    if not tag.text:
        return "The empty direction"
    return f"The direction of {len(tag.text)} characters, more than {LONGEST}," if len(tag.text) > LONGEST else ""


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))
