# SPDX-License-Identifier: GPL-3.0-or-later
"""An avatar that lies in another file: linked with a library override, or appended, it speaks as one's own does."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest
from library_file import append, link_override
from small_avatar import write_small_performance
from test_take_edits import add_manual_key, manual_keys
from test_takes import OFF, key_value, layer_keys, strips, summed

from blender_addon import compat
from blender_addon.rig import import_avatar
from blender_addon.takes import apply_performance, list_takes, set_strength, shown_take, take_record, take_strips


@pytest.fixture
def library(avatar_folder: Path, tmp_path: Path) -> Path:
    """A .blend that holds the small avatar, and nothing open any more."""
    import_avatar(avatar_folder)
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return path


def test_an_overridden_avatar_speaks_and_keeps_it(library: Path, performance_folder: Path, tmp_path: Path) -> None:
    armature = link_override(library)
    apply_performance(armature, performance_folder)
    add_manual_key(armature)
    armature.animation_data.nla_tracks["gaze"].mute = True
    set_strength(take_strips(armature, "Take 1")["head"], 0.5)
    name, keys, manual = armature.name, layer_keys(armature), manual_keys(armature)
    path = tmp_path / "shot.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    again = next(obj for obj in bpy.context.scene.objects if obj.name == name)
    assert again.override_library is not None
    assert layer_keys(again) == keys and manual_keys(again) == manual
    assert again.animation_data.nla_tracks["gaze"].mute
    bpy.context.scene.frame_set(13)
    wanted = summed(performance_folder, "eyeBlinkLeft", 0.5)
    assert key_value(again, "eyeBlinkLeft") == pytest.approx(wanted, abs=OFF)
    other = write_small_performance(tmp_path, "other", 2.0, scale=0.5)
    apply_performance(again, other)
    assert manual_keys(again) == manual and all(len(names) == 1 for names in strips(again).values())
    bpy.context.scene.frame_set(13)
    assert key_value(again, "eyeBlinkLeft") == pytest.approx(summed(other, "eyeBlinkLeft", 0.5), abs=OFF)


def test_a_change_of_the_library_reaches_the_override_and_the_take_stays(
    library: Path, performance_folder: Path, tmp_path: Path
) -> None:
    armature = link_override(library)
    apply_performance(armature, performance_folder)
    name, keys = armature.name, layer_keys(armature)
    shot = tmp_path / "shot.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(shot))
    bpy.ops.wm.open_mainfile(filepath=str(library))
    head = next(obj for obj in bpy.data.objects if obj.get("likeness_part") == "head")
    head.data.vertices[0].co.x += 0.25
    moved = head.data.vertices[0].co.x
    bpy.ops.wm.save_mainfile()
    bpy.ops.wm.open_mainfile(filepath=str(shot))
    again = next(obj for obj in bpy.context.scene.objects if obj.name == name)
    head = next(obj for obj in again.children if obj.get("likeness_part") == "head")
    assert head.data.vertices[0].co.x == pytest.approx(moved)
    assert layer_keys(again) == keys


def test_an_avatar_that_was_appended_twice_is_two(
    addon: None, library: Path, performance_folder: Path, tmp_path: Path
) -> None:
    first, second = append(library), append(library)
    apply_performance(first, performance_folder)
    other = write_small_performance(tmp_path, "other", 2.0, scale=0.5)
    apply_performance(second, other)
    before = layer_keys(first)
    apply_performance(second, performance_folder)
    assert layer_keys(first) == before
    sounds = [strip["likeness_rig_id"] for strip in compat.editor_strips(bpy.context.scene.sequence_editor)]
    assert len(sounds) == 2 == len(set(sounds))


def test_an_avatar_appended_with_its_take_performs_it_again(
    addon: None, avatar_folder: Path, performance_folder: Path, tmp_path: Path
) -> None:
    apply_performance(import_avatar(avatar_folder), performance_folder)
    path = tmp_path / "speaking.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    for _ in range(2):
        append(path)
    rigs = [obj for obj in bpy.context.scene.objects if obj.type == "ARMATURE"]
    other = write_small_performance(tmp_path, "other", 2.0, scale=0.5)
    for armature in rigs:
        assert list_takes(armature) == ("Take 1",) and take_record(armature, "Take 1") is not None
        apply_performance(armature, other)
        assert shown_take(armature) == "Take 1"
        assert all(len(names) == 1 for names in strips(armature).values()), strips(armature)
