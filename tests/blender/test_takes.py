# SPDX-License-Identifier: GPL-3.0-or-later
"""A performance becomes a take whose every frame shows what its curves say."""

from __future__ import annotations

import json
from pathlib import Path

import bpy
import numpy as np
import pytest
from addon import own_warnings
from small_avatar import write_small_performance

from blender_addon import compat
from blender_addon.errors import LikenessError
from blender_addon.rig import import_avatar, rig_parts
from blender_addon.takes import apply_performance
from blender_addon.takes.performance import LAYERS

HARD_LIMITS = (-1.0, 2.0)
# What a layer's keys may be off: 0.005 of a channel's range 1, of a rotation's 0.5 radians.
OFF, OFF_TURN = 0.0051, 0.0026


def summed(folder: Path, channel: str, seconds: float) -> float:
    """The layers' sum at a time, clamped as the channels are: straight from the file."""
    with np.load(folder / "performance.npz") as arrays:
        curves = [arrays[name] for name in arrays.files if name.endswith(f"/{channel}")]
        values = [np.interp(seconds, arrays["time"], curve) for curve in curves]
    return float(np.clip(sum(values), *HARD_LIMITS))


def key_value(armature: bpy.types.Object, name: str) -> float:
    keys = rig_parts(armature)["head"].data.shape_keys
    return keys.evaluated_get(bpy.context.evaluated_depsgraph_get()).key_blocks[name].value


def face_point(armature: bpy.types.Object, towards: tuple[float, float, float]) -> np.ndarray:
    """World position of the head vertex that lies furthest in a direction at rest, after animation."""
    head = rig_parts(armature)["head"]
    rest = np.array([vertex.co for vertex in head.data.vertices])
    index = int((rest @ np.array(towards)).argmax())
    final = head.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array(final.matrix_world @ final.data.vertices[index].co)


def strips(armature: bpy.types.Object) -> dict[str, list[str]]:
    return {track.name: [strip.name for strip in track.strips] for track in armature.animation_data.nla_tracks}


def layer_keys(armature: bpy.types.Object) -> dict[str, list]:
    """Track -> all keys of its strips' actions, exactly."""
    return {
        track.name: [
            (
                curve.data_path,
                curve.array_index,
                [tuple(map(tuple, (k.co, k.handle_left, k.handle_right))) for k in points],
            )
            for strip in track.strips
            for curve in compat.curve_bag(compat.played_slot(strip)).fcurves
            for points in [curve.keyframe_points]
        ]
        for track in armature.animation_data.nla_tracks
    }


def pose(armature: bpy.types.Object, folder: Path, curves: dict[str, float]) -> None:
    """Perform constant values and go to a frame inside the take."""
    path = folder / "performance.npz"
    with np.load(path) as arrays:
        time = arrays["time"]
    np.savez(path, time=time, **{f"head/{name}": np.full_like(time, value) for name, value in curves.items()})
    description = json.loads((folder / "performance.json").read_text())
    description["layers"] = {"head": list(curves)}
    (folder / "performance.json").write_text(json.dumps(description))
    apply_performance(armature, folder)
    bpy.context.scene.frame_set(5)


@pytest.mark.parametrize("fps, base", [(24, 1.0), (25, 1.0), (30, 1.001), (60, 1.0)])
def test_every_frame_shows_the_sum_of_the_layers(armature, performance_folder, fps, base):
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = fps, base
    take = apply_performance(armature, performance_folder)
    assert take.end - take.start == pytest.approx(fps / base, abs=1)
    seen = []
    for frame in range(take.start, take.end + 1):
        scene.frame_set(frame)
        seconds = (frame - take.start) / fps * base
        for channel in ("jawOpen", "mouthSmileLeft", "eyeBlinkLeft", "browInnerUp"):
            wanted = summed(performance_folder, channel, seconds)
            assert key_value(armature, channel) == pytest.approx(wanted, abs=2 * OFF)
        seen.append(key_value(armature, "jawOpen"))
    assert max(seen) - min(seen) > 0.9


def test_the_sum_stops_at_the_channels_limits(armature, tmp_path):
    loud = write_small_performance(tmp_path, "loud", scale=5.0)
    take = apply_performance(armature, loud)
    peak = 0.0
    for frame in range(take.start, take.end + 1):
        bpy.context.scene.frame_set(frame)
        peak = max(peak, key_value(armature, "jawOpen"))
    assert peak == pytest.approx(2.0, abs=1e-6)


def test_rotations_reach_their_bones_as_written(armature, performance_folder):
    apply_performance(armature, performance_folder)
    rows = {
        "headYaw": ("head", 1, 1),
        "headPitch": ("head", 0, -1),
        "neckRoll": ("neck", 2, -1),
        "eyeLeftYaw": ("eye_left", 1, 1),
        "eyeLeftPitch": ("eye_left", 0, -1),
        "chestPitch": ("chest", 0, -1),
    }
    for frame in (1, 7, 13, 25):
        bpy.context.scene.frame_set(frame)
        final = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for channel, (bone, axis, sign) in rows.items():
            wanted = sign * summed(performance_folder, channel, (frame - 1) / 24)
            assert final.pose.bones[bone].rotation_euler[axis] == pytest.approx(wanted, abs=OFF_TURN)


def test_positive_yaw_turns_the_face_to_the_subjects_left(armature, performance_folder):
    rest = face_point(armature, (0, -1, 0))
    pose(armature, performance_folder, {"headYaw": 0.4})
    assert face_point(armature, (0, -1, 0))[0] > rest[0] + 0.03


def test_positive_pitch_looks_up(armature, performance_folder):
    rest = face_point(armature, (0, -1, 0))
    pose(armature, performance_folder, {"headPitch": 0.3})
    assert face_point(armature, (0, -1, 0))[2] > rest[2] + 0.02


def test_positive_roll_leans_to_the_subjects_left_shoulder(armature, performance_folder):
    rest = face_point(armature, (0, 0, 1))
    pose(armature, performance_folder, {"headRoll": 0.3})
    assert face_point(armature, (0, 0, 1))[0] > rest[0] + 0.03


def test_the_eyes_turn_in_their_sockets(armature, performance_folder):
    eyes = rig_parts(armature)["eyes"]
    rest = np.array([vertex.co for vertex in eyes.data.vertices])
    left = rest[:, 0] > 0
    front = int(np.where(left, -rest[:, 1], -np.inf).argmax())
    pose(armature, performance_folder, {"eyeLeftYaw": 0.3, "eyeLeftPitch": 0.2})
    final = eyes.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    moved = np.array([vertex.co for vertex in final.vertices]) - rest
    assert moved[front, 0] > 0.002 and moved[front, 2] > 0.001
    assert np.abs(moved[~left]).max() < 1e-6


def test_each_layer_is_one_additive_strip_on_a_track_of_its_name_in_order(armature, performance_folder):
    take = apply_performance(armature, performance_folder)
    tracks = armature.animation_data.nla_tracks
    assert tuple(track.name for track in tracks) == LAYERS == take.layers
    for track in tracks:
        (strip,) = track.strips
        assert strip.blend_type == "ADD"
        assert (strip.frame_start, strip.frame_end) == (take.start, take.end)
        assert compat.played_slot(strip) is not None


def test_muting_a_layer_takes_exactly_its_share_away(armature, performance_folder):
    apply_performance(armature, performance_folder)
    armature.animation_data.nla_tracks["speech"].mute = True
    for frame in (3, 9, 20):
        bpy.context.scene.frame_set(frame)
        assert key_value(armature, "jawOpen") == pytest.approx(0.1, abs=1e-3)


def test_the_artists_keys_add_to_the_take_and_survive_the_next_one(armature, performance_folder):
    apply_performance(armature, performance_folder)
    manual = armature.animation_data.action
    armature["browInnerUp"] = 0.5
    bag = compat.curve_bag(compat.first_slot(manual))
    curve = bag.fcurves.new('["browInnerUp"]')
    curve.keyframe_points.insert(1, 0.25)
    for _ in range(2):
        apply_performance(armature, performance_folder)
        assert armature.animation_data.action == manual
        for frame in (4, 13):
            bpy.context.scene.frame_set(frame)
            wanted = 0.25 + summed(performance_folder, "browInnerUp", (frame - 1) / 24)
            assert key_value(armature, "browInnerUp") == pytest.approx(wanted, abs=OFF)


def test_performing_again_replaces_only_the_layers_asked_for(armature, performance_folder, tmp_path):
    apply_performance(armature, performance_folder)
    before, keys = strips(armature), layer_keys(armature)
    actions = len(bpy.data.actions)
    other = write_small_performance(tmp_path, "other", scale=0.5)
    apply_performance(armature, other, layers=("head", "blink"))
    assert strips(armature) == before
    after = layer_keys(armature)
    assert {layer for layer in after if after[layer] != keys[layer]} == {"head", "blink"}
    bpy.context.scene.frame_set(13)
    assert key_value(armature, "eyeBlinkLeft") == pytest.approx(summed(other, "eyeBlinkLeft", 0.5), abs=OFF)
    assert key_value(armature, "jawOpen") == pytest.approx(summed(performance_folder, "jawOpen", 0.5), abs=2 * OFF)
    assert len(bpy.data.actions) == actions


def test_strips_of_the_artist_are_never_taken_away(armature, performance_folder):
    apply_performance(armature, performance_folder)
    data = armature.animation_data
    copy = data.nla_tracks["head"].strips[0].action.copy()
    mine = data.nla_tracks.new()
    mine.name = "my own"
    mine.strips.new("mine", 1, copy)
    renamed = data.nla_tracks["blink"].strips[0].action
    renamed.name = "my blinks"
    apply_performance(armature, performance_folder)
    assert [strip.action for strip in data.nla_tracks["my own"].strips] == [copy]
    assert any(strip.action == renamed for track in data.nla_tracks for strip in track.strips)


def test_two_rigs_keep_their_own_takes(armature, avatar_folder, performance_folder):
    second = import_avatar(avatar_folder)
    apply_performance(armature, performance_folder)
    apply_performance(second, performance_folder)
    apply_performance(second, performance_folder)
    assert strips(armature).keys() == strips(second).keys()
    assert all(len(names) == 1 for names in strips(armature).values())
    scene = bpy.context.scene
    assert len(compat.editor_strips(scene.sequence_editor)) == 2


def test_the_voice_starts_with_the_take_and_is_packed(armature, performance_folder):
    scene = bpy.context.scene
    take = apply_performance(armature, performance_folder, start=10)
    apply_performance(armature, performance_folder, start=10)
    (strip,) = compat.editor_strips(scene.sequence_editor)
    assert strip.type == "SOUND" and strip.frame_start == 10 == take.start
    assert strip.frame_final_duration == pytest.approx(24, abs=1)
    assert strip.sound.packed_file is not None
    assert strip.sound.filepath == "//speech.wav"
    assert len(bpy.data.sounds) == 1
    assert scene.frame_end == take.end


def test_runs_of_one_value_need_no_keys_of_their_own(armature, performance_folder):
    apply_performance(armature, performance_folder)
    strip = armature.animation_data.nla_tracks["expression"].strips[0]
    bag = compat.curve_bag(compat.played_slot(strip))
    curve = bag.fcurves.find('["mouthSmileLeft"]')
    assert [tuple(point.co) for point in curve.keyframe_points] == [(0.0, 0.25), (24.0, 0.25)]


def test_channels_that_the_rig_lacks_are_named(armature, performance_folder):
    description = json.loads((performance_folder / "performance.json").read_text())
    description["layers"]["speech"].append("tongueOut")
    (performance_folder / "performance.json").write_text(json.dumps(description))
    with np.load(performance_folder / "performance.npz") as arrays:
        curves = {name: arrays[name] for name in arrays.files}
    curves["speech/tongueOut"] = np.full_like(curves["speech/jawOpen"], 0.5)
    np.savez(performance_folder / "performance.npz", **curves)
    assert own_warnings(apply_performance(armature, performance_folder)) == ["This avatar has no tongueOut."]


DAMAGES = {
    "no description": ("performance_missing", lambda f: (f / "performance.json").unlink()),
    "half a description": ("performance_unreadable", lambda f: (f / "performance.json").write_text('{"for')),
    "no curves": ("performance_unreadable", lambda f: (f / "performance.npz").unlink()),
    "no sound": ("performance_incomplete", lambda f: (f.parent / "small.speech" / "speech.wav").unlink()),
    "a curve that is missing": (
        "performance_incomplete",
        lambda f: np.savez(f / "performance.npz", time=np.arange(5) / 60),
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_performance_says_so_and_leaves_the_take_alone(damage, armature, performance_folder):
    apply_performance(armature, performance_folder)
    before = strips(armature), len(bpy.data.actions), len(bpy.data.sounds)
    code, break_it = DAMAGES[damage]
    break_it(performance_folder)
    with pytest.raises(LikenessError) as caught:
        apply_performance(armature, performance_folder)
    assert caught.value.code == code
    assert (strips(armature), len(bpy.data.actions), len(bpy.data.sounds)) == before


def test_an_unknown_layer_is_refused(armature, performance_folder):
    with pytest.raises(LikenessError, match="no layer ears"):
        apply_performance(armature, performance_folder, layers=("ears",))
