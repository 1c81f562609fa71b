# SPDX-License-Identifier: GPL-3.0-or-later
"""Meaning: sentences as points, near each other where they say the like, and what they are likely to say."""

from core.meaning.classes import Classes, load_classes, odds
from core.meaning.sentences import SIZE, embed

__all__ = ["SIZE", "Classes", "embed", "load_classes", "odds"]
