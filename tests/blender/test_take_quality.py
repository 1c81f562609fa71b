# SPDX-License-Identifier: GPL-3.0-or-later
"""Playing a take, its picture in the list, and its card: measured on what the rig shows, stale once it is edited."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest
from addon import draw, why_not

from blender_addon import compat, takes
from blender_addon.exchange.sampling import sample_rig
from blender_addon.operators import review as review_operators
from blender_addon.operators.pictures import take_icon
from blender_addon.operators.playback import prepare_playback
from blender_addon.panels import takes as takes_panel
from blender_addon.review.card import forget_looks, is_stale, read_card, take_state, write_card
from blender_addon.review.sample import sample_motion
from blender_addon.rig.pose_assets import PREVIEW_SIZE
from blender_addon.stage.take_picture import render_face
from blender_addon.takes.moment import telling_frame

RESULT = {
    "measures": [
        {"key": "lips", "value": 0.9, "grade": "fair"},
        {"key": "blinks", "value": 14.2, "grade": "none"},
        {"key": "loudness", "value": -16.0, "grade": "good"},
    ],
    "warnings": [{"kind": "lips", "start": 0.5, "end": 0.6, "text": "The lips do not meet at “b” in “number”."}],
}


@pytest.fixture
def taken(addon: None, armature: bpy.types.Object, performance_folder: Path) -> bpy.types.Object:
    """The small avatar with a take of a second."""
    bpy.context.view_layer.objects.active = armature
    takes.apply_performance(armature, performance_folder)
    return armature


def test_the_take_loops_from_its_start_in_time_with_its_sound(taken) -> None:
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end, scene.sync_mode = 1, 500, "NONE"
    scene.frame_set(77)
    prepare_playback(scene, taken, "Take 1")
    first, last = takes.take_span(taken, "Take 1")
    assert (scene.frame_preview_start, scene.frame_preview_end) == (first, last) and scene.use_preview_range
    assert scene.frame_current == first and scene.sync_mode == "AUDIO_SYNC"


def test_a_preview_range_of_ones_own_within_the_take_is_looped_instead(taken) -> None:
    scene = bpy.context.scene
    scene.use_preview_range = True
    scene.frame_preview_end, scene.frame_preview_start = 12, 8
    prepare_playback(scene, taken, "Take 1")
    assert (scene.frame_preview_start, scene.frame_preview_end, scene.frame_current) == (8, 12, 8)
    scene.frame_preview_end, scene.frame_preview_start = 900, 800  # of something else
    prepare_playback(scene, taken, "Take 1")
    assert (scene.frame_preview_start, scene.frame_preview_end) == takes.take_span(taken, "Take 1")


def test_play_says_why_it_cannot(addon: None) -> None:
    assert "Build or import an avatar first." in why_not(bpy.ops.likeness.play_take)


def test_play_needs_a_window(taken) -> None:
    assert "no window" in why_not(bpy.ops.likeness.play_take)
    assert draw(bpy.types.LIKENESS_PT_takes).operators[0] == "likeness.play_take"


def test_the_telling_frame_has_the_widest_mouth_and_open_eyes(taken) -> None:
    frame = telling_frame(taken, "Take 1")
    scene = bpy.context.scene
    values = {}
    for at in range(*takes.take_span(taken, "Take 1")):
        scene.frame_set(at)
        values[at] = (taken["jawOpen"], taken["eyeBlinkLeft"])
    assert values[frame][0] > 0.9 and values[frame][1] < 0.2
    assert telling_frame(taken, "Nothing") is None


def test_a_picture_of_the_take_stays_with_it_when_the_file_is_saved(taken, tmp_path: Path, monkeypatch) -> None:
    if compat.gpu_renderer() is None:
        pytest.skip("nothing draws here")
    assert not take_icon(taken, "Take 1")
    assert bpy.ops.likeness.picture_take() == {"FINISHED"}
    action = next(iter(takes.take_strips(taken, "Take 1").values())).action
    pixels = np.array(action.preview.image_pixels_float).reshape(PREVIEW_SIZE, PREVIEW_SIZE, 4)
    assert 0.2 < (pixels[..., 3] > 0.5).mean() < 0.95
    monkeypatch.setattr(takes_panel, "take_icon", lambda *_: 1)  # in background Blender numbers no icons
    drawn = draw(bpy.types.LIKENESS_PT_takes)
    assert drawn.pictures == 1 and "likeness.picture_take" in drawn.operators
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "taken.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "taken.blend"))
    armature = bpy.context.view_layer.objects.active
    again = next(iter(takes.take_strips(armature, "Take 1").values())).action.preview
    assert tuple(again.icon_size) == (32, 32) and np.ptp(np.array(again.icon_pixels_float)) > 0.5
    np.testing.assert_allclose(np.array(again.image_pixels_float).reshape(pixels.shape), pixels, atol=1 / 255)


def test_two_moments_look_different(taken) -> None:
    if compat.gpu_renderer() is None:
        pytest.skip("nothing draws here")
    pictures = []
    for frame in (1, telling_frame(taken, "Take 1")):
        bpy.context.scene.frame_set(frame)
        pictures.append(render_face(taken, 64))
    assert np.abs(pictures[0] - pictures[1]).max() > 0.05


def test_what_is_sampled_is_what_the_rig_shows_with_the_artists_keys(taken, tmp_path: Path) -> None:
    from contextlib import contextmanager

    scene = bpy.context.scene
    taken["mouthSmileLeft"] = 0.7
    taken.keyframe_insert('["mouthSmileLeft"]', frame=3)
    scene.frame_set(4)
    taken.pose.bones["head"].location.x = 0.01  # not keyed: stays
    first, last = takes.take_span(taken, "Take 1")

    @contextmanager
    def place():
        yield bpy.context, taken

    steps = list(sample_motion(place, first, last, tmp_path / "motion.npz"))
    assert steps[-1][0] == 1.0 and scene.frame_current == 4
    assert taken.pose.bones["head"].location.x == pytest.approx(0.01)
    names = ("jawOpen", "mouthSmileLeft")
    wanted = sample_rig(taken, np.arange(first, last + 1.0), bpy.context, names)
    with np.load(tmp_path / "motion.npz") as arrays:
        assert float(arrays["rate"]) == pytest.approx(24.0)
        for name in names:
            np.testing.assert_allclose(arrays[f"channel/{name}"], wanted.channels[name], atol=1e-6)
        assert arrays["channel/mouthSmileLeft"].max() > 0.6
        assert arrays["head"].shape == (last - first + 1, 3) and np.ptp(arrays["head"][:, 1]) > 0.2
        assert {"mouth/positions", "mouth/faces", "mouth/height/jawOpen", "mouth/weight/jawOpen"} <= set(arrays)
        assert arrays["mouth/height/jawOpen"].min() == pytest.approx(-0.02, abs=0.002)


def test_the_card_is_stale_once_the_take_is_edited(taken) -> None:
    write_card(taken, "Take 1", RESULT, take_state(taken, "Take 1"))
    card = read_card(taken, "Take 1")

    def stale() -> bool:
        forget_looks()
        return is_stale(taken, "Take 1", card)

    assert not stale()
    bpy.context.scene.frame_set(9)
    assert not stale(), "playing is no edit"
    found = takes.take_strips(taken, "Take 1")["speech"]
    takes.set_muted(found, True)
    assert stale()
    takes.set_muted(found, False)
    assert not stale()
    takes.set_strength(found, 1.5)
    assert stale()
    takes.set_strength(found, 1.0)
    taken.keyframe_insert('["jawOpen"]', frame=5)
    assert stale()


def test_the_panel_shows_measures_and_leads_to_the_frames_of_warnings(taken) -> None:
    panel = bpy.types.LIKENESS_PT_review
    assert draw(panel).operators == ["likeness.review_take"]
    write_card(taken, "Take 1", RESULT, take_state(taken, "Take 1"))
    forget_looks()
    drawn = draw(panel)
    assert "Lips Meet at p b m 90 %" in drawn.text and "-16 LUFS" in drawn.text and "edited" not in drawn.text
    assert "do not meet" in drawn.text and drawn.operators == ["likeness.go_to_warning", "likeness.review_take"]
    bpy.ops.likeness.go_to_warning(seconds=0.5)
    assert bpy.context.scene.frame_current == 1 + 12
    taken.keyframe_insert('["jawOpen"]', frame=5)
    forget_looks()
    assert "edited since" in draw(panel).text


def test_a_take_is_measured_with_the_real_core(spoken_scene, asked) -> None:
    """Script in, card out; undo and the frame stay as they are."""
    scene = spoken_scene
    scene.likeness.script = "My puppy jumped up."
    assert bpy.ops.likeness.perform_script() == {"FINISHED"}
    armature = bpy.context.view_layer.objects.active
    scene.frame_set(5)
    assert bpy.ops.likeness.review_take() == {"FINISHED"}
    assert scene.frame_current == 5
    card = read_card(armature, "Take 1")
    keys = {measure["key"] for measure in card.measures}
    assert {"blinks", "gaze", "speed", "phones", "loudness"} <= keys
    forget_looks()
    assert not is_stale(armature, "Take 1", card)
    assert asked[-1][0] == "review"


def test_a_take_that_was_just_made_is_measured_beside_all_else(spoken_scene, monkeypatch) -> None:
    import time

    scene = spoken_scene
    scene.likeness.script = "Hello."
    bpy.ops.likeness.perform_script()
    armature = bpy.context.view_layer.objects.active
    looks = []
    ask = review_operators.ask_quietly
    monkeypatch.setattr(review_operators, "ask_quietly", lambda *asked: looks.append(ask(*asked)) or looks[-1])
    assert review_operators.review_quickly(scene, armature, "Take 1")
    deadline = time.monotonic() + 60
    while looks[0]() is not None:  # what Blender's timer does
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert read_card(armature, "Take 1") is not None
    monkeypatch.setattr(review_operators, "QUICK_SECONDS", 0.0)
    assert not review_operators.review_quickly(scene, armature, "Take 1")


def test_comparing_and_measuring_exclude_each_other(taken) -> None:
    from blender_addon.photo.overlay import COMPARED

    camera = bpy.data.objects.new("Photo", bpy.data.cameras.new("Photo"))
    camera[COMPARED] = "x"
    bpy.context.scene.collection.objects.link(camera)
    assert "comparison" in why_not(bpy.ops.likeness.review_take)
