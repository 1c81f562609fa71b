# SPDX-License-Identifier: GPL-3.0-or-later
"""Voices that are services on the internet: whether they may be asked, and what is told when they do not answer."""

from __future__ import annotations

import os

from core.errors import LikenessError
from core.pronunciation.languages import find_language
from core.voice.provider import Voice

ALLOWED = "SPEAKING_LIKENESS_ONLINE"  # environment variable: 1 allows it for a whole process


def is_allowed(asked: bool) -> bool:
    """Whether the internet may be asked. asked: whether the person allows it for the work in hand."""
    return asked or os.environ.get(ALLOWED) == "1"


def require_allowed(voice: Voice, asked: bool) -> None:
    """Raise LikenessError ``online_not_allowed`` where an online voice must not be asked."""
    if voice.is_online and not is_allowed(asked):
        raise LikenessError(
            "online_not_allowed",
            f"The voice “{voice.id}” is a service on the internet that would get the script, and this is not allowed.",
            "Switch on Preferences > System > Allow Online Access in Blender, or --online on the command line"
            f"{_offer(voice)}.",
        )


def require_fetching(name: str, size: int, asked: bool) -> None:
    """Raise LikenessError ``online_not_allowed`` where ``size`` bytes would have to be fetched, and must not be."""
    if size and not is_allowed(asked):
        raise LikenessError(
            "online_not_allowed",
            f"{name} needs {size / 1e6:.0f} MB that are not on this computer, and fetching them is not allowed.",
            "Switch on Preferences > System > Allow Online Access in Blender, or --online on the command line; "
            "or fetch them once with: python -m core models fetch --all",
        )


def offline(voice: Voice, reason: str) -> LikenessError:
    """The failure ``voice_offline`` of an online voice, with the offer of another one."""
    return LikenessError(
        "voice_offline",
        f"The service that speaks as “{voice.id}” cannot be used: {reason}.",
        f"Try again when this computer is connected to the internet{_offer(voice)}.",
    )


def _offer(voice: Voice) -> str:
    from core.voice.catalogue import list_voices  # which has the online voices too

    language = find_language(voice.languages[0])
    near = [other for other in list_voices(language.code) if not other.is_online]
    best = next((other for other in near if not other.size), near[0] if near else None)
    return f", or choose “{best.id}”, which speaks {language.name} on this computer" if best else ""
