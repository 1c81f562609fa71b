# SPDX-License-Identifier: GPL-3.0-or-later
"""Composes the music of `explainer.md`: four soft chords and a few bells, computed, as `bed.ogg`.

Run with the core's Python: ``python sample_scenes/storyboards/compose_music.py``. It stays below the band in which
consonants are understood, moves slowly, and ends in the chord with which it begins, since a film begins it anew, one
over the other, where it is too short.
"""

from __future__ import annotations

from pathlib import Path

import librosa
import numpy as np
import soundfile
from scipy.signal import butter, fftconvolve, sosfilt

RATE = 48_000
CHORD, RISE, FALL = 7.0, 1.8, 2.4  # seconds: of a chord, until it is there, and until it is gone after that
# Notes as MIDI counts them: D major 9, B minor 11, G major 9, A suspended.
CHORDS = (
    (38, 50, 57, 61, 64, 66), (47, 54, 57, 62, 64, 69), (43, 50, 57, 59, 62, 66), (45, 52, 57, 59, 62, 64),
)  # fmt: skip
# Of each chord: when a bell sounds, in seconds, and which of its notes, an octave higher.
BELLS = (((0.9, 4), (3.1, 5), (5.0, 3)), ((1.2, 3), (3.9, 4)), ((0.8, 3), (2.6, 5), (4.8, 4)), ((1.3, 4), (3.6, 2)))
HARMONICS = np.arange(1, 7)
DETUNED = (-4.0, 3.0)  # cents, of the two strings that each note has
ACROSS = 0.5  # how much of each side is heard on the other, so that nothing is missing on a phone with one speaker
BELL, BELL_LENGTH = 0.16, 2.2  # of a chord's level; seconds
ROOM, ROOM_LENGTH, ROOM_LEVEL = 0.9, 2.4, 0.35  # seconds in which the echo falls to a ninth; its length; its level
BAND = (70.0, 1800.0)  # Hz
OVER = 2.0  # seconds of the first chord at the end, over which a film begins it anew
LOUDEST = 0.5
SEED = 7


def sound_note(note: int, random: np.random.Generator) -> np.ndarray:
    """(N, 2): a note of a chord, that comes and goes slowly, a little different on both sides."""
    times = np.arange(round((CHORD + FALL) * RATE)) / RATE
    rise = 0.5 - 0.5 * np.cos(np.pi * np.clip(times / RISE, 0, 1))
    fall = 0.5 + 0.5 * np.cos(np.pi * np.clip((times - CHORD) / FALL, 0, 1))
    breath = 1 + 0.12 * np.sin(2 * np.pi * random.uniform(0.12, 0.22) * times + random.uniform(0, 6))
    sides = []
    for _ in range(2):
        wave = np.zeros_like(times)
        for cents in DETUNED:
            pitch = librosa.midi_to_hz(note + (cents + random.uniform(-1, 1)) / 100)
            for harmonic in HARMONICS:
                wave += harmonic**-1.9 * np.sin(2 * np.pi * pitch * harmonic * times + random.uniform(0, 6))
        sides.append(wave)
    left, right = sides
    wave = np.stack([left + ACROSS * right, right + ACROSS * left], axis=1)
    return wave * (rise * fall * breath * (librosa.midi_to_hz(note) / 110.0) ** -0.4)[:, None]


def sound_bell(note: int, side: float) -> np.ndarray:
    """(N, 2): a soft bell. side: 0 left to 1 right."""
    times = np.arange(round(BELL_LENGTH * RATE)) / RATE
    pitch = librosa.midi_to_hz(note + 12)
    wave = sum(
        level * np.exp(-times / length) * np.sin(2 * np.pi * pitch * ratio * times)
        for ratio, level, length in ((1.0, 1.0, 0.7), (2.0, 0.3, 0.4), (3.01, 0.08, 0.15))
    )
    wave *= np.clip(times / 0.012, 0, 1)
    return np.stack([wave * np.cos(side * np.pi / 2), wave * np.sin(side * np.pi / 2)], axis=1)


def compose() -> np.ndarray:
    """(N, 2) float, the whole piece."""
    random = np.random.default_rng(SEED)
    length = len(CHORDS) * CHORD
    wave = np.zeros((round((length + RISE + OVER) * RATE), 2))
    again = zip((*CHORDS, CHORDS[0]), (*BELLS, BELLS[0]), strict=True)
    for number, (chord, bells) in enumerate(again):
        for note in chord:
            add(wave, sound_note(note, random) / len(chord), number * CHORD)
        for at, which in bells:
            add(wave, BELL * sound_bell(chord[which], random.uniform(0.25, 0.75)), number * CHORD + at)
    wave += ROOM_LEVEL * echo(wave, random)
    wave = np.asarray(sosfilt(butter(2, BAND, "bandpass", fs=RATE, output="sos"), wave, axis=0))
    wave = wave[round(RISE * RATE) :]  # from where the first chord is there
    return LOUDEST * wave / np.abs(wave).max()


def add(wave: np.ndarray, part: np.ndarray, start: float) -> None:
    """Lay a part into the wave from a second on, as much of it as there is room for."""
    place = wave[round(start * RATE) :][: len(part)]
    place += part[: len(place)]


def echo(wave: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """What a soft room answers, as loud as the wave."""
    times = np.arange(round(ROOM_LENGTH * RATE)) / RATE
    answer = random.normal(size=(len(times), 2)) * np.exp(-times / (ROOM / np.log(9)))[:, None]
    answer = sosfilt(butter(1, 1200.0, fs=RATE, output="sos"), answer, axis=0)
    answered = fftconvolve(wave, answer, axes=0)[: len(wave)]
    return answered * (wave.std() / answered.std())


def main() -> None:
    """Write ``bed.ogg`` beside this file."""
    soundfile.write(Path(__file__).with_name("bed.ogg"), compose(), RATE, format="OGG", subtype="VORBIS")


if __name__ == "__main__":
    main()
