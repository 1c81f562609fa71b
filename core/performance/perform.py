# SPDX-License-Identifier: GPL-3.0-or-later
"""A Speech acted out: every layer of a Performance from one seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np

from core.channels import FACE_CHANNELS, LAYERS
from core.direction import NONE, Direction
from core.emotion import Feeling
from core.errors import LikenessError
from core.performance.behaviours import BEHAVIOURS
from core.performance.body import move_body
from core.performance.breath import breathe
from core.performance.expression import express
from core.performance.eyelids import LARGE_SHIFT, blink, kept_open
from core.performance.gaze import Shift, look, plan_gaze
from core.performance.gestures import Placed, gesticulate, place_gestures
from core.performance.head import move_head
from core.performance.limits import limit
from core.performance.lips import move_lips
from core.performance.manner import Manner, make_manner
from core.performance.micro import enliven
from core.performance.mouth_style import NATURAL, MouthStyle
from core.performance.performance import RATE, Performance
from core.performance.rhythm import Beat, Phrase, find_beats, find_phrases
from core.progress import Progress, silent
from core.speech import Speech
from core.speech.lip_track import LipTrack

STRENGTHS = (0.0, 2.0)
# What must be made for a layer beside itself.
_NEEDS = {"gaze": ("head", "gesture"), "body": ("head",)}


def perform(
    speech: Speech,
    seed: int = 0,
    strength: float = 1.0,
    layer: str | None = None,
    progress: Progress = silent,
    *,
    style: MouthStyle = NATURAL,
    heard: LipTrack | None = None,
    direction: Direction = NONE,
    feelings: Sequence[Feeling] = (),
    seeds: Mapping[str, int] = MappingProxyType({}),
) -> Performance:
    """Act a speech out. strength: how large the movements are; closures of the lips and blinks stay whole.

    layer: only this one of `LAYERS` is made; it is the same as among all. style: how the mouth speaks. heard: the lips
    as the sound tells them. direction, feelings: how it is said, and what it feels like. seeds: of layers that are to
    draw anew. Each layer draws from a random stream of its own, so that a change in one leaves the others as they are.
    The same arguments give the same bits.

    Raises LikenessError ``strength_out_of_range``, ``seed_out_of_range``, and what ``progress`` raises.
    """
    _require(strength, [seed, *seeds.values()])
    time = np.arange(math.floor(speech.duration * RATE) + 1) / RATE
    phrases = find_phrases(speech)
    manner = make_manner(time, speech, phrases, feelings, direction)
    act = _Act(speech, time, phrases, manner, direction, strength, seed, seeds)
    layers = _act_out(act, layer, heard, style, progress)
    progress(1.0, "Performed")
    asked = {"strength": strength, **asdict(style), "moves": dict(direction.moves), "seeds": dict(seeds)}
    settings = {**asked, **_tell_said(speech, direction)}
    made = {name: _bounded(layers[name]) for name in LAYERS if name in layers and layer in (None, name)}
    return Performance(
        RATE, time, made, seed, settings, speech.duration, speech.phones, speech.words, tuple(feelings)
    )


def _require(strength: float, seeds: Sequence[int]) -> None:
    if not (math.isfinite(strength) and STRENGTHS[0] <= strength <= STRENGTHS[1]):
        raise LikenessError(
            "strength_out_of_range", f"strength is {strength:g}.", "Choose a value from 0 to 2; 1 is natural."
        )
    if min(seeds) < 0:
        raise LikenessError("seed_out_of_range", f"seed is {min(seeds)}.", "Choose a whole number from 0 up.")


def _act_out(
    act: _Act, layer: str | None, heard: LipTrack | None, style: MouthStyle, progress: Progress
) -> dict[str, Mapping[str, np.ndarray]]:
    """All layers, or one with those that it needs."""
    layers: dict[str, Mapping[str, np.ndarray]] = {}
    makers: Mapping[str, tuple[str, Callable[[], Mapping[str, np.ndarray]]]] = {
        "speech": ("Moving the lips", lambda: act.speech(heard, style)),
        "expression": ("Raising the brows", act.expression),
        "blink": ("Blinking", act.blink),
        "head": ("Moving the head", act.head),
        "gesture": ("Placing gestures", act.gesture),
        "gaze": ("Looking at the camera", lambda: act.gaze([layers["head"], layers["gesture"]])),
        "body": ("Moving the shoulders", lambda: act.body(layers["head"])),
        "breath": ("Breathing", act.breath),
        "micro": ("Moving the face a little", act.micro),
    }
    needed = set(makers) if layer is None else {layer, *_NEEDS.get(layer, ())}
    for number, (name, (text, make)) in enumerate(makers.items()):
        if name in needed:
            progress(number / len(makers), text)
            layers[name] = make()
    return layers


def _tell_said(speech: Speech, direction: Direction) -> dict[str, Any]:
    """What the settings keep of the speech, as plain JSON."""
    return {
        "text": speech.text,
        "language": speech.language,
        "direction": direction.prompt,
        "voice": speech.voice,
        "consent": speech.consent.as_dict(),
        "tags": [asdict(tag) for tag in speech.tags],
        "behaviour": speech.behaviour,
        "stressed": list(speech.stressed),
    }


@dataclass(frozen=True)
class _Act:
    """What the layers are made of."""

    said: Speech
    time: np.ndarray
    phrases: tuple[Phrase, ...]
    manner: Manner
    direction: Direction
    strength: float
    seed: int
    seeds: Mapping[str, int]

    def stream(self, layer: str, part: int = 0) -> np.random.Generator:
        return np.random.default_rng([self.seeds.get(layer, self.seed), LAYERS.index(layer), part])

    @property
    def duration(self) -> float:
        return float(self.time[-1])

    @cached_property
    def beats(self) -> tuple[Beat, ...]:
        return find_beats(self.said)

    @cached_property
    def placed(self) -> tuple[Placed, ...]:
        stream = self.stream("gesture")
        return place_gestures(self.said, self.phrases, self.beats, self.manner, self.direction, stream)

    @cached_property
    def shifts(self) -> tuple[Shift, ...]:
        return plan_gaze(
            self.duration,
            self.phrases,
            self.manner,
            self.placed,
            BEHAVIOURS[self.said.behaviour],
            self.stream("gaze"),
        )

    def speech(self, heard: LipTrack | None, style: MouthStyle) -> Mapping[str, np.ndarray]:
        return move_lips(self.said, self.time, self.strength, self.stream("speech"), heard, style, self.manner)

    def expression(self) -> Mapping[str, np.ndarray]:
        stream = self.stream("expression")
        return express(self.time, self.duration, self.phrases, self.beats, self.manner, self.strength, stream)

    def blink(self) -> Mapping[str, np.ndarray]:
        large = [
            after.moment
            for before, after in pairwise(self.shifts)
            if math.hypot(after.pitch - before.pitch, after.yaw - before.yaw) > LARGE_SHIFT
        ]
        kept = kept_open(self.said, self.direction)
        return blink(self.time, self.duration, self.phrases, large, kept, self.manner, self.stream("blink"))

    def head(self) -> Mapping[str, np.ndarray]:
        stream = self.stream("head")
        return move_head(self.time, self.duration, self.phrases, self.beats, self.manner, self.strength, stream)

    def gesture(self) -> Mapping[str, np.ndarray]:
        return gesticulate(self.time, self.placed, self.strength)

    def gaze(self, turning: Sequence[Mapping[str, np.ndarray]]) -> Mapping[str, np.ndarray]:
        return look(self.time, self.shifts, turning, self.manner, self.strength)

    def body(self, head: Mapping[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        return move_body(self.time, self.duration, head, self.manner, self.strength, self.stream("body"))

    def breath(self) -> Mapping[str, np.ndarray]:
        return breathe(self.time, self.duration, self.phrases, self.manner, self.strength, self.stream("breath"))

    def micro(self) -> Mapping[str, np.ndarray]:
        stream = self.stream("micro")
        return enliven(self.time, self.duration, self.phrases, self.beats, self.manner, self.strength, stream)


def _bounded(channels: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Single precision, the face's channels within 0..1, rotations within their limits of speed."""
    return {
        channel: (curve.clip(0.0, 1.0) if channel in FACE_CHANNELS else limit(channel, curve, RATE)).astype(np.float32)
        for channel, curve in channels.items()
    }
