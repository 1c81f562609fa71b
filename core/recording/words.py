# SPDX-License-Identifier: GPL-3.0-or-later
"""The words that a script has a person say, with their pronunciation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.script import Script
from core.voice.pronunciation import Token, pronounce, read_symbols


@dataclass(frozen=True)
class SpokenWord:
    """One word as it is said: "10:30" is two of them.

    spelling: lower case, ``""`` where there is none of its own. phones: (IPA, stress 0..2), diphthongs and
    affricates as one. word: index into the words of the whole script as written. begins: whether it is the
    first of its sentence.
    """

    spelling: str
    phones: tuple[tuple[str, int], ...]
    word: int
    begins: bool


def spoken_words(script: Script) -> tuple[SpokenWord, ...]:
    """Every word of the script that has a sound, in order."""
    words: list[SpokenWord] = []
    first = 0
    for sentence in script.sentences:
        begin = len(words)
        group: list[Token] = []
        for token in pronounce(sentence):
            group.append(token)
            if token.ends_word:
                words += _join(group, first)
                group = []
        words += _join(group, first)
        words[begin : begin + 1] = [replace(word, begins=True) for word in words[begin : begin + 1]]
        first += len(sentence.words)
    return tuple(words)


def _join(tokens: Sequence[Token], first: int) -> list[SpokenWord]:
    """The tokens between two spaces: one word, or as many as their symbols part."""
    if not tokens:
        return []
    text = "".join(token.text for token in tokens).replace("’", "'")
    spelling = "".join(character for character in text if character.isalpha() or character == "'")
    parts = "".join(token.said for token in tokens).split()
    heard = [phones for phones in map(read_symbols, parts) if phones]
    written = spelling.strip("'").lower() if len(heard) == 1 else ""
    return [SpokenWord(written, phones, first + tokens[0].word, False) for phones in heard]
