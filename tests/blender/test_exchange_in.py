# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces captured by phones become takes, and a take leaves and comes back as it was."""

from __future__ import annotations

import json
from pathlib import Path

import bpy
import numpy as np
import pytest
from addon import why_not
from small_avatar import write_small_performance

from blender_addon import compat
from blender_addon.errors import LikenessError
from blender_addon.exchange import capture_rig, export_motion, read_capture, write_performance
from blender_addon.exchange.capture import (
    ARKIT,
    LOOK_RANGE,
    Capture,
    layer_of,
    plain_name,
    settle_eyes,
    straighten_head,
    turn_angles,
    turn_head,
    turn_matrices,
)
from blender_addon.exchange.livelink import COLUMNS
from blender_addon.takes import apply_performance, list_takes, shown_take

HEADER = ",".join(COLUMNS)


def write_rows(path: Path, codes: list[str], header: str = HEADER, **columns: list[float]) -> Path:
    """A CSV with the given timecodes; columns that are not named hold zeros."""
    names = header.split(",")
    lines = [header]
    for row, code in enumerate(codes):
        values = [code, "61", *(str(columns[name][row] if name in columns else 0.0) for name in names[2:])]
        lines.append(",".join(values[: len(names)]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def timecodes(count: int, rate: int, start: str = "10:59:59") -> list[str]:
    hours, minutes, seconds = map(int, start.split(":"))
    codes = []
    for row in range(count):
        whole = (hours * 3600 + minutes * 60 + seconds + row // rate) % 86400
        codes.append(f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}:{row % rate:02d}.512")
    return codes


def take_of(armature: bpy.types.Object, capture: Capture, folder: Path) -> None:
    apply_performance(armature, write_performance(capture, folder / "seen.performance", "seen.csv"))


@pytest.mark.parametrize("fps", [24, 30, 60])
def test_a_take_that_leaves_as_csv_comes_back_as_it_was(armature, performance_folder, tmp_path, fps):
    """In the file exactly; on the rig as exactly as few keys and a neck that is carried along allow."""
    scene = bpy.context.scene
    scene.render.fps = fps
    apply_performance(armature, performance_folder)
    before = capture_rig(armature, bpy.context)
    export_motion(armature, tmp_path / "small.csv", bpy.context, rate=fps, looks=False)
    read = read_capture(tmp_path / "small.csv", rate=fps)
    assert len(read.time) == len(before.time) == fps + 1
    moving = [name for name, values in before.channels.items() if np.ptp(values) > 0.01]
    assert {"jawOpen", "eyeBlinkLeft", "headYaw", "headPitch", "headRoll", "eyeLeftYaw"} <= set(moving)
    shown = [name for name in before.channels if not name.startswith("viseme_")]
    for name in shown:
        np.testing.assert_allclose(read.channels[name], before.channels[name], atol=1e-3, err_msg=name)
    take_of(armature, read, tmp_path)
    after = capture_rig(armature, bpy.context)
    for name in shown:
        np.testing.assert_allclose(after.channels[name], before.channels[name], atol=0.01, err_msg=name)


def test_the_csv_is_the_apps(armature, performance_folder, tmp_path):
    apply_performance(armature, performance_folder)
    export_motion(armature, tmp_path / "small.csv", bpy.context)
    lines = (tmp_path / "small.csv").read_text().splitlines()
    names = lines[0].split(",")
    assert len(names) == 63 and names[:4] == ["Timecode", "BlendShapeCount", "EyeBlinkLeft", "EyeLookDownLeft"]
    assert names[16:19] == ["JawForward", "JawRight", "JawLeft"] and names[53:57] == [
        "TongueOut", "HeadYaw", "HeadPitch", "HeadRoll",
    ]  # fmt: skip
    assert len(lines) == 1 + 61, "one second at the app's 60 rows"
    assert lines[1].startswith("00:00:00:00.000,61,") and lines[61].startswith("00:00:01:00.000,61,")
    row = dict(zip(names, lines[31].split(","), strict=True))
    assert float(row["HeadYaw"]) < -0.05, "the avatar turns to its left, which is less than 0 there"
    capture = capture_rig(armature, bpy.context, 60.0)
    assert float(row["JawOpen"]) == pytest.approx(capture.channels["jawOpen"][30], abs=1e-6)


def test_unreals_faces_see_where_the_eyes_look(armature, performance_folder, tmp_path):
    apply_performance(armature, performance_folder)
    export_motion(armature, tmp_path / "small.csv", bpy.context)
    looks = read_capture(tmp_path / "small.csv").channels
    turned = looks["eyeLeftYaw"] / LOOK_RANGE
    np.testing.assert_allclose(looks["eyeLookOutLeft"] - looks["eyeLookInLeft"], turned, atol=1e-4)
    assert turned.max() > 0.1 and looks["eyeLookUpLeft"].max() > 0.05


@pytest.mark.parametrize("rate", [24, 25, 30, 50, 60, 120])
def test_any_rate_is_read_off_the_timecode(tmp_path, rate):
    codes = timecodes(2 * rate + 1, rate)
    path = write_rows(tmp_path / "a.csv", codes, JawOpen=np.linspace(0, 1, len(codes)).tolist())
    capture = read_capture(path)
    assert capture.rate == rate
    assert capture.time[-1] == pytest.approx(2.0, abs=1e-6)
    np.testing.assert_allclose(capture.channels["jawOpen"], np.linspace(0, 1, 2 * rate + 1), atol=1e-6)


def test_a_recording_over_midnight_goes_on(tmp_path):
    path = write_rows(tmp_path / "a.csv", timecodes(121, 60, "23:59:59"))
    assert read_capture(path).time[-1] == pytest.approx(2.0, abs=1e-6)


def test_moments_without_a_face_and_moments_twice_are_passed_over(tmp_path):
    codes = timecodes(10, 60)
    path = write_rows(tmp_path / "a.csv", codes, JawOpen=[0.1 * n for n in range(10)])
    lines = path.read_text().splitlines()
    lines[4] = f"{codes[3]},0" + "," * 61  # as the app writes it
    lines.insert(7, lines[6])
    path.write_text("\n".join(lines))
    np.testing.assert_allclose(read_capture(path).channels["jawOpen"], 0.1 * np.arange(10), atol=1e-6)


def test_percents_and_other_spellings_are_understood(tmp_path):
    header = "timecode,BlendShapeCount,jawOpen,eyeBlink_L,Mouth_Smile_Right"
    path = write_rows(tmp_path / "a.csv", timecodes(3, 60), header, jawOpen=[0, 50, 100], eyeBlink_L=[0, 10, 20],
                      Mouth_Smile_Right=[0, 0, 30])  # fmt: skip
    capture = read_capture(path)
    assert capture.channels["jawOpen"].tolist() == pytest.approx([0.0, 0.5, 1.0])
    assert capture.channels["eyeBlinkLeft"].max() == pytest.approx(0.2)
    assert capture.channels["mouthSmileRight"].max() == pytest.approx(0.3)
    (told,) = capture.warnings
    assert "EyeLookDownLeft" in told and "more" in told


def facecap(path: Path, moments: int = 61) -> Path:
    names = [name.replace("Left", "_L").replace("Right", "_R") for name in ARKIT]
    lines = ["info,1,iPhone", "bs," + ",".join(names)]
    for row in range(moments):
        shapes = ["0"] * 52
        shapes[ARKIT.index("jawOpen")] = str(row / (moments - 1))
        shapes[ARKIT.index("eyeLookOutLeft")] = "0.5"
        turns = [10.0 * row / (moments - 1), 20.0, -5.0, 0.0, 15.0, 0.0, 15.0]
        lines.append(",".join(["k", str(round(row * 1000 / 60)), "0", "0", "0", *map(str, turns), *shapes]))
    path.write_text("\n".join(lines))
    return path


def test_face_cap_text_becomes_the_same_motion(tmp_path):
    capture = read_capture(facecap(tmp_path / "a.txt"))
    assert capture.rate == 60 and capture.warnings == ()
    assert capture.channels["jawOpen"][30] == pytest.approx(0.5, abs=0.02)
    assert capture.channels["headPitch"][-1] == pytest.approx(np.radians(-10.0), abs=1e-3), "x > 0 looks down"
    assert capture.channels["headYaw"][0] == pytest.approx(np.radians(20.0)), "y > 0 turns to the subject's left"
    assert capture.channels["headRoll"][0] == pytest.approx(np.radians(5.0)), "z > 0 leans to the subject's right"


def test_the_eyes_turn_where_the_look_shapes_say(tmp_path):
    """Whatever sign an app gives to turns, or none at all."""
    looks = {"eyeLookOutLeft": np.array([0.0, 0.5, 1.0]), "eyeLookDownLeft": np.array([0.2, 0.4, 0.0])}
    wrong = looks | {"eyeLeftYaw": np.array([0.0, -0.2, -0.4]), "eyeLeftPitch": np.array([0.1, 0.2, 0.0])}
    settled = settle_eyes(wrong)
    assert settled["eyeLeftYaw"].tolist() == [0.0, 0.2, 0.4] and settled["eyeLeftPitch"].tolist() == [-0.1, -0.2, 0.0]
    made = settle_eyes(looks | {"eyeLeftYaw": np.zeros(3)})
    np.testing.assert_allclose(made["eyeLeftYaw"], LOOK_RANGE * looks["eyeLookOutLeft"])
    np.testing.assert_allclose(made["eyeLeftPitch"], -LOOK_RANGE * looks["eyeLookDownLeft"])
    assert "eyeRightYaw" not in made


def test_the_head_turns_as_far_as_the_capture_says_and_carries_the_neck_along(armature, tmp_path):
    time = np.arange(25) / 24
    turns = {"headPitch": 0.2 * np.sin(time), "headYaw": 0.7 * time, "headRoll": -0.2 * time}
    take_of(armature, Capture(time, 24.0, turns), tmp_path)
    back = capture_rig(armature, bpy.context)
    for name, values in turns.items():
        np.testing.assert_allclose(back.channels[name], values, atol=np.radians(1.0), err_msg=name)
    angles = turn_angles(turn_matrices(*turns.values()))
    np.testing.assert_allclose([angles[n] for n in ("Pitch", "Yaw", "Roll")], list(turns.values()), atol=1e-9)
    alone = turn_head({"headYaw": turns["headYaw"]})
    np.testing.assert_allclose(alone["headYaw"], turns["headYaw"], atol=1e-9)


def test_a_phone_that_stood_askew_is_straightened():
    time = np.linspace(0, 6, 200)
    nod = {"headPitch": 0.1 * np.sin(5 * time), "headYaw": np.zeros(200), "headRoll": np.zeros(200)}
    askew = turn_matrices(*(np.array([angle]) for angle in (-0.3, 0.4, 0.1))) @ turn_matrices(*nod.values())
    seen = {f"head{name}": angle for name, angle in turn_angles(askew).items()}
    assert np.abs(np.median(seen["headYaw"])) > 0.3
    straight = straighten_head(seen)
    for name, turn in nod.items():
        np.testing.assert_allclose(straight[name], turn, atol=0.02, err_msg=name)
    assert straighten_head({"jawOpen": time}) == {"jawOpen": time}


def test_a_capture_is_spread_over_the_layers_and_needs_no_sound(armature, tmp_path):
    take_of(armature, read_capture(facecap(tmp_path / "a.txt")), tmp_path)
    tracks = {track.name for track in armature.animation_data.nla_tracks if track.strips}
    assert tracks == {"speech", "gaze", "head"}
    assert not bpy.data.sounds
    description = json.loads((tmp_path / "seen.performance" / "performance.json").read_text())
    assert description["sound"] is None
    for channel, layer in (("jawOpen", "speech"), ("cheekPuff", "speech"), ("browInnerUp", "expression"),
                           ("eyeBlinkLeft", "blink"), ("eyeLookUpLeft", "gaze"), ("headYaw", "head"),
                           ("noseSneerLeft", "expression"), ("eyeSquintRight", "expression")):  # fmt: skip
        assert layer_of(channel) == layer
        assert channel == "headYaw" or channel in description["layers"][layer]


def test_a_capture_is_a_take_beside_the_one_that_speaks(addon, avatar_folder, performance_folder, tmp_path):
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    armature = next(obj for obj in bpy.context.scene.objects if obj.type == "ARMATURE")
    bpy.ops.likeness.import_performance(directory=str(performance_folder))
    (spoken,) = list_takes(armature)
    bpy.ops.likeness.import_capture(filepath=str(facecap(tmp_path / "a.txt")))
    assert len(list_takes(armature)) == 2 and shown_take(armature) != spoken
    assert len(compat.editor_strips(bpy.context.scene.sequence_editor)) == 1, "the voice was lost"
    bpy.context.scene.likeness.layers = {"head"}
    bpy.ops.likeness.import_capture(filepath=str(facecap(tmp_path / "a.txt")))
    assert len(list_takes(armature)) == 2, "a part goes into the take that plays"


def test_names_are_told_apart_by_nothing_but_their_words():
    for name in ("eyeBlinkLeft", "EyeBlinkLeft", "eyeBlink_L", "eye_blink_l", "Face.eyeBlink_L", "face:EYEBLINKLEFT",
                 "eyeBlink.L", "Eye Blink Left", "eyeBlink-L"):  # fmt: skip
        assert plain_name(name) == "eyeblinkleft", name
    assert plain_name("jawOpen") == "jawopen"
    assert plain_name("mouthLeft") == "mouthleft"


DAMAGES = {
    "not there": ("capture_unreadable", None),
    "empty": ("capture_empty", ""),
    "only a header": ("capture_empty", HEADER),
    "other columns": ("capture_columns", "frame,x,y,z,qw,qx,qy\n1,2,3,4,5,6,7\n"),
    "no timecode": ("capture_columns", "Time,JawOpen\n0,1\n1,1\n"),
    "a picture": ("capture_unreadable", "\x89PNG\x00\x01\n\x02\x03\n"),
    "odd timecodes": ("capture_time", f"{HEADER}\nnoon,61{',0' * 61}\nevening,61{',0' * 61}\n"),
    "face cap without shapes": ("capture_columns", "info,1\nk,0,0,0,0,0,0,0,0,0,0,0\n"),
    "face cap with other shapes": ("capture_columns", "info,1\nbs,smile,frown\nk,0,0,0,0,0,0,0,0,0,0,0,1,1\n"),
    "face cap without moments": ("capture_empty", "info,1\nbs,jawOpen\n"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_recording_that_is_none_is_said_in_a_sentence_that_names_what_is_there(damage, tmp_path):
    code, text = DAMAGES[damage]
    path = tmp_path / "a.csv"
    if text is not None:
        path.write_text(text, encoding="latin-1")
    with pytest.raises(LikenessError) as caught:
        read_capture(path)
    assert caught.value.code == code and caught.value.hint
    if damage == "other columns":
        assert "frame, x, y, z, qw and 2 more" in caught.value.message
    if damage == "face cap with other shapes":
        assert "smile, frown" in caught.value.message


def test_unknown_columns_are_named_and_the_rest_is_read(tmp_path):
    path = write_rows(tmp_path / "a.csv", timecodes(3, 60), HEADER + ",Pulse", JawOpen=[0, 0.5, 1])
    capture = read_capture(path)
    assert capture.warnings == ("a.csv: the columns Pulse are not known and were left out.",)
    assert capture.channels["jawOpen"].max() == 1.0


def test_the_operator_puts_a_capture_on_the_avatar_as_a_take_of_its_own(addon, avatar_folder, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    for number in (1, 2):
        assert bpy.ops.likeness.import_capture(filepath=str(facecap(tmp_path / "a.txt"))) == {"FINISHED"}
        assert (tmp_path / "likeness" / f"Small-0{number}.performance" / "performance.npz").is_file()
    assert bpy.context.scene.frame_end == 25


def test_a_capture_that_cannot_be_read_leaves_the_take_alone(addon, avatar_folder, tmp_path):
    bpy.ops.likeness.import_avatar(directory=str(avatar_folder))
    armature = next(obj for obj in bpy.context.scene.objects if obj.type == "ARMATURE")
    apply_performance(armature, write_small_performance(tmp_path))
    before = [(track.name, [strip.action.name for strip in track.strips]) for track in
              armature.animation_data.nla_tracks]  # fmt: skip
    (tmp_path / "a.csv").write_text("frame,x\n1,2\n")
    assert "frame, x" in why_not(bpy.ops.likeness.import_capture, filepath=str(tmp_path / "a.csv"))
    assert before == [(t.name, [strip.action.name for strip in t.strips]) for t in armature.animation_data.nla_tracks]
