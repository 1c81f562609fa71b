# SPDX-License-Identifier: GPL-3.0-or-later
"""A sound file as the samples that a Speech holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr

from core.errors import LikenessError
from core.progress import Progress, silent
from core.voice.loudness import measure_loudness, normalise
from core.voice.speak import LONGEST_CLIP

RATE = 24_000
SHORTEST = 0.2  # seconds
_BLOCK = 2.0  # seconds read at a time

# (offset, first bytes, what such a file is) of containers that libsndfile does not read.
_OTHERS = (
    (4, b"ftyp", "an MPEG-4 sound or video"),
    (0, b"\x1aE\xdf\xa3", "a Matroska or WebM file"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "a Windows Media file"),
    (8, b"AVI ", "an AVI video"),
    (0, b"#!AMR", "an AMR recording"),
    (0, b"\xff\xf1", "an AAC sound"),
    (0, b"\xff\xf9", "an AAC sound"),
)


def read_sound(path: Path, progress: Progress = silent) -> np.ndarray:
    """The whole file, (N,) float32 mono at ``RATE``, as loud as a spoken Speech is.

    Reads what libsndfile reads: WAV, FLAC, OGG, MP3 and more, of any rate, width and number of channels.

    Raises LikenessError ``file_missing``, ``sound_unreadable``, ``sound_empty``, ``sound_silent``,
    ``sound_too_short`` (below ``SHORTEST``), ``sound_too_long`` (above ``LONGEST_CLIP``), and what ``progress``
    raises.
    """
    path = Path(path)
    if not path.exists():
        raise LikenessError("file_missing", f"There is no file {path}.", "Check the path of the recording.")
    if path.is_file() and not path.stat().st_size:
        raise _refusal("sound_empty", f"{path.name} is an empty file.")
    try:
        wave = np.concatenate([*_read_blocks(path, progress), np.zeros(0, np.float32)])
    except (soundfile.LibsndfileError, TypeError, OSError) as error:  # TypeError: samples without any header
        raise _unreadable(path, error) from error
    if not len(wave):
        raise _refusal("sound_empty", f"{path.name} holds no sound.")
    if len(wave) < SHORTEST * RATE:
        raise _refusal("sound_too_short", f"{path.name} lasts {len(wave) / RATE:.2f} s, less than {SHORTEST:g} s.")
    if np.isinf(measure_loudness(wave, RATE)):
        raise _refusal("sound_silent", f"{path.name} is silent.")
    return normalise(wave, RATE)


def _read_blocks(path: Path, progress: Progress) -> Iterator[np.ndarray]:
    with soundfile.SoundFile(path) as file:
        stream = soxr.ResampleStream(file.samplerate, RATE, 1, dtype="float32", quality="VHQ")
        size, done, total = round(_BLOCK * file.samplerate), 0, max(file.frames, 1)
        while True:
            block = file.read(size, dtype="float32", always_2d=True)
            done += len(block)
            if done > LONGEST_CLIP * file.samplerate:  # counted, since headers of broken files lie
                minutes = round(LONGEST_CLIP / 60)
                raise LikenessError(
                    "sound_too_long",
                    f"{path.name} lasts longer than the {minutes} minutes of one clip.",
                    "Divide it into several recordings.",
                )
            progress(min(done / total, 1.0), "Reading the recording")
            mono = np.nan_to_num(block.mean(axis=1), posinf=0.0, neginf=0.0)
            is_last = len(block) < size
            yield stream.resample_chunk(mono, last=is_last)
            if is_last:
                return


def _unreadable(path: Path, error: Exception) -> LikenessError:
    if path.is_dir():
        return _refusal("sound_unreadable", f"{path.name} is a folder, not a sound file.")
    start = b""
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as denied:
        return _refusal("sound_unreadable", f"{path.name} cannot be opened: {denied.strerror}.")
    for offset, mark, kind in _OTHERS:
        if start[offset:].startswith(mark):
            return LikenessError(
                "sound_unreadable",
                f"{path.name} is {kind}, which cannot be read here.",
                f"Save its sound as WAV, for example with: ffmpeg -i {path.name} {path.stem}.wav",
            )
    reason = getattr(error, "error_string", str(error)).rstrip(".")
    return LikenessError(
        "sound_unreadable",
        f"{path.name} is no sound file that can be read: {reason}.",
        "Choose a WAV, FLAC, MP3 or OGG file.",
    )


def _refusal(code: str, message: str) -> LikenessError:
    return LikenessError(code, message, "Choose a recording of a person who speaks.")
