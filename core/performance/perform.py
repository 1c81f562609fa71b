# SPDX-License-Identifier: GPL-3.0-or-later
"""A Speech acted out: every layer of a Performance from one seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict

import numpy as np

from core.channels import ARKIT_CHANNELS, LAYERS
from core.errors import LikenessError
from core.performance.brows import express
from core.performance.eyelids import blink
from core.performance.gaze import look
from core.performance.lips import move_lips
from core.performance.mouth_style import NATURAL, MouthStyle
from core.performance.performance import RATE, Performance
from core.performance.posture import move_head
from core.performance.rhythm import find_beats, find_phrases
from core.progress import Progress, silent
from core.speech import Speech
from core.speech.lip_track import LipTrack

STRENGTHS = (0.0, 2.0)


def perform(
    speech: Speech,
    seed: int = 0,
    strength: float = 1.0,
    layer: str | None = None,
    progress: Progress = silent,
    *,
    style: MouthStyle = NATURAL,
    heard: LipTrack | None = None,
) -> Performance:
    """Act a speech out. strength: how large the movements are; closures of the lips and blinks stay whole.

    layer: only this one of `LAYERS` is made; it is the same as among all. style: how the mouth speaks. heard: the lips
    as the sound tells them.
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
    # What a layer is made of, in the order in which they are made: gaze counters the head.
    makers: Mapping[str, tuple[str, Callable[[np.random.Generator], Mapping[str, np.ndarray]]]] = {
        "speech": ("Moving the lips", lambda stream: move_lips(speech, time, strength, stream, heard, style)),
        "expression": (
            "Raising the brows",
            lambda stream: express(time, duration, phrases, beats, strength, stream),
        ),
        "blink": ("Blinking", lambda stream: blink(time, duration, phrases, stream)),
        "head": ("Moving the head", lambda stream: move_head(time, duration, phrases, beats, strength, stream)),
        "gaze": (
            "Looking at the camera",
            lambda stream: look(time, duration, phrases, layers["head"], strength, stream),
        ),
    }
    needed = {"gaze": {"gaze", "head"}}.get(layer, {layer}) if layer is not None else set(makers)
    for number, (name, (text, make)) in enumerate(makers.items()):
        if name in needed:
            progress(number / len(makers), text)
            layers[name] = make(streams[name])
    progress(1.0, "Performed")
    settings = {"strength": strength, **asdict(style)}
    made = {name: _bounded(layers[name]) for name in LAYERS if name in layers and layer in (None, name)}
    return Performance(RATE, time, made, seed, settings, speech.duration, speech.phones, speech.words)


def _bounded(channels: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Single precision, ARKit channels within 0..1."""
    return {
        channel: (curve.clip(0.0, 1.0) if channel in ARKIT_CHANNELS else curve).astype(np.float32)
        for channel, curve in channels.items()
    }
