# SPDX-License-Identifier: GPL-3.0-or-later
"""Voices that profiles hold: of the folder that ``SPEAKING_LIKENESS_VOICES`` names, and any by its path."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from core.errors import LikenessError
from core.models import fetch_models, missing_bytes
from core.progress import Progress
from core.voice import kokoro
from core.voice.line import Line
from core.voice.manipulation import Shape, reshape
from core.voice.misaki import LANGUAGE_OF
from core.voice.profile import SUFFIX, VoiceProfile, load_profile
from core.voice.provider import Delivery, Utterance, Voice

_MODELS = ("kokoro",)  # its styles lie in the profile


class ProfileProvider:
    """VoiceProvider over voice profiles; ids are ``profile:NAME`` in the folder, else ``profile:PATH``."""

    name = "profile"
    reach = kokoro.REACH

    def voices(self) -> tuple[Voice, ...]:
        """Those of the folder; what cannot be read is left out."""
        found = []
        for path in _listed():
            try:
                found.append(self._voice(f"{self.name}:{path.stem}", _read(path)))
            except LikenessError:
                continue
        return tuple(found)

    def find(self, voice: str) -> Voice | None:
        """The voice of an id, listed or not; None of another provider. Raises LikenessError as `load_profile` does."""
        return self._voice(voice, _read(_path(voice))) if voice.startswith(f"{self.name}:") else None

    def prepare(self, voice: Voice, progress: Progress) -> None:
        """Fetch Kokoro's network where it is missing."""
        fetch_models(_MODELS, progress)

    def utter(self, line: Line, voice: Voice, delivery: Delivery) -> Utterance:
        profile = _read(_path(voice.id))
        letter = letter_of(line.language, profile)
        spoken = kokoro.speak_styles(line, profile.styles, letter, Delivery(delivery.speed, style=delivery.style))
        return reshape(spoken, Shape(delivery.pitch * profile.pitch_factor, profile.range_factor))

    def _voice(self, voice: str, profile: VoiceProfile) -> Voice:
        uses = profile.consent.uses
        speaks = LANGUAGE_OF.values() if not uses or "languages" in uses else ()
        languages = tuple(dict.fromkeys((profile.language, *speaks)))
        about = f"resembles {profile.consent.speaker or profile.consent.subject}"
        return Voice(
            voice,
            profile.name,
            languages,
            "",
            self.name,
            "Apache-2.0",
            missing_bytes(_MODELS),
            about=about,
            consent=profile.consent,
            version=profile.version,
        )


def tell_exchanged() -> list[str]:
    """Of the folder's profiles, those that are left out because somebody exchanged their consent."""
    told = []
    for path in _listed():
        try:
            _read(path)
        except LikenessError as error:
            told += [f"{path.name} is left out. {error.message}"] if error.code == "consent_swapped" else []
    return told


def letter_of(language: str, profile: VoiceProfile) -> str:
    """Kokoro's letter of a language: of English the accent that has more weight in the blend."""
    letters = [letter for letter, spoken in LANGUAGE_OF.items() if spoken == language]
    return max(letters, key=lambda letter: sum(w for name, w in profile.weights.items() if name[0] == letter))


def _listed() -> list[Path]:
    folder = os.environ.get("SPEAKING_LIKENESS_VOICES")
    return sorted(Path(folder).glob(f"*{SUFFIX}")) if folder else []


def _path(voice: str) -> Path:
    name = voice.partition(":")[2]
    folder = os.environ.get("SPEAKING_LIKENESS_VOICES")
    listed = Path(folder, f"{name}{SUFFIX}") if folder else Path(name)
    return listed if listed.is_dir() else Path(name)


def _read(path: Path) -> VoiceProfile:
    """The profile of a folder, read again only when it has changed."""
    path = path.resolve()
    table = path / "voice.json"
    return _remembered(path, table.stat().st_mtime_ns if table.is_file() else 0)


@lru_cache(16)
def _remembered(path: Path, changed: int) -> VoiceProfile:
    return load_profile(path)
