# SPDX-License-Identifier: GPL-3.0-or-later
"""What a neural voice reads, one symbol after the other, and how its durations become times of phones."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.pronunciation import symbols as ipa
from core.pronunciation.dictionary import IPA, STRESS
from core.pronunciation.dictionary import VOWELS as LETTER_VOWELS
from core.voice.timing import Spoken

NO_PHONES: Mapping[str, str] = {}
# Signs whose time belongs to the sound before them: length, aspiration and the like, and the tones of Mandarin.
LASTING = frozenset("-ːˑʰʲᵝʷ↓→↗↘")  # with all combining marks
_TILDE, _CEDILLA = "\u0303", "\u0327"
_NONE: frozenset[str] = frozenset()
_VOWELS = ipa.VOWELS | LETTER_VOWELS
_BREAKS = frozenset(",;:—….!?")


@dataclass(frozen=True)
class Symbol:
    """One of a voice's symbols, with the index of the word of the line that it belongs to.

    stress: 1 or 2 where the vowel carries it without a mark.
    """

    character: str
    word: int
    stress: int = 0


def divide(symbols: Sequence[Symbol], longest: int) -> list[list[Symbol]]:
    """Stretches of at most ``longest`` symbols, ending after a comma or the like, else after a word."""
    rest = list(symbols)
    parts: list[list[Symbol]] = []
    while len(rest) > longest:
        head = [symbol.character for symbol in rest[:longest]]
        ends = [i for i, c in enumerate(head) if c == " " and i and head[i - 1] in _BREAKS]
        ends = ends or [i for i, c in enumerate(head) if c == " "] or [longest - 1]
        parts.append(rest[: ends[-1] + 1])
        rest = rest[ends[-1] + 1 :]
    return [part for part in [*parts, rest] if part]


def sounding(
    symbols: Sequence[Symbol],
    starts: np.ndarray,
    lag: float,
    mark: float,
    phones: Mapping[str, str] = NO_PHONES,
    joined: frozenset[str] = _NONE,
) -> list[Spoken]:
    """The symbols that have a sound, with the labels' starts corrected.

    starts: (len(symbols),) seconds. lag: by which labels are late. mark: seconds of a space or stress mark that do not
    belong to the sound behind it. phones: symbols that are not what `IPA` says or themselves; those that are ``""``
    draw out the sound behind them. joined: phones that come as two symbols.
    """
    spoken: list[Spoken] = []
    run, marks, stress, after_break = 0, 0, 0, False  # run: symbols just before that begin the next sound
    for index, symbol in enumerate(symbols):
        character = symbol.character
        if character in LASTING or unicodedata.combining(character):
            if spoken:
                spoken[-1] = replace(spoken[-1], phone=_marked(spoken[-1].phone, character))
            continue  # the phone before lasts on
        if character in STRESS or not character.isalpha():
            stress = STRESS.get(character, stress)
            is_break = character not in STRESS and character != " "
            run, marks = (0, 0) if is_break else (run + 1, marks + 1)
            after_break |= is_break
            continue
        if phones.get(character) == "":
            run += 1
            continue
        if not run and spoken and spoken[-1].phone + character in joined:
            spoken[-1] = replace(spoken[-1], phone=spoken[-1].phone + character)
            continue
        label = float(starts[index - run]) - lag + mark * marks
        is_vowel = character in _VOWELS
        phone = phones.get(character, IPA.get(character, character))
        spoken.append(Spoken(label, phone, symbol.word, max(stress, symbol.stress) if is_vowel else 0, after_break))
        run, marks, after_break = 0, 0, False
        stress = 0 if is_vowel else stress
    return spoken


def _marked(phone: str, mark: str) -> str:
    """A phone with a combining mark that makes it another one."""
    if mark == _TILDE and phone[0] in _VOWELS:
        return phone + _TILDE
    return "ç" if mark == _CEDILLA and phone == "c" else phone
