# SPDX-License-Identifier: GPL-3.0-or-later
"""English words as they are said: the voice's own dictionary, American and British, and espeak's way beside them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace

from core.errors import LikenessError
from core.pronunciation.dictionary import Token, pronounce, read_symbols
from core.pronunciation.languages import LANGUAGES
from core.pronunciation.reading import read_aloud
from core.pronunciation.spoken import SpokenWord
from core.pronunciation.symbols import VOWELS, Pronunciation
from core.script import Sentence


def read_english(sentence: Sentence) -> list[SpokenWord]:
    """The spoken words of an English sentence; ``word`` counts in the sentence."""
    american, british = (_groups(pronounce(sentence, british)) for british in (False, True))
    if len(british) != len(american):
        british = american
    words = [word for pair in zip(american, british, strict=True) for word in _join(*pair)]
    return _with_espeak(words, sentence)


def _with_espeak(words: list[SpokenWord], sentence: Sentence) -> list[SpokenWord]:
    """The words with one more way, where espeak reads a written word in as many spoken ones."""
    readings = []
    with contextlib.suppress(LikenessError):  # English does not depend on it
        readings = read_aloud(sentence.words, " ", LANGUAGES["en"].voice)
    for index in {word.word for word in words}:
        places = [place for place, word in enumerate(words) if word.word == index]
        others = [reading.phones for reading in readings if reading.word == index]
        if len(places) == len(others):
            for place, way in zip(places, others, strict=True):
                ways = (*words[place].ways, _stressed_like(way, words[place].phones))
                words[place] = replace(words[place], ways=tuple(dict.fromkeys(ways)))
    return words


def _stressed_like(way: Pronunciation, other: Pronunciation) -> Pronunciation:
    """A way with the stresses of another one, since espeak weakens those of words that stand in a sentence."""
    stresses = [stress for phone, stress in other if phone[0] in VOWELS]
    if len(stresses) != sum(phone[0] in VOWELS for phone, _ in way):
        return way
    following = iter(stresses)
    return tuple((phone, next(following) if phone[0] in VOWELS else 0) for phone, _ in way)


def _groups(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens between two spaces."""
    groups: list[list[Token]] = [[]]
    for token in tokens:
        groups[-1].append(token)
        if token.ends_word:
            groups.append([])
    return [group for group in groups if group]


def _join(american: Sequence[Token], british: Sequence[Token]) -> list[SpokenWord]:
    """One word, or as many as the symbols part."""
    text = "".join(token.text for token in american).replace("’", "'")
    spelling = "".join(character for character in text if character.isalpha() or character == "'")
    heard, other = (
        [phones for part in "".join(token.said for token in tokens).split() if (phones := read_symbols(part))]
        for tokens in (american, british)
    )
    written = spelling.strip("'").lower() if len(heard) == 1 else ""
    pairs = zip(heard, other if len(other) == len(heard) else heard, strict=True)
    return [SpokenWord(written, tuple(dict.fromkeys(pair)), american[0].word, False) for pair in pairs]
