# SPDX-License-Identifier: GPL-3.0-or-later
"""Kokoro-82M (Apache-2.0): 54 voices in eight languages, offline, about as fast as real time on one core.

Its network predicts how long each symbol lasts; one of the graph's inner values is therefore made an output:
/encoder/Clip_output_0, the durations in units of 600 samples (25 ms). There is no noise in the graph: the same symbols
give the same samples.

A voice is a table of 510 styles of 256 values: one for each number of symbols that are said in one go.

The labels are late. Against the mouth network's alignment, 21 voices of eight languages with five sentences each (3,683
phones; bench voice_times): by 59 ms (median; languages 54 to 64 ms, half of the phones within 12 ms),
20 ms less for each space or stress mark before the sound. REACH is where pocketsphinx, which others trained, agrees
best (English, 461 phones: 8.3 ms off, median without the bias; 10.0 ms unmoved, 9.0 ms at twice the reach).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import LikenessError
from core.models import fetch_models, find_model, missing_bytes, model_path
from core.progress import Progress
from core.speech.refine import REACH
from core.voice.graph import with_output
from core.voice.joining import join, trim
from core.voice.labels import Symbol, divide, sounding
from core.voice.line import Line
from core.voice.misaki import LANGUAGE_OF, SOUNDS, read_line
from core.voice.prosody import shift_pitch
from core.voice.provider import Delivery, Utterance, Voice
from core.voice.timing import time_phones

RATE = 24_000
UNIT = 600 / RATE  # seconds
LAG = 0.060
MARK = 0.020
STYLES = (510, 256)  # float32: for each number of symbols less one, half of the timbre and half of the melody
MODELS = ("kokoro", "kokoro_voices")  # of models.toml
_LONGEST = 400  # symbols; the network takes 510, and hurries where there are many
_PACES = (0.5, 2.0)  # at which it still can be understood
_BREATH = 0.25  # seconds between stretches of that many
_DURATIONS = "/encoder/Clip_output_0"
_SEXES = {"f": "female", "m": "male"}
_ABOUT = {"a": "American", "b": "British"}
# The best of their languages by Kokoro's own model card (grades A to C+); of the others the order means nothing.
_BEST = ("af_heart", "af_bella", "af_nicole", "bf_emma", "am_fenrir", "am_michael", "am_puck")


class KokoroProvider:
    """VoiceProvider over the voices of Kokoro-82M v1.0."""

    name = "kokoro"
    reach = REACH

    def voices(self) -> tuple[Voice, ...]:
        size = missing_bytes(MODELS)
        return tuple(
            Voice(
                f"{self.name}:{name}",
                name[3:].capitalize(),
                (LANGUAGE_OF[name[0]],),
                _SEXES[name[1]],
                self.name,
                "Apache-2.0",
                size,
                about=_ABOUT.get(name[0], ""),
            )
            for name in dict.fromkeys((*_BEST, *voice_names()))
        )

    def prepare(self, voice: Voice, progress: Progress) -> None:
        """Fetch the network and the styles, 120 MB, where they are missing."""
        fetch_models(MODELS, progress)

    def utter(self, line: Line, voice: Voice, delivery: Delivery) -> Utterance:
        name = voice.id.partition(":")[2]
        return speak_styles(line, load_styles(name), name[0], delivery)


def voice_names() -> tuple[str, ...]:
    """All voices, such as ``af_bella``: letters of language and sex, and a name."""
    return find_model("kokoro_voices").pieces


def load_styles(name: str) -> np.ndarray:
    """(510, 256) float32, the styles of a voice such as ``af_bella``.

    Raises LikenessError ``voice_unknown``, and as `core.models.model_path` does where the file is missing or damaged.
    """
    names = voice_names()
    if name not in names:
        raise LikenessError("voice_unknown", f"Kokoro has no voice “{name}”.", f"It has {', '.join(names)}.")
    every = np.memmap(model_path("kokoro_voices"), np.float32, "r").reshape(len(names), *STYLES)
    return np.array(every[names.index(name)])


def speak_styles(line: Line, styles: np.ndarray, letter: str, delivery: Delivery) -> Utterance:
    """A line in a voice that is told by its styles, a voice's own or a blend of several.

    styles: (510, 256) float32. letter: of the language that the line is read in, as the voices' names begin.
    Raises LikenessError as `core.voice.misaki.read_line` and `core.models.model_path` do.
    """
    # The pitch is changed as on a tape, which takes the pace along: it is spoken that much slower.
    pace = min(max(delivery.speed / delivery.pitch, _PACES[0]), _PACES[1])
    parts = [synthesise(part, styles, letter, pace) for part in divide(read_line(line, letter), _LONGEST)]
    parts = [part for part in parts if part.phones]
    return shift_pitch(join(parts, [_BREATH] * (len(parts) - 1)), delivery.pitch) if parts else _nothing()


def synthesise(symbols: Sequence[Symbol], styles: np.ndarray, letter: str, pace: float) -> Utterance:
    """Sound and timed phones of at most 508 symbols."""
    if not any(symbol.character.isalpha() for symbol in symbols):
        return _nothing()
    ids = _ids()
    feeds = {
        "tokens": np.array([[0, *(ids[symbol.character] for symbol in symbols), 0]], np.int64),
        "style": styles[min(len(symbols), len(styles)) - 1][None].astype(np.float32),
        "speed": np.array([pace], np.float32),
    }
    wave, durations = (np.asarray(output).ravel() for output in _network().run(None, feeds))
    starts = np.concatenate(([0.0], np.cumsum(durations))) * UNIT
    spoken = sounding(symbols, starts[1:-1], LAG, MARK, SOUNDS.get(letter, {}))
    return trim(Utterance(wave, RATE, time_phones(spoken, wave, RATE))) if spoken else _nothing()


def _nothing() -> Utterance:
    return Utterance(np.zeros(0, np.float32), RATE, ())


@cache
def _network() -> Any:
    """The onnxruntime session, with the durations as one more output."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # sums in one order: the same samples
    options.log_severity_level = 3
    graph = with_output(model_path("kokoro").read_bytes(), _DURATIONS)
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


@cache
def _ids() -> dict[str, int]:
    """Kokoro's symbols; hibari, which was distilled from it, has the same ones."""
    from hibari.tts import ASSETS

    return json.loads(Path(ASSETS, "vocab.json").read_text(encoding="utf-8"))
