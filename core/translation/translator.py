# SPDX-License-Identifier: GPL-3.0-or-later
"""What a translator has to offer, and which languages count as the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn, Protocol

from core.errors import LikenessError
from core.pronunciation.languages import LANGUAGES, find_language

Pair = tuple[str, str]  # codes of the language translated from and of the one translated to


class Translator(Protocol):
    """Translates sentence by sentence. The same sentences give the same translations, unless it is online."""

    @property
    def name(self) -> str:
        """As in the table of providers."""
        ...

    @property
    def is_online(self) -> bool:
        """Whether the text leaves this computer."""
        ...

    @property
    def is_literal(self) -> bool:
        """Whether it takes sentences as they are written, with directions, merge fields and asterisks."""
        ...

    def pairs(self) -> tuple[Pair, ...] | None:
        """What it can translate now, as codes of its own; None: any two languages."""
        ...

    def translate(self, texts: Sequence[str], source: str, target: str) -> tuple[str, ...]:
        """One translation for each text. Raises LikenessError, with ``pair_missing`` for languages that it lacks."""
        ...


def match_pair(pairs: Sequence[Pair], source: str, target: str) -> Pair | None:
    """The pair of these languages under a translator's own codes: the very languages before other regions' kinds."""
    for same in (_is_same, _is_kin):
        for pair in pairs:
            if same(pair[0], source) and same(pair[1], target):
                return pair
    return None


def refuse_pair(name: str, pairs: Sequence[Pair], source: str, target: str, hint: str) -> NoReturn:
    """Raise LikenessError ``pair_missing``, which says what there is."""
    names = " to ".join(find_language(code).name for code in (source, target))
    here = ", ".join(f"{first} to {second}" for first, second in pairs[:12]) or "nothing"
    raise LikenessError("pair_missing", f"The translator “{name}” cannot do {names}; it has {here}.", hint)


def _is_same(own: str, code: str) -> bool:
    return _plain(own) == _plain(code)


def _is_kin(own: str, code: str) -> bool:
    """Whether two codes differ in their regions alone."""
    return _plain(own).partition("-")[0] == _plain(code).partition("-")[0]


def _plain(code: str) -> str:
    """The code as our table has it where it does, else in lower case."""
    try:
        found = find_language(code).code
    except LikenessError:
        found = code
    return found.lower().replace("_", "-") if found not in LANGUAGES else found.lower()
