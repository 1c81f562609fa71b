# SPDX-License-Identifier: GPL-3.0-or-later
"""The consent of whoever speaks in a sample, spoken by themself."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.consent import Consent
from core.errors import LikenessError
from core.progress import Progress, silent, span
from core.pronunciation.words import spoken_words
from core.recording import recogniser
from core.recording.record import LEAST_FIT
from core.recording.sound import RATE
from core.script import parse_script
from core.voice.identity import embed, likeness
from core.voice.sample import Sample, listen

# Of the recorded consent to the sample. Measured: sentences of one talker against others of theirs at least .82
# (Kokoro) and .85 (people); of two people .53 to .56, of two of Kokoro's voices, which share a network, .48 to .80.
LEAST_ALIKE = 0.75


@dataclass(frozen=True)
class Texts:
    """What is said in a language when a profile is made, see profile_texts.toml."""

    consent: str
    search: tuple[str, ...]
    held_out: tuple[str, ...]


@cache
def _texts() -> Mapping[str, Texts]:
    with Path(__file__).with_name("profile_texts.toml").open("rb") as file:
        rows = tomllib.load(file)
    return {code: Texts(row["consent"], tuple(row["search"]), tuple(row["held_out"])) for code, row in rows.items()}


def texts_of(language: str) -> Texts:
    """The texts of a language. Raises LikenessError ``profile_language``."""
    if language not in _texts():
        raise LikenessError(
            "profile_language",
            f"A voice profile cannot be made in the language {language}.",
            f"Make it in one of these, whatever the sample is in: {', '.join(_texts())}.",
        )
    return _texts()[language]


def require_basis(consent: Consent, recording: Path | None, language: str) -> None:
    """That somebody says whose voice it is, on what basis, and that there is a recording of it where that is a person.

    Raises LikenessError ``consent_needed`` or ``consent_recording_needed``.
    """
    if not consent.basis or not (consent.speaker or consent.subject):
        raise LikenessError(
            "consent_needed",
            "A voice profile needs a consent record that says who speaks and on what basis.",
            'Write it as JSON: {"speaker": "...", "basis": "self", "date": "2026-11-26"}.',
        )
    if consent.basis != "synthetic" and recording is None:
        raise LikenessError(
            "consent_recording_needed",
            "The sample is of a person, whose spoken consent is missing.",
            f"Let them record this sentence, and give it with the sample: “{texts_of(language).consent}”",
        )


def hear_consent(recording: Path, language: str, sample: Sample, progress: Progress = silent) -> float:
    """How alike the voice that speaks the sentence of consent is to the sample's, 0..1.

    Raises LikenessError as `read_sound` does, ``consent_not_said`` and ``consent_another_voice``.
    """
    sentence = texts_of(language).consent
    wave, phones, hearing = listen(recording, span(progress, 0.0, 0.7))
    found = recogniser.align(hearing, phones, spoken_words(parse_script(sentence, language)), progress=silent)
    if found is None or found.fit < LEAST_FIT:
        raise LikenessError(
            "consent_not_said",
            f"In {Path(recording).name} the sentence of consent is not heard.",
            f"Let the person say: “{sentence}”",
        )
    alike = likeness(embed(wave, RATE), sample.identity)
    progress(1.0, "The consent is heard")
    if alike < LEAST_ALIKE:
        raise LikenessError(
            "consent_another_voice",
            f"The consent is spoken by another voice than the sample's (alike by {alike:.2f}, not {LEAST_ALIKE:g}).",
            "Let the person whose voice it is say it.",
        )
    return alike
