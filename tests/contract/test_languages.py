# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-on offers the languages that the core can read."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from core.pronunciation.languages import LANGUAGES


def test_the_add_ons_languages_are_the_cores(repository: Path) -> None:
    path = repository / "blender_addon" / "languages.py"
    spec = importlib.util.spec_from_file_location("addon_languages", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    offered = {code: name for code, name, _ in module.LANGUAGES}
    assert len(offered) == len(module.LANGUAGES)
    assert module.LANGUAGES[0][0] == "en", "the one that is chosen before anybody chooses"
    assert offered == {language.code: language.name for language in LANGUAGES.values()}
