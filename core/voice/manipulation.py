# SPDX-License-Identifier: GPL-3.0-or-later
"""A voice's melody drawn anew after it has spoken: height, range, and words that stand out.

By Praat's pitch-synchronous overlap-add (Moulines and Charpentier 1990; Praat's Manipulation, by way of parselmouth):
periods are copied nearer to each other or farther apart, so that the timbre stays, and what has no periods (hisses,
bursts, whispers) is copied as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np

from core.speech import Phone
from core.speech.phones import VOWEL_VISEMES
from core.voice.provider import Utterance

# A stressed word: its vowel this much longer, the peak so many semitones higher, and all of it so many dB louder. Focus
# in read English lengthens by 15 to 30 % and lifts peaks by two to four semitones (Cooper, Eady and Mueller 1985).
LENGTHENED, LIFTED, LOUDER = 1.18, 2.5, 3.0
_SLOPE = 0.015  # seconds in which a vowel gets slower, and quicker again; at most a third of it
_BEND = 0.060  # seconds before and after the vowel in which the melody bends up and down
_SWELL = 0.030  # seconds in which a word gets louder
_STEP = 0.010  # seconds between two looks at the pitch
# Hertz that a voice's pitch can have; then, as De Looze and Hirst (2008), factors of the lower and the upper quartile.
_HERTZ, _NARROWED = (60.0, 600.0), (0.75, 1.9)
_FARTHEST = 12.0  # semitones from the median, after which a reading was of the wrong octave
_LEAST = 5  # voiced looks; of fewer no melody is drawn
_SHORTEST = 0.1  # seconds; Praat finds no pitch in less


@dataclass(frozen=True)
class Shape:
    """What becomes of a melody. pitch: factor of its median. range: of its semitones around that. stressed: words.

    ``stressed`` counts as ``Phone.word`` of the utterance does.
    """

    pitch: float = 1.0
    range: float = 1.0
    stressed: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Melody:
    """Where a voice has a pitch. times: (N,) seconds; hertz: (N,). floor, ceiling: between which it was looked for."""

    times: np.ndarray
    hertz: np.ndarray
    floor: float
    ceiling: float

    @property
    def median(self) -> float:
        """Hertz; 0 where nothing is voiced."""
        return float(np.median(self.hertz)) if len(self.hertz) else 0.0

    @property
    def range(self) -> float:
        """Semitones from the tenth to the ninetieth percentile; 0 where nothing is voiced."""
        if not len(self.hertz):
            return 0.0
        low, high = np.percentile(self.hertz, (10, 90))
        return 12.0 * float(np.log2(high / low))


def reshape(utterance: Utterance, shape: Shape) -> Utterance:
    """The utterance with another melody; its phones' times follow. With nothing asked for it is returned as it is.

    The same arguments give the same samples.
    """
    vowels = [run for word in sorted(shape.stressed) if (run := _stressed_vowel(utterance.phones, word))]
    if shape.pitch == 1.0 and shape.range == 1.0 and not vowels:
        return utterance
    wave = _swell(utterance, shape.stressed)
    melody = find_melody(wave, utterance.rate)
    if len(melody.hertz) < _LEAST:  # a whisper: it can get louder
        return replace(utterance, wave=wave)
    drawn = _draw(melody, shape, vowels)
    clock = _clock(vowels)
    phones = utterance.phones
    if vowels:
        edges = _elapsed(clock, np.array([(phone.start, phone.end) for phone in phones]))
        pairs = zip(phones, edges.tolist(), strict=True)
        phones = tuple(replace(phone, start=start, end=end) for phone, (start, end) in pairs)
    return replace(utterance, wave=_resynthesise(wave, utterance.rate, melody, drawn, clock), phones=phones)


def find_melody(wave: np.ndarray, rate: int) -> Melody:
    """The pitch of a (N,) wave, looked for twice: the second time only where the first found it."""
    if len(wave) < _SHORTEST * rate:
        return Melody(np.zeros(0), np.zeros(0), *_HERTZ)
    floor, ceiling = _HERTZ
    times, hertz = _track(wave, rate, floor, ceiling)
    if len(hertz) >= _LEAST:
        low, high = np.percentile(hertz, (25, 75))
        floor, ceiling = max(_NARROWED[0] * float(low), floor), min(_NARROWED[1] * float(high), ceiling)
        times, hertz = _track(wave, rate, floor, ceiling)
    return Melody(times, hertz, floor, ceiling)


def _track(wave: np.ndarray, rate: int, floor: float, ceiling: float) -> tuple[np.ndarray, np.ndarray]:
    """Times and hertz of the voiced looks."""
    pitch = _sound(wave, rate).to_pitch_ac(time_step=_STEP, pitch_floor=floor, pitch_ceiling=ceiling)
    hertz = pitch.selected_array["frequency"]
    return pitch.xs()[hertz > 0], hertz[hertz > 0]


def _sound(wave: np.ndarray, rate: int) -> Any:
    import parselmouth

    return parselmouth.Sound(wave.astype(np.float64), rate)


def _stressed_vowel(phones: Sequence[Phone], word: int) -> tuple[float, float] | None:
    """Start and end of the vowel that carries a word's stress, both halves of a diphthong; None without one."""
    runs = [
        list(run)
        for is_vowel, run in groupby(
            (phone for phone in phones if phone.word == word), lambda phone: phone.viseme in VOWEL_VISEMES
        )
        if is_vowel
    ]
    if not runs:
        return None
    best = max(runs, key=lambda run: max(phone.stress for phone in run))
    return best[0].start, best[-1].end


def _clock(vowels: Sequence[tuple[float, float]]) -> np.ndarray:
    """(K, 2) times (seconds) and how much longer everything lasts there, straight in between."""
    points: list[tuple[float, float]] = [(0.0, 1.0)]
    for start, end in sorted(vowels):
        slope = min(_SLOPE, (end - start) / 3)
        # The slopes take a share of the lengthening away, which the middle makes up for.
        most = 1.0 + (LENGTHENED - 1.0) * (end - start) / (end - start - slope)
        points += [(start, 1.0), (start + slope, most), (end - slope, most), (end, 1.0)]
    return np.array(points)


def _elapsed(clock: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Where times lie afterwards: the integral of the clock, exactly. Any shape, in seconds."""
    knots, pace = clock.T
    passed = np.concatenate(([0.0], np.cumsum(np.diff(knots) * (pace[1:] + pace[:-1]) / 2)))
    at = np.clip(np.searchsorted(knots, times, side="right") - 1, 0, None)
    return passed[at] + (times - knots[at]) * (pace[at] + np.interp(times, knots, pace)) / 2


def _swell(utterance: Utterance, stressed: frozenset[int]) -> np.ndarray:
    """(N,) the wave, its stressed words louder."""
    gain = np.zeros(len(utterance.wave), np.float32)
    for word in stressed:
        spans = [(phone.start, phone.end) for phone in utterance.phones if phone.word == word]
        if spans:
            gain = np.maximum(gain, _hill(len(gain), utterance.rate, spans[0][0], spans[-1][1], _SWELL))
    return utterance.wave * 10 ** (LOUDER / 20 * gain) if gain.any() else utterance.wave


def _hill(count: int, rate: int, start: float, end: float, slope: float) -> np.ndarray:
    """(count,) 1 from start to end (seconds), 0 elsewhere, on raised cosines around both."""
    times = np.arange(count, dtype=np.float32) / rate
    nearness = np.clip(np.minimum(times - start, end - times) / slope + 0.5, 0.0, 1.0)
    return (0.5 - 0.5 * np.cos(np.pi * nearness)).astype(np.float32)


def _draw(melody: Melody, shape: Shape, vowels: Sequence[tuple[float, float]]) -> np.ndarray:
    """(N,) hertz at the melody's times."""
    around = 12.0 * np.log2(melody.hertz / melody.median)
    semitones = shape.range * np.clip(around, -_FARTHEST, _FARTHEST)
    lift = np.zeros(len(semitones))
    for start, end in vowels:
        inside = np.clip((melody.times - start + _BEND) / (end - start + 2 * _BEND), 0.0, 1.0)
        lift = np.maximum(lift, LIFTED * np.sin(np.pi * inside) ** 2)
    hertz = melody.median * shape.pitch * 2 ** ((semitones + lift) / 12)
    return np.clip(hertz, 0.5 * _HERTZ[0], 1.5 * _HERTZ[1])


def _resynthesise(wave: np.ndarray, rate: int, melody: Melody, hertz: np.ndarray, clock: np.ndarray) -> np.ndarray:
    """(M,) float32: the wave with its periods set anew. hertz: at the melody's times."""
    from parselmouth.praat import call, run

    sound = _sound(wave, rate)
    manipulation = call(sound, "To Manipulation", _STEP, melody.floor, melody.ceiling)
    tier = call("Create PitchTier", "pitch", 0.0, sound.xmax)
    for time, value in zip(melody.times.tolist(), hertz.tolist(), strict=True):
        call(tier, "Add point", time, value)
    call([manipulation, tier], "Replace pitch tier")
    if len(clock) > 1:
        tier = call("Create DurationTier", "pace", 0.0, sound.xmax)
        for time, pace in _points(clock):
            call(tier, "Add point", time, pace)
        call([manipulation, tier], "Replace duration tier")
    # Voiceless sounds that get longer are laid together from pieces of random length: always the same ones.
    run("random_initializeWithSeedUnsafelyButPredictably (1)")
    return call(manipulation, "Get resynthesis (overlap-add)").values[0].astype(np.float32)


def _points(clock: np.ndarray) -> Iterator[tuple[float, float]]:
    """Times and paces, each time once: where two vowels meet the last one counts."""
    yield from dict(clock.tolist()).items()
