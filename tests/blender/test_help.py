# SPDX-License-Identifier: GPL-3.0-or-later
"""The Help panel ticks first steps off, a report tells what a bug needs and no secrets, menus have their entries."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest
from addon import draw, why_not
from staged_take import Answers, stage_takes

from blender_addon import menus
from blender_addon.engine import jobs, paths
from blender_addon.errors import LikenessError
from blender_addon.operators import help as help_operators
from blender_addon.panels.help import first_steps
from blender_addon.rig import find_rig


def done() -> list[bool]:
    return [is_done for _, is_done in first_steps(bpy.context)]


def test_first_steps_are_ticked_off_one_after_the_other(addon: None, avatar_folder: Path, tmp_path: Path) -> None:
    settings = bpy.context.scene.likeness
    settings.clip = str(tmp_path / "clip.mp4")
    assert done() == [False] * 5
    settings.photo = "ada.jpg"
    assert done() == [True, False, False, False, False]
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    assert done() == [True, True, False, False, False]
    settings.script = "Hello."
    assert done() == [True, True, True, False, False]
    bpy.data.objects.remove(find_rig(bpy.context))
    stage_takes(avatar_folder, tmp_path)
    assert done() == [True, True, True, True, False]
    (tmp_path / "clip.mp4").touch()
    assert done() == [True] * 5
    drawn = draw(bpy.types.LIKENESS_PT_help)
    assert drawn.texts[0] == "1. Choose a photo" and len(drawn.texts) == 5
    assert drawn.operators == ["likeness.open_guide", "likeness.open_results", "likeness.copy_report"]
    assert "Ctrl Z" in draw(bpy.types.LIKENESS_PT_keys).texts


def test_a_report_has_versions_error_and_log_but_not_the_persons_name(
    addon: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(paths, "core_python", lambda: tmp_path / "bin" / "python")
    monkeypatch.setattr(paths, "log_file", lambda name: tmp_path / name)
    (tmp_path / "likeness_core.log").write_text("\n".join(f"line {n}" for n in range(100)))
    error = LikenessError("face_not_found", "No face was found.", "Choose another.")
    job = jobs.Job("Build Avatar", "failed", error=error)
    monkeypatch.setattr(jobs, "current", lambda: job)
    report = help_operators.write_report()
    assert bpy.app.version_string in report and "Speaking Likeness 0" in report
    assert "Error face_not_found: No face was found. Choose another." in report
    assert "line 99" in report and "line 39\n" not in report
    assert str(tmp_path) not in report and str(Path("~") / "bin" / "python") in report
    assert bpy.ops.likeness.copy_report() == {"FINISHED"}


def test_results_that_cannot_be_made_are_said(addon: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(paths, "results_folder", lambda: tmp_path / "file" / "likeness")
    assert "cannot be made" in why_not(bpy.ops.likeness.open_results)


def test_a_copy_without_a_guide_says_so(addon: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert help_operators.guide_page() is not None
    monkeypatch.setattr(paths, "package_folder", lambda: tmp_path / "addon")
    assert help_operators.guide_page() is None
    assert "without its guide" in why_not(bpy.ops.likeness.open_guide)


class Menu:
    """Writes down what is drawn into a menu."""

    def __init__(self) -> None:
        self.drawn: list[str] = []
        self.layout = self

    def menu(self, name: str, **_: str) -> None:
        self.drawn.append(name)

    def operator(self, name: str, **_: str) -> SimpleNamespace:
        assert getattr(bpy.ops.likeness, name.partition(".")[2]).get_rna_type()
        self.drawn.append(name)
        return SimpleNamespace()

    def separator(self) -> None:
        """A line."""


def test_the_menus_have_entries(addon: None, armature: bpy.types.Object) -> None:
    add, own = Menu(), Menu()
    menus.ENTRIES["VIEW3D_MT_add"](add, bpy.context)
    bpy.context.view_layer.objects.active = None
    menus.ENTRIES["VIEW3D_MT_object_context_menu"](own, bpy.context)
    assert add.drawn == ["LIKENESS_MT_add"] and own.drawn == []
    bpy.context.view_layer.objects.active = armature
    menus.ENTRIES["VIEW3D_MT_object_context_menu"](own, bpy.context)
    assert own.drawn == ["LIKENESS_MT_avatar"]
    menus.LIKENESS_MT_add.draw(add, bpy.context)
    menus.LIKENESS_MT_avatar.draw(own, bpy.context)
    assert add.drawn[1:] == ["likeness.add_avatar", "likeness.import_avatar"] and len(own.drawn) > 4


def test_an_avatar_is_added_by_its_photo_alone(
    addon: None, avatar_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "ask", Answers({"build_avatar": {"avatar": str(avatar_folder)}}))
    monkeypatch.setattr(paths, "core_python", lambda: Path("python"))
    assert "There is no file" in why_not(bpy.ops.likeness.add_avatar, filepath=str(tmp_path / "none.jpg"))
    assert bpy.ops.likeness.add_avatar(filepath=str(avatar_folder / "albedo.png")) == {"FINISHED"}
    assert find_rig(bpy.context).name == "Small"
    monkeypatch.setattr(paths, "core_python", lambda: None)
    assert "Set up the core first" in why_not(bpy.ops.likeness.add_avatar)
