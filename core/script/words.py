# SPDX-License-Identifier: GPL-3.0-or-later
"""The written words of a text: what is between spaces, and where nobody writes spaces, pieces that can be marked."""

from __future__ import annotations

import re
import unicodedata

_UNITS = re.compile(r"[a-zA-Z0-9]+(?:[.,:'’/&@_+-][a-zA-Z0-9]+)+|.", re.DOTALL)
_OPENING = frozenset(("Ps", "Pi"))


def divide_words(text: str, language: str = "en") -> tuple[str, ...]:
    """The words of a text as written, punctuation included; joined without spaces they are the text without spaces.

    language: code of the table. Chinese is divided into characters, Japanese before each kanji or katakana that
    follows hiragana, which is where a phrase begins; letters and digits of other writing systems stay together, and so
    do 1,234.50 and 10:30.
    """
    pieces = text.split()
    starts = _STARTS.get(language)
    if starts is None:
        return tuple(pieces)
    words: list[str] = []
    for piece in pieces:
        words.append("")
        before = ""  # the kind of the last character that is no opening bracket
        for match in _UNITS.finditer(piece):
            kind = _kind(match[0][0])
            if before and (kind == "open" or (kind != "close" and (before == "close" or starts(before, kind)))):
                words.append("")
            words[-1] += match[0]
            before = kind if kind != "open" else ""
    return tuple(words)


def _kind(character: str) -> str:
    category = unicodedata.category(character)
    if category in _OPENING:
        return "open"
    if category[0] in "PS":
        return "close"
    name = unicodedata.name(character, "")
    return next((kind for kind in ("CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA") if name.startswith(kind)), "letter")


def _starts_chinese(before: str, kind: str) -> bool:
    return "CJK" in (before, kind)


def _starts_japanese(before: str, kind: str) -> bool:
    return before == "HIRAGANA" and kind != "HIRAGANA"


_STARTS = {"zh": _starts_chinese, "yue": _starts_chinese, "ja": _starts_japanese}
