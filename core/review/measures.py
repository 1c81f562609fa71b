# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured of a take: each measure gives a number, and where it is wrong, stretches of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import signal
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, minimum_filter1d

from core.performance.limits import LIMITS
from core.review.lips import LipCurve, closures, contact
from core.review.motion import Motion
from core.speech import Phone, Word
from core.voice.loudness import measure_loudness

CONTACT = np.radians(4.0)  # from the viewer's eyes: still a look into the face
UNSURE = 0.5  # confidence of a phone below which it is a guess
_BLINKED, _SHUT, _LONG_SHUT = 0.45, 0.85, 0.8  # of eyeBlink: a blink, closed; seconds from which on it is no blink
_BEYOND, _SHORTLY = 0.05, 0.15  # over a channel's range; seconds for which nobody sees it
_WINDOW, _STILL_CHANNEL, _STILL_HEAD = 0.5, 0.004, np.radians(0.05)  # seconds; what still moves within them
_LONG_STILL = 2.5  # seconds in which nothing of a living face stays still
# Seconds of a smoothing that takes off what is faster than nods and shakes, and radians of it that are seen.
_SLOW, _TREMBLING = 0.02, np.radians(0.2)
_FULL = 0.999  # of the largest sample: clipped


@dataclass(frozen=True)
class Span:
    """From start to end (seconds), and what is wrong there in words."""

    start: float
    end: float
    text: str


def missed_closures(motion: Motion, phones: Sequence[Phone], words: Sequence[Word]) -> tuple[float, list[Span]]:
    """Share of p, b, m at which the lips meet (nan without any), and those at which they do not."""
    asked = closures(phones)
    if motion.gap is None or not asked:
        return float("nan"), []
    curve = LipCurve(motion.time, np.maximum(motion.gap, 0.0))
    missed = [phone for phone in asked if contact(curve, phone) is None]
    spans = [
        Span(phone.start, phone.end, f"The lips do not meet at “{phone.phone}”{_inside(phone, words)}")
        for phone in missed
    ]
    return 1.0 - len(missed) / len(asked), spans


def blink_rate(motion: Motion) -> tuple[float, list[Span]]:
    """Blinks a minute, and where the eyes stay closed."""
    lids = (motion.channel("eyeBlinkLeft") + motion.channel("eyeBlinkRight")) / 2
    padded = np.concatenate(([0.0], lids.clip(0.0, 1.0), [0.0]))
    peaks, _ = signal.find_peaks(padded, height=_BLINKED, prominence=0.25, plateau_size=1)
    minutes = len(lids) / motion.rate / 60
    shut = [(a, b) for a, b in _runs(lids > _SHUT, motion.rate) if b - a >= _LONG_SHUT]
    return len(peaks) / minutes, [Span(a, b, f"The eyes stay closed for {b - a:.1f} s") for a, b in shut]


def gaze_share(motion: Motion) -> tuple[float, list[Span]]:
    """Share of the time in which the eyes meet the viewer's."""
    return float((np.hypot(*motion.gaze.T) < CONTACT).mean()), []


def head_speed(motion: Motion) -> tuple[float, list[Span]]:
    """Degrees a second at most, and where the head turns faster than people do."""
    speed = np.abs(np.gradient(motion.head, 1 / motion.rate, axis=0)).max(axis=1)
    fast = _runs(speed > LIMITS["head"][0], motion.rate)
    text = "The head turns at {:.0f}° a second, faster than people do"
    spans = [Span(a, b, text.format(np.degrees(_most(speed, a, b, motion.rate)))) for a, b in fast]
    return float(np.degrees(speed.max())), spans


def trembling(motion: Motion) -> tuple[float, list[Span]]:
    """Degrees by which the head trembles at the worst moment, and where it can be seen."""
    rough = motion.head - gaussian_filter1d(motion.head, _SLOW * motion.rate, axis=0, mode="nearest")
    window = max(round(_WINDOW * motion.rate), 1)
    power = signal.convolve(np.square(rough).sum(axis=1), np.ones(window) / window, mode="same")
    tremble = np.sqrt(power.clip(0.0))
    spans = [Span(a, b, "The head trembles") for a, b in _runs(tremble > _TREMBLING, motion.rate) if b - a > _SHORTLY]
    return float(np.degrees(tremble.max())), spans


def clipped_channels(motion: Motion) -> tuple[float, list[Span]]:
    """How many channels leave 0..1 long enough to be seen, and where each does so most."""
    spans = []
    for name, curve in motion.channels.items():
        if name.endswith(("Pitch", "Yaw", "Roll", "Lift")):
            continue
        over = np.maximum(curve - 1.0, -curve)
        runs = [(a, b) for a, b in _runs(over > _BEYOND, motion.rate) if b - a >= _SHORTLY]
        if runs:
            a, b = max(runs, key=lambda run: _most(over, *run, motion.rate))
            least, most = (float(pick(curve[_rows(a, b, motion.rate)])) for pick in (np.min, np.max))
            value = most if most - 1.0 > -least else least
            spans.append(Span(a, b, f"{name} goes to {value:.2f}, beyond its range"))
    return float(len(spans)), spans


def stillness(motion: Motion) -> tuple[float, list[Span]]:
    """Seconds of the longest stretch in which nothing moves, and all that are too long."""
    window = max(round(_WINDOW * motion.rate), 1) + 1
    still = np.ones(len(motion.head), bool)
    faces = [curve for name, curve in motion.channels.items() if not name.startswith(("head", "neck"))]
    for curve, least in [(face, _STILL_CHANNEL) for face in faces] + [(turn, _STILL_HEAD) for turn in motion.head.T]:
        still &= maximum_filter1d(curve, window) - minimum_filter1d(curve, window) < least
    runs = [(a, b) for a, b in _runs(still, motion.rate)]
    spans = [Span(a, b, f"Nothing moves for {b - a:.1f} s") for a, b in runs if b - a >= _LONG_STILL]
    return max((b - a for a, b in runs), default=0.0), spans


def unsure_phones(phones: Sequence[Phone], words: Sequence[Word]) -> tuple[float, list[Span]]:
    """Share of the sounds that are surely heard (nan without any), and the doubtful ones, a word's together."""
    sounds = [phone for phone in phones if phone.phone]
    doubtful = [phone for phone in sounds if phone.confidence < UNSURE]
    groups: list[list[Phone]] = []
    for phone in doubtful:
        if groups and phone.word >= 0 and groups[-1][-1].word == phone.word:
            groups[-1].append(phone)
        else:
            groups.append([phone])
    spans = []
    for group in groups:
        told = " ".join(phone.phone for phone in group)
        spans.append(Span(group[0].start, group[-1].end, f"“{told}”{_inside(group[0], words)} may be another sound"))
    return 1.0 - len(doubtful) / len(sounds) if sounds else float("nan"), spans


def loudness(wave: np.ndarray, rate: int) -> tuple[float, list[Span]]:
    """LUFS of the sound, and where it is clipped."""
    level = np.abs(wave) >= _FULL
    joined = [(a, b) for a, b in _runs(maximum_filter1d(level, max(rate // 50, 1)), rate)]
    spans = [Span(a, b, "The sound is clipped") for a, b in joined]
    return float(measure_loudness(wave, rate)), spans


def _inside(phone: Phone, words: Sequence[Word]) -> str:
    return f" in “{words[phone.word].text}”" if 0 <= phone.word < len(words) else ""


def _runs(mask: np.ndarray, rate: float) -> list[tuple[float, float]]:
    """Start and end (seconds) of every stretch in which a mask (T,) holds."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], np.asarray(mask, np.int8), [0]))))
    return [(float(a / rate), float(b / rate)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _rows(start: float, end: float, rate: float) -> slice:
    return slice(round(start * rate), max(round(end * rate), round(start * rate) + 1))


def _most(curve: np.ndarray, start: float, end: float, rate: float) -> float:
    return float(curve[_rows(start, end, rate)].max())
