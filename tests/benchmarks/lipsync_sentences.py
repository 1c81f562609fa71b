# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences that nothing was tuned on, spoken by the embedded voice and performed: do the lips do what they must?

Do they meet on every p b m, does a frame show it, are they still in silence, do they open with the sound.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from lipsync_tracks import lip_curve
from scipy.signal import butter, sosfiltfilt
from summary import Row

from core.avatar.store import Avatar
from core.performance import perform
from core.review.lips import SHUT, LipCurve, closures, contact
from core.script import parse_script
from core.speech import Phone, Speech
from core.speech.lip_track import hear_lips
from core.voice import speak

SENTENCES = (
    "Maybe the plumber can mend the broken pump before supper.",
    "Every few years a comet passes above the village.",
    "She sells fresh bread, plum jam, and warm apple pie.",
    "Our boat drifted slowly past the empty harbour.",
    "Tomorrow morning Bob will bring the big map from home.",
    "The judge chose a large orange chair in the corner.",
    "Five brave women climbed the steep mountain path.",
    "Please remember my number, it is double seven, forty one.",
    "A thousand thin threads were woven through the cloth.",
    "Who would choose such a gloomy room in June?",
    "Some people prefer coffee, but most of them drink tea.",
    "The quick response of the team impressed the members.",
    "He always yawns when the music becomes too slow.",
    "Put the purple book on top of the paper pile.",
    "I hope the weather improves by the middle of May.",
    "Both of them think that the theatre is worth a visit.",
    "Why not measure the pleasure of a long vacation?",
    "Bees hummed among the poppies beside the pebble beach.",
    "You could push the cart around the back of the barn.",
    "Amber lamps made the whole place seem comfortable.",
)

_OFFSETS = np.arange(-0.12, 0.121, 0.01)  # seconds
_PREPARATION = 0.25  # seconds in which lips get ready for a sound and come back from it


@dataclass(frozen=True)
class Measured:
    """One sentence. sealed, seen24, seen30: one flag for each p b m. speaking, performing: seconds of work."""

    text: str
    speech: Speech
    speaking: float
    performing: float
    sealed: list[bool]
    seen24: list[bool]
    seen30: list[bool]
    silent_speed: float  # mm/s
    level_r: float
    dips: list[np.ndarray]


def measure_sentences(avatar: Avatar, folder: Path) -> tuple[list[Row], list[Measured]]:
    """The performances of SENTENCES by an avatar. folder: for files in between."""
    out = folder / "sentence.speech"
    speak(parse_script("The voice is loaded by the first words."), out)
    measured = [_measure(text, out, avatar) for text in SENTENCES]
    seconds = sum(one.speech.duration for one in measured)
    speaking = sum(one.speaking for one in measured) / seconds
    performing = sum(one.performing for one in measured) / seconds
    offset = _offset([level for one in measured for level in one.dips])
    speed = max(one.silent_speed for one in measured)
    rows = [
        Row("sentences: closures of p b m in which the lips meet (share)", _share(one.sealed for one in measured), 1.0),
        Row("sentences: closures that a frame at 24 fps shows (share)", _share(one.seen24 for one in measured), 0.98),
        Row("sentences: closures that a frame at 30 fps shows (share)", _share(one.seen30 for one in measured), 0.98),
        Row("sentences: fastest lip movement in silence (mm/s)", speed, 0.5, at_most=True),
        Row("sentences: lip gap and level of the sound (r)", float(np.mean([one.level_r for one in measured])), 0.25),
        Row("sentences: closure of p b against the sound's own gap (ms)", offset, 20.0, at_most=True),
        Row("speaking, seconds per second of sound", speaking, 0.1, at_most=True),
        Row("performing, seconds per second of sound", performing, 0.1, at_most=True),
    ]
    return rows, measured


def write_table(measured: Sequence[Measured], path: Path) -> None:
    """One line a sentence."""
    lines = ["text\tclosures\tsealed\tsilence_mm_s\tlevel_r\n"]
    for one in measured:
        counts = f"{len(one.sealed)}\t{sum(one.sealed)}"
        lines.append(f"{one.text}\t{counts}\t{one.silent_speed:.4f}\t{one.level_r:.3f}\n")
    path.write_text("".join(lines), encoding="utf-8")


def _measure(text: str, out: Path, avatar: Avatar) -> Measured:
    began = time.perf_counter()
    speech = speak(parse_script(text), out)
    spoke = time.perf_counter()
    performance = perform(speech, heard=hear_lips(speech.wave, speech.rate))
    performed = time.perf_counter()
    curve = lip_curve(avatar, performance)
    shut = closures(speech.phones)
    return Measured(
        text,
        speech,
        spoke - began,
        performed - spoke,
        [contact(curve, phone) is not None for phone in shut],
        [_is_seen(curve, phone, 24) for phone in shut],
        [_is_seen(curve, phone, 30) for phone in shut],
        _silent_speed(curve, speech.phones),
        _level_correlation(speech, curve),
        _levels_around_closures(speech, curve),
    )


def _share(flags: Iterable[list[bool]]) -> float:
    return float(np.mean([flag for one in flags for flag in one]))


def _is_seen(curve: LipCurve, phone: Phone, rate: int) -> bool:
    """Whether some frame of a clip at ``rate`` frames a second shows the closure."""
    start, end = phone.start - 0.05, phone.end + 0.03
    times = np.arange(int(np.ceil(start * rate)), int(np.floor(end * rate)) + 1) / rate
    return bool(len(times) and np.interp(times, curve.time, curve.gap).min() <= SHUT)


def _silent_speed(curve: LipCurve, phones: Sequence[Phone]) -> float:
    """The fastest change of the gap (mm/s) in silences, where no sound is within ``_PREPARATION``."""
    speed = 1000.0 * np.abs(np.gradient(curve.gap, curve.time))
    inside = np.zeros(len(speed), bool)
    last = float(curve.time[-1])
    for phone in phones:
        if not phone.phone:
            start = phone.start + (_PREPARATION if phone.start > 0 else 0.0)
            end = phone.end - (_PREPARATION if phone.end < last - 1e-3 else 0.0)
            inside |= (curve.time >= start) & (curve.time <= end)
    return float(speed[inside].max()) if inside.any() else 0.0


def _levels_around_closures(speech: Speech, curve: LipCurve) -> list[np.ndarray]:
    """(len(_OFFSETS),) decibels of the sound around the middle of the lips' contact, per p b after a phone.

    The sound of a stop is all but silent while the lips are shut: the timing's own witness.
    """
    half = round(0.005 * speech.rate)
    power = np.convolve(speech.wave.astype(np.float64) ** 2, np.ones(2 * half) / (2 * half), mode="same")
    levels = []
    for before, phone in pairwise(speech.phones):
        middle = contact(curve, phone) if phone.phone in ("p", "b") and before.phone else None
        if middle is not None:
            at = np.clip(((middle + _OFFSETS) * speech.rate).astype(int), 0, len(power) - 1)
            levels.append(10.0 * np.log10(power[at] + 1e-9))
    return levels


def _offset(levels: Sequence[np.ndarray]) -> float:
    """Milliseconds between the lips' contact and the quietest moment of the mean sound around it."""
    return abs(float(_OFFSETS[np.mean(levels, axis=0).argmin()])) * 1000


def _level_correlation(speech: Speech, curve: LipCurve) -> float:
    """Pearson's r of the gap with the level of the sound between first and last word.

    The level is the root mean square, over 50 ms, of 500-1500 Hz, where open vowels have their first
    formant. For orientation: the camera's gap on the 150 sentences of grid_dev reaches .34.
    """
    band = butter(2, [500, 1500], "bandpass", fs=speech.rate, output="sos")
    half = round(0.025 * speech.rate)
    power = np.convolve(sosfiltfilt(band, speech.wave) ** 2, np.ones(2 * half) / (2 * half), mode="same")
    centres = np.minimum((curve.time * speech.rate).astype(int), len(power) - 1)
    inside = (curve.time >= speech.words[0].start) & (curve.time <= speech.words[-1].end)
    return float(np.corrcoef(np.sqrt(power[centres])[inside], curve.gap[inside])[0, 1])
