# SPDX-License-Identifier: GPL-3.0-or-later
"""Every text of the add-on stands in every catalog, and Blender finds it there."""

from __future__ import annotations

import ast
import functools
import re
import time

import bpy
import pytest

from blender_addon import compat, translations, words
from building.translations import collect, shape

PLACEHOLDER = re.compile(r"\{[a-z_]+(?:![rs])?(?::[^}]*)?\}")
LANGUAGES = tuple(compat.LOCALES)
MOST_SECONDS = 0.01  # of registering


def ends(text: str) -> bool:
    """Whether a text is a sentence with its full stop, whatever quotes it."""
    return text.rstrip('"»“”').endswith((".", "。"))


@pytest.fixture
def said(addon: None) -> list[str]:
    """Every text that the add-on shows; collected once, which takes seconds."""
    return collect_once()


collect_once = functools.cache(collect.collect)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalog_has_all_texts_and_no_others(said: list[str], language: str) -> None:
    texts = translations.read_catalog(language)
    assert [text for text in said if not texts.get(text, "").strip()] == []
    assert sorted(set(texts) - set(said)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_hold_the_same_values_and_stops(language: str) -> None:
    for text, shown in translations.read_catalog(language).items():
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(shown)), (text, shown)
        if language != "ar":  # whose lines are turned
            assert ends(text) == ends(shown), (text, shown)


def test_arabic_is_made_from_what_one_reads() -> None:
    assert shape.TARGET.read_text(encoding="utf-8") == shape.write()
    assert shape.shape("شريط") == "ﻂﻳﺮﺷ"  # as Blender's own catalog has it
    assert shape.shape("من {start:.1f} إلى 52") == "52 ﻰﻟﺇ {start:.1f} ﻦﻣ"


def test_registering_is_quick(addon: None) -> None:
    """In English nothing is read."""
    translations.unregister()
    begin = time.process_time()
    translations.register()
    assert time.process_time() - begin < MOST_SECONDS


def test_a_locale_is_found_with_and_without_its_country() -> None:
    found = {locale: translations.find_language(locale) for locale in ("de", "de_DE", "fr_FR", "ar_EG", "zh_HANS")}
    assert found == {"de": "de", "de_DE": "de", "fr_FR": "fr", "ar_EG": "ar", "zh_HANS": "zh"}
    assert translations.find_language("zh_HANT") is None and translations.find_language("en_US") is None


def test_blender_shows_spanish(addon: None, monkeypatch: pytest.MonkeyPatch) -> None:
    if not bpy.app.build_options.international:
        pytest.skip("this bpy was built without languages; a window of Blender has them")
    monkeypatch.setattr(bpy.context.preferences.view, "language", "es")
    assert bpy.app.translations.pgettext_iface("Build Avatar", "Operator") == "Construir avatar"
    assert words.tell("There is no file {path}.", path="a.png") == "No existe el archivo a.png."


def test_lines_that_are_read_from_the_right_begin_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "reads_from_right", lambda: True)
    assert words.wrap("last second first", 12) == ["second first", "last"]
    assert words.join("One.", "Two.") == "Two. One."


def test_chinese_breaks_without_spaces() -> None:
    assert words.wrap("一二三四五六七八九十", 16) == ["一二三四五六七八", "九十"]


def test_composed_sentences_are_told_and_not_formatted() -> None:
    """An f-string in a label or a report would stay English."""
    for path, module in collect.parse(collect.ADDON):
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and collect.name_of(node) in ("draw_sentence", "explain", "report"):
                composed = [part for value in node.args for part in ast.walk(value) if isinstance(part, ast.JoinedStr)]
                assert composed == [], f"{path.name}:{node.lineno}"
