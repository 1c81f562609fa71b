# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels in every language that the add-on speaks, to be looked at (out/window/language_*.png)."""

from __future__ import annotations

from pathlib import Path

import pytest
from session import Session

# Language -> Blender's names of it, old and new, and "Build Avatar" in it.
LANGUAGES = {
    "es": ("es",),
    "zh": ("zh_HANS", "zh_CN"),
    "ar": ("ar", "ar_EG"),
    "fr": ("fr", "fr_FR"),
    "de": ("de", "de_DE"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_panels_speak_the_language_that_is_chosen(installed: Session, pictures: Path, language: str) -> None:
    session = installed
    known = session.evaluate("list(bpy.app.translations.locales)")
    locale = next((name for name in LANGUAGES[language] if name in known), None)
    if locale is None:
        pytest.skip(f"this Blender has no interface in {language}")
    session.evaluate(f"bpy.context.preferences.view.language = {locale!r}\nTrue")
    session.show_panels("LIKENESS_PT_photo", "LIKENESS_PT_script", "LIKENESS_PT_help")
    session.show_tab()
    session.panel_picture(pictures / f"language_{language}.png")
    said = session.evaluate("bpy.app.translations.pgettext_iface('Build Avatar', 'Operator')")
    assert said != "Build Avatar"
