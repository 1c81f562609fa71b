# SPDX-License-Identifier: GPL-3.0-or-later
"""What sentences feel like by their words: English by a model of meaning, other languages by a lexicon.

The model is one of core/meaning (weights, training and figures: addon_models/meaning).
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter1d

from core.emotion.categories import CATEGORIES, NEUTRAL
from core.meaning import load_classes, odds

NAMES = tuple(CATEGORIES)
# Of the sentence, of it with its neighbours, of what is around, which fades over so many sentences, and of the whole.
# Of passages that the model had not seen 0.71 of the sentences are read right so, 0.45 each on its own.
_SHARES, _SURROUNDINGS = (0.15, 0.25, 0.3, 0.3), 2.0
# A sentence that says it plainly counts for more: probability from and to which its share grows, and by how much.
_PLAIN, _MORE = (0.55, 0.75), 0.6
_EXCLAIMED = {"enthusiasm": 0.5, "joy": 0.25, "anger": 0.25, "surprise": 0.25}  # nats that an exclamation mark adds
_PRIOR = 1.6  # nats by which nothing in particular is likelier than any feeling, where a lexicon reads
_WORD = 1.7  # nats of a word of the lexicon


def read_sentences(sentences: Sequence[str], language: str) -> np.ndarray:
    """(N, 11) probabilities of `CATEGORIES` in their order, of the sentences of one text.

    A sentence is read on its own, together with its neighbours, within its surroundings and within the whole: most
    tell their feeling only there. Sentences in capitals are read as if written small.

    Raises LikenessError as core.meaning does.
    """
    if not sentences:
        return np.zeros((0, len(NAMES)))
    plain = [sentence.lower() if sentence.isupper() else sentence for sentence in sentences]
    read = _by_meaning if language == "en" else partial(_by_words, language=language)
    near = read([" ".join(plain[max(at - 1, 0) : at + 2]) for at in range(len(plain))])
    own, neighbours, surroundings, whole = _SHARES
    around = gaussian_filter1d(near, _SURROUNDINGS, axis=0, mode="nearest", truncate=3.0)
    alone = read(plain)
    more = _MORE * np.interp(odds(alone).max(axis=1), _PLAIN, (0.0, 1.0))[:, None]
    context = neighbours * near + surroundings * around + whole * near.mean(axis=0)
    logits = (own + more) * alone + (1.0 - more / (1.0 - own)) * context
    for row, sentence in zip(logits, plain, strict=True):
        if "!" in sentence or "！" in sentence or "¡" in sentence:
            for name, nats in _EXCLAIMED.items():
                row[NAMES.index(name)] += nats
    return odds(logits)


def _by_meaning(texts: Sequence[str]) -> np.ndarray:
    classes = load_classes("feelings")
    return classes.logits(texts)[:, [classes.names.index(name) for name in NAMES]]


def _by_words(sentences: Sequence[str], language: str) -> np.ndarray:
    """Counts of the lexicon's words; nothing in particular where there is no lexicon or no word of it."""
    logits = np.zeros((len(sentences), len(NAMES)))
    logits[:, NAMES.index(NEUTRAL)] = _PRIOR
    table = _lexicon().get(language, {})
    for row, sentence in zip(logits, sentences, strict=True):
        for name, stems in table.items():
            found = sum(_holds(sentence.lower(), stem, language) for stem in stems)
            row[NAMES.index(name)] += _WORD * found**0.5
    return logits


def _holds(sentence: str, stem: str, language: str) -> bool:
    if language in ("zh", "ja"):
        return stem in sentence
    return any(sentence.startswith(stem, at) for at in _beginnings(sentence))


def _beginnings(sentence: str) -> list[int]:
    """Where words begin."""
    return [at for at in range(len(sentence)) if sentence[at].isalnum() and (at == 0 or not sentence[at - 1].isalnum())]


@cache
def _lexicon() -> dict[str, dict[str, list[str]]]:
    with Path(__file__).with_name("lexicon.toml").open("rb") as file:
        return tomllib.load(file)
