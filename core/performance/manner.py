# SPDX-License-Identifier: GPL-3.0-or-later
"""How a speech is said from moment to moment: the sliders of direction and emotion as curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from core.direction import SLIDERS, Direction
from core.emotion import CATEGORIES, Feeling
from core.performance.behaviours import BEHAVIOURS
from core.performance.curves import sample_rate
from core.performance.rhythm import Phrase, find_silences
from core.script import parse_script
from core.speech import Speech

FELT = 0.9  # share of a category's moves that a feeling of strength 1 shows
UNDER_DIRECTION = 0.55  # of that, where the whole is directed: it says how, the words only what
QUIET = 3.0  # seconds in which nothing is said, after which the speaker behaves as one who does not speak
_SETTLE = 0.8  # seconds after the last sound until that
_CHANGE = 0.22  # seconds, standard deviation of the smoothing: a mood comes within about half a second
_AHEAD = 0.15  # seconds by which it shows before the first sound


@dataclass(frozen=True)
class Manner:
    """Curves (T,) of the sliders that move, at ``time`` (T,) seconds; the others are 0."""

    time: np.ndarray
    curves: Mapping[str, np.ndarray]

    def curve(self, slider: str) -> np.ndarray:
        """(T,) values of a slider."""
        return self.curves.get(slider, np.zeros(len(self.time)))

    def at(self, slider: str, moment: float) -> float:
        """Its value at a moment (seconds)."""
        return float(np.interp(moment, self.time, self.curves[slider])) if slider in self.curves else 0.0

    def positive(self, slider: str) -> np.ndarray:
        """(T,) what of a slider is above 0."""
        return np.maximum(self.curve(slider), 0.0)

    def negative(self, slider: str) -> np.ndarray:
        """(T,) how far it is below 0, as positive values."""
        return np.maximum(-self.curve(slider), 0.0)


def make_manner(
    time: np.ndarray, speech: Speech, phrases: Sequence[Phrase], feelings: Sequence[Feeling], direction: Direction
) -> Manner:
    """The sum of a direction for the whole, the cues' manners to the ends of their sentences, the feelings, and the
    behaviour in silences.

    A cue's manner takes the place of the whole's. Sliders stay within their limits.
    """
    base = direction.moves
    moves = {name: np.full(len(time), value) for name, value in base.items()}

    def over(start: float, end: float) -> slice:
        return slice(*np.searchsorted(time, (start - _AHEAD, end)))

    for start, end, wanted in _cue_spans(speech, direction):
        for name in {*base, *wanted}:
            curve = moves.setdefault(name, np.zeros(len(time)))
            curve[over(start, end)] = wanted.get(name, 0.0)
    share = FELT * (UNDER_DIRECTION if base else 1.0)
    for feeling, end in zip(feelings, _ends(feelings, float(time[-1])), strict=True):
        for name, value in CATEGORIES[feeling.category].moves.items():
            curve = moves.setdefault(name, np.zeros(len(time)))
            curve[over(feeling.start, end)] += share * feeling.strength * value
    for start, end in find_silences(phrases, float(time[-1]), QUIET):
        for name, value in BEHAVIOURS[speech.behaviour].moves.items():
            moves.setdefault(name, np.zeros(len(time)))[over(start + _SETTLE, end)] += value
    rate = sample_rate(time)
    curves = {
        name: gaussian_filter1d(curve.clip(SLIDERS[name].least, 1.0), _CHANGE * rate, mode="nearest")
        for name, curve in moves.items()
    }
    return Manner(time, curves)


def _ends(feelings: Sequence[Feeling], last: float) -> list[float]:
    """A feeling lasts through the pause behind it, up to a second and a half."""
    following = [feeling.start - _AHEAD for feeling in feelings[1:]] + [last] * bool(feelings)
    return [min(after, feeling.end + 1.5) for feeling, after in zip(feelings, following, strict=True)]


def _cue_spans(speech: Speech, direction: Direction) -> list[tuple[float, float, Mapping[str, float]]]:
    """Start, end (seconds) and sliders of the cues that have a manner."""
    if not speech.words:
        return []
    bounds: list[int] = []  # index of the word behind each sentence
    for sentence in parse_script(speech.text, speech.language).sentences:
        bounds.append((bounds[-1] if bounds else 0) + len(sentence.words))
    spans = []
    for cue in direction.cues:
        if cue.moves and cue.word < len(speech.words):
            last = next((bound for bound in bounds if bound > cue.word), len(speech.words)) - 1
            end = speech.words[min(last, len(speech.words) - 1)].end
            spans.append((speech.words[cue.word].start, end + 0.2, cue.moves))
    return spans
