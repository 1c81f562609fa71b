# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface in other languages: a catalog each, English text -> what is shown, which Blender looks up as it draws.

Placeholders, ``{name}``, stand in both. Which texts there are, and what a catalog lacks, says
building/translations/collect.py. Catalogs are edited by hand, but ``ar`` is made from building/translations/arabic.py.
Only the catalog of the language that is shown is read: all of them would take as long as the rest of the add-on.
"""

from __future__ import annotations

import importlib

import bpy

from .. import compat
from ..engine.paths import PACKAGE
from ..words import CONTEXT

_owner = object()  # of what listens to the choice of a language
_shown: str | None = None  # language whose catalog Blender knows


def read_catalog(language: str) -> dict[str, str]:
    """English text -> what is shown in a language of ``compat.LOCALES``."""
    return importlib.import_module(f"{__name__}.{language}").TEXTS


def register() -> None:
    """Tell Blender of the language that it shows, now and whenever its user chooses another."""
    _follow()
    bpy.msgbus.subscribe_rna(
        key=(bpy.types.PreferencesView, "language"),
        owner=_owner,
        args=(),
        notify=_follow,
        options={"PERSISTENT"},
    )


def unregister() -> None:
    """Forget it."""
    bpy.msgbus.clear_by_owner(_owner)
    _show(None)


def _follow() -> None:
    _show(find_language(bpy.app.translations.locale))


def find_language(locale: str) -> str | None:
    """The language of ours that a locale of Blender's is in, with or without its country (``de``, ``de_DE``)."""
    wanted = {locale, locale.split("_")[0]}
    return next((language for language, names in compat.LOCALES.items() if wanted & set(names)), None)


def _show(language: str | None) -> None:
    """Let Blender know the catalog of a language and no other."""
    global _shown
    if _shown is not None:
        bpy.app.translations.unregister(PACKAGE)
    _shown = language
    if language is not None:
        blenders = bpy.app.translations.contexts
        contexts = (blenders.default, blenders.operator_default, CONTEXT)
        texts = read_catalog(language)
        catalog = {(context, text): shown for context in contexts for text, shown in texts.items()}
        bpy.app.translations.register(PACKAGE, dict.fromkeys(compat.LOCALES[language], catalog))
