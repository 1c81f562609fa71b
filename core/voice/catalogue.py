# SPDX-License-Identifier: GPL-3.0-or-later
"""Which voices there are."""

from __future__ import annotations

import importlib.metadata
import logging
from collections.abc import Sequence
from functools import cache

from core.errors import LikenessError
from core.pronunciation.languages import find_language
from core.voice.hibari import HibariProvider
from core.voice.kokoro import KokoroProvider
from core.voice.piper import PiperProvider
from core.voice.profile_provider import ProfileProvider
from core.voice.provider import GROUP, Voice, VoiceProvider

AUTOMATIC = "auto"  # the best voice of the language that can speak at once
PROFILES = ProfileProvider()
# The best first.
PROVIDERS: tuple[VoiceProvider, ...] = (HibariProvider(), KokoroProvider(), PiperProvider(), PROFILES)


def providers() -> tuple[VoiceProvider, ...]:
    """Ours, and those that other packages add."""
    return (*PROVIDERS, *_added())


def list_voices(language: str | None = None) -> tuple[Voice, ...]:
    """All voices, or those that speak a language (BCP 47); the best first."""
    code = find_language(language).code if language is not None else None
    every = (voice for provider in providers() for voice in provider.voices())
    return tuple(voice for voice in every if code is None or code in voice.languages)


def find_voice(voice: str, language: str) -> tuple[VoiceProvider, Voice]:
    """The voice of an id, or the best one for `AUTOMATIC`, with its provider.

    A profile may also be one that is not listed, by its path; nobody's resemblance is chosen unasked.
    Raises LikenessError ``language_unknown``, ``voice_unknown``, ``voice_speaks_another`` where it cannot say the
    language, and as `load_profile` does.
    """
    spoken = find_language(language)
    candidates = list_voices(spoken.code)
    if voice == AUTOMATIC:
        ready = [one for one in candidates if not one.size and not one.is_online and one.provider != PROFILES.name]
        if not ready:
            raise _no_voice(spoken.name, candidates)
        found = ready[0]
    else:
        named = [one for one in list_voices() if one.id == voice]
        if not named and voice.startswith(f"{PROFILES.name}:"):
            named = [PROFILES.find(voice)]
        if not named:
            known = _names(candidates or list_voices())
            raise LikenessError("voice_unknown", f"There is no voice “{voice}” here.", f"Choose one of these: {known}.")
        found = named[0]
    if spoken.code not in found.languages:
        speaks = find_language(found.languages[0]).name
        others = f"In {spoken.name} there are {_names(candidates)}." if candidates else "Use a recording instead."
        raise LikenessError(
            "voice_speaks_another",
            f"The voice “{found.id}” speaks {speaks}, and the script is in {spoken.name}.",
            others,
        )
    return next(provider for provider in providers() if provider.name == found.provider), found


def _no_voice(language: str, candidates: Sequence[Voice]) -> LikenessError:
    hint = "Use a recording of the script."
    if candidates:
        hint = f"Choose one that is fetched first or speaks online: {_names(candidates)}."
    return LikenessError("voice_missing", f"No voice for {language} is on this computer.", hint)


def _names(voices: Sequence[Voice], shown: int = 8) -> str:
    names = ", ".join(voice.id for voice in voices[:shown])
    return names + (f" and {len(voices) - shown} more" if len(voices) > shown else "")


@cache
def _added() -> tuple[VoiceProvider, ...]:
    """Providers of other packages. One that fails is left out, with a line in the log."""
    added: list[VoiceProvider] = []
    for entry in importlib.metadata.entry_points(group=GROUP):
        try:
            added.append(entry.load()())
        except Exception:  # whatever somebody else's code does, our voices speak
            logging.getLogger(__name__).exception("The voices of %s are left out.", entry.value)
    return tuple(added)
