# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording of one person that a voice profile is made from, and what may be wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from scipy.ndimage import uniform_filter1d

from core.errors import LikenessError
from core.progress import Progress, silent, span
from core.recording.record import find_sounds
from core.recording.sound import RATE, read_sound
from core.speech import Phone
from core.speech.features import RATE as HEARING
from core.speech.net import Heard, hear
from core.speech.phones import VOWEL_VISEMES
from core.voice.identity import embed_windows
from core.voice.manipulation import find_melody

SHORTEST = 3.0  # seconds of speech, of which an identity is told
LONGEST = 600.0  # seconds of a file
_LOOKED_AT = 40.0  # seconds of it, from the first sound on
_ENOUGH = 8.0  # seconds of speech; with less the result is less sure
_MARGIN = 0.15  # seconds kept before the first sound and after the last
# Syllables a second of a sound that are surely heard. Measured: 3.9 to 5.3 in Piper's, espeak's and hibari's sentences,
# .08 at most in noises, a hum, single notes and chords.
_SURE, _SYLLABLES = 0.5, 1.2
_TOPS = 0.995  # share of the highest magnitude from which samples that follow each other are cut off
_CLIPPED, _HARDLY_CLIPPED = 0.01, 0.0005  # shares of the samples
_TELEPHONE = 4_000  # hertz; a sound with nothing above is a telephone's
_NOTHING = 1e-6  # share of the power
# Two groups of windows that are less alike than this are two people; each has to be so many windows, and such a share.
# Windows are smoothed over so many, since nobody changes within two seconds. Measured: 19 sounds of one voice, people
# and synthetic ones, are alike by .90 and more, 30 that join two voices by .82 and less (.49 the least alike).
_TWO, _FEW, _SHARE, _SMOOTHED = 0.86, 3, 0.15, 3


@dataclass(frozen=True)
class Sample:
    """A voice as it was recorded.

    wave: (N,) float32 at `RATE`, from the first sound to the last, levelled. identity: (256,) as core/voice/identity.py
    tells it. pitch: hertz of its median. range: semitones from the tenth to the ninetieth percentile. seconds: of
    speech. sha256: of the file.
    """

    wave: np.ndarray
    identity: np.ndarray
    pitch: float
    range: float
    seconds: float
    sha256: str
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Heard:
    """What the checks look at. raw: as recorded; wave: levelled, at `RATE`; windows: (W, 256)."""

    name: str
    raw: np.ndarray
    rate: int
    wave: np.ndarray
    phones: tuple[Phone, ...]
    windows: np.ndarray

    @property
    def sounding(self) -> float:
        """Seconds of speech."""
        return sum(phone.end - phone.start for phone in self.phones if phone.phone)


def read_sample(path: Path, progress: Progress = silent) -> Sample:
    """A recording of 5 to 30 seconds of one person who speaks; of a longer one the beginning is used.

    Raises LikenessError as `core.recording.sound.read_sound` and `embed_windows` do, ``sample_too_short``,
    ``sample_too_long``, ``sample_not_speech``, ``sample_clipped``, ``sample_two_speakers``, and what ``progress``
    raises.
    """
    path = Path(path)
    _require_length(path)
    wave, phones, _ = listen(path, span(progress, 0.0, 0.8))
    rate = soundfile.info(path).samplerate
    raw, _ = soundfile.read(path, frames=round(1.5 * _LOOKED_AT * rate), dtype="float32", always_2d=True)
    heard = _Heard(path.name, raw.mean(axis=1), rate, wave, phones, np.zeros((0, 256), np.float32))
    _refuse(heard, _BEFORE)
    progress(0.8, "Telling the voice")
    heard = _Heard(path.name, heard.raw, rate, wave, phones, embed_windows(wave, RATE))
    _refuse(heard, _AFTER)
    mean = heard.windows.mean(axis=0)
    melody = find_melody(wave, RATE)
    return Sample(
        wave,
        mean / np.linalg.norm(mean),
        round(melody.median, 2),
        round(melody.range, 3),
        round(heard.sounding, 2),
        hashlib.sha256(path.read_bytes()).hexdigest(),
        tuple(sentence for warn in _WARNINGS if (sentence := warn(heard))),
    )


def listen(path: Path, progress: Progress) -> tuple[np.ndarray, tuple[Phone, ...], Heard]:
    """A recording's (N,) sound at `RATE` without the silence around it, its phones, and what the network hears."""
    wave = read_sound(path, span(progress, 0.0, 0.2))
    wave = _cropped(wave)
    hearing = hear(soxr.resample(wave, RATE, HEARING, quality="VHQ"), span(progress, 0.2, 1.0))
    return wave, find_sounds(hearing, wave), hearing


def _require_length(path: Path) -> None:
    try:
        seconds = soundfile.info(path).duration
    except (soundfile.LibsndfileError, OSError, TypeError):
        return  # `read_sound` tells why
    if seconds > LONGEST:
        raise LikenessError(
            "sample_too_long",
            f"{path.name} lasts {seconds / 60:.0f} minutes, more than the {LONGEST / 60:.0f} that are looked through.",
            "Cut out 5 to 30 seconds in which the person speaks alone.",
        )


def _cropped(wave: np.ndarray) -> np.ndarray:
    """The sound from where it is first heard, `_LOOKED_AT` seconds at most."""
    loud = np.flatnonzero(np.abs(wave) > 0.02 * np.abs(wave).max())
    first = max(int(loud[0]) - round(_MARGIN * RATE), 0)
    last = min(int(loud[-1]) + round(_MARGIN * RATE), first + round(_LOOKED_AT * RATE))
    return wave[first:last]


def _refuse(heard: _Heard, checks: tuple[Callable[[_Heard], LikenessError | None], ...]) -> None:
    for check in checks:
        error = check(heard)
        if error is not None:
            raise error


def _short(heard: _Heard) -> LikenessError | None:
    length = len(heard.wave) / RATE
    if length >= SHORTEST and (heard.sounding >= SHORTEST or syllables(heard.phones, length) < _SYLLABLES):
        return None
    return LikenessError(
        "sample_too_short",
        f"{heard.name} holds {min(length, heard.sounding):.1f} s of speech, less than {SHORTEST:g} s.",
        "Record 5 to 30 seconds.",
    )


def _wordless(heard: _Heard) -> LikenessError | None:
    if syllables(heard.phones, len(heard.wave) / RATE) >= _SYLLABLES:
        return None
    return LikenessError(
        "sample_not_speech",
        f"In {heard.name} hardly a syllable is heard, as in music or noise.",
        "Choose a recording in which one person speaks, without music.",
    )


def _cut_off(heard: _Heard) -> LikenessError | None:
    share = clipped(heard.raw)
    if share <= _CLIPPED:
        return None
    return LikenessError(
        "sample_clipped",
        f"{heard.name} was recorded too loud: {share:.1%} of it are cut off.",
        "Record it again, farther from the microphone or at a lower level.",
    )


def _shared(heard: _Heard) -> LikenessError | None:
    if alike(heard.windows) >= _TWO:
        return None
    return LikenessError(
        "sample_two_speakers",
        f"In {heard.name} more than one person speaks.",
        "Cut out a part in which only the person speaks whose voice it is to be.",
    )


_BEFORE = (_short, _wordless, _cut_off)
_AFTER = (_shared,)


def _brief(heard: _Heard) -> str:
    seconds = heard.sounding
    return "" if seconds >= _ENOUGH else f"{seconds:.0f} s of speech tell less surely than ten do who speaks."


def _hot(heard: _Heard) -> str:
    return "" if clipped(heard.raw) <= _HARDLY_CLIPPED else "The loudest parts of the sample are cut off."


def _narrow(heard: _Heard) -> str:
    power = np.abs(np.fft.rfft(heard.raw)) ** 2
    above = np.fft.rfftfreq(len(heard.raw), 1 / heard.rate) > _TELEPHONE
    if power[above].sum() > _NOTHING * power.sum():
        return ""
    return "The sample is as dull as a telephone, with nothing above 4 kHz; what it tells of the voice is less sure."


def _long(heard: _Heard) -> str:
    is_long = len(heard.raw) > _LOOKED_AT * heard.rate
    return f"Only the first {_LOOKED_AT:g} s of the sample are used." if is_long else ""


_WARNINGS = (_brief, _hot, _narrow, _long)


def syllables(phones: tuple[Phone, ...], seconds: float) -> float:
    """How many syllables a second are surely heard."""
    sure = sum(phone.viseme in VOWEL_VISEMES and phone.confidence >= _SURE for phone in phones)
    return sure / seconds


def clipped(wave: np.ndarray) -> float:
    """Share of the samples of a (N,) wave at its highest magnitude, where at least three follow each other."""
    top = np.abs(wave) >= _TOPS * max(float(np.abs(wave).max()), 1e-9)
    inner = top[1:-1] & top[:-2] & top[2:]
    return float(inner.mean()) if len(inner) else 0.0


def alike(windows: np.ndarray) -> float:
    """How alike (W, 256) windows of a sound are when they are put into two groups; 1 where there are no two.

    Two means, from the two windows that are least alike.
    """
    if len(windows) < 2 * _FEW:
        return 1.0
    windows = uniform_filter1d(windows, _SMOOTHED, axis=0, mode="nearest")
    windows /= np.linalg.norm(windows, axis=1, keepdims=True)
    cosines = windows @ windows.T
    centres = windows[list(np.unravel_index(int(cosines.argmin()), cosines.shape))]
    groups = np.zeros(len(windows), np.int64)
    for _ in range(10):
        groups = (windows @ centres.T).argmax(axis=1)
        if min(np.bincount(groups, minlength=2)) < max(_FEW, _SHARE * len(windows)):
            return 1.0
        centres = np.stack([windows[groups == group].mean(axis=0) for group in (0, 1)])
        centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    return float(centres[0] @ centres[1])
