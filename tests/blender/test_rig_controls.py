# SPDX-License-Identifier: GPL-3.0-or-later
"""What an animator holds: the face board adds to channels, eyes follow a target, the head carries the neck along."""

from __future__ import annotations

import json
import math
from pathlib import Path

import bpy
import numpy as np
import pytest
from addon import own_warnings
from mathutils import Vector
from test_takes import OFF_TURN, pose

from blender_addon.rig import find_rig, import_avatar, rig_parts
from blender_addon.rig.armature import COLLECTIONS, MECHANISM
from blender_addon.rig.board import FRAME, HANDLES, TILTS, TRAVEL
from blender_addon.rig.controls import CARRY, LOOK_AT
from blender_addon.rig.replace import replace_rig
from blender_addon.rig.widgets import COLLECTION
from blender_addon.takes import apply_performance

LIDS = ("eyeLookDownLeft", "eyeLookUpLeft", "eyeLookDownRight", "eyeLookUpRight")


def with_lids(folder: Path) -> Path:
    """The small avatar with four more channels whose keys lower and raise the lids."""
    path = folder / "avatar.json"
    description = json.loads(path.read_text())
    description["channels"] += [{"name": name, "kind": "arkit", "description": f"Moves {name}."} for name in LIDS]
    head = next(mesh for mesh in description["meshes"] if mesh["name"] == "head")
    head["keys"] += LIDS
    path.write_text(json.dumps(description))
    with np.load(folder / "geometry.npz") as file:
        arrays = dict(file)
    deltas = np.full((len(LIDS), *arrays["head.positions"].shape), 1e-3, dtype=np.float32)
    arrays["head.deltas"] = np.concatenate([arrays["head.deltas"], deltas])
    np.savez(folder / "geometry.npz", **arrays)
    return folder


@pytest.fixture
def rig(avatar_folder: Path) -> bpy.types.Object:
    return import_avatar(with_lids(avatar_folder))


def evaluated(armature: bpy.types.Object) -> bpy.types.Object:
    armature.update_tag()
    bpy.context.view_layer.update()
    return armature.evaluated_get(bpy.context.evaluated_depsgraph_get())


def key_values(armature: bpy.types.Object, part: str = "head") -> dict[str, float]:
    evaluated(armature)
    keys = rig_parts(armature)[part].data.shape_keys
    final = keys.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return {block.name: block.value for block in final.key_blocks}


def evaluated_points(obj: bpy.types.Object) -> np.ndarray:
    """(V, 3) positions after keys and bones."""
    mesh = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    points = np.empty(3 * len(mesh.vertices), dtype=np.float32)
    mesh.vertices.foreach_get("co", points)
    return points.reshape(-1, 3)


def local_turn(armature: bpy.types.Object, bone: str) -> Vector:
    """Euler angles of a bone in its own axes, with what constraints make of it."""
    final = evaluated(armature)
    posed = final.pose.bones[bone]
    matrix = final.convert_space(pose_bone=posed, matrix=posed.matrix, from_space="POSE", to_space="LOCAL")
    return Vector(matrix.to_euler("XYZ"))


def looks_at(armature: bpy.types.Object, bone: str) -> Vector:
    """Where a bone's front points, in the armature's space."""
    matrix = evaluated(armature).pose.bones[bone].matrix
    return matrix.to_3x3() @ Vector((0, 0, 1))


def towards_target(armature: bpy.types.Object, eye: str) -> Vector:
    """The direction from an eye to the look-at target."""
    bones = evaluated(armature).pose.bones
    return (bones["look_at"].matrix.translation - bones[eye].matrix.translation).normalized()


def move(armature: bpy.types.Object, handle: str, x: float = 0.0, y: float = 0.0) -> None:
    """Put a handle of the board that many travels from its rest."""
    armature.pose.bones[f"board_{handle}"].location = (x * TRAVEL, y * TRAVEL, 0.0)


def test_a_handle_adds_to_its_channel_on_every_mesh_and_in_correctives(armature):
    armature["jawOpen"], armature["mouthSmileLeft"] = 0.3, 0.25
    move(armature, "jaw", y=-0.5)
    move(armature, "mouth_corner_left", y=0.5)
    head = key_values(armature)
    assert head["jawOpen"] == pytest.approx(0.8, abs=1e-5) == key_values(armature, "tongue")["jawOpen"]
    assert head["mouthSmileLeft"] == pytest.approx(0.75, abs=1e-5)
    assert head["jawSmile"] == pytest.approx(0.8 * 0.75, abs=1e-5)
    assert head["mouthSmileRight"] == 0.0
    assert armature["jawOpen"] == 0.3


def test_a_handle_beyond_its_way_adds_no_more_and_the_other_way_nothing(armature):
    move(armature, "jaw", y=-5.0)
    move(armature, "mouth_corner_left", y=-1.0)
    assert key_values(armature)["jawOpen"] == pytest.approx(1.0)
    assert key_values(armature)["mouthSmileLeft"] == 0.0
    armature["jawOpen"] = 2.0
    assert key_values(armature)["jawOpen"] == pytest.approx(2.0)


def test_the_inner_brow_of_one_side_goes_up_alone_and_both_make_the_channel(armature):
    head = rig_parts(armature)["head"]
    rest = evaluated_points(head)
    left, right = rest[:, 0] > 0.02, rest[:, 0] < -0.02
    move(armature, "brow_inner_left", y=1.0)
    evaluated(armature)
    moved = evaluated_points(head) - rest
    assert np.abs(moved[left]).max() > 0.002 > 10 * np.abs(moved[right]).max()
    move(armature, "brow_inner_right", y=1.0)
    evaluated(armature)
    both = evaluated_points(head)
    move(armature, "brow_inner_left")
    move(armature, "brow_inner_right")
    armature["browInnerUp"] = 1.0
    evaluated(armature)
    np.testing.assert_allclose(both, evaluated_points(head), atol=1e-6)


def test_every_handle_is_limited_to_its_way(armature):
    for name, handle in HANDLES.items():
        (limit,) = armature.pose.bones[name].constraints
        assert limit.use_transform_limit
        assert (limit.min_x, limit.max_x) == pytest.approx([TRAVEL * way for way in handle.x])
        assert (limit.min_y, limit.max_y) == pytest.approx([TRAVEL * way for way in handle.y])
        assert armature.pose.bones[name].lock_location[2]


def test_the_boards_left_is_the_mirror_image_of_its_right():
    for name, handle in HANDLES.items():
        if not name.endswith("_left"):
            continue
        other = HANDLES[name.replace("_left", "_right")]
        assert other.place == (-handle.place[0], handle.place[1])
        mirrored = {
            (add.axis, add.sign * (-1 if add.axis == "x" else 1), add.channel.replace("Left", "Right"))
            for add in handle.additions
        }
        assert mirrored == {(add.axis, add.sign, add.channel) for add in other.additions}
        tilts = [add.share * (-1 if add.channel in TILTS else 1) for add in handle.additions]
        assert tilts == [add.share for add in other.additions]


def test_drivers_of_the_armature_and_the_sums_need_no_python(rig):
    head = rig_parts(rig)["head"]
    evaluated(rig)
    for owner in (rig, head):
        for curve in owner.animation_data.drivers:
            assert curve.driver.is_valid
            assert curve.driver.type == "AVERAGE" or curve.driver.is_simple_expression


def test_at_full_look_at_both_eyes_meet_in_the_target_however_the_head_turns(rig):
    rig[LOOK_AT] = 1.0
    target = rig.pose.bones["look_at"]
    for turn, place in ((0.0, (0.05, 0.1, 0.5)), (0.3, (0.1, -0.05, 0.3)), (-0.2, (0.0, 0.0, 0.0))):
        rig.pose.bones["head"].rotation_euler = (0.1, turn, 0.0)
        rig.pose.bones["eye_left"].rotation_euler = (0.1, 0.1, 0.0)
        target.location = place
        for eye in ("eye_left", "eye_right"):
            assert (looks_at(rig, eye) - towards_target(rig, eye)).length < 1e-3
    left, right = looks_at(rig, "eye_left"), looks_at(rig, "eye_right")
    assert left.x < right.x, "eyes that look at one thing converge"


def test_without_look_at_the_eyes_are_as_they_were_keyed_and_half_way_in_between(rig):
    rig.pose.bones["eye_left"].rotation_euler = (0.0, 0.2, 0.0)
    rig.pose.bones["look_at"].location = (0.0, 0.3, 0.0)
    assert local_turn(rig, "eye_left")[:] == pytest.approx((0.0, 0.2, 0.0), abs=1e-5)
    rig[LOOK_AT] = 1.0
    there = local_turn(rig, "eye_left")
    rig[LOOK_AT] = 0.5
    half = local_turn(rig, "eye_left")
    assert half.y == pytest.approx((0.2 + there.y) / 2, abs=0.01)
    assert half.x == pytest.approx(there.x / 2, abs=0.01)


def test_an_eye_stops_where_an_eye_stops(rig):
    rig[LOOK_AT] = 1.0
    rig.pose.bones["look_at"].location = (3.0, 0.0, 0.0)
    assert abs(local_turn(rig, "eye_left").y) == pytest.approx(math.radians(45), abs=0.02)


def test_the_boards_gaze_adds_to_the_keyed_one_and_takes_the_lids_along(rig):
    rig.pose.bones["eye_left"].rotation_euler = (0.0, 0.1, 0.0)
    move(rig, "gaze", x=0.5, y=-1.0)
    turn = local_turn(rig, "eye_left")
    assert turn.y == pytest.approx(0.1 + math.radians(16), abs=0.01)
    assert turn.x == pytest.approx(math.radians(25), abs=0.01), "down is a turn about +x"
    lids = key_values(rig)
    assert lids["eyeLookDownLeft"] == pytest.approx(1.0, abs=0.02) == lids["eyeLookDownRight"]
    assert lids["eyeLookUpLeft"] == 0.0


def test_lids_take_back_what_the_take_says_before_they_go_the_other_way(rig):
    rig["eyeLookDownLeft"] = 0.4
    rig.pose.bones["eye_left"].rotation_euler = (0.4 * math.radians(25), 0.0, 0.0)
    assert key_values(rig)["eyeLookDownLeft"] == pytest.approx(0.4, abs=1e-6)
    move(rig, "gaze", y=0.2)
    assert key_values(rig)["eyeLookDownLeft"] == pytest.approx(0.2, abs=0.01)
    assert key_values(rig)["eyeLookUpLeft"] == 0.0
    move(rig, "gaze", y=1.0)
    assert key_values(rig)["eyeLookDownLeft"] == pytest.approx(0.0, abs=0.01)
    assert key_values(rig)["eyeLookUpLeft"] == pytest.approx(0.6, abs=0.01)


@pytest.mark.parametrize("turn", [(0.0, 0.7, 0.0), (0.4, 0.0, 0.0), (0.0, 0.0, 0.35), (0.3, 0.5, -0.2)])
def test_the_head_carries_neck_chest_and_shoulders_and_still_looks_where_it_is_turned(armature, turn):
    armature[CARRY] = 0.0
    armature.pose.bones["head"].rotation_euler = turn
    armature.pose.bones["neck"].rotation_euler = (0.05, 0.04, 0.0)
    wanted = looks_at(armature, "head")
    neck = local_turn(armature, "neck")
    assert neck[:] == pytest.approx((0.05, 0.04, 0.0), abs=1e-5)
    assert local_turn(armature, "chest").length < 1e-5
    armature[CARRY] = 0.5
    assert (looks_at(armature, "head") - wanted).length < 0.01
    carried = local_turn(armature, "neck") - neck
    largest = max(range(3), key=lambda axis: abs(turn[axis]))
    assert carried[largest] == pytest.approx(0.5 * turn[largest], abs=0.06)
    for bone, share in (("chest", 0.2), ("shoulder_left", 0.15), ("shoulder_right", 0.15)):
        assert local_turn(armature, bone)[largest] == pytest.approx(0.5 * share * turn[largest], abs=0.02)


def test_a_take_carries_the_neck_too_and_its_channels_stay_as_written(armature, performance_folder):
    apply_performance(armature, performance_folder)
    bpy.context.scene.frame_set(20)
    armature[CARRY] = 0.0
    wanted = looks_at(armature, "head")
    neck = local_turn(armature, "neck")
    armature[CARRY] = 0.5
    assert (looks_at(armature, "head") - wanted).length < 0.01
    head = evaluated(armature).pose.bones["head"].rotation_euler.copy()
    assert local_turn(armature, "neck").y == pytest.approx(neck.y + 0.5 * head.y, abs=0.01)


def shoulder_tips(armature: bpy.types.Object) -> dict[str, Vector]:
    """Where points out at the sides, which hang on the shoulders' bones, are."""
    bones = evaluated(armature).pose.bones
    return {
        side: bones[f"shoulder_{side}"].matrix @ Vector((sign * 0.06, 0.0, 0.0))
        for side, sign in (("left", 1), ("right", -1))
    }


@pytest.mark.parametrize(
    "channel, side, way",
    [
        ("shoulderLeftLift", "left", (0, 0, 1)),
        ("shoulderRightLift", "right", (0, 0, 1)),
        ("chestPitch", "left", (0, 1, 0)),
        ("chestPitch", "right", (0, 1, 0)),
        ("chestYaw", "left", (0, 1, 0)),
        ("chestYaw", "right", (0, -1, 0)),
        ("chestRoll", "left", (0, 0, -1)),
        ("chestRoll", "right", (0, 0, 1)),
    ],
)
def test_body_channels_above_zero_raise_look_up_turn_left_and_lean_left(
    armature, performance_folder, channel, side, way
):
    rest = shoulder_tips(armature)
    pose(armature, performance_folder, {channel: 0.2})
    moved = {name: place - rest[name] for name, place in shoulder_tips(armature).items()}
    assert moved[side].dot(Vector(way)) > 0.008
    if channel.startswith("shoulder"):
        other = "right" if side == "left" else "left"
        assert moved[other].length < 1e-6, "the other shoulder stays"
        assert moved[side].z == pytest.approx(0.06 * math.sin(0.2), abs=1e-4)


def test_the_head_carries_a_body_that_a_take_moves_and_the_face_looks_where_it_would(armature, performance_folder):
    curves = {"chestYaw": 0.1, "chestPitch": -0.05, "shoulderLeftLift": 0.08, "shoulderRightLift": 0.03, "headYaw": 0.3}
    armature[CARRY] = 0.0
    pose(armature, performance_folder, curves)
    wanted, before = looks_at(armature, "head"), local_turn(armature, "shoulder_left")
    assert local_turn(armature, "chest").y == pytest.approx(0.1, abs=OFF_TURN)
    armature[CARRY] = 0.5
    assert (looks_at(armature, "head") - wanted).length < 0.01
    assert local_turn(armature, "chest").y == pytest.approx(0.1 + 0.5 * 0.2 * 0.3, abs=0.01)
    shoulder = local_turn(armature, "shoulder_left")
    assert shoulder.z == pytest.approx(before.z, abs=0.005), "lifted as the take says"
    assert shoulder.y == pytest.approx(before.y + 0.5 * 0.15 * 0.3, abs=0.01), "and carried along"


def test_sliders_say_what_they_do_and_can_be_overridden(armature):
    for name, most in ((LOOK_AT, 1.0), (CARRY, 0.8)):
        ui = armature.id_properties_ui(name).as_dict()
        assert (ui["min"], ui["max"]) == pytest.approx((0.0, most))
        assert ui["description"]
        assert armature.is_property_overridable_library(f'["{name}"]')


def test_bones_are_sorted_coloured_and_drawn_in_shapes_that_rigs_share(armature, avatar_folder):
    data = armature.data
    for collection, names in COLLECTIONS.items():
        assert {bone.name for bone in data.collections[collection].bones} == set(names)
        assert data.collections[collection].is_visible == (collection != MECHANISM)
    assert data.bones["eye_left"].color.palette != data.bones["eye_right"].color.palette
    shapes = {bone.name: bone.custom_shape for bone in armature.pose.bones}
    assert {name for name, shape in shapes.items() if shape is None} == {"head_turn"}
    second = import_avatar(avatar_folder)
    assert {bone.name: bone.custom_shape for bone in second.pose.bones} == shapes
    home = bpy.data.collections[COLLECTION]
    assert set(filter(None, shapes.values())) == set(home.objects)
    assert not set(home.objects) & set(bpy.context.scene.objects)


def test_controls_deform_nothing(armature):
    for name in (FRAME, *HANDLES, "look_at", "head_turn"):
        assert not armature.data.bones[name].use_deform


def test_a_renamed_rig_works_as_before(armature, performance_folder):
    armature.name = armature.data.name = "Somebody else"
    bpy.context.view_layer.objects.active = None
    assert find_rig(bpy.context) == armature
    armature["jawOpen"] = 0.3
    move(armature, "jaw", y=-0.5)
    assert key_values(armature)["jawOpen"] == pytest.approx(0.8, abs=1e-5)
    take = apply_performance(armature, performance_folder)
    assert own_warnings(take) == []


def test_a_rebuilt_avatar_keeps_board_look_at_and_what_is_keyed_on_them(armature, avatar_folder, performance_folder):
    apply_performance(armature, performance_folder)
    bone = armature.pose.bones["board_jaw"]
    bone.location = (0.0, -0.5 * TRAVEL, 0.0)
    bone.keyframe_insert("location", frame=1)
    made = replace_rig(armature, import_avatar(avatar_folder))
    assert made == armature
    bpy.context.scene.frame_set(1)
    assert key_values(made)["jawOpen"] == pytest.approx(0.1 + 0.5, abs=0.01)
    made[LOOK_AT] = 1.0
    assert (looks_at(made, "eye_left") - towards_target(made, "eye_left")).length < 1e-3
    for part in rig_parts(made).values():
        for owner in (part, part.data.shape_keys):
            for curve in owner.animation_data.drivers if owner and owner.animation_data else ():
                assert all(v.targets[0].id in (made, rig_parts(made)["head"]) for v in curve.driver.variables)
                assert curve.driver.is_valid
