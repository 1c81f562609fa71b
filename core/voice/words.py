# SPDX-License-Identifier: GPL-3.0-or-later
"""The written words that are heard, and the phones of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.speech import Phone, Word


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
