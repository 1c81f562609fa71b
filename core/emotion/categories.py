# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of emotions, categories.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Category:
    """valence, arousal: -1..1 at full strength. moves: slider of core/direction -> how far, at full strength."""

    valence: float
    arousal: float
    moves: Mapping[str, float]


with (Path(__file__).with_name("categories.toml")).open("rb") as _file:
    CATEGORIES: Mapping[str, Category] = {name: Category(**row) for name, row in tomllib.load(_file).items()}
NEUTRAL = "neutral"
