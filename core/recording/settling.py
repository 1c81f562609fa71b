# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognised phones made into a timeline that a mouth can follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from scipy.ndimage import uniform_filter1d

from core.recording.quiet import quiet_runs
from core.speech import Phone
from core.speech.edges import in_order
from core.speech.phones import VOWEL_VISEMES, viseme_of
from core.voice.loudness import LEVEL_STEP, level_track
from core.voice.timing import CLOSURE, SHORTEST_PAUSE, divide_diphthong

_STOPS = frozenset("pbtdkɡ")
_LEAST_SPEECH = 0.6  # seconds of sounds in a pause that are more than a breath or a cough
_LEAST_REST = 0.03  # seconds that a phone must keep
_ALONE = 0.30  # seconds of a pause that parts sounds
_SURE = 0.33  # mean confidence of sounds that are speech: .13 to .25 in noise, .5 and more in speech
_STRESSED = 0.4  # share of the vowels that stand out in English
_NEIGHBOURHOOD = 5  # vowels against which one is loud or long


def hush(phones: Sequence[Phone], wave: np.ndarray, rate: int) -> tuple[Phone, ...]:
    """The phones (tiling) with silence where the sound is: the mouth does not speak along with a quiet room."""
    runs = list(quiet_runs(wave, rate))
    kept: list[Phone] = []
    for phone in phones:
        if phone.phone:
            start, end = _longest_rest(phone, runs)
            if end - start >= _LEAST_REST:
                kept.append(replace(phone, start=start, end=end))
    return with_pauses(list(_syllables(kept)), phones[-1].end)


def _syllables(sounds: Sequence[Phone]) -> Iterator[Phone]:
    """Sounds that stand with a vowel between two pauses and are heard for sure: a click, a fan or a rumble is not."""
    edges = [i for i in range(1, len(sounds)) if sounds[i].start - sounds[i - 1].end >= _ALONE]
    for first, last in pairwise([0, *edges, len(sounds)]):
        island = sounds[first:last]
        lengths = [phone.end - phone.start for phone in island]
        if any(phone.viseme in VOWEL_VISEMES for phone in island) and (
            np.average([phone.confidence for phone in island], weights=lengths) >= _SURE
        ):
            yield from island


def fill(phones: Sequence[Phone], heard: Sequence[Phone]) -> tuple[Phone, ...]:
    """The phones of a script (tiling) with what was heard in pauses where somebody says something else."""
    filled: list[Phone] = []
    for phone in phones:
        if phone.phone or phone.end - phone.start < _LEAST_SPEECH:
            filled.append(phone)
            continue
        inside = [other for other in heard if other.start >= phone.start and other.end <= phone.end and other.phone]
        if sum(other.end - other.start for other in inside) >= _LEAST_SPEECH:
            filled += inside
    return with_pauses([phone for phone in filled if phone.phone], phones[-1].end)


def close_before(phones: Sequence[Phone], wave: np.ndarray, rate: int) -> tuple[Phone, ...]:
    """The phones (tiling) with the closure of a stop behind a pause, which shows before its burst is heard."""
    runs = list(quiet_runs(wave, rate))
    sounds: list[Phone] = []
    for phone in (phone for phone in phones if phone.phone):
        if phone.phone[0] in _STOPS:
            burst = next((end for start, end in runs if start <= phone.start < end < phone.end), phone.start)
            free = sounds[-1].end if sounds else 0.0
            if phone.start - free >= SHORTEST_PAUSE or burst > phone.start:
                phone = replace(phone, start=max(burst - CLOSURE, free))
        sounds.append(phone)
    return with_pauses(sounds, phones[-1].end)


def settle(phones: Sequence[Phone]) -> tuple[Phone, ...]:
    """Tiling phones without silences too short to be pauses, neighbouring silences as one, diphthongs divided.

    A short silence before a stop is its closure; any other is shared by its neighbours. No phone is shorter than
    `SHORTEST_PHONE`.
    """
    sounds = [phone for phone in phones if phone.phone]
    joined: list[Phone] = []
    for phone in sounds:
        gap = phone.start - joined[-1].end if joined else SHORTEST_PAUSE
        if 0.0 < gap < SHORTEST_PAUSE:
            middle = joined[-1].end + (0.0 if phone.phone[0] in _STOPS else gap / 2)
            joined[-1] = replace(joined[-1], end=middle)
            phone = replace(phone, start=middle)
        joined.append(phone)
    tiled = with_pauses(joined, phones[-1].end)
    parts = [part for phone in tiled for part in divide_diphthong(phone)]
    edges = in_order(np.array([*(part.start for part in parts), parts[-1].end])).tolist()
    return tuple(replace(part, start=a, end=b) for part, a, b in zip(parts, edges[:-1], edges[1:], strict=True))


def find_stress(phones: Sequence[Phone], wave: np.ndarray, rate: int) -> tuple[Phone, ...]:
    """The phones with a stress on vowels that are louder and longer than those around.

    Both mark prominence in English (Kochanski et al. 2005).
    """
    level = level_track(wave, rate)
    vowels = [index for index, phone in enumerate(phones) if phone.viseme in VOWEL_VISEMES]
    if not vowels:
        return tuple(phones)
    spans = [(phones[index].start, phones[index].end) for index in vowels]
    loud = np.array([level[int(a / LEVEL_STEP) : int(b / LEVEL_STEP) + 1].max() for a, b in spans])
    length = np.log([b - a for a, b in spans])
    score = _prominence(loud) + _prominence(length)
    least = np.quantile(score, 1.0 - _STRESSED)
    stress = {index: 2 if value >= least else 0 for index, value in zip(vowels, score, strict=True)}
    return tuple(replace(phone, stress=stress.get(index, 0)) for index, phone in enumerate(phones))


def _prominence(track: np.ndarray) -> np.ndarray:
    """How far each value stands out from its neighbourhood, in standard deviations of all."""
    return (track - uniform_filter1d(track, _NEIGHBOURHOOD, mode="nearest")) / max(float(track.std()), 1e-6)


def _longest_rest(phone: Phone, runs: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """What of a phone lies outside the runs: the longest stretch."""
    within = [(a, b) for a, b in runs if a < phone.end and b > phone.start]
    starts = [phone.start, *(b for _, b in within)]
    ends = [*(a for a, _ in within), phone.end]
    return max(zip(starts, ends, strict=True), key=lambda rest: rest[1] - rest[0])


def with_pauses(sounds: Sequence[Phone], duration: float) -> tuple[Phone, ...]:
    """Phones in order with silence in the gaps, from 0 to ``duration``."""
    tiled: list[Phone] = []
    at = 0.0
    for phone in sounds:
        if phone.start > at:
            tiled.append(Phone(at, phone.start, "", viseme_of(""), -1))
        tiled.append(phone)
        at = phone.end
    if at < duration:
        tiled.append(Phone(at, duration, "", viseme_of(""), -1))
    return tuple(tiled)
