# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a name is said in a film: among its words, with sounds of its own, and heard where it should be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import soxr

from core.film.cut import Cut, Said
from core.speech import Phone, load_speech
from core.speech.confidence import with_confidence
from core.speech.features import RATE
from core.speech.net import hear
from core.storyboard.cues import find_phrase

_AROUND = 0.5  # seconds around a name that are listened to
_SHORTEST = 0.03  # seconds of sound that a word has at least
# Mean confidence from which on it is heard: names that are said have .5 to .9, other words .1 to .4, silence .03.
SURE = 0.2


@dataclass(frozen=True)
class Name:
    """Whether it is said, and that in a sentence."""

    is_said: bool
    text: str


def find_name(cuts: Sequence[Cut], sound: tuple[np.ndarray, int], value: str) -> Name:
    """Look for what a row put into a field. sound: the film's, (N, channels), and its rate."""
    start = 0.0
    for cut in cuts:
        for said in cut.said:
            index = find_phrase([word.text for word in said.words], value, 1, said.language)
            if index is not None:
                return _listen(said, index, value, start, sound)
        start += cut.frames / cut.fps
    return Name(False, f"“{value}” is not among the words that are said.")


def _listen(said: Said, index: int, value: str, start: float, sound: tuple[np.ndarray, int]) -> Name:
    words = _run(said, index, value)
    own = [phone for phone in load_speech(said.speech).phones if phone.phone and phone.word in words]
    if sum(phone.end - phone.start for phone in own) < _SHORTEST:
        return Name(False, f"“{value}” is among the words, but has no sound.")
    # The speech's seconds begin where the line does; the film's where the shot does.
    shift = start + said.start
    confidence = _confidence(own, shift, sound)
    at = f"at {shift + own[0].start:.1f} s"
    if confidence < SURE:
        return Name(False, f"“{value}” should be heard {at}, but is not (confidence {confidence:.2f}).")
    return Name(True, f"“{value}” is said {at} (confidence {confidence:.2f}).")


def _run(said: Said, index: int, value: str) -> range:
    """The words that a value is, from its first one on."""
    texts = [word.text for word in said.words]
    for stop in range(index + 1, len(texts) + 1):
        if find_phrase(texts[index:stop], value, 1, said.language) is not None:
            return range(index, stop)
    return range(index, index + 1)


def _confidence(phones: Iterable[Phone], shift: float, sound: tuple[np.ndarray, int]) -> float:
    """How surely the phones are heard in the film's own sound, by the mouth network."""
    own = list(phones)
    wave, rate = sound
    first = max(round((shift + own[0].start - _AROUND) * rate), 0)
    last = min(round((shift + own[-1].end + _AROUND) * rate), len(wave))
    if last - first < rate // 10:
        return 0.0
    stretch = soxr.resample(wave[first:last].mean(axis=1), rate, RATE, quality="HQ").astype(np.float32)
    moved = shift - first / rate
    # As if nobody had told that it is said: what a script tells is believed sooner.
    heard = [replace(phone, start=phone.start + moved, end=phone.end + moved, word=-1) for phone in own]
    weights = [phone.end - phone.start for phone in heard]
    told = [phone.confidence for phone in with_confidence(heard, hear(stretch))]
    return float(np.average(told, weights=weights))
