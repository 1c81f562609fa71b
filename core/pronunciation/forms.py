# SPDX-License-Identifier: GPL-3.0-or-later
"""What a language has for written forms: its rows of written.toml, CLDR's names (babel), and how it reads numbers."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError

from core.pronunciation.languages import find_language

# A letter or digit but for those of Chinese, Japanese and Korean, which stand beside figures and Latin without a space.
W = r"[^\W\u1100-\u11ff\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af]"
NUMBER = (
    r"(?:\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d+)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d{1,3}(?:['’]\d{3})+(?:[.,]\d+)?"
    r"|\d+(?:[.,]\d+)?)(?![.,]?\d)"
)
_SPACES = (" ", "\u00a0", "\u202f")
_FEW_DIGITS = 10  # a longer number without marks between its digits is read digit by digit
# How many forms there are -> CLDR's name -> which of them, else the last.
_PLURALS: Mapping[int, Mapping[str, int]] = {1: {}, 2: {"one": 0}, 4: {"one": 0, "few": 1, "many": 2}}  


@dataclass(frozen=True)
class Number:
    """whole, fraction: digits; the fraction ``""`` where there is none."""

    whole: str
    fraction: str = ""

    @property
    def value(self) -> int | Decimal:
        """An int where it is one, since CLDR's plurals tell 1 from 1.0."""
        return Decimal(f"{self.whole}.{self.fraction}") if self.fraction else int(self.whole)


@dataclass(frozen=True)
class Forms:
    """A language's words for written forms.

    rows: of written.toml. locale: CLDR's, or None. decimal: its mark in numbers; has_wide_groups: whether thousands are
    parted by spaces.
    """

    language: str
    is_spaced: bool
    rows: Mapping[str, Any]
    locale: Locale | None
    decimal: str
    has_wide_groups: bool

    def word(self, name: str) -> str:
        """A row's text, ``""`` where the language has none."""
        return str(self.rows.get(name, ""))

    def words(self, name: str) -> Sequence[str]:
        """A row's list, empty where the language has none."""
        return self.rows.get(name, ())

    def join(self, *words: str) -> str:
        """Words one after the other, as the language writes them."""
        return (" " if self.is_spaced else "").join(word for word in words if word)

    def plural(self, words: Sequence[str], number: Number) -> str:
        """The one of a noun's forms that stands behind a number."""
        name = self.locale.plural_form(number.value) if self.locale is not None else "other"
        return words[_PLURALS.get(len(words), {}).get(str(name), len(words) - 1)]


@dataclass(frozen=True)
class Form:
    """A rule: what a written form looks like, and what is read for a match; None where it is none after all."""

    pattern: re.Pattern[str]
    write: Callable[[re.Match[str], Forms], str | None]


@cache
def find_forms(language: str) -> Forms:
    """The forms of a language of the table."""
    rows = {**_TABLE.get(language, {})}
    rows = {**_TABLE.get(rows.get("like", ""), {}), **rows}
    try:
        locale = Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        locale = None
    marks = locale.number_symbols.get("latn", {}) if locale is not None else {}
    is_spaced = find_language(language).is_spaced
    return Forms(language, is_spaced, rows, locale, marks.get("decimal", "."), marks.get("group") in _SPACES)


def kings() -> Sequence[str]:
    """Names of kings and popes."""
    return _TABLE["kings"]


def read_number(text: str, forms: Forms) -> Number:
    """Digits with the marks that part them. A lone one before three digits parts thousands, but the decimal mark."""
    plain = re.sub(r"[\s'’]", "", text)
    marks = re.findall(r"[.,]", plain)
    if not marks:
        return Number(plain)
    head, tail = re.split(r"[.,](?=\d+$)", plain, maxsplit=1)
    is_grouping = len(set(marks)) == 1 and (len(marks) > 1 or (marks[0] != forms.decimal and len(tail) == 3))
    whole = re.sub(r"[.,]", "", head)
    return Number(whole + tail) if is_grouping else Number(whole, tail)


def say_number(number: Number, forms: Forms) -> str:
    """A number in figures or words that the language's voice reads."""
    whole = number.whole if len(number.whole) <= _FEW_DIGITS else say_digits(number.whole, forms)
    if not number.fraction:
        return whole
    template = forms.word("decimal")
    if template:
        return template.format(i=whole, f=say_digits(number.fraction, forms))
    if forms.language == "ru" and len(number.whole + number.fraction) <= _FEW_DIGITS:
        from num2words import num2words

        return num2words(number.value, lang="ru")
    return f"{whole}{forms.decimal}{number.fraction}"


def say_digits(digits: str, forms: Forms) -> str:
    """Figure by figure."""
    words = forms.words("digits")
    return forms.join(*(words[int(digit)] if words else digit for digit in digits))


def say_quantity(text: str, forms: Forms) -> tuple[str, Number]:
    """``5``, ``1.200,5`` or ``10-20`` as it is read before a noun, and the number that decides on the noun's form."""
    parts = [read_number(part, forms) for part in re.split(r"\s?[-–]\s?", text)]
    if len(parts) == 2 and forms.word("range"):
        low, high = (say_number(part, forms) for part in parts)
        return forms.word("range").format(a=low, b=high), parts[1]
    said = [forms.word("one") if part == Number("1") else "" for part in parts]
    return forms.join(*(one or say_number(part, forms) for one, part in zip(said, parts, strict=True))), parts[-1]


def say_ordinal(number: int, forms: Forms, **kind: Any) -> str | None:
    """The first, second, third; None where nobody here knows. kind: of Russian ones, ``case`` and ``gender``."""
    from num2words import num2words

    try:
        return str(num2words(number, lang=forms.language.replace("-", "_"), to="ordinal", **kind))
    except (NotImplementedError, OverflowError):
        return None


def _read_table() -> dict[str, Any]:
    with Path(__file__).with_name("written.toml").open("rb") as file:
        return tomllib.load(file)


_TABLE = _read_table()
