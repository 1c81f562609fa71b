# SPDX-License-Identifier: GPL-3.0-or-later
"""Cues: when something appears, as it is written, and where among words a phrase is said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from core.pronunciation.languages import find_language
from core.storyboard.piece import Piece
from core.storyboard.problems import Wrong
from core.storyboard.storyboard import Cue

_CUE = re.compile(r"(?<!\\)\(\s*((?:at|from|until)\b[^()]*)\)\s*$", re.IGNORECASE)
_WHEN = re.compile(
    r"""(?:at|from)\s+(?:(?P<at>\d+(?:\.\d+)?)\s*s?|["“„«](?P<word>[^"“”„»]+)["“”»](?:\s*\#(?P<nth>\d+))?)\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_UNTIL = re.compile(r"(?:until|to)\s+(?P<until>\d+(?:\.\d+)?)\s*s?\s*", re.IGNORECASE)
_WAY = 'Write it as (at "word"), (at "word" #2), (at 2.5) or (from 2.5 to 6).'


def take_cue(piece: Piece) -> tuple[Piece, Cue]:
    """A value without the cue that stands at its end, and that cue. Raises Wrong."""
    found = _CUE.search(piece.text)
    if found is None:
        return piece, Cue()
    return piece.cut(0, found.start()), read_cue(piece.cut(found.start(1), found.end(1)))


def read_cue(piece: Piece) -> Cue:
    """``at "word" #2 until 6``. Raises Wrong."""
    when = _WHEN.match(piece.text)
    rest = piece.text[when.end() :] if when else piece.text
    until = _UNTIL.fullmatch(rest)
    if (rest and not until) or not (when or until):
        raise Wrong(piece.position, f"“{piece.text}” is no cue.", _WAY)
    cue = Cue(position=piece.position)
    if when:
        at, word = when["at"], when["word"]
        start = float(at) if at else None
        cue = replace(cue, at=start, word=(word or "").strip(), nth=max(int(when["nth"] or 1), 1))
        if word:
            cue = replace(cue, position=piece.cut(when.start("word")).position)
    if until:
        cue = replace(cue, until=float(until["until"]))
        if cue.at is not None and cue.until is not None and cue.until <= cue.at:
            raise Wrong(piece.position, f"It would end at {cue.until:g} s, before it begins.", _WAY)
    return cue


def write_cue(cue: Cue) -> str:
    """A cue in brackets as `take_cue` reads it; nothing for the shot's beginning."""
    parts = []
    if cue.word:
        parts.append(f'at "{cue.word}"' + (f" #{cue.nth}" if cue.nth != 1 else ""))
    elif cue.at is not None:
        parts.append(f"at {cue.at:g}")
    if cue.until is not None:
        parts.append(f"until {cue.until:g}")
    return f"({' '.join(parts)})" if parts else ""


def find_phrase(words: Sequence[str], phrase: str, nth: int, language: str) -> int | None:
    """The index of the word with which a phrase begins where it is said the nth time (from 1), else None.

    Letters and digits count, their case and punctuation do not. Where words are parted by spaces the phrase is whole
    words; elsewhere it may begin within one of ``words``.
    """
    is_spaced = find_language(language).is_spaced
    wanted = _letters(phrase)
    owners: list[int] = []
    said = ""
    for index, word in enumerate(words):
        letters = _letters(word)
        said += letters
        owners += [index] * len(letters)
    start = -1
    while wanted and (start := said.find(wanted, start + 1)) >= 0:
        end = start + len(wanted)
        begins = start == 0 or owners[start - 1] != owners[start]
        ends = end == len(said) or owners[end - 1] != owners[end]
        if not is_spaced or (begins and ends):
            nth -= 1
            if nth == 0:
                return owners[start]
    return None


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFC", text).casefold()
    return "".join(character for character in folded if unicodedata.category(character)[0] in "LMN")
