# SPDX-License-Identifier: GPL-3.0-or-later
"""A Speech acted out: every layer of a Performance from one seed."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from core.channels import ARKIT_CHANNELS, LAYERS
from core.errors import LikenessError
from core.performance.brows import express
from core.performance.eyelids import blink
from core.performance.gaze import look
from core.performance.lips import move_lips
from core.performance.performance import RATE, Performance
from core.performance.posture import move_head
from core.performance.rhythm import find_beats, find_phrases
from core.progress import Progress, silent
from core.speech import Speech

STRENGTHS = (0.0, 2.0)


def perform(
    speech: Speech, seed: int = 0, strength: float = 1.0, progress: Progress = silent
) -> Performance:
    """Act a speech out. strength: how large the movements are; closures of the lips and blinks stay whole.

    Each layer draws from a random stream of its own, so that a change in one leaves the others as they are.
    The same speech, seed and strength give the same bits.

    Raises LikenessError ``strength_out_of_range``, ``seed_out_of_range``, and what ``progress`` raises.
    """
    if not (math.isfinite(strength) and STRENGTHS[0] <= strength <= STRENGTHS[1]):
        raise LikenessError(
            "strength_out_of_range", f"strength is {strength:g}.", "Choose a value from 0 to 2; 1 is natural."
        )
    if seed < 0:
        raise LikenessError("seed_out_of_range", f"seed is {seed}.", "Choose a whole number from 0 up.")
    streams = {layer: np.random.default_rng([seed, index]) for index, layer in enumerate(LAYERS)}
    time = np.arange(math.floor(speech.duration * RATE) + 1) / RATE
    duration = float(time[-1])
    phrases, beats = find_phrases(speech), find_beats(speech)
    layers: dict[str, Mapping[str, np.ndarray]] = {}
    progress(0.0, "Moving the lips")
    layers["speech"] = move_lips(speech, time, strength, streams["speech"])
    progress(0.6, "Raising the brows")
    layers["expression"] = express(time, duration, phrases, beats, strength, streams["expression"])
    progress(0.7, "Blinking")
    layers["blink"] = blink(time, duration, phrases, streams["blink"])
    progress(0.8, "Moving the head")
    layers["head"] = move_head(time, duration, phrases, beats, strength, streams["head"])
    progress(0.9, "Looking at the camera")
    layers["gaze"] = look(time, duration, phrases, layers["head"], strength, streams["gaze"])
    progress(1.0, "Performed")
    return Performance(
        RATE,
        time,
        {layer: _bounded(layers[layer]) for layer in LAYERS if layer in layers},
        seed,
        {"strength": strength},
        speech.duration,
        speech.phones,
        speech.words,
    )


def _bounded(channels: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Single precision, ARKit channels within 0..1."""
    return {
        channel: (curve.clip(0.0, 1.0) if channel in ARKIT_CHANNELS else curve).astype(np.float32)
        for channel, curve in channels.items()
    }
