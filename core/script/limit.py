# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of a script one performance takes; what lies behind is told and left out."""

from __future__ import annotations

import re
from itertools import islice

from core.script.places import name_place

MAX_WORDS = 9_000  # 44 minutes at the voice's own pace, an hour at a slow one
MAX_CHARACTERS = 72_000  # for texts without spaces
_LATE = 0.9  # share of the bound behind which the end of a sentence is a good place to stop
_DIRECTION = re.compile(r"\[[^\[\]\n]*\Z")  # a bracket that is still open


def cut_long(text: str, sentence_end: re.Pattern[str]) -> tuple[str, tuple[str, ...]]:
    """What of a text is performed, and a warning with the place of the first word that is not; nothing slow happens.

    It ends with a sentence, where one ends near the bound, else with a word. sentence_end: matches up to the first
    character of the next sentence.
    """
    words = re.finditer(r"\S+", text[: MAX_CHARACTERS + 1])
    beyond = next(islice(words, MAX_WORDS, None), None)
    if beyond is None and len(text) <= MAX_CHARACTERS:
        return text, ()
    bound = beyond.start() if beyond is not None else MAX_CHARACTERS
    late = round(_LATE * bound)
    ends = [match.end() for match in sentence_end.finditer(text[: bound + 1], late) if match.end() <= bound]
    gap = max(text.rfind(mark, 0, bound + 1) for mark in " \t\n")
    end = ends[-1] if ends else gap + 1 if gap >= late else bound
    opened = _DIRECTION.search(text, late, end)
    if opened is not None:
        end = opened.start()
    following = re.search(r"\S+", text[end : end + 200])
    if following is None:
        return text[:end], ()
    place = name_place(text, end + following.start())
    return text[:end], (
        f"The script is longer than the {MAX_WORDS:,} words ({MAX_CHARACTERS:,} characters) of one performance; it is "
        f"left out from “{following[0][:40]}” at {place} on.",
    )
