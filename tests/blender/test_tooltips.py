# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that a person can point at says what it is: a sentence without its full stop, and not its name again."""

from __future__ import annotations

from collections.abc import Iterator

import bpy
import pytest

from blender_addon import menus, operators, panels, preferences, properties

OWN = {"rna_type", "name", "bl_idname"}  # what Blender itself has on all of them
GROUPS = (*properties.CLASSES, *preferences.CLASSES)
PANELS = tuple(cls for cls in panels.CLASSES if issubclass(cls, bpy.types.Panel | bpy.types.UIList))
OPERATORS = tuple(cls for cls in operators.CLASSES if issubclass(cls, bpy.types.Operator))


def is_sentence(text: str, name: str) -> bool:
    """Whether a text tells more than a name."""
    words = text.strip()
    return bool(words) and words == text and not text.endswith(".") and text.casefold() != name.casefold()


def faults_of(properties: Iterator[bpy.types.Property]) -> list[str]:
    """Properties, and items of their lists, that say nothing."""
    faults = []
    for prop in properties:
        if prop.is_hidden or prop.identifier in OWN:
            continue
        if not prop.name or not is_sentence(prop.description, prop.name):
            faults.append(f"{prop.identifier}: {prop.name!r}, {prop.description!r}")
        if prop.type == "ENUM":
            for item in prop.enum_items_static:
                if not is_sentence(item.description, item.name):
                    faults.append(f"{prop.identifier} {item.identifier}: {item.name!r}, {item.description!r}")
    return faults


@pytest.mark.parametrize("cls", OPERATORS, ids=lambda cls: cls.__name__)
def test_an_operator_and_its_arguments_have_tooltips(addon: None, cls: type) -> None:
    rna = getattr(bpy.ops.likeness, cls.bl_idname.partition(".")[2]).get_rna_type()
    assert is_sentence(rna.description, rna.name), (rna.name, rna.description)
    assert faults_of(rna.properties) == []


@pytest.mark.parametrize("cls", GROUPS, ids=lambda cls: cls.__name__)
def test_a_setting_has_a_tooltip(addon: None, cls: type) -> None:
    assert is_sentence((cls.__doc__ or "").strip().rstrip("."), "")
    assert faults_of(cls.bl_rna.properties) == []


@pytest.mark.parametrize("cls", PANELS, ids=lambda cls: cls.__name__)
def test_a_panel_has_a_tooltip(addon: None, cls: type) -> None:
    about = getattr(cls, "bl_description", None) or (cls.__doc__ or "").strip()
    assert is_sentence(about, getattr(cls, "bl_label", "")), about


def test_menus_and_what_lies_on_window_and_object_have_tooltips(addon: None) -> None:
    for cls in menus.CLASSES:
        assert cls.bl_label and (cls.__doc__ or "").strip()
    kept = [(bpy.types.WindowManager, "likeness_"), (bpy.types.Scene, "likeness"), (bpy.types.Object, "likeness_")]
    for owner, beginning in kept:
        own = [prop for prop in owner.bl_rna.properties if prop.identifier.startswith(beginning)]
        assert own and faults_of(own) == []
