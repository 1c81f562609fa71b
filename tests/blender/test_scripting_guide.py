# SPDX-License-Identifier: GPL-3.0-or-later
"""The page on scripting is what the add-on is, and its example runs."""

from __future__ import annotations

import importlib.util
import json
import runpy
import sys
from pathlib import Path
from types import ModuleType

import bpy
import pytest
from staged_take import Answers, write_spoken_performance

from blender_addon import operators, stage
from blender_addon.engine import jobs, paths
from blender_addon.operators import render
from blender_addon.rig import find_rig
from blender_addon.takes import take_record

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide"


@pytest.fixture
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_operators", GUIDE / "build_operators.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_up_to_date(addon: None, builder: ModuleType) -> None:
    page = builder.PAGE.read_text(encoding="utf-8")
    assert builder.make_page(page) == page, "run .venv/blender/bin/python docs/guide/build_operators.py"


def test_what_operators_are_said_to_read_is_there(addon: None, builder: ModuleType) -> None:
    settings = bpy.context.scene.likeness.bl_rna.properties
    names = {cls.bl_idname.partition(".")[2] for cls in operators.CLASSES if issubclass(cls, bpy.types.Operator)}
    for name, read in builder.READS.items():
        assert name in names and set(read) <= {prop.identifier for prop in settings}, name


def test_the_example_makes_a_clip(
    addon: None, avatar_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a core that answers from files, and a small clip."""
    performance = write_spoken_performance(tmp_path)
    performed = {"performance": str(performance), "moves": {}, "warnings": [], "duration": 4.0}
    answers = Answers(
        {
            "build_avatar": {"avatar": str(avatar_folder)},
            **dict.fromkeys(("speak", "perform"), performed),
            "check_clip": {"consents": []},
        }
    )
    monkeypatch.setattr(jobs, "ask", answers)
    monkeypatch.setattr(paths, "core_python", lambda: Path("python"))
    rendered = []
    monkeypatch.setattr(stage, "plan_render", lambda *_: "plan")
    monkeypatch.setattr(
        render, "signed_clip_steps", lambda scene, out, *_: iter([rendered.append(out) or (1.0, "")])
    )
    clip = tmp_path / "clip.mp4"
    said = "Hello, it is me."
    monkeypatch.setattr(sys, "argv", ["blender", "--", str(avatar_folder / "albedo.png"), said, str(clip)])
    runpy.run_path(str(GUIDE / "talking_head.py"))
    assert [method for method, _ in answers.asked] == ["build_avatar", "speak", "perform", "perform", "check_clip"]
    asked = [params for _, params in answers.asked]
    assert json.loads(asked[0]["consent"])["basis"] == "self" and asked[1]["script"] == said
    assert rendered == [clip]
    assert take_record(find_rig(bpy.context), "Take 1") is not None
