# SPDX-License-Identifier: GPL-3.0-or-later
"""The words that a script has a person say, with their pronunciation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.script import Script
from core.voice.pronunciation import Token, pronounce, read_symbols

Pronunciation = tuple[tuple[str, int], ...]  # (IPA, stress 0..2); diphthongs and affricates are one phone


@dataclass(frozen=True)
class SpokenWord:
    """One word as it is said: "10:30" is two of them.

    spelling: lower case, ``""`` where there is none of its own. ways: how it is said, the American way first.
    word: index into the words of the whole script as written. begins: whether it is the first of its sentence.
    """

    spelling: str
    ways: tuple[Pronunciation, ...]
    word: int
    begins: bool

    @property
    def phones(self) -> Pronunciation:
        """The first of the ways."""
        return self.ways[0]


def spoken_words(script: Script) -> tuple[SpokenWord, ...]:
    """Every word of the script that has a sound, in order."""
    words: list[SpokenWord] = []
    first = 0
    for sentence in script.sentences:
        american, british = (_groups(pronounce(sentence, british)) for british in (False, True))
        if len(british) != len(american):
            british = american
        found = [word for pair in zip(american, british, strict=True) for word in _join(*pair, first)]
        words += [replace(word, begins=index == 0) for index, word in enumerate(found)]
        first += len(sentence.words)
    return tuple(words)


def _groups(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens between two spaces."""
    groups: list[list[Token]] = [[]]
    for token in tokens:
        groups[-1].append(token)
        if token.ends_word:
            groups.append([])
    return [group for group in groups if group]


def _join(american: Sequence[Token], british: Sequence[Token], first: int) -> list[SpokenWord]:
    """One word, or as many as the symbols part."""
    text = "".join(token.text for token in american).replace("’", "'")
    spelling = "".join(character for character in text if character.isalpha() or character == "'")
    heard, other = (
        [phones for part in "".join(token.said for token in tokens).split() if (phones := read_symbols(part))]
        for tokens in (american, british)
    )
    written = spelling.strip("'").lower() if len(heard) == 1 else ""
    pairs = zip(heard, other if len(other) == len(heard) else heard, strict=True)
    return [SpokenWord(written, tuple(dict.fromkeys(pair)), first + american[0].word, False) for pair in pairs]
