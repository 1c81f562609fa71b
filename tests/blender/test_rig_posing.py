# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions, mirror, reset and keys: what the artist sets stays, and so does what a take says."""

from __future__ import annotations

import bpy
import pytest
from test_rig_controls import evaluated, key_values, move, with_lids

from blender_addon.errors import LikenessError
from blender_addon.rig import import_avatar
from blender_addon.rig.board import TRAVEL
from blender_addon.rig.manual import (
    Control,
    animated_controls,
    ensure_manual,
    read_control,
    rig_controls,
    write_seen,
)
from blender_addon.rig.poses import POSES
from blender_addon.rig.posing import apply_pose, key_pose, mirror_pose, reset_pose
from blender_addon.takes import apply_performance


@pytest.fixture
def taken(armature, performance_folder) -> bpy.types.Object:
    """The small rig at frame 9 of a take of all layers."""
    apply_performance(armature, performance_folder)
    bpy.context.scene.frame_set(9)
    return armature


def seen(armature: bpy.types.Object) -> dict[tuple[str, int], float]:
    """All controls as the animation shows them at this frame."""
    bpy.context.scene.frame_set(bpy.context.scene.frame_current)
    return {(c.path, c.index): read_control(armature, c) for c in rig_controls(armature)}


def own_keys(armature: bpy.types.Object) -> dict[tuple[str, int], list[tuple[float, float]]]:
    """The keys in the artist's own action."""
    curves = ensure_manual(armature).fcurves
    return {(c.data_path, c.array_index): [tuple(key.co) for key in c.keyframe_points] for c in curves}


def test_there_are_twelve_expressions_and_fifteen_visemes_of_channels_that_avatars_have():
    from core.channels import ARKIT_CHANNELS, VISEMES

    expressions = [pose for pose in POSES.values() if pose.kind == "expression"]
    assert len(expressions) == 12
    assert tuple(pose.name for pose in POSES.values() if pose.kind == "viseme") == VISEMES
    for pose in expressions:
        assert set(pose.channels) <= {*ARKIT_CHANNELS, "neutral"}
        assert all(0 < value <= 1 for value in pose.channels.values())
        assert pose.help
    assert len({tuple(sorted(pose.channels.items())) for pose in expressions}) == 12


def test_an_expression_at_half_strength_is_half_of_it_and_replaces_the_one_before(armature):
    apply_pose(armature, POSES["surprise"], 1)
    assert armature["browInnerUp"] == pytest.approx(0.75)
    assert armature.pose.bones["head"].rotation_euler.x < -0.04, "up is a turn about -x"
    apply_pose(armature, POSES["joy"], 1, strength=0.5)
    assert armature["browInnerUp"] == 0.0
    assert key_values(armature)["mouthSmileLeft"] == pytest.approx(0.45)
    assert armature.animation_data.action is None, "a rig without a take needs no keys"


def test_a_viseme_comes_on_top_of_an_expression(armature):
    apply_pose(armature, POSES["joy"], 1)
    apply_pose(armature, POSES["viseme_PP"], 1)
    apply_pose(armature, POSES["viseme_aa"], 1)
    values = key_values(armature)
    assert (values["viseme_PP"], values["viseme_aa"]) == (0.0, 1.0)
    assert values["mouthSmileLeft"] == pytest.approx(0.9)


def test_an_expression_in_a_take_adds_to_it_and_stays_through_the_take(taken):
    before = {frame: 0.0 for frame in (5, 9, 20)}
    for frame in before:
        bpy.context.scene.frame_set(frame)
        before[frame] = key_values(taken)["jawOpen"]
    bpy.context.scene.frame_set(9)
    keyed = apply_pose(taken, POSES["surprise"], 9)
    assert keyed > 0
    for frame, value in before.items():
        bpy.context.scene.frame_set(frame)
        assert key_values(taken)["jawOpen"] == pytest.approx(value + 0.28, abs=1e-3)
        assert key_values(taken)["browInnerUp"] > 0.7


def test_a_pose_can_be_keyed_on_a_rig_without_a_take(armature):
    apply_pose(armature, POSES["joy"], 1, key=True)
    apply_pose(armature, POSES["sadness"], 20, key=True)
    bpy.context.scene.frame_set(1)
    assert key_values(armature)["mouthSmileLeft"] == pytest.approx(0.9, abs=1e-4)
    bpy.context.scene.frame_set(20)
    assert key_values(armature)["mouthSmileLeft"] == pytest.approx(0.0, abs=1e-4)


def test_keying_what_differs_leaves_the_frame_as_it_is_seen(taken):
    taken["jawOpen"] = 0.9
    taken.pose.bones["head"].rotation_euler.y = 0.5
    move(taken, "mouth_corner_left", y=0.5)
    bone = taken.pose.bones["board_mouth_corner_left"]
    wanted = {(c.path, c.index): read_control(taken, c) for c in rig_controls(taken)}
    key_pose(taken, 9)
    assert set(own_keys(taken)) == {
        ('["jawOpen"]', 0),
        ('pose.bones["head"].rotation_euler', 1),
        (f'pose.bones["{bone.name}"].location', 1),
    }
    assert seen(taken) == pytest.approx(wanted, abs=1e-4)
    bpy.context.scene.frame_set(20)
    assert key_values(taken)["jawOpen"] != pytest.approx(0.9, abs=0.05), "the take still moves below"


def test_keying_twice_at_a_frame_or_later_keeps_what_is_seen(taken):
    taken["jawOpen"] = 0.9
    key_pose(taken, 9)
    bpy.context.scene.frame_set(15)
    there = key_values(taken)["jawOpen"]
    assert key_pose(taken, 15) == 0, "nothing differs here"
    assert key_values(taken)["jawOpen"] == pytest.approx(there, abs=1e-4)
    taken["jawOpen"] = 0.2
    assert key_pose(taken, 15) == 1
    assert seen(taken)[('["jawOpen"]', -1)] == pytest.approx(0.2, abs=1e-4)
    bpy.context.scene.frame_set(9)
    assert key_values(taken)["jawOpen"] == pytest.approx(0.9, abs=1e-4)


def test_keying_all_keys_every_control_and_changes_nothing(taken):
    before = seen(taken)
    count = key_pose(taken, 9, only_changed=False)
    assert count == len(before) == len(own_keys(taken))
    assert seen(taken) == pytest.approx(before, abs=1e-4)


def test_keys_survive_the_next_performance(taken, performance_folder):
    taken["jawOpen"] = 0.9
    key_pose(taken, 9)
    keys = own_keys(taken)
    apply_performance(taken, performance_folder)
    assert own_keys(taken) == keys
    bpy.context.scene.frame_set(9)
    assert key_values(taken)["jawOpen"] == pytest.approx(0.9, abs=1e-4)


def test_an_open_strip_is_left_alone(taken):
    track = taken.animation_data.nla_tracks["speech"]
    taken.animation_data.nla_tracks.active = track
    track.strips[0].select = True
    taken.animation_data.use_tweak_mode = True
    with pytest.raises(LikenessError) as caught:
        key_pose(taken, 9)
    assert caught.value.code == "strip_edited"


def test_the_mirror_swaps_channels_bones_and_board(avatar_folder):
    rig = import_avatar(with_lids(avatar_folder))
    rig["mouthSmileLeft"], rig["mouthSmileRight"], rig["jawOpen"] = 0.6, 0.1, 0.3
    rig.pose.bones["head"].rotation_euler = (0.1, 0.2, 0.3)
    rig.pose.bones["eye_left"].rotation_euler = (0.1, 0.3, 0.0)
    move(rig, "mouth_corner_left", x=0.4, y=0.5)
    move(rig, "gaze", x=0.3, y=0.2)
    assert mirror_pose(rig, 1) == 0
    assert (rig["mouthSmileLeft"], rig["mouthSmileRight"], rig["jawOpen"]) == pytest.approx((0.1, 0.6, 0.3))
    bones = rig.pose.bones
    assert bones["head"].rotation_euler[:] == pytest.approx((0.1, -0.2, -0.3))
    assert bones["eye_right"].rotation_euler[:] == pytest.approx((0.1, -0.3, 0.0))
    assert bones["eye_left"].rotation_euler[:] == pytest.approx((0.0, 0.0, 0.0))
    assert bones["board_mouth_corner_right"].location[:2] == pytest.approx((-0.4 * TRAVEL, 0.5 * TRAVEL))
    assert bones["board_mouth_corner_left"].location.length == 0.0
    assert bones["board_gaze"].location[:2] == pytest.approx((-0.3 * TRAVEL, 0.2 * TRAVEL))
    before = {(c.path, c.index): read_control(rig, c) for c in rig_controls(rig)}
    mirror_pose(rig, 1)
    mirror_pose(rig, 1)
    assert {(c.path, c.index): read_control(rig, c) for c in rig_controls(rig)} == pytest.approx(before, abs=1e-6)


def test_the_mirror_in_a_take_is_seen_at_its_frame(taken):
    head = taken.pose.bones["head"].rotation_euler.copy()
    left, right = taken["mouthSmileLeft"], taken["mouthSmileRight"]
    assert left > 0.2 > right
    mirror_pose(taken, 9)
    bpy.context.scene.frame_set(9)
    assert (taken["mouthSmileLeft"], taken["mouthSmileRight"]) == pytest.approx((right, left), abs=1e-4)
    assert taken.pose.bones["head"].rotation_euler[:] == pytest.approx((head.x, -head.y, -head.z), abs=1e-4)


def test_reset_takes_back_what_the_artist_did_and_leaves_the_take(taken):
    before = seen(taken)
    apply_pose(taken, POSES["anger"], 9)
    move(taken, "jaw", y=-0.5)
    taken.pose.bones["chest"].location.x = 0.1
    reset_pose(taken, 9)
    assert seen(taken) == pytest.approx(before, abs=1e-4)


def test_body_bones_posed_by_hand_stay_over_the_body_layer_and_go_back_to_it(taken):
    shoulder = Control('pose.bones["shoulder_left"].rotation_euler', 2, "shoulder_left")
    chest = Control('pose.bones["chest"].rotation_euler', 1, "chest")
    before = {control: read_control(taken, control) for control in (shoulder, chest)}
    assert all(abs(value) > 0.005 for value in before.values()), "the take moves both"
    wanted = {shoulder: 0.3, chest: -0.2}
    assert write_seen(taken, wanted, 9) == 2
    bpy.context.scene.frame_set(9)
    assert {control: read_control(taken, control) for control in wanted} == pytest.approx(wanted, abs=1e-4)
    bpy.context.scene.frame_set(14)
    later = {control: read_control(taken, control) for control in wanted}
    bpy.context.scene.frame_set(9)
    reset_pose(taken, 9)
    bpy.context.scene.frame_set(9)
    assert {control: read_control(taken, control) for control in wanted} == pytest.approx(before, abs=1e-4)
    bpy.context.scene.frame_set(14)
    moved = {control: read_control(taken, control) - later[control] for control in wanted}
    assert moved == pytest.approx({control: before[control] - wanted[control] for control in wanted}, abs=1e-4)


def test_reset_of_a_part_leaves_the_others(armature):
    armature["jawOpen"] = 0.5
    move(armature, "jaw", y=-0.5)
    armature.pose.bones["head"].rotation_euler.y = 0.3
    reset_pose(armature, 1, {"board"})
    assert armature.pose.bones["board_jaw"].location.length == 0.0
    assert (armature["jawOpen"], armature.pose.bones["head"].rotation_euler.y) == pytest.approx((0.5, 0.3))
    reset_pose(armature, 1, {"channels", "bones"})
    assert (armature["jawOpen"], armature.pose.bones["head"].rotation_euler.y) == (0.0, 0.0)


def test_sliders_of_the_rig_and_the_place_of_its_board_are_no_pose(armature):
    armature["head_carry"] = 0.5
    armature.pose.bones["face_board"].location.x = 0.2
    mirror_pose(armature, 1)
    reset_pose(armature, 1)
    assert armature["head_carry"] == 0.5
    assert armature.pose.bones["face_board"].location.x == pytest.approx(0.2)
    assert not any("head_carry" in control.path for control in rig_controls(armature))
    evaluated(armature)
    assert animated_controls(armature) == set()
