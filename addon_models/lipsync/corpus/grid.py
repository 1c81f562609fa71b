# SPDX-License-Identifier: GPL-3.0-or-later
"""GRID: real speech of one talker with what a camera saw of the mouth (Cooke et al., JASA 2006; CC BY 4.0).

Its words come with their times; train.py finds the phones in them with what it has learned so far.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from core.pronunciation.words import spoken_words
from core.script import parse_script
from core.speech.net import BLENDSHAPES, FRAMES
from corpus.clip import Clip, make_clip

_PAUSES = frozenset(("sil", "sp"))
_NAMES = {letter: letter.upper() for letter in "bcdefghijklmnopqrstuvwxyz"} | {"a": "A."}  # letters by their names


@dataclass(frozen=True)
class Seen:
    """A clip and the camera's curves at ``FRAMES``: lips (T, 4), blendshapes (T, B), 0..1 of the talker's range."""

    clip: Clip
    lips: np.ndarray
    blendshapes: np.ndarray


@dataclass(frozen=True)
class Ranges:
    """Lowest and highest of each curve of the talker (1st and 99th percentile): (2, 4) and (2, B)."""

    lips: np.ndarray
    blendshapes: np.ndarray


def measure(folder: Path) -> Ranges:
    """The talker's ranges over a folder of sentences."""
    names = sorted(path.name.removesuffix(".lips.tsv") for path in folder.glob("*.lips.tsv"))
    lips = np.concatenate([_lips(folder, name)[1] for name in names])
    shapes = np.concatenate([_blendshapes(folder, name) for name in names])
    return Ranges(*(np.nanpercentile(curves, [1, 99], axis=0).astype(np.float32) for curves in (lips, shapes)))


def load(folder: Path, ranges: Ranges) -> Iterator[Seen]:
    """All sentences of a folder with their curves."""
    for path in sorted(folder.glob("*.flac")):
        name = path.stem
        wave, rate = soundfile.read(path, dtype="float32")
        clip = _labelled(wave, rate, path)
        time = np.arange(int(len(clip.wave) / 16_000 * FRAMES)) / FRAMES + 0.5 / FRAMES
        frames, lips = _lips(folder, name)
        shapes = _blendshapes(folder, name)
        pairs = ((lips, ranges.lips), (shapes, ranges.blendshapes))
        curves = (_resampled(time, frames, _share(*pair)) for pair in pairs)
        yield Seen(clip, *curves)


def _labelled(wave: np.ndarray, rate: int, path: Path) -> Clip:
    """The words at their given times; the phones of each share its time until train.py aligns them."""
    starts: list[tuple[float, str]] = []
    for line in path.with_suffix(".words.tsv").read_text(encoding="utf-8").splitlines():
        begin, end, text = line.split("\t")
        said = [] if text in _PAUSES else spoken_words(parse_script(_NAMES.get(text, text)))[0].phones
        phones = [ipa for ipa, _ in said] or [""]
        edges = np.linspace(float(begin), float(end), len(phones) + 1)[:-1]
        starts += zip(edges.tolist(), phones, strict=True)
    return make_clip(wave, rate, starts, f"grid/en/{path.stem}")


def _lips(folder: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Frame centres (seconds) and opening, width, narrowing, jaw as the camera measured them."""
    table = np.genfromtxt(folder / f"{name}.lips.tsv", names=True)
    return table["t_s"] + 0.02, np.stack(
        [table["inner_gap"], table["mouth_width"], -table["inner_width"], table["nose_chin"]], axis=1
    )


def _blendshapes(folder: Path, name: str) -> np.ndarray:
    data = np.load(folder / f"{name}.arkit.npz")
    names = [str(n) for n in data["names"]]
    scores = data["scores"].astype(np.float32)

    def column(channel: str) -> np.ndarray:
        sides = [channel] if channel in names else [channel + "Left", channel + "Right"]
        return np.mean([scores[:, names.index(side)] for side in sides], axis=0)

    return np.stack([column(channel) for channel in BLENDSHAPES], axis=1)


def _share(curves: np.ndarray, span: np.ndarray) -> np.ndarray:
    return (curves - span[0]) / (span[1] - span[0])


def _resampled(time: np.ndarray, frames: np.ndarray, curves: np.ndarray) -> np.ndarray:
    good = np.isfinite(curves).all(axis=1)
    columns = [np.interp(time, frames[: len(curves)][good], curve[good]) for curve in curves.T]
    return np.stack(columns, axis=1).clip(-0.2, 1.3).astype(np.float32)
