# SPDX-License-Identifier: GPL-3.0-or-later
"""A Clip: a piece of sound and when which phone is heard in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soxr

from core.speech.inventory import PHONES, nearest

RATE = 16_000


@dataclass(frozen=True)
class Clip:
    """wave: (N,) int16 at ``RATE``. starts: (P,) float32 seconds, increasing. phones: (P,) uint8 index of the
    inventory; a phone lasts until the next one begins. source: engine/language/voice."""

    wave: np.ndarray
    starts: np.ndarray
    phones: np.ndarray
    source: str


def make_clip(wave: np.ndarray, rate: int, starts: Sequence[tuple[float, str]], source: str, lag: float = 0.0) -> Clip:
    """A clip of a float wave whose phones (IPA, ``""`` silence) begin at these seconds, ``lag`` seconds late."""
    wave = soxr.resample(wave.astype(np.float32), rate, RATE, quality="HQ")
    peak = max(float(np.abs(wave).max()), 1e-4)
    wave = (wave * (0.7 / peak) * 32767).astype(np.int16)
    times: list[float] = []
    phones: list[int] = []
    ends = [start for start, _ in starts[1:]] + [len(wave) / RATE + lag]
    for (start, ipa), end in zip(starts, ends, strict=True):
        parts = nearest(ipa)
        for number, part in enumerate(parts):
            share = number * (0.55 if len(parts) == 2 else 1 / len(parts))
            at = start + share * (end - start) - lag
            if phones and phones[-1] == part and part == 0:
                continue
            times.append(max(at, 0.0))
            phones.append(part)
    if not times or times[0] > 0.0:
        times.insert(0, 0.0)
        phones.insert(0, 0)
    return Clip(wave, np.array(times, np.float32), np.array(phones, np.uint8), source)


def write_clips(clips: Sequence[Clip], path: Path, **more: np.ndarray) -> None:
    """All clips in one file, as batches.py reads it, with further arrays; nothing where there are no clips."""
    if not clips:
        return
    np.savez(
        path,
        wave=np.concatenate([clip.wave for clip in clips]),
        lengths=np.array([len(clip.wave) for clip in clips]),
        starts=np.concatenate([clip.starts for clip in clips]),
        phones=np.concatenate([clip.phones for clip in clips]),
        counts=np.array([len(clip.phones) for clip in clips]),
        sources=np.array([clip.source for clip in clips]),
        inventory=np.array(PHONES),
        **more,
    )
