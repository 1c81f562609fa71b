# SPDX-License-Identifier: GPL-3.0-or-later
"""What a voice tells of a feeling: how high, how lively, how loud and how quick it is (Banse and Scherer 1996)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.speech import Speech
from core.voice.loudness import LEVEL_STEP, level_track

_HOP = 0.02  # seconds between two looks at the pitch
_PITCHES = (65.0, 500.0)  # hertz
_RATE = 8000  # of the sound whose pitch is looked for
_PIECE = 300  # seconds whose pitch is looked for at a time, which bounds the memory
_LEAST = 6  # voiced looks; fewer tell nothing
# What a calm reader has, and one standard deviation between speakers' moods: semitones of range, decibels of range,
# sounds a second, share of pauses. Set by hand after the literature's order of magnitude.
_USUAL = {"range": (5.0, 2.0), "rate": (11.5, 2.5), "swing": (7.0, 2.0), "pauses": (0.18, 0.10)}
_AROUSED = {"pitch": 0.35, "level": 0.3, "range": 0.25, "rate": 0.2, "swing": 0.1, "pauses": -0.15}


@dataclass(frozen=True)
class Tone:
    """Of one stretch. pitch: semitones above the speaker's median; level: dB above it. arousal: -1..1."""

    pitch: float
    level: float
    range: float
    swing: float
    rate: float
    pauses: float
    arousal: float
    is_heard: bool


def listen(speech: Speech, spans: Sequence[tuple[float, float]]) -> list[Tone]:
    """The tone of each stretch (start, end in seconds) of a speech; `is_heard` is false where nothing is voiced."""
    pitch, level = _pitch_track(speech), level_track(speech.wave, speech.rate)
    voiced = pitch[np.isfinite(pitch)]
    if len(voiced) < _LEAST:
        return [Tone(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, False) for _ in spans]
    usual = float(np.median(voiced)), float(np.median(level[level > np.percentile(level, 30)]))
    return [_tone(speech, pitch, level, usual, start, end) for start, end in spans]


def _tone(
    speech: Speech, pitch: np.ndarray, level: np.ndarray, usual: tuple[float, float], start: float, end: float
) -> Tone:
    inside = pitch[int(start / _HOP) : int(end / _HOP) + 1]
    inside = inside[np.isfinite(inside)]
    loud = level[int(start / LEVEL_STEP) : int(end / LEVEL_STEP) + 1]
    if len(inside) < _LEAST or end <= start:
        return Tone(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, False)
    low, high = np.percentile(inside, (10, 90))
    sounds = [p for p in speech.phones if p.phone and p.end > start and p.start < end]
    sounding = sum(min(p.end, end) - max(p.start, start) for p in sounds)
    quiet, strong = np.percentile(loud, (30, 90))
    measured = {
        "pitch": float(np.median(inside)) - usual[0],
        "level": float(np.median(loud[loud >= quiet])) - usual[1],
        "range": float(high - low),
        "swing": float(strong - quiet),
        "rate": len(sounds) / max(sounding, 0.1),
        "pauses": 1.0 - sounding / (end - start),
    }
    standard = {"pitch": measured["pitch"] / 2.0, "level": measured["level"] / 4.0}
    standard |= {name: (measured[name] - mean) / spread for name, (mean, spread) in _USUAL.items()}
    arousal = sum(weight * np.clip(standard[name], -2.0, 2.0) for name, weight in _AROUSED.items())
    return Tone(**measured, arousal=float(np.tanh(0.7 * arousal)), is_heard=True)


def _pitch_track(speech: Speech) -> np.ndarray:
    """(T,) semitones every ``_HOP`` seconds; nan where nothing is voiced."""
    import librosa  # slow to import, and only needed here

    wave = librosa.resample(speech.wave, orig_sr=speech.rate, target_sr=_RATE, res_type="soxr_lq")
    if len(wave) < _RATE // 4:
        return np.zeros(0)
    frame, hop = 512, round(_HOP * _RATE)
    looks = _PIECE * _RATE // hop
    pieces = np.split(wave, range(looks * hop, len(wave) - frame, looks * hop))
    found = [
        librosa.yin(one, fmin=_PITCHES[0], fmax=_PITCHES[1], sr=_RATE, frame_length=frame, hop_length=hop)
        for one in pieces
    ]
    hertz = np.concatenate([*(one[:looks] for one in found[:-1]), found[-1]])
    power = librosa.feature.rms(y=wave, frame_length=frame, hop_length=hop)[0][: len(hertz)]
    sounding = power > 0.15 * np.percentile(power, 95)
    inner = (hertz > 1.05 * _PITCHES[0]) & (hertz < 0.95 * _PITCHES[1])
    steady = np.abs(np.diff(np.log2(hertz), prepend=np.log2(hertz[0]))) < 0.12
    return np.where(sounding & inner & steady, 12 * np.log2(hertz / 100.0), np.nan)
