# SPDX-License-Identifier: GPL-3.0-or-later
"""Avatars linked from another file work by library overrides; appended or duplicated ones are rigs of their own."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest
from library_file import append, link_override
from test_rig_controls import key_values, local_turn, looks_at, move, towards_target

from blender_addon.rig import find_rig, import_avatar, rig_parts
from blender_addon.rig.assemble import RIG_ID, is_rig
from blender_addon.rig.board import TRAVEL
from blender_addon.rig.posing import key_pose
from blender_addon.takes import apply_performance
from blender_addon.takes.performance import LAYERS
from blender_addon.takes.strips import all_strips


@pytest.fixture
def library(avatar_folder: Path, performance_folder: Path, tmp_path: Path) -> Path:
    """A saved file with the small avatar and a take on it."""
    apply_performance(import_avatar(avatar_folder), performance_folder)
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    return path


def rigs() -> list[bpy.types.Object]:
    return [obj for obj in bpy.context.scene.objects if is_rig(obj)]


def test_a_linked_avatar_is_posed_and_keyed_and_stays_so_after_save_and_reload(addon, library, tmp_path):
    rig = link_override(library)
    bpy.context.view_layer.objects.active = rig
    bpy.context.scene.frame_set(9)
    rig["look_at"], rig["head_carry"], rig["viseme_aa"] = 1.0, 0.6, 0.4
    move(rig, "mouth_corner_left", y=0.5)
    rig["jawOpen"] = 0.9
    key_pose(rig, 9)
    bpy.ops.likeness.toggle_board()
    for _ in range(2):
        bpy.context.scene.frame_set(9)
        values = key_values(rig)
        assert values["jawOpen"] == pytest.approx(0.9, abs=1e-3)
        assert values["viseme_aa"] == pytest.approx(0.4, abs=1e-3)
        assert values["mouthSmileLeft"] == pytest.approx(0.25 + 0.5, abs=1e-3)
        assert (looks_at(rig, "eye_left") - towards_target(rig, "eye_left")).length < 1e-3
        assert rig["head_carry"] == pytest.approx(0.6)
        assert local_turn(rig, "chest").y > 0.005, "the take's head carries the chest"
        assert not rig.data.collections["Face Board"].is_visible
        bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
        bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
        (rig,) = rigs()
        assert rig.override_library is not None


def test_two_overrides_of_one_avatar_are_two_rigs_after_reload_too(addon, library, tmp_path):
    first, second = link_override(library), link_override(library)
    bpy.context.view_layer.update()
    ids = {first[RIG_ID], second[RIG_ID]}
    assert len(ids) == 2
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    assert {rig[RIG_ID] for rig in rigs()} == ids


def test_a_linked_avatar_without_override_says_what_to_do(addon, library):
    from addon import why_not

    with bpy.data.libraries.load(str(library), link=True) as (_, wanted):
        wanted.collections = ["Small"]
    bpy.context.scene.collection.children.link(wanted.collections[0])
    bpy.context.view_layer.objects.active = None
    assert "make a library override" in why_not(bpy.ops.likeness.mirror_pose)


def test_appending_an_avatar_twice_gives_two_rigs_that_do_not_touch_each_other(addon, library, performance_folder):
    first, second = append(library), append(library)
    assert first[RIG_ID] != second[RIG_ID]
    for rig in (first, second):
        assert {part[RIG_ID] for part in rig_parts(rig).values()} == {rig[RIG_ID]}
        assert len(list(all_strips(rig))) == len(LAYERS), "its takes are its own, whatever Blender called them"
    bpy.context.scene.frame_set(9)
    before = key_values(first)
    move(second, "jaw", y=-0.5)
    second["viseme_aa"] = 0.7
    assert key_values(first) == before
    assert key_values(second)["jawOpen"] == pytest.approx(before["jawOpen"] + 0.5, abs=1e-3)
    actions = [found.action for found in all_strips(first)]
    apply_performance(second, performance_folder)
    assert [found.action for found in all_strips(first)] == actions
    assert len(list(all_strips(second))) == len(LAYERS)
    assert sum(len(track.strips) for track in second.animation_data.nla_tracks) == len(LAYERS), "no layer plays twice"


def test_what_the_artist_copied_stays_the_artists_in_an_appended_rig(
    addon, avatar_folder, performance_folder, tmp_path
):
    armature = import_avatar(avatar_folder)
    apply_performance(armature, performance_folder)
    own = next(all_strips(armature)).action.copy()
    own.name = "Mine"
    armature.animation_data.nla_tracks.new().strips.new("Mine", 100, own)
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    apply_performance(import_avatar(avatar_folder), performance_folder)
    rig = append(path)
    assert len(list(all_strips(rig))) == len(LAYERS)
    apply_performance(rig, performance_folder)
    assert any(
        strip.action.name.startswith("Mine") for track in rig.animation_data.nla_tracks for strip in track.strips
    )


def test_appended_rigs_share_the_shapes_of_the_file(addon, library, avatar_folder):
    first, second = append(library), append(library)
    third = import_avatar(avatar_folder)
    shapes = [{bone.name: bone.custom_shape for bone in rig.pose.bones} for rig in (first, second, third)]
    assert shapes[0] == shapes[1] == shapes[2]
    assert len([mesh for mesh in bpy.data.meshes if mesh.name.startswith("WGT")]) == len(
        set(shapes[0].values()) - {None}
    )


def test_a_duplicate_is_a_rig_of_its_own(addon, armature, performance_folder):
    apply_performance(armature, performance_folder)
    old = armature[RIG_ID]
    for obj in (armature, *armature.children):
        obj.select_set(True)
    bpy.ops.object.duplicate()
    bpy.context.view_layer.update()
    (second,) = [rig for rig in rigs() if rig != armature]
    assert armature[RIG_ID] == old != second[RIG_ID]
    bpy.context.scene.frame_set(9)
    before = key_values(armature)["jawOpen"]
    apply_performance(second, performance_folder)
    assert len(list(all_strips(armature))) == len(LAYERS) == len(list(all_strips(second)))
    bpy.context.scene.frame_set(9)
    assert key_values(armature)["jawOpen"] == pytest.approx(before)
    second.pose.bones["board_jaw"].location.y = -TRAVEL
    assert key_values(armature)["jawOpen"] == pytest.approx(before)


def test_the_rig_in_hand_of_two_is_the_one_selected(addon, library):
    first, second = append(library), append(library)
    for rig in (first, second):
        bpy.context.view_layer.objects.active = rig_parts(rig)["head"]
        assert find_rig(bpy.context) == rig
