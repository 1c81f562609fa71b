# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs from before there were a board and a look-at target work, and can be given them."""

from __future__ import annotations

import bpy
import pytest
from test_rig_controls import key_values, local_turn, move

from blender_addon.errors import LikenessError
from blender_addon.rig import import_avatar, rig_parts
from blender_addon.rig.board import FRAME, HANDLES
from blender_addon.rig.controls import CARRY, LOOK_AT
from blender_addon.rig.replace import replace_rig
from blender_addon.rig.upgrade import add_controls, has_controls
from blender_addon.takes import apply_performance


def strip_controls(armature: bpy.types.Object) -> None:
    """Make a rig as it was before there was a board: keys read the armature, nine bones, no constraints."""
    head = rig_parts(armature)["head"]
    for part in rig_parts(armature).values():
        keys = part.data.shape_keys
        for curve in keys.animation_data.drivers if keys else ():
            for variable in curve.driver.variables:
                variable.targets[0].id = armature
    for curve in list(head.animation_data.drivers):
        if curve.data_path != '["delight"]':
            head.animation_data.drivers.remove(curve)
    for name in set(head.keys()) & set(armature.keys()) - {"delight", "likeness_avatar_id", "likeness_rig_id"}:
        del head[name]
    for curve in list(armature.animation_data.drivers):
        armature.animation_data.drivers.remove(curve)
    for bone in armature.pose.bones:
        bone.custom_shape = None
        for constraint in list(bone.constraints):
            bone.constraints.remove(constraint)
    del armature[LOOK_AT], armature[CARRY]
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    for name in (*HANDLES, FRAME, "look_at", "head_turn"):
        armature.data.edit_bones.remove(armature.data.edit_bones[name])
    bpy.ops.object.mode_set(mode="OBJECT")


def test_a_rig_from_before_works_and_can_be_given_controls(armature, performance_folder):
    strip_controls(armature)
    assert not has_controls(armature)
    armature["jawOpen"] = 0.3
    assert key_values(armature)["jawOpen"] == pytest.approx(0.3)
    apply_performance(armature, performance_folder)
    strips = [track.name for track in armature.animation_data.nla_tracks]
    add_controls(armature, bpy.context.view_layer)
    assert has_controls(armature)
    assert [track.name for track in armature.animation_data.nla_tracks] == strips
    bpy.context.scene.frame_set(1)
    move(armature, "jaw", y=-0.5)
    assert key_values(armature)["jawOpen"] == pytest.approx(0.6, abs=0.01)
    add_controls(armature, bpy.context.view_layer)
    assert key_values(armature)["jawSmile"] == pytest.approx(0.6 * 0.25, abs=0.01)


def test_an_old_rig_takes_the_bones_of_a_new_one(armature, avatar_folder):
    strip_controls(armature)
    made = replace_rig(armature, import_avatar(avatar_folder))
    assert has_controls(made)
    move(made, "jaw", y=-0.5)
    assert key_values(made)["jawOpen"] == pytest.approx(0.5, abs=1e-5)
    made.pose.bones["head"].rotation_euler = (0.0, 0.4, 0.0)
    assert local_turn(made, "neck").y == pytest.approx(0.35 * 0.4, abs=0.01)


def test_a_rig_without_eyes_is_given_no_controls_and_says_why(armature):
    strip_controls(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    armature.data.edit_bones.remove(armature.data.edit_bones["eye_left"])
    bpy.ops.object.mode_set(mode="OBJECT")
    with pytest.raises(LikenessError) as caught:
        add_controls(armature, bpy.context.view_layer)
    assert caught.value.code == "rig_bones_missing"
