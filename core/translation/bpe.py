# SPDX-License-Identifier: GPL-3.0-or-later
"""Byte pair encoding (Sennrich et al. 2016), for the older packages of Argos Translate."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

_TOKENS = re.compile(r"\w+(?:[.,]\d+)*|[^\w\s]")
_END = "</w>"
_GLUE_BEFORE = re.compile(r" (?=[.,;:!?%)\]}»”…])")
_GLUE_AFTER = re.compile(r"(?<=[(\[{«“¿¡]) ")
_APOSTROPHE = re.compile(r"(?<=\w) ?['’] ?(?=\w)")


class BytePairs:
    """Divides words by a table of merges, one a line, the first the strongest; ``@@`` marks a piece that goes on."""

    def __init__(self, table: str) -> None:
        rows = [tuple(line.split()) for line in table.splitlines() if line and not line.startswith("#version")]
        self._ranks = {pair: rank for rank, pair in reversed(list(enumerate(rows))) if len(pair) == 2}

    def encode(self, text: str) -> list[str]:
        """Pieces of a text; punctuation stands alone, quotes and apostrophes as the training text writes them."""
        tokens = [html.escape(token).replace("&#x27;", "&apos;") for token in _TOKENS.findall(text)]
        return [piece for token in tokens for piece in self._divide(token)]

    def decode(self, pieces: Sequence[str]) -> str:
        """The text of such pieces."""
        text = html.unescape(" ".join(pieces).replace("@@ ", ""))
        return _GLUE_AFTER.sub("", _GLUE_BEFORE.sub("", _APOSTROPHE.sub("’", text)))

    def _divide(self, word: str) -> list[str]:
        parts = [*word[:-1], word[-1] + _END]
        while len(parts) > 1:
            ranked = [
                (self._ranks[pair], index)
                for index in range(len(parts) - 1)
                if (pair := (parts[index], parts[index + 1])) in self._ranks
            ]
            if not ranked:
                break
            index = min(ranked)[1]
            parts[index : index + 2] = [parts[index] + parts[index + 1]]
        parts[-1] = parts[-1].removesuffix(_END)
        return [*(part + "@@" for part in parts[:-1] if part), *([parts[-1]] if parts[-1] else [])]
