# SPDX-License-Identifier: GPL-3.0-or-later
"""Which voices there are."""

from __future__ import annotations

import importlib.metadata
import logging
from collections.abc import Sequence
from functools import cache

from core.cloning.engines import ENGINES
from core.consent import UNKNOWN
from core.errors import LikenessError
from core.pronunciation.languages import find_language
from core.voice.cloned import ClonedProvider
from core.voice.edge import EdgeProvider
from core.voice.espeak import EspeakProvider
from core.voice.hibari import HibariProvider
from core.voice.kokoro import KokoroProvider
from core.voice.piper import PiperProvider
from core.voice.profile_provider import ProfileProvider
from core.voice.provider import GROUP, FindsVoices, Voice, VoiceProvider

AUTOMATIC = "auto"  # the best voice of the language that can speak at once
PROVIDERS: tuple[VoiceProvider, ...] = (  # the best first
    HibariProvider(),
    KokoroProvider(),
    PiperProvider(),
    EspeakProvider(),
    EdgeProvider(),
    *map(ClonedProvider, ENGINES.values()),
    ProfileProvider(),
)


def providers() -> tuple[VoiceProvider, ...]:
    """Ours, and those that other packages add."""
    return (*PROVIDERS, *_added())


def list_voices(language: str | None = None, online: bool = False) -> tuple[Voice, ...]:
    """All voices, or those that speak a language (BCP 47); the best first.

    online: services are asked what they have. Raises LikenessError ``language_unknown``, and then ``voice_offline``.
    """
    code = find_language(language).code if language is not None else None
    every = [voice for provider in providers() for voice in provider.voices()]
    if online:
        known = {voice.id for voice in every}
        every += [voice for voice in EdgeProvider().fetch_voices() if voice.id not in known]
    return tuple(voice for voice in every if code is None or code in voice.languages)


def find_voice(voice: str, language: str) -> tuple[VoiceProvider, Voice]:
    """The voice of an id, or the best one for `AUTOMATIC`, with its provider.

    Nobody's resemblance is chosen unasked.
    Raises LikenessError ``language_unknown``, ``voice_unknown``, ``voice_speaks_another`` where it cannot say the
    language, and what a provider's ``find`` raises.
    """
    spoken = find_language(language)
    candidates = list_voices(spoken.code)
    if voice == AUTOMATIC:
        ready = [one for one in candidates if not one.size and not one.is_online and one.consent == UNKNOWN]
        if not ready:
            raise _no_voice(spoken.name, candidates)
        found = ready[0]
    else:
        found = _named(voice)
        if found is None:
            known = _names(candidates or list_voices())
            raise LikenessError("voice_unknown", f"There is no voice “{voice}” here.", f"Choose one of these: {known}.")
    if spoken.code not in found.languages:
        speaks = find_language(found.languages[0]).name
        others = f"In {spoken.name} there are {_names(candidates)}." if candidates else "Use a recording instead."
        raise LikenessError(
            "voice_speaks_another",
            f"The voice “{found.id}” speaks {speaks}, and the script is in {spoken.name}.",
            others,
        )
    return next(provider for provider in providers() if provider.name == found.provider), found


def _named(voice: str) -> Voice | None:
    """The voice of an id, also one that its provider does not list."""
    listed = (one for one in list_voices() if one.id == voice)
    unlisted = (provider.find(voice) for provider in providers() if isinstance(provider, FindsVoices))
    return next(listed, None) or next(filter(None, unlisted), None)


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
            provider = entry.load()()
            provider.voices()
            added.append(provider)
        except Exception:  # whatever somebody else's code does, our voices speak
            logging.getLogger(__name__).exception("The voices of %s are left out.", entry.value)
    return tuple(added)
