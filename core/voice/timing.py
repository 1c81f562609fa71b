# SPDX-License-Identifier: GPL-3.0-or-later
"""From a voice's symbols and their durations to phones on the sound's own clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.speech import Phone
from core.speech.edges import SHORTEST_PHONE, in_order
from core.speech.phones import DIPHTHONGS, viseme_of
from core.voice.loudness import LEVEL_STEP, SILENCE_DB, level_track

SHORTEST_PAUSE = 0.080  # seconds of silence at a punctuation mark that count as a pause
CLOSURE = 0.060  # seconds of silence before its burst that belong to a stop (p t k b d ɡ, tʃ dʒ)
_STOPS = frozenset("pbtdkɡ")


@dataclass(frozen=True)
class Spoken:
    """One sounding symbol: when the voice's label for it starts (seconds), and what it is."""

    label: float
    phone: str
    word: int
    stress: int
    after_mark: bool  # punctuation stands before it


def time_phones(spoken: Sequence[Spoken], wave: np.ndarray, rate: int) -> tuple[Phone, ...]:
    """Contiguous phones in seconds of ``wave`` (N,), pauses at punctuation included as phone ``""``.

    The labels say where one phone passes into the next; where speech begins, pauses and ends is taken from
    the sound itself, since the labels share such silence out among the neighbours.
    """
    loud = level_track(wave, rate)
    is_sound = loud > SILENCE_DB
    first, last = _sounding_span(is_sound)
    starts = np.array([symbol.label for symbol in spoken])
    starts[0] = max(first - (CLOSURE if _is_stop(spoken[0].phone) else 0.0), 0.0)
    end = min(max(last + (CLOSURE / 2 if _is_stop(spoken[-1].phone) else 0.0), starts[-1]), len(wave) / rate)
    edges = in_order(np.append(starts, end))
    phones: list[Phone] = []
    for index, symbol in enumerate(spoken):
        start, stop = float(edges[index]), float(edges[index + 1])
        if symbol.after_mark and phones:
            begin, resume = _pause(is_sound, phones[-1], start, stop, symbol.phone)
            if resume > begin:
                phones[-1] = replace(phones[-1], end=begin)
                phones.append(Phone(begin, resume, "", viseme_of(""), -1))
                start = resume
        phones.append(Phone(start, stop, symbol.phone, viseme_of(symbol.phone), symbol.word, symbol.stress))
    return tuple(part for phone in phones for part in divide_diphthong(phone))


def _pause(
    is_sound: np.ndarray, before: Phone, start: float, stop: float, phone: str
) -> tuple[float, float]:
    """The silence between ``before`` and the phone at start..stop: its start and end, equal when none."""
    low = before.start + SHORTEST_PHONE
    high = stop - SHORTEST_PHONE
    quiet = ~is_sound[int(np.ceil(low / LEVEL_STEP)) : int(high / LEVEL_STEP) + 1]
    run_start, run_length = _longest_run(quiet)
    begin = low + run_start * LEVEL_STEP
    resume = begin + run_length * LEVEL_STEP
    if _is_stop(before.phone):
        begin += CLOSURE / 2
    if _is_stop(phone):
        resume -= CLOSURE
    return (begin, resume) if resume - begin >= SHORTEST_PAUSE else (start, start)


def divide_diphthong(phone: Phone) -> tuple[Phone, ...]:
    """A diphthong as its two phones, any other phone as it is."""
    if phone.phone not in DIPHTHONGS:
        return (phone,)
    first, second, share = DIPHTHONGS[phone.phone]
    middle = phone.start + share * (phone.end - phone.start)
    return (
        replace(phone, end=middle, phone=first, viseme=viseme_of(first)),
        replace(phone, start=middle, phone=second, viseme=viseme_of(second), stress=0),
    )


def _sounding_span(is_sound: np.ndarray) -> tuple[float, float]:
    """Seconds of the first and the last sound."""
    indices = np.flatnonzero(is_sound)
    if not len(indices):
        return 0.0, len(is_sound) * LEVEL_STEP
    return float(indices[0]) * LEVEL_STEP, float(indices[-1] + 1) * LEVEL_STEP


def _longest_run(flags: np.ndarray) -> tuple[int, int]:
    """Start and length of the longest run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    if not len(edges):
        return 0, 0
    lengths = edges[1::2] - edges[::2]
    best = int(lengths.argmax())
    return int(edges[2 * best]), int(lengths[best])


def _is_stop(phone: str) -> bool:
    return phone[:1] in _STOPS
