# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface in other languages: a catalog each, English text -> what is shown, which Blender looks up as it draws.

Placeholders, ``{name}``, stand in both. Which texts there are, and what a catalog lacks, says
building/translations/collect.py. Catalogs are edited by hand, but ``ar`` is made from building/translations/arabic.py.
"""

from __future__ import annotations

import bpy

from .. import compat
from ..engine.paths import PACKAGE
from . import ar, de, es, fr, zh

CATALOGS: dict[str, dict[str, str]] = {
    "es": es.TEXTS,
    "zh": zh.TEXTS,
    "ar": ar.TEXTS,
    "fr": fr.TEXTS,
    "de": de.TEXTS,
}


def register() -> None:
    """Tell Blender of all languages; which one it shows its user chooses, at any time."""
    contexts = (bpy.app.translations.contexts.default, bpy.app.translations.contexts.operator_default)
    known = {}
    for language, texts in CATALOGS.items():
        catalog = {(context, text): shown for context in contexts for text, shown in texts.items()}
        known |= dict.fromkeys(compat.LOCALES[language], catalog)
    bpy.app.translations.register(PACKAGE, known)


def unregister() -> None:
    """Forget them."""
    bpy.app.translations.unregister(PACKAGE)
