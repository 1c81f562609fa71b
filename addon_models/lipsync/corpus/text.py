# SPDX-License-Identifier: GPL-3.0-or-later
"""What the voices say: names of the Unicode CLDR in many languages, Bible verses in English, made-up words.

CLDR (Unicode licence, by way of the package babel) has some hundreds of words in each language, in its own
writing; the King James Version is in the public domain (Debian package bible-kjv-text). Made-up words hold
every sound of the inventory beside every kind of other, and the lips' closures more often than any text.
"""

from __future__ import annotations

import re
import subprocess
from functools import cache

import numpy as np

# Consonants and vowels of made-up words, the ones that faces show most written more often.
_ONSETS = (
    *"pbmpbmpbmfvfvtdnszlrkɡhjw", "ʃ", "ʒ", "tʃ", "dʒ", "θ", "ð", "ŋ", "x", "ɾ", "ɲ", "ts",
    "pl", "br", "pr", "bl", "mj", "fl", "fr", "kw", "st", "sp", "sm", "tr", "dr", "kl", "ɡr",
)  # fmt: skip
_VOWELS = (*"aeiouaeiouaa", "ɛ", "ɔ", "ɪ", "ʊ", "ə", "æ", "ɑ", "ʌ", "y", "ø", "œ", "ɒ", "ɯ")
_CODAS = ("", "", "", "", *"pbmfvtdnszlrk", "ʃ", "ŋ", "tʃ", "mp", "nt", "st", "lm")


@cache
def names(locale: str) -> tuple[str, ...]:
    """Words and short phrases of a language (CLDR's code); empty where CLDR has none of its own."""
    import babel

    try:
        data = babel.Locale.parse(locale.replace("-", "_"))
    except (babel.UnknownLocaleError, ValueError):
        return ()
    found: dict[str, None] = {}
    months = [form for width in data.months["format"].values() for form in width.values()]
    days = [form for width in data.days["format"].values() for form in width.values()]
    for text in [*data.territories.values(), *data.languages.values(), *data.currencies.values(), *months, *days]:
        text = re.sub(r"[\(\[（].*?[\)\]）]", " ", str(text)).strip()
        if (len(text) > 2 and not text.isascii()) or (text.isascii() and text.isalpha() is not None and len(text) > 3):
            found.setdefault(" ".join(text.split()))
    return tuple(found)


def phrase(locale: str, draw: np.random.Generator) -> str:
    """A list of names as a text: words with pauses, or run together as in a sentence; some numbers."""
    words = names(locale)
    if not words:
        return ""
    chosen = [words[i] for i in draw.integers(len(words), size=int(draw.integers(3, 9)))]
    if draw.random() < 0.3:
        chosen.insert(int(draw.integers(len(chosen))), str(draw.integers(10_000)))
    return ("", " ", ", ", ". ")[int(draw.choice([1, 1, 2, 3]))].join(chosen) + "."


@cache
def _verses() -> tuple[str, ...]:
    books = "genesis exodus ruth 1samuel esther job proverbs ecclesiastes jonah matthew mark luke john acts romans"
    lines: list[str] = []
    for book in books.split():
        for chapter in range(1, 30):
            made = subprocess.run(
                ["bible", "-f", f"{book}{chapter}:1-60"], capture_output=True, text=True, check=False
            ).stdout
            lines += [line.split(" ", 1)[1] for line in made.splitlines() if " " in line]
    return tuple(dict.fromkeys(line.strip() for line in lines if 20 < len(line) < 160))


def verse(draw: np.random.Generator) -> str:
    """A line of English."""
    lines = _verses()
    return lines[int(draw.integers(len(lines)))]


def made_up_words(draw: np.random.Generator, known: frozenset[str]) -> list[list[str]]:
    """A few words of one to three syllables, each a list of phones, of the phones that a voice knows."""

    def pick(choices: tuple[str, ...]) -> list[str]:
        while True:
            text = choices[int(draw.integers(len(choices)))]
            parts = [text] if text in known or not text else list(text)
            if all(part in known for part in parts if part):
                return [part for part in parts if part]

    words = []
    for _ in range(int(draw.integers(2, 7))):
        word: list[str] = []
        for _ in range(int(draw.integers(1, 4))):
            word += [*(pick(_ONSETS) if draw.random() < 0.9 else []), *pick(_VOWELS)]
        words.append(word + pick(_CODAS))
    return words
