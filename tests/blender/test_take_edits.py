# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes that are performed again in part, switched, mixed, moved along with another speech; the artist's keys stay."""

from __future__ import annotations

import json
from pathlib import Path

import bpy
import numpy as np
import pytest
from small_avatar import write_small_performance
from test_takes import key_value, layer_keys, strips, summed

from blender_addon import compat
from blender_addon.errors import LikenessError
from blender_addon.takes import (
    apply_performance,
    list_takes,
    remove_take,
    rename_take,
    set_offset,
    set_smoothing,
    set_strength,
    show_take,
    shown_take,
    take_record,
    take_strips,
)
from blender_addon.takes.performance import LAYERS


def say(folder: Path, *words: tuple[str, float, float]) -> Path:
    """Let a performance's speech have these words (text, start, end)."""
    path = folder / "performance.json"
    description = json.loads(path.read_text())
    description["words"] = [{"text": text, "start": start, "end": end} for text, start, end in words]
    path.write_text(json.dumps(description))
    return folder


def manual_keys(armature: bpy.types.Object) -> list[tuple]:
    action = armature.animation_data.action
    bag = compat.curve_bag(compat.first_slot(action))
    return [(c.data_path, [(tuple(k.co), tuple(k.handle_left)) for k in c.keyframe_points]) for c in bag.fcurves]


def add_manual_key(armature: bpy.types.Object) -> None:
    action = armature.animation_data.action
    bag = compat.curve_bag(compat.first_slot(action))
    curve = bag.fcurves.new('["browInnerUp"]')
    for frame, value in ((3, 0.25), (9.5, -0.1), (20, 0.4)):
        curve.keyframe_points.insert(frame, value)


def test_manual_keys_are_identical_after_five_regenerations_of_other_lengths(armature, performance_folder, tmp_path):
    apply_performance(armature, performance_folder)
    add_manual_key(armature)
    before = manual_keys(armature)
    for number, seconds in enumerate((0.5, 2.0, 1.3, 3.1, 0.8)):
        other = write_small_performance(tmp_path, f"other{number}", seconds, scale=0.3 + 0.1 * number)
        take = apply_performance(armature, say(other, (f"word{number}", 0.1, 0.4)))
        assert take.end - take.start == int(np.ceil(seconds * 24))
        assert manual_keys(armature) == before
    assert [len(names) for names in strips(armature).values()] == [1] * len(LAYERS)


def test_a_range_of_frames_is_replaced_and_every_key_outside_stays(armature, performance_folder, tmp_path):
    first = write_small_performance(tmp_path, "long", 8.0)
    second = write_small_performance(tmp_path, "again", 8.0, scale=0.5)
    apply_performance(armature, first)
    before = layer_keys(armature)
    apply_performance(armature, second, layers=("speech",), span=(60, 120))
    after = layer_keys(armature)
    assert {layer for layer in after if after[layer] != before[layer]} == {"speech"}
    scene = bpy.context.scene
    for frame, folder in ((20, first), (50, first), (80, second), (95, second), (135, first), (180, first)):
        scene.frame_set(frame)
        speech = summed(folder, "jawOpen", (frame - 1) / 24) - (0.1 if folder == first else 0.05)
        # The expression's share, 0.1, stays the first one's.
        assert key_value(armature, "jawOpen") == pytest.approx(speech + 0.1, abs=0.011), frame
    jaws = [next(keys for path, _, keys in layer["speech"] if "jawOpen" in path) for layer in (before, after)]
    outside = [[key for key in keys if key[0][0] < 50 or key[0][0] > 130] for keys in jaws]
    assert outside[0] == outside[1] and len(outside[0]) > 20


def test_a_range_outside_of_the_take_or_of_another_speech_is_refused(armature, performance_folder, tmp_path):
    apply_performance(armature, performance_folder)
    before = layer_keys(armature)
    with pytest.raises(LikenessError) as caught:
        apply_performance(armature, performance_folder, span=(100, 120))
    assert caught.value.code == "span_empty"
    with pytest.raises(LikenessError) as caught:
        apply_performance(armature, write_small_performance(tmp_path, "long", 3.0), span=(5, 10))
    assert caught.value.code == "span_other_speech"
    assert layer_keys(armature) == before


def test_layers_that_stay_ripple_with_the_words(armature, performance_folder, tmp_path):
    apply_performance(armature, say(performance_folder, ("Hello", 0.1, 0.4), ("you.", 0.6, 0.9)))
    longer = write_small_performance(tmp_path, "longer", 2.0)
    say(longer, ("Well,", 0.1, 0.9), ("hello", 1.1, 1.4), ("you", 1.6, 1.9))
    take = apply_performance(armature, longer, layers=("speech",))
    scene = bpy.context.scene
    assert scene.frame_end == take.end == 1 + 48
    assert all(found.strip.frame_end == take.end for found in take_strips(armature, take.name).values())
    blink = {}
    for frame in range(1, 50):
        scene.frame_set(frame)
        blink[frame] = key_value(armature, "eyeBlinkLeft")
    # The blink was at 0.5 s, half way between the two words; there it is still, at 1.5 s.
    assert max(blink, key=lambda frame: blink[frame]) == pytest.approx(1 + 1.5 * 24, abs=1)
    assert max(blink.values()) == pytest.approx(1.0, abs=0.02)


def test_several_takes_of_which_one_plays(armature, performance_folder, tmp_path):
    other = write_small_performance(tmp_path, "other", 2.0, scale=0.4)
    apply_performance(armature, performance_folder)
    apply_performance(armature, other, take="Take 2")
    scene = bpy.context.scene
    assert list_takes(armature) == ("Take 1", "Take 2") and shown_take(armature) == "Take 2"
    scene.frame_set(13)
    assert key_value(armature, "eyeBlinkLeft") == pytest.approx(summed(other, "eyeBlinkLeft", 0.5), abs=0.011)
    tracks = armature.animation_data.nla_tracks
    tracks["gaze"].mute = True
    show_take(armature, "Take 1", scene)
    assert shown_take(armature) == "Take 1" and scene.frame_end == 25
    assert not tracks["gaze"].mute
    scene.frame_set(13)
    assert key_value(armature, "eyeBlinkLeft") == pytest.approx(
        summed(performance_folder, "eyeBlinkLeft", 0.5), abs=0.011
    )
    heard = [(s.mute, s["likeness_take"]) for s in compat.editor_strips(scene.sequence_editor)]
    assert heard == [(False, "Take 1"), (True, "Take 2")]
    show_take(armature, "Take 2", scene)
    assert tracks["gaze"].mute and scene.frame_end == 49
    rename_take(armature, "Take 2", "Calm", scene)
    assert list_takes(armature) == ("Calm", "Take 1")
    remove_take(armature, "Calm", scene)
    assert list_takes(armature) == ("Take 1",) == (shown_take(armature),)
    left = [s["likeness_take"] for s in compat.editor_strips(scene.sequence_editor)]
    assert left == ["Take 1"]
    assert len([track for track in tracks if len(track.strips)]) == len(LAYERS)


def test_names_of_takes_are_checked(armature, performance_folder):
    apply_performance(armature, performance_folder)
    scene = bpy.context.scene
    for take, name, code in (
        ("Take 1", " ", "take_name"),
        ("Take 1", "Take 1", "take_name"),
        ("x", "y", "take_missing"),
    ):
        with pytest.raises(LikenessError) as caught:
            rename_take(armature, take, name, scene)
        assert caught.value.code == code


def test_strength_scales_a_layer_and_goes_back(armature, performance_folder):
    apply_performance(armature, performance_folder)
    before = layer_keys(armature)
    head = take_strips(armature, "Take 1")["head"]
    bpy.context.scene.frame_set(25)
    bone = armature.pose.bones["head"]
    whole = bone.rotation_euler[1]
    for strength in (0.5, 0.0, 2.0, 1.0):
        set_strength(head, strength)
        bpy.context.scene.frame_set(24)
        bpy.context.scene.frame_set(25)
        assert bone.rotation_euler[1] == pytest.approx(strength * whole, abs=1e-4)
    assert layer_keys(armature) == before
    set_strength(head, 0.5)
    apply_performance(armature, performance_folder)
    bpy.context.scene.frame_set(25)
    assert bone.rotation_euler[1] == pytest.approx(0.5 * whole, abs=1e-4)


def test_offset_moves_a_layer_against_the_sound_and_stays(armature, performance_folder, tmp_path):
    apply_performance(armature, performance_folder)
    set_offset(take_strips(armature, "Take 1")["blink"], 4)
    apply_performance(armature, performance_folder)
    apply_performance(armature, write_small_performance(tmp_path, "long", 3.0), layers=("head",))
    blink = take_strips(armature, "Take 1")["blink"].strip
    assert blink.frame_start == 5
    bpy.context.scene.frame_set(13 + 4)
    assert key_value(armature, "eyeBlinkLeft") == pytest.approx(
        summed(performance_folder, "eyeBlinkLeft", 0.5), abs=0.011
    )


def test_smoothing_calms_a_layer_and_taking_it_back_gives_the_same_keys(armature, performance_folder):
    apply_performance(armature, performance_folder)
    before, actions = layer_keys(armature), len(bpy.data.actions)
    speech = take_strips(armature, "Take 1")["speech"]

    def reach() -> float:
        values = []
        for frame in range(1, 26):
            bpy.context.scene.frame_set(frame)
            values.append(key_value(armature, "jawOpen"))
        return max(values[4:-4]) - min(values[4:-4])

    sharp = reach()
    set_smoothing(speech, 3.0)
    assert reach() < 0.5 * sharp
    set_smoothing(speech, 1.0)
    assert 0.5 * sharp < reach() < 0.97 * sharp
    set_smoothing(speech, 0.0)
    assert layer_keys(armature) == before and len(bpy.data.actions) == actions


def test_keys_edited_on_a_smoothed_layer_are_not_lost(armature, performance_folder):
    apply_performance(armature, performance_folder)
    blink = take_strips(armature, "Take 1")["blink"]
    set_smoothing(blink, 1.0)
    bag = blink.curves
    bag.fcurves[0].keyframe_points[0].co[1] = 0.77
    set_smoothing(blink, 0.0)
    assert bag.fcurves[0].keyframe_points[0].co[1] == pytest.approx(0.77)


def test_a_take_is_undone_and_redone(armature, performance_folder):
    bpy.ops.ed.undo_push(message="before")
    apply_performance(armature, performance_folder)
    bpy.ops.ed.undo_push(message="Perform")
    name, keys = armature.name, layer_keys(armature)
    bpy.ops.ed.undo()
    data = bpy.data.objects[name].animation_data
    assert data is None or not len(data.nla_tracks)
    bpy.ops.ed.redo()
    assert layer_keys(bpy.data.objects[name]) == keys


def test_saved_reloaded_and_performed_again(armature, performance_folder, tmp_path):
    apply_performance(armature, say(performance_folder, ("Hello", 0.1, 0.4)))
    add_manual_key(armature)
    name, manual, keys = armature.name, manual_keys(armature), layer_keys(armature)
    path = tmp_path / "saved.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    again = bpy.data.objects[name]
    assert layer_keys(again) == keys and manual_keys(again) == manual
    assert [word.text for word in take_record(again, "Take 1").words] == ["Hello"]
    apply_performance(again, write_small_performance(tmp_path, "new", 2.0))
    assert manual_keys(again) == manual
    assert all(len(names) == 1 for names in strips(again).values()) and len(bpy.data.sounds) == 1


def test_a_rig_that_was_renamed_is_performed_again(armature, performance_folder):
    apply_performance(armature, performance_folder)
    armature.name = "Somebody Else"
    apply_performance(armature, performance_folder)
    assert all(len(names) == 1 for names in strips(armature).values())


def test_two_objects_that_share_actions_part_when_one_is_performed_again(armature, performance_folder, tmp_path):
    apply_performance(armature, performance_folder)
    twin = armature.copy()
    bpy.context.scene.collection.objects.link(twin)
    before = layer_keys(twin)
    apply_performance(armature, write_small_performance(tmp_path, "other", 1.0, scale=0.5))
    assert layer_keys(twin) == before != layer_keys(armature)
