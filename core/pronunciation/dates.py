# SPDX-License-Identifier: GPL-3.0-or-later
"""Dates, years and times of day."""

from __future__ import annotations

import contextlib
import re
from datetime import date
from functools import cache

from core.pronunciation.forms import Form, Forms, W, say_ordinal

_EDGES = r"(?<![\w.,/-])", r"(?![\w/-]|\.\d)"
_DAY_FIRST = re.compile(
    r"(?P<d>\d{1,2})(?P<sign>[./-])(?P<m>\d{1,2})(?P=sign)(?P<y>\d{4}|\d{2})".join(_EDGES), re.ASCII
)
DAY_FIRST_POINTS = re.compile(r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})".join(_EDGES), re.ASCII)
_YEAR_FIRST = re.compile(
    r"(?P<y>\d{4})(?P<sign>[./-])(?P<m>\d{1,2})(?P=sign)(?P<d>\d{1,2})".join(_EDGES), re.ASCII
)
_ALONE = rf"(?<!{W})(?<![:.,])"
_TIME = re.compile(
    rf"{_ALONE}(?P<h>[01]?\d|2[0-4]):(?P<m>[0-5]\d)(?!:?\d|[.,]\d)"
    rf"(?:\s?(?P<clock>Uhr|uur|u|hrs|horas|heures|h|giờ|बजे|மணி)(?!{W}))?(?!{W})"
)
_HOUR = re.compile(rf"{_ALONE}(?P<h>[01]?\d|2[0-4])\s?h(?:\s?(?P<m>[0-5]\d))?(?!{W})")  # as in French and Portuguese
_GERMAN_DAY = re.compile(r"(?<![\w.,])(?P<d>\d{1,2})\.(?P<m>\d{1,2})(?:\.(?=\s\w)|(?=\.$))")
_POLISH_AT = frozenset(("o", "do", "od", "po", "przed", "około", "ok"))
_CLOCK = re.compile(rf"{_ALONE}(?P<h>[01]?\d|2[0-4])\.(?P<m>[0-5]\d)\s(?:Uhr|uur)(?!{W})")
_YEAR = re.compile(r"(?<![\w.,:/+-])1[1-9]\d\d(?![\w:/]|[.,-]\d)", re.ASCII)
_CHINESE_YEAR = re.compile(r"(?<!\d)\d{4}(?=年)")
_JAPANESE_DAY = re.compile(r"(?<!\d)(?P<d>[12]?\d|3[01])日(?!間|本)")
_JAPANESE_TIME = re.compile(r"(?<!\d)(?:(?P<h>[01]?\d|2[0-4])時(?!間)(?:(?P<m>[0-5]?\d)分)?|(?P<only>[0-5]?\d)分)")
_OBLIQUE = frozenset(
    ("am", "vom", "zum", "beim", "ab", "seit", "bis", "den", "dem", "des", "im", "einem", "einen", "diesem")
)
_DEFINITE = frozenset(("der", "die", "das", "diese", "jede"))
_LAST_WORD = re.compile(r"(\w+)\W+$")
_RUSSIAN_YEAR = re.compile(r"(?<![\w.,])(?P<y>[12]\d{3})\s(?P<case>года|году|год|г\.)(?!\w)")
_CASES = {"года": "genitive", "г.": "genitive", "году": "prepositional", "год": "nominative"}
_POLISH_YEAR = re.compile(r"(?<![\w.,])(?P<y>[12]\d{3})\s(?:roku|r\.)(?!\w)")


def write_date(match: re.Match[str], forms: Forms) -> str | None:
    """A date in figures: day, month and year, or the year first; day and month may stand the other way round."""
    template = forms.word("date")
    day, month, year = int(match["d"]), int(match["m"]), match["y"]
    if month > 12 >= day:
        day, month = month, day
    if not (1 <= month <= 12 and 1 <= day <= 31 and (template or forms.locale is not None)):
        return None
    year = (("19" if int(year) > 50 else "20") + year) if len(year) == 2 else year
    if not template:
        from babel.dates import format_date

        with contextlib.suppress(ValueError):  # no 31 June
            return format_date(date(int(year), month, day), "long", locale=forms.locale)
        return None
    said = template.format(d=_day(day, match, forms), m=_months(forms)[month - 1], y=say_year(year, forms))
    first, _, rest = said.partition(" ")
    return rest if _last_word(match).casefold() == first.casefold() else said  # "Ngày 3/5/2026" has its word already


def write_english_date(match: re.Match[str], forms: Forms) -> str | None:
    """A date with points in the order that English does not have, as hibari reads it."""
    day, month = int(match["d"]), int(match["m"])
    if month > 12 >= day:
        day, month = month, day
    return f"{day} {_months(forms)[month - 1]} {match['y']}" if 1 <= month <= 12 and 1 <= day <= 31 else None


def write_month(match: re.Match[str], forms: Forms) -> str | None:
    """A day before the name of its month: ``25 ноября 2026 года``, ``1er mai``."""
    day = int(match["d"])
    if not 1 <= day <= 31:
        return None
    end = (match["of"] or "") + (say_year(match["y"], forms) if match["y"] else "")
    return f"{_day(day, match, forms)}{match['gap']}{match['month']}{end}"


def write_time(match: re.Match[str], forms: Forms) -> str | None:
    """A time of day; the word behind it, as in ``10:30 Uhr``, is not said twice."""
    hour, minute = int(match["h"]), int(match["m"] or 0)
    hours, minutes = forms.words("hours"), forms.words("minutes")
    said_hour = hours[hour] if hours else str(hour)
    if forms.language == "pl" and _last_word(match).lower() in _POLISH_AT:
        said_hour = re.sub(r"a(?!\w)", "ej", said_hour)
    said = forms.word("time" if minute else "hour").format(h=said_hour, m=minutes[minute] if minutes else minute)
    return said or None


def write_hour(match: re.Match[str], forms: Forms) -> str | None:
    """A time with h, with or without minutes."""
    return write_time(match, forms) if forms.language in ("fr", "pt-BR", "pt-PT") or match["m"] else None


def write_german_day(match: re.Match[str], forms: Forms) -> str | None:
    """A day and month without a year, behind a word such as am, else it is version 2.1."""
    day, month = int(match["d"]), int(match["m"])
    is_told = _last_word(match).lower() in _OBLIQUE | _DEFINITE
    if forms.language != "de" or not (is_told and 1 <= day <= 31 and 1 <= month <= 12):
        return None
    return f"{_day(day, match, forms)} {_months(forms)[month - 1]}"


def write_year(match: re.Match[str], forms: Forms) -> str | None:
    """German years between 1100 and 1999, which count hundreds."""
    return say_year(match[0], forms) if forms.word("years") == "hundreds" else None


def write_chinese_year(match: re.Match[str], forms: Forms) -> str | None:
    """A year before 年, figure by figure."""
    return say_year(match[0], forms) if forms.word("years") == "digits" else None


def write_japanese_day(match: re.Match[str], forms: Forms) -> str | None:
    """A day before 日, which have names of their own up to ten."""
    day = int(match["d"])
    return forms.words("days")[day - 1] if forms.language == "ja" and day else None


def write_japanese_time(match: re.Match[str], forms: Forms) -> str | None:
    """Hours and minutes, whose words change with the number before them."""
    if forms.language != "ja":
        return None
    hours, minutes = forms.words("hours"), forms.words("minutes")
    if match["only"]:
        return minutes[int(match["only"])]
    return hours[int(match["h"])] + (minutes[int(match["m"])] if match["m"] else "")


def write_russian_year(match: re.Match[str], forms: Forms) -> str | None:
    """A year before год in the case that this word shows."""
    if forms.language != "ru":
        return None
    is_in = match["case"] == "г." and _last_word(match).lower() in ("в", "во")
    case = "году" if is_in else "года" if match["case"] == "г." else match["case"]
    said = say_ordinal(int(match["y"]), forms, case=_CASES[case], gender="m")
    return said and f"{said} {case}"


def write_polish_year(match: re.Match[str], forms: Forms) -> str | None:
    """A year before roku; behind w in another case."""
    if forms.language != "pl":
        return None
    return f"{polish_case(say_ordinal(int(match['y']), forms) or match['y'], match)} roku"


def say_year(year: str, forms: Forms) -> str:
    """The year of a date."""
    style = forms.word("years")
    if style == "digits":
        return "".join(forms.words("digits")[int(digit)] for digit in year)
    if style == "hundreds" and "1100" <= year <= "1999":
        from num2words import num2words

        return num2words(int(year), lang="de", to="year")
    if style == "genitive" and forms.language == "ru":
        return say_ordinal(int(year), forms, case="genitive", gender="m") or year
    if style == "genitive":
        return polish_case(say_ordinal(int(year), forms) or year)
    return year


def polish_case(ordinal: str, match: re.Match[str] | None = None) -> str:
    """A Polish ordinal in the genitive, or where the match stands behind w, in the locative."""
    is_in = match is not None and re.search(r"(?<!\w)we?\s$", match.string[: match.start()].lower()) is not None
    words = ordinal.split()
    stems = (word[:-1] if word.endswith("y") else word if word.endswith("i") else "" for word in words)
    ends = (("m" if word[-1] == "i" else "ym") if is_in else "ego" for word in words)
    return " ".join(stem + end if stem else word for word, stem, end in zip(words, stems, ends, strict=True))


def german_ending(before: str) -> str:
    """What an ordinal ends with behind the words before it: ``am dritten``, ``der dritte``, ``dritter Mai``."""
    last = _LAST_WORD.search(before[-40:])
    word = last[1].lower() if last else ""
    return "n" if word in _OBLIQUE else "" if word in _DEFINITE else "r"


@cache
def month_form(language: str) -> Form | None:
    """The form of a day before a month's name; None where the voice reads it well."""
    from core.pronunciation.forms import find_forms

    forms = find_forms(language)
    is_read_badly = bool(forms.words("days") or forms.word("first")) or language == "de"
    if forms.locale is None or not is_read_badly or not forms.is_spaced:
        return None
    names = "|".join(map(re.escape, _months(forms)))
    mark = r"\." if language == "de" else r"(?:er|º|°)?"
    pattern = (
        rf"(?<![\w.,])(?P<d>\d{{1,2}}){mark}(?P<gap>\s(?:de\s)?)(?P<month>{names})(?!\w)"
        r"(?:(?P<of>\s(?:de\s)?)(?P<y>[12]\d{3})(?!\w))?"
    )
    return Form(re.compile(pattern, re.IGNORECASE), write_month)


def _months(forms: Forms) -> list[str]:
    """The twelve, as they stand in a date."""
    own = forms.words("months")
    if own or forms.locale is None:
        return list(own)
    wide = forms.locale.months["format"]["wide"]
    if forms.language in ("zh", "yue", "ja"):
        return [f"{month}月" for month in range(1, 13)]
    return [wide[month] for month in range(1, 13)]


def _last_word(match: re.Match[str]) -> str:
    """The word before a match."""
    last = _LAST_WORD.search(match.string[max(match.start() - 40, 0) : match.start()])
    return last[1] if last else ""


def _day(day: int, match: re.Match[str], forms: Forms) -> str:
    days = forms.words("days")
    if days:
        return days[day - 1]
    if forms.language == "de":
        ordinal = say_ordinal(day, forms)
        return f"{ordinal}{german_ending(match.string[: match.start()])}"
    return forms.word("first") if day == 1 and forms.word("first") else str(day)


FORMS = (
    Form(_YEAR_FIRST, write_date),
    Form(_DAY_FIRST, write_date),
    Form(_CLOCK, write_time),
    Form(_TIME, write_time),
    Form(_HOUR, write_hour),
    Form(_GERMAN_DAY, write_german_day),
    Form(_RUSSIAN_YEAR, write_russian_year),
    Form(_POLISH_YEAR, write_polish_year),
    Form(_CHINESE_YEAR, write_chinese_year),
    Form(_JAPANESE_DAY, write_japanese_day),
    Form(_JAPANESE_TIME, write_japanese_time),
)
YEARS = Form(_YEAR, write_year)
