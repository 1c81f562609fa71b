# SPDX-License-Identifier: GPL-3.0-or-later
"""What a text-to-speech engine has to offer so that ``speak`` can use it.

A package of somebody else adds a provider by an entry point of the group `GROUP`, which names a class or function that
makes it; see catalogue.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from core.consent import UNKNOWN, Consent
from core.progress import Progress
from core.speech import Phone
from core.voice.line import Line

GROUP = "speaking_likeness.voices"


@dataclass(frozen=True)
class Voice:
    """One voice.

    id: what ``speak`` is asked for; of all voices but hibari's ``PROVIDER:NAME``. languages: codes of the table in
    core/pronunciation/languages.py, the voice's own first. sex: ``female``, ``male`` or ``""``. size: bytes that are
    fetched before it speaks for the first time; 0 where nothing is missing. is_online: the script is sent to a service.
    is_slow: a sentence takes so long that it is kept when a later one fails. styles: what `Delivery.style` may be.
    consent: of the person whose voice it resembles; a synthetic voice has none. version: differs where a voice of the
    same id is another one, as one that is made anew.
    """

    id: str
    name: str
    languages: tuple[str, ...]
    sex: str
    provider: str
    licence: str
    size: int = 0
    is_online: bool = False
    styles: tuple[str, ...] = ()
    about: str = ""
    consent: Consent = UNKNOWN
    is_slow: bool = False
    version: str = ""


@dataclass(frozen=True)
class Delivery:
    """How a line is said. speed, pitch: factors of the voice's own. style: of `Voice.styles`, or ``""``."""

    speed: float = 1.0
    pitch: float = 1.0
    style: str = ""


@dataclass(frozen=True)
class Utterance:
    """One line spoken, from its first sound to its last.

    wave: (N,) float32 mono at ``rate``; it may begin a little before the first phone and end after the last.
    phones: contiguous, in seconds of ``wave``; ``Phone.word`` is an index into ``Line.words``.
    No phones: the voice had nothing to say for these words.
    """

    wave: np.ndarray
    rate: int
    phones: tuple[Phone, ...]

    @property
    def seconds(self) -> float:
        """Length of the wave."""
        return len(self.wave) / self.rate


class VoiceProvider(Protocol):
    """A text-to-speech engine. The same line, voice and delivery give the same samples, unless it is online.

    name: the part of its voices' ids before the colon. reach: seconds by which its phone times may be off, within
    which they are moved to where they are heard; 0 where they are exact.
    """

    name: str
    reach: float

    def voices(self) -> tuple[Voice, ...]:
        """All voices that can be had, told without fetching anything."""
        ...

    def prepare(self, voice: Voice, progress: Progress) -> None:
        """Fetch what is missing for the voice to speak. Raises LikenessError as `core.models.fetch_models` does."""
        ...

    def utter(self, line: Line, voice: Voice, delivery: Delivery) -> Utterance:
        """Speak one line. Raises LikenessError where the engine fails."""
        ...


@runtime_checkable
class FindsVoices(Protocol):
    """What a provider may have besides: voices that it knows by their ids, but does not list."""

    def find(self, voice: str) -> Voice | None:
        """The voice of an id; None where it is none of its own. Raises LikenessError where it may not be used."""
        ...
