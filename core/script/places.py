# SPDX-License-Identifier: GPL-3.0-or-later
"""Where something stands in a text, as an editor shows it."""

from __future__ import annotations


def find_place(text: str, offset: int) -> tuple[int, int]:
    """Line and column, from 1, of the character at an offset."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def name_place(text: str, offset: int) -> str:
    """For a message: ``line 2, column 7``."""
    line, column = find_place(text, offset)
    return f"line {line}, column {column}"
