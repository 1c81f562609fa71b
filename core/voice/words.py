# SPDX-License-Identifier: GPL-3.0-or-later
"""The written words and what is heard of them: "10:30 pm" is read as "ten thirty P.M."."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

import numpy as np

from core.speech import Phone, Word


def attribute_words(written: Sequence[str], spoken: Sequence[str]) -> list[int]:
    """For each spoken word the index of the written word that it reads.

    Equal words pair up; between them, differing stretches are divided in proportion to their letters.
    Both sequences follow the same text, so the result never decreases.
    """
    owners = [0] * len(spoken)
    matcher = SequenceMatcher(None, written, spoken, autojunk=False)
    for tag, first, last, start, end in matcher.get_opcodes():
        if tag == "equal":
            owners[start:end] = range(first, last)
        elif first == last:  # nothing written here: part of the word before
            owners[start:end] = [max(first - 1, 0)] * (end - start)
        else:
            edges = _middles_and_ends(written[first:last])[1]
            middles = _middles_and_ends(spoken[start:end])[0]
            share = np.searchsorted(edges[:-1], middles, side="right")
            owners[start:end] = [first + int(index) for index in share]
    return owners


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


def _middles_and_ends(words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Where words lie in their common text, as fractions of its letters and digits."""
    lengths = np.array([sum(map(str.isalnum, word)) for word in words], dtype=float)
    ends = np.cumsum(lengths)
    total = max(float(ends[-1]), 1.0) if len(ends) else 1.0
    return (ends - lengths / 2) / total, ends / total
