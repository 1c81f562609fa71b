# SPDX-License-Identifier: GPL-3.0-or-later
"""Training examples: pieces of clips with pauses between them, told apart frame by frame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.speech.features import HOP
from core.speech.inventory import PHONES
from core.speech.net import FRAMES

SECONDS = 5.0
# How often each source is drawn: people more than natural voices, and these more than formant synthesis.
SHARES = {
    "grid": 0.18, "people": 0.26, "kokoro": 0.18, "espeak": 0.14, "festival": 0.10, "flite": 0.07, "hibari": 0.07,
}  # fmt: skip
_FADE = 48  # samples


@dataclass(frozen=True)
class Source:
    """All clips of one engine. lips, blendshapes: per frame, only for GRID."""

    wave: np.ndarray
    wave_edges: np.ndarray
    starts: np.ndarray
    phones: np.ndarray
    phone_edges: np.ndarray
    sources: np.ndarray
    curves: np.ndarray | None
    curve_edges: np.ndarray | None

    def __len__(self) -> int:
        return len(self.sources)


@dataclass(frozen=True)
class Piece:
    """wave (N,) float32, and per frame of it phones (T,), curves (T, C) or None."""

    wave: np.ndarray
    phones: np.ndarray
    curves: np.ndarray | None


def read_source(path: Path) -> Source:
    """An engine's file. Raises ValueError where it was made for another inventory."""
    data = np.load(path)
    if tuple(data["inventory"].tolist()) != PHONES:
        raise ValueError(f"{path} was made for another inventory of phones; make the corpus again")

    def edges(name: str) -> np.ndarray:
        return np.concatenate(([0], np.cumsum(data[name])))

    has_curves = "lips" in data
    return Source(
        data["wave"], edges("lengths"), data["starts"], data["phones"], edges("counts"), data["sources"],
        np.concatenate([data["lips"], data["blendshapes"]], axis=1) if has_curves else None,
        edges("frames") if has_curves else None,
    )  # fmt: skip


def piece(source: Source, index: int) -> Piece:
    """A whole clip."""
    wave = source.wave[source.wave_edges[index] : source.wave_edges[index + 1]].astype(np.float32) / 32768
    count = len(wave) // HOP
    part = slice(source.phone_edges[index], source.phone_edges[index + 1])
    centres = (np.arange(count) + 0.5) / FRAMES
    at = np.searchsorted(source.starts[part], centres, side="right") - 1
    phones = source.phones[part][at.clip(0)].astype(np.int64)
    curves = None
    if source.curves is not None and source.curve_edges is not None:
        curves = source.curves[source.curve_edges[index] : source.curve_edges[index] + count]
    return Piece(wave[: count * HOP], phones, curves)


def _cut(whole: Piece, draw: np.random.Generator, longest: int) -> Piece:
    """A stretch of a piece between two changes of phone, its ends faded: a word without its neighbours."""
    changes = np.flatnonzero(np.diff(whole.phones)) + 1
    if len(changes) < 4:
        return whole
    first = int(draw.integers(len(changes) - 2))
    last = min(first + int(draw.integers(2, 10)), len(changes) - 1)
    start, end = int(changes[first]), min(int(changes[last]), int(changes[first]) + longest)
    wave = whole.wave[start * HOP : end * HOP].copy()
    if len(wave) > 2 * _FADE:
        ramp = np.linspace(0, 1, _FADE, dtype=np.float32)
        wave[:_FADE] *= ramp
        wave[-_FADE:] *= ramp[::-1]
    return Piece(wave, whole.phones[start:end], None if whole.curves is None else whole.curves[start:end])


def example(
    sources: dict[str, Source], draw: np.random.Generator, frames: int, curve_count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """One example: wave (frames * HOP,), phones (frames,), curves (frames, C), seen (frames,) where these hold.

    All its pieces are of one voice's engine, so that one room and one microphone fit them.
    """
    names = [name for name in SHARES if name in sources]
    shares = np.array([SHARES[name] for name in names])
    name = names[int(draw.choice(len(names), p=shares / shares.sum()))]
    source = sources[name]
    factor = float(draw.uniform(0.84, 1.2)) if draw.random() < (0.3 if name == "grid" else 0.7) else 1.0
    wanted = int(np.ceil(frames * factor)) + 1
    wave = np.zeros(wanted * HOP, np.float32)
    phones = np.zeros(wanted, np.int64)
    curves = np.zeros((wanted, curve_count), np.float32)
    seen = np.zeros(wanted, np.float32)
    lists = draw.random() < (0.15 if name == "grid" else 0.4)  # words apart, or running speech
    at = 0 if draw.random() < 0.6 else int(draw.integers(0, FRAMES))
    while at < wanted:
        whole = piece(source, int(draw.integers(len(source))))
        part = _cut(whole, draw, wanted) if lists else whole
        skip = int(draw.integers(max(len(part.phones) - wanted // 2, 1))) if at == 0 and not lists else 0
        count = min(len(part.phones) - skip, wanted - at)
        if count <= 0:
            continue
        level = float(draw.uniform(0.5, 1.0)) if lists else 1.0
        wave[at * HOP : (at + count) * HOP] = level * part.wave[skip * HOP : (skip + count) * HOP]
        phones[at : at + count] = part.phones[skip : skip + count]
        if part.curves is not None:
            usable = min(count, len(part.curves) - skip)
            curves[at : at + usable] = part.curves[skip : skip + usable]
            seen[at : at + usable] = 0.0 if lists else 1.0
        at += count
        gap = draw.uniform(0.08, 1.2) if lists else draw.uniform(-0.4, 0.8)
        at += int(max(gap, 0.0) * FRAMES)
    return _stretch(wave, phones, curves, seen, factor, frames)


def _stretch(
    wave: np.ndarray, phones: np.ndarray, curves: np.ndarray, seen: np.ndarray, factor: float, frames: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Quicker and higher by a factor, as a tape: a longer or shorter vocal tract."""
    if factor == 1.0:
        return wave[: frames * HOP], phones[:frames], curves[:frames], seen[:frames]
    at = np.arange(frames * HOP, dtype=np.float64) * factor
    resampled = np.interp(at, np.arange(len(wave)), wave).astype(np.float32)
    nearest = ((np.arange(frames) + 0.5) * factor).astype(np.int64).clip(0, len(phones) - 1)
    return resampled, phones[nearest], curves[nearest], seen[nearest]
