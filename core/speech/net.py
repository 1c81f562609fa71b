# SPDX-License-Identifier: GPL-3.0-or-later
"""The mouth network: what is said in a sound, and what the mouth does, 100 times a second.

Our own small network (addon_models/lipsync: model card, training, torch definition), here in plain numpy, so
that nothing but numpy is needed to hear. A `Listener` takes sound as it comes and keeps the state of every
layer, and `hear` is the same Listener fed with a whole wave: live use and files are one network.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import numpy as np
from threadpoolctl import ThreadpoolController

from core.progress import Progress, silent
from core.speech.features import HOP, MARGIN, MELS, RATE, log_mel
from core.speech.inventory import CLASSES, PHONES

FRAMES = RATE // HOP  # a second
WEIGHTS = Path(__file__).parents[2] / "addon_models" / "lipsync" / "weights.npz"
LIPS = ("opening", "width", "rounding", "jaw")
BLENDSHAPES = (
    "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthLowerDown", "mouthUpperUp", "mouthPress",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthStretch",
)  # fmt: skip
STEP = 2  # frames that the network takes at a time
LOOK_AHEAD = 0.1025  # seconds of sound behind a frame's middle that its result depends on
_SIZES = (len(CLASSES), len(PHONES), len(LIPS), len(BLENDSHAPES))
_FEW = 3  # rows that are multiplied quicker one by one
_MIRRORED = 1600  # samples of a sound's beginning that, back and forth, stand for the time before it
_LEAD = 20_800  # samples of that time: as far back as the network remembers, in whole steps
_CHUNK = 8 * RATE  # samples of a whole wave that are in work at a time


@dataclass(frozen=True)
class Heard:
    """Frame t is about the time from t / FRAMES to (t + 1) / FRAMES seconds.

    classes: (T, 11) and phones: (T, 61) float32 log probabilities, as in core/speech/inventory.py. lips: (T, 4)
    and blendshapes: (T, 12) float32, 0..1 of the range that one talker used (`LIPS`, `BLENDSHAPES`).
    """

    classes: np.ndarray
    phones: np.ndarray
    lips: np.ndarray
    blendshapes: np.ndarray

    def __len__(self) -> int:
        return len(self.classes)


def hear(wave: np.ndarray, progress: Progress = silent) -> Heard:
    """All of a wave (N,) float32 at `RATE`; N // HOP frames. Raises what ``progress`` raises."""
    listener = Listener()
    parts: list[Heard] = []
    for start in range(0, len(wave), _CHUNK):
        progress(start / len(wave), "Listening")
        parts.append(listener.feed(wave[start : start + _CHUNK]))
    parts.append(listener.finish())
    heard = join(parts)
    return _part(heard, slice(0, len(wave) // HOP))


def join(parts: list[Heard]) -> Heard:
    """Stretches that follow each other as one."""
    return Heard(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Heard)))


def _part(heard: Heard, frames: slice) -> Heard:
    return Heard(*(getattr(heard, field.name)[frames] for field in fields(Heard)))


class Listener:
    """Hears a sound piece by piece: what `feed` gives comes `LOOK_AHEAD` after the sound, `finish` gives the rest.

    Before a sound there is none, which a network takes for the beginning of a word; so it hears the first tenth of a
    second back and forth before it begins.
    """

    def __init__(self) -> None:
        self._net = _load()
        self._samples = np.zeros(0, np.float32)
        self._frames = np.zeros((0, MELS), np.float32)
        self._caches = self._net.start()
        self._before = -1  # frames of the time before the sound that are still to come; -1: nothing was heard yet

    def feed(self, wave: np.ndarray) -> Heard:
        """The frames that the sound up to the end of ``wave`` (N,) decides, none twice."""
        self._samples = np.concatenate([self._samples, wave.astype(np.float32)])
        if self._before < 0 and len(self._samples) >= _MIRRORED:
            self._begin()
        return self._listen(False)

    def finish(self) -> Heard:
        """The last frames; the listener is used up."""
        if self._before < 0:
            self._begin()
        missing = -(len(self._frames) * HOP + len(self._samples) - MARGIN) % (STEP * HOP)
        self._samples = np.concatenate([self._samples, np.zeros(missing + MARGIN, np.float32)])
        return self._listen(True)

    def _begin(self) -> None:
        known = self._samples[:_MIRRORED] if len(self._samples) else np.zeros(1, np.float32)
        before = np.pad(known, (MARGIN + _LEAD, 0), mode="symmetric")[: MARGIN + _LEAD]
        self._samples = np.concatenate([before, self._samples])
        self._before = _LEAD // HOP

    def _listen(self, is_last: bool) -> Heard:
        with _threads().limit(limits=1):  # sums in one order: the same numbers on any number of cores
            count = max(len(self._samples) - 2 * MARGIN, 0) // HOP if self._before >= 0 else 0
            if count:
                mel = log_mel(self._samples[: count * HOP + 2 * MARGIN], self._net.filters)
                self._samples = self._samples[count * HOP :]
                self._frames = np.concatenate([self._frames, mel])
            whole = len(self._frames) // STEP * STEP
            mel, self._frames = self._frames[:whole], self._frames[whole:]
            outputs = self._net.run(mel, self._caches, is_last)
        early = min(max(self._before, 0), len(outputs))
        self._before -= early
        classes, phones, lips, shapes = np.split(outputs[early:], np.cumsum(_SIZES)[:-1], axis=1)
        return Heard(_log_softmax(classes), _log_softmax(phones), lips.clip(0.0, 1.0), shapes.clip(0.0, 1.0))


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    logits = logits - logits.max(axis=1, keepdims=True)
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class _Layer:
    """A convolution of three taps over steps of time. weight: (3 * in, out)."""

    weight: np.ndarray
    bias: np.ndarray
    dilation: int

    @property
    def is_centred(self) -> bool:
        """Those of dilation 1 look one step ahead, the others only back."""
        return self.dilation == 1

    def start(self) -> np.ndarray:
        """The zeros that stand for the time before the sound."""
        return np.zeros((self.dilation * (1 if self.is_centred else 2), len(self.weight) // 3), np.float32)

    def run(self, x: np.ndarray, cache: np.ndarray, is_last: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Outputs, the inputs of the same steps, and the inputs to keep."""
        d = self.dilation
        tail = [np.zeros((d, x.shape[1]), np.float32)] if is_last and self.is_centred else []
        x = np.concatenate([cache, x, *tail])
        count = max(len(x) - 2 * d, 0)
        taps = np.concatenate([x[k * d : k * d + count] for k in range(3)], axis=1)
        out = _times(taps, self.weight)
        out += self.bias
        same = x[d : d + count] if self.is_centred else x[2 * d :]
        return out, same, x[max(len(x) - 2 * d, 0) :]


def _times(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """x @ weight; the few rows of a live piece one by one, since a product of matrices copies the weight first."""
    if len(x) > _FEW:
        return x @ weight
    out = np.empty((len(x), weight.shape[1]), np.float32)
    for row, result in zip(x, out, strict=True):
        np.dot(row, weight, out=result)
    return out


class _Net:
    """The weights, and one pass over them."""

    def __init__(self, data: dict[str, np.ndarray]) -> None:
        self.filters = data["filters"]
        self._gain, self._shift = data["gain"], data["shift"]
        dilations = [1, *data["dilations"].tolist()]
        names = ["first", *(f"wide{index}" for index in range(len(dilations) - 1))]
        self._layers = [
            _Layer(data[f"{name}_w"].reshape(-1, len(data[f"{name}_b"])), data[f"{name}_b"], dilation)
            for name, dilation in zip(names, dilations, strict=True)
        ]
        self._mixes = [(data[f"mix{index}_w"][0], data[f"mix{index}_b"]) for index in range(len(dilations) - 1)]
        self._last = data["last_w"][0], data["last_b"]
        self._heads = data["heads_w"][0], data["heads_b"]

    def start(self) -> list[np.ndarray]:
        """What each layer remembers before any sound."""
        return [layer.start() for layer in self._layers]

    def run(self, mel: np.ndarray, caches: list[np.ndarray], is_last: bool) -> np.ndarray:
        """(T, MELS), T even -> (frames, outputs); ``caches`` go on to the sound that follows."""
        x = (mel * self._gain + self._shift).reshape(len(mel) // STEP, STEP * MELS)
        first, *blocks = self._layers
        x, _, caches[0] = first.run(x, caches[0], is_last)
        np.maximum(x, 0.0, out=x)
        for index, (layer, (weight, bias)) in enumerate(zip(blocks, self._mixes, strict=True), start=1):
            inner, same, caches[index] = layer.run(x, caches[index], is_last)
            np.maximum(inner, 0.0, out=inner)
            x = _times(inner, weight)
            x += bias
            x += same
            np.maximum(x, 0.0, out=x)
        x = np.maximum(_times(x, self._last[0]) + self._last[1], 0.0)
        out = _times(x, self._heads[0]) + self._heads[1]
        return out.reshape(len(out) * STEP, sum(_SIZES))


@cache
def _threads() -> ThreadpoolController:
    return ThreadpoolController()  # finding the libraries takes longer than a step of the network


@cache
def _load() -> _Net:
    with np.load(WEIGHTS) as data:
        return _Net({name: data[name].astype(np.int64 if name == "dilations" else np.float32) for name in data})
