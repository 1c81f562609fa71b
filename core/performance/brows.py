# SPDX-License-Identifier: GPL-3.0-or-later
"""The expression layer: brows that underline words, and eyes that are not glass."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.performance.curves import ease, plateau, wander
from core.performance.rhythm import Beat, Phrase, choose_beats

RAISE = {"browInnerUp": 0.22, "browOuterUpLeft": 0.16, "browOuterUpRight": 0.16}  # at a beat of weight 1
QUESTION = 0.8  # of RAISE, held until a question ends
SQUINT = 0.05  # standard deviation of the lower lids' liveliness


def express(
    time: np.ndarray,
    duration: float,
    phrases: Sequence[Phrase],
    beats: tuple[Beat, ...],
    strength: float,
    generator: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Channels of the expression layer, (T,) each. Nothing in it touches the mouth."""
    level = np.zeros(len(time))
    for beat in choose_beats(beats, least=0.62, apart=1.6):
        height = beat.weight * generator.uniform(0.6, 1.1)
        level = np.maximum(level, height * plateau(time, beat.time - 0.02, beat.time + 0.12, 0.22, 0.45))
    for phrase in phrases:
        if phrase.is_question:
            start = max(phrase.start + 0.2, phrase.end - 0.5)
            level = np.maximum(level, QUESTION * plateau(time, start, phrase.end, 0.3, 0.5))
    ramp = min(0.6, duration / 3)
    rest = ease(time, 0.0, ramp) * (1.0 - ease(time, duration - ramp, duration))
    side = float(np.clip(generator.normal(0.0, 0.12), -0.25, 0.25))  # one brow always leads a little
    factors = {"Left": 1.0 + side, "Right": 1.0 - side}
    factor = {channel: factors.get(channel.removeprefix("browOuterUp"), 1.0) for channel in RAISE}
    channels = {
        channel: strength * height * factor[channel] * level * rest for channel, height in RAISE.items()
    }
    squint = strength * SQUINT * np.abs(wander(time, 0.05, 0.3, generator)) * rest
    return channels | {"eyeSquintLeft": squint * factors["Left"], "eyeSquintRight": squint * factors["Right"]}
