# SPDX-License-Identifier: GPL-3.0-or-later
"""The operators: greyed out with a reason, thin when they run, undone in one step."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest
from addon import why_not

from blender_addon.engine import paths
from blender_addon.rig import find_rig
from blender_addon.rig.assemble import is_rig


def rigs() -> list[bpy.types.Object]:
    return [obj for obj in bpy.context.scene.objects if is_rig(obj)]


def test_a_button_that_cannot_be_pressed_says_why(addon: None) -> None:
    assert "Choose a photo first." in why_not(bpy.ops.likeness.build_avatar)
    assert "Write a script first." in why_not(bpy.ops.likeness.perform_script)
    assert "Choose a recording first." in why_not(bpy.ops.likeness.perform_recording)
    assert "Build or import an avatar first." in why_not(bpy.ops.likeness.import_performance)
    assert "Build or import an avatar first." in why_not(bpy.ops.likeness.render_clip)
    assert "Nothing is at work." in why_not(bpy.ops.likeness.cancel_job)
    assert "build.py setup" in why_not(bpy.ops.likeness.set_up_core)


def test_without_a_core_nothing_starts(addon: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "core_python", lambda: None)
    photo = tmp_path / "a.jpg"
    photo.touch()
    bpy.ops.likeness.choose_photo(filepath=str(photo))
    assert "Set up the core first" in why_not(bpy.ops.likeness.build_avatar)
    assert "not set up" in why_not(bpy.ops.likeness.verify_core)


def test_consent_without_a_name_is_asked_for(addon: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "core_python", lambda: Path("python"))
    (tmp_path / "a.jpg").touch()
    bpy.ops.likeness.choose_photo(filepath=str(tmp_path / "a.jpg"))
    bpy.context.scene.likeness.consent.basis = "written"
    assert "Say who agreed" in why_not(bpy.ops.likeness.build_avatar)


def test_choosing_a_photo_names_the_avatar_after_it(addon: None, tmp_path: Path) -> None:
    photo = tmp_path / "Ada Lovelace (1843).jpg"
    photo.touch()
    settings = bpy.context.scene.likeness
    settings.face = 2
    bpy.ops.likeness.choose_photo(filepath=str(photo))
    assert (settings.photo, settings.name, settings.face) == (str(photo), "Ada Lovelace 1843", 1)


def test_a_photo_that_is_not_there_changes_nothing(addon: None, tmp_path: Path) -> None:
    settings = bpy.context.scene.likeness
    settings.photo = "before.jpg"
    assert "There is no file" in why_not(bpy.ops.likeness.choose_photo, filepath=str(tmp_path / "none.jpg"))
    assert settings.photo == "before.jpg"


def test_an_imported_avatar_is_selected_and_stands_beside_the_others(addon: None, avatar_folder: Path) -> None:
    for _ in range(2):
        assert bpy.ops.likeness.import_avatar(directory=str(avatar_folder)) == {"FINISHED"}
    first, second = rigs()
    assert first.location.x != second.location.x
    assert find_rig(bpy.context) == second
    assert [obj.name for obj in bpy.context.selected_objects] == [second.name]


def test_importing_an_avatar_is_one_step_back(addon: None, avatar_folder: Path) -> None:
    bpy.ops.ed.undo_push(message="Before")
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    bpy.ops.ed.undo_push(message="Import Avatar")
    assert len(rigs()) == 1
    bpy.ops.ed.undo()
    assert rigs() == []


def test_a_folder_that_is_no_avatar_is_said_and_leaves_nothing(addon: None, tmp_path: Path) -> None:
    before = len(bpy.data.objects)
    assert "There is no avatar in" in why_not(bpy.ops.likeness.import_avatar, directory=str(tmp_path))
    assert len(bpy.data.objects) == before


def test_a_performance_replaces_only_the_layers_that_are_chosen(
    addon: None, avatar_folder: Path, performance_folder: Path
) -> None:
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    (armature,) = rigs()
    bpy.context.scene.likeness.layers = {"head"}
    bpy.ops.likeness.import_performance(directory=str(performance_folder))
    with_strips = {track.name for track in armature.animation_data.nla_tracks if track.strips}
    assert with_strips == {"head"}
    bpy.context.scene.likeness.layers = {"speech", "blink"}
    bpy.ops.likeness.import_performance(directory=str(performance_folder))
    with_strips = {track.name for track in armature.animation_data.nla_tracks if track.strips}
    assert with_strips == {"head", "speech", "blink"}


def test_a_folder_that_is_no_performance_is_said_and_the_take_stays(
    addon: None, avatar_folder: Path, performance_folder: Path, tmp_path: Path
) -> None:
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    bpy.ops.likeness.import_performance(directory=str(performance_folder))
    (armature,) = rigs()
    before = [(track.name, len(track.strips)) for track in armature.animation_data.nla_tracks]
    nothing = tmp_path / "nothing.performance"
    nothing.mkdir()
    assert "nothing.performance" in why_not(bpy.ops.likeness.import_performance, directory=str(nothing))
    assert [(track.name, len(track.strips)) for track in armature.animation_data.nla_tracks] == before


def test_results_lie_beside_the_saved_file_else_in_blenders_data_files(addon: None, tmp_path: Path) -> None:
    unsaved = paths.results_folder()
    assert unsaved.is_relative_to(bpy.utils.user_resource("DATAFILES"))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    assert paths.results_folder() == tmp_path / "likeness"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Ada", "Ada"),
        ("../../etc/passwd", "etcpasswd"),
        ("", "Avatar"),
        ("Søren 李", "Søren 李"),
        ("a/b:c", "abc"),
    ],
)
def test_any_name_becomes_one_that_a_disk_takes(typed: str, name: str) -> None:
    assert paths.name_result(typed) == name


def test_every_take_has_a_number_of_its_own(tmp_path: Path) -> None:
    assert paths.name_take(tmp_path, "Ada") == "Ada-01"
    for name in ("Ada-01.speech", "Ada-07.performance", "Ada-x.speech", "Adam-30.speech"):
        (tmp_path / name).mkdir()
    assert paths.name_take(tmp_path, "Ada") == "Ada-08"
    assert paths.name_take(tmp_path / "none", "Ada") == "Ada-01"
