# SPDX-License-Identifier: GPL-3.0-or-later
"""The consent of whoever speaks in a sample, spoken by themself."""

from __future__ import annotations

from pathlib import Path

from core.errors import LikenessError
from core.progress import Progress, silent, span
from core.pronunciation.words import spoken_words
from core.recording import recogniser
from core.recording.record import LEAST_FIT
from core.recording.sound import RATE
from core.script import parse_script
from core.voice.basis import LEAST_ALIKE, texts_of
from core.voice.identity import embed, likeness
from core.voice.sample import Sample, listen


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
