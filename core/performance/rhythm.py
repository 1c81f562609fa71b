# SPDX-License-Identifier: GPL-3.0-or-later
"""The beat of speech: which words stand out, and where phrases begin and end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.speech import Speech
from core.speech.phones import VOWEL_VISEMES

_PAUSE = 0.15  # seconds of silence that part two phrases
_ASKED_APART = 0.35  # seconds between beats of stressed words: no head nods three times in "*not at all*"
_QUESTION = frozenset("?？؟՞")


@dataclass(frozen=True)
class Beat:
    """The stressed vowel of a word. time: its middle; start, end: of the word (seconds).

    weight: 0..1, how much the word stands out. is_asked: the script wants it to.
    """

    time: float
    weight: float
    start: float
    end: float
    is_asked: bool = False

    def reweighed(self, weight: float) -> Beat:
        """The same beat with another weight, which may leave 0..1."""
        return replace(self, weight=weight)


@dataclass(frozen=True)
class Phrase:
    """Speech between two pauses, in seconds."""

    start: float
    end: float
    is_question: bool


def find_beats(speech: Speech) -> tuple[Beat, ...]:
    """One beat for each word that carries a stress; where no words are known, for each stressed vowel.

    Weight grows with loudness and length of the vowel against the other stressed vowels of the speech:
    both mark prominence in English (Kochanski et al. 2005). A word that the script stresses has all of it.
    """
    vowels = [phone for phone in speech.phones if phone.stress and phone.viseme in VOWEL_VISEMES]
    strongest = {}
    for number, phone in enumerate(vowels, start=1):
        word = phone.word if phone.word >= 0 else -number
        if word not in strongest or phone.stress > strongest[word].stress:
            strongest[word] = phone
    if not strongest:
        return ()
    chosen = list(strongest.values())
    loudness = np.array([_decibels(speech, phone.start, phone.end) for phone in chosen])
    length = np.log([phone.end - phone.start for phone in chosen])
    stress = np.array([phone.stress - 1.5 for phone in chosen])
    score = 0.8 * _standard(loudness) + 0.6 * _standard(length) + stress
    weights = 1.0 / (1.0 + np.exp(-score))
    spans = {}
    for phone in speech.phones:
        if phone.phone and phone.word >= 0:
            spans[phone.word] = (spans.get(phone.word, (phone.start, 0.0))[0], phone.end)
    asked = [phone.word in speech.stressed for phone in chosen]
    return tuple(
        Beat(
            (phone.start + phone.end) / 2,
            1.0 if is_asked else float(weight),
            *spans.get(phone.word, (phone.start, phone.end)),
            is_asked=is_asked,
        )
        for phone, weight, is_asked in zip(chosen, weights, asked, strict=True)
    )


def choose_beats(beats: tuple[Beat, ...], least: float, apart: float) -> tuple[Beat, ...]:
    """The strongest beats with at least that weight and that many seconds between each other, in order.

    Those that are asked for come first, whatever their weight, and may stand nearer to each other.
    """
    kept: list[Beat] = []
    for beat in sorted(beats, key=lambda beat: (not beat.is_asked, -beat.weight)):
        gap = min(apart, _ASKED_APART) if beat.is_asked else apart
        if (beat.is_asked or beat.weight >= least) and all(abs(beat.time - other.time) >= gap for other in kept):
            kept.append(beat)
    return tuple(sorted(kept, key=lambda beat: beat.time))


def find_phrases(speech: Speech) -> tuple[Phrase, ...]:
    """The stretches of speech between pauses of at least 0.15 s."""
    spans: list[list[float]] = []
    last_words: list[int] = []
    for phone in speech.phones:
        if not phone.phone:
            continue
        if spans and phone.start - spans[-1][1] < _PAUSE:
            spans[-1][1] = phone.end
            last_words[-1] = phone.word
        else:
            spans.append([phone.start, phone.end])
            last_words.append(phone.word)
    return tuple(
        Phrase(start, end, word >= 0 and not _QUESTION.isdisjoint(speech.words[word].text))
        for (start, end), word in zip(spans, last_words, strict=True)
    )


def find_silences(phrases: Sequence[Phrase], duration: float, least: float) -> tuple[tuple[float, float], ...]:
    """Start and end (seconds) of the stretches of at least that many seconds in which nothing is said."""
    edges = [0.0, *(edge for phrase in phrases for edge in (phrase.start, phrase.end)), duration]
    return tuple((start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if end - start >= least)


def _decibels(speech: Speech, start: float, end: float) -> float:
    part = speech.wave[round(start * speech.rate) : round(end * speech.rate)].astype(np.float64)
    return 10.0 * float(np.log10(max(float(np.mean(part**2)) if len(part) else 0.0, 1e-9)))


def _standard(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / max(float(values.std()), 1e-6)
