# SPDX-License-Identifier: GPL-3.0-or-later
"""The words that a script has a person say, with their pronunciation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.pronunciation.english import read_english
from core.pronunciation.japanese import read_japanese
from core.pronunciation.languages import Language, find_language
from core.pronunciation.own import adapt
from core.pronunciation.reading import read_aloud
from core.pronunciation.spoken import SpokenWord
from core.pronunciation.written import write_out
from core.script import Script, Sentence

_NONE: Mapping[str, str] = {}


def spoken_words(script: Script, own: Mapping[str, str] = _NONE) -> tuple[SpokenWord, ...]:
    """Every word of the script that has a sound, in order, in the script's language.

    own: pronunciations that the person gives, see ``own.py``. Raises LikenessError ``pronunciation_failed`` and
    ``pronunciation_unreadable``.
    """
    language = find_language(script.language)
    words: list[SpokenWord] = []
    first = 0
    for sentence in script.sentences:
        found = pronounce(sentence, language, own)
        words += [replace(word, word=first + word.word, begins=index == 0) for index, word in enumerate(found)]
        first += len(sentence.words)
    return tuple(words)


def pronounce(sentence: Sentence, language: Language, own: Mapping[str, str] = _NONE) -> list[SpokenWord]:
    """The same of one sentence; ``word`` counts in it, ``begins`` is not set."""
    adapted = adapt(sentence.words, own, language.code)
    fixed = frozenset(index for index, kept in enumerate(adapted.kept) if kept in adapted.given)
    written = write_out(adapted.words, language.code, fixed)
    gap = " " if language.is_spaced else ""
    if language.code == "en":
        found = read_english(replace(sentence, text=gap.join(written.words)))
    else:
        is_japanese = language.code == "ja"
        readings = read_japanese(written.words) if is_japanese else read_aloud(written.words, gap, language.voice)
        found = [SpokenWord("", reading.ways, reading.word, False) for reading in readings]
    placed = [replace(word, word=adapted.kept[written.owners[word.word]]) for word in found]
    told = [SpokenWord("", (phones,), index, False) for index, phones in adapted.given.items() if phones]
    return sorted((*(word for word in placed if word.word not in adapted.given), *told), key=lambda word: word.word)
