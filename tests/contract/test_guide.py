# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide names nothing that the add-on has not, shows no picture and follows no link that is not there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "guide"
PAGES = sorted(GUIDE.glob("*.md"))
GENERATED = "scripting.md"  # its tables are made of what the add-on says of itself, and have a test of their own

CODE = re.compile(r"^```.*?^```|`[^`]*`", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"(?<![*\w])\*([^*\s](?:[^*]*[^*\s])?)\*(?![*\w])")  # *so*, and not **so**
LINK = re.compile(r"\]\(([^)\s]+)\)")
OPERATOR = re.compile(r"(?:\bops\.|(?<![\w.]))likeness\.([a-z_]+)\b")  # scene.likeness.x is a setting
# What the guide says in italics of no button: it explains what italics are.
EXPLAINED = frozenset({"names like this", "i"})
MOST_BYTES = 1_500_000  # of all pictures
MOST_BYTES_EACH = 120_000


def _nodes() -> Iterator[ast.AST]:
    for path in (ROOT / "blender_addon").rglob("*.py"):
        yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def _constants() -> Iterator[str]:
    """All texts in the add-on's code: labels, names of properties, items of lists."""
    for node in _nodes():
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _class_texts(field: str) -> set[str]:
    """The values of a class attribute such as ``bl_idname`` in the add-on."""
    found = set()
    for node in _nodes():
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            found |= {str(node.value.value) for target in node.targets if getattr(target, "id", "") == field}
    return found


def _prose(page: Path) -> str:
    return CODE.sub("", page.read_text(encoding="utf-8"))


def test_there_is_a_guide() -> None:
    assert {page.name for page in PAGES} >= {"index.md", "first-avatar.md", "exporting.md", "consent.md"}
    navigation = re.findall(r"^  - (\S+\.md)$", (GUIDE.parent / "mkdocs.yml").read_text(), re.MULTILINE)
    assert sorted(navigation) == [page.name for page in PAGES]


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != GENERATED], ids=lambda page: page.stem)
def test_what_stands_in_italics_stands_on_a_button_or_panel(page: Path) -> None:
    shown = set(_constants()) | {"*no*"} | EXPLAINED
    named = [" ".join(name.split()) for name in NAME.findall(_prose(page))]
    assert named, "a page that names nothing"
    assert not sorted({name for name in named if name not in shown})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_operators_that_are_named_are_there(page: Path) -> None:
    there = {name.removeprefix("likeness.") for name in _class_texts("bl_idname")}
    text = page.read_text(encoding="utf-8")
    assert not set(OPERATOR.findall(text)) - there


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_link_and_no_picture_leads_nowhere(page: Path) -> None:
    targets = [target.split("#")[0] for target in LINK.findall(_prose(page))]
    assert not [target for target in targets if "://" in target], "the guide is read without a network"
    assert not [target for target in targets if target and not (page.parent / target).is_file()]


def _shown() -> set[str]:
    """Names of the pictures in all pages."""
    targets = {target for page in PAGES for target in LINK.findall(_prose(page))}
    return {Path(target).stem for target in targets if target.startswith("pictures/")}


def test_every_picture_is_shown_and_small() -> None:
    there = {path.stem: path.stat().st_size for path in (GUIDE / "pictures").iterdir()}
    assert _shown() == set(there)
    assert max(there.values()) <= MOST_BYTES_EACH
    assert sum(there.values()) <= MOST_BYTES


def test_the_pictures_that_are_shown_are_those_that_are_taken() -> None:
    program = (GUIDE / "pictures.py").read_text(encoding="utf-8")
    taken = set(re.findall(r'\bPicture\("(\w+)"', program))
    assert taken == _shown()


def test_the_site_asks_no_server_for_anything() -> None:
    theme = [path.read_text(encoding="utf-8") for path in (GUIDE.parent / "theme").iterdir()]
    assert not [text for text in theme if "http" in text or "//cdn" in text or "<script" in text or "@import" in text]
