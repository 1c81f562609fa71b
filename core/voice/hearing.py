# SPDX-License-Identifier: GPL-3.0-or-later
"""When the phones of a Line are said in a sound whose engine does not tell: the mouth network finds them.

core.recording is imported where it is needed: it reads core.voice itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import soxr

from core.pronunciation.languages import find_language
from core.pronunciation.spoken import SpokenWord
from core.pronunciation.words import pronounce
from core.speech import Phone
from core.speech.confidence import with_confidence
from core.speech.edges import in_order
from core.speech.features import RATE
from core.speech.net import Heard, hear
from core.speech.phones import VOWEL_VISEMES, viseme_of
from core.voice.line import Line

Spans = Mapping[int, tuple[float, float]]  # word of the line -> when it is said, in seconds

_NONE: Spans = {}
_GUESSED = 0.2  # confidence of a phone that is not heard where it stands
_ROOM = 0.02  # seconds a phone for which there must be room where a word that was missed may stand
_HEARABLE = 0.10  # seconds of a sound in which something can be found, beside that room
_AROUND = 0.10  # seconds by which engines tell words too early or late: MP3 alone delays by up to 0.05 s
# Seconds that a phone lasts where nothing else is known; means of hibari's voice, rounded.
_VOWEL, _STRESSED, _CONSONANT = 0.06, 0.10, 0.07


def time_by_ear(wave: np.ndarray, rate: int, line: Line, spans: Spans = _NONE) -> tuple[Phone, ...]:
    """The phones of a line in a (N,) float32 wave that says it, from the first one to the last.

    Contiguous, seconds of ``wave``, pauses are ``""``; ``Phone.word`` is an index into ``line.words``. spans: words
    whose time is known within `_AROUND`. What is not found is spread over the time that is left for it by typical
    durations, with a confidence of `_GUESSED`. No phones: nothing is said in these words, or there is no sound.

    Raises LikenessError as `pronounce` does.
    """
    words = _spoken(line)
    if not words or not len(wave):
        return ()
    sounds = _listen(wave, rate, words, _apart(spans, len(wave) / rate))
    owned = (replace(phone, word=words[phone.word].word) if phone.word >= 0 else phone for phone in sounds)
    return _without_ends(tuple(owned))


def _apart(spans: Spans, duration: float) -> Spans:
    """The spans within a sound, one after the other."""
    kept: dict[int, tuple[float, float]] = {}
    free = 0.0
    for word, (start, end) in sorted(spans.items()):
        start, end = max(start, free), min(end, duration)
        if end > start:
            kept[word] = (start, end)
            free = end
    return kept


def _spoken(line: Line) -> list[SpokenWord]:
    """The words of a line as they are said, with what the person wants to hear."""
    read = pronounce(line.sentence, find_language(line.language))
    told = [SpokenWord("", (phones,), word, False) for word, phones in line.given.items() if phones]
    words = sorted((*(word for word in read if word.word not in line.given), *told), key=lambda word: word.word)
    return [replace(word, begins=index == 0) for index, word in enumerate(words) if word.phones]


def _listen(wave: np.ndarray, rate: int, words: Sequence[SpokenWord], spans: Spans) -> tuple[Phone, ...]:
    """Phones that tile the wave; ``Phone.word`` is an index into ``words``."""
    from core.recording import recogniser
    from core.recording.record import LEAST_FIT
    from core.recording.settling import close_before, fill, hush, settle, with_pauses

    duration = len(wave) / rate
    if duration < _HEARABLE + _ROOM * sum(len(word.phones) for word in words):
        return with_pauses(list(_spread(words, range(len(words)), [(0.0, duration)])), duration)
    hearing = hear(soxr.resample(wave, rate, RATE, quality="VHQ"))
    heard = hush(recogniser.recognise(hearing, duration), wave, rate)
    found = recogniser.align(hearing, heard, words)
    if found is None or found.fit < LEAST_FIT:
        places = _places(words, spans, _islands(heard) or [(0.0, duration)])
        sounds = [phone for indices, where in places for phone in _spread(words, indices, where)]
        tiled = with_pauses(sounds, duration)
    else:
        kept = [phone for phone in found.phones if phone.phone and _is_within(phone, words, spans)]
        tiled = fill(with_pauses(_with_missed(kept, words, heard, spans), duration), heard)
    return settle(_judged(close_before(tiled, wave, rate), hearing))


def _judged(phones: Sequence[Phone], hearing: Heard) -> list[Phone]:
    """The phones with their confidence, which for guessed ones stays low."""
    judged = with_confidence(phones, hearing)
    return [
        replace(now, confidence=min(now.confidence, before.confidence))
        for before, now in zip(phones, judged, strict=True)
    ]


def _is_within(phone: Phone, words: Sequence[SpokenWord], spans: Spans) -> bool:
    """Whether a phone lies where its word is known to be."""
    start, end = spans.get(words[phone.word].word, (-np.inf, np.inf))
    return start - _AROUND <= (phone.start + phone.end) / 2 <= end + _AROUND


def _with_missed(
    found: Sequence[Phone], words: Sequence[SpokenWord], heard: Sequence[Phone], spans: Spans
) -> list[Phone]:
    """The phones found, and where sound is left for them, those of words between that were missed."""
    sounds = list(found)
    for run in _runs(words, {phone.word for phone in found}):
        before = max((phone.end for phone in found if phone.word < run.start), default=0.0)
        after = min((phone.start for phone in found if phone.word >= run.stop), default=heard[-1].end)
        for indices, where in _places(words, spans, _islands(heard), run):
            free = [(max(a, before), min(b, after)) for a, b in where if min(b, after) > max(a, before)]
            count = sum(len(words[index].phones) for index in indices)
            if sum(end - start for start, end in free) >= _ROOM * count:
                sounds += _spread(words, indices, free)
    return sorted(sounds, key=lambda phone: phone.start)


def _runs(words: Sequence[SpokenWord], known: set[int]) -> Iterator[range]:
    """Stretches of words that are not among the known ones."""
    edges = [-1, *sorted(known), len(words)]
    for before, after in pairwise(edges):
        if after - before > 1:
            yield range(before + 1, after)


def _places(
    words: Sequence[SpokenWord], spans: Spans, islands: list[tuple[float, float]], run: range | None = None
) -> Iterator[tuple[list[int], list[tuple[float, float]]]]:
    """Which of a run of words (default: of all) are to be spread over which times: their span, else all sounds."""
    run = range(len(words)) if run is None else run
    indices = [index for index in run if words[index].word in spans]
    if len(indices) < len(run):  # some are unknown: together
        yield list(run), islands
        return
    for owner in dict.fromkeys(words[index].word for index in indices):
        yield [index for index in indices if words[index].word == owner], [spans[owner]]


def _islands(heard: Sequence[Phone]) -> list[tuple[float, float]]:
    """Start and end (seconds) of the stretches between pauses."""
    islands: list[tuple[float, float]] = []
    for phone in (phone for phone in heard if phone.phone):
        if islands and phone.start - islands[-1][1] < 1e-6:
            islands[-1] = (islands[-1][0], phone.end)
        else:
            islands.append((phone.start, phone.end))
    return islands


def _spread(
    words: Sequence[SpokenWord], indices: Sequence[int], places: Sequence[tuple[float, float]]
) -> Iterator[Phone]:
    """The phones of words over stretches of sound (seconds), as long as phones usually are to each other.

    None crosses a pause: each stretch is filled by the phones of which most falls into it.
    """
    units = [(phone, stress, index) for index in indices for phone, stress in words[index].phones]
    lasting = np.array([_typical(phone, stress) for phone, stress, _ in units])
    whole = sum(end - start for start, end in places)
    middles = (np.cumsum(lasting) - lasting / 2) / lasting.sum() * whole
    gone = 0.0
    for place, (start, end) in enumerate(places):
        until = np.inf if place + 1 == len(places) else gone + end - start
        inside = np.flatnonzero((middles >= gone) & (middles < until))
        gone += end - start
        shares = np.cumsum(np.append(0.0, lasting[inside])) / max(float(lasting[inside].sum()), 1e-9)
        edges = start + shares * (end - start)
        if len(inside) and edges[-1] - edges[0] > _ROOM * len(inside):
            edges = in_order(edges)
        for index, first, last in zip(inside.tolist(), edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            phone, stress, word = units[index]
            yield Phone(first, last, phone, viseme_of(phone), word, stress, _GUESSED)


def _typical(phone: str, stress: int) -> float:
    if viseme_of(phone) not in VOWEL_VISEMES:
        return _CONSONANT
    return _STRESSED if stress else _VOWEL


def _without_ends(phones: tuple[Phone, ...]) -> tuple[Phone, ...]:
    """The phones without the silence before and after them."""
    sounding = [index for index, phone in enumerate(phones) if phone.phone]
    return phones[sounding[0] : sounding[-1] + 1] if sounding else ()
