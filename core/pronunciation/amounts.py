# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers with what they count: money, percentages, units, ranges, fractions, signs before them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from core.pronunciation.forms import NUMBER, Form, Forms, Number, W, find_forms, read_number, say_number, say_quantity

# Signs of money -> ISO 4217.
_MONEY = {
    "$": "USD", "US$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY",
    "TL": "TRY", "₫": "VND", "₴": "UAH", "₪": "ILS", "₦": "NGN", "₱": "PHP", "R$": "BRL", "zł": "PLN", "Kč": "CZK",
}  # fmt: skip
_SIGN_OF = {"EUR": "€", "USD": "$", "GBP": "£", "US$": "$"}
_CODES = (
    "EUR", "USD", "GBP", "JPY", "CHF", "INR", "KRW", "CNY", "BRL", "PLN", "RUB", "TRY", "VND", "SEK", "NOK", "DKK",
    "KES",
)  # fmt: skip
_QUANTITY = rf"{NUMBER}(?:\s?[-–]\s?{NUMBER})?"
_MOST_DIGITS, _MOST_FIGURES = 15, 100  # of what is counted, and of what is read figure by figure
_ALONE, _END = rf"(?<!{W})(?<![.,/])(?<!{W}[+–-])", rf"(?!{W})"  # "-5 km" has a sign, "A-5 km" is a name
_UNITS = {
    "km/h": "speed-kilometer-per-hour", "км/ч": "speed-kilometer-per-hour", "km²": "area-square-kilometer",
    "m²": "area-square-meter", "m³": "volume-cubic-meter", "km": "length-kilometer", "cm": "length-centimeter",
    "mm": "length-millimeter", "m": "length-meter", "kg": "mass-kilogram", "mg": "mass-milligram", "g": "mass-gram",
    "ml": "volume-milliliter", "l": "volume-liter", "L": "volume-liter", "°C": "temperature-celsius",
    "°F": "temperature-fahrenheit", "°": "angle-degree", "GB": "digital-gigabyte", "MB": "digital-megabyte",
    "TB": "digital-terabyte", "kB": "digital-kilobyte", "kWh": "energy-kilowatt-hour", "kW": "power-kilowatt",
    "W": "power-watt", "MHz": "frequency-megahertz", "GHz": "frequency-gigahertz", "kHz": "frequency-kilohertz",
    "Hz": "frequency-hertz", "ha": "area-hectare", "min": "duration-minute", "км": "length-kilometer",
    "м": "length-meter", "см": "length-centimeter", "мм": "length-millimeter", "кг": "mass-kilogram",
    "كم": "length-kilometer", "كغ": "mass-kilogram", "किमी": "length-kilometer", "किग्रा": "mass-kilogram",
}  # fmt: skip
_FRACTIONS = {
    "1/2": "half", "½": "half", "1/3": "third", "1/4": "quarter", "¼": "quarter", "2/3": "two_thirds",
    "3/4": "three_quarters", "¾": "three_quarters",
}  # fmt: skip


def write_money(match: re.Match[str], forms: Forms) -> str | None:
    """An amount of money, its sign before or behind it: ``€5,30``, ``1,2 millones €``."""
    found = match.groupdict()
    sign = found["sign"]
    said, number = say_quantity(found["n"], forms)
    if len(number.whole) > _MOST_DIGITS:
        return None
    big = found.get("big") or ""
    if big:
        large = forms.rows.get("currency", {}).get(big)
        said = forms.join(said, forms.plural(large, number) if large else big)
        return forms.join(said, _of_big(big, sign, forms))
    name = _money(sign, number, forms)
    template = forms.word("amount")
    if len(number.fraction) != 2 or not template or "-" in found["n"]:
        return _count(said, name, forms)
    major, minor = Number(number.whole), int(number.fraction)
    name = _money(sign, major, forms)
    major_said = forms.word("one") if major == Number("1") and forms.word("one") else say_number(major, forms)
    return template.format(major=major_said, unit=name, minor=minor) if minor else _count(major_said, name, forms)


def write_english_money(match: re.Match[str], forms: Forms) -> str | None:
    """English money as hibari reads it: the sign first, a point before cents."""
    found = match.groupdict()
    sign = _SIGN_OF.get(found["sign"], found["sign"])
    if re.search(r"[-–]", found["n"]):
        return None
    number = read_number(found["n"], forms)
    plain = number.whole + (f".{number.fraction}" if number.fraction else "")
    big = f" {found['big']}" if found.get("big") else ""
    if sign in "$€£":
        return f"{sign}{plain}{big}"
    return f"{plain}{big} {_money(sign, Number('5') if big else number, forms)}"


def write_big(match: re.Match[str], forms: Forms) -> str | None:
    """A number before the abbreviation of million or the like: ``1,5 млн``."""
    said, number = say_quantity(match["n"], forms)
    if len(number.whole) > _MOST_DIGITS:
        return None
    return forms.join(said, forms.plural(forms.rows["currency"][match["u"]], number))


def write_percent(match: re.Match[str], forms: Forms) -> str | None:
    """A percentage."""
    template = forms.word("percent")
    if not template:
        return None
    said, number = say_quantity(match["n"] or match["m"], forms)
    said = say_number(number, forms) if said == forms.word("one") else said
    unit = forms.plural(forms.rows["currency"]["%"], number) if "{unit}" in template else ""
    return template.format(n=said, unit=unit)


def write_unit(match: re.Match[str], forms: Forms) -> str | None:
    """A measure."""
    said, number = say_quantity(match["n"], forms)
    if len(number.whole) > _MOST_DIGITS:
        return None
    own: Mapping[str, str] = forms.rows.get("units", {})
    if match["u"] in own:
        return forms.join(said, own[match["u"]])
    if forms.locale is None:
        return None
    from babel.numbers import format_decimal
    from babel.units import format_unit

    written = format_unit(number.value, _UNITS[match["u"]], "long", locale=forms.locale)
    figures = format_decimal(number.value, locale=forms.locale)
    text = written.replace("\u00a0", " ").replace("/", " ").replace(figures.replace("\u00a0", " "), said, 1)
    return text if forms.is_spaced else text.replace(" ", "")


def write_range(match: re.Match[str], forms: Forms) -> str | None:
    """From a smaller number to a larger one."""
    low, high = (read_number(match[name], forms) for name in ("a", "b"))
    template = forms.word("range")
    if not template or low.value >= high.value:
        return None
    return template.format(a=say_number(low, forms), b=say_number(high, forms))


def write_fraction(match: re.Match[str], forms: Forms) -> str | None:
    """A half, a third, a quarter, and so many of them."""
    said = forms.word(_FRACTIONS[match["f"]])
    if not said or not match["n"]:
        return said or None
    return forms.join(match["n"], forms.word("and"), said)


def write_and(match: re.Match[str], forms: Forms) -> str | None:
    """The sign & between words."""
    word = forms.word("and")
    return f" {word} " if word and forms.is_spaced else word or None


def write_sign(match: re.Match[str], forms: Forms) -> str | None:
    """# and - before a number."""
    word = forms.word("number" if match[0] == "#" else "minus")
    return f"{word} " if word and forms.is_spaced else word or None


def write_plain(match: re.Match[str], forms: Forms) -> str | None:
    """A number with marks between its digits, or one with very many."""
    written = match[0]
    if " " in written and not forms.has_wide_groups:
        return None
    number = read_number(written, forms)
    if len(number.whole) > _MOST_FIGURES:
        return None
    is_foreign = bool(number.fraction) and forms.decimal not in written
    if is_foreign and written.count(".") == 1 and "," not in written and forms.word("dot"):
        return forms.join(number.whole, forms.word("dot"), number.fraction)  # version 2.0
    said = say_number(number, forms)
    return said if said != written else None


@cache
def money_forms(language: str) -> tuple[Form, Form]:
    """Money with the sign before and behind it, and with the language's words for large numbers."""
    bigs = find_forms(language).words("bigs")
    big = rf"(?:\s?(?P<big>{_any(bigs)}){_END})?" if bigs else ""
    signs, codes = _any(_MONEY), _any(_CODES)
    before = rf"(?<!{W})(?P<sign>{signs}|(?:{codes})(?=\s?\d))\s?(?P<n>{_QUANTITY}){big}(?![.,]?\d)"
    behind = rf"{_ALONE}(?P<n>{_QUANTITY}){big}\s?(?P<sign>{signs}|{codes}){_END}"
    write = write_english_money if language == "en" else write_money
    return Form(re.compile(before), write), Form(re.compile(behind), write)


@cache
def big_forms(language: str) -> tuple[Form, ...]:
    """Numbers before abbreviations, where the language has forms of their words."""
    forms = find_forms(language)
    short = [big for big in forms.words("bigs") if big in forms.rows.get("currency", {})]
    text = rf"{_ALONE}(?P<n>{_QUANTITY})\s?(?P<u>{_any(short)}){_END}"
    return (Form(re.compile(text), write_big),) if short else ()


def _any(texts: Iterable[str]) -> str:
    """A pattern of any of the texts, the longest first."""
    return "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True))


def _of_big(big: str, sign: str, forms: Forms) -> str:
    """What stands behind a word such as million: ``de euros``."""
    name = _money(sign, Number("5"), forms)
    of = forms.word("of") if big != forms.words("bigs")[0] else ""
    if of and forms.word("elided") and name[:1] in "aeiouéh":
        return forms.word("elided") + name
    return forms.join(of, name)


def _money(sign: str, number: Number, forms: Forms) -> str:
    """The name of a currency behind a number."""
    code = _MONEY.get(sign, sign)
    own: Mapping[str, list[str]] = forms.rows.get("currency", {})
    alike = [sign, code, *(other for other, iso in _MONEY.items() if iso == code)]
    words = next((own[name] for name in alike if name in own), None)
    if words is not None:
        return forms.plural(words, number)
    from babel.numbers import get_currency_name

    name = get_currency_name(code, count=number.value, locale=forms.locale) if forms.locale is not None else ""
    return name or sign


def _count(said: str, name: str, forms: Forms) -> str:
    return forms.join(*((name, said) if forms.rows.get("noun_first") else (said, name)))


PERCENT = Form(
    re.compile(rf"{_ALONE}(?P<n>{_QUANTITY})\s?[%٪](?!{W})|(?<!{W})(?<![.,])[%٪]\s?(?P<m>{_QUANTITY})(?!{W}|%)"),
    write_percent,
)
UNIT = Form(re.compile(rf"{_ALONE}(?P<n>{_QUANTITY})\s?(?P<u>{_any(_UNITS)})(?!{W}|[²³/’'])"), write_unit)
RANGE = Form(
    re.compile(rf"{_ALONE}(?P<a>{NUMBER})(?:-|\s?–\s?)(?P<b>{NUMBER})(?!{W}|[/-]|[.,]\d)"), write_range
)
FRACTION = Form(
    re.compile(rf"{_ALONE}(?:(?P<n>\d+)\s?(?=[½¼¾]))?(?P<f>1/[234]|2/3|3/4|[½¼¾])(?!{W}|/|[.,]\d)"), write_fraction
)
AND = Form(re.compile(r"(?<=\s)&(?=\s)|(?<=\w)&(?=\w)"), write_and)
SIGN = Form(re.compile(rf"(?<!{W})(?<![#.,)-])[#-](?=\d)"), write_sign)
PLAIN = Form(
    re.compile(
        rf"(?<!{W})(?<![.,-])(?:\d{{1,3}}(?: \d{{3}})+(?:[.,]\d+)?|{NUMBER})(?!{W}|[.,]\d)"
    ),
    write_plain,
)
LONG = Form(re.compile(r"(?<![\w.,-])\d{11,100}(?![\w]|[.,]\d)"), write_plain)
