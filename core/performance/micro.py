# SPDX-License-Identifier: GPL-3.0-or-later
"""The micro layer: what a living face does besides: lids that narrow, lips that press, nostrils, uneven halves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from core.performance.curves import plateau, wander
from core.performance.head import resting
from core.performance.manner import Manner
from core.performance.rhythm import Beat, Phrase, choose_beats

_SLOW = (0.05, 0.30)  # hertz: moods of single muscles
# Standard deviation; of each only what is above 0 shows, on both sides mostly alike.
_LIVELY = {
    "eyeSquint": 0.050, "browDown": 0.022, "browOuterUp": 0.016, "mouthDimple": 0.020, "noseSneer": 0.010,
    "cheekSquint": 0.018,
}  # fmt: skip
_ALIKE = 0.8  # share that both sides have in common
_NARROW = 0.16  # eyeSquint at a word that stands out
_PRESS = {"mouthPress": 0.30, "mouthRollLower": 0.12, "mouthRollUpper": 0.08}  # of a press of the lips in a pause
_PRESSED = 0.35  # probability of one in a pause, as usual; the slider adds
_LONG_PAUSE = (0.55, 2.5)  # seconds of a pause with room for one
_NOSTRILS = 0.14  # noseSneer while breath is drawn before a phrase
_BREATH = 0.35  # seconds of that


def enliven(
    time: np.ndarray,
    duration: float,
    phrases: Sequence[Phrase],
    beats: tuple[Beat, ...],
    manner: Manner,
    strength: float,
    generator: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Channels (T,) of small movements, none faster than a third of a second, none that parts or shuts the lips."""
    rest = resting(time, duration)
    channels: dict[str, np.ndarray] = {}
    for base, deviation in _LIVELY.items():
        common = wander(time, *_SLOW, generator)
        for side in ("Left", "Right"):
            own = _ALIKE * common + np.sqrt(1.0 - _ALIKE**2) * wander(time, *_SLOW, generator)
            channels[base + side] = deviation * np.maximum(own, 0.0)
    for beat in choose_beats(beats, least=0.6, apart=3.0):
        if generator.random() < 0.5:
            near = slice(*np.searchsorted(time, (beat.start - 0.4, beat.end + 0.8)))
            pulse = _NARROW * generator.uniform(0.5, 1.0) * plateau(time[near], beat.start, beat.end, 0.35, 0.7)
            for side in ("Left", "Right"):
                channels["eyeSquint" + side][near] += pulse
    for phrase in phrases:
        near = slice(*np.searchsorted(time, (phrase.start - 2 * _BREATH, phrase.start + _BREATH)))
        for side in ("Left", "Right"):
            channels["noseSneer" + side][near] += _NOSTRILS * plateau(
                time[near], phrase.start - _BREATH, phrase.start - 0.15, _BREATH * 0.9, 0.30
            )
    for channel, curve in _presses(time, phrases, manner, generator).items():
        channels[channel] = curve
    return {channel: strength * curve * rest for channel, curve in channels.items()}


def _presses(
    time: np.ndarray, phrases: Sequence[Phrase], manner: Manner, generator: np.random.Generator
) -> dict[str, np.ndarray]:
    """Lips pressed together within pauses, when nothing is being said."""
    level = np.zeros(len(time))
    for before, after in pairwise(phrases):
        gap = after.start - before.end
        likely = _PRESSED + 0.6 * manner.at("press", before.end)
        if not _LONG_PAUSE[0] <= gap or generator.random() > likely:
            continue
        start = before.end + 0.22
        end = min(after.start - 0.25, start + float(generator.uniform(0.2, 0.9)))
        if end > start:
            height = generator.uniform(0.5, 1.0) * (1.0 + manner.at("press", start))
            level = np.maximum(level, height * plateau(time, start, end, 0.20, 0.25))
    pairs = {"mouthPress": ("Left", "Right"), "mouthRollLower": ("",), "mouthRollUpper": ("",)}
    return {base + side: _PRESS[base] * level for base, sides in pairs.items() for side in sides}
