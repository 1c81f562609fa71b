# SPDX-License-Identifier: GPL-3.0-or-later
"""Which written word each spoken one reads: "10:30 pm" is read as "ten thirty P.M."."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

import numpy as np


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


def _middles_and_ends(words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Where words lie in their common text, as fractions of its letters and digits."""
    lengths = np.array([sum(map(str.isalnum, word)) for word in words], dtype=float)
    ends = np.cumsum(lengths)
    total = max(float(ends[-1]), 1.0) if len(ends) else 1.0
    return (ends - lengths / 2) / total, ends / total
