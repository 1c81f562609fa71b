# SPDX-License-Identifier: GPL-3.0-or-later
"""The sound of a film: what is said, what else is heard, and music that makes way for it."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.ndimage import binary_closing, binary_opening

from core.delivery.read import RATE, read_sound
from core.errors import LikenessError
from core.storyboard.storyboard import Music
from core.voice.loudness import LEVEL_STEP, LOUDNESS, SILENCE_DB, level_track, measure_loudness, normalise

PEAK = -1.5  # dBTP; AAC adds up to half a decibel, and -1 is what is promised
LOUDEST, QUIETEST = -9.0, -31.0  # LUFS that may be asked for
# Seconds: the music has gone down when somebody begins to speak, and comes back slower; a pause shorter than _PAUSE is
# none, a noise shorter than _NOISE is nobody who speaks.
_DOWN, _UP, _PAUSE, _NOISE = 0.3, 0.8, 0.9, 0.03
_CROSS = 2.0  # seconds over which music that is too short begins anew
_FADE_IN, _FADE_OUT = 0.2, 2.5  # seconds, of music
_CLICK = 0.005  # seconds over which anything else begins and ends
_INAUDIBLE = 10 ** (-60 / 20)  # of the loudest sample: how quiet the ends of a piece of music are cut off
# What a quiet room sounds like between words: LU below what is said; samples of it, which end as they begin (11 s); Hz
# between which it lies; its seed.
_ROOM, _ROOM_LENGTH, _ROOM_BAND, _ROOM_SEED = -50.0, 1 << 19, (60.0, 350.0), 1770


@dataclass(frozen=True)
class SoundPart:
    """A file with sound (also of a film) in the film's seconds. gain: dB. seconds: how much of it, or None for all.

    offset: seconds of the file that are left out before. is_speech: music makes way for it.
    """

    path: Path
    start: float
    gain: float = 0.0
    seconds: float | None = None
    offset: float = 0.0
    is_speech: bool = True


def mix_sound(
    parts: Sequence[SoundPart], seconds: float, music: Music | None = None, loudness: float = LOUDNESS
) -> tuple[np.ndarray, int]:
    """The film's sound: (N, 2) float32 at 48 kHz, as long as the film, and the rate.

    It is as loud as asked for (LUFS integrated, ITU-R BS.1770-4) with true peaks of at most PEAK. Where somebody speaks
    a quiet room is heard between the words, since a pause without any sound seems to be a fault; a film in which nobody
    does stays silent. Parts that go on beyond the end are cut there.

    Raises LikenessError ``loudness_unusual``, and what `read_sound` raises.
    """
    if not QUIETEST <= loudness <= LOUDEST:
        raise LikenessError(
            "loudness_unusual",
            f"A loudness of {loudness:g} LUFS is not usual.",
            f"Choose -16 or -14 LUFS (from {QUIETEST:g} to {LOUDEST:g}).",
        )
    mix = np.zeros((round(seconds * RATE), 2), np.float32)
    speech = np.zeros_like(mix)
    said = np.zeros(math.ceil(seconds / LEVEL_STEP), bool)
    for part in parts:
        wave = _read_part(part)
        _add(speech if part.is_speech else mix, wave, part.start)
        if part.is_speech:
            _mark(said, wave, part.start)
    mix += speech
    if said.any():
        mix += _sound_room(len(mix), measure_loudness(mix, RATE) + _ROOM)
    mix = normalise(mix, RATE, loudness, PEAK)  # before the music, which is laid as far below
    if music is not None and len(mix):
        mix = normalise(mix + _lay_music(music, len(mix), loudness, said), RATE, loudness, PEAK)
    return mix.astype(np.float32, copy=False), RATE


def _read_part(part: SoundPart) -> np.ndarray:
    wave = read_sound(part.path)[0]
    first = round(part.offset * RATE)
    last = None if part.seconds is None else first + round(part.seconds * RATE)
    wave = wave[first:last] * np.float32(10 ** (part.gain / 20))
    return wave if part.is_speech else _fade(wave, _CLICK, _CLICK)


def _add(mix: np.ndarray, wave: np.ndarray, start: float) -> None:
    first = round(start * RATE)
    wave = wave[max(-first, 0) :]
    first = max(first, 0)
    count = min(len(wave), len(mix) - first)
    if count > 0:
        mix[first : first + count] += wave[:count]


def _mark(said: np.ndarray, wave: np.ndarray, start: float) -> None:
    """Note when somebody speaks, in steps of LEVEL_STEP."""
    mono = wave.mean(axis=1)
    if not len(mono) or math.isinf(measure_loudness(mono, RATE)):
        return
    heard = binary_opening(level_track(mono, RATE) > SILENCE_DB, np.ones(round(_NOISE / LEVEL_STEP)))
    steps = np.flatnonzero(heard) + round(start / LEVEL_STEP)
    said[steps[(steps >= 0) & (steps < len(said))]] = True


def _sound_room(count: int, loudness: float) -> np.ndarray:
    """(count, 2) float32: a room in which nothing happens, at a loudness (LUFS)."""
    piece = _make_room()
    level = np.float32(10 ** ((loudness - measure_loudness(piece, RATE)) / 20))
    room = np.empty((count, 2), np.float32)
    for first in range(0, count, len(piece)):
        room[first : first + len(piece)] = piece[: count - first]
    return _fade(room * level, _CLICK, _CLICK)


@functools.lru_cache(maxsize=1)
def _make_room() -> np.ndarray:
    """(N, 2) float32: noise that falls off towards high and the lowest sounds, whose end goes on in its beginning;
    another on each side, so that it has no place."""
    low, high = _ROOM_BAND
    pitch = np.fft.rfftfreq(_ROOM_LENGTH, 1 / RATE)
    level = (pitch / np.hypot(pitch, low)) ** 2 * high / np.hypot(pitch, high)
    phases = np.random.default_rng(_ROOM_SEED).uniform(0, 2 * np.pi, (2, len(pitch)))
    waves = np.fft.irfft(level * np.exp(1j * phases), _ROOM_LENGTH, axis=1).T
    return (0.1 * waves / waves.std()).astype(np.float32)


def _lay_music(music: Music, count: int, voice: float, said: np.ndarray) -> np.ndarray:
    """(count, 2): the music at its level below the voice (LUFS), going on to the end, down while somebody speaks."""
    wave = _loop(_trim(read_sound(music.file)[0]), count)
    loudness = measure_loudness(wave, RATE)
    if math.isinf(loudness):
        return wave
    level = np.float32(10 ** ((voice + music.level - loudness) / 20))
    ducked = 10 ** (music.ducked * duck(said) / 20)
    times = np.arange(count) / (RATE * LEVEL_STEP) - 0.5
    gain = np.interp(times, np.arange(len(ducked)), ducked).astype(np.float32) * level
    return _fade(wave * gain[:, None], _FADE_IN, _FADE_OUT)


def duck(said: np.ndarray) -> np.ndarray:
    """How far down music is, 0 to 1, in steps of LEVEL_STEP: down before somebody speaks, up after it, smoothly."""
    if not said.any():
        return np.zeros(len(said))
    pause = round(_PAUSE / LEVEL_STEP)
    padded = np.pad(said, pause)
    closed = binary_closing(padded, np.ones(pause))[pause:-pause] | said
    steps = np.arange(len(closed))
    spoken = np.flatnonzero(closed)
    following = np.searchsorted(spoken, steps)
    until = np.where(following < len(spoken), spoken[np.minimum(following, len(spoken) - 1)] - steps, np.inf)
    since = np.where(following > 0, steps - spoken[np.maximum(following - 1, 0)], np.inf)
    since = np.where(closed, 0, since)
    down = np.maximum(1 - until * LEVEL_STEP / _DOWN, 1 - since * LEVEL_STEP / _UP)
    return 0.5 - 0.5 * np.cos(np.pi * np.clip(down, 0, 1))


def _trim(wave: np.ndarray) -> np.ndarray:
    """Without the silence at both ends, which would be heard as a hole where it begins anew."""
    loud = np.flatnonzero(np.abs(wave).max(axis=1, initial=0.0) > _INAUDIBLE * np.abs(wave).max(initial=0.0))
    return wave[loud[0] : loud[-1] + 1] if len(loud) else wave


def _loop(wave: np.ndarray, count: int) -> np.ndarray:
    """count samples of it, begun anew as often as needed, the end over the beginning."""
    if len(wave) >= count or not len(wave):
        return np.concatenate((wave[:count], np.zeros((count - len(wave[:count]), 2), np.float32)))
    cross = min(round(_CROSS * RATE), len(wave) // 4)
    rise = np.sin(np.linspace(0, np.pi / 2, cross, dtype=np.float32))[:, None]  # of equal power
    looped = np.zeros((count, 2), np.float32)
    step = len(wave) - cross
    for first in range(0, count, step):
        piece = wave.copy()
        if first:
            piece[:cross] *= rise
        piece[step:] *= rise[::-1]
        piece = piece[: count - first]
        looped[first : first + len(piece)] += piece
    return looped


def _fade(wave: np.ndarray, rise: float, fall: float) -> np.ndarray:
    """With smooth ends, in seconds, neither longer than a third."""
    faded = wave.copy()
    for seconds, end in ((rise, slice(None)), (fall, slice(None, None, -1))):
        count = min(round(seconds * RATE), len(wave) // 3)
        ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(count, dtype=np.float32) / max(count, 1))
        faded[end][:count] *= ramp[:, None]
    return faded
