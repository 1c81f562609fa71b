# SPDX-License-Identifier: GPL-3.0-or-later
"""What a text-to-speech engine has to offer so that ``speak`` can use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from core.script import Sentence
from core.speech import Phone


@dataclass(frozen=True)
class Utterance:
    """One sentence spoken, from its first sound to its last.

    wave: (N,) float32 mono at ``rate``; it may begin a little before the first phone and end after the last.
    phones: contiguous, in seconds of ``wave``; ``Phone.word`` is an index into ``Sentence.words``.
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
    """A text-to-speech engine. The same sentence, voice and speed give the same samples."""

    def voices(self) -> tuple[str, ...]:
        """Names of the voices that can speak now, without fetching anything."""
        ...

    def utter(self, sentence: Sentence, voice: str, speed: float) -> Utterance:
        """Speak one sentence; speed 1 is the voice's own pace, 2 twice as fast."""
        ...
