# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig's panels and operators, and what a damaged rig says."""

from __future__ import annotations

import bpy
import pytest
from addon import draw, own_warnings, why_not
from test_rig_before_controls import strip_controls
from test_rig_controls import key_values

from blender_addon.rig import rig_parts
from blender_addon.rig.check import check, repair
from blender_addon.takes import apply_performance


def told(armature: bpy.types.Object) -> str:
    return " ".join(f"{lack.message} {lack.hint}" for lack in check(armature))


def test_the_panel_offers_sliders_in_groups_poses_and_keys(addon, armature):
    drawn = draw(bpy.types.LIKENESS_PT_rig)
    assert drawn.properties == ['["look_at"]', '["head_carry"]']
    assert drawn.operators.count("likeness.key_pose") == 2
    assert {"likeness.mirror_pose", "likeness.reset_pose"} <= set(drawn.operators)
    assert draw(bpy.types.LIKENESS_PT_poses).operators == [
        *["likeness.apply_pose"] * 27,
        "likeness.make_pose_assets",
    ]
    mouth = draw(bpy.types.LIKENESS_PT_mouth).properties
    assert mouth == ['["jawOpen"]', '["mouthClose"]', '["mouthSmileRight"]', '["mouthSmileLeft"]']
    assert draw(bpy.types.LIKENESS_PT_brows).properties == ['["browInnerUp"]']
    assert draw(bpy.types.LIKENESS_PT_visemes).properties == ['["viseme_PP"]', '["viseme_aa"]']


def test_the_board_is_hidden_and_shown(addon, armature):
    assert "likeness.toggle_board" in draw(bpy.types.LIKENESS_PT_rig).operators
    bpy.ops.likeness.toggle_board()
    assert not armature.data.collections["Face Board"].is_visible
    bpy.ops.likeness.toggle_board()
    assert armature.data.collections["Face Board"].is_visible


def test_every_channel_has_its_slider_in_one_group(addon, armature):
    groups = ("mouth", "eyes", "brows", "cheeks", "visemes", "faces")
    shown = [name for group in groups for name in draw(getattr(bpy.types, f"LIKENESS_PT_{group}")).properties]
    from small_avatar import BASES, CHANNELS, VISEMES

    assert sorted(shown) == sorted(f'["{name}"]' for name in (*CHANNELS, *VISEMES, *BASES))


def test_without_an_avatar_there_is_no_panel_and_the_operators_say_why(addon):
    assert draw(bpy.types.LIKENESS_PT_rig).operators == []
    for operator in (bpy.ops.likeness.apply_pose, bpy.ops.likeness.mirror_pose, bpy.ops.likeness.key_pose):
        assert "Select the avatar to work on" in why_not(operator)


def test_an_applied_pose_is_one_undo_step(addon, armature):
    name = armature.name
    bpy.ops.ed.undo_push(message="Before")
    bpy.ops.likeness.apply_pose(pose="joy", strength=0.5)
    bpy.ops.ed.undo_push(message="Joy")
    assert bpy.data.objects[name]["mouthSmileLeft"] == pytest.approx(0.45)
    bpy.ops.ed.undo()
    assert bpy.data.objects[name]["mouthSmileLeft"] == 0.0
    bpy.ops.ed.redo()
    assert bpy.data.objects[name]["mouthSmileLeft"] == pytest.approx(0.45)


def test_operators_mirror_reset_and_key(addon, armature, performance_folder):
    armature["mouthSmileLeft"] = 0.5
    bpy.ops.likeness.mirror_pose()
    assert armature["mouthSmileRight"] == 0.5
    bpy.ops.likeness.reset_pose(parts={"board"})
    assert armature["mouthSmileRight"] == 0.5
    bpy.ops.likeness.reset_pose()
    assert armature["mouthSmileRight"] == 0.0
    apply_performance(armature, performance_folder)
    bpy.context.scene.frame_set(9)
    armature["jawOpen"] = 0.7
    bpy.ops.likeness.key_pose()
    bpy.context.scene.frame_set(9)
    assert armature["jawOpen"] == pytest.approx(0.7, abs=1e-4)


def test_a_whole_rig_lacks_nothing_with_another_name_either(armature, performance_folder):
    assert check(armature) == []
    armature.name = armature.data.name = "Renamed"
    apply_performance(armature, performance_folder)
    assert check(armature) == []


def test_a_missing_shape_key_is_named_and_the_rest_goes_on(armature, performance_folder):
    head = rig_parts(armature)["head"]
    head.shape_key_remove(head.data.shape_keys.key_blocks["mouthSmileLeft"])
    assert "Small head lacks the shape key mouthSmileLeft" in told(armature)
    take = apply_performance(armature, performance_folder)
    bpy.context.scene.frame_set(take.start + 5)
    assert key_values(armature)["jawOpen"] > 0.1


def test_a_missing_channel_is_named_and_repaired_and_the_face_moves_again(armature, performance_folder):
    del armature["jawOpen"], armature["viseme_aa"]
    armature.update_tag()
    bpy.context.view_layer.update()
    assert "lacks the channels jawOpen and viseme_aa" in told(armature)
    assert "Repair" in told(armature)
    (warning,) = own_warnings(apply_performance(armature, performance_folder))
    assert "jawOpen" in warning
    assert repair(armature, bpy.context.view_layer) == ["jawOpen", "viseme_aa"]
    assert check(armature) == []
    armature["viseme_aa"] = 0.5
    assert key_values(armature)["viseme_aa"] == pytest.approx(0.5)
    apply_performance(armature, performance_folder)
    bpy.context.scene.frame_set(5)
    assert key_values(armature)["jawOpen"] > 0.1


def test_missing_bones_meshes_and_drivers_are_named(armature):
    parts = rig_parts(armature)
    bpy.data.objects.remove(parts["tongue"])
    parts["cornea"].modifiers.clear()
    parts["hair"].parent_type = "OBJECT"
    parts["head"].data.shape_keys.driver_remove('key_blocks["photo"].value')
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    armature.data.edit_bones.remove(armature.data.edit_bones["neck"])
    bpy.ops.object.mode_set(mode="OBJECT")
    words = told(armature)
    for word in (
        "the bone neck",
        "the mesh tongue",
        "Small cornea does not follow",
        "Small hair does not follow",
        "the shape key photo",
    ):
        assert word in words


def test_a_rig_from_before_is_offered_controls(addon, armature):
    strip_controls(armature)
    assert "likeness.add_rig_controls" in draw(bpy.types.LIKENESS_PT_rig).operators
    assert "before there was a face board" in told(armature)
    bpy.ops.likeness.add_rig_controls()
    assert check(armature) == []
    assert "This avatar has them." in why_not(bpy.ops.likeness.add_rig_controls)
