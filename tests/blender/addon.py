# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the add-on share: a layout that writes down what is drawn, and the core's Python."""

from __future__ import annotations

import os
import sys
import time
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy
import pytest

from blender_addon import compat
from blender_addon.takes import Take

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120.0


def require_core_python() -> Path:
    """The Python that has the core's packages; skips the test where there is none."""
    bin_folder = "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    named = os.environ.get("SPEAKING_LIKENESS_CORE_PYTHON")
    python = Path(named) if named else ROOT / ".venv" / "core" / bin_folder
    if not python.is_file():
        pytest.skip("no Python with the core's packages is at hand: run build.py setup")
    return python


@dataclass
class Drawn:
    """What a panel has drawn: sentences, properties and operators in order, and how many pictures."""

    texts: list[str] = field(default_factory=list)
    properties: list[str] = field(default_factory=list)
    operators: list[str] = field(default_factory=list)
    pictures: int = 0

    @property
    def text(self) -> str:
        return " ".join(self.texts)


class Layout:
    """Stands in for UILayout, which only Blender's window can make; knows what Blender would refuse."""

    def __init__(self, drawn: Drawn) -> None:
        self.drawn = drawn

    def row(self, **_: Any) -> Layout:
        return self

    column = box = grid_flow = split = row

    def prop(self, data: bpy.types.bpy_struct, name: str, text: str | None = None, **_: Any) -> None:
        own = name.startswith('["')  # a property that is an object's own
        assert name[2:-2] in data if own else name in data.bl_rna.properties, f"{data} has no {name}"
        self.drawn.properties.append(name)

    def operator(
        self,
        name: str,
        text: str | None = None,
        icon: str = "NONE",
        depress: bool = False,
        icon_value: int = 0,
        translate: bool = True,
    ) -> types.SimpleNamespace:
        assert icon_value >= 0
        area, verb = name.split(".")
        assert hasattr(bpy.types, f"{area.upper()}_OT_{verb}"), f"there is no operator {name}"
        assert icon in bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items
        self.drawn.operators.append(name)
        return types.SimpleNamespace()

    def template_list(self, kind: str, _: str, data: bpy.types.bpy_struct, name: str, *active: Any, rows: int) -> None:
        assert hasattr(bpy.types, kind) and name in data.bl_rna.properties and active[1] in active[0].bl_rna.properties
        self.drawn.properties.append(name)

    def label(self, text: str = "", icon: str = "NONE", translate: bool = True) -> None:
        assert icon in bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items
        self.drawn.texts.append(text)

    def template_icon(self, icon_value: int, scale: float = 1.0) -> None:
        assert icon_value > 0
        self.drawn.pictures += 1

    def progress(self, text: str = "", factor: float = 0.0, type: str = "BAR") -> None:
        assert 0.0 <= factor <= 1.0
        assert type in bpy.types.UILayout.bl_rna.functions["progress"].parameters["type"].enum_items
        self.drawn.texts.append(text)


def draw(panel: type[bpy.types.Panel]) -> Drawn:
    """Draw a panel into a `Layout`; empty where its poll hides it."""
    drawn = Drawn()
    if hasattr(panel, "poll") and not panel.poll(bpy.context):
        return drawn

    class Stage:
        layout, bl_label = Layout(drawn), panel.bl_label

    panel.draw(Stage(), bpy.context)
    return drawn


def why_not(operator: Callable[..., Any], **arguments: Any) -> str:
    """What Blender says when a greyed-out operator is called."""
    with pytest.raises(RuntimeError) as caught:
        operator(**arguments)
    return str(caught.value)


def own_warnings(take: Take) -> list[str]:
    """A take's warnings, but for the one of a Blender that was built without sound (the wheel of bpy 4.2)."""
    return [warning for warning in take.warnings if compat.has_sound() or "without sound" not in warning]


def tick_until(is_met: Callable[[], bool]) -> None:
    """Do what Blender's timer does, which in background does not run."""
    from blender_addon.engine import jobs

    deadline = time.monotonic() + SECONDS
    while not is_met():
        assert time.monotonic() < deadline, "it never came"
        jobs._tick()
        time.sleep(0.02)
