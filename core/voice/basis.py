# SPDX-License-Identifier: GPL-3.0-or-later
"""What a voice profile needs of consent: its basis, and the sentence that the person says."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.consent import Consent
from core.errors import LikenessError

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


def require_basis(consent: Consent, is_recorded: bool, language: str) -> None:
    """That somebody says whose voice it is, on what basis, and that it is recorded where that is a person.

    Raises LikenessError ``consent_needed`` or ``consent_recording_needed``.
    """
    if not consent.basis or not (consent.speaker or consent.subject):
        raise LikenessError(
            "consent_needed",
            "A voice profile needs a consent record that says who speaks and on what basis.",
            'Write it as JSON: {"speaker": "...", "basis": "self", "date": "2026-11-26"}.',
        )
    if consent.basis != "synthetic" and not is_recorded:
        raise LikenessError(
            "consent_recording_needed",
            "The sample is of a person, whose spoken consent is missing.",
            f"Let them record this sentence, and give it with the sample: “{texts_of(language).consent}”",
        )
