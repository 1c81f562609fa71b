# SPDX-License-Identifier: GPL-3.0-or-later
"""E-mail and web addresses, telephone numbers, and numbers with points such as those of versions."""

from __future__ import annotations

import re

from core.pronunciation.forms import Form, Forms, say_digits

_NAME = r"[A-Za-z0-9À-ɏ](?:[\w.+-]{0,62}[\w+])?"  # lengths as standards have them; none is needed without end
_HOST = r"(?:[A-Za-z0-9À-ɏ](?:[\w-]{0,61}\w)?\.){1,8}[A-Za-zÀ-ɏ]{2,24}"
_PATH = r"(?:/[\w.~%@+-]{0,80}[\w/]){0,20}/?"
_MAIL = re.compile(rf"(?<![\w.@-]){_NAME}@{_HOST}(?![\w@])", re.ASCII)
_WEB = re.compile(
    rf"(?<![\w@.])(?:(?:https?|ftp)://(?P<a>{_HOST}(?::\d+)?{_PATH})(?:[?#][^\s,;]*[\w/])?"
    rf"|(?P<b>www\.{_HOST}{_PATH})|(?P<c>{_HOST})(?P<d>{_PATH}))(?![\w@])",
    re.ASCII,
)
# Without www. or https:// only these make a name with a point an address, since "end.Start" is a missing space.
_DOMAINS = frozenset(
    ("com", "org", "net", "edu", "gov", "info", "io", "ai", "app", "dev", "eu", "uk", "de", "fr", "es", "it", "nl",
     "pl", "ru", "br", "pt", "jp", "cn", "kr", "in", "tr", "vn", "ke", "us", "ca", "mx", "ar", "ch", "at", "be",
     "se", "no")
)  # fmt: skip
_SIGNS = {"@": "at", ".": "dot", "/": "slash", "-": "dash", "_": "underscore", "+": "plus"}
_TELEPHONE = re.compile(
    r"(?<![\w.,/-])(?P<plus>\+\s?)?(?P<digits>\(?\d{1,5}\)?(?:[ /-]?\(?\d{1,5}\)?){1,7})"
    r"(?![\w%€$£¥₹]|[.,:/-]\d|\s?[%€$£¥₹])",
    re.ASCII,
)
_NEAR = 40  # characters before a number in which a word says that it is a telephone number
_BEFORE = re.compile(r"(\w+)[\s.:：]{0,3}(?:\b\w{1,3}\s)?$")
_POINTS = re.compile(r"(?<![\w.,-])\d{1,5}(?:\.\d{1,5}){2,5}(?![\w,-]|\.\d)")


def write_mail(match: re.Match[str], forms: Forms) -> str | None:
    """An e-mail address."""
    return _spell(match[0], forms)


def write_web(match: re.Match[str], forms: Forms) -> str | None:
    """A web address, without its scheme and what is asked of the page."""
    bare = match["c"]
    if bare and (bare.rpartition(".")[2].lower() not in _DOMAINS or not (match["d"] or bare.islower())):
        return None
    address = (match["a"] or match["b"] or match[0]).rstrip("/")
    if not (forms.word("www") and address.lower().startswith("www.")):
        return _spell(address, forms)
    rest = _spell(address[4:], forms)
    return rest and forms.join(forms.word("www"), forms.word("dot"), rest)


def write_telephone(match: re.Match[str], forms: Forms) -> str | None:
    """A telephone number: behind a plus, from a 0 on, with brackets or hyphens, or where the text says so."""
    written = match["digits"]
    groups = re.findall(r"\d+", written)
    digits = "".join(groups)
    before = _BEFORE.search(match.string[max(match.start() - _NEAR, 0) : match.start()])
    words = tuple(word.casefold() for word in forms.words("telephone"))
    is_told = before is not None and (before[1].casefold().endswith(words) if words else False)
    is_marked = bool(match["plus"]) or digits[0] == "0" or "(" in written or is_told
    is_marked |= len(groups) > 2 and written.count("-") == len(groups) - 1
    if not (6 <= len(digits) <= 15 and is_marked and (forms.is_spaced or forms.words("digits"))):
        return None
    comma = ", " if forms.is_spaced else "、" if forms.language == "ja" else "，"
    said = comma.join(say_digits(group, forms) for group in groups)
    return forms.join(forms.word("plus") or "+", said) if match["plus"] else said


def write_points(match: re.Match[str], forms: Forms) -> str | None:
    """1.2.3, unless the points part thousands."""
    parts = match[0].split(".")
    if not forms.word("dot") or (all(len(part) == 3 for part in parts[1:]) and len(parts[0]) <= 3 and len(parts) < 4):
        return None
    return forms.join(*" . ".join(parts).replace(".", forms.word("dot")).split(" "))


def _spell(address: str, forms: Forms) -> str | None:
    """An address with words for its signs; other signs are not said."""
    if not forms.word("at"):
        return None
    pieces = re.findall(r"[^\W_]+|[@./_+-]", address)
    return forms.join(*(forms.word(_SIGNS[piece]) if piece in _SIGNS else _part(piece, forms) for piece in pieces))


def _part(piece: str, forms: Forms) -> str:
    """Letters and digits apart, which voices run together."""
    parts = re.findall(r"\d+|\D+", piece)
    if forms.language == "en":  # "a" is no article here
        parts = [part.upper() if len(part) == 1 else part for part in parts]
    return (" " if forms.is_spaced else "").join(parts)


FORMS = (
    Form(_MAIL, write_mail),
    Form(_WEB, write_web),
    Form(_TELEPHONE, write_telephone),
)
POINTS = Form(_POINTS, write_points)
