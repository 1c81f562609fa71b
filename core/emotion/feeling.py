# SPDX-License-Identifier: GPL-3.0-or-later
"""One stretch of an emotion track."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.emotion.categories import CATEGORIES
from core.errors import LikenessError
from core.storage import read_json


@dataclass(frozen=True)
class Feeling:
    """What a sentence feels like, from start to end (seconds).

    category: of `CATEGORIES`. strength: 0..1, how much of it shows. valence, arousal: -1..1. confidence: 0..1, how
    sure the reading is. text: the sentence; empty where only the voice is known.
    """

    start: float
    end: float
    category: str
    strength: float
    valence: float
    arousal: float
    confidence: float
    text: str = ""


def load_feelings(path: Path) -> tuple[Feeling, ...]:
    """Feelings that a person has edited: a JSON list as in performance.json.

    Raises LikenessError ``file_missing`` or ``feelings_unreadable``.
    """
    try:
        feelings = tuple(Feeling(**entry) for entry in read_json(path))
        unknown = [feeling.category for feeling in feelings if feeling.category not in CATEGORIES]
        if unknown:
            raise ValueError(f"there is no feeling {unknown[0]}")
    except (TypeError, ValueError) as error:
        raise LikenessError(
            "feelings_unreadable",
            f"{path} is no list of feelings: {error}.",
            f"Each has start, end, category ({', '.join(CATEGORIES)}), strength, valence, arousal and confidence.",
        ) from error
    return tuple(sorted(feelings, key=lambda feeling: feeling.start))
