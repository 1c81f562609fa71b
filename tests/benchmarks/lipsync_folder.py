# SPDX-License-Identifier: GPL-3.0-or-later
"""The recordings of a folder, played as the product plays them: recorded, performed, and looked at.

A folder holds ``x.flac`` or ``x.wav``, and beside it what there is of ``x.txt`` (what is said), ``x.language`` (its
code), ``x.phones.tsv`` (sounds that somebody marked), ``x.lips.tsv`` (what a camera saw) and ``x.words.tsv``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np
from lipsync_figure import draw
from lipsync_tracks import lip_curve, whole_sounds, write_curve, write_rows

from core.avatar.store import Avatar
from core.errors import LikenessError
from core.performance import perform
from core.recording import record
from core.review.lips import LipCurve, class_of, closures, contact
from core.script import Script, parse_script
from core.speech import Speech
from core.speech.lip_track import hear_lips

PHONES, LIPS = ".phones.tsv", ".lips.tsv"


class Text(Enum):
    """What is done with the texts of a folder."""

    READ = "text"
    WITHHELD = "no text"  # there are some
    NONE = "no text, none there"


@dataclass(frozen=True)
class Folder:
    """path: recordings. language: of those that do not say theirs."""

    path: Path
    text: Text
    language: str = "en"

    @property
    def name(self) -> str:
        return f"{self.path.name}, {'text' if self.text is Text.READ else 'no text'}"

    @property
    def sounds(self) -> list[Path]:
        return sorted([*self.path.glob("*.flac"), *self.path.glob("*.wav")])

    def has(self, suffix: str) -> bool:
        return any(self.path.glob(f"*{suffix}"))


@dataclass(frozen=True)
class Played:
    """Over all recordings of a folder. sealed: one flag for each p b m that was heard, whether the lips meet.
    confidence: one for each phone. failed: what could not be read, and why."""

    seconds: float
    sealed: list[bool]
    confidence: list[float]
    failed: dict[str, str]
    warned: dict[str, Sequence[str]]


def find_folder(path: Path, with_text: bool, language: str = "en") -> Folder:
    """A folder, and which kind it is of."""
    there = any(sound.with_suffix(".txt").is_file() for sound in Folder(path, Text.NONE).sounds)
    return Folder(path, (Text.READ if with_text else Text.WITHHELD) if there else Text.NONE, language)


def play(folder: Folder, avatar: Avatar, out: Path, with_figures: bool) -> Played:
    """Write ``x.tsv``, ``x.open.tsv`` and ``x.png`` of every recording into ``out``."""
    out.mkdir(parents=True, exist_ok=True)
    seconds, sealed, confidence = 0.0, list[bool](), list[float]()
    failed: dict[str, str] = {}
    warned: dict[str, Sequence[str]] = {}
    for sound in folder.sounds:
        try:
            speech = _record(sound, folder)
        except LikenessError as error:
            failed[sound.name] = error.message
            continue
        curve = lip_curve(avatar, perform(speech, heard=hear_lips(speech.wave, speech.rate)))
        _write(speech, curve, out / sound.stem)
        if with_figures:
            draw(speech, curve, sound, out / f"{sound.stem}.png")
        seconds += speech.duration
        sealed += [contact(curve, phone) is not None for phone in closures(speech.phones)]
        confidence += [phone.confidence for phone in speech.phones if phone.phone]
        if speech.warnings:
            warned[sound.name] = speech.warnings
    return Played(seconds, sealed, confidence, failed, warned)


def _record(sound: Path, folder: Folder) -> Speech:
    script = _script(sound, folder)
    with tempfile.TemporaryDirectory() as name:
        return record(sound, Path(name, "x.speech"), script, language=_language(sound, folder))


def _script(sound: Path, folder: Folder) -> Script | None:
    path = sound.with_suffix(".txt")
    if folder.text is not Text.READ or not path.is_file():
        return None
    text = path.read_text(encoding="utf-8").replace("*", " ")  # a star marks a pause in auseng_dev
    return parse_script(text, _language(sound, folder))


def _language(sound: Path, folder: Folder) -> str:
    own = sound.with_suffix(".language")
    return own.read_text(encoding="utf-8").strip() if own.is_file() else folder.language


def _write(speech: Speech, curve: LipCurve, stem: Path) -> None:
    sounds = whole_sounds(speech.phones)
    write_rows(((one.start, one.end, class_of(one.phone)) for one in sounds), stem.parent / f"{stem.name}.tsv")
    write_curve(curve, stem.parent / f"{stem.name}.open.tsv")


def mean(values: Sequence[float]) -> float:
    """Of none: not a number."""
    return float(np.mean(values)) if values else float("nan")
