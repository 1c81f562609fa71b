# SPDX-License-Identifier: GPL-3.0-or-later
"""A stretch of a storyboard's line that remembers where it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from core.storyboard.storyboard import Position

# {name}: filled from the row of a table.
FIELD = re.compile(r"\{([^\W\d]\w*)\}")


@dataclass(frozen=True)
class Piece:
    """text: without spaces around it; position: of its first character."""

    text: str
    position: Position

    def cut(self, start: int, end: int | None = None) -> Piece:
        """From one character to another, without the spaces around it."""
        part = self.text[start:end]
        start += len(part) - len(part.lstrip())
        return Piece(part.strip(), replace(self.position, column=self.position.column + start))

    def split(self, mark: str) -> list[Piece]:
        """The stretches between marks, the empty ones too."""
        pieces, start = [], 0
        for part in self.text.split(mark):
            pieces.append(self.cut(start, start + len(part)))
            start += len(part) + len(mark)
        return pieces

    @property
    def name(self) -> str:
        """As names are compared: ``Lower third`` and ``lower-third`` are ``lower_third``."""
        return plain_name(self.text)

    @property
    def has_field(self) -> bool:
        return FIELD.search(self.text) is not None


def plain_name(text: str) -> str:
    """A name without the differences that do not count."""
    return re.sub(r"[\s_-]+", "_", text.strip()).casefold()
