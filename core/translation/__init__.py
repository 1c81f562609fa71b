# SPDX-License-Identifier: GPL-3.0-or-later
"""Translation: a script in one language becomes a script in another."""

from core.translation.providers import PROVIDERS, Choices, find_translator
from core.translation.scripts import keep_names, write_script
from core.translation.sentences import spoken_text
from core.translation.table import write_template
from core.translation.translate import Translated, translate_script
from core.translation.translator import Translator

__all__ = [
    "PROVIDERS", "Choices", "Translated", "Translator", "find_translator", "keep_names", "spoken_text",
    "translate_script", "write_script", "write_template",
]  # fmt: skip
