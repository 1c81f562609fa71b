# SPDX-License-Identifier: GPL-3.0-or-later
"""A Line: a sentence, or a part of one, as it is to be read aloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.pronunciation.languages import find_language
from core.pronunciation.own import adapt
from core.pronunciation.symbols import Pronunciation
from core.pronunciation.written import write_out
from core.script import Sentence

_NONE: Mapping[str, str] = {}


@dataclass(frozen=True)
class Line:
    """What a voice says in one go.

    text, words: as they are to be read: what the person gave another spelling, and numbers and addresses where the
    language needs it, written out. owners: for each word the index of the word of the sentence that it reads. given:
    word -> phones that the person wants to hear. stressed: words that stand out.
    """

    text: str
    language: str
    words: tuple[str, ...]
    owners: tuple[int, ...]
    given: Mapping[int, Pronunciation] = field(default_factory=dict)
    stressed: frozenset[int] = frozenset()

    @property
    def sentence(self) -> Sentence:
        """The same for what reads sentences."""
        return Sentence(self.text, False, self.language)


def make_line(sentence: Sentence, own: Mapping[str, str] = _NONE, stressed: frozenset[int] = frozenset()) -> Line:
    """A sentence as it is to be read.

    own: pronunciations that the person gives, see core/pronunciation/own.py. stressed: words of the sentence that stand
    out. Raises LikenessError ``pronunciation_unreadable``.
    """
    language = find_language(sentence.language)
    adapted = adapt(sentence.words, own, language.code)
    fixed = frozenset(index for index, kept in enumerate(adapted.kept) if kept in adapted.given)
    written = write_out(adapted.words, language.code, fixed)
    owners = tuple(adapted.kept[owner] for owner in written.owners)
    text = (" " if language.is_spaced else "").join(written.words)
    if written.words == sentence.words:
        text = sentence.text
    given = {index: adapted.given[owner] for index, owner in enumerate(owners) if owner in adapted.given}
    marked = frozenset(index for index, owner in enumerate(owners) if owner in stressed)
    return Line(text, language.code, written.words, owners, given, marked)
