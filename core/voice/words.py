# SPDX-License-Identifier: GPL-3.0-or-later
"""The written words that are heard, and the phones of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.speech import Phone, Word
from core.speech.phones import VOWEL_VISEMES


def heard_words(words: Sequence[str], phones: Sequence[Phone]) -> tuple[tuple[Word, ...], tuple[Phone, ...]]:
    """The written words as heard, and the phones pointing at them; before, ``Phone.word`` is an index into ``words``.

    A written word without a sound of its own (a dash, say) joins the text of the one before it.
    """
    heard = {phone.word for phone in phones if phone.word >= 0}
    texts: list[str] = []
    position: dict[int, int] = {}
    silent_start: list[str] = []
    for index, written in enumerate(words):
        if index in heard:
            position[index] = len(texts)
            texts.append(" ".join([*silent_start, written]))
            silent_start = []
        elif texts:
            texts[-1] += " " + written
        else:
            silent_start.append(written)
    moved = tuple(
        replace(
            phone,
            start=round(phone.start, 6),  # microseconds: readable, and far below a sample
            end=round(phone.end, 6),
            word=position.get(phone.word, -1),
        )
        for phone in phones
    )
    starts = {phone.word: phone.start for phone in reversed(moved)}
    ends = {phone.word: phone.end for phone in moved}
    return tuple(Word(starts[i], ends[i], text) for i, text in enumerate(texts)), moved


def stress_words(
    phones: Sequence[Phone], stressed: Sequence[int], before: Sequence[Phone]
) -> tuple[tuple[Phone, ...], tuple[int, ...]]:
    """The phones with a stress of 2 in each word that stands out, and the indices of those words as heard.

    phones: as `heard_words` gives them. stressed: indices into the written words, as ``before`` has them, which are the
    phones before `heard_words`. The vowel with the most stress gets it, the longest of equal ones.
    """
    written = sorted({phone.word for phone in before if phone.word >= 0})
    heard = tuple(written.index(index) for index in stressed if index in written)
    raised = list(phones)
    for word in heard:
        vowels = [
            place for place, phone in enumerate(raised) if phone.word == word and phone.viseme in VOWEL_VISEMES
        ]
        if vowels:
            strongest = max(vowels, key=lambda place: (raised[place].stress, raised[place].end - raised[place].start))
            raised[strongest] = replace(raised[strongest], stress=2)
    return tuple(raised), heard
