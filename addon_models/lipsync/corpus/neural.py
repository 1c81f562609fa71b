# SPDX-License-Identifier: GPL-3.0-or-later
"""Speech of the neural voices Kokoro and Piper, whose networks say how long each symbol lasts.

Their inner durations lag the sound (shared/design/findings.md); the lags here are medians, and a network that
was trained on exact labels moves each boundary afterwards (realign.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from core.pronunciation.dictionary import IPA, STRESS
from core.voice.hibari import with_output
from core.voice.timing import Spoken, time_phones
from corpus.clip import Clip, make_clip

KOKORO_LAG, PIPER_LAG = 0.055, 0.020
_KOKORO_UNIT, _KOKORO_RATE = 600, 24_000
_PIPER_UNIT, _PIPER_RATE = 256, 22_050
# espeak's IPA in the symbols that Kokoro was trained on (misaki's).
_TO_KOKORO = {
    "a^ɪ": "I", "a^ʊ": "W", "d^z": "ʣ", "d^ʒ": "ʤ", "e^ɪ": "A", "o^ʊ": "O", "ə^ʊ": "Q", "t^s": "ʦ", "t^ʃ": "ʧ",
    "t^ɕ": "ʨ", "ɔ^ɪ": "Y", "r": "ɹ", "ɜː": "ɜɹ", "ɚ": "əɹ", "χ": "x", "^": "", "g": "ɡ", "ɐ": "ɐ",
}  # fmt: skip


@cache
def _session(path: str, output: str) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3
    return onnxruntime.InferenceSession(with_output(Path(path).read_bytes(), output), options)


def kokoro_symbols(phonemes: str, is_english: bool) -> str:
    """espeak's IPA with ``^`` ties as Kokoro's symbols."""
    for old, new in _TO_KOKORO.items():
        if old in ("r", "ɜː", "ɚ") and not is_english:
            continue
        phonemes = phonemes.replace(old, new)
    return phonemes


def speak_kokoro(model: Path, style: Path, ids: dict[str, int], symbols: str, speed: float, source: str) -> Clip | None:
    """Symbols by Kokoro in the voice of a style file (510 x 256 float32)."""
    kept = [c for c in symbols if c in ids][:500]
    if not any(c.isalpha() for c in kept):
        return None
    session = _session(str(model), "/encoder/Clip_output_0")
    vectors = np.fromfile(style, np.float32).reshape(-1, 256)
    feeds = {
        "tokens": np.array([[0, *(ids[c] for c in kept), 0]], np.int64),
        "style": vectors[min(len(kept), len(vectors) - 1)][None],
        "speed": np.array([speed], np.float32),
    }
    wave, durations = session.run(None, feeds)
    starts = np.concatenate(([0.0], np.cumsum(durations.ravel()))) * _KOKORO_UNIT / _KOKORO_RATE
    wave = wave.ravel()
    timed = _timed(kept, starts[1:], wave, _KOKORO_RATE, KOKORO_LAG)
    return make_clip(wave, _KOKORO_RATE, timed, source) if timed else None


def speak_piper(folder: Path, symbols: str, pace: float, source: str) -> Clip | None:
    """espeak's IPA by the Piper voice in a folder; pace 1 is its own, 2 twice as slow."""
    model = next(folder.glob("*.onnx"))
    ids = json.loads(Path(f"{model}.json").read_text(encoding="utf-8"))["phoneme_id_map"]
    kept = [c for c in symbols if c in ids]
    numbers = [ids["^"][0], ids["_"][0], *(n for c in kept for n in (ids[c][0], ids["_"][0])), ids["$"][0]]
    session = _session(str(model), "/Ceil_output_0")
    feeds = {
        "input": np.array([numbers], np.int64),
        "input_lengths": np.array([len(numbers)], np.int64),
        "scales": np.array([0.667, pace, 0.8], np.float32),
    }
    wave, durations = session.run(None, feeds)
    edges = np.concatenate(([0.0], np.cumsum(durations.ravel()))) * _PIPER_UNIT / _PIPER_RATE
    wave = wave.ravel()
    timed = _timed(kept, edges[2:-1:2], wave, _PIPER_RATE, PIPER_LAG)
    return make_clip(wave, _PIPER_RATE, timed, source) if timed else None


def _timed(
    symbols: Sequence[str], starts: np.ndarray, wave: np.ndarray, rate: int, lag: float
) -> list[tuple[float, str]]:
    """The phones among the symbols, with pauses where the sound has them; marks belong to the phone behind them."""
    spoken: list[Spoken] = []
    pending: float | None = None
    after_mark = False
    for symbol, start in zip(symbols, starts.tolist(), strict=False):
        if symbol in STRESS or symbol == " ":
            pending = start if pending is None else pending
        elif symbol in ",.;:!?—…":
            after_mark, pending = True, None
        elif symbol.isalpha() and symbol not in "ʰʲːˑᵝ":
            at = (start if pending is None else pending) - lag
            spoken.append(Spoken(at, IPA.get(symbol, symbol), 0, 0, after_mark))
            pending, after_mark = None, False
    if not spoken:
        return []
    phones = time_phones(spoken, wave, rate)
    starts_of = [(phone.start, phone.phone) for phone in phones]
    return [(0.0, ""), *starts_of, (phones[-1].end, "")]


def kokoro_ids() -> dict[str, int]:
    """Kokoro's symbols; hibari, which was distilled from it, has the same ones."""
    from hibari.tts import ASSETS

    return json.loads(Path(ASSETS, "vocab.json").read_text(encoding="utf-8"))
