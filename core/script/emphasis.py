# SPDX-License-Identifier: GPL-3.0-or-later
"""Words between asterisks, which stand out: ``I said *no*.``, ``*not at all*``."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from core.script.characters import readable

_MARKS = re.compile(r"\[[^\[\]\n]*\]|\*+|\n\s*\n")
_HIDDEN = "\u2060"  # a word joiner, which nobody says, in the place of each asterisk: later columns stay what they are


@dataclass(frozen=True)
class Emphasised:
    """A text without its asterisks, as long as before. spans: letters and digits said before each start and end."""

    text: str
    spans: tuple[tuple[int, int], ...]
    warnings: tuple[str, ...]


def take_emphasis(text: str, writing: frozenset[str], is_spaced: bool) -> Emphasised:
    """Take the asterisks out of a text.

    writing: the language's systems of writing, as `readable` wants them. Two asterisks are as good as one. One between
    digits or letters stays ("2 * 3", "sh*t"; in languages without spaces it marks), one between spaces is left out, and
    so is one without its other half in the paragraph, with a warning that says where. Directions are passed over.
    """
    kept, spans, warnings = [], [], []
    count, at = 0, 0
    opened: tuple[int, re.Match[str]] | None = None
    for match in _MARKS.finditer(text):
        piece = text[at : match.start()]
        count += _letters(readable(piece, writing)[0])
        kept.append(piece)
        at = match.end()
        role = _role(text, match, opened is not None, is_spaced)
        kept.append(match[0] if role == "stays" else _HIDDEN * len(match[0]))
        if role in ("opens", "ends") and opened is not None:
            warnings.append(_unclosed(text, opened[1]))
        if role == "closes" and opened is not None:
            spans.append((opened[0], count))
        elif role == "closes":
            warnings.append(_unclosed(text, match))
        opened = (count, match) if role == "opens" else opened if role in ("stays", "goes") else None
        if role == "ends":
            kept[-1] = match[0]
    if opened is not None:
        warnings.append(_unclosed(text, opened[1]))
    return Emphasised("".join([*kept, text[at:]]), tuple(spans), tuple(warnings))


def place_emphasis(spans: Sequence[tuple[int, int]], words: Sequence[str]) -> tuple[int, ...]:
    """The indices of the words that stand out, be it with some of their letters."""
    ends = list(accumulate(_letters(word) for word in words))
    starts = [0, *ends[:-1]]
    stressed = {
        index
        for start, end in spans
        for index in range(bisect_right(ends, start), bisect_left(starts, end))
        if ends[index] > starts[index]
    }
    return tuple(sorted(stressed))


def _role(text: str, match: re.Match[str], is_open: bool, is_spaced: bool) -> str:
    """What a mark does: ``opens``, ``closes``, ``stays`` or ``goes``; ``ends`` at the end of a paragraph."""
    if match[0][0] != "*":
        return "stays" if match[0][0] == "[" else "ends"
    before = text[match.start() - 1 : match.start()].strip()
    after = text[match.end() : match.end() + 1].strip()
    if not (before or after):
        return "stays" if _multiplies(text, match) else "goes"
    if before.isalnum() and after.isalnum():
        if is_spaced or (before + after).isascii():
            return "stays"
        return "closes" if is_open else "opens"
    can_open, can_close = bool(after) and not before.isalnum(), bool(before) and not after.isalnum()
    return "closes" if can_close and (is_open or not can_open) else "opens"


def _multiplies(text: str, match: re.Match[str]) -> bool:
    """Whether a sign stands alone between two numbers or letters, on its line."""
    line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()].split()
    return bool(line) and line[-1][-1:].isdigit() and text[match.end() :].lstrip(" ")[:1].isalnum()


def _unclosed(text: str, match: re.Match[str]) -> str:
    line = text.count("\n", 0, match.start()) + 1
    column = match.start() - text.rfind("\n", 0, match.start())
    return f"The asterisk * without a second one at line {line}, column {column} is left out."


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))
