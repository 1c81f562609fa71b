# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentences of a speech, with the words of each that are heard: the one way in which they are found."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import accumulate

from core.script import Sentence, parse_script
from core.speech.speech import Speech, Word


@dataclass(frozen=True)
class Said:
    """A sentence as it is written, and its words that are heard; none where nobody says it."""

    sentence: Sentence
    words: tuple[Word, ...]


def find_said(speech: Speech) -> tuple[Said, ...]:
    """The sentences of a speech, as its script was divided; none where no words are known.

    Every word of the speech is in one of them, in order. A word of the speech may be several of the script (a dash has
    no sound of its own), and words of the script may be missing.
    """
    if not speech.words:
        return ()
    text = speech.text.strip() or " ".join(word.text for word in speech.words)
    sentences = parse_script(text, speech.language).sentences
    words: list[list[Word]] = [[] for _ in sentences]
    for word, owner in zip(speech.words, _owners(sentences, speech.words), strict=True):
        words[owner].append(word)
    return tuple(Said(sentence, tuple(own)) for sentence, own in zip(sentences, words, strict=True))


def _owners(sentences: Sequence[Sentence], words: Sequence[Word]) -> list[int]:
    """The sentence of each word, rising: by its letters, or by the words that are the same where those differ."""
    written = ["".join(sentence.text.split()) for sentence in sentences]
    heard = ["".join(word.text.split()) for word in words]
    last = len(sentences) - 1
    if "".join(written) == "".join(heard):
        bounds = list(accumulate(map(len, written)))
        starts = [0, *accumulate(map(len, heard))]
        return [min(bisect_right(bounds, start), last) for start in starts[:-1]]
    pieces = [(piece, number) for number, word in enumerate(words) for piece in word.text.split()]
    known = [(piece, number) for number, sentence in enumerate(sentences) for piece in sentence.words]
    same = SequenceMatcher(None, [piece for piece, _ in known], [piece for piece, _ in pieces], autojunk=False)
    found: dict[int, int] = {}
    for block in same.get_matching_blocks():
        for step in range(block.size):
            found.setdefault(pieces[block.b + step][1], known[block.a + step][1])
    owner = found[min(found)] if found else 0
    return [owner := found.get(number, owner) for number in range(len(words))]
