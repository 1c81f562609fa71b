# SPDX-License-Identifier: GPL-3.0-or-later
"""The SpokenWord."""

from __future__ import annotations

from dataclasses import dataclass

from core.pronunciation.symbols import Pronunciation


@dataclass(frozen=True)
class SpokenWord:
    """One word as it is said: "10:30" is two of them.

    spelling: lower case, as an English dictionary has it; ``""`` where there is none of its own, and in other
    languages. ways: how it is said, the likeliest first (in English: American, British, espeak's). word: index into
    the words of the whole script as written. begins: whether it is the first of its sentence.
    """

    spelling: str
    ways: tuple[Pronunciation, ...]
    word: int
    begins: bool

    @property
    def phones(self) -> Pronunciation:
        """The first of the ways."""
        return self.ways[0]
