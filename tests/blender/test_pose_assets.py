# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions and visemes in Blender's own asset browser."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest
from test_rig_controls import key_values

from blender_addon.rig.catalogs import CATALOG_FILE
from blender_addon.rig.manual import read_control, rig_controls
from blender_addon.rig.pose_assets import (
    CATALOGS,
    catalog_id,
    catalog_path,
    make_pose_assets,
    write_catalogs,
)
from blender_addon.rig.poses import POSES
from blender_addon.takes import apply_performance


def test_every_pose_is_an_asset_with_catalog_tags_and_words(armature):
    actions = make_pose_assets(armature)
    assert set(actions) == set(POSES)
    for name, action in actions.items():
        assert action.asset_data.catalog_id == catalog_id(POSES[name].kind)
        assert {tag.name for tag in action.asset_data.tags} == {"likeness", POSES[name].kind}
        assert action.asset_data.description == POSES[name].help
    assert make_pose_assets(armature) == actions, "a second time makes no second set"


def test_blenders_own_pose_library_puts_them_on_with_strength(armature):
    actions = make_pose_assets(armature)
    armature.pose.apply_pose_from_action(actions["surprise"])
    armature.update_tag()
    assert key_values(armature)["browInnerUp"] == pytest.approx(0.75)
    assert armature.pose.bones["head"].rotation_euler.x < -0.04
    armature.pose.apply_pose_from_action(actions["joy"])
    assert key_values(armature)["browInnerUp"] == 0.0, "one expression replaces the other"
    armature.pose.blend_pose_from_action(actions["viseme_aa"], blend_factor=0.5)
    values = key_values(armature)
    assert values["viseme_aa"] == pytest.approx(0.5)
    assert values["mouthSmileLeft"] == pytest.approx(0.9), "a viseme leaves the expression"


def test_assets_stay_through_save_and_reload(armature, tmp_path):
    make_pose_assets(armature)
    path = tmp_path / "poses.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(str(path), assets_only=True) as (there, _):
        assert {"Joy", "Viseme aa"} <= set(there.actions)
        assert len(there.actions) == len(POSES)


def test_catalogs_are_added_to_those_that_are_there(tmp_path: Path):
    path = tmp_path / CATALOG_FILE
    own = "11111111-2222-3333-4444-555555555555:Mine:Mine"
    path.write_text(f"VERSION 1\n\n{own}\n")
    assert write_catalogs(tmp_path)
    lines = path.read_text().splitlines()
    assert lines[0] == "VERSION 1" and own in lines
    for kind in CATALOGS:
        assert any(line.startswith(f"{catalog_id(kind)}:{catalog_path(kind)}:") for line in lines)
    before = path.read_bytes()
    assert not write_catalogs(tmp_path)
    assert path.read_bytes() == before


def test_pictures_show_the_poses_and_leave_rig_take_and_scene_as_they_were(
    addon, armature, performance_folder, tmp_path
):
    apply_performance(armature, performance_folder)
    bpy.context.scene.frame_set(9)
    armature["viseme_PP"] = 0.3
    before = {(c.path, c.index): read_control(armature, c) for c in rig_controls(armature)}
    scenes, objects = len(bpy.data.scenes), len(bpy.data.objects)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "file.blend"))
    bpy.ops.likeness.make_pose_assets()
    assert (tmp_path / CATALOG_FILE).is_file()
    assert (len(bpy.data.scenes), len(bpy.data.objects)) == (scenes, objects)
    bpy.context.scene.frame_set(9)
    assert {(c.path, c.index): read_control(armature, c) for c in rig_controls(armature)} == pytest.approx(before)
    assert armature.animation_data.use_nla and armature.animation_data.action is not None
    pictures = {}
    for name in ("viseme_sil", "viseme_aa"):
        (action,) = [action for action in bpy.data.actions if action.get("likeness_pose") == name]
        pictures[name] = np.empty(4 * 128 * 128, dtype=np.float32)
        action.preview.image_pixels_float.foreach_get(pictures[name])
        assert 0.1 < pictures[name][3::4].mean() <= 1.0, "a head before nothing"
    assert np.abs(pictures["viseme_sil"] - pictures["viseme_aa"]).max() > 0.05
