# SPDX-License-Identifier: GPL-3.0-or-later
"""The vowels that Arabic does not write: put in by libtashkeel's network (dengjen-tashkeel-py, MIT or Apache-2.0),
which looks at the sentence, and spelt so that espeak reads them.

Measured on ten sentences (tests/core/test_arabic.py): 95 % of the letters within words and 89 % of all get the right
vowel; most of the rest are endings that are not said before a pause either. Mishkal (GPL), which comes with 95 MB, has
89 % of both. Loading takes 0.7 s, a sentence 0.02 s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_MARKS = frozenset("\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670")
_FATHA, _SHADDA = "\u064e", "\u0651"
_AT_ONCE = 40  # words; the network's time grows with their square
_PREFIX = f"^((?:[وفبك][{_FATHA}\u0650]?)?ال)"
# What espeak reads otherwise -> how it reads the same: Unicode's order of doubling and vowel, the article, which
# doubles by itself, the silent letters of plurals in -ū and of a -t before a pause, and the word for God.
_SPELLING = (
    (re.compile(f"([\u064b-\u0650\u0652]){_SHADDA}"), rf"{_SHADDA}\1"),
    (re.compile(f"{_PREFIX}\u0652"), r"\1"),
    (re.compile(f"{_PREFIX}([تثدذرزسشصضطظلن]){_SHADDA}"), r"\1\2"),
    (re.compile(f"الل{_FATHA}?ه"), f"الل{_FATHA}اه"),
    (re.compile("\u064fوا(?!\\w)"), "\u064fو"),
    (re.compile(f"{_FATHA}ة(?![\\w\u064b-\u0652])"), f"{_FATHA}ا"),
)
_ENDING = re.compile("(?:(?P<two>[\u064c\u064d])|[\u064e-\u0650]|\u064bا?)\\W*$")  # -un and -in; a vowel; the n of -an


def count_ending(word: str) -> int:
    """How many phones at the end of a vowelled word are its case, which many people do not say."""
    match = _ENDING.search(word)
    return 0 if match is None else 2 if match["two"] else 1


def add_vowels(words: Sequence[str]) -> tuple[str, ...]:
    """The words of a sentence with their vowels, as many as before.

    What has vowels, digits or letters of other writing systems stays as it is.
    """
    vowelled: list[str] = []
    for first in range(0, len(words), _AT_ONCE):
        vowelled += _vowel(tuple(words[first : first + _AT_ONCE]))
    return tuple(vowelled)


@lru_cache(256)
def _vowel(words: tuple[str, ...]) -> tuple[str, ...]:
    found = _ask(" ".join(words)).split()
    if len(found) != len(words):
        found = [_ask(word) for word in words]
    return tuple(
        word if not _MARKS.isdisjoint(word) or strip_vowels(said) != word or said == word else _spell(said)
        for word, said in zip(words, found, strict=True)
    )


def strip_vowels(text: str) -> str:
    """A text without vowels and the marks of doubling."""
    return "".join(character for character in text if character not in _MARKS)


def _ask(text: str) -> str:
    """The network's answer; the text itself where it has none."""
    try:
        from dengjen_tashkeel_py import tashkeel  # pyright: ignore[reportAttributeAccessIssue]: compiled

        return tashkeel(text)
    except (ImportError, RuntimeError, ValueError):  # no wheel for this machine; vowels.py then puts in some
        return text


def _spell(word: str) -> str:
    """A vowelled word as espeak reads it rightly."""
    for pattern, other in _SPELLING:
        word = pattern.sub(other, word)
    return word
