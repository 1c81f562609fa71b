# SPDX-License-Identifier: GPL-3.0-or-later
"""Capitals that are said letter by letter, words that are read as others, ordinals and Roman numerals."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from core.pronunciation.dates import german_ending, polish_case
from core.pronunciation.forms import Form, Forms, W, find_forms, kings, say_ordinal

_ACRONYM = re.compile(rf"(?<!{W})(?<![.'’-])[^\W\d_]{{2,5}}(?![\w'’]|\.\w)")
_RUSSIAN = re.compile(r"(?<![\w.,])(?P<n>\d{1,4})-(?P<end>й|ый|ой|я|ая|е|ое|го|ого|му|ому|м|ом)(?!\w)")
_RUSSIAN_ENDS = {
    "й": ("nominative", "m"), "ый": ("nominative", "m"), "ой": ("nominative", "m"), "я": ("nominative", "f"),
    "ая": ("nominative", "f"), "е": ("nominative", "n"), "ое": ("nominative", "n"), "го": ("genitive", "m"),
    "ого": ("genitive", "m"), "му": ("dative", "m"), "ому": ("dative", "m"), "м": ("prepositional", "m"),
    "ом": ("prepositional", "m"),
}  # fmt: skip
# Language -> endings of figures that make ordinals of them; a full stop only where a word follows.
_MARKS = {
    "fr": "ière|ère|re|er|ième|ème|e|nde|nd", "nl": "ste|de|e", "es": "er|ro|do|to|mo|vo|no|ra|da|ta|ma|va|na",
    "de": r"\.(?=\s(?!(?:Er|Sie|Es|Wir|Ich|Ihr|Du|Dann|Da|Das|Die|Der|Und|Aber|Am|Im|In|Jetzt|So|Nun|Was|Wer)\b)\w)",
    "tr": r"\.(?=\s[^\W\d_])",
}  # fmt: skip
_FEMININE = frozenset(("ère", "ière", "re", "ra", "da", "ta", "ma", "va", "na", "nde"))
_ROMAN = r"(?=[IVX])X{0,3}(?:IX|IV|V?I{0,3})"
_VALUES = {"I": 1, "V": 5, "X": 10}
# Behind the Roman numeral of a century: its word, as the language writes it -> how the ordinal ends instead.
_CENTURIES = {"it": "secolo", "pl": "wiek|wieku", "ru": "век|века|веке", "fr": "siècle"}
_CENTURY_CASES = {"век": "nominative", "века": "genitive", "веке": "prepositional"}
_ONLY_FIRST_TEN = frozenset(("es", "es-419", "pt-BR", "pt-PT"))  # Felipe segundo, Luis catorce


def write_acronym(match: re.Match[str], forms: Forms) -> str | None:
    """Capitals of the language's list, letter by letter; points between them make voices do so."""
    return ".".join(match[0]) if match[0] in forms.words("spelled") else None


def write_respelled(match: re.Match[str], forms: Forms) -> str | None:
    """A word of the language's list as another."""
    return forms.rows["respelled"][match[0]]


def write_ordinal(match: re.Match[str], forms: Forms) -> str | None:
    """Figures with the ending of an ordinal."""
    mark, number = match["mark"], int(match["n"])
    said = say_ordinal(number, forms) if number else None
    if said is None:
        return None
    if forms.language == "de":
        return said + german_ending(match.string[: match.start()])
    if mark in _FEMININE:
        return "première" if said == "premier" else said[:-1] + "a" if said[-1] == "o" else said
    return said[:-1] if mark == "er" and said in ("primero", "tercero") else said


def write_russian_ordinal(match: re.Match[str], forms: Forms) -> str | None:
    """Figures with the ending of a Russian ordinal."""
    if forms.language != "ru" or not int(match["n"]):
        return None
    case, gender = _RUSSIAN_ENDS[match["end"]]
    return say_ordinal(int(match["n"]), forms, case=case, gender=gender)


def write_century(match: re.Match[str], forms: Forms) -> str | None:
    """The Roman numeral before the word for century."""
    number, word = _value(match["roman"]), match["word"]
    if forms.language == "ru":
        said = say_ordinal(number, forms, case=_CENTURY_CASES[word], gender="m")
    else:
        said = say_ordinal(number, forms)
    if said and word == "wieku":
        said = polish_case(said, match)
    return said and f"{said} {word}"


def write_king(match: re.Match[str], forms: Forms) -> str | None:
    """The Roman numeral behind the name of a king or pope."""
    number = _value(match["roman"])
    is_cardinal = (forms.language == "fr" and number > 1) or (forms.language in _ONLY_FIRST_TEN and number > 10)
    said = str(number) if is_cardinal else say_ordinal(number, forms)
    return said and f"{match['name']} {forms.word('ordinal').format(n=said)}"


@cache
def acronym_forms(language: str) -> tuple[Form, ...]:
    """The forms that a language has of these."""
    rows = find_forms(language).rows
    forms: list[Form] = []
    if rows.get("ordinal"):
        names = "|".join(kings())
        king = rf"(?<!\w)(?P<name>{names})\s(?P<roman>{_ROMAN})(?:er)?\b(?:\.(?=\s\w))?(?!\w)"
        forms.append(Form(re.compile(king), write_king))
    if language in _CENTURIES:
        words = _CENTURIES[language]
        forms.append(
            Form(re.compile(rf"(?<!\w)(?P<roman>{_ROMAN})(?:er|ème|e)?\s(?P<word>{words})(?!\w)"), write_century)
        )
    marks = _MARKS.get(language.partition("-")[0])
    if marks:
        forms.append(Form(re.compile(rf"(?<![\w.,/-])(?P<n>\d{{1,3}})(?P<mark>{marks})(?!\w)"), write_ordinal))
    if rows.get("respelled"):
        words = "|".join(re.escape(word) for word in sorted(rows["respelled"], key=len, reverse=True))
        forms.append(Form(re.compile(rf"(?<![\w-])(?:{words})(?![\w-])"), write_respelled))
    return (*forms, Form(_RUSSIAN, write_russian_ordinal), Form(_ACRONYM, write_acronym))


def is_shouted(words: Sequence[str], forms: Forms) -> bool:
    """Whether a text is written in capitals throughout, so that they say nothing about acronyms."""
    bare = ("".join(filter(str.isalpha, word)) for word in words)
    letters = [word for word in bare if len(word) > 1 and word not in forms.words("spelled")]
    return len(letters) > 1 and all(word.isupper() for word in letters)


def _value(roman: str) -> int:
    values = [_VALUES[letter] for letter in roman]
    return sum(-value if value < max(values[place:]) else value for place, value in enumerate(values))
