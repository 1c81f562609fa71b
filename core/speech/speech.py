# SPDX-License-Identifier: GPL-3.0-or-later
"""The Speech, and the folder ``NAME.speech/`` that holds one (docs/architecture.md)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from core.consent import UNKNOWN, Consent, make_consent
from core.errors import LikenessError
from core.formats import FORMATS, bring_up
from core.script.tags import Tag
from core.speech.phones import viseme_of
from core.storage import read_json, write_folder, write_json, write_wave


@dataclass(frozen=True)
class Phone:
    """A stretch of one sound, in seconds.

    phone: IPA, ``""`` for silence. word: index into the words, -1 outside of them.
    stress: 0 none, 1 secondary, 2 primary; vowels only. confidence: 0..1, how sure it is that this is heard here; 1
    where the voice itself says so.
    """

    start: float
    end: float
    phone: str
    viseme: str
    word: int
    stress: int = 0
    confidence: float = 1.0


@dataclass(frozen=True)
class Word:
    """A word as written in the script, punctuation included, and when it is heard (seconds)."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Speech:
    """Sound and its timeline.

    wave: (N,) float32 mono, -1..1, at ``rate`` samples a second. The phones tile 0..duration. tags: directions of the
    script, at its words; direction: how all of it is said, in plain words. behaviour: in silences. consent: of who is
    heard. stressed: indices of the words that stand out.
    """

    text: str
    language: str
    voice: str
    rate: int
    wave: np.ndarray
    phones: tuple[Phone, ...]
    words: tuple[Word, ...]
    warnings: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()
    direction: str = ""
    behaviour: str = "listening"
    consent: Consent = UNKNOWN
    stressed: tuple[int, ...] = ()

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.wave) / self.rate


def save_speech(speech: Speech, out: Path) -> Path:
    """Write a speech folder whole. Raises LikenessError ``output_unwritable``."""

    def write(folder: Path) -> None:
        write_wave(folder / "speech.wav", speech.wave, speech.rate)
        write_json(
            folder / "speech.json",
            {
                "format": FORMATS["speech"],
                "text": speech.text,
                "language": speech.language,
                "voice": speech.voice,
                "rate": speech.rate,
                "duration": round(speech.duration, 6),
                "warnings": list(speech.warnings),
                "direction": speech.direction,
                "behaviour": speech.behaviour,
                "consent": speech.consent.as_dict(),
                "stressed": list(speech.stressed),
                "tags": [asdict(tag) for tag in speech.tags],
                "phones": [asdict(phone) for phone in speech.phones],
                "words": [asdict(word) for word in speech.words],
            },
        )

    return write_folder(out, write)


def load_speech(folder: Path) -> Speech:
    """Read a speech folder. Raises LikenessError ``file_missing``, ``file_damaged`` or ``too_new``."""
    folder = Path(folder)
    data = read_json(folder / "speech.json")
    wave, rate = _read_wave(folder / "speech.wav")
    try:
        data = bring_up("speech", data, folder.name)
        phones = tuple(_read_phone(phone) for phone in data["phones"])
        words = tuple(Word(**word) for word in data["words"])
        texts = (data["text"], data["language"], data["voice"])
        tags = tuple(Tag(**tag) for tag in data["tags"])
        warnings = tuple(data["warnings"])
        said = data["direction"], data["behaviour"]
        consent = make_consent(data["consent"])
        stressed = tuple(int(index) for index in data["stressed"])
        return Speech(*texts, rate, wave, phones, words, warnings, tags, *said, consent, stressed)
    except (KeyError, TypeError, ValueError) as error:
        raise LikenessError(
            "file_damaged",
            f"{folder / 'speech.json'} is no speech of this version: {error}.",
            "Speak the script again.",
        ) from error


def _read_phone(entry: dict[str, Any]) -> Phone:
    """A phone that was written by hand without its viseme gets the one it is known to show."""
    return Phone(**{**entry, "viseme": entry.get("viseme") or viseme_of(entry["phone"])})


def _read_wave(path: Path) -> tuple[np.ndarray, int]:
    if not path.is_file():
        raise LikenessError("file_missing", f"There is no file {path}.", "Speak the script again.")
    try:
        wave, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise LikenessError(
            "file_damaged", f"{path} cannot be read: {error.error_string}", "Speak the script again."
        ) from error
    return wave[:, 0] if wave.shape[1] == 1 else wave.mean(axis=1), rate
