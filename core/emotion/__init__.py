# SPDX-License-Identifier: GPL-3.0-or-later
"""Emotion: what each sentence of a speech feels like, from its words and from the voice."""

from core.emotion.categories import CATEGORIES, Category
from core.emotion.feeling import Feeling, load_feelings
from core.emotion.read import read_feelings

__all__ = ["CATEGORIES", "Category", "Feeling", "load_feelings", "read_feelings"]
