# SPDX-License-Identifier: GPL-3.0-or-later
"""Who speaks: how alike two voices are.

The network is Resemblyzer's (Apache-2.0), a speaker encoder after Wan et al. 2018, "Generalized End-to-End Loss for
Speaker Verification". What it wants to hear is written out here after its published parameters: power of 40 mel bands
of 25 ms every 10 ms at 16 kHz, without a logarithm, in windows of 1.6 s.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import soxr
from scipy.special import expit
from threadpoolctl import threadpool_limits

from core.models import model_path
from core.voice.loudness import LEVEL_STEP, level_track
from core.voice.torch_file import read_torch_file

MODEL = "speaker_identity"
RATE = 16_000
WINDOW = 1.6  # seconds that are looked at together
_HOP, _FRAME, _BANDS = 160, 400, 40  # samples, samples, mel bands
_FRAMES = 160  # of a window
_STEP = 77  # frames between two windows: 1.3 of them a second
_COVERED = 0.75  # share of the last window that has to be sound
_LEVEL = 10 ** (-30 / 20)  # root mean square that a quiet sound is raised to
_QUIET, _KEPT = -38.0, 0.18  # dB under the loud parts, and seconds of such silence that stay
_WIDTH, _LAYERS = 256, 3
_PARTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")  # of a layer, as torch names them


def embed(wave: np.ndarray, rate: int) -> np.ndarray:
    """(256,) float32 of length 1: the voice in a (N,) wave; the cosine of two of them tells how alike they are.

    Raises LikenessError as `model_path` does.
    """
    mean = embed_windows(wave, rate).mean(axis=0)
    return mean / max(float(np.linalg.norm(mean)), 1e-9)


def embed_windows(wave: np.ndarray, rate: int) -> np.ndarray:
    """(W, 256) float32 of length 1: the voice in each window of 1.6 s, silences left out. At least one window."""
    bands = _bands(_speech(wave, rate))
    starts = range(0, max(1, len(bands) - _FRAMES + _STEP + 1), _STEP)
    starts = [at for at in starts if at == 0 or len(bands) - at >= _COVERED * _FRAMES]
    padded = np.pad(bands, ((0, starts[-1] + _FRAMES), (0, 0)))
    windows = np.stack([padded[at : at + _FRAMES] for at in starts])
    with threadpool_limits(1):
        return _hear(windows, _load())


def likeness(first: np.ndarray, second: np.ndarray) -> float:
    """Cosine of two embeddings, 0..1."""
    return float(first @ second)


def _speech(wave: np.ndarray, rate: int) -> np.ndarray:
    """(N,) float32 at `RATE`, loud enough, without long silences."""
    wave = wave.astype(np.float32)
    quiet = level_track(wave, rate) < _QUIET
    edges = np.flatnonzero(np.diff(np.concatenate(([0], quiet.astype(np.int8), [0]))))
    keep = np.ones(len(wave), bool)
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if (end - start) * LEVEL_STEP > _KEPT:
            half = _KEPT / 2
            keep[round((start * LEVEL_STEP + half) * rate) : round((end * LEVEL_STEP - half) * rate)] = False
    heard = soxr.resample(wave[keep], rate, RATE, quality="HQ")
    power = float(np.sqrt(np.mean(heard.astype(np.float64) ** 2))) if len(heard) else 0.0
    return heard * (_LEVEL / power) if 0.0 < power < _LEVEL else heard


def _bands(wave: np.ndarray) -> np.ndarray:
    """(T, 40) float32 mel power of a wave at `RATE`."""
    import librosa  # slow to import, and only needed here

    padded = np.pad(wave, (0, max(_FRAME - len(wave), 0)))
    mel = librosa.feature.melspectrogram(y=padded, sr=RATE, n_fft=_FRAME, hop_length=_HOP, n_mels=_BANDS)
    return mel.astype(np.float32).T


@cache
def _load() -> dict[str, np.ndarray]:
    """The network's weights by torch's names."""
    return read_torch_file(model_path(MODEL))["model_state"]


def _hear(bands: np.ndarray, weights: dict[str, np.ndarray]) -> np.ndarray:
    """(B, 256) of length 1 for (B, T, 40): three layers of LSTM, a linear one, what is above 0."""
    states = bands.swapaxes(0, 1)  # (T, B, ...)
    for layer in range(_LAYERS):
        states = _remember(states, *(weights[f"lstm.{part}_l{layer}"] for part in _PARTS))
    heard = np.maximum(states[-1] @ weights["linear.weight"].T + weights["linear.bias"], 0.0)
    return heard / np.maximum(np.linalg.norm(heard, axis=1, keepdims=True), 1e-12)


def _remember(inputs: np.ndarray, taken: np.ndarray, kept: np.ndarray, first: np.ndarray, second: np.ndarray
              ) -> np.ndarray:
    """One layer of LSTM, (T, B, N) -> (T, B, 256); taken, kept: weights of the input and of the state before."""
    asked = inputs @ taken.T + (first + second)
    state, cell = np.zeros((2, inputs.shape[1], _WIDTH), np.float32)
    states = np.empty((len(inputs), inputs.shape[1], _WIDTH), np.float32)
    for step, gates in enumerate(asked):
        let_in, keep, new, let_out = np.split(gates + state @ kept.T, 4, axis=1)
        cell = expit(keep) * cell + expit(let_in) * np.tanh(new)
        states[step] = state = expit(let_out) * np.tanh(cell)
    return states
