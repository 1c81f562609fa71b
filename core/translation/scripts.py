# SPDX-License-Identifier: GPL-3.0-or-later
"""Files around a translation: names that are to stay, and the translated script."""

from __future__ import annotations

from pathlib import Path

from core.pronunciation.own import read_own
from core.storage import write_file


def keep_names(pronunciations: Path | None) -> tuple[str, ...]:
    """The words of a person's pronunciations that are names, as their capital says. Raises as `read_own` does."""
    own = read_own(pronunciations) if pronunciations is not None else {}
    return tuple(word for word in own if word[:1].isupper())


def write_script(text: str, path: Path) -> None:
    """Write a script as plain text in UTF-8. Raises LikenessError ``output_unwritable``."""
    write_file(path, text.encode())
