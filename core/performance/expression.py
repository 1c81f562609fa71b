# SPDX-License-Identifier: GPL-3.0-or-later
"""The expression layer: the face's set of a mood, and brows that underline words.

A smile's mouth is in the speech layer (lips.py), where lips still close; its cheeks and eyes are here. So is what takes
the rest pose's own smile back (channel ``neutral``) while somebody is sad, angry or afraid.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d

from core.performance.curves import plateau, sample_rate
from core.performance.head import resting
from core.performance.manner import Manner
from core.performance.rhythm import Beat, Phrase, choose_beats

RAISE = {"browInnerUp": 0.24, "browOuterUpLeft": 0.18, "browOuterUpRight": 0.18}  # at a beat of weight 1
QUESTION = 0.8  # of RAISE, held until a question ends
_BEFORE = 0.10  # seconds by which brows are up before the stressed word begins
_UP, _DOWN = 0.22, (0.5, 1.1)  # seconds; they sink slowly, now more, now less
_FROWNING = 0.8  # share of a raise that is missing where brows are held down: who is angry does not look surprised
_LEAST, _APART = 0.70, 2.8  # weight and seconds between two raises, as usual
_LIVELY = (0.6, 0.10)  # per unit of energy: nats of their height, and of the weight that a beat needs less
# Slider -> channels at 1; a channel without a side has both. "+" the slider's upper half, "-" its lower one.
_SET = {
    "smile+": {"cheekSquint": 0.40, "eyeSquint": 0.14, "mouthDimple": 0.06},
    "brows+": {"browInnerUp": 0.40, "browOuterUp": 0.42},
    "brows-": {"browDown": 0.85, "noseSneer": 0.06},
    "worry+": {"browInnerUp": 0.80, "browDown": 0.12, "eyeSquint": 0.08},
    "lids+": {"eyeWide": 0.52},
    "lids-": {"eyeBlink": 0.34},
    "squint+": {"eyeSquint": 0.50, "cheekSquint": 0.10},
    "sneer+": {"noseSneer": 0.55},
}
_UNSIDED = ("browInnerUp",)
# Sliders that sober a face, and how much each counts; the sum from which on nothing of its habitual smile is left; and
# seconds (standard deviation) over which a smile goes and comes: slower than what takes its place.
_SOBERING = {"smile-": 1.0, "smile+": -1.0, "brows-": 0.5, "worry+": 0.5, "sneer+": 0.5}
_SOBER, _SOBERED = 0.30, 0.45


def express(
    time: np.ndarray,
    duration: float,
    phrases: Sequence[Phrase],
    beats: tuple[Beat, ...],
    manner: Manner,
    strength: float,
    generator: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Channels of the expression layer, (T,) each."""
    rest = resting(time, duration)
    side = float(np.clip(generator.normal(0.0, 0.12), -0.25, 0.25))  # one brow always leads a little
    channels: dict[str, np.ndarray] = {}
    level = _raises(time, phrases, beats, manner, generator) * (1.0 - _FROWNING * manner.negative("brows"))
    for channel, height in RAISE.items():
        channels[channel] = strength * height * _side_factor(channel, side) * level * rest
    sober = _sober(time, manner)
    if sober.any():
        channels["neutral"] = min(strength, 1.0) * sober * rest
    for slider, shape in _SET.items():
        amount = _half(manner, slider)
        if not amount.any():
            continue
        for base, height in shape.items():
            for channel in (base,) if base in _UNSIDED else (base + "Left", base + "Right"):
                made = strength * height * amount * _side_factor(channel, 0.6 * side) * rest
                channels[channel] = channels.get(channel, 0.0) + made
    return channels


def _half(manner: Manner, slider: str) -> np.ndarray:
    """(T,) what of a slider is above 0 ("smile+") or how far it is below ("smile-")."""
    return manner.positive(slider[:-1]) if slider[-1] == "+" else manner.negative(slider[:-1])


def _sober(time: np.ndarray, manner: Manner) -> np.ndarray:
    """(T,) how much of the rest pose's smile is taken back: a mouth turned down over it would still smile."""
    amount = sum((weight * _half(manner, slider) for slider, weight in _SOBERING.items()), np.zeros(len(time)))
    return gaussian_filter1d((amount / _SOBER).clip(0.0, 1.0), _SOBERED * sample_rate(time), mode="nearest")


def _side_factor(channel: str, side: float) -> float:
    return 1.0 + side if channel.endswith("Left") else 1.0 - side if channel.endswith("Right") else 1.0


def _raises(
    time: np.ndarray,
    phrases: Sequence[Phrase],
    beats: tuple[Beat, ...],
    manner: Manner,
    generator: np.random.Generator,
) -> np.ndarray:
    """(T,) how far brows are raised by stressed words, before which they go up, and by questions."""
    level = np.zeros(len(time))
    weighed = tuple(beat.reweighed(beat.weight + _LIVELY[1] * manner.at("energy", beat.time)) for beat in beats)
    for beat in choose_beats(weighed, least=_LEAST, apart=_APART):
        lively = np.exp(_LIVELY[0] * manner.at("energy", beat.time))
        height = min(beat.weight, 1.0) * generator.uniform(0.6, 1.1) * lively
        up = beat.start - _BEFORE
        down = generator.uniform(*_DOWN)
        near = slice(*np.searchsorted(time, (up - _UP, beat.time + down)))
        level[near] = np.maximum(level[near], height * plateau(time[near], up, beat.time, _UP, down))
    for phrase in phrases:
        if phrase.is_question:
            start = max(phrase.start + 0.2, phrase.end - 0.5)
            level = np.maximum(level, QUESTION * plateau(time, start, phrase.end, 0.3, 0.5))
    return level
