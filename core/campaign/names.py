# SPDX-License-Identifier: GPL-3.0-or-later
"""File names that are good on every disk."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

LONGEST = 80  # bytes of UTF-8, so that suffixes and a deep folder find room
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)


def unsafe_reason(name: str) -> str:
    """Why a text cannot be the name of a file, as the end of a sentence; ``""`` where it can."""
    found = _FORBIDDEN.search(name)
    if found:
        return f"{found[0]!r} is not allowed in it" if found[0].isprintable() else "a character in it is not printable"
    if name.strip() != name or name.startswith(".") or name.endswith("."):
        return "it begins or ends with a dot or a space"
    if _RESERVED.fullmatch(name):
        return "Windows keeps that name for a device"
    if len(name.encode()) > LONGEST:
        return f"it is longer than {LONGEST} bytes"
    return "" if name else "it is empty"


def safe_name(text: str) -> str:
    """The text without what file names cannot hold; ``""`` where nothing is left."""
    text = unicodedata.normalize("NFC", text)
    kept = "".join(character if unicodedata.category(character)[0] in "LNM" else "-" for character in text)
    kept = re.sub(r"-+", "-", kept).strip("-")
    while len(kept.encode()) > LONGEST // 2:
        kept = kept[:-1]
    return kept.strip("-")


def name_files(told: Sequence[str], firsts: Sequence[str]) -> list[str]:
    """A name for each row: the one told, else its number and the text of its first column."""
    digits = max(3, len(str(len(told))))
    taken = {name.casefold() for name in told if name}
    names = []
    for number, (name, first) in enumerate(zip(told, firsts, strict=True), 1):
        if not name:
            name = base = "-".join(part for part in (f"{number:0{digits}}", safe_name(first)) if part)
            again = 1
            while name.casefold() in taken:
                again += 1
                name = f"{base}-{again}"
            taken.add(name.casefold())
        names.append(name)
    return names
