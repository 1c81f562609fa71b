# SPDX-License-Identifier: GPL-3.0-or-later
"""The translators that there are: one table."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import LikenessError
from core.translation.argos import ArgosTranslator
from core.translation.bergamot import BergamotTranslator
from core.translation.endpoint import MODEL_VARIABLE, URL_VARIABLE, EndpointTranslator
from core.translation.table import TableTranslator
from core.translation.translator import Translator


@dataclass(frozen=True)
class Choices:
    """What some translators need to know. table: a file. url, model: of an endpoint; else from the environment."""

    table: Path | None = None
    url: str = ""
    model: str = ""


PROVIDERS: Mapping[str, Callable[[Choices], Translator]] = {
    "table": lambda choices: TableTranslator(choices.table),
    "argos": lambda choices: ArgosTranslator(),
    "bergamot": lambda choices: BergamotTranslator(),
    "openai": lambda choices: EndpointTranslator(
        choices.url or os.environ.get(URL_VARIABLE, ""), choices.model or os.environ.get(MODEL_VARIABLE, "")
    ),
}
_NOTHING = Choices()


def find_translator(name: str, choices: Choices = _NOTHING) -> Translator:
    """The translator of a name. Raises LikenessError ``translator_unknown``."""
    if name not in PROVIDERS:
        message = f"There is no translator “{name}”."
        raise LikenessError("translator_unknown", message, f"Choose one of these: {', '.join(PROVIDERS)}.")
    return PROVIDERS[name](choices)
