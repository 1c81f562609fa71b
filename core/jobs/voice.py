# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs about voices and how they say words."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.progress import Progress


def list_voices(progress: Progress, language: str | None, online: bool) -> dict[str, Any]:
    """The voices there are, or those of one language; the best first. online: also all that services have now."""
    from core.voice import list_voices
    from core.voice.profile_provider import tell_exchanged

    voices = [asdict(voice) for voice in list_voices(language, online)]
    return {"voices": voices, "warnings": tell_exchanged()}


def install_cloning(progress: Progress, engine: str) -> dict[str, Any]:
    """Set up the environment in which an engine clones voices."""
    from core.cloning.engines import ENGINES
    from core.cloning.environment import install

    begin = time.monotonic()
    return {"python": str(install(progress, ENGINES[engine])), "seconds": time.monotonic() - begin}


def tell_cloning(progress: Progress, engine: str) -> dict[str, Any]:
    """Whether an engine can clone voices, and how many gigabytes it takes to set that up."""
    from core.cloning.engines import ENGINES
    from core.cloning.environment import find_python

    row = ENGINES[engine]
    python = find_python(row)
    sizes = {"gigabytes_fetched": row.fetched, "gigabytes_on_disk": row.on_disk}
    summary = f"{row.title} runs on {python}" if python else f"{row.title} is not set up: {row.size}"
    return {"python": str(python) if python else None, **sizes, "summary": summary}


def pronounce(progress: Progress, script: str, language: str, pronunciations: Path | None) -> dict[str, Any]:
    """How the words of a text are said, for somebody who wants to change it."""
    from core.pronunciation.listing import list_words
    from core.pronunciation.own import read_own
    from core.script import parse_script

    own = read_own(pronunciations) if pronunciations is not None else {}
    listed = list_words(parse_script(script, language), own)
    return {
        "words": [
            {"text": word.text, "ipa": word.ipa, "known": word.is_known, "own": word.is_own} for word in listed
        ]
    }


def make_voice(
    progress: Progress,
    sample: Path,
    out: Path,
    language: str,
    consent: str,
    consent_recording: Path | None,
    name: str | None,
    online: bool,
) -> dict[str, Any]:
    """A sample to a voice profile. consent: a record as JSON, see core/consent.py."""
    from core.consent import parse_consent
    from core.voice.resemblance import make_profile

    begin = time.monotonic()
    profile = make_profile(sample, out, language, parse_consent(consent), progress, consent_recording, name, online)
    return {
        "profile": str(out),
        "voice": f"profile:{out}",
        "kept": profile.kept,
        "weights": dict(profile.weights),
        "likeness": dict(profile.likeness),
        "warnings": list(profile.warnings),
        "seconds": time.monotonic() - begin,
    }
