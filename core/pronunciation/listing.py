# SPDX-License-Identifier: GPL-3.0-or-later
"""How each word of a text is said, for a person who wants to change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

from core.pronunciation.dictionary import pronounce as pronounce_english
from core.pronunciation.languages import Language, find_language
from core.pronunciation.own import adapt, bare_word
from core.pronunciation.symbols import write_ipa
from core.pronunciation.words import pronounce
from core.script import Script, Sentence

_CAPITAL_NOUNS = frozenset(("de", "lb"))  # where capitals do not tell names


@dataclass(frozen=True)
class ListedWord:
    """A word as written, without punctuation around it.

    ipa: the likeliest way, its spoken words parted by spaces. is_known: the language's dictionary or rules have it; a
    name is a guess. is_own: the person says how it sounds.
    """

    text: str
    ipa: str
    is_known: bool
    is_own: bool


def list_words(script: Script, own: Mapping[str, str]) -> tuple[ListedWord, ...]:
    """Every word that is said, in order of the text; one that is said the same again is told once.

    Raises LikenessError ``pronunciation_failed`` and ``pronunciation_unreadable``.
    """
    language = find_language(script.language)
    listed: dict[tuple[str, str], ListedWord] = {}
    for sentence in script.sentences:
        for word in _list_sentence(sentence, language, own):
            listed.setdefault((word.text.casefold(), word.ipa), word)
    return tuple(listed.values())


def _list_sentence(sentence: Sentence, language: Language, own: Mapping[str, str]) -> list[ListedWord]:
    words = sentence.words
    adapted = adapt(words, own, language.code)
    read = dict(zip(adapted.kept, adapted.words, strict=True))
    known = _known(sentence, language)
    listed = []
    for index, spoken in groupby(pronounce(sentence, language, own), key=lambda word: word.word):
        is_own = index in adapted.given or read.get(index) != words[index]
        ipa = " ".join(write_ipa(word.phones) for word in spoken)
        text = bare_word(words[index]) or words[index]
        listed.append(ListedWord(text, ipa, is_own or index in known, is_own))
    return listed


def _known(sentence: Sentence, language: Language) -> set[int]:
    """The words of a sentence that are no guesses."""
    words = sentence.words
    if language.code == "en":
        guessed = {token.word for token in pronounce_english(sentence) if not token.is_known}
        return {index for index in range(len(words)) if index not in guessed}
    return {index for index, word in enumerate(words) if not _looks_foreign(bare_word(word), index == 0, language)}


def _looks_foreign(word: str, is_first: bool, language: Language) -> bool:
    """Whether a word is a name, by its capital within a sentence, or in Latin letters among others."""
    if language.writing - {"LATIN"} and word[:1].isascii() and word[:1].isalpha():
        return True
    is_name = word[:1].isupper() and not word.isupper()
    return is_name and not is_first and language.code not in _CAPITAL_NOUNS
