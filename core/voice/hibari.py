# SPDX-License-Identifier: GPL-3.0-or-later
"""The embedded English voice: hibari-tts (Apache-2.0), offline, many times faster than real time.

Its network predicts how long each symbol lasts, but the package does not say so. One of the graph's inner
values is therefore made an output: /Round_output_0, the durations in units of 600 samples (25 ms).

The labels are late. Measured on 40 Harvard sentences against a pocketsphinx 5.1.1 forced alignment (952
phones; its starts lie 8 ms before hand-made ones, median over 122 phones of auseng_dev): 60 ms after it
(median; standard deviation 20 ms) for a phone that follows another one; a space or stress mark in between
takes up about 20 ms that belong to the phone behind it. So LAG = 60 - 8 ms and MARK = 20 ms.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from core.progress import Progress
from core.speech.refine import REACH
from core.voice.graph import with_output
from core.voice.joining import join, trim
from core.voice.labels import Symbol, divide, sounding
from core.voice.line import Line
from core.voice.misaki import read_english
from core.voice.prosody import shift_pitch
from core.voice.provider import Delivery, Utterance, Voice
from core.voice.timing import time_phones

RATE = 24_000
UNIT = 600 / RATE  # seconds
LAG = 0.052
MARK = 0.020
SEED = 0  # of the noise in unvoiced sounds
_LONGEST = 400  # symbols; hibari's own limit, longer sentences are spoken in parts
_PACES = (0.5, 2.0)  # at which it still can be understood
_BREATH = 0.25  # seconds between such parts
_DURATIONS = "/Round_output_0"


class HibariProvider:
    """VoiceProvider over the voices that the package itself contains."""

    name = "hibari"
    reach = REACH

    def voices(self) -> tuple[Voice, ...]:
        from hibari.voices import VOICES

        return tuple(
            Voice(name, name.capitalize(), ("en",), "female", self.name, "Apache-2.0", about="American, built in")
            for name, entry in VOICES.items()
            if entry.get("bundled")
        )

    def prepare(self, voice: Voice, progress: Progress) -> None:
        """Nothing is missing: the package ships its voice."""

    def utter(self, line: Line, voice: Voice, delivery: Delivery) -> Utterance:
        model = _load(voice.id)
        # The pitch is changed as on a tape, which takes the pace along: it is spoken that much slower.
        pace = min(max(delivery.speed / delivery.pitch, _PACES[0]), _PACES[1])
        read = read_english(line, model.is_british)
        symbols = [symbol for symbol in read if symbol.character in model.ids]
        parts = [_synthesise(part, model, pace) for part in divide(symbols, _LONGEST)]
        parts = [part for part in parts if part.phones]
        return shift_pitch(join(parts, [_BREATH] * (len(parts) - 1)), delivery.pitch) if parts else _nothing()


def _nothing() -> Utterance:
    return Utterance(np.zeros(0, np.float32), RATE, ())


@dataclass(frozen=True)
class _Model:
    session: Any  # onnxruntime.InferenceSession
    is_british: bool
    ids: dict[str, int]


@cache
def _load(voice: str) -> _Model:
    """The voice's network with its durations as one more output."""
    import onnxruntime
    from hibari.tts import ASSETS
    from hibari.voices import VOICES, voice_path

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # sums in one order: the same samples
    options.log_severity_level = 3
    graph = Path(voice_path(voice, download_missing=False)).read_bytes()
    session = onnxruntime.InferenceSession(
        with_output(graph, _DURATIONS), options, providers=["CPUExecutionProvider"]
    )
    ids = json.loads(Path(ASSETS, "vocab.json").read_text(encoding="utf-8"))
    return _Model(session, VOICES[voice]["british"], ids)


def _synthesise(symbols: list[Symbol], model: _Model, speed: float) -> Utterance:
    """Sound and timed phones of one stretch."""
    from hibari import dsp

    ids = [0, *(model.ids[symbol.character] for symbol in symbols), 0]
    feeds = {"ids": np.array([ids], np.int64), "speed": np.array([speed], np.float32)}
    *spectra, durations = (np.asarray(output) for output in model.session.run(None, feeds))
    lh, th, ln, lr, phi, f0 = (spectrum[0] for spectrum in spectra)
    wave = dsp.synth(lh, th, ln, lr, phi, f0, np.random.default_rng(SEED))
    starts = np.concatenate(([0.0], np.cumsum(durations.ravel()))) * UNIT
    spoken = sounding(symbols, starts[1:-1], LAG, MARK)
    if not spoken:
        return _nothing()
    return trim(Utterance(wave, RATE, time_phones(spoken, wave, RATE)))
