# SPDX-License-Identifier: GPL-3.0-or-later
"""How the feelings of a script's sentences change a synthetic voice; the table is moods.toml."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import numpy as np
from scipy.ndimage import convolve1d

from core.emotion.text import NAMES, read_sentences
from core.script import Script

# Likelihood of a feeling from which it is heard, and at which it is heard in full: what is guessed changes nothing.
_HEARD, _SURE = 0.45, 0.90
_CARRIED = (0.2, 0.6, 0.2)  # shares of the sentence before, of the sentence, and of the one after
_LEAST = 0.004  # nats; less is nothing, so that plain text is said as ever


@dataclass(frozen=True)
class Mood:
    """Factors: rate of the pace, pitch of the median, range of the semitones around it, pause after the sentence."""

    rate: float = 1.0
    pitch: float = 1.0
    range: float = 1.0
    pause: float = 1.0


PLAIN = Mood()


def _read() -> dict[str, tuple[float, ...]]:
    """Category -> nats of each field of `Mood`."""
    with Path(__file__).with_name("moods.toml").open("rb") as file:
        rows = {name: Mood(**row | {"pitch": 2 ** (row["pitch"] / 12)}) for name, row in tomllib.load(file).items()}
    return {name: tuple(map(math.log, astuple(mood))) for name, mood in rows.items()}


MOODS = _read()


def read_moods(script: Script) -> list[Mood]:
    """The mood of each sentence, by its words.

    Raises LikenessError as core.meaning does.
    """
    odds = read_sentences([sentence.text for sentence in script.sentences], script.language)
    return blend(odds)


def balanced(moods: Sequence[Mood]) -> list[Mood]:
    """The same moods, their rates around 1: where the length is given it rules, and only their differences stay."""
    mean = math.exp(sum(math.log(mood.rate) for mood in moods) / max(len(moods), 1))
    return [replace(mood, rate=mood.rate / mean) for mood in moods]


def blend(odds: np.ndarray) -> list[Mood]:
    """Moods of sentences in a row. odds: (N, 11) likelihoods of `CATEGORIES` in their order."""
    if not len(odds):
        return []
    table = np.array([MOODS.get(name, (0.0,) * 4) for name in NAMES])
    nats = np.clip((odds - _HEARD) / (_SURE - _HEARD), 0.0, 1.0) @ table
    nats = convolve1d(nats, _CARRIED, axis=0, mode="nearest")
    nats[np.abs(nats) < _LEAST] = 0.0
    return [Mood(*row) for row in np.exp(nats).tolist()]
