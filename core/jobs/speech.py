# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs that make speeches."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.jobs.performance import read_direction
from core.progress import Progress

if TYPE_CHECKING:
    from core.speech import Speech


def speak(
    progress: Progress,
    script: str,
    out: Path,
    language: str,
    direction: str,
    moves: str | None,
    pronunciations: Path | None,
    **choices: Any,
) -> dict[str, Any]:
    """Script to Speech. direction: how it is said, in plain words; moves: sliders instead, as ``perform`` has them."""
    from core.pronunciation.own import read_own
    from core.script import parse_script
    from core.voice import speak

    begin = time.monotonic()
    parsed = parse_script(script, language)
    asked = read_direction(direction, moves, parsed)
    own = read_own(pronunciations) if pronunciations is not None else {}
    speech = speak(parsed, out, progress=progress, direction=asked, own=own, **choices)
    return _spoken(speech, out, begin)


def record(
    progress: Progress,
    sound: Path,
    out: Path,
    script: str | None,
    language: str,
    pronunciations: Path | None,
    direction: str,
    consent: str | None,
    trim: bool,
) -> dict[str, Any]:
    """Recording to Speech. consent: of who speaks, as `build_avatar` has it. trim: shorten silence at its ends."""
    from core.consent import parse_consent
    from core.pronunciation.own import read_own
    from core.recording import record
    from core.script import parse_script

    begin = time.monotonic()
    said = parse_script(script, language) if script is not None else None
    own = read_own(pronunciations) if pronunciations is not None else {}
    agreed = parse_consent(consent or "")
    speech = record(sound, out, said, progress, language, own, direction, agreed, trim)
    return _spoken(speech, out, begin)


def keep_silent(progress: Progress, out: Path, seconds: float, behaviour: str, direction: str) -> dict[str, Any]:
    """Seconds to a Speech in which nothing is said, for a listener or somebody who waits."""
    from core.speech.silence import keep_silent

    begin = time.monotonic()
    return _spoken(keep_silent(seconds, out, behaviour, direction), out, begin)


def write_captions(progress: Progress, speech: Path, out: Path) -> dict[str, Any]:
    """A speech's words as a file of captions."""
    from core.captions import make_captions, write_captions
    from core.speech import load_speech

    captions = make_captions(load_speech(speech))
    return {"captions": str(write_captions(captions, out)), "count": len(captions)}


def _spoken(speech: Speech, out: Path, begin: float) -> dict[str, Any]:
    return {
        "speech": str(out),
        "duration": float(speech.duration),
        "warnings": list(speech.warnings),
        "seconds": time.monotonic() - begin,
    }
