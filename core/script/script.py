# SPDX-License-Identifier: GPL-3.0-or-later
"""The Script and how plain text becomes one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.errors import LikenessError
from core.script.characters import name_characters, readable

MAX_WORDS = 5_000  # about half an hour of speech
MAX_CHARACTERS = 40_000  # for texts without spaces

# A sentence does not end at the full stop of these, nor at that of a single capital (J. K. Rowling).
_ABBREVIATIONS = frozenset(
    ("mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "rev", "hon", "gen", "col", "capt", "lt", "sgt", "vs",
     "etc", "approx", "dept", "fig", "no", "vol", "inc", "ltd", "co")
)  # fmt: skip
_SENTENCE_END = re.compile(r"""(?<=[.!?…])["”’')\]]*\s+(?=\S)""")
_PARAGRAPH = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class Sentence:
    """One sentence; ``words`` are its space-separated pieces as written, punctuation included."""

    text: str
    ends_paragraph: bool

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(self.text.split())


@dataclass(frozen=True)
class Script:
    """What is to be said.

    text: the whole text with single spaces, without characters that nobody can speak.
    language: BCP 47 code.
    warnings: sentences for the person, such as which characters were left out.
    """

    text: str
    language: str
    sentences: tuple[Sentence, ...]
    warnings: tuple[str, ...]


def parse_script(text: str) -> Script:
    """Check a text and divide it into sentences.

    Emoji and other signs that are not spoken are left out, with a warning. English only, so far.

    Raises LikenessError ``script_empty``, ``script_too_long`` (above MAX_WORDS words or MAX_CHARACTERS
    characters) and ``script_unspeakable`` (letters of other writing systems, which it names).
    """
    _refuse_long(text)
    text, dropped, unspeakable = readable(text)
    if unspeakable:
        raise LikenessError(
            "script_unspeakable",
            f"An English voice cannot say {name_characters(unspeakable)}.",
            "Write these words in the Latin alphabet, or leave them out.",
        )
    sentences = tuple(
        Sentence(sentence, index == len(parts) - 1)
        for parts in map(_split_sentences, _PARAGRAPH.split(text))
        for index, sentence in enumerate(parts)
    )
    if not sentences:
        raise LikenessError(
            "script_empty", "The script has no words to say.", "Write at least one word, for example: Hello."
        )
    warnings = ()
    if dropped:
        warnings = (f"The voice leaves out {name_characters(dropped)}.",)
    return Script(" ".join(sentence.text for sentence in sentences), "en", sentences, warnings)


def _refuse_long(text: str) -> None:
    """Before anything slow happens to the text."""
    words = len(text.split())
    if words <= MAX_WORDS and len(text) <= MAX_CHARACTERS:
        return
    size = f"{words:,} words" if words > MAX_WORDS else f"{len(text):,} characters"
    raise LikenessError(
        "script_too_long",
        f"The script has {size}, more than the {MAX_WORDS:,} words ({MAX_CHARACTERS:,} characters) "
        "of one performance.",
        "Divide it into several scripts.",
    )


def _split_sentences(paragraph: str) -> list[str]:
    """Sentences of a paragraph, single-spaced; a sentence without a letter or digit joins the one before."""
    paragraph = " ".join(paragraph.split())
    sentences: list[str] = []
    start = 0
    for end in [match.end() for match in _SENTENCE_END.finditer(paragraph)] + [len(paragraph)]:
        sentence = paragraph[start:end].strip()
        if not sentence or (end < len(paragraph) and not _ends(sentence, paragraph[end])):
            continue
        start = end
        if any(character.isalnum() for character in sentence):
            sentences.append(sentence)
        elif sentences:
            sentences[-1] += " " + sentence
    return sentences


def _ends(sentence: str, following: str) -> bool:
    """Whether ``sentence`` really ends before the character ``following``."""
    if following.islower():
        return False
    if not sentence.endswith("."):
        return True
    last = sentence.rsplit(None, 1)[-1].strip("(\"“'‘").rstrip(".")
    is_initial = len(last) == 1 and last.isupper() and last != "I"
    return not (is_initial or last.lower() in _ABBREVIATIONS)
