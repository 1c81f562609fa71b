# SPDX-License-Identifier: GPL-3.0-or-later
"""The Script and how plain text becomes one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from core.errors import LikenessError
from core.pronunciation.languages import Language, find_language
from core.script.characters import name_characters, readable
from core.script.emphasis import place_emphasis, take_emphasis
from core.script.foreign import Foreign, find_foreign, name_foreign
from core.script.limit import cut_long
from core.script.tags import Tag, blank_tags, place_tags, take_tags
from core.script.words import divide_words

# A sentence does not end at the full stop of these, nor at that of a single capital (J. K. Rowling).
_ABBREVIATIONS = {
    "en": frozenset(
        ("mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "rev", "hon", "gen", "col", "capt", "lt", "sgt", "vs",
         "etc", "approx", "dept", "fig", "no", "vol", "tel", "inc", "ltd", "co")
    ),
    "": frozenset(  # in all other languages
        ("bzw", "ca", "dr", "dra", "etc", "fr", "hr", "m", "mr", "mme", "nr", "núm", "op", "pág", "prof", "sig", "sr",
         "sra", "srta", "st", "str", "tel", "tél", "тел", "ud", "uds", "usw", "vgl", "им", "г", "ул", "т")
    ),
}  # fmt: skip
_CLOSING = "\"”’')\\]»」』》〉】）"
_ENDS = "。！？।॥።፧։۔؟"  # no space needs to follow
_SENTENCE_END = re.compile(
    rf"(?<=[.!?…])[{_CLOSING}]*(?: »)?\s+(?=\S)|(?<=[{_ENDS}])[{_CLOSING}]*\s*(?=[^\s.!?…{_ENDS}{_CLOSING}])"
)
_GREEK_END = re.compile(rf"(?<=;)[{_CLOSING}]*\s+(?=\S)|{_SENTENCE_END.pattern}")
_PARAGRAPH = re.compile(r"\n\s*\n")


@dataclass(frozen=True)
class Sentence:
    """One sentence; ``words`` are its pieces as written, punctuation included, see `divide_words`."""

    text: str
    ends_paragraph: bool
    language: str = "en"

    @property
    def words(self) -> tuple[str, ...]:
        return divide_words(self.text, self.language)


@dataclass(frozen=True)
class Script:
    """What is to be said.

    text: the whole text with single spaces, without characters that nobody can speak.
    language: BCP 47 code, as `find_language` has it.
    warnings: sentences for the person, such as which characters were left out.
    tags: directions that stand in brackets among the words; nobody says them.
    stressed: indices of the words that stand out, since they stand between asterisks.
    """

    text: str
    language: str
    sentences: tuple[Sentence, ...]
    warnings: tuple[str, ...]
    tags: tuple[Tag, ...] = ()
    stressed: tuple[int, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """Of all sentences."""
        return tuple(word for sentence in self.sentences for word in sentence.words)


def parse_script(text: str, language: str = "en") -> Script:
    """Check a text and divide it into sentences.

    language: BCP 47 code. What stands in square brackets is a direction, see `take_tags`; what stands between asterisks
    stands out, see `take_emphasis`. Left out, with warnings, are emoji and other signs that are not spoken, letters of
    other writing systems, and what is too long, see `cut_long`.

    Raises LikenessError ``language_unknown``, ``script_empty`` and ``script_unspeakable`` (most letters are of other
    writing systems, which it names).
    """
    spoken = find_language(language)
    written, too_long = cut_long(text, _SENTENCE_END)
    marked = take_emphasis(written, spoken.writing, spoken.is_spaced)
    tagged = take_tags(marked.text, spoken.writing, spoken.is_spaced)
    text, dropped, unspeakable = readable(tagged.text, spoken.writing)
    foreign = find_foreign(blank_tags(written), spoken.writing) if unspeakable else ()
    if _letters(foreign) > sum(map(str.isalnum, text)):
        raise _unspeakable(spoken, unspeakable)
    sentences = tuple(
        Sentence(sentence, index == len(parts) - 1, spoken.code)
        for parts in (_split_sentences(part, spoken.code) for part in _PARAGRAPH.split(text))
        for index, sentence in enumerate(parts)
    )
    if not sentences:
        raise LikenessError(
            "script_empty", "The script has no words to say.", "Write at least one word, for example: Hello."
        )
    left_out = name_foreign(foreign, written, _voice(spoken))
    warnings = (*too_long, *tagged.warnings, *marked.warnings, *left_out)
    if dropped:
        warnings = (*warnings, f"The voice leaves out {name_characters(dropped)}.")
    gap = " " if spoken.is_spaced else ""
    script = Script(gap.join(sentence.text for sentence in sentences), spoken.code, sentences, warnings)
    words = script.words
    return replace(script, tags=place_tags(tagged, words), stressed=place_emphasis(marked.spans, words))


def _letters(pieces: tuple[Foreign, ...]) -> int:
    return sum(character.isalnum() for piece in pieces for character in piece.text)


def _voice(language: Language) -> str:
    return f"{'An' if language.name[0] in 'AEIO' else 'A'} {language.name} voice"


def _unspeakable(language: Language, letters: list[str]) -> LikenessError:
    hint = "Write these words in the Latin alphabet, or leave them out; a recording may be in another language."
    if language.code != "en":
        hint = "Choose the language that the script is in, or write these words in its letters."
    return LikenessError(
        "script_unspeakable", f"{_voice(language)} cannot say {name_characters(letters)}.", hint
    )


def _split_sentences(paragraph: str, language: str) -> list[str]:
    """Sentences of a paragraph, single-spaced; a sentence without a letter or digit joins the one before."""
    paragraph = " ".join(paragraph.split())
    sentences: list[str] = []
    start = 0
    pattern = _GREEK_END if language == "el" else _SENTENCE_END
    for end in [match.end() for match in pattern.finditer(paragraph)] + [len(paragraph)]:
        sentence = paragraph[start:end].strip()
        if not sentence or (end < len(paragraph) and not _ends(sentence, paragraph[end], language)):
            continue
        start = end
        if any(character.isalnum() for character in sentence):
            sentences.append(sentence)
        elif sentences:
            sentences[-1] += " " + sentence
    return sentences


def _ends(sentence: str, following: str, language: str) -> bool:
    """Whether ``sentence`` really ends before the character ``following``."""
    if following.islower():
        return False
    if not sentence.endswith("."):
        return True
    last = sentence.rsplit(None, 1)[-1].strip("(\"“'‘").rstrip(".")
    is_initial = len(last) == 1 and last.isupper() and last != "I"
    is_ordinal = language != "en" and last.isdigit() and len(last) < 3  # "3. Mai"; at worst two sentences are one
    return not (is_initial or is_ordinal or last.lower() in _ABBREVIATIONS.get(language, _ABBREVIATIONS[""]))
